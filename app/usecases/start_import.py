"""How does a file get in? Its rows are copied beside the job in the request's transaction; a worker is rung to read them."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from app.clock import new_id
from app.domain.errors import InvalidField
from app.domain.import_columns import Columns, map_columns
from app.domain.import_file import MOST_ROWS, FileRow, UnusableFile, check_encoding, read_csv, read_header, read_ndjson
from app.storage.database import Row, Transaction
from app.storage.imports import add_import, copy_rows, count_rows, read_import
from app.usecases.context import Context

Format = Literal["csv", "ndjson"]


@dataclass(frozen=True, slots=True)
class ImportFile:
    """An uploaded file whose encoding and header were found usable."""

    body: bytes
    columns: Columns

    def rows(self) -> Iterator[FileRow]:
        """Every data row, read as they are asked for."""
        if self.columns.format == "ndjson":
            yield from read_ndjson(self.body)
            return
        rows = read_csv(self.body, delimiter=self.columns.delimiter, columns=self.columns.width)
        next(rows)  # the header
        yield from rows


def open_file(body: bytes, *, format: Format, phone_column: str | None) -> ImportFile:  # noqa: A002  # the word of the field
    """Look at a file's encoding and header. Pure but slow for large files: call it in a thread. Raises InvalidField."""
    try:
        text = check_encoding(body)
        if format == "ndjson":
            return ImportFile(text, Columns("ndjson", phone_key=phone_column or "phone"))
        names, delimiter = read_header(text)
        return ImportFile(text, map_columns(names, delimiter=delimiter, phone_column=phone_column))
    except UnusableFile as error:
        pointer = "/query/phone_column" if error.code == "no_phone_column" and phone_column else "/body"
        raise InvalidField(error.detail, pointer=pointer, code=error.code) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class StartImport:
    """What to import, and how to read it. `provenance` says where the numbers came from."""

    workspace_id: UUID
    file: ImportFile
    default_region: str | None
    provenance: str
    tags: Sequence[str]
    dry_run: bool
    now: datetime


class _Counting:
    """Turns file rows into table rows as COPY asks for them, and counts."""

    def __init__(self, command: StartImport, import_id: UUID) -> None:
        self._command = command
        self._import_id = import_id
        self.total = 0
        self.outcomes: Counter[str] = Counter()

    def rows(self) -> Iterator[tuple[object, ...]]:
        workspace_id, import_id = self._command.workspace_id, self._import_id
        for row in self._command.file.rows():
            self.total += 1
            if self.total > MOST_ROWS:
                raise InvalidField(f"more than {MOST_ROWS} rows; split the file", pointer="/body", code="too_many_rows")
            if row.problem:
                self.outcomes["rejected"] += 1
                yield workspace_id, import_id, row.line, [""], "rejected", row.problem
            else:
                yield workspace_id, import_id, row.line, row.cells, None, ""


async def start_import(tx: Transaction, context: Context, command: StartImport) -> Row:
    """Write the job and its rows, and ring for a worker once they are committed; the job's row. Raises InvalidField."""
    import_id = new_id()
    await add_import(
        tx,
        workspace_id=command.workspace_id,
        import_id=import_id,
        default_region=command.default_region,
        provenance=command.provenance,
        columns=command.file.columns.as_json(),
        tags=command.tags,
        dry_run=command.dry_run,
        now=command.now,
    )
    counting = _Counting(command, import_id)
    await copy_rows(tx, counting.rows())
    await count_rows(tx, workspace_id=command.workspace_id, import_id=import_id, total=counting.total, outcomes=counting.outcomes)
    tx.after_commit(lambda: context.doorbell.ring("run_import", f"{command.workspace_id}/{import_id}"))
    job = await read_import(tx, workspace_id=command.workspace_id, import_id=import_id)
    assert job is not None
    return job
