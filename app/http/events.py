"""How is what contacts do told, one by one and in bulk, and read again?"""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from app.domain.errors import InvalidField
from app.http.deps import ContextDep, Cursor, Limit, PostingDep, caller_with
from app.http.event_shapes import (
    BulkEvents,
    ContactEventView,
    EventIn,
    EventItem,
    EventItems,
    EventName,
    contact_event_view,
)
from app.http.ids import ContactId
from app.http.problems import documented
from app.http.shapes import Instant, Page, page_of, read_id_cursor
from app.storage.database import Row, Transaction
from app.storage.events import Wanted
from app.usecases.authenticate import Caller
from app.usecases.read_events import list_contact_events, list_events
from app.usecases.record_events import record_event, record_events

router = APIRouter(tags=["events"])
WriterDep = Annotated[Caller, caller_with("events:write")]
ReaderDep = Annotated[Caller, caller_with("events:read")]
Named = Annotated[EventName | None, Query(description="Only events of this name: purchase, page_view, or one of yours")]
Since = Annotated[Instant | None, Query(description="Only what happened at or after this instant")]
Until = Annotated[Instant | None, Query(description="Only what happened before this instant")]


@router.post(
    "/events",
    status_code=201,
    summary="Tell an event",
    response_model=ContactEventView,
    responses={200: {"model": ContactEventView, "description": "It was told before"}, **documented(404, 409)},
)
async def tell(body: EventIn, caller: WriterDep, posting: PostingDep, context: ContextDep) -> Response:
    """Keeps something a contact did, for audiences and attribution.

    A purchase has an amount and may have items, a page view has a URL, a custom event a name of yours. It is recorded once,
    however often it is told (200 when it was told before), late and in any order; another content under the same `caller_id`
    is refused. The contact must exist: no event makes one.
    """
    now = context.clock.now()
    event = body.event(now)

    async def work(tx: Transaction) -> tuple[int, ContactEventView]:
        outcome, row = await record_event(tx, workspace_id=caller.workspace_id, event=event, now=now)
        return (201 if outcome == "recorded" else 200), contact_event_view(row)

    return await posting.answer(caller, work)


@router.post("/events/bulk", status_code=200, summary="Tell events in bulk", response_model=EventItems, responses=documented(409))
async def tell_many(body: BulkEvents, caller: WriterDep, posting: PostingDep, context: ContextDep) -> Response:
    """Up to 1,000 events in one transaction, each with its outcome: recorded, duplicate or rejected, and then why.

    One that cannot be read, or whose contact is not known, keeps no other from being recorded. Sending the whole again is safe.
    """
    now = context.clock.now()
    events, refused = body.events(now)

    async def work(tx: Transaction) -> EventItems:
        results = await record_events(tx, workspace_id=caller.workspace_id, events=list(events.values()), now=now)
        rows = [EventItem.of(place, events[place], result) for place, result in zip(events, results, strict=True)]
        return EventItems.of(rows + [_refused(body, place, problem) for place, problem in refused.items()])

    return await posting.answer(caller, work, status=200)


def _refused(body: BulkEvents, place: int, problem: InvalidField) -> EventItem:
    given: Any = body.items[place]
    caller_id = given.get("caller_id") if isinstance(given, dict) else None
    return EventItem.refused(place, caller_id, problem.pointer, problem.code, problem.detail)


@router.get("/events", summary="List events", responses=documented())
async def list_all(
    *,
    context: ContextDep,
    caller: ReaderDep,
    contact_id: Annotated[ContactId | None, Query(description="Only of this contact")] = None,
    name: Named = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[ContactEventView]:
    """Those received last first, a page at a time, whenever they happened."""
    wanted = Wanted(contact_id=contact_id, name=name, since=since, until=until)
    filters = {"list": "events", "contact": contact_id, "name": name, "since": since, "until": until}
    before = read_id_cursor(cursor, filters=filters)
    rows = await list_events(context, workspace_id=caller.workspace_id, before=before, limit=limit + 1, wanted=wanted)
    return _page(rows, limit, filters)


@router.get("/contacts/{contact_id}/events", summary="What did this contact do?", responses=documented(404))
async def list_of_contact(
    *,
    contact_id: ContactId,
    context: ContextDep,
    caller: ReaderDep,
    name: Named = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[ContactEventView]:
    """Events of one contact, those received last first."""
    wanted = Wanted(contact_id=contact_id, name=name, since=since, until=until)
    filters = {"list": "contact events", "contact": contact_id, "name": name, "since": since, "until": until}
    before = read_id_cursor(cursor, filters=filters)
    ids = {"workspace_id": caller.workspace_id, "contact_id": contact_id}
    rows = await list_contact_events(context, **ids, before=before, limit=limit + 1, wanted=wanted)
    return _page(rows, limit, filters)


def _page(rows: list[Row], limit: int, filters: dict[str, Any]) -> Page[ContactEventView]:
    return Page(**page_of(rows, limit=limit, shape=contact_event_view, key=lambda row: str(row["id"]), filters=filters))
