"""What has been waiting too long, and what may close? The statements of the sweep, each bounded and set-based."""

from datetime import datetime
from uuid import UUID

from app.storage.database import Transaction

_SWEEP_LOCK = 7_420_731_106  # any fixed number: one sweeper at a time

_EXPIRE_CAMPAIGNS = """
WITH overdue AS (
  SELECT m.workspace_id, m.id
  FROM campaign c JOIN campaign_lane l ON l.workspace_id = c.workspace_id AND l.campaign_id = c.id
  JOIN message m ON m.sender_id = l.sender_id AND m.campaign_id = c.id AND m.priority = 1 AND m.state = 10
  WHERE c.state IN ('running', 'paused', 'draining') AND c.not_after <= $1
  LIMIT $2 FOR NO KEY UPDATE OF m SKIP LOCKED
)
UPDATE message m SET state = 54, reason = 'time.not_after', updated_at = $1
FROM overdue o WHERE m.workspace_id = o.workspace_id AND m.id = o.id
"""
_EXPIRE_SINGLES = """
WITH overdue AS (
  SELECT m.workspace_id, m.id
  FROM sender s JOIN message m ON m.sender_id = s.id AND m.campaign_id IS NULL AND m.state = 10
  WHERE m.not_after <= $1
  LIMIT $2 FOR NO KEY UPDATE OF m SKIP LOCKED
)
UPDATE message m SET state = 54, reason = 'time.not_after', updated_at = $1
FROM overdue o WHERE m.workspace_id = o.workspace_id AND m.id = o.id
"""
# A way's time may be longer than receipts are waited for: its end comes first.
_UNCONFIRMED = """
WITH silent AS (
  SELECT workspace_id, id FROM message
  WHERE state IN (25, 30, 40) AND updated_at <= $1
    AND (fall_at IS NULL OR handed_over_at + make_interval(secs => (plan->'hops'->hop->>'after')::int) <= $1)
  ORDER BY updated_at LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE message m
SET state = 45, reason = CASE WHEN m.state = 25 THEN 'handover.unanswered' ELSE 'receipt.missing' END, updated_at = $2
FROM silent s WHERE m.workspace_id = s.workspace_id AND m.id = s.id
"""
_OPEN_COUNTS = """
WITH live AS (
  SELECT c.workspace_id, c.id, c.state, c.joins_until IS NOT NULL AS joinable FROM campaign c
  JOIN materialisation x ON x.workspace_id = c.workspace_id AND x.campaign_id = c.id
  WHERE ($2::uuid IS NULL OR c.id = $2) AND c.finished_at IS NULL AND c.launched_at IS NOT NULL AND x.finished_at IS NOT NULL
    AND c.state IN ('running', 'draining', 'cancelled') AND (c.state = 'cancelled' OR c.sequence_id IS NULL
      AND (c.joins_until IS NULL OR c.joins_until <= $1))
)
SELECT l.workspace_id, l.id, l.state, l.joinable,
       coalesce(sum(t.messages) FILTER (WHERE t.state < 45), 0) AS open_messages,
       coalesce(sum(t.messages) FILTER (WHERE t.state < 25), 0) AS unsent_messages
FROM live l LEFT JOIN LATERAL (
  SELECT state, messages FROM campaign_tally y WHERE y.workspace_id = l.workspace_id AND y.campaign_id = l.id
  UNION ALL
  SELECT state, messages FROM campaign_tally_delta d WHERE d.workspace_id = l.workspace_id AND d.campaign_id = l.id
) t ON true
GROUP BY l.workspace_id, l.id, l.state, l.joinable
"""
# A look under way holds this row: what it writes is not seen before it commits.
_HOLD_WRITING = "SELECT 1 FROM materialisation WHERE workspace_id = $1 AND campaign_id = $2 FOR UPDATE SKIP LOCKED"
_FINISH = """
UPDATE campaign SET state = CASE WHEN state = 'cancelled' THEN state ELSE 'completed' END, finished_at = $3, updated_at = $3
WHERE workspace_id = $1 AND id = $2 AND state IN ('running', 'draining', 'cancelled') AND finished_at IS NULL
"""
_LEAVE_LANES = "DELETE FROM campaign_lane WHERE workspace_id = $1 AND campaign_id = $2"
_MOVE = "UPDATE campaign SET state = $3, updated_at = $4 WHERE workspace_id = $1 AND id = $2 AND state = $5"
_UNFINISHED_LAUNCHES = """
SELECT x.workspace_id, x.campaign_id FROM materialisation x
JOIN campaign c ON c.workspace_id = x.workspace_id AND c.id = x.campaign_id
WHERE x.finished_at IS NULL AND c.state IN ('running', 'draining')
"""
_OPEN_TO_JOIN = """
SELECT x.workspace_id, x.campaign_id FROM materialisation x
JOIN campaign c ON c.workspace_id = x.workspace_id AND c.id = x.campaign_id
WHERE x.finished_at IS NOT NULL AND c.finished_at IS NULL AND c.state IN ('running', 'draining') AND c.joins_until > $1
  AND (x.join_at IS NULL OR x.join_at <= $1)
"""
_CANCELLED_LEFTOVERS = """
SELECT c.workspace_id, c.id FROM campaign c
WHERE c.state = 'cancelled' AND c.finished_at IS NULL AND EXISTS (
  SELECT 1 FROM campaign_lane l JOIN message m ON m.sender_id = l.sender_id
  WHERE l.workspace_id = c.workspace_id AND l.campaign_id = c.id AND m.campaign_id = c.id AND m.priority = 1 AND m.state = 10)
"""
_UNFINISHED_IMPORTS = """
SELECT workspace_id, id FROM import_job WHERE state IN ('queued', 'running') OR (state = 'planned' AND expires_at < $1)
"""


async def try_sweep_lock(tx: Transaction) -> bool:
    """Whether this transaction may sweep; released with it."""
    return bool(await tx.fetch_value("SELECT pg_try_advisory_xact_lock($1)", _SWEEP_LOCK))


async def expire_overdue(tx: Transaction, *, now: datetime, limit: int) -> int:
    """Close queued messages whose not-after has passed, of paused campaigns and held senders too."""
    return await tx.execute(_EXPIRE_CAMPAIGNS, now, limit) + await tx.execute(_EXPIRE_SINGLES, now, limit)


async def close_unconfirmed(tx: Transaction, *, silent_since: datetime, now: datetime, limit: int) -> int:
    """Close messages nobody has said anything final about since then; a late receipt still moves them."""
    return await tx.execute(_UNCONFIRMED, silent_since, now, limit)


async def settle_campaigns(tx: Transaction, *, now: datetime) -> int:
    """Move campaigns to draining when nothing is left to send, and finish those whose every message is closed.

    One that people may still join stays as it is, and so does one that is being looked at for who came to it.
    """
    moved = 0
    for row in await tx.fetch(_OPEN_COUNTS, now, None):
        key = (row["workspace_id"], row["id"])
        if row["open_messages"] == 0:
            if row["joinable"] and not await _nobody_joins(tx, *key, now=now):
                continue
            finished = await tx.execute(_FINISH, *key, now)
            if finished:
                await tx.execute(_LEAVE_LANES, *key)
            moved += finished
        elif row["unsent_messages"] == 0 and row["state"] == "running":
            moved += await tx.execute(_MOVE, *key, "draining", now, "running")
        elif row["unsent_messages"] > 0 and row["state"] == "draining":
            moved += await tx.execute(_MOVE, *key, "running", now, "draining")
    return moved


async def _nobody_joins(tx: Transaction, workspace_id: UUID, campaign_id: UUID, *, now: datetime) -> bool:
    """Whether no look for newcomers is under way, and none left an open message since the campaign was counted."""
    if await tx.fetch_value(_HOLD_WRITING, workspace_id, campaign_id) is None:
        return False
    counted = await tx.fetch(_OPEN_COUNTS, now, campaign_id)
    return all(row["open_messages"] == 0 for row in counted)


async def unfinished_launches(tx: Transaction) -> list[tuple[UUID, UUID]]:
    """Launched campaigns whose audience is not all written yet."""
    return [(row[0], row[1]) for row in await tx.fetch(_UNFINISHED_LAUNCHES)]


async def open_to_join(tx: Transaction, *, now: datetime) -> list[tuple[UUID, UUID]]:
    """Campaigns that look about now for who came to their audience."""
    return [(row[0], row[1]) for row in await tx.fetch(_OPEN_TO_JOIN, now)]


async def cancelled_leftovers(tx: Transaction) -> list[tuple[UUID, UUID]]:
    """Cancelled campaigns with messages still queued."""
    return [(row[0], row[1]) for row in await tx.fetch(_CANCELLED_LEFTOVERS)]


async def unfinished_imports(tx: Transaction, *, now: datetime) -> list[tuple[UUID, UUID]]:
    """Imports not run to their end, and plans nobody applied in time."""
    return [(row[0], row[1]) for row in await tx.fetch(_UNFINISHED_IMPORTS, now)]
