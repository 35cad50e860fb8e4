"""From which sender of a pool does each message go? The pool is opened as it stands, and asked for many numbers at once."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.domain.deliverability import Tried, add_up, expected_share
from app.domain.registration import sender_facts
from app.domain.routing import EVERYWHERE, Choice, Measured, Member, Place, Router, Strategy, choice_json
from app.domain.sender_reach import home_of
from app.storage.database import Row, Transaction
from app.storage.delivery_stats import read_places
from app.storage.pools import find_pool, known_senders, read_members

_LOOKED_BACK = timedelta(days=7)
_ENOUGH = 20
"""Deliveries to a country before their mean time is believed; until then the sender's over all is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """A pool ready to choose; `members` are its senders with their accounts."""

    id: UUID
    workspace_id: UUID
    channel: str
    strategy: Strategy
    senders: tuple[UUID, ...]
    members: Sequence[Row]
    router: Router
    _written: dict[Choice, str] = field(default_factory=dict)

    def route_json(self, choice: Choice) -> str:
        """A choice as messages and attempts keep it; written once for all who share it."""
        found = self._written.get(choice)
        if found is None:
            found = self._written[choice] = json.dumps(choice_json(choice, pool_id=self.id, strategy=self.strategy))
        return found


def _held(row: Row, now: datetime) -> str:
    """Why a member may not send now; "" when it may."""
    for until, reason in ((row["held_until"], row["hold_reason"]), (row["provider_held_until"], row["provider_hold_reason"])):
        if until is not None and until > now:
            return f"route.held:{reason}" if reason else "route.held"
    return ""


def _prices(row: Row, currencies: Mapping[str, str]) -> Mapping[str, Decimal]:
    """What a member costs a part, by country, as far as it is told in the currency the others are compared in there."""
    stored: Mapping[str, Any] = row["prices"]
    return {country: Decimal(price["amount"]) for country, price in stored.items() if price["currency"] == currencies[country]}


def _currencies(rows: Sequence[Row]) -> dict[str, str]:
    """The currency of the first member that tells a price, by country: prices in two currencies do not compare."""
    return {country: price["currency"] for row in reversed(rows) for country, price in row["prices"].items()}


def _figures(places: Sequence[Tried]) -> dict[Place, Measured]:
    """What was measured of a sender, by country and by network; a little of it says little."""
    overall = add_up(places)
    figures = {EVERYWHERE: Measured(share=expected_share(Tried(), of_all=overall), seconds=overall.mean_seconds)}
    by_place: dict[Place, list[Tried]] = {}
    for place in places:
        for key in {(place.region, ""), (place.region, place.network)}:
            by_place.setdefault(key, []).append(place)
    for key, parts in by_place.items():
        there = add_up(parts)
        seconds = there.mean_seconds if there.delivered >= _ENOUGH else overall.mean_seconds
        if key != EVERYWHERE:
            figures[key] = Measured(share=expected_share(there, of_all=overall), seconds=seconds)
    return figures


def _member(row: Row, now: datetime, currencies: Mapping[str, str], places: Sequence[Tried]) -> Member:
    return Member(
        sender_id=row["sender_id"],
        kind=row["kind"],
        weight=row["parts_per_second"] if row["weight"] is None else row["weight"],
        home=home_of(row["kind"], row["address"]),
        countries=frozenset(row["countries"]),
        problem=sender_facts(row["kind"], row["registration"]).problem,
        held=_held(row, now),
        prices=_prices(row, currencies),
        measured=_figures(places) if places else None,
    )


async def open_pool(tx: Transaction, *, workspace_id: UUID, pool_id: UUID, now: datetime) -> Pool | None:
    """The pool with its members as they stand; None when it is gone."""
    row = await find_pool(tx, workspace_id=workspace_id, pool_id=pool_id)
    if row is None:
        return None
    members = await read_members(tx, workspace_id=workspace_id, pool_id=pool_id)
    currencies = _currencies(members)
    strategy = Strategy(row["strategy"])
    senders = tuple(member["sender_id"] for member in members)
    places: Mapping[UUID, Sequence[Tried]] = {}
    if strategy in {Strategy.DELIVERY, Strategy.LATENCY}:
        places = await read_places(tx, workspace_id=workspace_id, sender_ids=senders, since=now - _LOOKED_BACK)
    ready = [_member(member, now, currencies, places.get(member["sender_id"], ())) for member in members]
    return Pool(
        id=pool_id,
        workspace_id=workspace_id,
        channel=row["channel"],
        strategy=strategy,
        senders=senders,
        members=members,
        router=Router(ready, strategy=strategy, sticky=row["sticky"]),
    )


async def route(tx: Transaction, pool: Pool, *, numbers: Sequence[tuple[str, str]]) -> dict[str, Choice]:
    """The choice for each (phone, region), in one round trip."""
    phones = [phone for phone, _ in numbers]
    known = await known_senders(tx, workspace_id=pool.workspace_id, phones=phones, sender_ids=pool.senders)
    stranger: tuple[UUID | None, frozenset[UUID], str] = (None, frozenset(), "")
    chosen: dict[str, Choice] = {}
    for phone, region in numbers:
        last_sender, blocked, network = known.get(phone, stranger)
        chosen[phone] = pool.router.choose(phone, region, network=network, last_sender=last_sender, blocked=blocked)
    return chosen
