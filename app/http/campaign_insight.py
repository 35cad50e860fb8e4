"""What can be known of a campaign, before, while and after it goes? Preflight, test-send, stats, progress, recipients."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import ConfigDict, Field

from app.domain.decision import Verdict
from app.domain.errors import InvalidField
from app.domain.lifecycle import CampaignState
from app.domain.message import State
from app.http.decisions import ReasonView, reasons_view
from app.http.deps import ContextDep, Cursor, Limit, PostingDep, caller_with
from app.http.ids import CampaignId, ContactId, MessageId
from app.http.messages import DecisionKept, StateWord
from app.http.problems import documented
from app.http.shapes import Instant, Page, Shape, Text, View, page_of, read_cursor
from app.storage.database import Row, Transaction
from app.usecases.authenticate import Caller
from app.usecases.campaign_progress import Books, follow_books, list_recipients, read_books
from app.usecases.preflight_campaign import Preflight, preflight_campaign
from app.usecases.read_phone import read_phone
from app.usecases.ready_audiences import ready_audiences
from app.usecases.send_test import TestSent, send_test

router = APIRouter(prefix="/campaigns", tags=["campaigns"])
Reader = Annotated[Caller, caller_with("campaigns:read")]


class BooksView(View):
    """A campaign's books at one instant."""

    state: CampaignState
    audience: int = Field(description="Members, counted as the launch reads them")
    states: dict[str, int] = Field(description="Messages by state", examples=[{"delivered": 940, "suppressed": 60}])
    reasons: dict[str, int] = Field(description="Messages by reason", examples=[{"consent.missing": 60}])
    closed: bool = Field(description="Whether every member is in a final state and the books are closed")
    identity_holds: bool = Field(description="Whether the audience is the sum of the states; it always should")


class RecipientView(View):
    """One member of the audience, and what became of the message."""

    message_id: MessageId
    contact_id: ContactId | None = Field(description="null when the contact is gone")
    phone: str
    state: StateWord
    reason: str
    decision: DecisionKept | None = Field(description="The last time a rule objected: which, why, and until when")
    attempts: int
    updated_at: datetime


class PreflightIn(Shape):
    """For which instant."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"at": "2026-11-27T15:00:00Z"}]})

    at: Instant | None = Field(default=None, description="When it is scheduled, or else now, if left out")


class ObjectionView(View):
    """One rule, and how many members it objects to."""

    rule: str
    source: str
    members: int


class ContentView(View):
    """What the text comes to."""

    sampled: int = Field(description="Members it was rendered for, spread over the audience; all of a small one")
    missing: dict[str, int] = Field(description="Sampled members who lack a value that has no default, by its name")
    incomplete: int = Field(description="Sampled members who would get no text for want of a value")
    too_long: int = Field(description="Sampled members whose text no carrier would take")
    parts_min: int
    parts_typical: int
    parts_max: int
    parts_total: int = Field(description="Estimated for everyone who would get it, now or later")


class ShownObjection(View):
    """One member as an example of many who are decided alike."""

    phone: str
    verdict: Verdict
    until: datetime | None
    reasons: list[ReasonView]


class PreflightView(View):
    """What would happen if it went at that instant."""

    at: datetime
    audience: int
    verdicts: dict[Verdict, int]
    objections: list[ObjectionView]
    waits_from: datetime | None = Field(description="When the first of those who must wait could go")
    waits_until: datetime | None = Field(description="When the last of them could")
    content: ContentView
    sample: list[ShownObjection]


class TestSendIn(Shape):
    """To whom."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"to": ["+12125550142"], "values": {"first_name": "Maya"}}]})

    to: Annotated[list[Annotated[Text, Field(min_length=1, max_length=64)]], Field(min_length=1, max_length=10)]
    values: Annotated[dict[str, Any], Field(max_length=200)] = Field(
        default_factory=dict, description="Over the values of the number's own contact, if there is one"
    )


class TestSentView(View):
    """What became of one test."""

    to: str
    message_id: MessageId | None = Field(description="null when the number is suppressed")
    state: StateWord
    reason: str
    body: str
    parts: int


class TestsView(View):
    """What became of each test."""

    items: list[TestSentView]


def _books_view(books: Books) -> BooksView:
    return BooksView(
        state=books.campaign_state,
        audience=books.audience,
        states=books.states,
        reasons=books.reasons,
        closed=books.closed,
        identity_holds=books.identity_holds,
    )


def _recipient_view(row: Row) -> RecipientView:
    fields = {name: row[name] for name in RecipientView.model_fields if name not in {"message_id", "state"}}
    return RecipientView(**fields, message_id=row["id"], state=State(row["state"]).word)


def _preflight_view(found: Preflight) -> PreflightView:
    content = found.content
    return PreflightView(
        at=found.at,
        audience=found.audience,
        verdicts=found.verdicts,
        objections=[ObjectionView(rule=rule, source=source, members=count) for rule, source, count in found.objections],
        waits_from=found.first_until,
        waits_until=found.last_until,
        content=ContentView(
            sampled=content.sampled,
            missing=content.missing,
            incomplete=content.incomplete,
            too_long=content.too_long,
            parts_min=content.fewest,
            parts_typical=content.typical,
            parts_max=content.most,
            parts_total=content.total,
        ),
        sample=[
            ShownObjection(phone=phone, verdict=decision.verdict, until=decision.until, reasons=reasons_view(decision))
            for phone, decision in found.shown
        ],
    )


def _sent_view(sent: TestSent) -> TestSentView:
    return TestSentView(
        to=sent.to,
        message_id=sent.message_id,
        state=sent.state.word,
        reason=sent.reason,
        body=sent.body,
        parts=sent.parts,
    )


@router.get("/{campaign_id}/stats", summary="A campaign's books", responses=documented(404))
async def stats(campaign_id: CampaignId, context: ContextDep, caller: Reader) -> BooksView:
    """How many are in the audience, and where each of them is: two counts, kept apart, that must agree."""
    return _books_view(await read_books(context.db, workspace_id=caller.workspace_id, campaign_id=campaign_id))


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
    return Page(**page_of(list(rows), limit=limit, shape=_recipient_view, key=lambda row: row["phone"], filters=filters))


def _state(word: str | None) -> State | None:
    try:
        return None if word is None else State[word.upper()]
    except KeyError as error:
        raise InvalidField(f"no such state: {word}", pointer="/query/state") from error


_EVENT = {
    "type": "object",
    "properties": {
        "event": {"type": "string", "enum": ["progress", "end"]},
        "data": {
            "type": "string",
            "contentMediaType": "application/json",
            "contentSchema": {"$ref": "#/components/schemas/BooksView"},
        },
    },
}
_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "`progress` events with the campaign's books, then one `end`; the schema is that of one event",
        "content": {"text/event-stream": {"schema": _EVENT}},
    }
}


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
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_events(following), media_type="text/event-stream", headers=headers)


async def _events(following: AsyncIterator[Books | None]) -> AsyncIterator[bytes]:
    data = b"{}"
    async for books in following:
        if books is None:
            yield b": still here\n\n"
            continue
        data = orjson.dumps(_books_view(books).model_dump(mode="json"))
        yield b"event: progress\ndata: " + data + b"\n\n"
    yield b"event: end\ndata: " + data + b"\n\n"


@router.post(
    "/{campaign_id}/preflight",
    status_code=200,
    summary="What would happen?",
    response_model=PreflightView,
    responses=documented(404, 409),
)
async def preflight(
    campaign_id: CampaignId, body: PreflightIn, caller: Reader, posting: PostingDep, context: ContextDep
) -> Response:
    """Decides the whole audience for an instant with the rules of the hand-over, and writes nothing.

    Who would get it, who would wait and until when, who never and why; how many parts; who lacks a value.
    """
    now = context.clock.now()
    await ready_audiences(context.db)

    async def work(tx: Transaction) -> PreflightView:
        found = await preflight_campaign(
            tx, context, workspace_id=caller.workspace_id, campaign_id=campaign_id, at=body.at, now=now
        )
        return _preflight_view(found)

    return await posting.answer(caller, work, status=200)


@router.post(
    "/{campaign_id}/test-send",
    status_code=202,
    summary="Send it to a few numbers as a test",
    response_model=TestsView,
    responses=documented(404, 409),
)
async def test_send(
    campaign_id: CampaignId,
    body: TestSendIn,
    caller: Annotated[Caller, caller_with("campaigns:write")],
    posting: PostingDep,
    context: ContextDep,
) -> Response:
    """Real messages to up to ten numbers, now. They need no consent, so send them to your own phones.

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
        return TestsView(items=[_sent_view(item) for item in sent])

    return await posting.answer(caller, work, status=202)
