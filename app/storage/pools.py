"""Which senders share the work? Pools, their members as they stand, and what each number knows of them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, update

from app.storage.conflicts import unique, unreferenced
from app.storage.database import Row, Transaction
from app.storage.newest import newest_first
from app.storage.tables.carriers import sender_pool

_NAME_TAKEN = "a sender pool of this name exists already"
_IN_USE = "campaigns name this pool: it is kept with them"
_MEMBERS = """
SELECT m.sender_id, m.weight, s.channel, s.kind, s.address, s.parts_per_second, s.registration, s.countries, s.prices,
       p.id AS provider_id, p.kind AS provider_kind, p.calls_per_second, s.held_until, s.hold_reason,
       p.held_until AS provider_held_until, p.hold_reason AS provider_hold_reason
FROM sender_pool_member m
JOIN sender s ON s.workspace_id = m.workspace_id AND s.id = m.sender_id
JOIN provider p ON p.workspace_id = s.workspace_id AND p.id = s.provider_id
WHERE m.workspace_id = $1 AND m.pool_id = $2
ORDER BY m.sender_id
"""
_MEMBERS_OF = """
SELECT pool_id, sender_id, weight FROM sender_pool_member WHERE workspace_id = $1 AND pool_id = ANY($2::uuid[]) ORDER BY sender_id
"""
_ADD_MEMBERS = """
INSERT INTO sender_pool_member (workspace_id, pool_id, sender_id, weight)
SELECT $1, $2, u.sender_id, u.weight FROM unnest($3::uuid[], $4::float8[]) AS u(sender_id, weight)
"""
# Who wrote to a number last, of these senders, which of them its carrier turns away, and what its network is.
_KNOWN = """
SELECT p.phone, l.sender_id AS last_sender, b.blocked, coalesce(n.network, '') AS network
FROM unnest($2::text[]) AS p(phone)
LEFT JOIN number n ON n.workspace_id = $1 AND n.phone = p.phone
LEFT JOIN LATERAL (
  SELECT m.sender_id FROM message m
  WHERE m.workspace_id = $1 AND m.phone = p.phone AND m.sender_id = ANY($3::uuid[]) AND m.handed_over_at IS NOT NULL
  ORDER BY m.handed_over_at DESC LIMIT 1) l ON true
LEFT JOIN LATERAL (
  SELECT array_agg(x.sender_id) AS blocked FROM sender_block x
  WHERE x.workspace_id = $1 AND x.phone = p.phone AND x.sender_id = ANY($3::uuid[])) b ON true
WHERE l.sender_id IS NOT NULL OR b.blocked IS NOT NULL OR n.network IS NOT NULL
"""


async def add_pool(tx: Transaction, *, workspace_id: UUID, pool_id: UUID, columns: Mapping[str, Any], now: datetime) -> None:
    """Insert a pool, still without members. Raises Conflict when the name is taken."""
    row = {"workspace_id": workspace_id, "id": pool_id, **columns, "created_at": now, "updated_at": now}
    async with unique(tx, _NAME_TAKEN, pointer="/body/name"):
        await tx.run(insert(sender_pool).values(**row))


async def set_members(
    tx: Transaction, *, workspace_id: UUID, pool_id: UUID, members: Sequence[tuple[UUID, float | None]]
) -> None:
    """Put these senders, each with its weight, in the place of those before."""
    await tx.execute("DELETE FROM sender_pool_member WHERE workspace_id = $1 AND pool_id = $2", workspace_id, pool_id)
    await tx.execute(_ADD_MEMBERS, workspace_id, pool_id, *(list(column) for column in zip(*members, strict=True)))


async def find_pool(tx: Transaction, *, workspace_id: UUID, pool_id: UUID) -> Row | None:
    """One pool, without its members."""
    return await tx.first(select(sender_pool).where(sender_pool.c.workspace_id == workspace_id, sender_pool.c.id == pool_id))


async def list_pools(tx: Transaction, *, workspace_id: UUID, before: UUID | None, limit: int) -> Sequence[Row]:
    """Pools, newest first."""
    found = select(sender_pool).where(sender_pool.c.workspace_id == workspace_id)
    return await tx.rows(newest_first(found, sender_pool.c.id, before=before, limit=limit))


async def members_of(tx: Transaction, *, workspace_id: UUID, pool_ids: Sequence[UUID]) -> Sequence[Row]:
    """(pool, sender, weight) of every member of these pools."""
    return await tx.fetch(_MEMBERS_OF, workspace_id, list(pool_ids))


async def read_members(tx: Transaction, *, workspace_id: UUID, pool_id: UUID) -> Sequence[Row]:
    """The members of a pool with what a choice looks at: kind, address, registration, countries, prices, holds."""
    return await tx.fetch(_MEMBERS, workspace_id, pool_id)


async def write_pool(tx: Transaction, *, workspace_id: UUID, pool_id: UUID, changes: Mapping[str, Any], now: datetime) -> None:
    """Replace the named columns. Raises Conflict when the name is taken."""
    meant = update(sender_pool).where(sender_pool.c.workspace_id == workspace_id, sender_pool.c.id == pool_id)
    async with unique(tx, _NAME_TAKEN, pointer="/body/name"):
        await tx.run(meant.values(**changes, updated_at=now))


async def delete_pool(tx: Transaction, *, workspace_id: UUID, pool_id: UUID) -> bool:
    """Delete a pool; whether there was one. Raises Conflict when campaigns name it."""
    gone = delete(sender_pool).where(sender_pool.c.workspace_id == workspace_id, sender_pool.c.id == pool_id)
    async with unreferenced(tx, _IN_USE):
        return bool(await tx.rows(gone.returning(sender_pool.c.id)))


async def known_senders(
    tx: Transaction, *, workspace_id: UUID, phones: Sequence[str], sender_ids: Collection[UUID]
) -> dict[str, tuple[UUID | None, frozenset[UUID], str]]:
    """For each number something is known of: which sender wrote to it last, which its carrier turns away, and its network."""
    rows = await tx.fetch(_KNOWN, workspace_id, list(phones), list(sender_ids))
    return {row["phone"]: (row["last_sender"], frozenset(row["blocked"] or ()), row["network"]) for row in rows}
