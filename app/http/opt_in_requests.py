"""How is consent asked for and confirmed? A request that goes once, its list, and the confirmation by token."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import ConfigDict, Field, JsonValue

from app.domain.errors import Conflict
from app.domain.message import Channel
from app.http.consent_shapes import Brand, Channels, EvidenceField, Topic
from app.http.deps import ContextDep, Cursor, Limit, PostingDep, caller_with
from app.http.ids import ConsentEventId, MessageId, OptInRequestId, SenderId
from app.http.phones import DefaultRegion, Phone, read_phone, read_queried_phone
from app.http.problems import documented
from app.http.shapes import Instant, Page, Shape, Text, View, page_of, read_id_cursor
from app.storage.database import Row, Transaction
from app.usecases.answer_request import answer, request_by_token, requests_of, state_of
from app.usecases.authenticate import Caller
from app.usecases.request_opt_in import OptInRequest, Requested, request_opt_in

router = APIRouter(prefix="/opt-ins", tags=["consent"])
WriterDep = Annotated[Caller, caller_with("consents:write")]

_TOKEN = "Vq3kT0n1xq5m2C8aJr7b-9sYd4eHfLwUzP6oGiNtXcA"  # noqa: S105  # an example
_REQUEST: dict[str, JsonValue] = {
    "phone": "+14155550123",
    "channel": "sms",
    "sender_id": "snd_01jcxf0000e000800000000001",
    "frequency": "About 4 messages a month",
    "evidence": {"url": "https://shop.example/join", "ip": "192.0.2.7"},
}
_ASKED: dict[str, Any] = {
    "id": "oir_01jdd00000e008000000000001",
    "phone": "+14155550123",
    "channels": ["sms"],
    "brand": "",
    "topic": "",
    "state": "asked",
    "asked_at": "2026-11-23T17:00:00Z",
    "expires_at": "2026-11-26T17:00:00Z",
    "answered_at": None,
    "message_id": "msg_01jdd00000e008000000000001",
}


class OptInRequestIn(Shape):
    """Whom to ask, and for what."""

    model_config = ConfigDict(json_schema_extra={"examples": [_REQUEST]})

    phone: Phone
    default_region: DefaultRegion | None = None
    channel: Channel = Field(default=Channel.SMS, description="The sender's channel, on which the request goes")
    channels: Channels | None = Field(default=None, description="The channels agreed to; left out, the one it is asked on")
    sender_id: SenderId
    brand: Brand = Field(default="", description="Whose messages; left out, the workspace's")
    topic: Topic | None = Field(default=None, description="Narrows what is agreed to; left out, marketing as a whole")
    body: Annotated[Text, Field(min_length=1, max_length=480)] | None = Field(
        default=None,
        description="Your own text, which may sell nothing; left out, ours in the person's language, asking for a YES",
    )
    frequency: Annotated[Text, Field(max_length=80)] = Field(default="", description="How often you write, for our text")
    with_link: bool = Field(default=False, description="Put the link to the confirmation page behind the text")
    evidence: Annotated[dict[Annotated[str, Field(min_length=1, max_length=64)], EvidenceField], Field(max_length=20)] = Field(
        default={}, description="What the person did to be asked: the form's `wording`, its `url`, an `ip`"
    )


class OptInRequestView(View):
    """A request for consent."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ASKED]})

    id: OptInRequestId
    phone: str = Field(description="E.164")
    channels: list[Channel]
    brand: str
    topic: str
    state: Literal["asked", "confirmed", "declined", "expired"]
    asked_at: Instant
    expires_at: Instant = Field(description="An answer at or after this instant does nothing")
    answered_at: Instant | None
    message_id: MessageId | None = Field(description="The message that asks")


class OptInRequested(OptInRequestView):
    """A request at its making."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{**_ASKED, "token": _TOKEN, "confirm_url": f"https://tactful.example/confirm/{_TOKEN}"}]}
    )

    token: str | None = Field(
        description="Confirms the request. Shown this once and not kept: an idempotent repeat answers null", examples=[_TOKEN]
    )
    confirm_url: str | None = Field(description="A page on which the person confirms or declines; shown this once")


class ConfirmationIn(Shape):
    """The answer to a request."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"token": _TOKEN, "evidence": {"ip": "192.0.2.7"}}]})

    token: Annotated[str, Field(min_length=20, max_length=100, pattern="^[A-Za-z0-9_-]+$")]
    agrees: bool = Field(default=True, description="false declines")
    evidence: Annotated[dict[Annotated[str, Field(min_length=1, max_length=64)], EvidenceField], Field(max_length=8)] = Field(
        default={}, description="How the person answered on your side: `ip`, `url`, `user_agent`"
    )


class ConfirmationView(View):
    """What the answer came to."""

    phone: str = Field(description="E.164")
    state: Literal["confirmed", "declined", "already"] = Field(description="`already`: answered the same before; nothing changed")
    event_ids: list[ConsentEventId] = Field(description="The lines of the ledger, when it was confirmed just now")
    lacks: list[str] = Field(description="Elements of written consent that the wording does not show; US marketing needs all")


def _view(row: Row, now: datetime) -> OptInRequestView:
    kept = {name: row[name] for name in OptInRequestView.model_fields if name != "state"}
    return OptInRequestView(**kept, state=state_of(row, now))


def _made(body: OptInRequestIn, phone: str, requested: Requested, now: datetime) -> OptInRequested:
    return OptInRequested(
        id=requested.id,
        phone=phone,
        channels=body.channels or [body.channel],
        brand=body.brand,
        topic=body.topic or "",
        state="asked",
        asked_at=now,
        expires_at=requested.expires_at,
        answered_at=None,
        message_id=requested.message.id,
        token=requested.token,
        confirm_url=requested.confirm_url,
    )


def _nothing_waits() -> Conflict:
    detail = "no request waits for this token: its time is over, it was answered otherwise, or it never was one"
    return Conflict(detail, pointer="/body/token", code="consent.double_opt_in_expired")


@router.post(
    "/requests",
    status_code=201,
    summary="Ask for consent (double opt-in)",
    response_model=OptInRequested,
    responses=documented(404, 409),
)
async def request(body: OptInRequestIn, caller: WriterDep, posting: PostingDep, context: ContextDep) -> Response:
    """Sends one message that asks for a YES and sells nothing, and waits for the answer as long as the policy says.

    Until then consent is pending and nothing marketing goes. A reply, the page behind the link, or `/v1/opt-ins/confirmations`
    answers it. While one waits a second one is 409 `consent.double_opt_in_request_once`; so is asking who declined, opted out or
    cannot be reached, with the rule's code.
    """
    now = context.clock.now()
    phone = read_phone(body.phone, default_region=body.default_region)[0].e164

    async def work(tx: Transaction) -> OptInRequested:
        asked = OptInRequest(
            workspace_id=caller.workspace_id,
            phone=phone,
            channel=body.channel,
            channels=body.channels or [body.channel],
            sender_id=body.sender_id,
            brand=body.brand,
            topic=body.topic or "",
            body=body.body or "",
            frequency=body.frequency,
            with_link=body.with_link,
            evidence=body.evidence,
            actor=caller.actor,
            now=now,
        )
        return _made(body, phone, await request_opt_in(tx, context, asked), now)

    return await posting.answer(caller, work, shown_once=("token", "confirm_url"))


@router.get("/requests", summary="List requests for consent", responses=documented())
async def requests(
    context: ContextDep,
    caller: Annotated[Caller, caller_with("consents:read")],
    phone: Annotated[Text | None, Query(max_length=64, description="Only of this number, E.164")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[OptInRequestView]:
    """Newest first, with what became of them. Tokens are never shown."""
    number = None if phone is None else read_queried_phone(phone)
    filters = {"list": "opt_in_requests", "phone": number}
    before, now = read_id_cursor(cursor, filters=filters), context.clock.now()
    rows = await requests_of(context, workspace_id=caller.workspace_id, phone=number, before=before, limit=limit + 1)
    return Page(**page_of(rows, limit=limit, shape=lambda row: _view(row, now), key=lambda row: str(row["id"]), filters=filters))


@router.post(
    "/confirmations",
    status_code=200,
    summary="Confirm or decline a request for consent",
    response_model=ConfirmationView,
    responses=documented(409),
)
async def confirm(body: ConfirmationIn, caller: WriterDep, posting: PostingDep, context: ContextDep) -> Response:
    """Answers a request by its token, for a page or an app of your own.

    409 when no request waits for the token: its time is over, the answer was another, or there never was one.
    """
    now = context.clock.now()

    async def work(tx: Transaction) -> ConfirmationView:
        row = await request_by_token(tx, token=body.token, workspace_id=caller.workspace_id)
        if row is None:
            raise _nothing_waits()
        found = await answer(tx, row, agrees=body.agrees, evidence=body.evidence, actor=caller.actor, source="api", now=now)
        if found.state == "lapsed":
            raise _nothing_waits()
        result = found.result
        return ConfirmationView(
            phone=row["phone"],
            state=found.state,
            event_ids=list(result.event_ids) if result else [],
            lacks=list(result.lacks) if result else [],
        )

    return await posting.answer(caller, work, status=200)
