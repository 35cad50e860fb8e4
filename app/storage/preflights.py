"""How far is a preflight, and what did it find? Jobs with their count so far, kept reports, and what then went."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from app.storage.database import Row, Transaction

_JOB = "id, campaign_id, state, at, members, total, report, error, created_at, finished_at"
_ADD = """
INSERT INTO preflight (workspace_id, id, campaign_id, state, at, plan, up_to_contact_id, total, created_at)
VALUES ($1, $2, $3, 'queued', $4, $5::text::jsonb, $6, $7, $8)
"""
# Of two workers on one job the second leaves it to the first.
_HOLD = """
SELECT id, campaign_id, at, plan, last_contact_id, up_to_contact_id, members, findings FROM preflight
WHERE workspace_id = $1 AND id = $2 AND state IN ('queued', 'running') FOR NO KEY UPDATE SKIP LOCKED
"""
_ADVANCE = """
UPDATE preflight SET state = 'running', last_contact_id = $3, members = $4, findings = $5::text::jsonb
WHERE workspace_id = $1 AND id = $2
"""
_COMPLETE = """
UPDATE preflight SET state = 'completed', report = $3::text::jsonb, findings = '{}', members = $4, total = $4, finished_at = $5
WHERE workspace_id = $1 AND id = $2
"""
_END = """
UPDATE preflight SET state = $3, error = $4, findings = '{}', finished_at = $5
WHERE workspace_id = $1 AND id = $2 AND state IN ('queued', 'running') RETURNING true
"""
_WENT = """
SELECT count(*) FILTER (WHERE handed_over_at IS NOT NULL) AS handed_over,
       coalesce(sum(parts) FILTER (WHERE handed_over_at IS NOT NULL), 0)::bigint AS parts,
       min(handed_over_at) AS first_at, max(handed_over_at) AS last_at
FROM message WHERE workspace_id = $1 AND campaign_id = $2
"""


async def add_preflight(
    tx: Transaction,
    *,
    workspace_id: UUID,
    preflight_id: UUID,
    campaign_id: UUID,
    at: datetime,
    plan: Mapping[str, Any],
    up_to_contact_id: UUID,
    total: int,
    now: datetime,
) -> None:
    """Insert a queued job for the audience's members up to that contact."""
    kept = orjson.dumps(plan).decode()
    await tx.execute(_ADD, workspace_id, preflight_id, campaign_id, at, kept, up_to_contact_id, total, now)


async def hold_preflight(tx: Transaction, *, workspace_id: UUID, preflight_id: UUID) -> Row | None:
    """An unfinished job with its count, locked; None when it has ended or another worker is at it."""
    return await tx.fetch_row(_HOLD, workspace_id, preflight_id)


async def advance_preflight(
    tx: Transaction,
    *,
    workspace_id: UUID,
    preflight_id: UUID,
    last_contact_id: UUID | None,
    members: int,
    findings: Mapping[str, Any],
) -> None:
    """Keep the count so far with its checkpoint."""
    kept = orjson.dumps(findings).decode()
    await tx.execute(_ADVANCE, workspace_id, preflight_id, last_contact_id, members, kept)


async def complete_preflight(
    tx: Transaction, *, workspace_id: UUID, preflight_id: UUID, report: Mapping[str, Any], members: int, now: datetime
) -> None:
    """Keep the report; the count behind it has served its purpose."""
    await tx.execute(_COMPLETE, workspace_id, preflight_id, orjson.dumps(report).decode(), members, now)


async def end_preflight(
    tx: Transaction, *, workspace_id: UUID, preflight_id: UUID, state: str, error: str | None, now: datetime
) -> bool:
    """Stop a job without a report: "cancelled" or "failed". False when it had ended."""
    return bool(await tx.fetch_value(_END, workspace_id, preflight_id, state, error, now))


async def read_preflight(tx: Transaction, *, workspace_id: UUID, campaign_id: UUID, preflight_id: UUID) -> Row | None:
    """One job of a campaign."""
    sql = f"SELECT {_JOB} FROM preflight WHERE workspace_id = $1 AND campaign_id = $2 AND id = $3"  # noqa: S608
    return await tx.fetch_row(sql, workspace_id, campaign_id, preflight_id)


async def list_preflights(
    tx: Transaction, *, workspace_id: UUID, campaign_id: UUID, before: UUID | None, limit: int
) -> list[Row]:
    """A campaign's jobs, newest first, before the given id."""
    sql = (
        f"SELECT {_JOB} FROM preflight WHERE workspace_id = $1 AND campaign_id = $2 "  # noqa: S608
        "AND ($3::uuid IS NULL OR id < $3) ORDER BY id DESC LIMIT $4"
    )
    return list(await tx.fetch(sql, workspace_id, campaign_id, before, limit))


async def unfinished_preflights(tx: Transaction) -> list[tuple[UUID, UUID]]:
    """(workspace, job) of every one not run to its end."""
    rows = await tx.fetch("SELECT workspace_id, id FROM preflight WHERE state IN ('queued', 'running')")
    return [(row[0], row[1]) for row in rows]


async def phones_of_contacts(tx: Transaction, *, workspace_id: UUID, contact_ids: Sequence[UUID]) -> dict[UUID, str]:
    """The numbers of those contacts that are still there."""
    rows = await tx.fetch(
        "SELECT id, phone FROM contact WHERE workspace_id = $1 AND id = ANY($2::uuid[])", workspace_id, contact_ids
    )
    return {row["id"]: row["phone"] for row in rows}


async def what_went(tx: Transaction, *, workspace_id: UUID, campaign_id: UUID) -> Row:
    """Of a campaign's messages: how many were handed over, their parts, and when the first and the last went."""
    (row,) = await tx.fetch(_WENT, workspace_id, campaign_id)
    return dict(row)
