"""Do a campaign's books close, and was anyone reached who had said no? Recounted from the rows, not from the tallies."""

from uuid import UUID

from app.storage.database import Row, Transaction

_COUNTS = """
SELECT state, reason, count(*) AS messages FROM message WHERE workspace_id = $1 AND campaign_id = $2 GROUP BY state, reason
"""
_HANDED_OVER = """
SELECT count(*) AS handed_over, count(DISTINCT m.phone) AS distinct_numbers
FROM message m
WHERE m.workspace_id = $1 AND m.campaign_id = $2 AND EXISTS (
  SELECT 1 FROM attempt a WHERE a.workspace_id = m.workspace_id AND a.message_id = m.id
    AND (a.outcome IN ('accepted', 'unknown') OR a.error_class = 'duplicate'))
"""
_REACHED = """
SELECT m.phone FROM message m
WHERE m.workspace_id = $1 AND m.campaign_id = $2 AND EXISTS (
  SELECT 1 FROM attempt a WHERE a.workspace_id = m.workspace_id AND a.message_id = m.id
    AND (a.outcome IN ('accepted', 'unknown') OR a.error_class = 'duplicate'))
"""
# Marketing handed over after an opt-out was recorded and before any later opt-in: must be none, ever.
_AFTER_OPT_OUT = """
SELECT count(*)
FROM attempt a
JOIN message m ON m.workspace_id = a.workspace_id AND m.id = a.message_id
WHERE a.workspace_id = $1 AND m.purpose = 'marketing' AND a.outcome <> 'never_left'
  AND (SELECT e.kind FROM consent_event e
       WHERE e.workspace_id = m.workspace_id AND e.phone = m.phone AND (e.channel IS NULL OR e.channel = m.channel)
         AND e.purpose = 'marketing' AND e.recorded_at < a.handed_over_at
       ORDER BY e.recorded_at DESC, e.id DESC LIMIT 1) = 'revoked'
"""


async def count_messages(tx: Transaction, *, workspace_id: UUID, campaign_id: UUID) -> list[Row]:
    """Messages of a campaign per state and reason, counted one by one."""
    return list(await tx.fetch(_COUNTS, workspace_id, campaign_id))


async def count_handed_over(tx: Transaction, *, workspace_id: UUID, campaign_id: UUID) -> tuple[int, int]:
    """(messages a carrier got or may have got, distinct numbers among them)."""
    row = await tx.fetch_row(_HANDED_OVER, workspace_id, campaign_id)
    assert row is not None
    return row["handed_over"], row["distinct_numbers"]


async def numbers_reached(tx: Transaction, *, workspace_id: UUID, campaign_id: UUID) -> set[str]:
    """The numbers whose message a carrier got or may have got."""
    return {row["phone"] for row in await tx.fetch(_REACHED, workspace_id, campaign_id)}


async def count_after_opt_out(tx: Transaction, *, workspace_id: UUID) -> int:
    """Marketing hand-overs in this workspace that came after an opt-out had been recorded."""
    return int(await tx.fetch_value(_AFTER_OPT_OUT, workspace_id))
