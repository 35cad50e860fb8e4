"""From which sender of a pool does each message go? The pool is opened as it stands, and asked for many numbers at once."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.domain.registration import sender_facts
from app.domain.routing import Choice, Member, Router, Strategy, choice_json
from app.domain.sender_reach import home_of
from app.storage.database import Row, Transaction
from app.storage.pools import find_pool, known_senders, read_members


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """A pool ready to choose. `rate` is what its members carry together, in parts per second."""

    id: UUID
    workspace_id: UUID
    channel: str
    strategy: Strategy
    senders: tuple[UUID, ...]
    rate: float
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


def _member(row: Row, now: datetime, currencies: Mapping[str, str]) -> Member:
    return Member(
        sender_id=row["sender_id"],
        kind=row["kind"],
        weight=row["parts_per_second"] if row["weight"] is None else row["weight"],
        home=home_of(row["kind"], row["address"]),
        countries=frozenset(row["countries"]),
        problem=sender_facts(row["kind"], row["registration"]).problem,
        held=_held(row, now),
        prices=_prices(row, currencies),
    )


async def open_pool(tx: Transaction, *, workspace_id: UUID, pool_id: UUID, now: datetime) -> Pool | None:
    """The pool with its members as they stand; None when it is gone."""
    row = await find_pool(tx, workspace_id=workspace_id, pool_id=pool_id)
    if row is None:
        return None
    members = await read_members(tx, workspace_id=workspace_id, pool_id=pool_id)
    currencies = _currencies(members)
    strategy = Strategy(row["strategy"])
    return Pool(
        id=pool_id,
        workspace_id=workspace_id,
        channel=row["channel"],
        strategy=strategy,
        senders=tuple(member["sender_id"] for member in members),
        rate=sum(member["parts_per_second"] for member in members),
        router=Router([_member(member, now, currencies) for member in members], strategy=strategy, sticky=row["sticky"]),
    )


async def route(tx: Transaction, pool: Pool, *, numbers: Sequence[tuple[str, str]]) -> dict[str, Choice]:
    """The choice for each (phone, region), in one round trip."""
    phones = [phone for phone, _ in numbers]
    known = await known_senders(tx, workspace_id=pool.workspace_id, phones=phones, sender_ids=pool.senders)
    stranger: tuple[UUID | None, frozenset[UUID]] = (None, frozenset())
    chosen: dict[str, Choice] = {}
    for phone, region in numbers:
        last_sender, blocked = known.get(phone, stranger)
        chosen[phone] = pool.router.choose(phone, region, last_sender=last_sender, blocked=blocked)
    return chosen
