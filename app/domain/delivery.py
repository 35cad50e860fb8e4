"""What crosses the wall to a provider and back: the message handed over, its outcome, receipts and inbound texts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from app.domain.message import Channel, Purpose, State
from app.domain.rich import PLAIN, Content, Media


class ErrorClass(StrEnum):
    """Why a provider refused or failed, in one vocabulary for all of them (facts/providers section 11)."""

    THROTTLED = "throttled"
    QUEUE_FULL = "queue_full"
    PROVIDER_TEMPORARY = "provider_temporary"
    ACCOUNT = "account"
    SENDER_CONFIG = "sender_config"
    INVALID_REQUEST = "invalid_request"
    CONTENT_REJECTED = "content_rejected"
    INVALID_NUMBER = "invalid_number"
    NOT_IN_SERVICE = "not_in_service"
    LANDLINE = "landline"
    OPTED_OUT = "opted_out"
    BLOCKED = "blocked"
    SPAM_FILTERED = "spam_filtered"
    DAILY_CAP = "daily_cap"
    TEMPORARILY_UNREACHABLE = "temporarily_unreachable"
    EXPIRED = "expired"
    CAPABILITY_MISSING = "capability_missing"
    DUPLICATE = "duplicate"
    UNKNOWN = "unknown"


class Safety(StrEnum):
    """What is known when a request left and no answer came (facts/providers, section 0).

    OWN_ID: the provider knows a repeat by our id, so it is simply made. ECHO: it gives our reference back in webhooks and
    look-ups. NONE: only the callback URL, which carries the reference, or a look-up by number and time can tell.
    """

    OWN_ID = "own_id"
    ECHO = "echo"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a provider takes on one channel: characters of text, media and their bytes in all, validity in seconds.

    `per_second` is how many requests an account may make unless it was agreed otherwise; None where nobody says.
    `calls_per_second` is how many calls all senders of an account may begin together unless agreed otherwise; more are refused
    (facts/providers 13.12), or wait in the carrier's queue, where they cannot be recalled and may outlast the hours for calls.
    `keys`: which keys are pressed in a call can be heard of.
    """

    text: int
    media: int = 0
    media_bytes: int = 0
    validity: tuple[int, int] | None = None
    per_second: float | None = None
    calls_per_second: float | None = None
    keys: bool = True

    def fault(self, outbound: "Outbound") -> str:
        """What of a message is over the limits ("" where nothing is): too_long, too_many_media, media_too_big."""
        if len(outbound.body) > self.text:
            return "too_long"
        if len(outbound.content.media) > self.media:
            return "too_many_media"
        if self.media_bytes and sum(medium.size or 0 for medium in outbound.content.media) > self.media_bytes:
            return "media_too_big"
        return ""

    @property
    def shortest(self) -> int:
        """The least validity it takes, in seconds; 0 where it takes none, or any."""
        return self.validity[0] if self.validity is not None else 0

    def clamp(self, validity: int) -> int:
        """A validity the provider takes: the nearest it offers."""
        if self.validity is None:
            return validity
        shortest, longest = self.validity
        return max(shortest, min(longest, validity))


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbound:
    """One message as a provider needs it, at the instant `at`.

    `reference` names the attempt (36 URL-safe characters), is echoed where a provider echoes, and ends `callback_url`. `own_id`
    is a UUID, the same for every repeat of the attempt, for providers that know repeats by an id of ours. `to` is E.164;
    `validity` is in seconds, None where nothing limits it. A call's script may have a `[voicemail]` part (domain/voice_script).
    """

    to: str
    sender: str
    channel: Channel
    body: str
    callback_url: str
    reference: str
    own_id: str
    at: datetime
    validity: int | None = None
    purpose: Purpose = Purpose.MARKETING
    content: Content = PLAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Messages to different numbers that go in one request.

    `reference` and `callback_url` name the batch: a receipt that carries them names its recipient beside.
    """

    members: tuple[Outbound, ...]
    reference: str
    callback_url: str


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request, built purely. Header names are lower case."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Response:
    """A complete HTTP answer. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class NeverLeft:
    """Proof that no byte of the request reached the provider: safe to repeat."""

    detail: str


@dataclass(frozen=True, slots=True)
class MayHaveLeft:
    """No proof either way: the provider may have acted. Never repeated blindly.

    `provider_message_id` is the id the message has there if it did, where that id is ours.
    """

    detail: str
    provider_message_id: str | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took the message and gave it an id."""

    provider_message_id: str
    parts: int | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider answered no. `retry_after` is in seconds, when it said so."""

    error: ErrorClass
    code: str
    detail: str
    retry_after: float | None = None


Outcome = Accepted | Refused | NeverLeft | MayHaveLeft


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRequest:
    """A provider's call on us, as received. `url`: the configured public URL, raw path and query, never one rebuilt."""

    method: str
    url: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime


class AnsweredBy(StrEnum):
    """Who took a call."""

    HUMAN = "human"
    MACHINE = "machine"
    FAX = "fax"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a provider says of an attempt. `state` is None for a status word we do not know: kept, moves nothing.

    It names its attempt by our `reference`, by the provider's id, or by a batch's reference and the `recipient` (E.164).
    `duration` is a call's length in seconds; `price` is what the message cost, in `currency` (ISO 4217). `network` is the
    person's, as the provider calls it: MCC and MNC, or a name.
    """

    event_key: str
    raw_status: str
    state: State | None
    reference: str | None = None
    provider_message_id: str | None = None
    recipient: str | None = None
    error: ErrorClass | None = None
    error_code: str | None = None
    occurred_at: datetime | None = None
    answered_by: AnsweredBy | None = None
    duration: int | None = None
    price: Decimal | None = None
    currency: str | None = None
    network: str | None = None


class InboundKind(StrEnum):
    """How a person said something: in words, by a tap on a suggestion, by a key in a call, or through the provider's own list."""

    TEXT = "text"
    TAP = "tap"
    KEYS = "keys"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """What a person said to one of our senders. `keyword` is the provider's own reading (STOP, START, HELP), if it gave one.

    `body` is the text, the tapped suggestion's, the keys pressed, or what the notice said; `payload` a tap's postback.
    `reference` and `answers_id` (the provider's id) name the message it answers, where the provider says which.
    """

    event_key: str
    provider_message_id: str
    from_number: str
    to_address: str
    body: str
    channel: Channel
    keyword: str | None = None
    kind: InboundKind = InboundKind.TEXT
    payload: str | None = None
    media: tuple[Media, ...] = ()
    reference: str | None = None
    answers_id: str | None = None


class CallMoment(StrEnum):
    """When in a call a provider asks what to do: it was answered, keys were pressed, or it was told who answered."""

    ANSWERED = "answered"
    KEYS = "keys"
    MACHINE = "machine"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallStep:
    """A call that wants to know what to do next. `keys` are those pressed; `answered_by` is who answered, if known."""

    moment: CallMoment
    reference: str | None = None
    provider_call_id: str | None = None
    keys: str = ""
    answered_by: AnsweredBy | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What is said in a call. `callback_url` is the attempt's; `opted_out`: the person pressed the key, say so and hang up."""

    outbound: Outbound
    person: str
    machine: str
    goodbye: str
    opted_out: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CallAnswer:
    """What a call is told: a document in the webhook's own answer, or requests to make at the provider."""

    body: bytes = b""
    content_type: str = "text/plain"
    commands: tuple[Request, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookReading:
    """What a verified webhook holds. `unread` counts signed events we did not understand: stored, answered 2xx, nothing moved.

    `nonce` is what makes this very delivery unique where the scheme has such a thing: seen again, it is a replay, answered alike
    and acted on no more. `call` asks what a call is told. `answer_*` is what the provider wants to hear.
    """

    receipts: tuple[Receipt, ...] = ()
    inbound: tuple[Inbound, ...] = ()
    call: CallStep | None = None
    unread: int = 0
    nonce: str = ""
    answer_status: int = 200
    answer_body: bytes = b""
    answer_type: str = "text/plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """An attempt whose fate is asked for. `provider_message_id` is None when its answer was lost."""

    provider_message_id: str | None
    reference: str
    own_id: str
    to: str
    sender: str
    channel: Channel
    body: str
    handed_over_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a look-up told. `receipts` of the attempt (several candidates where a list cannot tell them apart).

    `is_absent`: the provider says for certain that it never had it. Neither: nothing can be said yet.
    """

    receipts: tuple[Receipt, ...] = ()
    is_absent: bool = False


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token, and until when it may be used."""

    value: str
    expires_at: datetime
