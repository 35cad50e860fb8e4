"""What can be done with single messages? Send one, look at its timeline, list, cancel while it has not left."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import ConfigDict, Field

from app.domain.errors import InvalidField
from app.domain.facts import Ground
from app.domain.fallback import LONGEST_WAIT, MOST_HOPS, SHORTEST_WAIT, Hop, Plan, WhenUnsure
from app.domain.message import Channel, Origin, Purpose, State
from app.domain.rich import PLAIN
from app.http.about_shapes import BRAND, SUBJECT, TOPIC, Brand, Subject, Topic
from app.http.content_shapes import ContentShape, ContentView
from app.http.deps import ContextDep, Cursor, Limit, PostingDep, caller_with
from app.http.ids import CampaignId, ContactId, InboundId, MessageId, ProviderId, ReceiptId, SenderId
from app.http.problems import documented
from app.http.shapes import Instant, Page, Shape, Text, View, page_of, read_id_cursor
from app.storage.database import Row, Transaction
from app.usecases.accept_message import AcceptMessage, accept_message
from app.usecases.authenticate import Caller
from app.usecases.read_messages import cancel_message, list_messages, read_message
from app.usecases.read_phone import DefaultRegion, read_phone

router = APIRouter(prefix="/messages", tags=["messages"])
StateWord = Annotated[str, Field(pattern="^(" + "|".join(state.word for state in State) + ")$", examples=["delivered"])]


class HopShape(Shape):
    """A way to fall back to."""

    channel: Channel
    sender_id: SenderId = Field(description="Its channel must be this one's")
    after_seconds: Annotated[int, Field(ge=SHORTEST_WAIT, le=LONGEST_WAIT, strict=True)] = Field(
        default=3_600, description="How long the way before has to deliver; a failure goes on at once"
    )


class MessageIn(Shape):
    """One message to one person."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "to": "+12125550142",
                    "channel": "sms",
                    "purpose": "transactional",
                    "sender_id": "snd_01jcxf0000e000800000000001",
                    "body": "Your order has been shipped.",
                }
            ]
        }
    )

    to: Annotated[Text, Field(min_length=1, max_length=64, description="E.164, or national with `default_region`")]
    default_region: DefaultRegion | None = None
    channel: Channel = Channel.SMS
    purpose: Purpose = Field(description="`marketing` needs consent and keeps hours and caps; `transactional` does not")
    sender_id: SenderId
    body: Annotated[Text, Field(min_length=1, max_length=1600)] = Field(
        description="The text. What the reader's law wants in it and it lacks is added, as the workspace's policy has it"
    )
    content: ContentShape | None = Field(default=None, description="What goes beside the text; an MMS needs a medium")
    fallback: Annotated[list[HopShape], Field(max_length=MOST_HOPS)] = Field(
        default=[], description="Ways to try in turn when this one fails or is silent. Each is decided anew when its turn comes"
    )
    when_unsure: WhenUnsure = Field(
        default=WhenUnsure.STAY,
        description="When a way's time is over and the message may still arrive there: `stay` with it, or `go_on` and risk that "
        "the person gets it twice (`maybe_twice` then says so)",
    )
    brand: Brand = Field(default="", description=BRAND)
    topic: Topic = Field(default="", description=TOPIC)
    subject: Subject = Field(default="", description=SUBJECT)
    ground: Literal["emergency", "user_initiated"] | None = Field(
        default=None,
        description="Why a transactional message may go at any hour: `emergency` (health or safety; kept, logged and limited per "
        "hour) or `user_initiated` (asked for at this moment, such as a one-time code)",
    )
    not_after: Instant | None = Field(default=None, description="Not handed over at or after this instant: too late means never")

    def plan(self) -> Plan | None:
        """The ways to fall back to; None without any."""
        hops = tuple(Hop(channel=hop.channel, sender_id=hop.sender_id, after=hop.after_seconds) for hop in self.fallback)
        return Plan(hops=hops, when_unsure=self.when_unsure) if hops else None


class DecisionKept(View):
    """The last decision taken of the message, and what it rests on."""

    verdict: str
    at: datetime
    until: datetime | None = None
    reasons: list[dict[str, Any]]
    permissions: list[dict[str, Any]] = Field(default=[], description="Why it may go although a law would hold it otherwise")
    book: str = Field(default="", description="A fingerprint of the rules that decided", examples=["5f0c1d2e3a4b"])
    zones: str = Field(default="", description="The version of the time-zone data", examples=["2026b"])
    earlier: list[dict[str, Any]] = Field(default=[], description="Decisions before it that held the message back, eight at most")


class MessageView(View):
    """A message and where it stands."""

    id: MessageId
    to: str
    channel: Channel
    purpose: Purpose
    origin: Origin
    state: StateWord
    reason: str = Field(description="Why it is in this state, when that is not plain", examples=["consent.missing"])
    campaign_id: CampaignId | None
    contact_id: ContactId | None
    sender_id: SenderId
    body: str | None = Field(description="The text as handed over; null until a campaign's message is rendered")
    content: ContentView | None = None
    hop: int = Field(default=0, description="How many ways of its plan were given up")
    maybe_twice: bool = Field(default=False, description="An earlier way was left although it could still have delivered")
    parts: int | None
    decision: DecisionKept | None
    attempts: int
    due_at: datetime
    not_after: datetime | None
    handed_over_at: datetime | None
    created_at: datetime
    updated_at: datetime


class AttemptView(View):
    """One hand-over."""

    number: int
    provider_id: ProviderId
    sender_id: SenderId
    channel: Channel
    answered_by: Literal["human", "machine", "fax", "unknown"] | None = Field(description="Who took a call, where that was told")
    duration: int | None = Field(description="A call's length in seconds, the longest told")
    outcome: str = Field(examples=["accepted"])
    provider_message_id: str | None
    error_class: str | None
    error_code: str | None
    detail: str | None
    handed_over_at: datetime
    answered_at: datetime | None


class ReceiptView(View):
    """What the carrier said once."""

    id: ReceiptId
    attempt_number: int | None
    raw_status: str
    state: StateWord | None
    error_class: str | None
    error_code: str | None
    occurred_at: datetime | None
    received_at: datetime
    copies: int
    recipient: str | None = Field(description="E.164, where the carrier names who it speaks of", examples=["+12125550142"])
    answered_by: str | None
    duration: int | None
    price: Decimal | None = Field(description="What the message cost, as the carrier told it", examples=["0.0079"])
    currency: str | None = Field(description="ISO 4217", examples=["USD"])


class MediumView(View):
    """A file a person sent, where the carrier keeps it."""

    url: str
    content_type: str
    size: int | None = Field(description="Bytes, where that was told")


class AnswerView(View):
    """What the person said in answer to the message: a text, a tap on a suggestion, or keys pressed in a call."""

    id: InboundId
    kind: Literal["text", "tap", "keys", "notice"]
    channel: Channel
    to_address: str = Field(description="The sender it was said to")
    body: str = Field(description="The text, the tapped suggestion, or the keys; empty once it is not kept any more")
    payload: str | None = Field(description="A tap's postback")
    keyword: str = Field(description="How it was read", examples=["none"])
    media: list[MediumView]
    received_at: datetime
    copies: int


class TimelineView(View):
    """A message with everything that happened to it."""

    message: MessageView
    attempts: list[AttemptView]
    receipts: list[ReceiptView]
    events: list[AnswerView] = Field(description="What the person answered, where the carrier says which message it answers")


def message_view(row: Row) -> MessageView:
    """A stored message as the API shows it."""
    fields = {name: row[name] for name in MessageView.model_fields if name not in {"to", "state"}}
    return MessageView(**fields, to=row["phone"], state=State(row["state"]).word)


def _receipt_view(row: Row) -> ReceiptView:
    return ReceiptView(**{**dict(row), "state": None if row["state"] is None else State(row["state"]).word})


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
            body=body.body,
            origin=Origin.API,
            content=body.content.content() if body.content else PLAIN,
            plan=body.plan(),
            not_after=body.not_after,
            brand=body.brand,
            topic=body.topic,
            subject=body.subject,
            ground=Ground(body.ground or ""),
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
    """The message, every attempt to hand it over, every receipt as it came, and what the person answered."""
    timeline = await read_message(context.db, workspace_id=caller.workspace_id, message_id=message_id)
    return TimelineView(
        message=message_view(timeline.message),
        attempts=[AttemptView(**dict(row)) for row in timeline.attempts],
        receipts=[_receipt_view(row) for row in timeline.receipts],
        events=[AnswerView(**dict(row)) for row in timeline.answers],
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
