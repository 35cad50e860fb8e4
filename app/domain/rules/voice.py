"""Does the call centre pick up? At most three of a hundred answered sales calls may find nobody there."""

from collections.abc import Sequence

from app.domain.decision import Objection, Rule
from app.domain.facts import Facts, Technology
from app.domain.message import Channel, Purpose

_CODE = "voice.abandonment_rate"
_SOURCE = "47 CFR 64.1200(a)(7); 16 CFR 310.4(b)(4): at most 3% of answered calls in 30 days"
_MOST = 0.03
_US = frozenset({"US", "PR", "GU", "VI", "AS", "MP"})


def _judge(facts: Facts) -> Sequence[Objection]:
    if facts.channel is not Channel.VOICE or facts.technology is not Technology.LIVE or facts.purpose is not Purpose.MARKETING:
        return ()
    if facts.sender is None or facts.sender.abandoned <= _MOST or facts.number.region not in _US:
        return ()
    return (Objection(_CODE, _SOURCE, f"{facts.sender.abandoned:.1%} of answered calls were abandoned in 30 days"),)


RULES = (Rule(_CODE, _SOURCE, _judge),)
