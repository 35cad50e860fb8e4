"""Which rule rows has a workspace written? Its hours, closed days and bans, by region."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select

from app.storage.database import Row, Transaction
from app.storage.newest import newest_first
from app.storage.tables.rules import rule_row


async def add_rule_rows(tx: Transaction, *, workspace_id: UUID, rows: Sequence[dict[str, Any]], now: datetime) -> None:
    """Insert rows, all in one statement: id, kind, region, channels, terms, source, valid_from, valid_to."""
    await tx.run(insert(rule_row).values([{"workspace_id": workspace_id, "created_at": now, **row} for row in rows]))


async def all_rule_rows(tx: Transaction, *, workspace_id: UUID) -> Sequence[Row]:
    """Every row of the workspace, the oldest first."""
    return await tx.rows(select(rule_row).where(rule_row.c.workspace_id == workspace_id).order_by(rule_row.c.id))


async def read_rule_rows(tx: Transaction, *, workspace_id: UUID, ids: Sequence[UUID]) -> Sequence[Row]:
    """The rows with these ids, the oldest first."""
    meant = select(rule_row).where(rule_row.c.workspace_id == workspace_id, rule_row.c.id.in_(ids))
    return await tx.rows(meant.order_by(rule_row.c.id))


async def list_rule_rows(
    tx: Transaction,
    *,
    workspace_id: UUID,
    before: UUID | None,
    limit: int,
    kind: str | None = None,
    region: str | None = None,
) -> Sequence[Row]:
    """Rows, newest first, before the given id; of one kind, or of exactly one region."""
    meant = select(rule_row).where(rule_row.c.workspace_id == workspace_id)
    if kind is not None:
        meant = meant.where(rule_row.c.kind == kind)
    if region is not None:
        meant = meant.where(rule_row.c.region == region)
    return await tx.rows(newest_first(meant, rule_row.c.id, before=before, limit=limit))


async def remove_rule_row(tx: Transaction, *, workspace_id: UUID, row_id: UUID) -> bool:
    """Take a row away; False when there is none."""
    meant = delete(rule_row).where(rule_row.c.workspace_id == workspace_id, rule_row.c.id == row_id)
    return await tx.run(meant) == 1
