"""How is a long list handed out as a file? Page by page as it is read, as CSV that no spreadsheet runs or as NDJSON."""

from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any, Literal

from fastapi import Query
from fastapi.responses import StreamingResponse

from app.domain.spreadsheet import csv_lines
from app.storage.database import Row

FileFormat = Annotated[Literal["csv", "ndjson"], Query(alias="format", description="CSV for spreadsheets, NDJSON with types")]


class Table:
    """A header, and how a row fills it."""

    def __init__(self, header: list[str], cells: Callable[[Row], list[object]]) -> None:
        self.header = header
        self.cells = cells


def documented_file(csv_example: str, ndjson_example: str) -> dict[int | str, dict[str, Any]]:
    """The document's 200 of a file that is streamed."""
    content = {
        "text/csv": {"schema": {"type": "string"}, "example": csv_example},
        "application/x-ndjson": {"schema": {"type": "string"}, "example": ndjson_example},
    }
    return {200: {"description": "The file, streamed", "content": content}}


def streamed(
    pages: AsyncIterator[list[Row]],
    *,
    format: str,  # noqa: A002  # the word of the field
    name: str,
    line: Callable[[Row], bytes],
    table: Table,
) -> StreamingResponse:
    """Pages as a file to keep: lines of JSON, or a table with its header."""

    async def lines() -> AsyncIterator[bytes]:
        if format == "csv":
            yield csv_lines([table.header])
        async for rows in pages:
            yield csv_lines(map(table.cells, rows)) if format == "csv" else b"".join(map(line, rows))

    kind = "text/csv; charset=utf-8" if format == "csv" else "application/x-ndjson"
    headers = {"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{name}.{format}"'}
    return StreamingResponse(lines(), media_type=kind, headers=headers)
