"""Which campaigns come round? Series with their next turn, and the campaign each turn makes from its pattern."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from app.storage.database import Row, Transaction
from app.storage.newest import newest_first
from app.storage.tables.rounds import campaign_series

_DUE = """
SELECT workspace_id, id, name, campaign_id, rhythm, valid_for_seconds, until, next_at FROM campaign_series
WHERE state = 'running' AND next_at <= $1 ORDER BY next_at LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED
"""
# The pattern stays a draft; what it names is the copy's. A local time is taken to the day of the turn.
_COPY = """
INSERT INTO campaign (workspace_id, id, name, state, channel, purpose, template_id, template_version, audience_id, sender_id,
                      pool_id, fallback, split, send_at_local, when_passed, spread_seconds, caps, brand, topic, subject,
                      technology, categories, links, membership, budget, not_after, series_id, occurrence_at, created_at,
                      updated_at)
SELECT workspace_id, $3, name || ' ' || $4, 'draft', channel, purpose, template_id, template_version, audience_id, sender_id,
       pool_id, fallback, split, $5::date + send_at_local::time, when_passed, spread_seconds, caps, brand, topic, subject,
       technology, categories, links, membership, budget, $6, $7, $8, $9, $9
FROM campaign WHERE workspace_id = $1 AND id = $2
ON CONFLICT (workspace_id, series_id, occurrence_at) WHERE series_id IS NOT NULL DO NOTHING
RETURNING id
"""


async def add_series(tx: Transaction, *, workspace_id: UUID, series_id: UUID, columns: Mapping[str, Any], now: datetime) -> None:
    """Insert a series."""
    row = {"workspace_id": workspace_id, "id": series_id, "state": "running", **columns, "created_at": now, "updated_at": now}
    await tx.run(insert(campaign_series).values(**row))


async def find_series(tx: Transaction, *, workspace_id: UUID, series_id: UUID) -> Row | None:
    """One series."""
    key = campaign_series.c.workspace_id == workspace_id, campaign_series.c.id == series_id
    return await tx.first(select(campaign_series).where(*key))


async def list_series(tx: Transaction, *, workspace_id: UUID, before: UUID | None, limit: int) -> Sequence[Row]:
    """Series, newest first."""
    found = select(campaign_series).where(campaign_series.c.workspace_id == workspace_id)
    return await tx.rows(newest_first(found, campaign_series.c.id, before=before, limit=limit))


async def write_series(
    tx: Transaction, *, workspace_id: UUID, series_id: UUID, out_of: Sequence[str], changes: Mapping[str, Any], now: datetime
) -> Row | None:
    """Replace the named columns of a series in one of these states; it afterwards, or None."""
    key = campaign_series.c.workspace_id == workspace_id, campaign_series.c.id == series_id
    meant = update(campaign_series).where(*key, campaign_series.c.state.in_(out_of))
    return await tx.first(meant.values(**changes, updated_at=now).returning(campaign_series))


async def due_series(tx: Transaction, *, now: datetime, limit: int) -> Sequence[Row]:
    """Series whose turn has come, locked; those another worker holds are left out."""
    return await tx.fetch(_DUE, now, limit)


async def copy_pattern(
    tx: Transaction, row: Row, *, campaign_id: UUID, label: str, day: datetime, not_after: datetime, now: datetime
) -> bool:
    """Make the campaign of a series' turn, as a draft; False when that turn has its campaign already."""
    made = await tx.fetch_value(
        _COPY, row["workspace_id"], row["campaign_id"], campaign_id, label, day.date(), not_after, row["id"], row["next_at"], now
    )
    return made is not None
