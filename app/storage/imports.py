"""How far has an import come? Jobs, their unread rows in chunks, and the rows that are settled."""

from collections.abc import AsyncIterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from app.storage.database import Row, Transaction

_JOB = (
    "id, state, default_region, provenance, columns, tags, dry_run, total_rows, next_line, last_line, outcomes, error, "
    "created_at, finished_at, phase, file, plan, planned_at, expires_at, provenance_kind, provenance_reference"
)
_ADD_JOB = """
INSERT INTO import_job (workspace_id, id, state, default_region, provenance, columns, tags, dry_run, phase, file, total_rows,
                        outcomes, created_at, provenance_kind, provenance_reference)
VALUES ($1, $2, 'queued', $3, $4, $5, $6, $7, $8, $9, 0, '{}', $10, $11, $12)
"""
_COUNT_ROWS = "UPDATE import_job SET total_rows = $3, last_line = $4 WHERE workspace_id = $1 AND id = $2"
_NEXT_CHUNK = """
SELECT first_line, last_line, rows FROM import_chunk
WHERE workspace_id = $1 AND import_id = $2 AND first_line > $3 ORDER BY first_line LIMIT 1
"""
_DROP_CHUNK = "DELETE FROM import_chunk WHERE workspace_id = $1 AND import_id = $2 AND first_line = $3"
_DROP_CHUNKS = "DELETE FROM import_chunk WHERE workspace_id = $1 AND import_id = $2"
# A probe a number: while rows come in the planner knows nothing of them, and would rather read the import's from its beginning.
# IS NOT DISTINCT FROM takes that index from it, and leaves the one of the phones.
_EARLIER = """
SELECT e.phone, e.line, e.contact_id, coalesce(e.fields[2], '') AS person
FROM unnest($3::text[]) AS p(phone) CROSS JOIN LATERAL (
  SELECT r.phone, r.line, r.contact_id, r.fields FROM import_row r
  WHERE r.workspace_id = $1 AND r.phone = p.phone AND r.import_id IS NOT DISTINCT FROM $2 OFFSET 0
) AS e WHERE e.line < $4 ORDER BY e.line
"""
_ADVANCE = """
UPDATE import_job SET next_line = $3, outcomes = $4, state = $5, finished_at = $6, plan = $7
WHERE workspace_id = $1 AND id = $2
"""
_END = """
UPDATE import_job SET state = $3, finished_at = $4, error = $5
WHERE workspace_id = $1 AND id = $2 AND state IN ('queued', 'running', 'planned') RETURNING true
"""
_TAKE_BACK = """
DELETE FROM import_row WHERE workspace_id = $1 AND import_id = $2 AND line BETWEEN $3 AND $4 RETURNING line, outcome
"""
_FINISH_PLAN = """
UPDATE import_job SET state = 'planned', planned_at = $3, expires_at = $4
WHERE workspace_id = $1 AND id = $2 AND state IN ('queued', 'running')
"""
_APPLY = """
UPDATE import_job SET state = 'queued', phase = 'apply', next_line = 0, outcomes = '{}'
WHERE workspace_id = $1 AND id = $2 AND state = 'planned'
"""
# What changed for the numbers of a plan since its file was sent: contacts, the ledger, and what came or went.
_CHANGED = """
SELECT count(DISTINCT r.phone) FROM import_row r
LEFT JOIN contact c ON c.workspace_id = r.workspace_id AND c.phone = r.phone
WHERE r.workspace_id = $1 AND r.import_id = $2 AND r.phone IS NOT NULL AND (
  c.updated_at > $3 OR c.id IS DISTINCT FROM r.contact_id
  OR EXISTS (SELECT 1 FROM consent_event e WHERE e.workspace_id = $1 AND e.phone = r.phone AND e.recorded_at > $3)
  OR EXISTS (SELECT 1 FROM suppression s WHERE s.workspace_id = $1 AND s.phone = r.phone AND s.since > $3))
"""
# While a plan is carried out, and where that was stopped, the rows not reached say what was planned: nothing became of them.
_ROWS = """
SELECT r.line, r.outcome, r.reason, r.contact_id, coalesce(r.fields[1], '') AS written FROM import_row r
WHERE r.workspace_id = $1 AND r.import_id = $2 AND r.line > $3 AND r.outcome IS NOT NULL AND ($4::text IS NULL OR r.outcome = $4)
  AND r.line <= (SELECT CASE phase WHEN 'apply' THEN next_line ELSE 2147483647 END FROM import_job
                 WHERE workspace_id = $1 AND id = $2)
ORDER BY r.line LIMIT $5
"""

_COPY_TIMEOUT = 1800.0  # five million rows take some minutes on a small machine

Place = tuple[int, UUID | None]  # a line and its contact


class Settled(NamedTuple):
    """What became of a row. `phone` is set on the first row that tells of a person on a number, `person` where it names her."""

    line: int
    outcome: str
    reason: str
    contact_id: UUID | None
    phone: str | None
    written: str
    person: str = ""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows of a file that are not settled yet: (line, cells), or (line, problem) for those that cannot be read."""

    first_line: int
    last_line: int
    rows: list[tuple[int, list[str] | str]]

    def folded(self) -> bytes:
        """As they are kept."""
        return orjson.dumps(self.rows)


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
    phase: str,
    file: Mapping[str, Any],
    now: datetime,
    provenance_kind: str = "",
    provenance_reference: str = "",
) -> None:
    """Insert a queued job."""
    kept, told = orjson.dumps(columns).decode(), orjson.dumps(file).decode()
    more = (now, provenance_kind, provenance_reference)
    await tx.execute(_ADD_JOB, workspace_id, import_id, default_region, provenance, kept, tags, dry_run, phase, told, *more)


async def copy_chunks(tx: Transaction, *, workspace_id: UUID, import_id: UUID, chunks: AsyncIterable[Chunk]) -> None:
    """Stream a file's rows in. Each chunk is asked for as it is sent, so that no more than one is held."""

    async def records() -> AsyncIterable[tuple[object, ...]]:
        async for chunk in chunks:
            yield workspace_id, import_id, chunk.first_line, chunk.last_line, chunk.folded()

    columns = ["workspace_id", "import_id", "first_line", "last_line", "rows"]
    await tx.driver.copy_records_to_table("import_chunk", columns=columns, records=records(), timeout=_COPY_TIMEOUT)


async def count_rows(tx: Transaction, *, workspace_id: UUID, import_id: UUID, total: int, last_line: int) -> None:
    """Write how many rows were copied, and where the last one begins."""
    await tx.execute(_COUNT_ROWS, workspace_id, import_id, total, last_line)


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


async def next_chunk(tx: Transaction, *, workspace_id: UUID, import_id: UUID, after: int) -> Chunk | None:
    """The next unsettled rows after a line."""
    row = await tx.fetch_row(_NEXT_CHUNK, workspace_id, import_id, after)
    return None if row is None else Chunk(row["first_line"], row["last_line"], orjson.loads(row["rows"]))


async def drop_chunk(tx: Transaction, *, workspace_id: UUID, import_id: UUID, first_line: int) -> None:
    """Forget what a file said in these rows: they are settled."""
    await tx.execute(_DROP_CHUNK, workspace_id, import_id, first_line)


async def earlier_rows(
    tx: Transaction, *, workspace_id: UUID, import_id: UUID, phones: Sequence[str], before: int
) -> dict[str, dict[str, Place]]:
    """Which of the numbers rows before that line had: phone -> the people they named ("" where nobody), and where."""
    found: dict[str, dict[str, Place]] = {}
    for row in await tx.fetch(_EARLIER, workspace_id, import_id, phones, before):
        found.setdefault(row["phone"], {}).setdefault(row["person"], (row["line"], row["contact_id"]))
    return found


async def settle_rows(tx: Transaction, *, workspace_id: UUID, import_id: UUID, rows: Sequence[Settled]) -> None:
    """Write what became of rows. Of their cells only the phone as written is kept, for the report, and whom they name."""
    columns = ["workspace_id", "import_id", "line", "outcome", "reason", "contact_id", "phone", "fields"]
    records = [
        (workspace_id, import_id, line, outcome, reason, contact_id, phone, [written, person] if person else [written])
        for line, outcome, reason, contact_id, phone, written, person in rows
    ]
    await tx.driver.copy_records_to_table("import_row", columns=columns, records=records)


async def advance_import(
    tx: Transaction,
    *,
    workspace_id: UUID,
    import_id: UUID,
    next_line: int,
    outcomes: Mapping[str, int],
    state: str,
    finished_at: datetime | None,
    plan: Mapping[str, Any] | None = None,
) -> None:
    """Move the checkpoint of a held job, and what is known of its plan."""
    told = None if plan is None else orjson.dumps(plan).decode()
    await tx.execute(_ADVANCE, workspace_id, import_id, next_line, orjson.dumps(outcomes).decode(), state, finished_at, told)


async def end_import(
    tx: Transaction, *, workspace_id: UUID, import_id: UUID, state: str, now: datetime, error: str | None = None
) -> bool:
    """Stop a job where it stands, as cancelled, failed or expired, and forget what was not read. False when it had ended."""
    ended = bool(await tx.fetch_value(_END, workspace_id, import_id, state, now, error))
    if ended:
        await tx.execute(_DROP_CHUNKS, workspace_id, import_id)
    return ended


async def take_back_rows(
    tx: Transaction, *, workspace_id: UUID, import_id: UUID, first_line: int, last_line: int
) -> dict[int, str]:
    """Remove what a plan said of rows: line -> outcome."""
    rows = await tx.fetch(_TAKE_BACK, workspace_id, import_id, first_line, last_line)
    return {row["line"]: row["outcome"] for row in rows}


async def finish_plan(tx: Transaction, *, workspace_id: UUID, import_id: UUID, now: datetime, expires_at: datetime) -> None:
    """A held job's plan is made, and waits until then."""
    await tx.execute(_FINISH_PLAN, workspace_id, import_id, now, expires_at)


async def count_changed(tx: Transaction, *, workspace_id: UUID, import_id: UUID, since: datetime) -> int:
    """For how many numbers of a plan the contact, its consent or a suppression is another than then."""
    return int(await tx.fetch_value(_CHANGED, workspace_id, import_id, since))


async def apply_plan(tx: Transaction, *, workspace_id: UUID, import_id: UUID) -> None:
    """Let a held plan be carried out, from its first row."""
    await tx.execute(_APPLY, workspace_id, import_id)


async def list_rows(
    tx: Transaction, *, workspace_id: UUID, import_id: UUID, after: int, outcome: str | None, limit: int
) -> list[Row]:
    """Settled rows after a line, in the order of the file."""
    return list(await tx.fetch(_ROWS, workspace_id, import_id, after, outcome, limit))
