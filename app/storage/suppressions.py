"""Which numbers must stay silent whatever was agreed? Added in sets, never narrowed; only an opt-out can be lifted again."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.storage.database import Row, Transaction

_ADD = """
INSERT INTO suppression (workspace_id, phone, reason, channel, scope, source, since)
SELECT DISTINCT ON (u.phone, u.reason, u.channel) $1, u.phone, u.reason, u.channel, u.scope, u.source, $2
FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[]) AS u(phone, reason, channel, scope, source)
ORDER BY u.phone, u.reason, u.channel, u.scope
ON CONFLICT (workspace_id, phone, reason, channel) DO UPDATE SET scope = excluded.scope
WHERE suppression.scope = 'marketing' AND excluded.scope = 'all'
"""
# An opt-out of every channel, lifted for some, goes on for the others; one of every purpose can be left standing for marketing.
_LIFT = """
WITH u AS (
  SELECT phone, string_to_array(channels, ',') AS channels, left_scope
  FROM unnest($2::text[], $3::text[], $4::text[]) AS t(phone, channels, left_scope)
), gone AS (
  DELETE FROM suppression s USING u
  WHERE s.workspace_id = $1 AND s.phone = u.phone AND s.reason = 'opt_out' AND (s.channel = '' OR s.channel = ANY(u.channels))
    AND s.scope <> u.left_scope
  RETURNING s.phone, s.channel, s.scope, s.source, s.since, u.channels, u.left_scope
)
INSERT INTO suppression (workspace_id, phone, reason, channel, scope, source, since)
SELECT $1, g.phone, 'opt_out', c.channel, CASE WHEN c.channel = ANY(g.channels) THEN g.left_scope ELSE g.scope END,
       g.source, g.since
FROM gone g JOIN unnest($5::text[]) AS c(channel) ON CASE
  WHEN c.channel = ANY(g.channels) THEN g.left_scope <> '' AND g.channel IN ('', c.channel) ELSE g.channel = '' END
ON CONFLICT DO NOTHING
"""
_READ = """
SELECT phone, reason, channel, scope, source, since FROM suppression
WHERE workspace_id = $1 AND phone = ANY($2::text[]) ORDER BY phone, since, reason, channel
"""

Added = tuple[str, str, str, str, str]  # phone, reason, channel ("" is all), scope, source


async def add_suppressions(tx: Transaction, *, workspace_id: UUID, rows: Sequence[Added], now: datetime) -> None:
    """Suppress numbers that have rows. One that is there already keeps its date and source; its scope only ever widens."""
    await tx.execute(_ADD, workspace_id, now, *(list(column) for column in zip(*rows, strict=True)))


async def lift_opt_outs(
    tx: Transaction, *, workspace_id: UUID, rows: Sequence[tuple[str, Sequence[str], str]], all_channels: Sequence[str]
) -> None:
    """End the opt-outs of numbers for some channels each: (phone, channels, left scope), each phone once, all of them held.

    The left scope is "" to end them, or "marketing" to leave what was an opt-out of everything standing for marketing.
    """
    phones, channels, scopes = zip(*rows, strict=True)
    await tx.execute(_LIFT, workspace_id, phones, [",".join(lifted) for lifted in channels], scopes, list(all_channels))


async def read_suppressions(tx: Transaction, *, workspace_id: UUID, phones: Sequence[str]) -> list[Row]:
    """Every suppression of these numbers."""
    return list(await tx.fetch(_READ, workspace_id, phones))
