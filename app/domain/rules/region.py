"""Is that market open for marketing at all? One whose rules nobody has written down or checked is closed until switched on."""

from collections.abc import Sequence
from functools import lru_cache

from app.domain.decision import Objection, Rule
from app.domain.facts import Facts, Market, Place
from app.domain.markets import market_fault
from app.domain.message import Channel, Purpose
from app.domain.windows import NOT_ENABLED

_SOURCE = "policy: a market is closed until its rules are known"


def _judge(facts: Facts) -> Sequence[Objection]:
    if facts.purpose is not Purpose.MARKETING or facts.reply_to is not None:
        return ()
    number = facts.number
    pack = facts.market.pack
    ask = _closed if pack is None else pack.memo(_closed)
    return ask(number.region, number.subdivision, facts.places, facts.channel, facts.market)


@lru_cache(maxsize=16_384)
def _closed(region: str, subdivision: str, places: tuple[Place, ...], channel: Channel, market: Market) -> tuple[Objection, ...]:
    regions = (f"{region}-{subdivision}" if subdivision else region, *(place.region for place in places if place.region))
    faults = (market_fault(found, channel, market) for found in regions)
    return tuple(Objection(NOT_ENABLED, _SOURCE, fault) for fault in faults if fault)[:1]


RULES = (Rule(NOT_ENABLED, _SOURCE, _judge),)
