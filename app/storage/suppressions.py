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
# An opt-out of every channel, lifted for some, goes on for the others.
_LIFT = """
WITH u AS (SELECT phone, string_to_array(channels, ',') AS channels FROM unnest($2::text[], $3::text[]) AS t(phone, channels)),
gone AS (
  DELETE FROM suppression s USING u
  WHERE s.workspace_id = $1 AND s.phone = u.phone AND s.reason = 'opt_out' AND (s.channel = '' OR s.channel = ANY(u.channels))
  RETURNING s.phone, s.channel, s.scope, s.source, s.since, u.channels)
INSERT INTO suppression (workspace_id, phone, reason, channel, scope, source, since)
SELECT $1, gone.phone, 'opt_out', rest.channel, gone.scope, gone.source, gone.since
FROM gone CROSS JOIN unnest($4::text[]) AS rest(channel)
WHERE gone.channel = '' AND NOT rest.channel = ANY(gone.channels)
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
    tx: Transaction, *, workspace_id: UUID, rows: Sequence[tuple[str, Sequence[str]]], all_channels: Sequence[str]
) -> None:
    """End the opt-outs of numbers for some channels each: (phone, channels). The numbers must be held; each comes once."""
    phones, channels = [phone for phone, _ in rows], [",".join(lifted) for _, lifted in rows]
    await tx.execute(_LIFT, workspace_id, phones, channels, list(all_channels))


async def read_suppressions(tx: Transaction, *, workspace_id: UUID, phones: Sequence[str]) -> list[Row]:
    """Every suppression of these numbers."""
    return list(await tx.fetch(_READ, workspace_id, phones))
