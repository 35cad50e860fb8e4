"""How does a message look from outside? What may be asked for, and everything that is told of it and of what happened to it."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from app.domain.fallback import LONGEST_WAIT, MOST_HOPS, SHORTEST_WAIT, Hop, Plan, WhenUnsure
from app.domain.message import Channel, Origin, Purpose, State
from app.domain.rich import PLAIN
from app.domain.routing import Because, Strategy
from app.http.about_shapes import BRAND, SUBJECT, TOPIC, Brand, Subject, Topic
from app.http.content_shapes import ContentShape, ContentView
from app.http.ids import CampaignId, ContactId, InboundId, MessageId, ProviderId, ReceiptId, SenderId, SenderPoolId
from app.http.link_shapes import MESSAGE_LINKS, ClickView, LinksShape
from app.http.shapes import Instant, Shape, Text, View
from app.storage.database import Row
from app.usecases.read_phone import DefaultRegion

StateWord = Annotated[str, Field(pattern="^(" + "|".join(state.word for state in State) + ")$", examples=["delivered"])]


AfterSeconds = Annotated[
    int,
    Field(
        ge=SHORTEST_WAIT,
        le=LONGEST_WAIT,
        strict=True,
        description="How long the way before has to deliver; a failure goes on at once",
    ),
]
WHEN_UNSURE = (
    "When a way's time is over and the message may still arrive there: `stay` with it, or `go_on` and risk that the person gets "
    "it twice (`maybe_twice` then says so)"
)


class WayShape(Shape):
    """A way to fall back to: a channel, and what the message goes from there."""

    channel: Channel
    sender_id: SenderId | None = Field(default=None, description="Its channel must be this one's")
    sender_pool_id: SenderPoolId | None = Field(default=None, description="Instead of one sender: it is chosen among these")
    after_seconds: AfterSeconds = 3_600

    @model_validator(mode="after")
    def one_way(self) -> Self:
        """Either a sender or a pool of them."""
        if (self.sender_id is None) == (self.sender_pool_id is None):
            raise ValueError("give a sender_id or a sender_pool_id, and only one of them")
        return self


class HopShape(WayShape):
    """A way to fall back to, and what is said there where that differs."""

    body: Annotated[Text, Field(min_length=1, max_length=1600)] | None = Field(
        default=None, description="The text on this way; the message's own if left out"
    )
    content: ContentShape | None = Field(
        default=None, description="What goes beside the text on this way: that of another is not kept"
    )

    def hop(self) -> Hop:
        """As a value."""
        return Hop(
            channel=self.channel,
            after=self.after_seconds,
            sender_id=self.sender_id,
            pool_id=self.sender_pool_id,
            body=self.body,
            content=self.content.content() if self.content else PLAIN,
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
    sender_id: SenderId | None = Field(default=None, description="What it goes from, of this channel")
    sender_pool_id: SenderPoolId | None = Field(default=None, description="Instead of one sender: it is chosen among these")
    body: Annotated[Text, Field(min_length=1, max_length=1600)] = Field(
        description="The text. What the reader's law wants in it and it lacks is added, as the workspace's policy has it"
    )
    content: ContentShape | None = Field(default=None, description="What goes beside the text; an MMS needs a medium")
    fallback: Annotated[list[HopShape], Field(max_length=MOST_HOPS)] = Field(
        default=[], description="Ways to try in turn when this one fails or is silent. Each is decided anew when its turn comes"
    )
    when_unsure: WhenUnsure = Field(default=WhenUnsure.STAY, description=WHEN_UNSURE)
    brand: Brand = Field(default="", description=BRAND)
    topic: Topic = Field(default="", description=TOPIC)
    subject: Subject = Field(default="", description=SUBJECT)
    ground: Literal["emergency", "user_initiated"] | None = Field(
        default=None,
        description="Why a transactional message may go at any hour: `emergency` (health or safety; kept, logged and limited per "
        "hour) or `user_initiated` (asked for at this moment, such as a one-time code)",
    )
    links: LinksShape | None = Field(default=None, description=MESSAGE_LINKS)
    not_after: Instant | None = Field(default=None, description="Not handed over at or after this instant: too late means never")

    @model_validator(mode="after")
    def one_way(self) -> "MessageIn":
        """Either a sender or a pool of them."""
        if (self.sender_id is None) == (self.sender_pool_id is None):
            raise ValueError("give a sender_id or a sender_pool_id, and only one of them")
        return self

    def plan(self) -> Plan | None:
        """The ways to fall back to; None without any."""
        hops = tuple(hop.hop() for hop in self.fallback)
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


class PassedOverView(View):
    """A sender of the pool that could not be chosen."""

    sender_id: SenderId
    why: str = Field(description="What kept it from being chosen", examples=["route.country", "route.held:provider.account"])


class MovedView(View):
    """A lane the message waited in before."""

    from_sender_id: SenderId
    why: str = Field(examples=["route.held:provider.sender_config"])
    at: datetime


class RouteView(View):
    """Why a message goes from the sender it goes from."""

    pool_id: SenderPoolId
    strategy: Strategy
    because: Because | None = Field(description="null when none of the pool reaches the number")
    share: float = Field(description="Of the messages to this country that are this sender's, by weights")
    passed_over: list[PassedOverView]
    moved: list[MovedView] = Field(default=[], description="Where it waited before, when its sender was held")


class SaidView(View):
    """What was handed over on a way that was left."""

    attempts: int = Field(description="The number of the last attempt on it")
    channel: Channel
    body: str | None
    content: ContentView | None
    parts: int | None


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
    sender_pool_id: SenderPoolId | None = None
    route: RouteView | None = Field(default=None, description="Why a pool chose its sender; null without a pool")
    body: str | None = Field(description="The text as handed over; null until a campaign's message is rendered")
    content: ContentView | None = None
    hop: int = Field(default=0, description="How many ways of its plan were given up")
    said_before: list[SaidView] = Field(default=[], description="What was handed over on those of them that something left on")
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
    route: RouteView | None = Field(default=None, description="Why a pool chose its sender; null without a pool")


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
    clicks: list[ClickView] = Field(description="Who followed its links, people and machines")


def route_view(stored: Mapping[str, Any] | None) -> RouteView | None:
    """A stored choice as the API shows it."""
    if stored is None:
        return None
    passed = [PassedOverView(sender_id=UUID(one["sender_id"]), why=one["why"]) for one in stored["passed_over"]]
    moved = [MovedView(**{**one, "from_sender_id": UUID(one["from_sender_id"])}) for one in stored.get("moved", ())]
    return RouteView(**{**stored, "pool_id": UUID(stored["pool_id"]), "passed_over": passed, "moved": moved})


def attempt_view(row: Row) -> AttemptView:
    """A stored attempt as the API shows it."""
    return AttemptView(**{**dict(row), "route": route_view(row["route"])})


def message_view(row: Row) -> MessageView:
    """A stored message as the API shows it."""
    fields = {
        name: row[name] for name in MessageView.model_fields if name not in {"to", "state", "sender_pool_id", "said_before"}
    }
    fields["said_before"] = (row["plan"] or {}).get("said", [])
    fields["route"] = route_view(row["route"])
    return MessageView(**fields, to=row["phone"], sender_pool_id=row["pool_id"], state=State(row["state"]).word)


def receipt_view(row: Row) -> ReceiptView:
    """A stored receipt as the API shows it."""
    return ReceiptView(**{**dict(row), "state": None if row["state"] is None else State(row["state"]).word})
