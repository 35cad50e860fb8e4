"""The sockets in the wall: what a provider file must offer, and what rings a worker."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol, runtime_checkable

from app.domain.delivery import ErrorClass, Outbound, Outcome, Request, Response, WebhookReading, WebhookRequest
from app.domain.message import Channel


class BadSignature(Exception):
    """The webhook is not provably from the provider. Nothing of it may be used."""


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


@runtime_checkable
class Recalls(Protocol):
    """What a provider file may offer beside: to take back a message it has accepted and not sent yet."""

    def build_cancel(self, provider_message_id: str) -> Request:
        """The request that takes a message back."""
        ...

    def read_cancel(self, response: Response) -> bool:
        """Whether the answer says that it will not be sent."""
        ...


class Doorbell(Protocol):
    """Wakes a worker. A lost ring costs seconds, never a message: the rows in PostgreSQL are the queue."""

    async def ring(self, job: str, key: str, *, delay: float = 0.0) -> None:
        """Ask for `job` on `key` (a lane, a campaign, an import) to run soon, or `delay` seconds from now."""
        ...
