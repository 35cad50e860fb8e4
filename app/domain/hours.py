"""Are the hours against this message at some instant? The law's and the workspace's, asked once a minute for all alike."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

from app.domain.closing import EVERY_ZONE, closures
from app.domain.decision import Objection
from app.domain.facts import Facts, Market, NumberFacts, NumberKind, Place, Technology
from app.domain.lifting import consent_words
from app.domain.markets import market_fault
from app.domain.message import Channel, Purpose
from app.domain.opening import first_closed
from app.domain.pairs import Message, Pair, binding_pairs, regions_of, zones_of
from app.domain.windows import own_row
from app.domain.zones import UnknownZone, load_zone

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
    pack = facts.market.pack
    ask = _law if pack is None else pack.memo(_law)
    return ask(_where(facts), facts.channel, technology_of(facts), consent_words(facts), (at - _EPOCH) // _MINUTE)


def own_closures(facts: Facts, at: datetime) -> Objections:
    """What the workspace's daily hours say at an instant, in every zone the person may be in."""
    if facts.own_hours is None:
        return ()
    pack = facts.market.pack
    ask = _own if pack is None else pack.memo(_own)
    return ask(facts.own_hours, _where(facts), (at - _EPOCH) // _MINUTE)


def closes_at(facts: Facts, *, within: timedelta) -> datetime | None:
    """When the hours that are open now close for the first time, somewhere the person may be; None if they do not in `within`.

    What is handed over must not come out of a carrier's queue after that.
    """
    if not is_bound(facts):
        return None
    message = Message(facts.channel, technology_of(facts), consent_words(facts))
    pack = facts.market.pack
    ask = _closes if pack is None else pack.memo(_closes)
    return ask(_where(facts), message, facts.own_hours, (facts.now - _EPOCH) // _MINUTE, within)


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


# Asked for every message, but the answer is the same for everyone in the same places during the same minute. A pack that is not
# installed has a memory of its own (`Pack.memo`), which goes with it.
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


@lru_cache(maxsize=65_536)
def _closes(where: _Where, message: Message, own: tuple[int, int] | None, minute: int, within: timedelta) -> datetime | None:
    number, places, market = _number(where), where[3], where[4]
    is_closed = any(market_fault(region, message.channel, market) for region in regions_of(number, places))
    pairs = [] if is_closed else [*binding_pairs(number, places, market, message)]
    if own is not None:
        row = own_row(own, code=OWN_HOURS, source=OWN_HOURS_SOURCE)
        pairs += [Pair(zone, (row,), (row,)) for zone in zones_of(number, places, market)]
    start = _EPOCH + minute * _MINUTE
    try:
        closings = [first_closed(pair.rows, load_zone(pair.zone), start=start, within=within) for pair in pairs]
    except UnknownZone:
        return None  # the rules on hours never let that go
    return min((instant for instant in closings if instant is not None), default=None)
