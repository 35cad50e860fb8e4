"""Why are the clocks against it, and until when? Every code that keeps rows of hours closed, up to the minute they open."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from app.domain.decision import Objection
from app.domain.opening import all_open, first_open, is_open, none_closed
from app.domain.windows import NOT_ENABLED, WindowRow

SEVERAL_ZONES = "time.multi_tz_intersection"
EVERY_ZONE = "policy: a number is in all its possible zones at once, and unknown is closed"

_NEVER = datetime(9999, 12, 31, tzinfo=UTC)
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def closures(rows: Sequence[WindowRow], clocks: Sequence[ZoneInfo], *, at: datetime) -> tuple[Objection, ...]:
    """One objection a code, all until the first minute at which every row is open in every zone; none when that is `at`.

    `at` is a whole minute in UTC. Zones that disagree are themselves a reason. So is each whole day on the way on which it stays
    closed; the night before the opening is not told again.
    """
    closed = [clock for clock in clocks if not all_open(rows, at.astimezone(clock))]
    if not closed:
        return ()
    until = first_open(rows, clocks, start=at)
    found: dict[str, Objection] = {}
    if len(closed) < len(clocks):
        still_open = next(clock.key for clock in clocks if clock not in closed)
        detail = f"closed in {closed[0].key}, though open in {still_open}"
        found[SEVERAL_ZONES] = Objection(SEVERAL_ZONES, EVERY_ZONE, detail, until)
    if not any(row.on(at.astimezone(clock).date()) for row in rows for clock in closed):
        found[NOT_ENABLED] = Objection(NOT_ENABLED, EVERY_ZONE, f"no hours are in force on {at.date()}", until)
    for row in _deciding(rows, clocks, at):
        for clock in clocks:
            for code, detail in _reasons(row, clock, at, until):
                found.setdefault(code, Objection(code, row.source, detail, until))
    return tuple(found.values())


def _deciding(rows: Sequence[WindowRow], clocks: Sequence[ZoneInfo], at: datetime) -> list[WindowRow]:
    """The rows that would open last, each taken alone: where several are closed, these are the ones that say until when."""
    if len(rows) == 1:
        return list(rows)
    opens = {row: first_open((row,), clocks, start=at, test=none_closed) for row in rows}
    last = max((instant or _NEVER for instant in opens.values()), default=at)
    return [row for row, instant in opens.items() if (instant or _NEVER) == last > at]


def _reasons(row: WindowRow, clock: ZoneInfo, at: datetime, until: datetime | None) -> Iterator[tuple[str, str]]:
    """Why this row is closed here now, and every whole day on the way to the opening on which it stays closed."""
    local = at.astimezone(clock)
    today = row.on(local.date())
    if today is not None and not is_open(row, local):
        yield today.code, f"{_WEEKDAYS[local.weekday()]} {local:%H:%M} in {clock.key}; open {_written(today.hours)}"
    if until is None:
        return
    day, last = local.date() + timedelta(days=1), until.astimezone(clock).date()
    while day <= last:
        passing = row.on(day)
        if passing is not None and not passing.hours:
            yield passing.code, f"{_WEEKDAYS[day.weekday()]} {day} is closed in {clock.key}"
        day += timedelta(days=1)


def _written(hours: Sequence[tuple[int, int]]) -> str:
    ranges = [f"{opens // 60:02}:{opens % 60:02}-{closes // 60:02}:{closes % 60:02}" for opens, closes in hours]
    return " and ".join(ranges) or "not at all"
