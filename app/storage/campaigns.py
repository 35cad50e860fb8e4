"""Which campaigns are there, and how do they stand? Rows, books kept by delta, and who is in one with what became of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from app.storage.database import Row, Transaction
from app.storage.newest import newest_first
from app.storage.tables.campaigns import campaign

# One statement, so that both sides of the books are of one instant.
_BOOKS = """
SELECT c.state, c.sender_id, c.finished_at, c.launched_at, coalesce(x.members, 0) AS members, coalesce(x.joined, 0) AS joined,
       x.finished_at AS written_at,
       (SELECT coalesce(jsonb_agg(jsonb_build_array(t.state, t.reason, t.messages)), '[]'::jsonb)
        FROM (SELECT u.state, u.reason, sum(u.messages)::bigint AS messages
              FROM (SELECT y.state, y.reason, y.messages FROM campaign_tally y
                    WHERE y.workspace_id = c.workspace_id AND y.campaign_id = c.id
                    UNION ALL
                    SELECT d.state, d.reason, d.messages FROM campaign_tally_delta d
                    WHERE d.workspace_id = c.workspace_id AND d.campaign_id = c.id) u
              GROUP BY u.state, u.reason HAVING sum(u.messages) <> 0) t) AS counts
FROM campaign c LEFT JOIN materialisation x ON x.workspace_id = c.workspace_id AND x.campaign_id = c.id
WHERE c.workspace_id = $1 AND c.id = $2
"""
# Several workers may fold at once: each takes deltas nobody else is taking, and rows in one order so that none wait in a ring.
_FOLD = """
WITH gone AS (
  DELETE FROM campaign_tally_delta WHERE id IN (
    SELECT id FROM campaign_tally_delta ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED)
  RETURNING workspace_id, campaign_id, state, reason, messages
), summed AS (
  SELECT workspace_id, campaign_id, state, reason, sum(messages)::bigint AS messages, sum(count(*)) OVER () AS deltas
  FROM gone GROUP BY workspace_id, campaign_id, state, reason
), written AS (
  INSERT INTO campaign_tally (workspace_id, campaign_id, state, reason, messages)
  SELECT workspace_id, campaign_id, state, reason, messages FROM summed
  ORDER BY workspace_id, campaign_id, state, reason
  ON CONFLICT (workspace_id, campaign_id, state, reason)
  DO UPDATE SET messages = campaign_tally.messages + excluded.messages
)
SELECT max(deltas) FROM summed
"""
_RECIPIENTS = """
SELECT id, contact_id, phone, state, reason, decision, attempts, updated_at
FROM message
WHERE workspace_id = $1 AND campaign_id = $2 AND ($3::text IS NULL OR phone > $3)
  AND ($4::smallint IS NULL OR state = $4) AND ($5::text IS NULL OR reason = $5)
ORDER BY phone LIMIT $6
"""


async def add_campaign(
    tx: Transaction, *, workspace_id: UUID, campaign_id: UUID, columns: Mapping[str, Any], now: datetime
) -> None:
    """Insert a draft."""
    row = {"workspace_id": workspace_id, "id": campaign_id, "state": "draft", **columns, "created_at": now, "updated_at": now}
    await tx.run(insert(campaign).values(**row))


async def read_campaign(tx: Transaction, *, workspace_id: UUID, campaign_id: UUID) -> Row | None:
    """One campaign."""
    return await tx.first(select(campaign).where(campaign.c.workspace_id == workspace_id, campaign.c.id == campaign_id))


async def hold_campaign(tx: Transaction, *, workspace_id: UUID, campaign_id: UUID) -> Row | None:
    """One campaign, locked for a change."""
    found = select(campaign).where(campaign.c.workspace_id == workspace_id, campaign.c.id == campaign_id)
    return await tx.first(found.with_for_update(key_share=True))


async def list_campaigns(
    tx: Transaction, *, workspace_id: UUID, before: UUID | None, limit: int, state: str | None = None
) -> Sequence[Row]:
    """Campaigns, newest first; in one state, if it is named."""
    found = select(campaign).where(campaign.c.workspace_id == workspace_id)
    if state is not None:
        found = found.where(campaign.c.state == state)
    return await tx.rows(newest_first(found, campaign.c.id, before=before, limit=limit))


async def write_campaign(
    tx: Transaction, *, workspace_id: UUID, campaign_id: UUID, changes: Mapping[str, Any], now: datetime
) -> None:
    """Replace the named columns."""
    meant = update(campaign).where(campaign.c.workspace_id == workspace_id, campaign.c.id == campaign_id)
    await tx.run(meant.values(**changes, updated_at=now))


async def read_tally(tx: Transaction, *, workspace_id: UUID, campaign_id: UUID) -> Row | None:
    """A campaign's books, or None without such a campaign.

    state, sender_id, launched_at, finished_at; members (read from the audience) and written_at (when the last of them had its
    row); counts, a list of [state, reason, messages].
    """
    return await tx.fetch_row(_BOOKS, workspace_id, campaign_id)


async def fold_tallies(tx: Transaction, *, limit: int) -> int:
    """Add up to `limit` deltas to the tallies they belong to; how many. The sums of both stay what they were."""
    return int(await tx.fetch_value(_FOLD, limit) or 0)


async def list_recipients(
    tx: Transaction,
    *,
    workspace_id: UUID,
    campaign_id: UUID,
    after: str | None,
    limit: int,
    state: int | None = None,
    reason: str | None = None,
) -> list[Row]:
    """A campaign's messages by number, above the given one."""
    return list(await tx.fetch(_RECIPIENTS, workspace_id, campaign_id, after, state, reason, limit))


async def scheduled_campaigns(tx: Transaction) -> Sequence[Row]:
    """Every campaign of the installation that waits for its time, in the order they go; for whoever runs it."""
    return await tx.rows(select(campaign).where(campaign.c.state == "scheduled").order_by(campaign.c.scheduled_at, campaign.c.id))
