"""What can be known of a campaign, before, while and after it goes? Test-send, stats, progress, recipients."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse

from app.domain.errors import InvalidField
from app.domain.message import State
from app.http.deps import ContextDep, Cursor, Limit, PostingDep, caller_with
from app.http.event_stream import documented_stream, event_stream
from app.http.ids import CampaignId
from app.http.insight_shapes import (
    BooksView,
    GroupsView,
    GroupView,
    RecipientView,
    SpendingView,
    TestSendIn,
    TestsView,
    books_view,
    recipient_view,
    sent_view,
    spending_view,
)
from app.http.link_shapes import LinksView, LinkView
from app.http.message_shapes import StateWord
from app.http.problems import documented
from app.http.result_shapes import ResultsView, results_view
from app.http.shapes import Page, Text, page_of, read_cursor
from app.storage.database import Transaction
from app.usecases.authenticate import Caller
from app.usecases.campaign_progress import compare_groups, follow_books, list_recipients, read_books, read_spent
from app.usecases.put_down_events import read_results
from app.usecases.read_phone import read_phone
from app.usecases.send_test import send_test
from app.usecases.track_links import read_campaign_links

router = APIRouter(prefix="/campaigns", tags=["campaigns"])
Reader = Annotated[Caller, caller_with("campaigns:read")]


@router.get("/{campaign_id}/stats", summary="A campaign's books", responses=documented(404))
async def stats(campaign_id: CampaignId, context: ContextDep, caller: Reader) -> BooksView:
    """How many are in the audience, and where each of them is: two counts, kept apart, that must agree."""
    return books_view(await read_books(context.db, workspace_id=caller.workspace_id, campaign_id=campaign_id))


@router.get("/{campaign_id}/recipients", summary="Who is in it, and what became of each", responses=documented(404))
async def recipients(
    campaign_id: CampaignId,
    *,
    context: ContextDep,
    caller: Reader,
    state: Annotated[StateWord | None, Query(description="Only in this state")] = None,
    reason: Annotated[Text | None, Query(max_length=200, description="Only with this reason")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[RecipientView]:
    """By number. Each with its state, its reason, and the decision behind it: which rules objected, why, and until when."""
    filters: dict[str, Any] = {"list": "recipients", "campaign": campaign_id, "state": state, "reason": reason}
    rows = await list_recipients(
        context,
        workspace_id=caller.workspace_id,
        campaign_id=campaign_id,
        after=read_cursor(cursor, filters=filters),
        limit=limit + 1,
        state=_state(state),
        reason=reason,
    )
    return Page(**page_of(list(rows), limit=limit, shape=recipient_view, key=lambda row: row["phone"], filters=filters))


@router.get("/{campaign_id}/links", summary="What it links to, and who followed", responses=documented(404))
async def links(campaign_id: CampaignId, context: ContextDep, caller: Reader) -> LinksView:
    """Each address its texts make short, with its clicks: all, and those that look like a person's.

    Previews and scanners fetch links by themselves, often before anybody has read the text: they are told apart by what they say
    of themselves, by when they come, and by how many people's links they fetch at once.
    """
    rows = await read_campaign_links(context, workspace_id=caller.workspace_id, campaign_id=campaign_id)
    return LinksView(links=[LinkView(**dict(row)) for row in rows])


@router.get("/{campaign_id}/groups", summary="How did each variant do?", responses=documented(404))
async def groups(
    campaign_id: CampaignId,
    context: ContextDep,
    caller: Reader,
    days: Annotated[int, Query(ge=1, le=90, description="How long after a message what its reader did counts")] = 3,
) -> GroupsView:
    """Each variant and the holdout group, side by side: how many are in it, were reached, read, answered, objected and bought.

    What those held out did is counted from the launch. Members the rules kept back stay in their group: that is what makes it
    comparable.
    """
    found = await compare_groups(context, workspace_id=caller.workspace_id, campaign_id=campaign_id, within=timedelta(days=days))
    return GroupsView(days=days, groups=[GroupView(**dict(row)) for row in found])


@router.get("/{campaign_id}/results", summary="What it brought", responses=documented(404))
async def results(campaign_id: CampaignId, context: ContextDep, caller: Reader) -> ResultsView:
    """Clicks, the purchases and other events that are put down to them, and money by currency."""
    return results_view(await read_results(context.db, workspace_id=caller.workspace_id, campaign_id=campaign_id))


@router.get("/{campaign_id}/spending", summary="What has been set aside?", responses=documented(404))
async def spending(campaign_id: CampaignId, context: ContextDep, caller: Reader) -> SpendingView:
    """What its messages hold of its budget: in all, by day and by country. A refused message's comes back within a minute."""
    budget, sums = await read_spent(context, workspace_id=caller.workspace_id, campaign_id=campaign_id)
    return spending_view(budget, sums)


def _state(word: str | None) -> State | None:
    try:
        return None if word is None else State[word.upper()]
    except KeyError as error:
        raise InvalidField(f"no such state: {word}", pointer="/query/state") from error


_STREAM = documented_stream(BooksView, what="the campaign's books", example='{"audience": 1000, ...}')


@router.get(
    "/{campaign_id}/progress",
    summary="Follow a campaign live",
    response_class=StreamingResponse,
    responses={**_STREAM, **documented(404)},
)
async def progress(campaign_id: CampaignId, context: ContextDep, caller: Reader) -> StreamingResponse:
    """Server-sent events: `progress` with the books whenever they change, `end` when the campaign is over.

    A comment every ten seconds keeps the connection alive. Reconnecting is safe: the first event has everything.
    """
    await read_books(context.db, workspace_id=caller.workspace_id, campaign_id=campaign_id)  # 404 before a stream begins
    following = follow_books(context.db, workspace_id=caller.workspace_id, campaign_id=campaign_id)
    return event_stream(following, books_view)


@router.post(
    "/{campaign_id}/test-send",
    status_code=202,
    summary="Send it to a few numbers as a test",
    response_model=TestsView,
    responses=documented(404, 409, 429),
)
async def test_send(
    campaign_id: CampaignId,
    body: TestSendIn,
    caller: Annotated[Caller, caller_with("campaigns:write")],
    posting: PostingDep,
    context: ContextDep,
) -> Response:
    """Real messages to up to ten numbers, now. They need no consent, so send them to your own phones: tests go to 50 in a day.

    A number that is suppressed for the campaign gets none. Tests are in no campaign's books and count against no cap.
    """
    now = context.clock.now()
    phones = [read_phone(text, pointer=f"/body/to/{place}")[0].e164 for place, text in enumerate(body.to)]

    async def work(tx: Transaction) -> TestsView:
        sent = await send_test(
            tx,
            context,
            workspace_id=caller.workspace_id,
            campaign_id=campaign_id,
            to=list(dict.fromkeys(phones)),
            values=body.values,
            now=now,
            actor=caller.actor,
        )
        return TestsView(items=[sent_view(item) for item in sent])

    return await posting.answer(caller, work, status=202)
