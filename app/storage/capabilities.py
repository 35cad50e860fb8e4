"""Which numbers can be reached by RCS? What carriers said of them, by the sender that asked, with when they said it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from app.storage.database import Transaction

_FRESH = """
SELECT phone, capable FROM capability
WHERE workspace_id = $1 AND sender_id = $2 AND phone = ANY($3::text[])
  AND checked_at > CASE WHEN capable THEN $4::timestamptz ELSE $5::timestamptz END
"""
# The number's row is held against an erasure, which would take it away under the new row; one that is gone is left out. The id
# holds the time of the latest word, by which it is kept (domain/retention).
_KEEP = """
WITH said AS (SELECT u.* FROM unnest($2::uuid[], $3::text[], $4::bool[]) AS u(id, phone, capable)),
held AS MATERIALIZED (
  SELECT n.phone FROM number n WHERE n.workspace_id = $1 AND n.phone IN (SELECT phone FROM said) ORDER BY n.phone FOR KEY SHARE
)
INSERT INTO capability (workspace_id, id, sender_id, phone, capable, checked_at)
SELECT $1, s.id, $5, s.phone, s.capable, $6 FROM said s JOIN held USING (phone) ORDER BY s.phone
ON CONFLICT (workspace_id, phone, sender_id) DO UPDATE
SET id = excluded.id, capable = excluded.capable, checked_at = excluded.checked_at
"""
# The sender that was refused: the message's own, or, where it has gone on to another channel, that of its last try by RCS.
_REFUSED = """
SELECT DISTINCT m.workspace_id, m.phone, w.sender_id
FROM unnest($1::uuid[], $2::uuid[]) AS u(workspace_id, id)
JOIN message m ON m.workspace_id = u.workspace_id AND m.id = u.id
JOIN LATERAL (
  SELECT x.sender_id FROM (
    SELECT s.id AS sender_id, 32767 AS number FROM sender s
    WHERE s.workspace_id = m.workspace_id AND s.id = m.sender_id AND s.channel = 'rcs'
    UNION ALL
    SELECT a.sender_id, a.number FROM attempt a
    WHERE a.workspace_id = m.workspace_id AND a.message_id = m.id AND a.channel = 'rcs'
  ) x ORDER BY x.number DESC LIMIT 1
) w ON true
ORDER BY m.workspace_id, w.sender_id, m.phone
"""


async def fresh_capabilities(
    tx: Transaction,
    *,
    workspace_id: UUID,
    sender_id: UUID,
    phones: Sequence[str],
    capable_since: datetime,
    missing_since: datetime,
) -> dict[str, bool]:
    """Of the numbers, those whose yes or no is newer than these instants: whether the sender reaches them by RCS."""
    rows = await tx.fetch(_FRESH, workspace_id, sender_id, phones, capable_since, missing_since)
    return {row["phone"]: row["capable"] for row in rows}


async def keep_capabilities(
    tx: Transaction, *, workspace_id: UUID, sender_id: UUID, said: Mapping[str, bool], ids: Sequence[UUID], now: datetime
) -> None:
    """Write what was said of numbers, under as many new ids, in place of what was said before.

    Numbers without a row are left out.
    """
    if said:
        await tx.execute(_KEEP, workspace_id, list(ids), list(said), list(said.values()), sender_id, now)


async def learn_missing(tx: Transaction, *, messages: Sequence[tuple[UUID, UUID]], ids: Sequence[UUID], now: datetime) -> None:
    """A carrier said of these (workspace, message) that the phone has no RCS; as many new ids.

    Messages never tried by RCS are left out.
    """
    rows = await tx.fetch(_REFUSED, [pair[0] for pair in messages], [pair[1] for pair in messages])
    by_sender: dict[tuple[UUID, UUID], dict[str, bool]] = {}
    for row in rows:
        by_sender.setdefault((row["workspace_id"], row["sender_id"]), {})[row["phone"]] = False
    fresh = iter(ids)
    for (workspace_id, sender_id), said in by_sender.items():
        given = [next(fresh) for _ in said]
        await keep_capabilities(tx, workspace_id=workspace_id, sender_id=sender_id, said=said, ids=given, now=now)
