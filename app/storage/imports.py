"""How far has an import come? Jobs, and their rows: copied in with the request, settled chunk by chunk."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from app.storage.database import Row, Transaction

_JOB = (
    "id, state, default_region, provenance, columns, tags, dry_run, total_rows, next_line, outcomes, error, created_at, "
    "finished_at"
)
_ADD_JOB = """
INSERT INTO import_job (workspace_id, id, state, default_region, provenance, columns, tags, dry_run, total_rows, outcomes,
                        created_at)
VALUES ($1, $2, 'queued', $3, $4, $5, $6, $7, 0, '{}', $8)
"""
_COUNT_ROWS = "UPDATE import_job SET total_rows = $3, outcomes = $4 WHERE workspace_id = $1 AND id = $2"
_NEXT_ROWS = """
SELECT line, fields FROM import_row
WHERE workspace_id = $1 AND import_id = $2 AND line > $3 AND outcome IS NULL
ORDER BY line LIMIT $4
"""
# A probe a number: right after the rows came in the planner knows nothing of them, and would read it all for each chunk.
_EARLIER = """
SELECT e.phone, e.line, e.contact_id
FROM unnest($3::text[]) AS p(phone) CROSS JOIN LATERAL (
  SELECT r.phone, r.line, r.contact_id FROM import_row r
  WHERE r.workspace_id = $1 AND r.phone = p.phone AND r.import_id = $2 LIMIT 1
) AS e
"""
# The cells have served their purpose: of a settled row only the phone as written is kept, for the report. The range of lines
# keeps a planner without statistics from reading the whole import for each chunk.
_SETTLE = """
UPDATE import_row r
SET outcome = u.outcome, reason = u.reason, contact_id = u.contact_id, phone = u.phone, fields = ARRAY[u.written]
FROM unnest($3::int[], $4::text[], $5::text[], $6::uuid[], $7::text[], $8::text[])
  AS u(line, outcome, reason, contact_id, phone, written)
WHERE r.workspace_id = $1 AND r.import_id = $2 AND r.line = u.line AND r.line BETWEEN $9 AND $10
"""
_ADVANCE = """
UPDATE import_job SET next_line = $3, outcomes = $4, state = $5, finished_at = $6 WHERE workspace_id = $1 AND id = $2
"""
_CANCEL = """
UPDATE import_job SET state = 'cancelled', finished_at = $3
WHERE workspace_id = $1 AND id = $2 AND state IN ('queued', 'running') RETURNING true
"""
_FAIL = """
UPDATE import_job SET state = 'failed', error = $3, finished_at = $4
WHERE workspace_id = $1 AND id = $2 AND state IN ('queued', 'running')
"""
_ROWS = """
SELECT line, outcome, reason, contact_id, coalesce(fields[1], '') AS written FROM import_row
WHERE workspace_id = $1 AND import_id = $2 AND line > $3 AND outcome IS NOT NULL AND ($4::text IS NULL OR outcome = $4)
ORDER BY line LIMIT $5
"""

_COPY_TIMEOUT = 600.0  # a million rows take some fifteen seconds on a small machine

Settled = tuple[int, str, str, UUID | None, str | None, str]  # line, outcome, reason, contact, number, phone as written


async def add_import(
    tx: Transaction,
    *,
    workspace_id: UUID,
    import_id: UUID,
    default_region: str | None,
    provenance: str,
    columns: Mapping[str, Any],
    tags: Sequence[str],
    dry_run: bool,
    now: datetime,
) -> None:
    """Insert a queued job."""
    kept = orjson.dumps(columns).decode()
    await tx.execute(_ADD_JOB, workspace_id, import_id, default_region, provenance, kept, tags, dry_run, now)


async def copy_rows(tx: Transaction, rows: Iterable[tuple[object, ...]]) -> None:
    """Stream rows in: (workspace, import, line, fields, outcome or None, reason). `rows` is read as it is sent."""
    columns = ["workspace_id", "import_id", "line", "fields", "outcome", "reason"]
    await tx.driver.copy_records_to_table("import_row", columns=columns, records=rows, timeout=_COPY_TIMEOUT)


async def count_rows(tx: Transaction, *, workspace_id: UUID, import_id: UUID, total: int, outcomes: Mapping[str, int]) -> None:
    """Write how many rows were copied and what is known of them already."""
    await tx.execute(_COUNT_ROWS, workspace_id, import_id, total, orjson.dumps(outcomes).decode())


async def read_import(tx: Transaction, *, workspace_id: UUID, import_id: UUID) -> Row | None:
    """One job."""
    return await tx.fetch_row(f"SELECT {_JOB} FROM import_job WHERE workspace_id = $1 AND id = $2", workspace_id, import_id)  # noqa: S608


async def hold_import(tx: Transaction, *, workspace_id: UUID, import_id: UUID) -> Row | None:
    """One job, locked: chunks of it are settled one after another, whoever works on it."""
    return await tx.fetch_row(
        f"SELECT {_JOB} FROM import_job WHERE workspace_id = $1 AND id = $2 FOR NO KEY UPDATE",  # noqa: S608
        workspace_id,
        import_id,
    )


async def list_imports(tx: Transaction, *, workspace_id: UUID, before: UUID | None, limit: int) -> list[Row]:
    """Jobs, newest first, before the given id."""
    return list(
        await tx.fetch(
            f"SELECT {_JOB} FROM import_job WHERE workspace_id = $1 AND ($2::uuid IS NULL OR id < $2) "  # noqa: S608
            "ORDER BY id DESC LIMIT $3",
            workspace_id,
            before,
            limit,
        )
    )


async def next_rows(
    tx: Transaction, *, workspace_id: UUID, import_id: UUID, after: int, limit: int
) -> list[tuple[int, list[str]]]:
    """The next unsettled rows after a line: (line, fields)."""
    rows = await tx.fetch(_NEXT_ROWS, workspace_id, import_id, after, limit)
    return [(row["line"], row["fields"]) for row in rows]


async def earlier_rows(
    tx: Transaction, *, workspace_id: UUID, import_id: UUID, phones: Sequence[str]
) -> dict[str, tuple[int, UUID | None]]:
    """Which of the numbers an earlier row of this import had: phone -> (line, contact)."""
    rows = await tx.fetch(_EARLIER, workspace_id, import_id, phones)
    return {row["phone"]: (row["line"], row["contact_id"]) for row in rows}


async def settle_rows(tx: Transaction, *, workspace_id: UUID, import_id: UUID, rows: Sequence[Settled]) -> None:
    """Write what became of rows, given in the order of their lines."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    await tx.execute(_SETTLE, workspace_id, import_id, *columns, rows[0][0], rows[-1][0])


async def advance_import(
    tx: Transaction,
    *,
    workspace_id: UUID,
    import_id: UUID,
    next_line: int,
    outcomes: Mapping[str, int],
    finished_at: datetime | None,
) -> None:
    """Move the checkpoint of a held job; with `finished_at` it is complete."""
    state = "running" if finished_at is None else "completed"
    await tx.execute(_ADVANCE, workspace_id, import_id, next_line, orjson.dumps(outcomes).decode(), state, finished_at)


async def cancel_import(tx: Transaction, *, workspace_id: UUID, import_id: UUID, now: datetime) -> bool:
    """Stop a job where it stands. False when it had ended."""
    return bool(await tx.fetch_value(_CANCEL, workspace_id, import_id, now))


async def fail_import(tx: Transaction, *, workspace_id: UUID, import_id: UUID, error: str, now: datetime) -> None:
    """Give a job up."""
    await tx.execute(_FAIL, workspace_id, import_id, error, now)


async def list_rows(
    tx: Transaction, *, workspace_id: UUID, import_id: UUID, after: int, outcome: str | None, limit: int
) -> list[Row]:
    """Settled rows after a line, in the order of the file."""
    return list(await tx.fetch(_ROWS, workspace_id, import_id, after, outcome, limit))
