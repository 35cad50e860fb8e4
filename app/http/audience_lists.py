"""Whom does a file name? Lists of numbers or persons are uploaded, and stand in audiences' rules by their ids."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import ConfigDict, Field
from starlette.exceptions import HTTPException

from app.http.deps import ContextDep, Cursor, Limit, PostingDep, caller_with
from app.http.ids import AudienceListId
from app.http.phones import DefaultRegion
from app.http.problems import documented
from app.http.shapes import Instant, Name, Page, View, page_of, read_id_cursor
from app.storage.database import Row, Transaction
from app.usecases.audience_lists import add_list, forget_list, list_all, read_file, read_one
from app.usecases.authenticate import Caller
from app.usecases.read_phone import check_region

router = APIRouter(prefix="/audience-lists", tags=["audiences"])
WriterDep = Annotated[Caller, caller_with("audiences:write")]
ReaderDep = Annotated[Caller, caller_with("audiences:read")]

_TYPES = {
    "text/csv": False,
    "application/csv": False,
    "application/x-ndjson": True,
    "application/ndjson": True,
    "application/jsonl": True,
}
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The file: UTF-8, at most 64 MiB and 1,000,000 lines",
        "content": {
            "text/csv": {
                "schema": {"type": "string"},
                "examples": {
                    "numbers": {"value": "phone\n+12125550142\n+12125550143\n"},
                    "persons": {"value": "person\ncustomer-1\ncustomer-2\n"},
                },
            },
            "application/x-ndjson": {
                "schema": {"type": "string"},
                "examples": {"one object a line": {"value": '{"phone": "+12125550142"}\n{"person": "customer-2"}\n'}},
            },
        },
    }
}


class AudienceListView(View):
    """A list that was uploaded."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "lst_01jdd00000e008000000000001",
                    "name": "trade fair",
                    "members": 1180,
                    "lines": 1200,
                    "unknown": 15,
                    "rejected": 5,
                    "created_at": "2026-11-23T10:00:00Z",
                }
            ]
        }
    )

    id: AudienceListId
    name: str
    members: int = Field(description="Contacts that were on it when it was uploaded; who is erased leaves it")
    lines: int
    unknown: int = Field(description="Lines that named nobody known by then: a contact made later is not on the list")
    rejected: int = Field(description="Lines that could not be read")
    created_at: Instant


def _view(row: Row) -> AudienceListView:
    return AudienceListView(**{name: row[name] for name in AudienceListView.model_fields})


def _is_ndjson(request: Request) -> bool:
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type not in _TYPES:
        raise HTTPException(415, "Send text/csv or application/x-ndjson")
    return _TYPES[content_type]


@router.post(
    "",
    status_code=201,
    summary="Upload a list",
    response_model=AudienceListView,
    responses=documented(409, 415),
    openapi_extra=_BODY,
)
async def upload(
    *,
    request: Request,
    caller: WriterDep,
    posting: PostingDep,
    context: ContextDep,
    name: Annotated[Name | None, Query(description="What it is called; left out, by its id", examples=["trade fair"])] = None,
    default_region: Annotated[DefaultRegion | None, Query()] = None,
) -> Response:
    """Keeps the contacts a file names, by `phone` or by `person` (your id of them), as `{"list": "lst_..."}` in rules.

    CSV with a header, or an object a line. It makes no contacts and agrees to nothing: a line that names nobody you have
    is counted as unknown, one that cannot be read as rejected. Of a person with several numbers all are on the list.
    """
    ndjson = _is_ndjson(request)
    body = await request.body()
    region = check_region(default_region, pointer="/query/default_region")
    named = await asyncio.to_thread(read_file, body, ndjson=ndjson, default_region=region)
    now = context.clock.now()

    async def work(tx: Transaction) -> AudienceListView:
        return _view(await add_list(tx, workspace_id=caller.workspace_id, name=name, named=named, now=now))

    return await posting.answer(caller, work)


@router.get("", summary="List uploaded lists", responses=documented())
async def lists(context: ContextDep, caller: ReaderDep, limit: Limit = 50, cursor: Cursor = None) -> Page[AudienceListView]:
    """Every uploaded list of the workspace, newest first."""
    filters: dict[str, Any] = {"list": "audience_lists"}
    before = read_id_cursor(cursor, filters=filters)
    rows = await list_all(context, workspace_id=caller.workspace_id, before=before, limit=limit + 1)
    return Page(**page_of(list(rows), limit=limit, shape=_view, key=lambda row: str(row["id"]), filters=filters))


@router.get("/{list_id}", summary="Get an uploaded list", responses=documented(404))
async def get(list_id: AudienceListId, context: ContextDep, caller: ReaderDep) -> AudienceListView:
    """One list: its name, and how many its file named."""
    return _view(await read_one(context, workspace_id=caller.workspace_id, list_id=list_id))


@router.delete("/{list_id}", status_code=204, summary="Forget an uploaded list", responses=documented(404, 409))
async def forget(list_id: AudienceListId, context: ContextDep, caller: WriterDep) -> None:
    """Forgets who is on it. A list that an audience, a sequence or a campaign under way names is kept: 409."""
    await forget_list(context, workspace_id=caller.workspace_id, list_id=list_id)
