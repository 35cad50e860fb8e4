"""Why are the clocks against it, and until when? Every code that keeps pairs of zone and rows closed, up to when they open."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from app.domain.decision import Objection
from app.domain.opening import Test, any_in_force, first_open, is_open, none_closed
from app.domain.pairs import Pair
from app.domain.windows import NOT_ENABLED, Hours, WindowRow
from app.domain.zones import load_zone

SEVERAL_ZONES = "time.multi_tz_intersection"
EVERY_ZONE = "policy: a number is in all its possible zones at once, and unknown is closed"

_MOST_STEPS = 64  # each moves forward; rows that take turns for weeks never meet
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class _Gate:
    """What has to be open in some zones at once: one row, or (`test` any_in_force) the fact that any row is in force."""

    rows: tuple[WindowRow, ...]
    clocks: list[ZoneInfo]
    test: Test

    def is_open(self, at: datetime) -> bool:
        return all(self.test(self.rows, at.astimezone(clock)) for clock in self.clocks)

    def opens(self, at: datetime) -> datetime | None:
        return first_open(self.rows, self.clocks, start=at, test=self.test)


def closures(pairs: Sequence[Pair], *, at: datetime) -> tuple[Objection, ...]:
    """One objection a code, all until the first minute at which every pair is open; none when that is `at`.

    `at` is a whole minute in UTC. Of the rows that are closed the ones that open last decide, again and again until all are
    open; each of their closed days on the way is told, the nights between are not. Zones that disagree are themselves a reason.
    Raises UnknownZone.
    """
    gates = _gates(pairs)
    found: dict[str, tuple[str, str]] = {}
    until: datetime | None = at
    for _ in range(_MOST_STEPS):
        if until is None:
            break
        closed = [(gate, gate.opens(until)) for gate in gates if not gate.is_open(until)]
        if not closed:
            break
        last = _last(opens for _, opens in closed)
        for gate, opens in closed:
            if opens == last:
                for code, source, detail in _reasons(gate, until, last):
                    found.setdefault(code, (source, detail))
        until = last
    else:
        until = None
    if not found:
        return ()
    return tuple(
        Objection(code, source, detail, until) for code, (source, detail) in {**_disagreement(pairs, at), **found}.items()
    )


def _gates(pairs: Sequence[Pair]) -> list[_Gate]:
    found: dict[tuple[int, ...], _Gate] = {}
    for pair in pairs:
        clock = load_zone(pair.zone)
        wanted: list[tuple[tuple[WindowRow, ...], Test]] = [
            (pair.known, any_in_force),
            *(((row,), none_closed) for row in pair.rows),
        ]
        for rows, test in wanted:
            gate = found.setdefault((id(test), *map(id, rows)), _Gate(rows, [], test))
            if clock not in gate.clocks:
                gate.clocks.append(clock)
    return list(found.values())


def _last(instants: Iterable[datetime | None]) -> datetime | None:
    """The latest, where None is later than any."""
    known = list(instants)
    return None if None in known else max(instant for instant in known if instant is not None)


def _disagreement(pairs: Sequence[Pair], at: datetime) -> dict[str, tuple[str, str]]:
    """The reason that is due when it is closed by the clock of one zone and would be open by that of another, which is open."""
    local = {pair.zone: at.astimezone(load_zone(pair.zone)) for pair in pairs}
    for closed in pairs:
        if none_closed(closed.rows, local[closed.zone]):
            continue
        for other in pairs:
            if none_closed(other.rows, local[other.zone]) and none_closed(closed.rows, local[other.zone]):
                return {SEVERAL_ZONES: (EVERY_ZONE, f"closed in {closed.zone}, though open in {other.zone}")}
    return {}


def _reasons(gate: _Gate, at: datetime, until: datetime | None) -> Iterator[tuple[str, str, str]]:
    if gate.test is any_in_force:
        yield NOT_ENABLED, EVERY_ZONE, f"no hours are in force on {at.date()}"
        return
    (row,) = gate.rows
    for clock in gate.clocks:
        for code, detail in _closed_days(row, clock, at, until):
            yield code, row.source, detail


def _closed_days(row: WindowRow, clock: ZoneInfo, at: datetime, until: datetime | None) -> Iterator[tuple[str, str]]:
    """Why this row is closed here now, and every whole day on the way to its opening on which it stays closed."""
    local = at.astimezone(clock)
    today = row.on(local.date())
    if today is not None and not is_open(row, local):
        for code in today.codes:
            yield code, f"{_WEEKDAYS[local.weekday()]} {local:%H:%M} in {clock.key}; open {_written(today.hours)}"
    if until is None:
        return
    day, last = local.date() + timedelta(days=1), until.astimezone(clock).date()
    while day <= last:
        passing = row.on(day)
        if passing is not None and not passing.hours:
            for code in passing.codes:
                yield code, f"{_WEEKDAYS[day.weekday()]} {day} is closed in {clock.key}"
        day += timedelta(days=1)


def _written(hours: Hours) -> str:
    ranges = [f"{opens // 60:02}:{opens % 60:02}-{closes // 60:02}:{closes % 60:02}" for opens, closes in hours]
    return " and ".join(ranges) or "not at all"
