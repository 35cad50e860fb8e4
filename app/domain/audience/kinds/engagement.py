"""What did we send to a contact, and what came of it? Messages that left, arrived and were read, replies, and clicks."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.domain.audience.facts import ContactFacts, TouchHeld, within
from app.domain.audience.fields import Field, Range, days, id_of, in_range, number_range, one_of
from app.domain.audience.kind import Kind
from app.domain.audience.kinds.behaviour import ONCE
from app.domain.audience.tree import Leaf
from app.domain.message import Channel, State

SENT = "sent"
STATES: dict[str, tuple[State, ...] | None] = {
    "messaged": None,
    "received": (State.SUBMITTED, State.SENT, State.UNCONFIRMED, State.DELIVERED, State.READ),
    "delivered": (State.DELIVERED, State.READ),
    "read": (State.READ,),
}
"""Of messages that were handed over, the states that count; None is whatever became of it."""
OTHERS = ("replied", "clicked")
"""What a contact did about messages; each is a kind of touch of its own."""
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Engagement(Leaf):
    """Messages that were handed over (in the last so many days) and came so far, or what was done about them; at least one."""

    engagement: str
    last_days: int | None = None
    count: Range | None = None
    channel: str | None = None
    campaign: UUID | None = None


def touch_kind(engagement: str) -> str:
    """Which kind of touch it is about."""
    return SENT if engagement in STATES else engagement


def _counts(leaf: Engagement, touch: TouchHeld, contact: ContactFacts) -> bool:
    states = STATES.get(leaf.engagement)
    return (
        touch.what == touch_kind(leaf.engagement)
        and within(touch.at, contact.now, leaf.last_days)
        and (states is None or touch.state in states)
        and leaf.channel in {None, touch.channel}
        and leaf.campaign in {None, touch.campaign_id}
    )


def _counted(leaf: Engagement, contact: ContactFacts) -> list[TouchHeld]:
    return [touch for touch in contact.touches if _counts(leaf, touch, contact)]


def _actual(leaf: Engagement, contact: ContactFacts) -> dict[str, Any]:
    counted = _counted(leaf, contact)
    latest = sorted(counted, key=lambda touch: touch.at, reverse=True)[:_SHOWN]
    return {"count": len(counted), "latest": [{"at": touch.at, "channel": touch.channel} for touch in latest]}


KINDS = (
    Kind(
        node=Engagement,
        says=(
            "`messaged` (something was handed over, whatever became of it), `received` (and nothing says it did not arrive), "
            "`delivered`, `read`, `replied` or `clicked` (followed a link of one, no machine), at least once; in the "
            "`last_days`, bounds on the `count`, on a `channel`, of a `campaign`. A message counts at the time it was handed "
            "over; not messaged is `not`"
        ),
        fields=(
            Field(name="engagement", value=one_of(*STATES, *OTHERS), needed=True),
            Field(name="count", value=number_range(whole=True, least=0, most=1_000_000)),
            Field(name="channel", value=one_of(*Channel), word="on"),
            Field(name="campaign", value=id_of("campaign"), word="of"),
            Field(name="last_days", value=days(), word="last", unit="days"),
        ),
        holds=lambda leaf, contact: in_range(len(_counted(leaf, contact)), leaf.count or ONCE),
        actual=_actual,
    ),
)
