"""When do clocks open? The first minute at which several rows of hours are open in several time zones at once, exactly."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from app.domain.windows import WindowRow, is_in_force

_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)
_LOOK_AHEAD = (2, 16, 370)  # days: nearly always tomorrow; past a calendar's runs of closed days; past a row that ends in time

Test = Callable[[Sequence[WindowRow], datetime], bool]


def is_open(row: WindowRow, local: datetime) -> bool:
    """Whether a row allows a local instant, and with it that whole minute of the clock; so does one that is not in force."""
    day = row.on(local.date())
    if day is None:
        return True
    minute = local.hour * 60 + local.minute
    return any(opens <= minute < closes for opens, closes in day.hours)


def none_closed(rows: Sequence[WindowRow], local: datetime) -> bool:
    """Whether no row stands in the way."""
    return all(is_open(row, local) for row in rows)


def any_in_force(rows: Sequence[WindowRow], local: datetime) -> bool:
    """Whether any row holds on the local day."""
    return any(is_in_force(row, local.date()) for row in rows)


def all_open(rows: Sequence[WindowRow], local: datetime) -> bool:
    """Whether no row stands in the way and at least one is in force: where no rule is known, nothing is open."""
    return any_in_force(rows, local) and none_closed(rows, local)


def first_open(
    rows: Sequence[WindowRow],
    zones: Sequence[ZoneInfo],
    *,
    start: datetime,
    test: Test = all_open,
) -> datetime | None:
    """The first minute from `start` (whole, UTC) at which the rows pass the test in every zone; None if there is none in a year.

    Only where a range begins, a row comes into force or leaves it, or a clock is put forward or back, can something open.
    """
    for days in _LOOK_AHEAD:
        end = start + days * _DAY
        instants = {start, *(instant for zone in zones for instant in _beginnings(rows, zone, start, end))}
        for instant in sorted(instants):
            if start <= instant < end and all(test(rows, instant.astimezone(zone)) for zone in zones):
                return instant
    return None


def first_closed(rows: Sequence[WindowRow], zone: ZoneInfo, *, start: datetime, within: timedelta) -> datetime | None:
    """The first minute after `start` (whole, UTC) at which a row closes in a zone; None if none does in `within`.

    Only where a range ends, a day begins, or a clock is put forward or back, can something close.
    """
    end = start + within
    instants = {*_ends(rows, zone, start, end), *_clock_changes(zone, start, end + _DAY)}
    return next((at for at in sorted(instants) if start < at <= end and not none_closed(rows, at.astimezone(zone))), None)


def _ends(rows: Sequence[WindowRow], zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[datetime]:
    day, last = start.astimezone(zone).date(), end.astimezone(zone).date()
    while day <= last:
        for row in rows:
            found = row.on(day)
            for minute in {0, *(closes for _, closes in found.hours if closes < _DAY // _MINUTE)} if found else {0}:
                for fold in (0, 1):
                    yield _at(day, minute, zone, fold)
        day += _DAY


def _beginnings(rows: Sequence[WindowRow], zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[datetime]:
    day, last = start.astimezone(zone).date(), end.astimezone(zone).date()
    while day <= last:
        for row in rows:
            found = row.on(day)
            begins = {opens for opens, _ in found.hours} if found else set()
            for opens in begins | ({0} if day in {row.valid_from, row.valid_to} else set()):
                for fold in (0, 1):  # a wall time can come twice
                    yield _at(day, opens, zone, fold)
        day += _DAY
    yield from _clock_changes(zone, start, end)


def _at(day: date, minute: int, zone: ZoneInfo, fold: int) -> datetime:
    wall = datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=zone, fold=fold)
    return wall.astimezone(UTC)


def _clock_changes(zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[datetime]:
    """The minutes at which the zone's offset changes: found by halving the days across which it differs."""
    days = [start + number * _DAY for number in range((end - start) // _DAY + 1)]
    for before, after in pairwise(days):
        if before.astimezone(zone).utcoffset() != after.astimezone(zone).utcoffset():
            yield _change_between(zone, before, after)


def _change_between(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    offset = before.astimezone(zone).utcoffset()
    while after - before > _MINUTE:
        middle = before + (after - before) // _MINUTE // 2 * _MINUTE
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after
