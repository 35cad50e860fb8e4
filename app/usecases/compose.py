"""What does this person read, and may they? A rendered text gets what its reader's law wants in it, is read, and judged."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from app.domain.advice import SELLS, may_not_sell, refuses_selling
from app.domain.area_codes import subdivision_of
from app.domain.book import INSTALLED
from app.domain.content import read_for
from app.domain.content_needs import NOT_COMMERCIAL, regions_around
from app.domain.decision import Decision, Rule, decide
from app.domain.facts import ContentFacts
from app.domain.media import as_links, mms_limit
from app.domain.message import Channel, Purpose
from app.domain.plain_letters import plainly
from app.domain.rich import PLAIN, Content, said_beside
from app.domain.rulebook import of_family
from app.domain.wording import complete
from app.usecases.gather_facts import Terms, facts_of


class Composer:
    """Finishes and judges texts that share their terms at one instant. Rendered texts pass here, and nowhere else."""

    def __init__(self, rules: Iterable[Rule], terms: Terms, *, now: datetime) -> None:
        self._rules = of_family(rules, "content")
        self._terms = terms
        self._now = now
        self._pack = terms.market.pack or INSTALLED
        self._selling = terms.purpose is not Purpose.MARKETING or terms.reply_to is not None
        self._commercial = terms.reply_to is None and terms.ground not in NOT_COMMERCIAL
        self._flags_selling = may_not_sell(terms.purpose, terms.ground, terms.reply_to) and not refuses_selling(
            terms.market.profile
        )
        self._known: dict[tuple[object, ...], Decision] = {}
        self._around: dict[tuple[str, ...], tuple[tuple[str, ...], frozenset[str], frozenset[str]]] = {}

    def fit(self, body: str, rich: Content, *, account_takes: int = 0) -> tuple[str, Content]:
        """The text and what goes beside it, as they leave: media that are too large as links, where their author wants that.

        `account_takes` are the bytes the account's own provider takes in all, 0 where nobody says.
        """
        if self._terms.channel is not Channel.MMS:
            return body, rich
        limit = mms_limit(self._terms.sender.kind if self._terms.sender else "")
        return as_links(body, rich, min(limit, account_takes or limit))

    def finish(self, body: str, row: Mapping[str, Any], *, rich: Content = PLAIN, behind: str = "") -> tuple[str, ContentFacts]:
        """The final text for the person of a row of `read_facts`, and what it holds with what goes beside it.

        `behind` are the addresses its short links lead to: they tell what it is about, though not whose it is.
        """
        terms = self._terms
        regions, needs, _ = self._reader(row)
        if terms.channel is Channel.VOICE:
            content = read_for("", terms.wording.brand, regions, body, selling=self._selling)
        else:
            if self._commercial:
                body = complete(body, needs=needs, regions=regions, locale=row["locale"], wording=terms.wording)
            if terms.market.plain_letters and terms.channel is Channel.SMS:
                body = plainly(body)
            read = body if rich == PLAIN else f"{body}\n{said_beside(rich)}"
            content = read_for(read, terms.wording.brand, regions, selling=self._selling)
        if rich.media:
            content = replace(content, media_bytes=sum(medium.size or 0 for medium in rich.media))
        if behind:
            led = read_for(behind, terms.wording.brand, regions, selling=False)
            content = replace(content, categories=content.categories | led.categories)
        if terms.categories:
            content = replace(content, categories=content.categories | terms.categories)
        return body, content

    def judge(self, row: Mapping[str, Any], content: ContentFacts) -> Decision:
        """What the rules on content say; people who read the same in the same place are judged once."""
        key = (content, self._reader(row)[0], row["birth_date"], row["age_verified"])
        found = self._known.get(key)
        if found is None:
            facts = facts_of(row, self._terms, now=self._now, content=content)
            found = self._known[key] = decide(facts, self._rules)
        return found

    def advice(self, row: Mapping[str, Any], content: ContentFacts) -> tuple[str, ...]:
        """What a text to such a person had better hold (by the carriers' advice) or leave out, and is not refused for."""
        lacking = tuple(sorted(content.lacks & self._reader(row)[2])) if content.lacks and self._commercial else ()
        return (*lacking, SELLS) if content.marketing and self._flags_selling else lacking

    def _reader(self, row: Mapping[str, Any]) -> tuple[tuple[str, ...], frozenset[str], frozenset[str]]:
        """Where the person may be, what a text to them must hold, and what it had better hold."""
        places = row["places"]
        key = (self._home(row), *(place["region"] for place in places)) if places else (self._home(row),)
        found = self._around.get(key)
        if found is None:
            terms = self._terms
            country, _, part = key[0].partition("-")
            regions = regions_around(country, part, key[1:])
            rows = self._pack.needed(regions, terms.channel, terms.purpose, terms.technology, self._now.date())
            wanted = frozenset(need.element for need in rows if need.force == "required" or terms.market.require_advised)
            found = self._around[key] = regions, wanted, frozenset(need.element for need in rows) - wanted
        return found

    def _home(self, row: Mapping[str, Any]) -> str:
        """The number's country, or its part of it where some row on texts speaks of that."""
        region: str = row["region"]
        if not self._pack.content_parts:
            return region
        part = f"{region}-{subdivision_of(row['phone'])}"
        return part if part in self._pack.content_parts else region
