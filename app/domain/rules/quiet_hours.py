"""Is it a decent hour there? Marketing goes while the law's windows, and the workspace's own, are open in every possible zone."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from app.domain.closing import EVERY_ZONE, SEVERAL_ZONES, closures
from app.domain.decision import Objection, Rule
from app.domain.facts import Facts
from app.domain.message import Channel, Purpose
from app.domain.windows import NOT_ENABLED, ROWS, own_row, rows_for
from app.domain.zones import UnknownZone, load_zone

ZONE_UNKNOWN = "time.zone_unknown"
OWN_HOURS = "time.workspace_hours"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)
_WORKSPACE = "the workspace's own hours"

Zones = tuple[str, ...]


def _declared(facts: Facts) -> Zones:
    return tuple(zone for place in facts.places for zone in place.zones)


def _judge_law(facts: Facts) -> Sequence[Objection]:
    if facts.purpose is not Purpose.MARKETING or facts.reply_to is not None:
        return ()
    number = facts.number
    return _law(number.region, facts.channel, number.zones, _declared(facts), (facts.now - _EPOCH) // _MINUTE)


def _judge_own_hours(facts: Facts) -> Sequence[Objection]:
    if facts.own_hours is None or facts.purpose is not Purpose.MARKETING or facts.reply_to is not None:
        return ()
    return _own(facts.own_hours, facts.number.zones, _declared(facts), (facts.now - _EPOCH) // _MINUTE)


# Asked for every message, but the answer is the same for everyone in the same zones during the same minute.
@lru_cache(maxsize=65_536)
def _law(region: str, channel: Channel, zones: Zones, declared: Zones, minute: int) -> tuple[Objection, ...]:
    rows = rows_for(region, channel)
    if not rows:
        return ()  # the rule on regions objects, for good
    try:
        clocks = _clocks(zones, declared)
    except UnknownZone as unknown:
        return (Objection(ZONE_UNKNOWN, EVERY_ZONE, f"no time zone is called {unknown.args[0]}"),)
    if not zones:
        return (Objection(ZONE_UNKNOWN, EVERY_ZONE, "the number's time zone is not known"),)
    return closures(rows, clocks, at=_EPOCH + minute * _MINUTE)


@lru_cache(maxsize=65_536)
def _own(hours: tuple[int, int], zones: Zones, declared: Zones, minute: int) -> tuple[Objection, ...]:
    row = own_row(hours, code=OWN_HOURS, source=_WORKSPACE)
    try:
        clocks = _clocks(zones, declared)
    except UnknownZone:
        return ()  # said above
    closed = closures((row,), clocks, at=_EPOCH + minute * _MINUTE)
    return tuple(objection for objection in closed if objection.rule == OWN_HOURS)


def _clocks(zones: Zones, declared: Zones) -> tuple[ZoneInfo, ...]:
    return tuple(load_zone(name) for name in dict.fromkeys((*zones, *declared)))


_LAW_CODES = tuple(dict.fromkeys(code for row in ROWS for code in row.codes))

RULES = (
    Rule(
        "time.quiet",
        "the hours of each country, see its rows",
        _judge_law,
        (NOT_ENABLED, ZONE_UNKNOWN, SEVERAL_ZONES, *_LAW_CODES),
    ),
    Rule(OWN_HOURS, _WORKSPACE, _judge_own_hours),
)
