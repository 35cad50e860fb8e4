"""What crosses the wall to a provider and back: the message handed over, its outcome, receipts and inbound texts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.message import Channel, State


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbound:
    """One message as a provider needs it. `callback_url` carries our opaque attempt reference; `validity` is in seconds."""

    to: str
    sender: str
    channel: Channel
    body: str
    callback_url: str
    validity: int | None = None


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
    """No proof either way: the provider may have acted. Never repeated blindly."""

    detail: str


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a provider says of an attempt. `state` is None for a status word we do not know: kept, moves nothing."""

    event_key: str
    raw_status: str
    state: State | None
    reference: str | None = None
    provider_message_id: str | None = None
    error: ErrorClass | None = None
    error_code: str | None = None
    occurred_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """What a person wrote to one of our senders. `keyword` is the provider's own reading (STOP, START, HELP), if it gave one."""

    event_key: str
    provider_message_id: str
    from_number: str
    to_address: str
    body: str
    channel: Channel
    keyword: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookReading:
    """What a verified webhook holds. `unread` counts signed events we did not understand: stored, answered 2xx, nothing moved."""

    receipts: tuple[Receipt, ...] = ()
    inbound: tuple[Inbound, ...] = ()
    unread: int = 0
    answer_body: bytes = b""
    answer_type: str = "text/plain"
