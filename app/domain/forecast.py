"""When would the last of them go? A backlog worked off at the sender's rate, each area only while its hours are open."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

_STEP = timedelta(minutes=30)
_HORIZON = timedelta(days=60)
_ENOUGH = 1e-6  # of a part: what is left of one after sums of fractions

Opens = Callable[[str, datetime], datetime | None]
"""(area, instant) -> the first instant from then on at which the area is open (the same one when it is), None for never."""


@dataclass(slots=True)
class Batch:
    """Members who may go from the same instant on and whose hours are the same: their area, how many, and their parts."""

    area: str
    due: datetime
    members: float
    parts: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """How it would go. `finishes_at` is None when nobody goes, or not all do within sixty days.

    `late` members would still be waiting at the not-after, `unreached` ones after sixty days; `closed` ones have hours that no
    longer open. Whoever they are, the number is right as far as the rate and the hours are.
    """

    finishes_at: datetime | None
    late: int
    unreached: int


def forecast(
    backlog: Sequence[Batch], *, opens: Opens, parts_per_second: float, start: datetime, not_after: datetime | None = None
) -> Forecast:
    """Work off a backlog from `start` on: first due first, those due together side by side, at `parts_per_second`.

    Looks at the hours every thirty minutes, so a closing in between is met half an hour late at most. Batches are used up.
    """
    end = start + _HORIZON
    waiting = [batch for batch in backlog if batch.parts > 0]
    never = 0.0
    at, last = start, None
    while waiting and at < end and (not_after is None or at < not_after):
        open_now: list[Batch] = []
        for batch in list(waiting):
            if batch.due > at:
                continue
            due = opens(batch.area, at)
            if due is None:
                waiting.remove(batch)
                never += batch.members
            elif due > at:
                batch.due = due
            else:
                open_now.append(batch)
        if not waiting:
            break
        if not open_now:
            at = min(batch.due for batch in waiting)
            continue
        until = min([_boundary(at), *(batch.due for batch in waiting if batch.due > at), *([not_after] if not_after else [])])
        used = _send(open_now, capacity=parts_per_second * (until - at).total_seconds())
        last = at + timedelta(seconds=used / parts_per_second)
        waiting = [batch for batch in waiting if batch.parts > _ENOUGH]
        at = until
    left = round(sum(batch.members for batch in waiting))
    cut = not_after is not None and at >= not_after
    finished = last if not left and not round(never) else None
    return Forecast(finishes_at=finished, late=left if cut else 0, unreached=round(never) + (0 if cut else left))


def _boundary(at: datetime) -> datetime:
    """The next half hour after an instant."""
    base = at.replace(minute=at.minute // 30 * 30, second=0, microsecond=0)
    return base + _STEP


def _send(batches: list[Batch], *, capacity: float) -> float:
    """Take up to `capacity` parts off the batches; how many. Those due at the same instant give in proportion."""
    left = capacity
    by_due: dict[datetime, list[Batch]] = {}
    for batch in batches:
        by_due.setdefault(batch.due, []).append(batch)
    for due in sorted(by_due):
        together = by_due[due]
        wanted = sum(batch.parts for batch in together)
        share = min(1.0, left / wanted)
        for batch in together:
            batch.parts -= batch.parts * share
            batch.members -= batch.members * share
        left -= wanted * share
        if left <= _ENOUGH:
            break
    return capacity - max(left, 0.0)
