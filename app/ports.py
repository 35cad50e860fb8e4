"""The sockets in the wall: what a provider file must offer, and what rings a worker."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Protocol, runtime_checkable

from app.domain.delivery import (
    Batch,
    CallAnswer,
    CallStep,
    ErrorClass,
    Found,
    Limits,
    Outbound,
    Outcome,
    Request,
    Response,
    Safety,
    Script,
    Sought,
    Token,
    WebhookReading,
    WebhookRequest,
)
from app.domain.message import Channel


class BadSignature(Exception):
    """The webhook is not provably from the provider. Nothing of it may be used.

    `cause` is a word for the counter: signature, stale, malformed. `status` is the answer that makes this provider behave: 403
    ends it; 5xx where the provider will send the same again properly signed.
    """

    def __init__(self, detail: str, *, cause: str = "signature", status: int = 403) -> None:
        super().__init__(detail)
        self.cause = cause
        self.status = status


class BadCredentials(Exception):
    """The account's credentials do not have the shape the provider needs; `field` names the offender."""

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(detail)
        self.field = field
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Account:
    """One provider account as a provider file sees it. `credentials` are in clear; never logged, never returned."""

    credentials: Mapping[str, str]
    base_url: str | None = None


@dataclass(frozen=True, slots=True)
class CredentialField:
    """One credential a provider asks for: shown in the API's schema and checked when an account is saved."""

    name: str
    title: str
    pattern: str
    required: bool = True
    secret: bool = True


class Provider(Protocol):
    """One account of one provider, opened. Every method is pure; `providers/_http.py` does the I/O for all.

    The class is found by scanning the folder. Its constructor raises BadCredentials.
    """

    kind: ClassVar[str]
    title: ClassVar[str]
    channels: ClassVar[frozenset[Channel]]
    default_base_url: ClassVar[str]
    credential_fields: ClassVar[tuple[CredentialField, ...]]
    error_codes: ClassVar[Mapping[str, ErrorClass]]
    safety: ClassVar[Mapping[Channel, Safety]]
    limits: ClassVar[Mapping[Channel, Limits]]
    id_is_ours: ClassVar[bool]
    """Whether a message's id at the provider is the `own_id` we gave it, known without an answer."""

    def __init__(self, account: Account) -> None: ...

    def build_request(self, outbound: Outbound) -> Request:
        """The hand-over of one message."""
        ...

    def read_response(self, response: Response) -> Outcome:
        """What the provider's complete answer means."""
        ...

    def read_webhook(self, request: WebhookRequest) -> WebhookReading:
        """Verify, then read. Raises BadSignature; never raises for content it does not know."""
        ...


# What a provider file may offer beside, each found by what methods it has.


@runtime_checkable
class Recalls(Protocol):
    """To take back a message it has accepted and not sent yet, or, where the channel allows it, not delivered yet."""

    def build_cancel(self, provider_message_id: str, *, to: str, channel: Channel) -> Request | None:
        """The request that takes a message back; None on a channel where there is none."""
        ...

    def read_cancel(self, response: Response) -> bool:
        """Whether the answer says that it will not be sent."""
        ...


@runtime_checkable
class Batches(Protocol):
    """To take many recipients in one request."""

    batch_limit: ClassVar[int]

    def batch_key(self, outbound: Outbound) -> Hashable | None:
        """What messages must share to go in one request; None for one that goes alone."""
        ...

    def build_batch(self, batch: Batch) -> Request:
        """The hand-over of several messages with equal keys, to different numbers."""
        ...

    def read_batch(self, batch: Batch, response: Response) -> Sequence[Outcome]:
        """What the answer means for each member, in their order."""
        ...


@runtime_checkable
class LooksUp(Protocol):
    """To be asked what became of a message: after a lost answer, or when receipts stay away."""

    def build_lookup(self, sought: Sought) -> Request | None:
        """The question; None where it cannot be put for this attempt."""
        ...

    def read_lookup(self, sought: Sought, response: Response) -> Found:
        """What the answer tells. Never raises."""
        ...


@runtime_checkable
class Authorises(Protocol):
    """Requests that need a token which runs out. `build_request` leaves `authorization` out; it is added by the sender."""

    def token_request(self, now: datetime) -> Request | Token:
        """How a token is had: by a request, or made on the spot."""
        ...

    def read_token(self, response: Response, now: datetime) -> Token | None:
        """The token in the answer, or None."""
        ...


@runtime_checkable
class ChecksCapability(Protocol):
    """To be asked whether a number can be reached by RCS."""

    def build_capability(self, to: str, sender: str, own_id: str) -> Request:
        """The question. `own_id` is a UUID of its own: a carrier may ignore a question whose id was used before."""
        ...

    def read_capability(self, response: Response) -> bool | None:
        """Yes, no, or None where the answer says neither."""
        ...


@runtime_checkable
class ChecksCapabilities(ChecksCapability, Protocol):
    """The same for many numbers in one question."""

    capability_limit: ClassVar[int]

    def build_capabilities(self, to: Sequence[str], sender: str) -> Request:
        """The question about numbers (E.164), no more than `capability_limit`."""
        ...

    def read_capabilities(self, to: Sequence[str], response: Response) -> Mapping[str, bool]:
        """Yes or no by number; of whom nothing is said is left out."""
        ...


@runtime_checkable
class Speaks(Protocol):
    """Calls that ask us, while they last, what to say."""

    def answer_call(self, step: CallStep, script: Script) -> CallAnswer:
        """What the call is told at this step."""
        ...


class Doorbell(Protocol):
    """Wakes a worker. A lost ring costs seconds, never a message: the rows in PostgreSQL are the queue."""

    async def ring(self, job: str, key: str, *, delay: float = 0.0) -> None:
        """Ask for `job` on `key` (a lane, a campaign, an import) to run soon, or `delay` seconds from now."""
        ...
