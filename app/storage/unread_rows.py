"""What does a file that waits still say of somebody who was erased? Her rows are found by what the plan made of them."""

from uuid import UUID

import orjson

from app.storage.database import Transaction

# The first row with her number, those that were told to be duplicates of it, and those that were rejected for her contact's sake.
_LINES = """
SELECT f.import_id, r.line FROM import_row f
JOIN import_job j ON j.workspace_id = f.workspace_id AND j.id = f.import_id AND j.phase IN ('analyse', 'apply')
JOIN import_row r ON r.workspace_id = f.workspace_id AND r.import_id = f.import_id AND (r.line = f.line
  OR (r.outcome = 'duplicate' AND split_part(r.reason, ';', 1) = 'same number as line ' || f.line))
WHERE f.workspace_id = $1 AND (f.phone = $2 OR f.contact_id IN (
  SELECT c.id FROM contact c WHERE c.workspace_id = $1 AND c.phone = $2))
"""
_CHUNKS = """
SELECT c.import_id, c.first_line, c.rows FROM import_chunk c
WHERE c.workspace_id = $1 AND EXISTS (
  SELECT 1 FROM unnest($2::uuid[], $3::int[]) AS u(import_id, line)
  WHERE u.import_id = c.import_id AND u.line BETWEEN c.first_line AND c.last_line)
ORDER BY c.import_id, c.first_line FOR UPDATE
"""
_WRITE = "UPDATE import_chunk SET rows = $4 WHERE workspace_id = $1 AND import_id = $2 AND first_line = $3"
_EMPTY = """
UPDATE import_row r SET fields = '{}' FROM unnest($2::uuid[], $3::int[]) AS u(import_id, line)
WHERE r.workspace_id = $1 AND r.import_id = u.import_id AND r.line = u.line
"""
ERASED = "erased: the person was erased while the plan waited"
"""What is told of a row that was about somebody who has been erased."""
_FORGOTTEN = """
SELECT line FROM import_row WHERE workspace_id = $1 AND import_id = $2 AND line BETWEEN $3 AND $4 AND fields = '{}'
"""


async def forgotten_lines(tx: Transaction, *, workspace_id: UUID, import_id: UUID, first_line: int, last_line: int) -> set[int]:
    """Which of a plan's rows were about somebody who has been erased since."""
    rows = await tx.fetch(_FORGOTTEN, workspace_id, import_id, first_line, last_line)
    return {row["line"] for row in rows}


async def forget_unread(tx: Transaction, *, workspace_id: UUID, phone: str) -> int:
    """Take a number's rows out of plans that wait; how many. The number must be held, and still have its name."""
    found = {(row["import_id"], row["line"]) for row in await tx.fetch(_LINES, workspace_id, phone)}
    if not found:
        return 0
    imports, lines = [import_id for import_id, _ in found], [line for _, line in found]
    for chunk in await tx.fetch(_CHUNKS, workspace_id, imports, lines):
        import_id = chunk["import_id"]
        rows = [[line, ERASED if (import_id, line) in found else cells] for line, cells in orjson.loads(chunk["rows"])]
        await tx.execute(_WRITE, workspace_id, import_id, chunk["first_line"], orjson.dumps(rows))
    await tx.execute(_EMPTY, workspace_id, imports, lines)
    return len(found)
