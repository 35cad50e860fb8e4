"""Which messages wait for a sender of a pool that may not send now? They are found, and moved to another one's lane."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.storage.database import Row, Transaction

_STRANDED = """
SELECT m.workspace_id, m.pool_id, m.sender_id
FROM sender_pool_member m
JOIN sender s ON s.workspace_id = m.workspace_id AND s.id = m.sender_id
JOIN provider p ON p.workspace_id = s.workspace_id AND p.id = s.provider_id
WHERE (s.held_until > $1 OR p.held_until > $1)
  AND EXISTS (SELECT 1 FROM message x WHERE x.sender_id = m.sender_id AND x.pool_id = m.pool_id AND x.state = 10)
"""
_PICK = """
SELECT m.id, m.phone, m.campaign_id, m.route, n.region
FROM message m JOIN number n ON n.workspace_id = m.workspace_id AND n.phone = m.phone
WHERE m.workspace_id = $1 AND m.sender_id = $2 AND m.pool_id = $3 AND m.state = 10 AND n.region = ANY($4::text[])
LIMIT $5 FOR NO KEY UPDATE OF m SKIP LOCKED
"""
_MOVE = """
UPDATE message m SET sender_id = u.sender_id, route = u.route::jsonb, updated_at = $2,
       due_at = CASE WHEN m.attempts > 0 THEN least(m.due_at, $2) ELSE m.due_at END
FROM unnest($3::uuid[], $4::uuid[], $5::text[]) AS u(id, sender_id, route)
WHERE m.workspace_id = $1 AND m.id = u.id AND m.state = 10
"""


async def stranded(tx: Transaction, *, now: datetime) -> Sequence[Row]:
    """(workspace, pool, sender) of held members with messages waiting."""
    return await tx.fetch(_STRANDED, now)


async def pick_stranded(
    tx: Transaction, *, workspace_id: UUID, sender_id: UUID, pool_id: UUID, regions: Sequence[str], limit: int
) -> Sequence[Row]:
    """Lock some of the pool's messages in a sender's lane that go to these regions; those a claim holds are left out."""
    return await tx.fetch(_PICK, workspace_id, sender_id, pool_id, list(regions), limit)


async def move_messages(tx: Transaction, *, workspace_id: UUID, rows: Sequence[tuple[UUID, UUID, str]], now: datetime) -> int:
    """Put picked messages into other lanes: (message, sender, route as JSON); how many.

    One that was tried already is due at once: it waited for the sender it leaves.
    """
    return await tx.execute(_MOVE, workspace_id, now, *(list(column) for column in zip(*rows, strict=True)))
