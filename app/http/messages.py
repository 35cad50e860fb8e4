"""What can be done with single messages? Send one, look at its timeline, list, cancel while it has not left."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from app.domain.errors import InvalidField
from app.domain.facts import Ground
from app.domain.message import Origin, State
from app.domain.rich import PLAIN
from app.http.deps import ContextDep, Cursor, Limit, PostingDep, caller_with
from app.http.ids import CampaignId, MessageId
from app.http.link_shapes import ClickView
from app.http.message_shapes import (
    AnswerView,
    MessageIn,
    MessageView,
    StateWord,
    TimelineView,
    attempt_view,
    message_view,
    receipt_view,
)
from app.http.problems import documented
from app.http.shapes import Page, Text, page_of, read_id_cursor
from app.storage.database import Transaction
from app.usecases.accept_message import AcceptMessage, accept_message
from app.usecases.authenticate import Caller
from app.usecases.read_messages import cancel_message, list_messages, read_message
from app.usecases.read_phone import read_phone

router = APIRouter(prefix="/messages", tags=["messages"])


def _state(word: str | None) -> State | None:
    if word is None:
        return None
    try:
        return State[word.upper()]
    except KeyError as error:
        raise InvalidField(f"no such state: {word}", pointer="/query/state") from error


@router.post("", summary="Send one message", status_code=201, response_model=MessageView, responses=documented(404, 409, 429))
async def send_message(
    body: MessageIn, context: ContextDep, posting: PostingDep, caller: Annotated[Caller, caller_with("messages:write")]
) -> Response:
    """Takes one message on: queued now, queued for when the rules open, or closed at once with its reason.

    A message that may never go is not an error: it exists, `suppressed` or `expired`, and its decision says why. Use an
    Idempotency-Key, and a repeat after a lost answer sends nothing twice. 429 after a hundred emergencies in an hour.
    """
    now = context.clock.now()
    number, _ = read_phone(body.to, default_region=body.default_region, pointer="/body/to")

    async def work(tx: Transaction) -> MessageView:
        command = AcceptMessage(
            workspace_id=caller.workspace_id,
            to=number.e164,
            channel=body.channel,
            purpose=body.purpose,
            sender_id=body.sender_id,
            pool_id=body.sender_pool_id,
            body=body.body,
            origin=Origin.API,
            content=body.content.content() if body.content else PLAIN,
            plan=body.plan(),
            not_after=body.not_after,
            brand=body.brand,
            topic=body.topic,
            subject=body.subject,
            ground=Ground(body.ground or ""),
            links=body.links.model_dump() if body.links else None,
            now=now,
            actor=caller.actor,
        )
        accepted = await accept_message(tx, context, command)
        return message_view(accepted.row)

    return await posting.answer(caller, work)


@router.get("", summary="List messages", responses=documented())
async def list_all(
    context: ContextDep,
    caller: Annotated[Caller, caller_with("messages:read")],
    *,
    to: Annotated[Text | None, Query(max_length=64, description="Only to this number, in E.164")] = None,
    state: Annotated[StateWord | None, Query(description="Only in this state")] = None,
    campaign_id: Annotated[CampaignId | None, Query(description="Only of this campaign")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[MessageView]:
    """Every message of the workspace, campaigns' too, newest first."""
    filters = {"to": to, "state": state, "campaign_id": campaign_id}
    before = read_id_cursor(cursor, filters=filters)
    rows = await list_messages(
        context.db,
        workspace_id=caller.workspace_id,
        before=before,
        limit=limit + 1,
        phone=to,
        state=_state(state),
        campaign_id=campaign_id,
    )
    return Page(**page_of(rows, limit=limit, shape=message_view, key=lambda row: str(row["id"]), filters=filters))


@router.get("/{message_id}", summary="A message with its timeline", responses=documented(404))
async def get_message(
    message_id: Annotated[MessageId, Path()], context: ContextDep, caller: Annotated[Caller, caller_with("messages:read")]
) -> TimelineView:
    """The message, every attempt to hand it over, every receipt as it came, what was answered, and who followed its links."""
    timeline = await read_message(context.db, workspace_id=caller.workspace_id, message_id=message_id)
    return TimelineView(
        message=message_view(timeline.message),
        attempts=[attempt_view(row) for row in timeline.attempts],
        receipts=[receipt_view(row) for row in timeline.receipts],
        events=[AnswerView(**dict(row)) for row in timeline.answers],
        clicks=[ClickView(**dict(row)) for row in timeline.clicks],
    )


@router.post(
    "/{message_id}/cancel",
    summary="Cancel a message",
    responses=documented(404, 409),
    response_model=MessageView,
    status_code=200,
)
async def cancel_one(
    message_id: Annotated[MessageId, Path()],
    context: ContextDep,
    posting: PostingDep,
    caller: Annotated[Caller, caller_with("messages:write")],
) -> Response:
    """Stops a message that has not left yet, a claimed one too. 409 when it is beyond recall or closed."""
    now = context.clock.now()

    async def work(tx: Transaction) -> MessageView:
        return message_view(await cancel_message(tx, workspace_id=caller.workspace_id, message_id=message_id, now=now))

    return await posting.answer(caller, work, status=200)
