"""Is it a decent hour there? Marketing goes while the law's windows, and the workspace's own, are open in every possible zone."""

from collections.abc import Sequence

from app.domain.book import OTHER_MARKETS, ROWS
from app.domain.closing import SEVERAL_ZONES
from app.domain.decision import Objection, Rule
from app.domain.facts import Facts
from app.domain.hours import OWN_HOURS, OWN_HOURS_SOURCE, ZONE_UNKNOWN, is_bound, law_closures, own_closures
from app.domain.windows import NOT_ENABLED, WORKSPACE_ROW


def _judge_law(facts: Facts) -> Sequence[Objection]:
    return law_closures(facts, facts.now) if is_bound(facts) else ()


def _judge_own_hours(facts: Facts) -> Sequence[Objection]:
    return own_closures(facts, facts.now) if facts.own_hours is not None and is_bound(facts) else ()


_LAW_CODES = tuple(dict.fromkeys(code for row in ROWS for code in row.codes))

RULES = (
    Rule(
        "time.quiet",
        "the hours of each country and state, see its rows",
        _judge_law,
        (NOT_ENABLED, ZONE_UNKNOWN, SEVERAL_ZONES, WORKSPACE_ROW, OTHER_MARKETS, *_LAW_CODES),
    ),
    Rule(OWN_HOURS, OWN_HOURS_SOURCE, _judge_own_hours),
)
