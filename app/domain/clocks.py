"""How long does a consent last? Clocks of whole months, counted in days of every place the person may be in."""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache

from app.domain.zones import UnknownZone, load_zone

_DAY = timedelta(days=1)


def add_months(day: date, months: int) -> date:
    """The same day so many months later; the month's last where it has no such day: 29 February plus 24 is 28 February."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


@lru_cache(maxsize=4096)
def zones_of(names: tuple[str, ...]) -> tuple[tzinfo, ...]:
    """The zones of these names. Unknown ones are left out (the rule on hours objects to them); UTC where none is left."""
    found: list[tzinfo] = []
    for name in names:
        try:
            found.append(load_zone(name))
        except UnknownZone:
            continue
    return tuple(found) or (UTC,)


def has_run_out(since: datetime, months: int, *, now: datetime, zones: Sequence[tzinfo]) -> bool:
    """Whether the clock that began at `since` has run out at `now`, in any of the zones.

    The last day is the same day of the month, and still counts: CASL s. 10(10) looks back from "immediately before the day on
    which the message was sent".
    """
    return any(now.astimezone(zone).date() > add_months(since.astimezone(zone).date(), months) for zone in zones)


def runs_out_at(since: datetime, months: int, *, zones: Sequence[tzinfo]) -> datetime:
    """The first instant (UTC) at which the clock has run out in one of the zones: the midnight that ends its last day."""
    return min(_midnight_after(add_months(since.astimezone(zone).date(), months), zone) for zone in zones)


def _midnight_after(day: date, zone: tzinfo) -> datetime:
    # Through UTC: a midnight that does not exist there becomes the first instant after the gap.
    return datetime.combine(day + _DAY, time(), zone).astimezone(UTC)


def years_old(birth: date, *, now: datetime, zones: Iterable[tzinfo]) -> int:
    """Whole years of age, on the earliest of the local days. Who was born on 29 February turns older on 1 March."""
    today = min(now.astimezone(zone).date() for zone in zones)
    return today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day))
