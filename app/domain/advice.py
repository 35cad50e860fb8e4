"""What had a text better hold, or leave out, though nothing refuses it? The carriers' advice, and selling in disguise."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from app.domain.book import INSTALLED
from app.domain.content import flat
from app.domain.content_needs import NOT_COMMERCIAL, content_regions
from app.domain.content_words import MARKETING, MARKETING_ANYWHERE
from app.domain.facts import Facts, Ground
from app.domain.message import Purpose

LACKING: Mapping[str, str] = {
    "identification": "does not say who sends it and where they are reached",
    "opt_out": "does not say how to get no more",
    "ad_label": "does not begin with the label of an advertisement",
    "voice_identity_first": "does not begin with who calls",
    "voice_opt_out": "offers no key or word to stop within 2 s of the identity",
    "voicemail_number": "leaves no toll-free number on a machine",
}
"""Element -> what is wrong with a text that lacks it."""
SELLS = "marketing_in_transactional"
SELLING_SOURCE = "FCC 03-153 and 12-21: what also sells is telemarketing; GDPR art. 21(2)"

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Advice:
    """One piece of it. `element` is what is lacking, or `SELLS`; `words` are those that sell, as they stand in the text."""

    element: str
    source: str
    detail: str
    words: tuple[str, ...] = ()


def may_not_sell(purpose: Purpose, ground: Ground, reply_to: str | None) -> bool:
    """Whether it is a transactional message of the sender's own. Answers and requests for consent have a rule of their own."""
    return purpose is Purpose.TRANSACTIONAL and reply_to is None and ground is not Ground.CONSENT_REQUEST


def refuses_selling(profile: str) -> bool:
    """Whether a transactional text that sells is refused there, or only flagged: no statute forbids it by itself."""
    return profile == "strict"


def say_selling(words: Iterable[str]) -> str:
    """What is wrong with a text that sells with these words and must not."""
    return "it sells: " + ", ".join(f'"{word}"' for word in words)


@lru_cache(maxsize=1_024)
def without_values(phrases: tuple[str, ...], literals: tuple[str, ...]) -> tuple[str, ...]:
    """Words that sell as they may be kept beside no person: what a person's own values brought into them is left out.

    `literals` is what a template holds beside its tags. Words of neither the template nor our lists become "…"; digits stay.
    """
    written = flat("\n".join(literals))
    known = frozenset(_WORD.findall(written)) | MARKETING.keys()

    def told(word: re.Match[str]) -> str:
        return word.group() if word.group() in known or word.group().isdigit() else "…"

    return tuple(phrase if phrase in written or phrase in MARKETING_ANYWHERE else _WORD.sub(told, phrase) for phrase in phrases)


def advice_on(facts: Facts) -> tuple[Advice, ...]:
    """All there is to advise of a text that was read; nothing that is objected to already."""
    return (*_lacking(facts), *_selling(facts))


def _lacking(facts: Facts) -> tuple[Advice, ...]:
    content = facts.content
    if content is None or not content.lacks or facts.market.require_advised:
        return ()
    if facts.reply_to is not None or facts.ground in NOT_COMMERCIAL:
        return ()
    pack = facts.market.pack or INSTALLED
    rows = pack.needed(content_regions(facts), facts.channel, facts.purpose, facts.technology, facts.now.date())
    return tuple(
        Advice(row.element, row.source, f"the text {LACKING[row.element]}")
        for row in rows
        if row.force == "advised" and row.element in content.lacks
    )


def _selling(facts: Facts) -> tuple[Advice, ...]:
    content = facts.content
    if content is None or not content.marketing or refuses_selling(facts.market.profile):
        return ()
    if not may_not_sell(facts.purpose, facts.ground, facts.reply_to):
        return ()
    return (Advice(SELLS, SELLING_SOURCE, f"{say_selling(content.marketing)}; send it as marketing", content.marketing),)
