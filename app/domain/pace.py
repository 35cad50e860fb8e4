"""When does each member's turn come? At one instant, at the same local time for each, or spread over a while."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache

from app.domain.decision import Decision, Objection, Verdict
from app.domain.split import place_of
from app.domain.zones import load_zone

LONGEST_SPREAD = 7 * 86_400
PASSED = "schedule.passed"
_DAY = timedelta(days=1)
_OURS = "the campaign's own settings"


class WhenPassed(StrEnum):
    """What to do with people whose local time has passed when the campaign starts."""

    SEND = "send"
    NEXT_DAY = "next_day"
    SKIP = "skip"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How a campaign's messages are laid out in time.

    `local` is a wall-clock time without zone at which each member's message is due where they are; `spread` are the seconds over
    which all are strewn evenly, from then or from the launch on.
    """

    local: datetime | None = None
    when_passed: WhenPassed = WhenPassed.SEND
    spread: int = 0

    @property
    def is_plain(self) -> bool:
        """Whether all are due at once."""
        return self.local is None and not self.spread

    def due_at(self, *, key: str, phone: str, zones: Sequence[str], now: datetime) -> datetime | None:
        """When this member's turn comes; None when it has passed and those are left out. `zones` are where they may be."""
        start = now
        if self.local is not None:
            start = everywhere(self.local, tuple(zones))
            if start < now and self.when_passed is WhenPassed.SKIP:
                return None
            if start < now:
                start = now if self.when_passed is WhenPassed.SEND else self._next_day(zones, now)
        if self.spread:
            start += timedelta(seconds=place_of(f"{key}/pace", phone) * self.spread)
        return start

    def _next_day(self, zones: Sequence[str], now: datetime) -> datetime:
        assert self.local is not None
        days = max(1, (now - everywhere(self.local, tuple(zones))).days)
        for ahead in (days, days + 1, days + 2):
            at = everywhere(self.local + ahead * _DAY, tuple(zones))
            if at >= now:
                return at
        return now


@lru_cache(maxsize=16_384)
def everywhere(local: datetime, zones: tuple[str, ...]) -> datetime:
    """The first instant at which it is this wall-clock time or later in every zone (UTC where none is known).

    In a gap of the clock the time after it is meant, in a repeated hour the first one.
    """
    if not zones:
        return local.replace(tzinfo=UTC)
    return max(local.replace(tzinfo=load_zone(zone)).astimezone(UTC) for zone in zones)


def too_late_there() -> Decision:
    """The decision for a member whose local time has passed, where those are to be left out."""
    return Decision(Verdict.NEVER, None, (Objection(PASSED, _OURS, "the chosen local time has passed there"),))
