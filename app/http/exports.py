"""How do contacts get out? Everyone, or an audience, streamed as CSV that no spreadsheet runs, or as NDJSON."""

from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from app.http.contacts import contact_view
from app.http.deps import ContextDep, caller_with
from app.http.file_stream import FileFormat, Table, documented_file, streamed
from app.http.ids import AudienceId
from app.http.problems import documented
from app.storage.database import Row
from app.usecases.authenticate import Caller
from app.usecases.export_contacts import attribute_columns, audience_members, every_contact

router = APIRouter(prefix="/exports", tags=["exports"])
ReaderDep = Annotated[Caller, caller_with("contacts:read")]

_FIXED = (
    "id", "phone", "country", "number_kind", "locale", "time_zone", "tags", "provenance", "birth_date", "age_verified", "person",
    "created_at", "updated_at",
)  # fmt: skip
_CSV = "id,phone,country,tags\r\ncon_01jdd00000e008000000000001,+14155550123,US,vip;spring\r\n"
_NDJSON = '{"id": "con_01jdd00000e008000000000001", "phone": "+14155550123", "country": "US", "tags": ["vip"]}\n'


def _line(row: Row) -> bytes:
    return contact_view(row).model_dump_json().encode() + b"\n"


def _table(names: list[str]) -> Table:
    def cells(row: Row) -> list[object]:
        view = contact_view(row).model_dump(mode="json", include=set(_FIXED))
        return [*(view[name] for name in _FIXED), *(row["attributes"].get(name) for name in names)]

    # An attribute may be called what a column of ours is called.
    return Table([*_FIXED, *(f"attribute_{name}" if name in _FIXED else name for name in names)], cells)


@router.get(
    "/contacts",
    summary="Export every contact",
    response_class=StreamingResponse,
    responses={**documented_file(_CSV, _NDJSON), **documented()},
)
async def contacts(context: ContextDep, caller: ReaderDep, form: FileFormat = "csv") -> StreamingResponse:
    """All contacts, oldest first, as they come from the database: a million take no more memory than a page.

    In CSV every attribute has a column, lists are joined by `;`, and a cell that a spreadsheet would run as a formula begins with
    an apostrophe. NDJSON is what GET /v1/contacts/{contact_id} answers, one a line.
    """
    names = await attribute_columns(context, workspace_id=caller.workspace_id) if form == "csv" else []
    pages = every_contact(context, workspace_id=caller.workspace_id)
    return streamed(pages, format=form, name="contacts", line=_line, table=_table(names))


@router.get(
    "/audiences/{audience_id}",
    summary="Export an audience",
    response_class=StreamingResponse,
    responses={**documented_file(_CSV, _NDJSON), **documented(404)},
)
async def audience(
    audience_id: AudienceId, context: ContextDep, caller: ReaderDep, form: FileFormat = "csv"
) -> StreamingResponse:
    """Who the audience's rule holds for now, in the form of an export of every contact."""
    names = await attribute_columns(context, workspace_id=caller.workspace_id) if form == "csv" else []
    pages = await audience_members(context, workspace_id=caller.workspace_id, audience_id=audience_id)
    return streamed(pages, format=form, name="audience", line=_line, table=_table(names))
