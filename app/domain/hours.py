"""Are the hours against this message at some instant? The law's and the workspace's, asked once a minute for all alike."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

from app.domain.closing import EVERY_ZONE, closures
from app.domain.decision import Objection
from app.domain.facts import Facts, Market, NumberFacts, NumberKind, Place, Technology
from app.domain.lifting import consent_words
from app.domain.markets import market_fault
from app.domain.message import Channel, Purpose
from app.domain.pairs import Message, Pair, binding_pairs, regions_of, zones_of
from app.domain.windows import own_row
from app.domain.zones import UnknownZone

ZONE_UNKNOWN = "time.zone_unknown"
OWN_HOURS = "time.workspace_hours"
OWN_HOURS_SOURCE = "the workspace's own hours"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)
_Where = tuple[str, str, tuple[str, ...], tuple[Place, ...], Market]

Objections = tuple[Objection, ...]


def is_bound(facts: Facts) -> bool:
    """Whether hours matter at all: they bind marketing, and not the answer to somebody's own keyword."""
    return facts.purpose is Purpose.MARKETING and facts.reply_to is None


def law_closures(facts: Facts, at: datetime) -> Objections:
    """What the rows of all regions say at an instant; nothing where a market is closed, which another rule says."""
    return _law(_where(facts), facts.channel, technology_of(facts), consent_words(facts), (at - _EPOCH) // _MINUTE)


def own_closures(facts: Facts, at: datetime) -> Objections:
    """What the workspace's daily hours say at an instant, in every zone the person may be in."""
    if facts.own_hours is None:
        return ()
    return _own(facts.own_hours, _where(facts), (at - _EPOCH) // _MINUTE)


def technology_of(facts: Facts) -> str:
    """What reaches the person; a call that does not say is a recording, the most restricted."""
    if facts.channel is Channel.VOICE and facts.technology is Technology.TEXT:
        return Technology.RECORDED
    return facts.technology


def _where(facts: Facts) -> _Where:
    number = facts.number
    return number.region, number.subdivision, number.zones, facts.places, facts.market


def _number(where: _Where) -> NumberFacts:
    """The number as far as hours go: nothing below may depend on which number of its kind it is."""
    return NumberFacts("", where[0], NumberKind.UNKNOWN, where[2], where[1])


# Asked for every message, but the answer is the same for everyone in the same places during the same minute.
@lru_cache(maxsize=65_536)
def _law(where: _Where, channel: Channel, technology: str, words: frozenset[str], minute: int) -> Objections:
    number, places, market = _number(where), where[3], where[4]
    if any(market_fault(region, channel, market) for region in regions_of(number, places)):
        return ()
    pairs = binding_pairs(number, places, market, Message(channel, technology, words))
    if not pairs:
        return (Objection(ZONE_UNKNOWN, EVERY_ZONE, "the number's time zone is not known"),)
    try:
        return closures(pairs, at=_EPOCH + minute * _MINUTE)
    except UnknownZone as unknown:
        return (Objection(ZONE_UNKNOWN, EVERY_ZONE, f"no time zone is called {unknown.args[0]}"),)


@lru_cache(maxsize=65_536)
def _own(hours: tuple[int, int], where: _Where, minute: int) -> Objections:
    row = own_row(hours, code=OWN_HOURS, source=OWN_HOURS_SOURCE)
    pairs = [Pair(zone, (row,), (row,)) for zone in zones_of(_number(where), where[3], where[4])]
    try:
        closed = closures(pairs, at=_EPOCH + minute * _MINUTE)
    except UnknownZone:
        return ()  # said by the law's hours
    return tuple(objection for objection in closed if objection.rule == OWN_HOURS)
