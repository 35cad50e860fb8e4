"""What happened with a contact, in one list?"""

from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import ConfigDict, Field

from app.domain.message import Channel, State
from app.http.deps import ContextDep, Cursor, Limit, caller_with
from app.http.ids import ContactId, MessageId
from app.http.problems import documented
from app.http.shapes import Instant, Page, View, page_of, read_id_cursor
from app.storage.database import Row
from app.usecases.authenticate import Caller
from app.usecases.read_history import list_history

router = APIRouter(prefix="/contacts", tags=["contacts"])

_EXAMPLE: dict[str, Any] = {
    "at": "2026-11-24T17:30:05Z",
    "kind": "answer",
    "what": "tap",
    "channel": "rcs",
    "message_id": "msg_01jdd00000e008000000000001",
    "detail": {"keyword": "none", "payload": "keep"},
}


class HappeningView(View):
    """One thing that happened."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    at: Instant
    kind: Literal["consent", "message", "receipt", "answer", "click", "event"]
    what: str = Field(
        description="Of a consent event its kind; of a message the state it is in, of a receipt the one it told; of an answer "
        "`text`, `tap`, `keys` or `notice`; of a click whether a `person` or a `machine`; of an event its name"
    )
    channel: Channel | None
    message_id: MessageId | None = Field(description="The message it belongs to, where that is known: its timeline has the rest")
    detail: dict[str, Any] = Field(description="What else is known; texts stay with the message")


def _view(row: Row) -> HappeningView:
    stated = row["kind"] in {"message", "receipt"}
    fields = {name: row[name] for name in HappeningView.model_fields if name not in {"what", "detail"}}
    detail = {name: value for name, value in row["detail"].items() if value not in {None, ""}}
    return HappeningView(**fields, what=State(int(row["what"])).word if stated else row["what"], detail=detail)


@router.get("/{contact_id}/timeline", summary="What happened with this contact?", responses=documented(404))
async def timeline(
    contact_id: ContactId,
    context: ContextDep,
    caller: Annotated[Caller, caller_with("contacts:read")],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[HappeningView]:
    """What it agreed to and revoked, was sent and what came of that, answered, tapped, pressed, clicked and did: the last first.

    In the order it was recorded: what was told late stands where it was told, with the time at which it happened.
    """
    filters: dict[str, Any] = {"list": "timeline", "contact": contact_id}
    before = read_id_cursor(cursor, filters=filters)
    ids = {"workspace_id": caller.workspace_id, "contact_id": contact_id}
    rows = await list_history(context.db, **ids, before=before, limit=limit + 1)
    return Page(**page_of(list(rows), limit=limit, shape=_view, key=lambda row: str(row["id"]), filters=filters))
