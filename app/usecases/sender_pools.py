"""Which senders share what is sent? Pools: made, changed, read, tried on a number, deleted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.clock import new_id
from app.domain.errors import InvalidField, NotFound
from app.domain.message import Channel
from app.domain.number import number_facts
from app.domain.routing import Choice, Strategy
from app.domain.sender_reach import NEEDS_COUNTRIES
from app.storage import pools
from app.storage.carriers import find_sender
from app.storage.database import Row, Transaction
from app.usecases.context import Context
from app.usecases.route import open_pool, route

Weighted = tuple[UUID, float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderPool:
    """A pool and its members, each with its weight (None: its rate)."""

    row: Row
    members: tuple[Weighted, ...]


async def _check_members(tx: Transaction, *, workspace_id: UUID, channel: Channel | str, members: Sequence[Weighted]) -> None:
    """Each a sender of the channel, once, and usable somewhere. Raises NotFound and InvalidField."""
    seen: set[UUID] = set()
    for place, (sender_id, _) in enumerate(members):
        pointer = f"/body/members/{place}/sender_id"
        sender = await find_sender(tx, workspace_id=workspace_id, sender_id=sender_id)
        if sender is None:
            raise NotFound("no such sender", pointer=pointer)
        if sender_id in seen:
            raise InvalidField("it is a member already", pointer=pointer, code="twice")
        if sender["channel"] != channel:
            raise InvalidField(f"the sender is for {sender['channel']}", pointer=pointer, code="channel_mismatch")
        if sender["kind"] in NEEDS_COUNTRIES and not sender["countries"]:
            raise InvalidField(NEEDS_COUNTRIES[sender["kind"]], pointer=pointer, code="countries_missing")
        seen.add(sender_id)
    if all(weight == 0 for _, weight in members):
        raise InvalidField("with every weight 0 nothing would go", pointer="/body/members", code="no_weight")


async def _read(tx: Transaction, *, workspace_id: UUID, pool_id: UUID) -> SenderPool:
    row = await pools.find_pool(tx, workspace_id=workspace_id, pool_id=pool_id)
    if row is None:
        raise NotFound("no such sender pool", pointer="/path/pool_id")
    members = await pools.members_of(tx, workspace_id=workspace_id, pool_ids=[pool_id])
    return SenderPool(row=row, members=tuple((member["sender_id"], member["weight"]) for member in members))


async def create_pool(
    tx: Transaction,
    *,
    workspace_id: UUID,
    name: str,
    channel: Channel,
    strategy: Strategy,
    sticky: bool,
    members: Sequence[Weighted],
    now: datetime,
) -> SenderPool:
    """Make a pool of senders. Raises NotFound, InvalidField, and Conflict when the name is taken."""
    await _check_members(tx, workspace_id=workspace_id, channel=channel, members=members)
    pool_id = new_id()
    columns = {"name": name, "channel": channel.value, "strategy": strategy.value, "sticky": sticky}
    await pools.add_pool(tx, workspace_id=workspace_id, pool_id=pool_id, columns=columns, now=now)
    await pools.set_members(tx, workspace_id=workspace_id, pool_id=pool_id, members=members)
    return await _read(tx, workspace_id=workspace_id, pool_id=pool_id)


async def change_pool(
    context: Context,
    *,
    workspace_id: UUID,
    pool_id: UUID,
    changes: Mapping[str, Any],
    members: Sequence[Weighted] | None,
    now: datetime,
) -> SenderPool:
    """Replace the named fields, and the members when they are given; what waits already stays in its lane.

    Raises NotFound, InvalidField and Conflict.
    """
    async with context.db.transaction() as tx:
        held = await _read(tx, workspace_id=workspace_id, pool_id=pool_id)
        if members is not None:
            await _check_members(tx, workspace_id=workspace_id, channel=held.row["channel"], members=members)
            await pools.set_members(tx, workspace_id=workspace_id, pool_id=pool_id, members=members)
        await pools.write_pool(tx, workspace_id=workspace_id, pool_id=pool_id, changes=changes, now=now)
        return await _read(tx, workspace_id=workspace_id, pool_id=pool_id)


async def read_pool(context: Context, *, workspace_id: UUID, pool_id: UUID) -> SenderPool:
    """One pool. Raises NotFound."""
    async with context.db.transaction() as tx:
        return await _read(tx, workspace_id=workspace_id, pool_id=pool_id)


async def list_pools(context: Context, *, workspace_id: UUID, before: UUID | None, limit: int) -> list[SenderPool]:
    """Pools, newest first."""
    async with context.db.transaction() as tx:
        rows = await pools.list_pools(tx, workspace_id=workspace_id, before=before, limit=limit)
        members = await pools.members_of(tx, workspace_id=workspace_id, pool_ids=[row["id"] for row in rows])
    by_pool: dict[UUID, list[Weighted]] = {}
    for member in members:
        by_pool.setdefault(member["pool_id"], []).append((member["sender_id"], member["weight"]))
    return [SenderPool(row=row, members=tuple(by_pool.get(row["id"], ()))) for row in rows]


async def delete_pool(context: Context, *, workspace_id: UUID, pool_id: UUID) -> None:
    """Delete a pool; its senders stay. Raises NotFound, and Conflict when campaigns name it."""
    async with context.db.transaction() as tx:
        if not await pools.delete_pool(tx, workspace_id=workspace_id, pool_id=pool_id):
            raise NotFound("no such sender pool", pointer="/path/pool_id")


async def try_route(tx: Transaction, *, workspace_id: UUID, pool_id: UUID, phone: str, now: datetime) -> Choice:
    """Which sender a message to this number would go from now, without sending one. Raises NotFound."""
    pool = await open_pool(tx, workspace_id=workspace_id, pool_id=pool_id, now=now)
    if pool is None:
        raise NotFound("no such sender pool", pointer="/path/pool_id")
    return (await route(tx, pool, numbers=[(phone, number_facts(phone).region)]))[phone]
