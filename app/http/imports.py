"""How are many contacts brought in? A file is posted, a job reads it, and every row tells what became of it."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from app.domain.errors import InvalidField
from app.http.deps import ContextDep, Cursor, IdempotencyKeyDep, Limit, PostingDep, caller_with
from app.http.event_stream import documented_stream, event_stream
from app.http.file_stream import FileFormat, Table, documented_file, streamed
from app.http.ids import ImportId
from app.http.import_query import ImportQuery, format_of, read_query
from app.http.import_shapes import OUTCOMES_CSV, OUTCOMES_NDJSON, ApplyIn, ImportRowView, ImportView, RowOutcome
from app.http.problems import documented
from app.http.shapes import Page, page_of, read_cursor, read_id_cursor
from app.http.upload import upload
from app.storage.database import Row, Transaction
from app.usecases.apply_import import apply_import
from app.usecases.authenticate import Caller
from app.usecases.cancel_import import cancel_import
from app.usecases.read_imports import every_row, follow_import, list_import_rows, list_imports, read_import
from app.usecases.start_import import start_import

router = APIRouter(prefix="/imports", tags=["imports"])
WriterDep = Annotated[Caller, caller_with("contacts:write")]
ReaderDep = Annotated[Caller, caller_with("contacts:read")]

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
    asked: Annotated[ImportQuery, Depends(read_query)],
) -> Response:
    """Takes the file, gzip or not, and answers at once; a worker reads it. Follow the job, then read its rows.

    CSV has a header: `phone` (or `mobile`, `msisdn`, `tel` ...), `locale`, `time_zone`, `tags` (separated by `;`),
    `birth_date` (1990-05-04), `age_verified` and `person` are known, and `opted_out` (true or false) records an opt-out of
    marketing; `country`, `state` and `zip` are read as a place; every other column, and those of the address too, becomes an
    attribute (`:number` or `:boolean` behind its name gives it a type). Rows update contacts as a POST to /v1/contacts does;
    an empty cell changes nothing. A broken row is reported with its line and reason and keeps no other from going in.
    The encoding is told in the answer; one that was guessed is worth a look. Sending a file again is safe: what is known already
    is `unchanged`. With `plan=true` nothing goes in before you have looked at the counts and applied the plan.

    Importing is not consent. Rows may tell of opt-ins: `opt_in_method` and `opt_in_at`, perhaps `opt_in_channels`, `opt_in_kind`,
    `opt_in_topic`, `opt_in_brand`, and every other `opt_in_...` is evidence (`opt_in_wording`, `opt_in_url`, ...); in NDJSON an
    object `opt_in` with an object `evidence`. They are held to the proof that POST /v1/opt-ins asks for. `provenance_kind` and
    `provenance_reference` may stand in columns too. What a broker, a directory or a crawler gave is never marketed to without an
    opt-in that was the person's own act.
    """
    found, charset = format_of(request)
    async with upload(request, context, key=key) as taken:
        opened = await asyncio.to_thread(taken.intake.open, format=found, encoding=asked.encoding or charset)
        file = await asyncio.to_thread(opened.mapped, phone_column=asked.phone_column, mapping=asked.mapping, names=asked.columns)
        command = asked.command(file, workspace_id=caller.workspace_id, now=context.clock.now())

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
    "/{import_id}/apply",
    status_code=202,
    summary="Carry out a plan",
    response_model=ImportView,
    responses=documented(404, 409),
)
async def apply(import_id: ImportId, body: ApplyIn, caller: WriterDep, posting: PostingDep, context: ContextDep) -> Response:
    """Lets the rows of a plan (`plan=true`) go in, once, within a week. 409 `plan_outdated` when its numbers changed meanwhile.

    With `accept_changes` they go in by what is there now: `plan.came_out_otherwise` then counts what became of rows otherwise.
    """
    now = context.clock.now()

    async def work(tx: Transaction) -> ImportView:
        ids = {"workspace_id": caller.workspace_id, "import_id": import_id}
        return ImportView.of(await apply_import(tx, context, **ids, accept_changes=body.accept_changes, now=now))

    return await posting.answer(caller, work, status=202)


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
