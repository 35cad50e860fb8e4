"""What may a rule look at? Everything, gathered once and frozen."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from app.domain.message import Channel, Purpose
from app.domain.windows import WindowRow

if TYPE_CHECKING:
    from app.domain.book import Pack


class NumberKind(StrEnum):
    """The line type the phone library gives, or a look-up; only a look-up tells the two kinds of VoIP apart."""

    MOBILE = "mobile"
    FIXED_LINE = "fixed_line"
    FIXED_LINE_OR_MOBILE = "fixed_line_or_mobile"
    TOLL_FREE = "toll_free"
    PREMIUM_RATE = "premium_rate"
    SHARED_COST = "shared_cost"
    VOIP = "voip"
    FIXED_VOIP = "fixed_voip"
    NON_FIXED_VOIP = "non_fixed_voip"
    PERSONAL_NUMBER = "personal_number"
    PAGER = "pager"
    UAN = "uan"
    VOICEMAIL = "voicemail"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class NumberFacts:
    """What the number alone tells. `region` is ISO 3166 alpha-2 or "" where none is known; `zones` are sorted IANA names.

    `subdivision` is the state or province of its area code ("FL", "BC"), "" where the number has none. `fictional` numbers are
    kept free for books and films, and no phone has them. `network` is what a carrier called the person's last (domain/networks).
    """

    e164: str
    region: str
    kind: NumberKind
    zones: tuple[str, ...]
    subdivision: str = ""
    fictional: bool = False
    network: str = ""


class ConsentState(StrEnum):
    """What the ledger adds up to for one number, channel, purpose, topic, brand and basis."""

    NONE = "none"
    PENDING = "pending"
    GIVEN = "given"
    DECLINED = "declined"
    REVOKED = "revoked"
    EXPIRED = "expired"


class ConsentBasis(StrEnum):
    """What kind of consent it is: what the person did, and so what it may be used for."""

    EXPRESS_WRITTEN = "express_written"
    EXPRESS_ORAL = "express_oral"
    EXPRESS = "express"
    IMPLIED_PURCHASE = "implied_purchase"
    IMPLIED_INQUIRY = "implied_inquiry"
    IMPLIED_NON_BUSINESS = "implied_non_business"
    SOFT_OPT_IN = "soft_opt_in"
    CONTRACT = "contract"


class Technology(StrEnum):
    """What reaches the person: a text, or a call by a live agent, a recording or an artificial voice."""

    TEXT = "text"
    LIVE = "live"
    RECORDED = "recorded"
    AI_VOICE = "ai_voice"


class Ground(StrEnum):
    """Why a message that sells nothing may go at any hour: 47 CFR 64.1200(a)(1), 47 U.S.C. 227(b)(1)(A).

    A consent request is asked about before it is made; the message itself goes as one that the person asked for.
    """

    NONE = ""
    EMERGENCY = "emergency"
    USER_INITIATED = "user_initiated"
    CONSENT_REQUEST = "consent_request"


@dataclass(frozen=True, slots=True)
class ConsentFacts:
    """One standing consent. `since` is the instant of the event it stands on; `expires_at` None means no end date.

    `method` is how that event came about, "" where it was not read. `channel` None stands for the channel asked about. `flags`
    are words its evidence was reduced to (`app.domain.evidence`), such as "lacks:not_a_condition" or "night".
    """

    state: ConsentState
    since: datetime | None = None
    expires_at: datetime | None = None
    method: str = ""
    basis: ConsentBasis = ConsentBasis.EXPRESS_WRITTEN
    brand: str = ""
    topic: str = ""
    channel: Channel | None = None
    flags: frozenset[str] = frozenset()


NO_CONSENT = ConsentFacts(ConsentState.NONE)


@dataclass(frozen=True, slots=True)
class SuppressionFact:
    """One active suppression. `scope` is "marketing" or "all"; `channel` None covers every channel; `reason` is a stable word.

    `method` says how it came in (keyword, email, key_press, ...), `via` on what it was said ("text", "voice" or "") and
    `answered` what it answered ("marketing", "informational", "scope_question" or "").
    """

    reason: str
    scope: str
    channel: Channel | None
    since: datetime
    method: str = ""
    via: str = ""
    answered: str = ""


@dataclass(frozen=True, slots=True)
class Cap:
    """At most `limit` messages in any elapsed `window`, counted over the workspace or over one campaign.

    `zone` makes it a cap of calendar days in that IANA zone instead: `window` is then whole days.
    """

    limit: int
    window: timedelta
    scope: str = "workspace"
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class Send:
    """One counted marketing message: when, on what channel, and about what (`subject` "" is the workspace's one subject)."""

    at: datetime
    channel: Channel
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the person says, or is known, to be: a region such as "US-CA" or "FR-57" and every zone it may mean.

    `strength` is "declared" or "verified"; `evidence` says what it was read from ("postal code 90012", "time zone").
    """

    region: str
    zones: tuple[str, ...]
    strength: str = "declared"
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class RegistryFact:
    """What a registry says of the number. `answer` is "listed", "clear" or "unknown"; `as_of` the age of the file or query.

    `asked_about` is the date a reassigned-numbers query was asked with: it speaks for consents up to then.
    """

    registry: str
    answer: str
    as_of: datetime
    asked_about: datetime | None = None


@dataclass(frozen=True, slots=True)
class ContentFacts:
    """What the text or script holds, as far as rules can tell; read from it by `app.domain.content`.

    `lacks` are elements looked for and not found ("identification", "opt_out", "ad_label", "voice_identity_first",
    "voice_opt_out", "voicemail_number"), `marketing` are the words that sell, `shorteners` the public link shorteners in it,
    `categories` what it is about ("alcohol", ...). `media_bytes` is what its media weigh, `carrier_limit` what the carrier takes.
    """

    lacks: frozenset[str] = frozenset()
    marketing: tuple[str, ...] = ()
    shorteners: tuple[str, ...] = ()
    categories: frozenset[str] = frozenset()
    media_bytes: int = 0
    carrier_limit: int | None = None


@dataclass(frozen=True, slots=True)
class SenderFacts:
    """What is known of the sender for this number. `kind` as `app.domain.sender` names it.

    `blocked_code` is the provider's code when it blocks this pair of sender and number. `capped_until` is when a carrier's
    daily cap is open again and `capped_by` whose it is. `queue_wait` is how long the message would wait before it leaves.
    `problem` is a registration that is missing ("unregistered_10dlc", "unverified_toll_free", ...), `age_gated` the categories
    it may send to verified adults, `abandoned` the share of answered live calls nobody took in 30 days. `keyless`: its carrier
    does not tell us which keys are pressed in a call.
    """

    kind: str = ""
    blocked_code: str = ""
    capped_until: datetime | None = None
    capped_by: str = ""
    queue_wait: timedelta = timedelta()
    problem: str = ""
    age_gated: frozenset[str] = frozenset()
    abandoned: float = 0.0
    keyless: bool = False


@dataclass(frozen=True, slots=True)
class Ban:
    """All marketing to a region is stopped from `since` until `until` (None: until it is switched off), by `source`."""

    region: str
    since: datetime
    until: datetime | None
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """What a workspace has chosen where the rules leave a choice. Hashable: one value for every decision of the workspace.

    `profile` is "strict" or "statutory". `enabled` are markets that are off until switched on; `only`, when set, the only ones
    that are open. `rows` are the workspace's own rule rows, which only ever tighten. `registries` are the files loaded, with
    their dates. `recheck_reassigned` is how old proof of ownership may be before a reassigned-numbers query is wanted; None
    wants none. `require_advised` asks for what carriers advise a text to hold as if a law did.
    `plain_letters` writes typographic signs of an SMS plainly, where that keeps it in GSM-7.
    `pack` are the rows of every kind to decide by, where those installed are not meant.
    """

    profile: str = "strict"
    enabled: frozenset[str] = frozenset()
    only: frozenset[str] | None = None
    bans: tuple[Ban, ...] = ()
    rows: tuple[WindowRow, ...] = ()
    registries: tuple[tuple[str, datetime], ...] = ()
    recheck_reassigned: timedelta | None = None
    block_fictional: bool = False
    require_advised: bool = False
    plain_letters: bool = False
    pack: "Pack | None" = None
    _hash: int = field(init=False, repr=False, compare=False, default=0)

    def __post_init__(self) -> None:
        """Hash once: a workspace's hundred rows are looked up with every decision."""
        object.__setattr__(self, "_hash", hash((self.profile, self.enabled, self.only, self.bans, self.rows, self.registries)))

    def __hash__(self) -> int:
        """As it was made."""
        return self._hash


STRICT = Market()


@dataclass(frozen=True, slots=True)
class Household:
    """Several people share the number. `person` is the one the message is for, by the caller's id; None where it names nobody.

    `refused` are those whose own word is a no. `agreed` says that a yes of somebody is on record, whoever it names.
    """

    person: str | None
    refused: tuple[str, ...] = ()
    agreed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The inputs of one decision at the instant `now`.

    `sends` are counted marketing messages to this number, ascending, back to the longest cap's window; `campaign_sends` the
    instants of those of the same campaign. `reply_to` names the keyword this message answers (STOP, START, HELP), for service
    replies only. `own_hours` are the workspace's tighter daily hours (minutes of the local day, half open). `refusals` are
    instants at which the person refused during a call. `proved_at` is the last proof that the number is still this person's, for
    workspaces that ask the reassigned-numbers database; the others are not held to its age.
    `stopped_elsewhere` says that the same person opted out on another number, `reached_elsewhere` that another of their numbers
    has this campaign's message. Of a `household` the consents are those of the person the message is for. `brand`, `topic` and
    `subject` are what the message is for.
    """

    now: datetime
    number: NumberFacts
    channel: Channel
    purpose: Purpose
    consents: tuple[ConsentFacts, ...] = ()
    suppressions: tuple[SuppressionFact, ...] = ()
    sends: tuple[Send, ...] = ()
    campaign_sends: tuple[datetime, ...] = ()
    caps: tuple[Cap, ...] = ()
    not_after: datetime | None = None
    places: tuple[Place, ...] = ()
    reply_to: str | None = None
    own_hours: tuple[int, int] | None = None
    market: Market = STRICT
    technology: Technology = Technology.TEXT
    ground: Ground = Ground.NONE
    brand: str = ""
    topic: str = ""
    subject: str = ""
    birth_date: date | None = None
    acquired: str = ""
    age_verified: bool = False
    registries: tuple[RegistryFact, ...] = ()
    refusals: tuple[datetime, ...] = ()
    proved_at: datetime | None = None
    stopped_elsewhere: bool = False
    reached_elsewhere: bool = False
    household: Household | None = None
    content: ContentFacts | None = None
    sender: SenderFacts | None = None
