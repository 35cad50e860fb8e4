"""Are calls that sell made fairly? Somebody is there when a person answers, and a recording can be stopped by a key."""

from collections.abc import Sequence

from app.domain.book import INSTALLED
from app.domain.content_needs import NOT_COMMERCIAL, content_regions
from app.domain.decision import Objection, Rule
from app.domain.facts import Facts, Technology
from app.domain.message import Channel, Purpose

_ABANDONED = "voice.abandonment_rate"
_ABANDONED_SOURCE = "47 CFR 64.1200(a)(7); 16 CFR 310.4(b)(4): at most 3% of answered calls in 30 days"
_KEYLESS = "voice.no_key_opt_out"
_KEYLESS_SOURCE = "the rows that want a key which ends the calls, such as 47 CFR 64.1200(b)(3)"
_MOST = 0.03
_US = frozenset({"US", "PR", "GU", "VI", "AS", "MP"})


def _judge_abandoned(facts: Facts) -> Sequence[Objection]:
    if facts.channel is not Channel.VOICE or facts.technology is not Technology.LIVE or facts.purpose is not Purpose.MARKETING:
        return ()
    if facts.sender is None or facts.sender.abandoned <= _MOST or facts.number.region not in _US:
        return ()
    detail = f"{facts.sender.abandoned:.1%} of answered calls were abandoned in 30 days"
    return (Objection(_ABANDONED, _ABANDONED_SOURCE, detail),)


def _judge_keyless(facts: Facts) -> Sequence[Objection]:
    """A text that offers a key is no offer where nobody hears it."""
    if facts.channel is not Channel.VOICE or facts.sender is None or not facts.sender.keyless:
        return ()
    if facts.reply_to is not None or facts.ground in NOT_COMMERCIAL:
        return ()
    pack = facts.market.pack or INSTALLED
    rows = pack.needed(content_regions(facts), facts.channel, facts.purpose, facts.technology, facts.now.date())
    sources = dict.fromkeys(row.source for row in rows if row.element == "voice_opt_out" and row.force == "required")
    if not sources:
        return ()
    return (Objection(_KEYLESS, "; ".join(sources), "the sender's carrier does not hear the key that would end the calls"),)


RULES = (Rule(_ABANDONED, _ABANDONED_SOURCE, _judge_abandoned), Rule(_KEYLESS, _KEYLESS_SOURCE, _judge_keyless))
