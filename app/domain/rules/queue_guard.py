"""Would it still be a decent hour when it leaves? What waits in the sender's queue is judged by when it gets out."""

from collections.abc import Sequence
from datetime import timedelta

from app.domain.decision import Objection, Rule
from app.domain.facts import Facts
from app.domain.hours import is_bound, law_closures, own_closures

_CODE = "time.queue_guard"
_SOURCE = "policy: what waits in a queue leaves inside the hours or not at all"


def _judge(facts: Facts) -> Sequence[Objection]:
    sender = facts.sender
    if sender is None or sender.queue_wait <= timedelta() or not is_bound(facts):
        return ()
    leaves = facts.now + sender.queue_wait
    later = (*law_closures(facts, leaves), *own_closures(facts, leaves))
    if not later or law_closures(facts, facts.now) or own_closures(facts, facts.now):
        return ()  # open when it leaves, or closed already, which the rules on hours say
    ends = [objection.until for objection in later]
    until = None if None in ends else max(end for end in ends if end is not None)
    return (Objection(_CODE, _SOURCE, f"the queue is {sender.queue_wait} long: {later[0].detail}", until),)


RULES = (Rule(_CODE, _SOURCE, _judge),)
