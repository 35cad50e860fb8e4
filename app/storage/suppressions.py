"""Which numbers must stay silent whatever was agreed? Added in sets, never narrowed; only an opt-out can be lifted again."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.storage.database import Row, Transaction

_ADD = """
INSERT INTO suppression (workspace_id, phone, reason, channel, scope, source, method, via, answered, since)
SELECT DISTINCT ON (u.phone, u.reason, u.channel)
       $1, u.phone, u.reason, u.channel, u.scope, u.source, u.method, u.via, u.answered, $2
FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[])
  AS u(phone, reason, channel, scope, source, method, via, answered)
ORDER BY u.phone, u.reason, u.channel, u.scope, u.answered = 'informational'
ON CONFLICT (workspace_id, phone, reason, channel) DO UPDATE
SET scope = least(suppression.scope, excluded.scope), method = excluded.method, via = excluded.via,
    answered = CASE WHEN excluded.answered = 'informational' THEN suppression.answered ELSE excluded.answered END
WHERE suppression.scope = 'marketing' AND excluded.scope = 'all'
   OR suppression.answered = 'informational' AND excluded.answered <> 'informational'
"""
# An opt-out of every channel, lifted for some, goes on for the others and no further; one of every purpose can be left standing
# for marketing.
_LIFT = """
WITH u AS (
  SELECT phone, string_to_array(channels, ',') AS channels, left_scope
  FROM unnest($2::text[], $3::text[], $4::text[]) AS t(phone, channels, left_scope)
), gone AS (
  DELETE FROM suppression s USING u
  WHERE s.workspace_id = $1 AND s.phone = u.phone AND s.reason IN ('opt_out', 'objection', 'erased')
    AND (s.channel = '' OR s.channel = ANY(u.channels)) AND s.scope <> u.left_scope
  RETURNING s.phone, s.reason, s.channel, s.scope, s.source, s.method, s.via, s.answered, s.since, u.channels, u.left_scope
)
INSERT INTO suppression (workspace_id, phone, reason, channel, scope, source, method, via, answered, since)
SELECT $1, g.phone, g.reason, c.channel, CASE WHEN c.channel = ANY(g.channels) THEN g.left_scope ELSE g.scope END,
       g.source, CASE WHEN g.left_scope = '' THEN 'left_over' ELSE g.method END, g.via, g.answered, g.since
FROM gone g JOIN unnest($5::text[]) AS c(channel) ON CASE
  WHEN c.channel = ANY(g.channels) THEN g.left_scope <> '' AND g.channel IN ('', c.channel) ELSE g.channel = '' END
ON CONFLICT DO NOTHING
"""
_END = "DELETE FROM suppression WHERE workspace_id = $1 AND phone = ANY($2::text[]) AND reason = ANY($3::text[])"
_LIFT_REASONS = """
DELETE FROM suppression s USING unnest($2::text[], $3::timestamptz[]) AS u(phone, before)
WHERE s.workspace_id = $1 AND s.phone = u.phone AND s.reason = ANY($4::text[]) AND (u.before IS NULL OR s.since < u.before)
"""
_READ = """
SELECT phone, reason, channel, scope, source, method, via, answered, since FROM suppression
WHERE workspace_id = $1 AND phone = ANY($2::text[]) ORDER BY phone, since, reason, channel
"""

Added = tuple[str, str, str, str, str]  # phone, reason, channel ("" is all), scope, source
Said = tuple[str, str, str]  # method, via, answered


async def add_suppressions(
    tx: Transaction, *, workspace_id: UUID, rows: Sequence[Added], now: datetime, said: Sequence[Said] | None = None
) -> None:
    """Suppress numbers that have rows; `said` tells of each row how it came in.

    One that is there already keeps its date and source; its scope only ever widens, and what was said against informational
    texts alone gives way to what was said against all.
    """
    told = said if said is not None else [("", "", "")] * len(rows)
    columns = zip(*((*row, *how) for row, how in zip(rows, told, strict=True)), strict=True)
    await tx.execute(_ADD, workspace_id, now, *(list(column) for column in columns))


async def end_holds(tx: Transaction, *, workspace_id: UUID, phones: Sequence[str], reasons: Sequence[str]) -> None:
    """End what rests until somebody has read a reply ("review", "wrong_number"), or a complaint, of numbers that are held."""
    await tx.execute(_END, workspace_id, phones, reasons)


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


async def lift_reasons(
    tx: Transaction, *, workspace_id: UUID, rows: Sequence[tuple[str, datetime | None]], reasons: Sequence[str]
) -> int:
    """End suppressions for these reasons: (phone, those from before an instant alone, or None); how many there were.

    Only for what a number's own life brings: a "no" is lifted by `lift_opt_outs` alone.
    """
    return await tx.execute(_LIFT_REASONS, workspace_id, *(list(column) for column in zip(*rows, strict=True)), list(reasons))


async def count_suppressed(tx: Transaction, *, workspace_id: UUID, phones: Sequence[str]) -> int:
    """How many of the numbers must not be messaged whatever the consent."""
    sql = "SELECT count(DISTINCT phone) FROM suppression WHERE workspace_id = $1 AND phone = ANY($2::text[])"
    return int(await tx.fetch_value(sql, workspace_id, phones))
