"""What did a contact click?"""

from typing import Annotated, Any

from fastapi import APIRouter

from app.http.deps import ContextDep, Cursor, Limit, caller_with
from app.http.ids import ContactId
from app.http.link_shapes import ContactClickView
from app.http.problems import documented
from app.http.shapes import Page, page_of, read_id_cursor
from app.usecases.authenticate import Caller
from app.usecases.read_clicks import list_clicks

router = APIRouter(prefix="/contacts", tags=["contacts"])


@router.get("/{contact_id}/clicks", summary="What did this contact click?", responses=documented(404))
async def clicks(
    contact_id: ContactId,
    context: ContextDep,
    caller: Annotated[Caller, caller_with("contacts:read")],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[ContactClickView]:
    """Each time a link that was sent to the contact was followed, by a person or a machine, the last first."""
    filters: dict[str, Any] = {"list": "clicks", "contact": contact_id}
    before = read_id_cursor(cursor, filters=filters)
    ids = {"workspace_id": caller.workspace_id, "contact_id": contact_id}
    rows = await list_clicks(context.db, **ids, before=before, limit=limit + 1)
    return Page(
        **page_of(
            list(rows),
            limit=limit,
            shape=lambda row: ContactClickView(**dict(row)),
            key=lambda row: str(row["id"]),
            filters=filters,
        )
    )
