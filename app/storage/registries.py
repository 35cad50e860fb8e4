"""What do registries say, and as of when? Files are copied in, laid over what was known, and whole ones replace it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from app.storage.database import Row, Transaction

_COPY_TIMEOUT = 600.0

_OPEN = """
CREATE TEMPORARY TABLE registry_load (line int, phone text, answer text, asked_about timestamptz) ON COMMIT DROP
"""
# One registry of a workspace changes in one transaction at a time; decisions go on reading what is committed.
_HOLD = "SELECT pg_advisory_xact_lock(hashtextextended($1::text || '/' || $2, 0))"
_CONTRADICTION = """
SELECT min(first) AS first, max(first) AS second
FROM (SELECT phone, answer, asked_about, min(line) AS first FROM registry_load GROUP BY phone, answer, asked_about) s
GROUP BY phone HAVING count(DISTINCT answer) > 1 ORDER BY 2 LIMIT 1
"""
# What is newer stays; of two answers of one instant the listing does.
_NEWER = """
ON CONFLICT (workspace_id, phone, registry) DO UPDATE
SET answer = excluded.answer, as_of = excluded.as_of, asked_about = excluded.asked_about, recorded_at = excluded.recorded_at
WHERE excluded.as_of > registry_entry.as_of
   OR excluded.as_of = registry_entry.as_of AND (excluded.answer = 'listed' OR registry_entry.answer <> 'listed')
"""
_LAY = f"""
INSERT INTO registry_entry (workspace_id, registry, phone, answer, as_of, asked_about, recorded_at)
SELECT DISTINCT ON (phone) $1, $2, phone, answer, $3::timestamptz, asked_about, $4::timestamptz
FROM registry_load WHERE line BETWEEN $5 AND $6 ORDER BY phone, asked_about DESC NULLS LAST
{_NEWER}
"""  # noqa: S608
_DROP_OLDER = """
DELETE FROM registry_entry e
WHERE e.workspace_id = $1 AND e.registry = $2 AND (e.as_of < $3 OR e.as_of = $3 AND NOT $4)
  AND NOT EXISTS (SELECT 1 FROM registry_load l WHERE l.phone = e.phone)
"""
_KNOWN = """
SELECT n.phone FROM number n JOIN (SELECT DISTINCT phone FROM registry_load WHERE answer = 'listed') l ON l.phone = n.phone
WHERE n.workspace_id = $1 ORDER BY n.phone
"""
_ANSWERS = f"""
INSERT INTO registry_entry (workspace_id, registry, phone, answer, as_of, asked_about, recorded_at)
SELECT $1, $2, u.phone, u.answer, u.as_of, u.asked_about, $3
FROM unnest($4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[]) AS u(phone, answer, as_of, asked_about)
ORDER BY u.phone
{_NEWER}
RETURNING phone
"""  # noqa: S608
_FILE = "SELECT id, registry, as_of, lines, rejected, whole, recorded_at FROM registry_file WHERE workspace_id = $1 AND "
_NEWEST = _FILE + "registry = $2 AND whole ORDER BY as_of DESC LIMIT 1"
_SAME = _FILE + "registry = $2 AND as_of = $3 AND whole = $4 LIMIT 1"
_BY_ID = _FILE + "registry = $2 AND id = $3"
_FILES = _FILE + "registry = $2 AND ($3::uuid IS NULL OR id < $3) ORDER BY id DESC LIMIT $4"
_WRITE_FILE = """
INSERT INTO registry_file (workspace_id, id, registry, as_of, lines, rejected, whole, recorded_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (workspace_id, id) DO UPDATE
SET lines = excluded.lines, rejected = excluded.rejected, recorded_at = excluded.recorded_at
"""
_DROP_OLDER_FILES = "DELETE FROM registry_file WHERE workspace_id = $1 AND registry = $2 AND whole AND as_of < $3"
_DROP_FILE = "DELETE FROM registry_file WHERE workspace_id = $1 AND id = $2"
_DROP_ENTRIES = "DELETE FROM registry_entry WHERE workspace_id = $1 AND registry = $2 AND as_of = $3"
_SUMMARY = """
SELECT e.registry, count(*) AS entries, count(*) FILTER (WHERE answer = 'listed') AS listed, max(as_of) AS newest
FROM registry_entry e WHERE e.workspace_id = $1 GROUP BY e.registry
"""
_NEWEST_FILES = """
SELECT DISTINCT ON (registry) registry, id, as_of, lines, rejected, whole, recorded_at
FROM registry_file WHERE workspace_id = $1 ORDER BY registry, whole DESC, as_of DESC
"""
_OF_NUMBER = """
SELECT registry, answer, as_of, asked_about, recorded_at FROM registry_entry
WHERE workspace_id = $1 AND phone = $2 ORDER BY registry
"""

Loaded = tuple[int, str, str, datetime | None]  # line, phone, answer, asked about
Answered = tuple[str, str, datetime, datetime | None]  # phone, answer, as of, asked about


async def hold_registry(tx: Transaction, *, workspace_id: UUID, registry: str) -> None:
    """Wait for whoever else changes this registry of the workspace, until the transaction ends."""
    await tx.execute(_HOLD, str(workspace_id), registry)


async def open_load(tx: Transaction) -> None:
    """A place for a file's lines that ends with the transaction."""
    await tx.execute(_OPEN)


async def load_lines(tx: Transaction, rows: Iterable[Loaded]) -> None:
    """Copy lines of the file there."""
    columns = ["line", "phone", "answer", "asked_about"]
    await tx.driver.copy_records_to_table("registry_load", columns=columns, records=rows, timeout=_COPY_TIMEOUT)


async def contradiction(tx: Transaction) -> tuple[int, int] | None:
    """Two lines that say different things of one number, if there are such."""
    row = await tx.fetch_row(_CONTRADICTION)
    return None if row is None else (row["first"], row["second"])


async def lay_lines(
    tx: Transaction, *, workspace_id: UUID, registry: str, as_of: datetime, now: datetime, last_line: int, step: int
) -> None:
    """Lay what was copied over what is known, `step` lines of the file at a time; newer answers stay."""
    await tx.execute("ANALYZE registry_load")
    for first in range(1, last_line + 1, step):
        await tx.execute(_LAY, workspace_id, registry, as_of, now, first, first + step - 1)


async def drop_unlisted(tx: Transaction, *, workspace_id: UUID, registry: str, as_of: datetime, adds: bool) -> int:
    """Forget what older files said of numbers this one does not hold; with `adds` other parts of the same date stay."""
    await tx.execute(_DROP_OLDER_FILES, workspace_id, registry, as_of)
    return await tx.execute(_DROP_OLDER, workspace_id, registry, as_of, adds)


async def known_listed(tx: Transaction, *, workspace_id: UUID) -> list[str]:
    """The listed numbers of the copied lines that the workspace knows, sorted."""
    return [row["phone"] for row in await tx.fetch(_KNOWN, workspace_id)]


async def write_answers(
    tx: Transaction, *, workspace_id: UUID, registry: str, rows: Sequence[Answered], now: datetime
) -> set[str]:
    """Keep query results, each phone once; the phones of those that were not older than what is known."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    return {row["phone"] for row in await tx.fetch(_ANSWERS, workspace_id, registry, now, *columns)}


async def newest_file(tx: Transaction, *, workspace_id: UUID, registry: str) -> Row | None:
    """The newest whole file."""
    return await tx.fetch_row(_NEWEST, workspace_id, registry)


async def same_file(tx: Transaction, *, workspace_id: UUID, registry: str, as_of: datetime, whole: bool) -> Row | None:
    """The file of exactly this date, if it was loaded before."""
    return await tx.fetch_row(_SAME, workspace_id, registry, as_of, whole)


async def write_file(
    tx: Transaction,
    *,
    workspace_id: UUID,
    file_id: UUID,
    registry: str,
    as_of: datetime,
    lines: int,
    rejected: int,
    whole: bool,
    now: datetime,
) -> None:
    """Record a loaded file, or that it was loaded again."""
    await tx.execute(_WRITE_FILE, workspace_id, file_id, registry, as_of, lines, rejected, whole, now)


async def read_file(tx: Transaction, *, workspace_id: UUID, registry: str, file_id: UUID) -> Row | None:
    """One loaded file."""
    return await tx.fetch_row(_BY_ID, workspace_id, registry, file_id)


async def read_files(tx: Transaction, *, workspace_id: UUID, registry: str, before: UUID | None, limit: int) -> Sequence[Row]:
    """A page of loaded files, newest first, before the given one."""
    return await tx.fetch(_FILES, workspace_id, registry, before, limit)


async def drop_file(tx: Transaction, *, workspace_id: UUID, row: Row) -> int:
    """Forget a file and what it said; how many entries that were."""
    await tx.execute(_DROP_FILE, workspace_id, row["id"])
    return await tx.execute(_DROP_ENTRIES, workspace_id, row["registry"], row["as_of"])


async def read_summary(tx: Transaction, *, workspace_id: UUID) -> dict[str, Row]:
    """By registry: how many numbers it is known to speak of (entries, listed), and the newest word. Counts every entry."""
    return {row["registry"]: row for row in await tx.fetch(_SUMMARY, workspace_id)}


async def read_counting_files(tx: Transaction, *, workspace_id: UUID) -> dict[str, Row]:
    """By registry: the file that counts, the newest whole one where there is one."""
    return {row["registry"]: row for row in await tx.fetch(_NEWEST_FILES, workspace_id)}


async def read_number_answers(tx: Transaction, *, workspace_id: UUID, phone: str) -> dict[str, Row]:
    """What each registry said of a number."""
    return {row["registry"]: row for row in await tx.fetch(_OF_NUMBER, workspace_id, phone)}
