"""From which of several senders does a message go? The ones that reach the number, the one it knows, then by weight; explained.

Nothing here is drawn by lot: a number's place among the senders of a pool is a hash, so the same question has the same answer,
and a sender that joins or leaves moves only the numbers that are its own (weighted rendezvous hashing).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from hashlib import blake2b
from typing import Any
from uuid import UUID

from app.domain.sender_reach import why_not

MOST_MEMBERS = 50
Place = tuple[str, str]
"""A country and a carrier's network there; "" for all of them."""
EVERYWHERE: Place = ("", "")
"""Where a sender's figures over all stand, for countries it has none of."""
_NO_SIDE: Mapping[Place, "Measured"] = {}


class Strategy(StrEnum):
    """What turns the scale between senders that could all carry a message, beside their weights."""

    WEIGHTS = "weights"
    DELIVERY = "delivery"
    LATENCY = "latency"
    PRICE = "price"


class Because(StrEnum):
    """Why a sender was chosen."""

    ONLY_ONE = "only_one"
    LAST_SENDER = "last_sender"
    WEIGHT = "weight"
    ALL_HELD = "all_held"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What came of a sender's messages to a place: the share delivered (0 to 1), and seconds until then, if any were."""

    share: float
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A sender of a pool. `weight` is its share of the messages; `prices` are for a part, by country."""

    sender_id: UUID
    kind: str
    weight: float
    home: str = ""
    countries: frozenset[str] = frozenset()
    problem: str = ""
    held: str = ""
    prices: Mapping[str, Decimal] | None = None
    measured: Mapping[Place, Measured] | None = None


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A sender that was not chosen because it could not be, and why: a code of `sender_reach`, route.held or route.blocked."""

    sender_id: UUID
    why: str


@dataclass(frozen=True, slots=True)
class Choice:
    """The sender a message goes from (None: none reaches it), why it is that one, its share, and who was passed over."""

    sender_id: UUID | None
    because: Because | None
    share: float
    passed_over: tuple[PassedOver, ...]


Side = tuple[Member, float]


@dataclass(frozen=True, slots=True)
class _Country:
    """The members that reach one country, each with its weight there; and those that do not."""

    sides: tuple[Side, ...]
    closed: tuple[PassedOver, ...]


@dataclass(frozen=True, slots=True)
class _Ballot:
    """Those among whom the choice is made, why among them, and who was passed over."""

    sides: tuple[Side, ...]
    because: Because | None
    passed_over: tuple[PassedOver, ...]


class Router:
    """Chooses among the members of a pool; what a country's members weigh is worked out once a country."""

    def __init__(self, members: Sequence[Member], *, strategy: Strategy, sticky: bool) -> None:
        self._members = tuple(members)
        self._strategy = strategy
        self._sticky = sticky
        self._countries: dict[Place, _Country] = {}
        self._ballots: dict[tuple[Place, frozenset[UUID]], _Ballot] = {}

    def choose(
        self,
        phone: str,
        region: str,
        *,
        network: str = "",
        last_sender: UUID | None = None,
        blocked: frozenset[UUID] = frozenset(),
    ) -> Choice:
        """The choice for one number. `last_sender` wrote to it before, `blocked` are those its carrier turns away.

        `network` is the carrier it is known to belong to: figures of it go before those of its country.
        """
        ballot = self._ballot((region, network), blocked)
        if not ballot.sides:
            return Choice(None, None, 0.0, ballot.passed_over)
        total = sum(weight for _, weight in ballot.sides)
        if self._sticky and last_sender is not None:
            for member, weight in ballot.sides:
                if member.sender_id == last_sender:
                    return Choice(last_sender, ballot.because or Because.LAST_SENDER, weight / total, ballot.passed_over)
        if len(ballot.sides) == 1:
            return Choice(ballot.sides[0][0].sender_id, ballot.because or Because.ONLY_ONE, 1.0, ballot.passed_over)
        chosen, weight = max(ballot.sides, key=lambda side: _place(phone, side[0].sender_id, side[1]))
        return Choice(chosen.sender_id, ballot.because or Because.WEIGHT, weight / total, ballot.passed_over)

    def reaches(self, region: str) -> bool:
        """Whether a member that is not held reaches the country."""
        return any(not member.held for member, _ in self._country((region, "")).sides)

    def _ballot(self, place: Place, blocked: frozenset[UUID]) -> _Ballot:
        found = self._ballots.get((place, blocked))
        if found is None:
            found = self._ballots[(place, blocked)] = self._draw_up(place, blocked)
        return found

    def _draw_up(self, place: Place, blocked: frozenset[UUID]) -> _Ballot:
        country, region = self._country(place), place[0]
        taking = tuple(side for side in country.sides if side[0].sender_id not in blocked)
        passed = country.closed + tuple(
            PassedOver(member.sender_id, "route.blocked") for member, _ in country.sides if member.sender_id in blocked
        )
        ready = tuple(side for side in taking if not side[0].held)
        if not ready:  # all that reach it are held: it waits for one of them
            return _Ballot(taking, Because.ALL_HELD, passed)
        passed += tuple(PassedOver(member.sender_id, member.held) for member, _ in taking if member.held)
        # A number from there is read, and answered, sooner than a foreign one.
        near = tuple(side for side in ready if region in side[0].countries or side[0].home == region)
        passed += tuple(PassedOver(side[0].sender_id, "route.farther") for side in ready if near and side not in near)
        return _Ballot(near or ready, None, passed)

    def _country(self, place: Place) -> _Country:
        found = self._countries.get(place)
        if found is None:
            found = self._countries[place] = self._weigh(place)
        return found

    def _weigh(self, place: Place) -> _Country:
        region = place[0]
        reaching: list[Member] = []
        closed: list[PassedOver] = []
        for member in self._members:
            why = why_not(member.kind, home=member.home, countries=member.countries, problem=member.problem, region=region) or (
                "route.weight_zero" if member.weight <= 0 else ""
            )
            if why:
                closed.append(PassedOver(member.sender_id, why))
            else:
                reaching.append(member)
        return _Country(tuple(zip(reaching, self._weights(reaching, place), strict=True)), tuple(closed))

    def _weights(self, members: Sequence[Member], place: Place) -> list[float]:
        """Each member's weight, turned by what the strategy looks at. Nobody's becomes nothing: then it is measured on."""
        factors = [1.0] * len(members)
        measured = [_measured(member, place) for member in members]
        match self._strategy:
            case Strategy.DELIVERY:
                factors = _relative([None if one is None else one.share for one in measured], power=8.0)
            case Strategy.LATENCY:
                factors = _relative(
                    [None if one is None or not one.seconds else 1.0 / one.seconds for one in measured], power=1.0
                )
            case Strategy.PRICE:
                prices = [(member.prices or {}).get(place[0]) for member in members]
                factors = _relative([None if not price else 1.0 / float(price) for price in prices], power=4.0)
            case Strategy.WEIGHTS:
                pass
        return [member.weight * factor for member, factor in zip(members, factors, strict=True)]


def _measured(member: Member, place: Place) -> Measured | None:
    known = member.measured or _NO_SIDE
    return known.get(place) or known.get((place[0], "")) or known.get(EVERYWHERE)


_LEAST = 0.02
"""The part of its weight a sender keeps however badly it does."""


def _relative(values: Sequence[float | None], *, power: float) -> list[float]:
    """Each value against the best, raised to a power; what is not known counts as the middle of those that are."""
    known = sorted(value for value in values if value is not None)
    if not known:
        return [1.0] * len(values)
    best, middle = known[-1], known[len(known) // 2]
    if best <= 0:
        return [1.0] * len(values)
    return [max(_LEAST, ((middle if value is None else value) / best) ** power) for value in values]


def _place(phone: str, sender_id: UUID, weight: float) -> float:
    """A number's affinity to a sender: the greatest wins, and wins a share of all numbers equal to its share of the weights."""
    digest = blake2b(phone.encode(), digest_size=8, key=sender_id.bytes).digest()
    drawn = (int.from_bytes(digest) + 0.5) / 2.0**64
    return weight / -math.log(drawn)


def choice_json(choice: Choice, *, pool_id: UUID, strategy: Strategy) -> dict[str, Any]:
    """A choice as a message and its attempts keep it."""
    return {
        "pool_id": str(pool_id),
        "strategy": strategy.value,
        "because": choice.because,
        "share": round(choice.share, 4),
        "passed_over": [{"sender_id": str(one.sender_id), "why": one.why} for one in choice.passed_over],
    }
