"""How many messages may go in a window, and when is there a place again? Rolling windows of elapsed time, never calendar days."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime

from app.domain.facts import Cap


def counted(cap: Cap, sends: Sequence[datetime], *, now: datetime) -> int:
    """How many of `sends` (ascending) still count at `now`: those after `now - window`.

    One stamped later than `now`, by a machine whose clock runs ahead, counts too: a cap must hold whatever the clocks say.
    """
    return len(sends) - bisect_right(sends, now - cap.window)


def release(cap: Cap, sends: Sequence[datetime]) -> datetime | None:
    """When a full cap has a place again: the instant the send that fills it leaves the window. None, for a cap of zero."""
    if cap.limit <= 0:
        return None
    return sends[-cap.limit] + cap.window


def is_full(cap: Cap, sends: Sequence[datetime], *, now: datetime) -> bool:
    """Whether one more message would exceed the cap."""
    return counted(cap, sends, now=now) >= cap.limit
