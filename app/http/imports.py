"""How are many contacts brought in? A file is posted, a job reads it, and every row tells what became of it."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import Field
from starlette.exceptions import HTTPException

from app.domain import contact as limits
from app.domain.errors import InvalidField
from app.http.contacts import Provenance, Tag
from app.http.deps import ContextDep, Cursor, IdempotencyKeyDep, Limit, PostingDep, caller_with
from app.http.event_stream import documented_stream, event_stream
from app.http.file_stream import FileFormat, Table, documented_file, streamed
from app.http.ids import ImportId
from app.http.import_shapes import OUTCOMES_CSV, OUTCOMES_NDJSON, ImportRowView, ImportView, RowOutcome
from app.http.phones import DefaultRegion
from app.http.problems import documented
from app.http.shapes import Page, Text, page_of, read_cursor, read_id_cursor
from app.http.upload import upload
from app.storage.database import Row, Transaction
from app.usecases.authenticate import Caller
from app.usecases.cancel_import import cancel_import
from app.usecases.intake_file import Format
from app.usecases.read_imports import every_row, follow_import, list_import_rows, list_imports, read_import
from app.usecases.read_phone import check_region
from app.usecases.start_import import StartImport, start_import

router = APIRouter(prefix="/imports", tags=["imports"])
WriterDep = Annotated[Caller, caller_with("contacts:write")]
ReaderDep = Annotated[Caller, caller_with("contacts:read")]

_FORMATS: dict[str, Format] = {
    "text/csv": "csv",
    "application/csv": "csv",
    "application/x-ndjson": "ndjson",
    "application/ndjson": "ndjson",
    "application/jsonl": "ndjson",
}
_CSV = "phone,first_name,visits:number,tags,state,zip\n+14155550123,Maya,3,vip;spring,CA,94110\n"
_NDJSON = '{"phone": "+14155550123", "first_name": "Maya", "visits": 3, "tags": ["vip"]}\n'
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The file, plain or gzip: at most 1 GiB unfolded, 5,000,000 rows, 64 columns",
        "content": {
            "text/csv": {"schema": {"type": "string"}, "examples": {"six columns": {"value": _CSV}}},
            "application/x-ndjson": {"schema": {"type": "string"}, "examples": {"one object a line": {"value": _NDJSON}}},
        },
    }
}


def _kind_of(request: Request) -> tuple[Format, str | None]:
    """The format a request names, and the encoding. UTF-8 is what programs say unasked: the bytes know better."""
    content_type, _, parameters = request.headers.get("content-type", "").partition(";")
    charset = parameters.partition("charset=")[2].strip().strip('"').lower()
    found = _FORMATS.get(content_type.strip().lower())
    if found is None:
        raise HTTPException(415, "Send text/csv or application/x-ndjson")
    return found, None if charset in {"", "utf-8", "utf8", "us-ascii"} else charset


@router.post(
    "",
    status_code=202,
    summary="Import contacts from a file",
    response_model=ImportView,
    responses=documented(409, 415),
    openapi_extra=_BODY,
)
async def start(
    *,
    request: Request,
    caller: WriterDep,
    key: IdempotencyKeyDep,
    context: ContextDep,
    default_region: Annotated[DefaultRegion | None, Query()] = None,
    phone_column: Annotated[
        Text | None,
        Query(max_length=200, description="The column (or key) with the phone; left out, it is told by its name"),
    ] = None,
    map: Annotated[  # noqa: A002  # the word of the field
        list[Annotated[Text, Field(max_length=300)]] | None,
        Query(max_length=64, description="What a column (or key) is read as: `Handy=phone`, `Rufname=first_name`, `Notes=-`"),
    ] = None,
    columns: Annotated[
        list[Annotated[Text, Field(max_length=200)]] | None,
        Query(max_length=64, description="The names of the columns of a CSV file that has no header"),
    ] = None,
    encoding: Annotated[
        Text | None, Query(max_length=40, description="The file's encoding; left out, it is told by its bytes, or guessed")
    ] = None,
    provenance: Annotated[Provenance, Query(description="Where the numbers come from: kept with each new contact")] = "import",
    tags: Annotated[list[Tag] | None, Query(max_length=limits.MOST_TAGS, description="Added to every contact")] = None,
    dry_run: Annotated[bool, Query(description="Judge every row, write no contact")] = False,
) -> Response:
    """Takes the file, gzip or not, and answers at once; a worker reads it. Follow the job, then read its rows.

    CSV has a header: `phone` (or `mobile`, `msisdn`, `tel` ...), `locale`, `time_zone`, `tags` (separated by `;`),
    `birth_date` (1990-05-04), `age_verified` and `person` are known, and `opted_out` (true or false) records an opt-out of
    marketing; `country`, `state` and `zip` are read as a place; every other column, and those of the address too, becomes an
    attribute (`:number` or `:boolean` behind its name gives it a type). Rows update contacts as a POST to /v1/contacts does;
    an empty cell changes nothing. A broken row is reported with its line and reason and keeps no other from going in.
    The encoding is told in the answer; one that was guessed is worth a look. Sending a file again is safe: what is known already
    is `unchanged`. Importing is not consent: record opt-ins with their evidence.
    """
    found, charset = _kind_of(request)
    region = check_region(default_region, pointer="/query/default_region")
    tagged = limits.check_tags(tags or ())
    async with upload(request, context, key=key) as taken:
        opened = await asyncio.to_thread(taken.intake.open, format=found, encoding=encoding or charset)
        file = await asyncio.to_thread(opened.mapped, phone_column=phone_column, mapping=map or (), names=columns)
        command = StartImport(
            workspace_id=caller.workspace_id,
            file=file,
            default_region=region,
            provenance=provenance,
            tags=tagged,
            dry_run=dry_run,
            now=context.clock.now(),
        )

        async def work(tx: Transaction) -> ImportView:
            return ImportView.of(await start_import(tx, context, command))

        return await taken.posting.answer(caller, work, status=202)


@router.get("", summary="List imports", responses=documented())
async def list_all(context: ContextDep, caller: ReaderDep, limit: Limit = 50, cursor: Cursor = None) -> Page[ImportView]:
    """Every import of the workspace, newest first, each with how far it has come."""
    filters = {"list": "imports"}
    before = read_id_cursor(cursor, filters=filters)
    rows = await list_imports(context, workspace_id=caller.workspace_id, before=before, limit=limit + 1)
    return Page(**page_of(rows, limit=limit, shape=ImportView.of, key=lambda row: str(row["id"]), filters=filters))


@router.get("/{import_id}", summary="How far is an import?", responses=documented(404))
async def get(import_id: ImportId, context: ContextDep, caller: ReaderDep) -> ImportView:
    """Its state, and how many rows came to what."""
    return ImportView.of(await read_import(context, workspace_id=caller.workspace_id, import_id=import_id))


@router.get("/{import_id}/rows", summary="What became of each row?", responses=documented(404))
async def rows(
    *,
    import_id: ImportId,
    context: ContextDep,
    caller: ReaderDep,
    outcome: Annotated[RowOutcome | None, Query(description="Only rows that came to this")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[ImportRowView]:
    """The rows that are done, in the order of the file."""
    filters = {"list": "import_rows", "import": str(import_id), "outcome": outcome}
    after = read_cursor(cursor, filters=filters)
    found = await list_import_rows(
        context,
        workspace_id=caller.workspace_id,
        import_id=import_id,
        after=_line(after),
        outcome=outcome,
        limit=limit + 1,
    )
    return Page(**page_of(found, limit=limit, shape=ImportRowView.of, key=lambda row: str(row["line"]), filters=filters))


_TABLE = Table(
    ["line", "outcome", "reason", "contact_id", "phone"],
    lambda row: [*ImportRowView.of(row).model_dump(mode="json").values()],
)


@router.get(
    "/{import_id}/outcomes",
    summary="Download what became of each row",
    response_class=StreamingResponse,
    responses={**documented_file(OUTCOMES_CSV, OUTCOMES_NDJSON), **documented(404)},
)
async def outcomes(
    import_id: ImportId,
    context: ContextDep,
    caller: ReaderDep,
    outcome: Annotated[RowOutcome | None, Query(description="Only rows that came to this")] = None,
    form: FileFormat = "csv",
) -> StreamingResponse:
    """The rows that are done, one a line, streamed: created, updated, unchanged, duplicate of which line, rejected and why."""
    ids = {"workspace_id": caller.workspace_id, "import_id": import_id}
    await read_import(context, **ids)  # 404 before a stream begins

    def line(row: Row) -> bytes:
        return ImportRowView.of(row).model_dump_json().encode() + b"\n"

    return streamed(every_row(context, **ids, outcome=outcome), format=form, name="outcomes", line=line, table=_TABLE)


@router.get(
    "/{import_id}/progress",
    summary="Follow an import live",
    response_class=StreamingResponse,
    responses={**documented_stream(ImportView, what="the import", example='{"state": "running", ...}'), **documented(404)},
)
async def progress(import_id: ImportId, context: ContextDep, caller: ReaderDep) -> StreamingResponse:
    """Server-sent events: `progress` with the import whenever it moves, `end` when it rests.

    A comment every ten seconds keeps the connection alive. Reconnecting is safe: the first event has everything.
    """
    ids = {"workspace_id": caller.workspace_id, "import_id": import_id}
    await read_import(context, **ids)  # 404 before a stream begins
    return event_stream(follow_import(context, **ids), ImportView.of)


@router.post(
    "/{import_id}/cancel", status_code=200, summary="Stop an import", response_model=ImportView, responses=documented(404, 409)
)
async def cancel(import_id: ImportId, caller: WriterDep, posting: PostingDep, context: ContextDep) -> Response:
    """Stops it after the rows under way. What is imported stays; rows not reached have no outcome."""
    now = context.clock.now()

    async def work(tx: Transaction) -> ImportView:
        return ImportView.of(await cancel_import(tx, workspace_id=caller.workspace_id, import_id=import_id, now=now))

    return await posting.answer(caller, work, status=200)


def _line(after: str | None) -> int:
    """The line a page ended with. Raises InvalidField."""
    if after is None:
        return 0
    if not after.isdecimal() or len(after) > 9:
        raise InvalidField("the cursor is not one of ours", pointer="/query/cursor", code="bad_cursor")
    return int(after)
