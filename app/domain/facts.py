"""What may a rule look at? Everything, gathered once and frozen."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.domain.message import Channel, Purpose


class NumberKind(StrEnum):
    """The line type the phone library gives."""

    MOBILE = "mobile"
    FIXED_LINE = "fixed_line"
    FIXED_LINE_OR_MOBILE = "fixed_line_or_mobile"
    TOLL_FREE = "toll_free"
    PREMIUM_RATE = "premium_rate"
    SHARED_COST = "shared_cost"
    VOIP = "voip"
    PERSONAL_NUMBER = "personal_number"
    PAGER = "pager"
    UAN = "uan"
    VOICEMAIL = "voicemail"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class NumberFacts:
    """What the number alone tells. `region` is ISO 3166 alpha-2 or "" where none is known; `zones` are sorted IANA names."""

    e164: str
    region: str
    kind: NumberKind
    zones: tuple[str, ...]


class ConsentState(StrEnum):
    """What the ledger adds up to for one number, channel and purpose."""

    NONE = "none"
    PENDING = "pending"
    GIVEN = "given"
    REVOKED = "revoked"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class ConsentFacts:
    """Current consent. `since` is the instant of the event it stands on; `expires_at` None means no end date.

    `method` is how that event came about, "" where it was not read: only the fold of the ledger needs it.
    """

    state: ConsentState
    since: datetime | None = None
    expires_at: datetime | None = None
    method: str = ""


NO_CONSENT = ConsentFacts(ConsentState.NONE)


@dataclass(frozen=True, slots=True)
class SuppressionFact:
    """One active suppression. `scope` is "marketing" or "all"; `channel` None covers every channel; `reason` is a stable word."""

    reason: str
    scope: str
    channel: Channel | None
    since: datetime


@dataclass(frozen=True, slots=True)
class Cap:
    """At most `limit` messages in any elapsed `window`, counted over the workspace or over one campaign."""

    limit: int
    window: timedelta
    scope: str = "workspace"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The inputs of one decision at the instant `now`.

    `sends` and `campaign_sends` are the instants of counted marketing messages to this number, ascending, back to the longest
    cap's window. `reply_to` names the keyword this message answers (STOP, START, HELP), for service replies only.
    `own_hours` are the workspace's tighter daily hours (minutes of the local day, half open).
    """

    now: datetime
    number: NumberFacts
    channel: Channel
    purpose: Purpose
    consent: ConsentFacts = NO_CONSENT
    suppressions: tuple[SuppressionFact, ...] = ()
    sends: tuple[datetime, ...] = ()
    campaign_sends: tuple[datetime, ...] = ()
    caps: tuple[Cap, ...] = ()
    not_after: datetime | None = None
    declared_zones: tuple[str, ...] = ()
    reply_to: str | None = None
    own_hours: tuple[int, int] | None = None
