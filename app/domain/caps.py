"""How many messages may go in a window, and when is there a place again? Elapsed time, or calendar days of a zone."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from app.domain.facts import Cap
from app.domain.zones import load_zone

_DAY = timedelta(days=1)


def counted(cap: Cap, sends: Sequence[datetime], *, now: datetime) -> int:
    """How many of `sends` (ascending) still count at `now`: those after `now - window`, or since its first day began.

    One stamped later than `now`, by a machine whose clock runs ahead, counts too: a cap must hold whatever the clocks say.
    """
    if cap.zone is None:
        return len(sends) - bisect_right(sends, now - cap.window)
    first_day = _day_of(now, cap.zone) - (_days(cap) - 1) * _DAY
    return len(sends) - bisect_left(sends, day_begins(first_day, cap.zone))


def release(cap: Cap, sends: Sequence[datetime]) -> datetime | None:
    """When a full cap has a place again: the instant the send that fills it leaves the window. None, for a cap of zero."""
    if cap.limit <= 0:
        return None
    filling = sends[-cap.limit]
    if cap.zone is None:
        return filling + cap.window
    return day_begins(_day_of(filling, cap.zone) + _days(cap) * _DAY, cap.zone)


def is_full(cap: Cap, sends: Sequence[datetime], *, now: datetime) -> bool:
    """Whether one more message would exceed the cap."""
    return counted(cap, sends, now=now) >= cap.limit


def day_begins(day: date, zone: str) -> datetime:
    """The first instant of a local day, in UTC: the later side of the jump where clocks skip midnight. Raises UnknownZone."""
    return datetime(day.year, day.month, day.day, tzinfo=load_zone(zone)).astimezone(UTC)


def _day_of(instant: datetime, zone: str) -> date:
    return instant.astimezone(load_zone(zone)).date()


def _days(cap: Cap) -> int:
    """The window in whole days, at least one: part of a day is a day."""
    return max(1, -(-cap.window // _DAY))
