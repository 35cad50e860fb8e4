"""How are two contacts made one person, and who did so when?"""

from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import ConfigDict, Field, JsonValue

from app.http.deps import ContextDep, Cursor, Limit, PostingDep, caller_with
from app.http.ids import ContactId, MergeId
from app.http.problems import documented
from app.http.shapes import Instant, Page, Shape, View, page_of, read_id_cursor
from app.storage.database import Row, Transaction
from app.usecases.authenticate import Caller
from app.usecases.merge_contacts import merge_contacts, read_merges

router = APIRouter(prefix="/contacts/{contact_id}", tags=["contacts"])

_MERGED: dict[str, JsonValue] = {
    "id": "mrg_01jdd00000e008000000000001",
    "contact_id": "con_01jdd00000e008000000000001",
    "from_contact_id": "con_01jdd00000e008000000000002",
    "merged_at": "2026-11-25T10:00:00Z",
    "actor": "key:019ab2c0-6c00-7000-8000-000000000001",
    "taken": ["attributes/size", "locale", "tags"],
    "differences": [{"field": "attributes/first_name", "kept": "Maya", "other": "M."}],
    "events_moved": 12,
    "messages_closed": 1,
}


class MergeIn(Shape):
    """Which contact is the same person."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"from_contact_id": "con_01jdd00000e008000000000002"}]})

    from_contact_id: ContactId = Field(description="It is merged into the contact of the path, which stays")


class DifferenceView(View):
    """A field both had, and not alike."""

    field: str = Field(examples=["attributes/first_name"])
    kept: Any
    other: Any


class MergeView(View):
    """Two contacts became one person: who said so, when, and what came of it."""

    model_config = ConfigDict(json_schema_extra={"examples": [_MERGED]})

    id: MergeId
    contact_id: ContactId = Field(description="The contact that speaks for both now")
    from_contact_id: ContactId
    merged_at: Instant
    actor: str = Field(description="The key that asked for it")
    taken: list[str] = Field(description="Fields that came from the other, where the one that stays had none")
    differences: list[DifferenceView] = Field(description="Fields both had, with what was not kept")
    events_moved: int
    messages_closed: int = Field(description="Messages of campaigns that waited to reach the person twice")


def _view(row: Row) -> MergeView:
    names = ("id", "contact_id", "from_contact_id", "merged_at", "actor")
    return MergeView(**{name: row[name] for name in names}, **row["report"])


@router.post(
    "/merge", status_code=200, summary="Two contacts are one person", response_model=MergeView, responses=documented(404, 409)
)
async def merge(
    contact_id: ContactId,
    body: MergeIn,
    caller: Annotated[Caller, caller_with("contacts:write")],
    posting: PostingDep,
    context: ContextDep,
) -> Response:
    """Merges a contact into the one of the path, for good: there is no way back.

    The contact of the path keeps its number, and that is the one written to from now on. Its fields stay; what it lacks is taken
    from the other, tags and places are united, and what differed is told. Events move. **Consent never moves**: each number keeps
    its own consents and suppressions, and in the strict profile a STOP on either holds for both. The other contact stays under
    its id and number, names this one in `merged_into`, and is in no audience any longer; whoever tells something of its number
    or its `person` means this one. Of a campaign that is under way the person gets one message. The same again changes nothing.
    """
    now = context.clock.now()
    ids = {"workspace_id": caller.workspace_id, "into": contact_id, "joining": body.from_contact_id}

    async def work(tx: Transaction) -> MergeView:
        return _view(await merge_contacts(tx, **ids, actor=caller.actor, now=now))

    return await posting.answer(caller, work, status=200)


@router.get("/merges", summary="Which contacts were merged into this one?", responses=documented(404))
async def merges(
    *,
    contact_id: ContactId,
    context: ContextDep,
    caller: Annotated[Caller, caller_with("contacts:read")],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[MergeView]:
    """Each with who asked for it, when, and what came of it; newest first."""
    filters = {"list": "merges", "contact": str(contact_id)}
    before = read_id_cursor(cursor, filters=filters)
    ids = {"workspace_id": caller.workspace_id, "contact_id": contact_id}
    rows = await read_merges(context, **ids, before=before, limit=limit + 1)
    return Page(**page_of(rows, limit=limit, shape=_view, key=lambda row: str(row["id"]), filters=filters))
