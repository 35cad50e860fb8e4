"""What does a rule get to see? Rows become frozen Facts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from app.domain.area_codes import subdivision_of
from app.domain.book import INSTALLED
from app.domain.facts import (
    STRICT,
    Cap,
    ConsentBasis,
    ConsentFacts,
    ConsentState,
    ContentFacts,
    Facts,
    Ground,
    Household,
    Market,
    NumberFacts,
    NumberKind,
    Place,
    RegistryFact,
    Send,
    SenderFacts,
    SuppressionFact,
    Technology,
)
from app.domain.fictional import is_fictional
from app.domain.household import consents_of, in_tenure, read_line, who_refused
from app.domain.message import Channel, Purpose
from app.domain.places import is_country_alone, strength_at
from app.domain.windows import TEXT, VOICE
from app.domain.wording import AS_WRITTEN, Wording

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What one batch of decisions shares: the message's side of the facts. `counts` false leaves caps to the hand-over.

    `wording` is how its texts say what has to be said, `categories` what its campaign says that it is about.
    """

    channel: Channel
    purpose: Purpose
    caps: tuple[Cap, ...] = ()
    own_hours: tuple[int, int] | None = None
    not_after: datetime | None = None
    reply_to: str | None = None
    market: Market = STRICT
    technology: Technology = Technology.TEXT
    ground: Ground = Ground.NONE
    brand: str = ""
    topic: str = ""
    subject: str = ""
    sender: SenderFacts | None = None
    counts: bool = True
    wording: Wording = AS_WRITTEN
    categories: frozenset[str] = frozenset()

    @property
    def family(self) -> tuple[Channel, ...]:
        """The channels whose consents count for one another: all texts, or calls."""
        return family_of(self.channel)

    def sends_since(self, now: datetime) -> datetime | None:
        """How far back sends must be read; None when nothing is counted."""
        if not self.counts or self.purpose is not Purpose.MARKETING or self.reply_to is not None:
            return None
        windows = [cap.window + (_DAY if cap.zone else timedelta()) for cap in self.caps]
        return now - max([*windows, (self.market.pack or INSTALLED).looks_back(self.channel)])


def family_of(channel: Channel) -> tuple[Channel, ...]:
    """The channels whose consents count for one another."""
    return tuple(sorted(VOICE if channel is Channel.VOICE else TEXT))


def technology_of(word: str, channel: Channel) -> Technology:
    """What reaches the person: a call is a recording unless it is said to be something else."""
    if channel is not Channel.VOICE:
        return Technology.TEXT
    return Technology(word) if word in {Technology.LIVE, Technology.AI_VOICE} else Technology.RECORDED


@lru_cache(maxsize=65_536)
def _instant(written: str) -> datetime:
    return datetime.fromisoformat(written)


def _optional(written: str | None) -> datetime | None:
    return None if written is None else _instant(written)


def _consents(rows: Sequence[Sequence[Any]] | None) -> tuple[ConsentFacts, ...]:
    return tuple(
        ConsentFacts(
            state=ConsentState(state),
            since=_instant(since),
            expires_at=_optional(expires_at),
            basis=ConsentBasis(basis),
            brand=brand,
            topic=topic,
            channel=Channel(channel),
            flags=frozenset(flags),
        )
        for channel, state, since, expires_at, basis, brand, topic, flags in rows or ()
    )


def _suppressions(rows: Sequence[Sequence[str]] | None) -> tuple[SuppressionFact, ...]:
    return tuple(
        SuppressionFact(reason, scope, Channel(channel) if channel else None, _instant(since), method, via, answered)
        for reason, scope, channel, since, method, via, answered in rows or ()
    )


def _places(row: Mapping[str, Any], *, now: datetime) -> tuple[Place, ...]:
    """The contact's time zone and places. A country alone that is also the number's tells no more than the number does."""
    time_zone = row["time_zone"]
    declared = (Place("", (time_zone,), "declared", "time zone"),) if time_zone else ()
    return declared + tuple(
        Place(place["region"], tuple(place["zones"]), strength_at(place, now), place.get("evidence", ""))
        for place in row["places"] or ()
        if place["region"] != row["region"] or not is_country_alone(place)
    )


def _registries(rows: Sequence[Sequence[Any]] | None) -> tuple[RegistryFact, ...]:
    return tuple(
        RegistryFact(registry, answer, _instant(as_of), _optional(asked_about))
        for registry, answer, as_of, asked_about in rows or ()
    )


def registry_facts(rows: Iterable[Mapping[str, Any]]) -> tuple[RegistryFact, ...]:
    """Entries of registries as a rule sees them."""
    return tuple(RegistryFact(row["registry"], row["answer"], row["as_of"], row["asked_about"]) for row in rows)


def proof_asked_for(row: Mapping[str, Any], market: Market) -> datetime | None:
    """The last proof of ownership, where somebody asks whose the number is: others are not held to the age of theirs."""
    life = (market.pack or INSTALLED).life
    asks = market.recheck_reassigned is not None or any(name in life for name, *_ in row["registries"] or ())
    return row["proved_at"] if asks else None


def _number(row: Mapping[str, Any]) -> NumberFacts:
    phone = row["phone"]
    return NumberFacts(
        phone,
        row["region"],
        NumberKind(row["kind"]),
        tuple(row["zones"]),
        subdivision_of(phone),
        is_fictional(phone),
        row["network"],
    )


def _household(row: Mapping[str, Any], terms: Terms) -> tuple[Household | None, tuple[ConsentFacts, ...]]:
    """Who shares the number, and the consents that count: on a shared number those of the person the message is for."""
    shared = row["household"]
    if shared is None:
        return None, _consents(row["consents"])
    lines = [read_line(_instants(line), seller=shared["seller"]) for line in shared["lines"] or ()]
    lines = in_tenure(lines, begun=_optional(shared["begun"]))
    person, agreed = shared["person"], any(state == ConsentState.GIVEN for _, state, *_ in row["consents"] or ())
    people = [*([person] if person else []), *(shared["people"] or ())]
    refused = who_refused(lines, people, channel=terms.channel, topic=terms.topic, brand=terms.brand)
    own = consents_of(lines, person)
    return Household(person, refused, agreed), tuple(consent for consent in own if consent.channel in terms.family)


def _instants(line: Mapping[str, Any]) -> dict[str, Any]:
    return {**line, "occurred_at": _instant(line["occurred_at"]), "expires_at": _optional(line["expires_at"])}


def facts_of(row: Mapping[str, Any], terms: Terms, *, now: datetime, content: ContentFacts | None = None) -> Facts:
    """One row of `read_facts` as a rule sees it."""
    sender = terms.sender
    household, consents = _household(row, terms)
    if row["blocked_code"]:
        sender = replace(sender or SenderFacts(), blocked_code=row["blocked_code"])
    return Facts(
        now=now,
        number=_number(row),
        channel=terms.channel,
        purpose=terms.purpose,
        consents=consents,
        household=household,
        suppressions=_suppressions(row["suppressions"]),
        sends=tuple(Send(_instant(at), Channel(channel), subject) for at, channel, subject in row["sends"] or ()),
        campaign_sends=tuple(row["campaign_sends"] or ()),
        caps=terms.caps,
        not_after=terms.not_after,
        places=_places(row, now=now),
        reply_to=terms.reply_to,
        own_hours=terms.own_hours,
        market=terms.market,
        technology=terms.technology,
        ground=terms.ground,
        brand=terms.brand,
        topic=terms.topic,
        subject=terms.subject,
        birth_date=row["birth_date"],
        acquired=row.get("acquired") or "",
        age_verified=bool(row["age_verified"]),
        registries=_registries(row["registries"]),
        refusals=tuple(_instant(at) for at in row["refusals"] or ()),
        proved_at=proof_asked_for(row, terms.market),
        stopped_elsewhere=bool(row["stopped_elsewhere"]),
        reached_elsewhere=bool(row["reached_elsewhere"]),
        content=content,
        sender=sender,
    )
