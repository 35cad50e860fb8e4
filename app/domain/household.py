"""Whose yes is it, where several people share a number? Each speaks for themselves; a no is everybody's."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from app.domain.consent import SAID_NO, ConsentEvent, ConsentKind, reaches
from app.domain.consent_sheet import add_up
from app.domain.contact import MOST_ATTRIBUTES, BadField
from app.domain.evidence import reduce_evidence
from app.domain.facts import ConsentBasis, ConsentFacts, ConsentState
from app.domain.message import Channel
from app.domain.opt_in import RESTORES

PERSON = "person"
"""The field of a consent's evidence that names whose it is, by the caller's id."""

_YES = frozenset({ConsentKind.GIVEN, ConsentKind.CONFIRMED, ConsentKind.REFRESHED, ConsentKind.ASKED})
_NO = frozenset({ConsentKind.REVOKED, ConsentKind.DECLINED})


MOST_PEOPLE = 50
"""On one number: more are a switchboard, or a placeholder somebody typed."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Known:
    """One of the people on a number, and whether they share it no longer."""

    attributes: Mapping[str, Any]
    has_left: bool = False


def check_joining(people: Mapping[str, Known], person: str, given: Mapping[str, Any]) -> bool:
    """Whether it says anything new that this person is on a number with those people. Raises BadField for too many."""
    known = people.get(person)
    if known is None and len(people) >= MOST_PEOPLE:
        raise _too_many()
    kept = known.attributes if known else {}
    if len({**kept, **given}) > MOST_ATTRIBUTES:
        raise BadField("too_many_attributes", f"more than {MOST_ATTRIBUTES} attributes")
    if known is None or known.has_left:
        return True
    return any(kept.get(name) != value or type(kept.get(name)) is not type(value) for name, value in given.items())


def told_before(people: Mapping[str, _T], person: str) -> _T | None:
    """Where an upload told of this person before, of those on one number: person -> where, in their order.

    "" is a row that names nobody. Only a row that names somebody, behind rows that all name others, tells of another person;
    any other says again what the first one with the number said. Raises BadField for one too many.
    """
    if not people:
        return None
    if person in people:
        return people[person]
    if not person or "" in people:
        return next(iter(people.values()))
    if len(people) > MOST_PEOPLE:
        raise _too_many()
    return None


def _too_many() -> BadField:
    return BadField("too_many_people", f"more than {MOST_PEOPLE} people on one number")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the ledger of one number and purpose: its channel (None is all), what it says, and whom it names."""

    channel: Channel | None
    event: ConsentEvent
    person: str | None


def read_line(row: Mapping[str, Any], *, seller: str) -> Line:
    """A stored line; `seller` is the workspace's name. Evidence is reduced as it is at recording."""
    basis, evidence = ConsentBasis(row["basis"]), row["evidence"] or {}
    sellers = (row["brand"],) if row["brand"] else (seller,)
    channel = None if row["channel"] is None else Channel(row["channel"])
    flags = reduce_evidence(basis, row["method"], evidence, channel=channel or Channel.SMS, sellers=sellers)
    named = evidence.get(PERSON)
    event = ConsentEvent(
        kind=ConsentKind(row["kind"]),
        occurred_at=row["occurred_at"],
        method=row["method"],
        expires_at=row["expires_at"],
        basis=basis,
        brand=row["brand"],
        topic=row["topic"],
        flags=None if evidence.get(RESTORES) else flags,
    )
    return Line(channel, event, named if isinstance(named, str) else None)


def in_tenure(lines: Iterable[Line], *, begun: datetime | None) -> list[Line]:
    """Without what the number's earlier owner agreed to: that is nobody's here."""
    return [line for line in lines if begun is None or line.event.kind in _NO or line.event.occurred_at > begun]


def consents_of(lines: Iterable[Line], person: str | None) -> tuple[ConsentFacts, ...]:
    """The consents of one of several people: the yeses that name them, and every no, whoever said it.

    A yes that names nobody is nobody's.
    """
    heard = [line for line in lines if line.event.kind not in _YES or (person is not None and line.person == person)]
    return add_up((line.channel, line.event) for line in heard)


def who_refused(lines: Collection[Line], people: Iterable[str], *, channel: Channel, topic: str, brand: str) -> tuple[str, ...]:
    """Those of the people whose own word, yes and no of theirs alone, comes to a no for such a message."""
    found: list[str] = []
    for person in people:
        own = add_up((line.channel, line.event) for line in lines if line.person == person)
        about = [
            consent
            for consent in own
            if consent.channel is channel and reaches(consent.topic, consent.brand, topic=topic, brand=brand)
        ]
        noes = [consent.since for consent in about if consent.state in SAID_NO and consent.since is not None]
        yeses = [consent.since for consent in about if consent.state is ConsentState.GIVEN and consent.since is not None]
        if noes and max(noes) >= max(yeses, default=max(noes)):
            found.append(person)
    return tuple(found)
