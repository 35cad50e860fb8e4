"""Which audiences are there? Rules, kept as they were given."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from app.storage.conflicts import unique
from app.storage.database import Row, Transaction
from app.storage.newest import newest_first
from app.storage.tables.contents import audience

_NAME_TAKEN = "an audience of this name exists already"


async def add_audience(
    tx: Transaction, *, workspace_id: UUID, audience_id: UUID, name: str, rule: Mapping[str, Any], now: datetime
) -> None:
    """Insert an audience. Raises Conflict when the name is taken."""
    row = {"name": name, "rule": rule, "created_at": now, "updated_at": now}
    async with unique(tx, _NAME_TAKEN, pointer="/body/name"):
        await tx.run(insert(audience).values(workspace_id=workspace_id, id=audience_id, **row))


async def read_audience(tx: Transaction, *, workspace_id: UUID, audience_id: UUID) -> Row | None:
    """One audience."""
    return await tx.first(select(audience).where(audience.c.workspace_id == workspace_id, audience.c.id == audience_id))


async def list_audiences(tx: Transaction, *, workspace_id: UUID, before: UUID | None, limit: int) -> Sequence[Row]:
    """Audiences, newest first."""
    found = select(audience).where(audience.c.workspace_id == workspace_id)
    return await tx.rows(newest_first(found, audience.c.id, before=before, limit=limit))


async def write_audience(
    tx: Transaction, *, workspace_id: UUID, audience_id: UUID, changes: Mapping[str, Any], now: datetime
) -> Row | None:
    """Replace the named columns; the audience afterwards, or None. Raises Conflict when the name is taken."""
    meant = update(audience).where(audience.c.workspace_id == workspace_id, audience.c.id == audience_id)
    async with unique(tx, _NAME_TAKEN, pointer="/body/name"):
        return await tx.first(meant.values(**changes, updated_at=now).returning(audience))


async def rules_of(tx: Transaction, *, workspace_id: UUID, audience_ids: Sequence[UUID]) -> dict[UUID, Any]:
    """The rules of those audiences that exist."""
    found = select(audience.c.id, audience.c.rule).where(audience.c.workspace_id == workspace_id, audience.c.id.in_(audience_ids))
    return {row["id"]: row["rule"] for row in await tx.rows(found)}
