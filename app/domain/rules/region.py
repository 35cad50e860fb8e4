"""Is that country open for marketing at all? One whose hours nobody has written down is closed."""

from collections.abc import Sequence

from app.domain.decision import Objection, Rule
from app.domain.facts import Facts
from app.domain.message import Purpose
from app.domain.windows import NOT_ENABLED, rows_for

_SOURCE = "policy: a market is closed until its rules are known"


def _judge(facts: Facts) -> Sequence[Objection]:
    if facts.purpose is not Purpose.MARKETING or facts.reply_to is not None or rows_for(facts.number.region, facts.channel):
        return ()
    where = facts.number.region or "a number without a country"
    return (Objection(NOT_ENABLED, _SOURCE, f"no rules for {facts.channel} marketing to {where}"),)


RULES = (Rule(NOT_ENABLED, _SOURCE, _judge),)
