"""What is decided once for many? Rows whose facts are alike get one decision, however many share them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson

from app.domain.book import INSTALLED
from app.domain.consent_check import needs_for
from app.domain.decision import Decision, Rule, decide
from app.domain.facts import ConsentBasis, ConsentState, ContentFacts, Market, NumberKind
from app.domain.fictional import is_fictional
from app.domain.hours import closes_at
from app.domain.message import Purpose
from app.domain.pairs import regions_of
from app.domain.places import AS_SAID
from app.domain.proof import EXPRESS
from app.usecases.gather_facts import Terms, facts_of, proof_asked_for

_NEVER_FULL = 1_000_000
_LONGEST_QUEUE = timedelta(hours=11)  # no provider is known to keep a message longer than ten
_OWN_TO_ONE = (
    "suppressions",
    "registries",
    "refusals",
    "stopped_elsewhere",
    "reached_elsewhere",
    "household",
    "blocked_code",
    "birth_date",
)


def is_own_to_one(row: Mapping[str, Any], market: Market) -> bool:
    """Whether a row tells something that hardly another shares, so that its decision is good for nobody else."""
    return bool(row["sends"]) or _is_own_besides(row, market)


def _is_own_besides(row: Mapping[str, Any], market: Market) -> bool:
    """The same, but for what was sent."""
    return any(row[name] for name in _OWN_TO_ONE) or proof_asked_for(row, market) is not None


def _for_rules(place: Mapping[str, Any]) -> Mapping[str, Any]:
    """A place without what no rule reads, which would make everybody a kind of their own."""
    return (
        {name: value for name, value in place.items() if name not in AS_SAID} if "latitude" in place or "city" in place else place
    )


class Decider:
    """Decides rows under the same terms at one instant, once for each distinct set of facts.

    A campaign's audience has a million members and a few hundred kinds of them: same area code, places, line type and consent.
    The instant a consent was given is left out where nothing looks at it, and no reason tells it. So is what was sent to somebody
    who has had less than the smallest measure that could be full: only caps look at it.
    """

    def __init__(self, rules: Sequence[Rule], terms: Terms, *, now: datetime) -> None:
        self._rules = tuple(rules)
        self._terms = terms
        self._now = now
        self._known: dict[tuple[object, ...], Decision] = {}
        self._clocked: dict[tuple[object, ...], frozenset[ConsentBasis]] = {}
        self._closing: dict[tuple[object, ...], datetime | None] = {}
        self._measures: dict[tuple[object, ...], int] = {}

    def decide(self, row: Mapping[str, Any], content: ContentFacts | None = None) -> Decision:
        """The decision for one row; rows with a history of their own are always decided afresh."""
        if _is_own_besides(row, self._terms.market):
            return decide(facts_of(row, self._terms, now=self._now, content=content), self._rules)
        where = self._where(row)
        if row["sends"] and len(row["sends"]) >= self._fewest(row, where):
            return decide(facts_of(row, self._terms, now=self._now, content=content), self._rules)
        key = (where, self._consents(row, where), content)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = decide(facts_of(row, self._terms, now=self._now, content=content), self._rules)
        return found

    def closes_at(self, row: Mapping[str, Any]) -> datetime | None:
        """When the hours that let this one go close again, as far as any provider's queue reaches."""
        if self._terms.purpose is not Purpose.MARKETING or self._terms.reply_to is not None:
            return None
        where = self._where(row)
        key = (where, self._consents(row, where))
        if key not in self._closing:
            self._closing[key] = closes_at(facts_of(row, self._terms, now=self._now), within=_LONGEST_QUEUE)
        return self._closing[key]

    def _where(self, row: Mapping[str, Any]) -> tuple[object, ...]:
        return (
            row["phone"] if row["kind"] == NumberKind.PERSONAL_NUMBER else row["phone"][:6],
            row["region"],
            self._terms.market.block_fictional and is_fictional(row["phone"]),
            row["kind"],
            *row["zones"],
            row["time_zone"],
            row["age_verified"],
            row.get("acquired"),
            orjson.dumps([_for_rules(place) for place in row["places"]]) if row["places"] else b"",
            row["network"] if self._terms.sender is not None and self._terms.sender.capped_until else "",
        )

    def _consents(self, row: Mapping[str, Any], where: tuple[object, ...]) -> bytes:
        """The consents as far as they matter: without their instants when all stand without end and no clock runs for them."""
        rows = row["consents"]
        if not rows:
            return b""
        dateless = self._terms.market.recheck_reassigned is None and all(_stands(consent) for consent in rows)
        if not dateless or not self._timeless(row, where).issuperset(consent[4] for consent in rows):
            return orjson.dumps(rows)
        return orjson.dumps([[*consent[:2], "", *consent[3:]] for consent in rows])

    def _fewest(self, row: Mapping[str, Any], where: tuple[object, ...]) -> int:
        """How many messages it takes at least until some cap could be full for a number like this one."""
        found = self._measures.get(where)
        if found is None:
            facts = facts_of(row, self._terms, now=self._now)
            law = (self._terms.market.pack or INSTALLED).fewest(regions_of(facts.number, facts.places), facts.channel)
            measures = [cap.limit for cap in facts.caps] + ([] if law is None else [law])
            found = self._measures[where] = min(measures, default=_NEVER_FULL)
        return found

    def _timeless(self, row: Mapping[str, Any], where: tuple[object, ...]) -> frozenset[ConsentBasis]:
        """The kinds of consent that run out by no clock for a number like this one."""
        found = self._clocked.get(where)
        if found is None:
            needs = needs_for(facts_of(row, self._terms, now=self._now))
            found = self._clocked[where] = frozenset(
                basis for basis in EXPRESS if all((way := need.way(basis)) is None or way.months is None for need in needs)
            )
        return found


def _stands(consent: Sequence[Any]) -> bool:
    """Whether it is given, and has no end: (channel, state, since, expires at, ...)."""
    return consent[1] == ConsentState.GIVEN and consent[3] is None
