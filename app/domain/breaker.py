"""Does the carrier still work for this sender? What came of tries, the shares that open a breaker, and how it closes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from app.domain import capability
from app.domain.delivery import Accepted, ErrorClass, MayHaveLeft, NeverLeft, Outcome, Refused


class Speaks(StrEnum):
    """Of whom an outcome speaks.

    CARRIER: nothing works there just now. SENDER: it may not send. FILTERED: its texts are stopped as spam. ACCOUNT: nothing goes
    through it. PERSON: of the recipient, the text or our request, never of the way; a try without fault. PACE: too fast or too
    much for today, or known beforehand to be in vain; not even a try.
    """

    CARRIER = "carrier"
    SENDER = "sender"
    FILTERED = "filtered"
    ACCOUNT = "account"
    PERSON = "person"
    PACE = "pace"


_P = Speaks.PERSON
# facts/providers, section 11: errors of one recipient never open a circuit, at any share.
OF_ERROR: Mapping[ErrorClass, Speaks] = {
    ErrorClass.THROTTLED: Speaks.PACE,
    ErrorClass.QUEUE_FULL: Speaks.PACE,
    ErrorClass.DAILY_CAP: Speaks.PACE,
    ErrorClass.PROVIDER_TEMPORARY: Speaks.CARRIER,
    ErrorClass.ACCOUNT: Speaks.ACCOUNT,
    ErrorClass.SENDER_CONFIG: Speaks.SENDER,
    ErrorClass.SPAM_FILTERED: Speaks.FILTERED,
    ErrorClass.INVALID_REQUEST: _P,
    ErrorClass.CONTENT_REJECTED: _P,
    ErrorClass.INVALID_NUMBER: _P,
    ErrorClass.NOT_IN_SERVICE: _P,
    ErrorClass.LANDLINE: _P,
    ErrorClass.OPTED_OUT: _P,
    ErrorClass.BLOCKED: _P,
    ErrorClass.TEMPORARILY_UNREACHABLE: _P,
    ErrorClass.EXPIRED: _P,
    ErrorClass.CAPABILITY_MISSING: _P,
    ErrorClass.DUPLICATE: _P,
    ErrorClass.UNKNOWN: _P,
}
FAULTS = frozenset({Speaks.CARRIER, Speaks.SENDER, Speaks.FILTERED, Speaks.ACCOUNT})
"""What speaks against the way."""
TOLD_LATER = frozenset({Speaks.SENDER, Speaks.FILTERED})
"""What a receipt may still tell of a sender, when the hand-over itself went well."""


def speaks_of(outcome: Outcome) -> Speaks:
    """Of whom an outcome speaks. No answer speaks of the carrier, whether the request left or not."""
    match outcome:
        case Accepted():
            return Speaks.PERSON
        case NeverLeft() | MayHaveLeft():
            return Speaks.CARRIER
        case Refused(code=capability.KNOWN_MISSING):  # ours: nothing left, and the carrier said nothing
            return Speaks.PACE
        case Refused(error=error):
            return OF_ERROR[error]


@dataclass(frozen=True, slots=True)
class Counts:
    """Tries of some time, and those among them that speak of the carrier, of the sender, and of filtered texts."""

    tries: int = 0
    carrier: int = 0
    sender: int = 0
    filtered: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.tries + other.tries,
            self.carrier + other.carrier,
            self.sender + other.sender,
            self.filtered + other.filtered,
        )

    @property
    def faults(self) -> int:
        """All that speaks against the way."""
        return self.carrier + self.sender + self.filtered

    @property
    def share(self) -> float:
        """Faults per try, 0 to 1. A fault told later, of a try long past, counts as a try of its own."""
        return self.faults / max(self.tries, self.faults, 1)

    def of(self, cause: Speaks) -> int:
        """The faults of one kind."""
        return {Speaks.CARRIER: self.carrier, Speaks.SENDER: self.sender, Speaks.FILTERED: self.filtered}.get(cause, 0)


def count(said: Iterable[Speaks], *, tried: bool = True) -> Counts:
    """What outcomes add up to; `tried` false when the tries were counted before, and this is what was told of them later.

    Pace is left out. A fault of the account is counted by nobody: it opens at once.
    """
    heard = [each for each in said if each not in {Speaks.PACE, Speaks.ACCOUNT}]
    return Counts(
        tries=len(heard) if tried else 0,
        carrier=heard.count(Speaks.CARRIER),
        sender=heard.count(Speaks.SENDER),
        filtered=heard.count(Speaks.FILTERED),
    )


SLOT = timedelta(seconds=60)
"""A window is the slot that runs and the one before it: a minute or two."""


def slot_of(now: datetime) -> datetime:
    """When the slot of an instant began."""
    return datetime.fromtimestamp(now.timestamp() // SLOT.total_seconds() * SLOT.total_seconds(), tz=now.tzinfo)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Limit:
    """How many tries must be known, and from which share of faults on it opens; the first rest and the longest.

    Rests are in units of what a failing carrier is given first (TACTFUL_BREAKER_REST_SECONDS).
    """

    tries: int
    share: float
    first: float
    longest: float


# Ours. A carrier that is down is asked again soon; where a person must act (a registration, the wording, a bill), less often.
LIMITS: Mapping[Speaks, _Limit] = {
    Speaks.CARRIER: _Limit(tries=10, share=0.5, first=1, longest=32),
    Speaks.SENDER: _Limit(tries=1, share=0.5, first=30, longest=240),
    Speaks.FILTERED: _Limit(tries=50, share=0.3, first=30, longest=240),
    Speaks.ACCOUNT: _Limit(tries=1, share=0.0, first=10, longest=120),
}


def cause_of(windows: Sequence[Counts]) -> Speaks | None:
    """What is wrong with the way, if anything is, by any of several windows.

    They end now and begin earlier and earlier: a carrier that dies after a good minute is known by its latest group.
    """
    for cause in (Speaks.CARRIER, Speaks.SENDER, Speaks.FILTERED):
        limit = LIMITS[cause]
        for window in windows:
            faults = window.of(cause)
            tries = max(window.tries, faults)
            if faults and tries >= limit.tries and faults >= limit.share * tries:
                return cause
    return None


class Condition(StrEnum):
    """Closed: all goes. Open: nothing does, until an instant. Half-open: one message at a time goes, to see."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """One sender's, or one account's. Open while `until` is set; half-open when that instant has passed.

    `openings` counts how often it opened without a long good time between; `since` is when it last opened or closed.
    """

    since: datetime | None = None
    until: datetime | None = None
    reason: str = ""
    cause: Speaks | None = None
    openings: int = 0

    def condition(self, now: datetime) -> Condition:
        """How it stands at an instant."""
        if self.until is None:
            return Condition.CLOSED
        return Condition.OPEN if self.until > now else Condition.HALF_OPEN

    def opened(self, cause: Speaks, reason: str, *, now: datetime, rest: float) -> "Breaker":
        """Open from now on, each time in a row for twice as long; `rest` is a failing carrier's first, in seconds.

        What it went through is forgiven when it was closed for twice its last rest.
        """
        openings = 1 if self._forgiven(now, rest) else min(self.openings + 1, 100)
        until = now + timedelta(seconds=_seconds(cause, openings, rest))
        return Breaker(since=now, until=until, reason=reason, cause=cause, openings=openings)

    def closed(self, *, now: datetime) -> "Breaker":
        """Closed from now on; what it went through is remembered for a while."""
        return replace(self, since=now, until=None, reason="")

    def _forgiven(self, now: datetime, rest: float) -> bool:
        if self.cause is None or self.since is None:
            return True
        return self.until is None and now - self.since >= timedelta(seconds=2 * _seconds(self.cause, self.openings, rest))


def _seconds(cause: Speaks, openings: int, rest: float) -> float:
    limit = LIMITS[cause]
    return float(rest * min(limit.longest, limit.first * 2.0 ** (max(openings, 1) - 1)))


def judge_probe(said: Sequence[Speaks]) -> Speaks | None:
    """What a probe told: what is still wrong; PERSON when the way is well; None when it told nothing (pace, or it never went)."""
    for cause in (Speaks.ACCOUNT, Speaks.CARRIER, Speaks.SENDER, Speaks.FILTERED, Speaks.PERSON):
        if cause in said:
            return cause
    return None


REASONS: Mapping[Speaks, str] = {
    Speaks.CARRIER: "provider.failing",
    Speaks.SENDER: "provider.sender_config",
    Speaks.FILTERED: "provider.spam_filtered",
    Speaks.ACCOUNT: "provider.account",
}
"""Why a sender or an account is held, by what was wrong."""
