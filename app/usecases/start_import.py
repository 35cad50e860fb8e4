"""How does a file get in? Its rows are copied beside the job, in chunks, in one transaction; a worker is rung to read them."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from app.clock import new_id
from app.domain.errors import InvalidField
from app.domain.provenance import ProvenanceKind
from app.storage.database import Row, Transaction
from app.storage.imports import Chunk, add_import, copy_chunks, count_rows, read_import
from app.usecases.context import Context
from app.usecases.intake_file import ImportFile

Phase = Literal["import", "analyse"]
CHUNK_ROWS = 2_000
_CHUNK_CHARACTERS = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class StartImport:
    """What to import, and how to read it. `provenance` says where the numbers came from.

    The phase "analyse" makes a plan that waits to be applied; a dry run is told about and forgotten.
    """

    workspace_id: UUID
    file: ImportFile
    default_region: str | None
    provenance: str
    tags: Sequence[str]
    dry_run: bool
    now: datetime
    phase: Phase = "import"
    provenance_kind: ProvenanceKind | None = None
    provenance_reference: str = ""


class _Chunks:
    """Cuts a file into chunks as COPY asks for them, and counts. Reading is slow: each is cut in a thread."""

    def __init__(self, file: ImportFile, *, most: int) -> None:
        self._rows = file.rows()
        self._most = most
        self.total = 0
        self.last_line = 0

    async def chunks(self) -> AsyncIterator[Chunk]:
        while (chunk := await asyncio.to_thread(self._cut)) is not None:
            yield chunk

    def _cut(self) -> Chunk | None:
        rows: list[tuple[int, list[str] | str]] = []
        size = 0
        for row in self._limited():
            rows.append((row[0], row[1]))
            size += row[2]
            if len(rows) == CHUNK_ROWS or size > _CHUNK_CHARACTERS:
                break
        if not rows:
            return None
        self.last_line = rows[-1][0]
        return Chunk(rows[0][0], rows[-1][0], rows)

    def _limited(self) -> Iterator[tuple[int, list[str] | str, int]]:
        for row in self._rows:
            self.total += 1
            if self.total > self._most:
                raise InvalidField(f"more than {self._most} rows; split the file", pointer="/body", code="too_many_rows")
            yield row.line, row.problem or row.cells, sum(map(len, row.cells))


async def start_import(tx: Transaction, context: Context, command: StartImport) -> Row:
    """Write the job and its rows, and ring for a worker once they are committed; the job's row. Raises InvalidField."""
    ids = {"workspace_id": command.workspace_id, "import_id": new_id()}
    await add_import(
        tx,
        **ids,
        default_region=command.default_region,
        provenance=command.provenance,
        columns=command.file.columns.as_json(),
        tags=command.tags,
        dry_run=command.dry_run,
        phase=command.phase,
        file=command.file.told,
        now=command.now,
        provenance_kind=str(command.provenance_kind or ""),
        provenance_reference=command.provenance_reference,
    )
    cutting = _Chunks(command.file, most=context.settings.max_import_rows)
    await copy_chunks(tx, **ids, chunks=cutting.chunks())
    await count_rows(tx, **ids, total=cutting.total, last_line=cutting.last_line)
    tx.after_commit(lambda: context.doorbell.ring("run_import", f"{ids['workspace_id']}/{ids['import_id']}"))
    job = await read_import(tx, **ids)
    assert job is not None
    return job
