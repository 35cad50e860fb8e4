"""Of which attempts has nobody heard for too long? Those whose carrier can be asked, each with what the question takes."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from app.storage.database import Row, Transaction

# Messages that await a receipt, oldest news first. What is taken is put off at once: a crash asks again later, not at once.
_TAKE = """
WITH due AS (
  SELECT a.workspace_id, a.message_id, a.number
  FROM message m
  JOIN attempt a ON a.workspace_id = m.workspace_id AND a.message_id = m.id AND a.number = m.attempts
  JOIN provider p ON p.workspace_id = a.workspace_id AND p.id = a.provider_id AND p.kind = ANY($1::text[])
  WHERE m.state IN (25, 30, 40) AND m.updated_at <= $2::timestamptz - $3::interval AND a.asks < $5
    AND a.outcome IN ('accepted', 'unknown')
    AND coalesce(a.ask_at, a.handed_over_at + CASE WHEN a.outcome = 'unknown' THEN $3::interval ELSE $4::interval END) <= $2
  ORDER BY m.updated_at LIMIT $6
  FOR NO KEY UPDATE OF a SKIP LOCKED
)
UPDATE attempt a SET asks = a.asks + 1, ask_at = $2::timestamptz + $4::interval * power(3, a.asks)
FROM due d
WHERE a.workspace_id = d.workspace_id AND a.message_id = d.message_id AND a.number = d.number
RETURNING a.workspace_id, a.message_id, a.number, a.provider_id, a.sender_id, a.provider_message_id, a.channel, a.handed_over_at,
          a.outcome
"""
_ABOUT = """
SELECT m.id AS message_id, m.phone, m.body, m.content, s.address, p.id AS provider_id, p.kind, p.credentials, p.base_url
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[]) AS u(workspace_id, message_id, sender_id, provider_id)
JOIN message m ON m.workspace_id = u.workspace_id AND m.id = u.message_id
JOIN sender s ON s.workspace_id = u.workspace_id AND s.id = u.sender_id
JOIN provider p ON p.workspace_id = u.workspace_id AND p.id = u.provider_id
"""
_TAKEN_IDS = """
SELECT provider_message_id FROM attempt
WHERE provider_id = $1 AND provider_message_id = ANY($2::text[]) AND (message_id, number) <> ($3, $4)
"""


async def take_due_asks(
    tx: Transaction,
    *,
    kinds: Sequence[str],
    now: datetime,
    unknown_after: timedelta,
    silent_after: timedelta,
    most: int,
    limit: int,
) -> list[Row]:
    """Attempts to ask about now, at carriers of these kinds; each is put off, three times as long with every time.

    An unknown one is asked about `unknown_after` its hand-over, a silent one `silent_after`; `most` times in all.
    """
    return list(await tx.fetch(_TAKE, list(kinds), now, unknown_after, silent_after, most, limit))


async def asked_about(tx: Transaction, *, rows: Sequence[Row]) -> dict[UUID, Row]:
    """What a question takes, by message: number, text, content, the sender's address, and the account (credentials sealed)."""
    columns = zip(*((row["workspace_id"], row["message_id"], row["sender_id"], row["provider_id"]) for row in rows), strict=True)
    return {row["message_id"]: row for row in await tx.fetch(_ABOUT, *(list(column) for column in columns))}


async def others_messages(
    tx: Transaction, *, provider_id: UUID, provider_message_ids: Sequence[str], message_id: UUID, attempt: int
) -> set[str]:
    """Those of a provider's message ids that belong to other attempts than this one."""
    rows = await tx.fetch(_TAKEN_IDS, provider_id, list(provider_message_ids), message_id, attempt)
    return {row["provider_message_id"] for row in rows}
