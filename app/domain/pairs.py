"""Where may they be, and whose hours hold there? Every pair of a zone and the rows that bind in it; all of them must be open."""

from dataclasses import dataclass

from app.domain.facts import Market, NumberFacts, Place
from app.domain.markets import market_rows, own_rows
from app.domain.message import Channel
from app.domain.windows import WindowRow, is_lifted

Zones = tuple[str, ...]
VERIFIED = "verified"


@dataclass(frozen=True, slots=True)
class Pair:
    """A zone and what binds in it. `known` are the rows before any was lifted: where none of them is in force, it is closed."""

    zone: str
    rows: tuple[WindowRow, ...]
    known: tuple[WindowRow, ...]


@dataclass(frozen=True, slots=True)
class Message:
    """What of a message decides which rows bind it: `technology` and `words` as in `app.domain.windows`."""

    channel: Channel
    technology: str
    words: frozenset[str]


def number_region(number: NumberFacts) -> str:
    """The narrowest region the number itself tells: "US-FL", "PR", "FR" or ""."""
    return f"{number.region}-{number.subdivision}" if number.subdivision else number.region


def regions_of(number: NumberFacts, places: tuple[Place, ...]) -> tuple[str, ...]:
    """Every region whose rules bind: the number's, which no place takes away, and those of the places."""
    home = number_region(number)
    return tuple(dict.fromkeys((home, *(place.region for place in places if place.region)))) if places else (home,)


def zones_of(number: NumberFacts, places: tuple[Place, ...], market: Market) -> Zones:
    """Every zone the person may be in; a verified place narrows them in the statutory profile only."""
    return _narrowed(places, market) or tuple(dict.fromkeys((*number.zones, *(zone for place in places for zone in place.zones))))


def _narrowed(places: tuple[Place, ...], market: Market) -> Zones:
    if market.profile == "strict":
        return ()
    return tuple(dict.fromkeys(zone for place in places if place.strength == VERIFIED for zone in place.zones))


def binding_pairs(number: NumberFacts, places: tuple[Place, ...], market: Market, message: Message) -> tuple[Pair, ...]:
    """The number's region in its zones, and each place's region in the place's.

    A place without a region is one more zone for the number's rows; one without zones has its rows in the number's. A verified
    place, in the statutory profile, is where everybody's rows are looked at. None when no zone is known.
    """
    home = number_region(number)
    narrowed = _narrowed(places, market)
    wanted = [(zone, home) for zone in narrowed or number.zones]
    for place in places:
        wanted += [(zone, place.region or home) for zone in narrowed or place.zones or number.zones]
    found: dict[tuple[str, str], list[Pair]] = {}
    for zone, region in wanted:
        if (zone, region) not in found:
            found[zone, region] = _pairs(zone, region, market, message)
    return tuple(pair for pairs in found.values() for pair in pairs) if number.zones or narrowed else ()


def _pairs(zone: str, region: str, market: Market, message: Message) -> list[Pair]:
    known = market_rows(region, message.channel, message.technology, market)
    rows = tuple(row for row in known if not is_lifted(row, message.words, market.profile))
    # Where somebody certainly is, the statutory profile goes by no other clock.
    clocks = [(clock, row) for row in rows for clock in row.clocks if clock != zone and market.profile == "strict"]
    elsewhere = [Pair(clock, (row,), (row,)) for clock, row in clocks]
    return [Pair(zone, (*rows, *own_rows(region, message.channel, message.technology, market)), known), *elsewhere]
