"""How is a campaign moved? One conditional UPDATE a move: of many callers one wins, and hand-overs wait at the row's lock."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from app.storage.database import Row, Transaction

_MOVE = """
UPDATE campaign SET state = $4, scheduled_at = coalesce($6, scheduled_at), updated_at = $3,
       finished_at = CASE WHEN $4 = 'cancelled' AND launched_at IS NULL THEN $3 ELSE finished_at END
WHERE workspace_id = $1 AND id = $2 AND state = ANY($5::text[])
RETURNING *
"""
_LAUNCH = """
UPDATE campaign c SET state = 'running', launched_at = $3, rule = a.rule, updated_at = $3
FROM audience a
WHERE c.workspace_id = $1 AND c.id = $2 AND c.state = ANY($4::text[]) AND a.workspace_id = c.workspace_id AND a.id = c.audience_id
RETURNING c.*
"""
_LAUNCH_STEP = """
UPDATE campaign c SET state = 'running', launched_at = $3, rule = a.rule, sequence_id = $4, updated_at = $3
FROM audience a
WHERE c.workspace_id = $1 AND c.id = $2 AND c.state = 'draft' AND c.sequence_id IS NULL
  AND a.workspace_id = c.workspace_id AND a.id = c.audience_id
RETURNING c.*
"""
_WRITE_STEP = """
INSERT INTO materialisation (workspace_id, campaign_id, up_to_contact_id, finished_at) VALUES ($1, $2, $3, $4)
"""
# Books of a step's campaign close like any other's once its sequence lets go of it.
_LET_GO = "UPDATE campaign SET sequence_id = NULL, updated_at = $3 WHERE workspace_id = $1 AND sequence_id = $2"
_BEGIN_WRITING = "INSERT INTO materialisation (workspace_id, campaign_id, up_to_contact_id) VALUES ($1, $2, $3)"
_ENTER_LANES = """
INSERT INTO campaign_lane (workspace_id, campaign_id, sender_id) SELECT $1, $2, x FROM unnest($3::uuid[]) AS x
ON CONFLICT DO NOTHING
"""
_KEEP_RULE = "UPDATE campaign SET rule = $3::text::jsonb WHERE workspace_id = $1 AND id = $2"
_END_WRITING = """
UPDATE materialisation SET finished_at = $3 WHERE workspace_id = $1 AND campaign_id = $2 AND finished_at IS NULL
"""
_IS_WRITTEN = "SELECT finished_at IS NOT NULL FROM materialisation WHERE workspace_id = $1 AND campaign_id = $2"
_IN_FLIGHT = """
SELECT count(*) FROM lease l
JOIN message m ON m.workspace_id = l.workspace_id AND m.id = ANY(l.message_ids) AND m.lease_id = l.id AND m.state = 20
WHERE l.workspace_id = $1 AND l.campaign_id = $2 AND l.departed_at IS NOT NULL
"""
# Rows that a claim or an opt-out holds are left to the next round: nobody waits for a message while holding another.
_CANCEL_QUEUED = """
WITH waiting AS (
  SELECT workspace_id, id FROM message
  WHERE sender_id IN (SELECT sender_id FROM campaign_lane WHERE workspace_id = $1 AND campaign_id = $2)
    AND campaign_id = $2 AND priority = 1 AND state = 10 AND workspace_id = $1
  LIMIT $4 FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE message m SET state = 50, reason = 'campaign.cancelled', updated_at = $3
FROM waiting w WHERE m.workspace_id = w.workspace_id AND m.id = w.id
"""
_DUE = """
SELECT workspace_id, id FROM campaign WHERE state = 'scheduled' AND scheduled_at <= $1 ORDER BY scheduled_at, id LIMIT $2
"""


async def move(
    tx: Transaction,
    *,
    workspace_id: UUID,
    campaign_id: UUID,
    to: str,
    out_of: Sequence[str],
    now: datetime,
    scheduled_at: datetime | None = None,
) -> Row | None:
    """Move a campaign that is in one of the states `out_of`; the campaign afterwards, or None when it is in none of them.

    Departures hold the row's lock while they commit, so this waits for those under way and stops those that come after.
    """
    return await tx.fetch_row(_MOVE, workspace_id, campaign_id, now, to, list(out_of), scheduled_at)


async def launch(
    tx: Transaction, *, workspace_id: UUID, campaign_id: UUID, out_of: Sequence[str], up_to_contact_id: UUID, now: datetime
) -> Row | None:
    """Start a campaign with its audience's rule as it is now, and open its materialisation; None when it is in no such state."""
    row = await tx.fetch_row(_LAUNCH, workspace_id, campaign_id, now, list(out_of))
    if row is not None:
        await tx.execute(_BEGIN_WRITING, workspace_id, campaign_id, up_to_contact_id)
        await enter_lanes(tx, workspace_id=workspace_id, campaign_id=campaign_id, sender_ids=(row["sender_id"],))
    return row


async def enter_lanes(tx: Transaction, *, workspace_id: UUID, campaign_id: UUID, sender_ids: Collection[UUID]) -> None:
    """Let the workers of these senders find the campaign: some of its messages stand in their lanes."""
    await tx.execute(_ENTER_LANES, workspace_id, campaign_id, sorted(sender_ids))


async def launch_for_sequence(
    tx: Transaction, *, workspace_id: UUID, campaign_id: UUID, sequence_id: UUID, up_to_contact_id: UUID, now: datetime
) -> Row | None:
    """Start a draft that waits for the contacts of a sequence: its audience is written as they come; None when it is no draft."""
    row = await tx.fetch_row(_LAUNCH_STEP, workspace_id, campaign_id, now, sequence_id)
    if row is not None:
        await tx.execute(_WRITE_STEP, workspace_id, campaign_id, up_to_contact_id, now)
        await enter_lanes(tx, workspace_id=workspace_id, campaign_id=campaign_id, sender_ids=(row["sender_id"],))
    return row


async def end_sequence_campaigns(tx: Transaction, *, workspace_id: UUID, sequence_id: UUID, now: datetime) -> None:
    """Let the campaigns of a sequence close: nobody comes to them any more."""
    await tx.execute(_LET_GO, workspace_id, sequence_id, now)


async def keep_rule(tx: Transaction, *, workspace_id: UUID, campaign_id: UUID, rule: Mapping[str, Any]) -> None:
    """Write the rule a campaign was launched with."""
    await tx.execute(_KEEP_RULE, workspace_id, campaign_id, orjson.dumps(rule).decode())


async def end_writing(tx: Transaction, *, workspace_id: UUID, campaign_id: UUID, now: datetime) -> None:
    """Write no more members: waits for the chunk under way."""
    await tx.execute(_END_WRITING, workspace_id, campaign_id, now)


async def is_written(tx: Transaction, *, workspace_id: UUID, campaign_id: UUID) -> bool:
    """Whether every member of a launched campaign has its row."""
    return bool(await tx.fetch_value(_IS_WRITTEN, workspace_id, campaign_id))


async def count_in_flight(tx: Transaction, *, workspace_id: UUID, campaign_id: UUID) -> int:
    """Messages that have departed and whose outcome is not recorded yet: beyond recall."""
    return int(await tx.fetch_value(_IN_FLIGHT, workspace_id, campaign_id))


async def cancel_queued(tx: Transaction, *, workspace_id: UUID, campaign_id: UUID, now: datetime, limit: int) -> int:
    """Cancel up to `limit` queued messages of a campaign; how many."""
    return await tx.execute(_CANCEL_QUEUED, workspace_id, campaign_id, now, limit)


async def due_campaigns(tx: Transaction, *, now: datetime, limit: int) -> list[tuple[UUID, UUID]]:
    """(workspace, campaign) of scheduled campaigns whose time has come."""
    return [(row["workspace_id"], row["id"]) for row in await tx.fetch(_DUE, now, limit)]
