"""Can these rule rows be lived by? Bad ones are refused by name: unknown regions, bad hours, dates the wrong way, two at once."""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import combinations

from app.domain.calendars import is_calendar
from app.domain.regions import is_region
from app.domain.row_names import row_name
from app.domain.windows import DAY_END, EVERY, CapRow, Day, Hours, WindowRow
from app.domain.zones import zone_names

Row = WindowRow | CapRow


class BadRow(ValueError):
    """A rule row that cannot be. `row` is its name, `index` its place in the list, `field` the part at fault."""

    def __init__(self, row: str, index: int, field: str, detail: str) -> None:
        self.row = row
        self.index = index
        self.field = field
        self.detail = detail
        super().__init__(f"row {row}: {field} {detail}")


def validate_rows(rows: Sequence[Row], *, everywhere: bool = False) -> None:
    """Raise BadRow for the first row that is at fault, or that overlaps an earlier one.

    Two rows overlap when they say hours for the same region, channel, technology and day, or the same code of cap. `everywhere`
    lets "" stand for all regions, as a workspace's own rows may.
    """
    for index, row in enumerate(rows):
        for field, detail in _faults(row, everywhere=everywhere):
            raise BadRow(row_name(row), index, field, detail)
    for (_, first), (index, second) in combinations(enumerate(rows), 2):
        if _overlap(first, second):
            detail = f"overlaps row {row_name(first)}: both are in force for {second.region or 'every region'}"
            raise BadRow(row_name(second), index, "valid_from", detail)


def hours_fault(hours: Hours) -> str | None:
    """What is wrong with the ranges of a day, or None: minutes from 0 to 1440, ascending, none touching or crossing."""
    last = -1
    for opens, closes in hours:
        if not (0 <= opens < closes <= DAY_END):
            return f"has a range from {opens} to {closes}: minutes of a day, 0 to {DAY_END}, that end after they begin"
        if opens <= last:
            return "has ranges that overlap or are not in order"
        last = closes
    return None


def _faults(row: Row, *, everywhere: bool) -> Iterable[tuple[str, str]]:
    if not is_region(row.region) and not (everywhere and not row.region):
        yield "region", f"{row.region or 'that is empty'} is not known"
    if not row.channels or not row.channels <= EVERY:
        yield "channels", "are missing or not known"
    if row.valid_from and row.valid_to and row.valid_to <= row.valid_from:
        yield "valid_to", f"{row.valid_to} is not after its start, {row.valid_from}"
    if not row.source:
        yield "source", "is missing"
    yield from _window_faults(row) if isinstance(row, WindowRow) else _cap_faults(row)


def _window_faults(row: WindowRow) -> Iterable[tuple[str, str]]:
    if len(row.week) != 7:
        yield "week", f"has {len(row.week)} days instead of 7"
    for day in _days(row):
        fault = hours_fault(day.hours)
        if fault:
            yield "week", fault
        if not day.code:
            yield "week", "has a day without a code"
    for closed in row.holidays:
        if not is_calendar(closed.calendar):
            yield "holidays", f"{closed.calendar} is not a calendar"


def _days(row: WindowRow) -> tuple[Day, ...]:
    return (*row.week, row.eves) if row.eves else row.week


def _cap_faults(row: CapRow) -> Iterable[tuple[str, str]]:
    if row.limit < 0:
        yield "limit", "is negative"
    if row.window.total_seconds() <= 0:
        yield "window", "is not a length of time"
    if not row.code:
        yield "code", "is missing"
    if row.zone is not None and row.zone not in zone_names():
        yield "zone", f"{row.zone} is not known"


def _overlap(first: Row, second: Row) -> bool:
    if first.region != second.region or first.channels.isdisjoint(second.channels) or not _same_days(first, second):
        return False
    if isinstance(first, WindowRow) and isinstance(second, WindowRow):
        return first.technologies == second.technologies
    return isinstance(first, CapRow) and isinstance(second, CapRow) and first.code == second.code


def _same_days(first: Row, second: Row) -> bool:
    return (first.valid_from or date.min) < (second.valid_to or date.max) and (second.valid_from or date.min) < (
        first.valid_to or date.max
    )
