"""How do do-not-call lists and query results get in, and what do they say? One interface for every registry."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from starlette.exceptions import HTTPException

from app.domain.registries import BY_NAME
from app.http.deps import ContextDep, Cursor, Limit, PostingDep, caller_with
from app.http.ids import RegistryFileId
from app.http.phones import read_phone, read_queried_phone
from app.http.problems import documented
from app.http.registry_shapes import (
    AnswersIn,
    LoadedView,
    NumberLookupView,
    RecordedView,
    RegistryFileView,
    RegistryName,
    RegistryView,
)
from app.http.shapes import Instant, Page, page_of, read_cursor, read_id_cursor
from app.storage.database import Transaction
from app.usecases.authenticate import Caller
from app.usecases.load_registry_file import LoadFile, check_as_of, forget_file, load_registry_file, open_file
from app.usecases.read_registries import list_registries, list_registry_files, look_up_number
from app.usecases.record_registry_answers import check_answers, record_registry_answers

router = APIRouter(prefix="/registries", tags=["registries"])
WriterDep = Annotated[Caller, caller_with("consents:write")]
ReaderDep = Annotated[Caller, caller_with("consents:read")]

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
        "description": "The file: UTF-8, at most 64 MiB and 5,000,000 lines",
        "content": {
            "text/csv": {
                "schema": {"type": "string"},
                "examples": {
                    "a plain list": {"value": "2125550142\n2125550143\n"},
                    "a list": {"value": "phone\n+12125550142\n+12125550143\n"},
                    "area codes": {"value": "212,5550142\n212,5550143\n"},
                    "query results": {"value": "phone,answer,asked_about\n+12125550142,no,2026-01-05\n"},
                },
            },
            "application/x-ndjson": {
                "schema": {"type": "string"},
                "examples": {"one object a line": {"value": '{"phone": "+12125550142", "answer": "yes"}\n'}},
            },
        },
    }
}


def _is_ndjson(request: Request) -> bool:
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type not in _TYPES:
        raise HTTPException(415, "Send text/csv or application/x-ndjson")
    return _TYPES[content_type]


@router.get("", summary="Which registries are there, and how old is what is known?", responses=documented())
async def list_all(context: ContextDep, caller: ReaderDep, limit: Limit = 50, cursor: Cursor = None) -> Page[RegistryView]:
    """Every registry with its meaning, source, longest age and exemptions, and the file that counts here, with its due date."""
    filters = {"list": "registries"}
    after = read_cursor(cursor, filters=filters)
    rows = await list_registries(context, workspace_id=caller.workspace_id, after=after, limit=limit + 1)
    return Page(**page_of(rows, limit=limit, shape=RegistryView.of, key=lambda row: row.registry.name, filters=filters))


@router.get("/lookups", summary="What does every registry say of a number?", responses=documented())
async def look_up(
    context: ContextDep,
    caller: ReaderDep,
    phone: Annotated[str, Query(max_length=64, description="E.164", examples=["+14155550123"])],
) -> NumberLookupView:
    """Of any number, known or not: each registry that speaks of such numbers, with its age; and the number's own life."""
    number = read_queried_phone(phone)
    return NumberLookupView.of(await look_up_number(context, workspace_id=caller.workspace_id, phone=number))


@router.post(
    "/{registry}/files",
    status_code=201,
    summary="Load a registry's file",
    response_model=LoadedView,
    responses=documented(404, 409, 415),
    openapi_extra=_BODY,
)
async def load(
    *,
    registry: RegistryName,
    request: Request,
    caller: WriterDep,
    posting: PostingDep,
    context: ContextDep,
    as_of: Annotated[Instant | None, Query(description="When the file was true: its download; now when left out")] = None,
    adds: Annotated[
        bool, Query(description="A further part of the whole file of exactly this `as_of`, such as another area code's")
    ] = False,
) -> Response:
    """A plain list, a CSV with or without a header (`phone`, and perhaps `answer` and `asked_about`), or NDJSON with those keys.

    A whole list replaces what older ones said, and every number it does not hold is clear as of its date. A file with an answer
    column holds query results: it only adds. A line that cannot be read is told of with its reason and keeps no other out. A
    reassignment or deactivation file ends the tenure of the numbers you have: their consents expire, what was waiting is
    cancelled, and nothing goes until somebody proves to have the number.
    """
    row, ndjson, now = BY_NAME[registry], _is_ndjson(request), context.clock.now()
    told = as_of or now
    check_as_of(row, told, now=now, pointer="/query/as_of")
    body = await request.body()
    file = await asyncio.to_thread(open_file, body, registry=row, ndjson=ndjson)
    command = LoadFile(
        workspace_id=caller.workspace_id, registry=row, file=file, as_of=told, adds=adds, now=now, actor=caller.actor
    )

    async def work(tx: Transaction) -> LoadedView:
        return LoadedView.of(await load_registry_file(tx, command))

    return await posting.answer(caller, work)


@router.get("/{registry}/files", summary="Which files of a registry count?", responses=documented(404))
async def list_files(
    registry: RegistryName, context: ContextDep, caller: ReaderDep, limit: Limit = 50, cursor: Cursor = None
) -> Page[RegistryFileView]:
    """Newest first. Whole files replace one another, so of those there is one; files of answers stand beside each other."""
    filters = {"list": "registry_files", "registry": registry}
    before = read_id_cursor(cursor, filters=filters)
    rows = await list_registry_files(context, workspace_id=caller.workspace_id, registry=registry, before=before, limit=limit + 1)
    return Page(**page_of(rows, limit=limit, shape=RegistryFileView.of, key=lambda row: str(row["id"]), filters=filters))


@router.delete("/{registry}/files/{file_id}", status_code=204, summary="Forget a registry's file", responses=documented(404))
async def forget(registry: RegistryName, file_id: RegistryFileId, context: ContextDep, caller: WriterDep) -> None:
    """Forgets the file and what it said, as if it had not been loaded; where the law wants one, marketing waits for the next.

    What it ended stays ended: consents of numbers that changed hands do not come back.
    """
    async with context.db.transaction() as tx:
        await forget_file(tx, workspace_id=caller.workspace_id, registry=registry, file_id=file_id)


@router.post(
    "/{registry}/answers",
    status_code=200,
    summary="Record what a registry answered",
    response_model=RecordedView,
    responses=documented(404, 409),
)
async def answers(
    registry: RegistryName, body: AnswersIn, caller: WriterDep, posting: PostingDep, context: ContextDep
) -> Response:
    """Up to 1,000 query results, all or none: one that cannot be is refused by its place.

    For the reassigned-numbers database `asked_about` is the date of consent it was asked with; a yes ends the tenure of a number
    you have, at once.
    """
    row, now = BY_NAME[registry], context.clock.now()
    items = [
        item.item(
            read_phone(item.phone, default_region=item.default_region, pointer=f"/body/items/{place}/phone")[0].e164, now=now
        )
        for place, item in enumerate(body.items)
    ]
    check_answers(row, items, now=now)

    async def work(tx: Transaction) -> RecordedView:
        return RecordedView.of(
            await record_registry_answers(
                tx, workspace_id=caller.workspace_id, registry=row, answers=items, now=now, actor=caller.actor
            )
        )

    return await posting.answer(caller, work, status=200)
