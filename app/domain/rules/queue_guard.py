"""Would it still be a decent hour when it leaves? What waits in the sender's queue is judged by when it gets out."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from app.domain.decision import Objection, Rule
from app.domain.facts import Facts
from app.domain.hours import is_bound, law_closures, own_closures

_CODE = "time.queue_guard"
_SOURCE = "policy: what waits in a queue leaves inside the hours or not at all"
_MINUTE = timedelta(minutes=1)
_MOST_STEPS = 32


def _judge(facts: Facts) -> Sequence[Objection]:
    sender = facts.sender
    if sender is None or sender.queue_wait <= timedelta() or not is_bound(facts) or _closed(facts, facts.now):
        return ()  # where it is closed already, the rules on hours say so
    later = _closed(facts, facts.now + sender.queue_wait)
    if not later:
        return ()
    until = _first_way_out(facts, sender.queue_wait)
    return (Objection(_CODE, _SOURCE, f"the queue is {sender.queue_wait} long: {later[0].detail}", until),)


def _closed(facts: Facts, at: datetime) -> Sequence[Objection]:
    return (*law_closures(facts, at), *own_closures(facts, at))


def _first_way_out(facts: Facts, wait: timedelta) -> datetime | None:
    """The first minute at which it is open, and open still when the queue is over; None when there is none."""
    at = facts.now
    for _ in range(_MOST_STEPS):
        now, later = _closed(facts, at), _closed(facts, at + wait)
        if not now and not later:
            return at
        ends = [objection.until for objection in now] + [objection.until and objection.until - wait for objection in later]
        known = [end for end in ends if end is not None]
        if len(known) < len(ends):
            return None
        at = _whole(max(known))
    return None


def _whole(instant: datetime) -> datetime:
    """The instant, or the next whole minute after it."""
    cut = instant.replace(second=0, microsecond=0)
    return cut if cut == instant else cut + _MINUTE


RULES = (Rule(_CODE, _SOURCE, _judge),)
