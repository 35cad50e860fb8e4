"""Has the law's measure been reached? So many messages a day on one subject in some states, so many calls a month in France."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from app.domain.book import CAP_ROWS, INSTALLED, Pack
from app.domain.caps import is_full, release
from app.domain.decision import Objection, Rule
from app.domain.facts import Cap, Facts
from app.domain.lifting import consent_words
from app.domain.message import Channel, Purpose
from app.domain.pairs import regions_of
from app.domain.windows import CapRow, is_in_force, is_lifted


def _judge(facts: Facts) -> Sequence[Objection]:
    if not (facts.sends or facts.refusals) or facts.purpose is not Purpose.MARKETING or facts.reply_to is not None:
        return ()
    pack = facts.market.pack
    ask = _rows if pack is None else pack.memo(_rows)
    rows = ask(regions_of(facts.number, facts.places), facts.channel, pack or INSTALLED)
    if not rows:
        return ()
    found: dict[str, Objection] = {}
    for row, cap in rows:
        events = _events(row, facts)
        if is_full(cap, events, now=facts.now) and _binds(row, facts):
            found.setdefault(row.code, Objection(row.code, row.source, _detail(row), release(cap, events)))
    return tuple(found.values())


def _binds(row: CapRow, facts: Facts) -> bool:
    return is_in_force(row, facts.now.date()) and not is_lifted(row, consent_words(facts), facts.market.profile)


@lru_cache(maxsize=4096)
def _rows(regions: tuple[str, ...], channel: Channel, pack: Pack) -> tuple[tuple[CapRow, Cap], ...]:
    rows = {row.id: row for region in regions for row in pack.caps_for(region, channel)}
    return tuple((row, Cap(row.limit, row.window, "law", row.zone)) for row in rows.values())


def _events(row: CapRow, facts: Facts) -> tuple[datetime, ...]:
    """What counts, ascending."""
    if row.counts == "refusals":
        return facts.refusals
    if row.counts == "subject":
        return tuple(send.at for send in facts.sends if send.subject == facts.subject)
    return tuple(send.at for send in facts.sends if send.channel in row.channels)


def _detail(row: CapRow) -> str:
    if row.counts == "refusals":
        return f"refused during a call: none for {row.window.days} days"
    about = " on one subject" if row.counts == "subject" else ""
    return f"{row.limit} in {row.window}{about} are used up in {row.region}"


RULES = (Rule("cap.law", "statutory caps, see their rows", _judge, tuple(dict.fromkeys(row.code for row in CAP_ROWS))),)
