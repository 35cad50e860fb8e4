"""How are many contacts brought in? A file is posted, a job reads it, and every row tells what became of it."""

import asyncio
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import ConfigDict, Field
from starlette.exceptions import HTTPException

from app.domain import contact as limits
from app.domain.errors import InvalidField
from app.http.contacts import Provenance, Tag
from app.http.deps import ContextDep, Cursor, Limit, PostingDep, caller_with
from app.http.ids import ContactId, ImportId
from app.http.phones import DefaultRegion
from app.http.problems import documented
from app.http.shapes import Instant, Page, View, page_of, read_cursor, read_id_cursor
from app.storage.database import Row, Transaction
from app.usecases.authenticate import Caller
from app.usecases.cancel_import import cancel_import
from app.usecases.read_imports import list_import_rows, list_imports, read_import
from app.usecases.read_phone import check_region
from app.usecases.start_import import Format, StartImport, open_file, start_import

router = APIRouter(prefix="/imports", tags=["imports"])
WriterDep = Annotated[Caller, caller_with("contacts:write")]
ReaderDep = Annotated[Caller, caller_with("contacts:read")]

JobState = Literal["queued", "running", "completed", "failed", "cancelled"]
RowOutcome = Literal["created", "updated", "unchanged", "duplicate", "rejected"]
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
        "description": "The file: UTF-8, at most 64 MiB, 1,000,000 rows, 64 columns",
        "content": {
            "text/csv": {"schema": {"type": "string"}, "examples": {"six columns": {"value": _CSV}}},
            "application/x-ndjson": {"schema": {"type": "string"}, "examples": {"one object a line": {"value": _NDJSON}}},
        },
    }
}


class Outcomes(View):
    """How many rows came to what, so far."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    duplicate: int = 0
    rejected: int = 0


class ImportView(View):
    """An import and how far it is."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "imp_01jcxf0000e000800000000001",
                    "state": "running",
                    "dry_run": False,
                    "total_rows": 20000,
                    "done_rows": 12000,
                    "progress": 0.6,
                    "outcomes": {"created": 11800, "updated": 90, "unchanged": 70, "duplicate": 30, "rejected": 10},
                    "attributes": {"first_name": "text", "visits": "number"},
                    "default_region": "US",
                    "provenance": "trade fair 2026",
                    "tags": ["fair"],
                    "error": None,
                    "created_at": "2026-11-23T10:00:00Z",
                    "finished_at": None,
                }
            ]
        }
    )

    id: ImportId
    state: JobState
    dry_run: bool = Field(description="Rows are judged, nothing is written")
    total_rows: int
    done_rows: int
    progress: float = Field(description="From 0 to 1")
    outcomes: Outcomes
    attributes: dict[str, str] = Field(description="The attributes the columns of a CSV file become, and their types")
    default_region: str | None
    provenance: str
    tags: list[str]
    error: str | None
    created_at: Instant
    finished_at: Instant | None


class ImportRowView(View):
    """What became of one row."""

    line: int = Field(description="Where the row begins in the file; the first line is 1")
    outcome: RowOutcome
    reason: str = Field(description="A code and a sentence, where there is something to say", examples=["too_short: 4 digits"])
    contact_id: ContactId | None
    phone: str = Field(description="As the file has it; empty once it was erased or its time to be kept was over")


def _import_view(row: Row) -> ImportView:
    done = sum(row["outcomes"].values())
    total = row["total_rows"]
    return ImportView(
        id=row["id"],
        state=row["state"],
        dry_run=row["dry_run"],
        total_rows=total,
        done_rows=done,
        progress=1.0 if row["state"] == "completed" or not total else done / total,
        outcomes=Outcomes(**row["outcomes"]),
        attributes={name: kind for _, name, kind in row["columns"]["attributes"]},
        default_region=row["default_region"],
        provenance=row["provenance"],
        tags=row["tags"],
        error=row["error"],
        created_at=row["created_at"],
        finished_at=row["finished_at"],
    )


def _row_view(row: Row) -> ImportRowView:
    return ImportRowView(
        line=row["line"], outcome=row["outcome"], reason=row["reason"], contact_id=row["contact_id"], phone=row["written"]
    )


def _format_of(request: Request) -> Format:
    content_type, _, parameters = request.headers.get("content-type", "").partition(";")
    charset = parameters.partition("charset=")[2].strip().strip('"').lower()
    if charset not in {"", "utf-8", "utf8", "us-ascii"}:
        raise InvalidField("the file must be UTF-8", pointer="/headers/Content-Type", code="not_utf8")
    found = _FORMATS.get(content_type.strip().lower())
    if found is None:
        raise HTTPException(415, "Send text/csv or application/x-ndjson")
    return found


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
    posting: PostingDep,
    context: ContextDep,
    default_region: Annotated[DefaultRegion | None, Query()] = None,
    phone_column: Annotated[
        str | None,
        Query(max_length=200, description="The column (or key) with the phone; left out, it is told by its name"),
    ] = None,
    provenance: Annotated[Provenance, Query(description="Where the numbers come from: kept with each new contact")] = "import",
    tags: Annotated[list[Tag] | None, Query(max_length=limits.MOST_TAGS, description="Added to every contact")] = None,
    dry_run: Annotated[bool, Query(description="Judge every row, write no contact")] = False,
) -> Response:
    """Takes the file and answers at once; a worker reads it. Follow the job, then read its rows.

    CSV has a header: `phone` (or `mobile`, `msisdn`, `tel` ...), `locale`, `time_zone`, `tags` (separated by `;`),
    `birth_date` (1990-05-04), `age_verified` and `person` are known, and `opted_out` (true or false) records an opt-out of
    marketing; `country`, `state` and `zip` are read as a place; every other column, and those of the address too, becomes an
    attribute (`:number` or `:boolean` behind its name gives it a type). Rows update contacts as a POST to /v1/contacts does;
    an empty cell changes nothing. A broken row is reported with its line and reason and keeps no other from going in.
    Importing is not consent: record opt-ins with their evidence.
    """
    found = _format_of(request)
    body = await request.body()
    region = check_region(default_region, pointer="/query/default_region")
    file = await asyncio.to_thread(open_file, body, format=found, phone_column=phone_column)
    command = StartImport(
        workspace_id=caller.workspace_id,
        file=file,
        default_region=region,
        provenance=provenance,
        tags=limits.check_tags(tags or ()),
        dry_run=dry_run,
        now=context.clock.now(),
    )

    async def work(tx: Transaction) -> ImportView:
        return _import_view(await start_import(tx, context, command))

    return await posting.answer(caller, work, status=202)


@router.get("", summary="List imports", responses=documented())
async def list_all(context: ContextDep, caller: ReaderDep, limit: Limit = 50, cursor: Cursor = None) -> Page[ImportView]:
    """Every import of the workspace, newest first, each with how far it has come."""
    filters = {"list": "imports"}
    before = read_id_cursor(cursor, filters=filters)
    rows = await list_imports(context, workspace_id=caller.workspace_id, before=before, limit=limit + 1)
    return Page(**page_of(rows, limit=limit, shape=_import_view, key=lambda row: str(row["id"]), filters=filters))


@router.get("/{import_id}", summary="How far is an import?", responses=documented(404))
async def get(import_id: ImportId, context: ContextDep, caller: ReaderDep) -> ImportView:
    """Its state, and how many rows came to what."""
    return _import_view(await read_import(context, workspace_id=caller.workspace_id, import_id=import_id))


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
    return Page(**page_of(found, limit=limit, shape=_row_view, key=lambda row: str(row["line"]), filters=filters))


@router.post(
    "/{import_id}/cancel", status_code=200, summary="Stop an import", response_model=ImportView, responses=documented(404, 409)
)
async def cancel(import_id: ImportId, caller: WriterDep, posting: PostingDep, context: ContextDep) -> Response:
    """Stops it after the rows under way. What is imported stays; rows not reached have no outcome."""
    now = context.clock.now()

    async def work(tx: Transaction) -> ImportView:
        return _import_view(await cancel_import(tx, workspace_id=caller.workspace_id, import_id=import_id, now=now))

    return await posting.answer(caller, work, status=200)


def _line(after: str | None) -> int:
    """The line a page ended with. Raises InvalidField."""
    if after is None:
        return 0
    if not after.isdecimal() or len(after) > 9:
        raise InvalidField("the cursor is not one of ours", pointer="/query/cursor", code="bad_cursor")
    return int(after)
