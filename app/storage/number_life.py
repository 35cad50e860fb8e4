"""Whose is a number, is it in service, and what kind of line is it? Tenure, proof, bounces and line types, set-based."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.storage.database import Row, Transaction

_LIVES = """
SELECT phone, kind, line_type, tenure, tenure_since, proved_at, hard_bounces, soft_bounces, hard_bounced_at, soft_bounced_at
FROM number WHERE workspace_id = $1 AND phone = ANY($2::text[])
"""
_END = """
UPDATE number n SET tenure = n.tenure + 1, tenure_since = u.at, hard_bounces = 0, soft_bounces = 0, network = '',
  proved_at = CASE WHEN n.proved_at > u.at THEN n.proved_at END
FROM unnest($2::text[], $3::timestamptz[]) AS u(phone, at)
WHERE n.workspace_id = $1 AND n.phone = u.phone
"""
_PROVE = """
UPDATE number n SET proved_at = u.at,
  hard_bounces = CASE WHEN n.hard_bounced_at > u.at THEN n.hard_bounces ELSE 0 END,
  soft_bounces = CASE WHEN n.soft_bounced_at > u.at THEN n.soft_bounces ELSE 0 END
FROM unnest($2::text[], $3::timestamptz[]) AS u(phone, at)
WHERE n.workspace_id = $1 AND n.phone = u.phone AND (n.proved_at IS NULL OR n.proved_at < u.at)
"""
_BOUNCE = """
UPDATE number n SET hard_bounces = u.hard, soft_bounces = u.soft, hard_bounced_at = u.hard_at, soft_bounced_at = u.soft_at
FROM unnest($2::text[], $3::int[], $4::int[], $5::timestamptz[], $6::timestamptz[]) AS u(phone, hard, soft, hard_at, soft_at)
WHERE n.workspace_id = $1 AND n.phone = u.phone
"""
# Only asked about numbers that bounce: what was delivered since the last bounce takes the earlier ones back.
_DELIVERED = """
SELECT p.phone, max(m.updated_at) AS at
FROM unnest($2::text[]) AS p(phone) JOIN message m ON m.workspace_id = $1 AND m.phone = p.phone AND m.state >= 80
GROUP BY p.phone
"""
_LINE_TYPES = """
UPDATE number n SET line_type = u.line_type
FROM unnest($2::text[], $3::text[]) AS u(phone, line_type)
WHERE n.workspace_id = $1 AND n.phone = u.phone AND n.line_type IS DISTINCT FROM u.line_type
"""


async def read_lives(tx: Transaction, *, workspace_id: UUID, phones: Sequence[str]) -> dict[str, Row]:
    """What is known of these numbers' lives; those without a row are left out."""
    return {row["phone"]: row for row in await tx.fetch(_LIVES, workspace_id, phones)}


async def write_tenures(tx: Transaction, *, workspace_id: UUID, ends: Sequence[tuple[str, datetime]]) -> None:
    """Begin another tenure of numbers that are held: (phone, since)."""
    await tx.execute(_END, workspace_id, *(list(column) for column in zip(*ends, strict=True)))


async def prove_numbers(tx: Transaction, *, workspace_id: UUID, proofs: Sequence[tuple[str, datetime]]) -> None:
    """Keep that numbers were in service and their owners' at an instant: (phone, at). Older proofs and bounces give way."""
    if proofs:
        await tx.execute(_PROVE, workspace_id, *(list(column) for column in zip(*proofs, strict=True)))


async def write_bounces(
    tx: Transaction, *, workspace_id: UUID, rows: Sequence[tuple[str, int, int, datetime | None, datetime | None]]
) -> None:
    """Write the scores of numbers that are held: (phone, hard, soft, last hard, last soft)."""
    await tx.execute(_BOUNCE, workspace_id, *(list(column) for column in zip(*rows, strict=True)))


async def last_deliveries(tx: Transaction, *, workspace_id: UUID, phones: Sequence[str]) -> dict[str, datetime]:
    """When something last arrived at these numbers."""
    return {row["phone"]: row["at"] for row in await tx.fetch(_DELIVERED, workspace_id, phones)}


async def write_line_types(tx: Transaction, *, workspace_id: UUID, rows: Sequence[tuple[str, str | None]]) -> int:
    """Keep what kind of line each number is, None for what the number itself tells; how many changed."""
    return await tx.execute(_LINE_TYPES, workspace_id, *(list(column) for column in zip(*rows, strict=True)))
