"""Which way does a message go next when one failed? Its plan: the channels and senders it falls back to, each with its time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from app.domain.delivery import ErrorClass
from app.domain.message import Channel
from app.domain.rich import PLAIN, Content, content_json, read_content

MOST_HOPS = 3
SHORTEST_WAIT, LONGEST_WAIT = 30, 7 * 86_400
"""Seconds a way may have before the next one is tried."""

# A person or a register said no, or the text was not wanted: another channel would only say it again.
_FINAL = frozenset({ErrorClass.OPTED_OUT, ErrorClass.BLOCKED, ErrorClass.SPAM_FILTERED, ErrorClass.EXPIRED, ErrorClass.DUPLICATE})
FALLS = (
    "",
    "provider.unreachable",
    "provider.absent",
    "route.none",
    *sorted(f"provider.{error}" for error in set(ErrorClass) - _FINAL),
)
"""Reasons of a failed message after which its plan goes on; a carrier that gave no reason gives ""."""


class WhenUnsure(StrEnum):
    """What to do when a way's time is over and it cannot be excluded that the message still arrives there."""

    STAY = "stay"
    GO_ON = "go_on"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One way to fall back to, `after` so many seconds without delivery on the way before.

    It goes from a sender, or from the one a pool chooses. What it says is the message's own text, or its `body` and `content`; in
    a campaign it is a version of a template.
    """

    channel: Channel
    after: int
    sender_id: UUID | None = None
    pool_id: UUID | None = None
    body: str | None = None
    content: Content = PLAIN
    template_id: UUID | None = None
    template_version: int | None = None
    place: int | None = None
    """Which of its campaign's ways it is, counted from 1, where some of them were left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The ways after the first, in order."""

    hops: tuple[Hop, ...]
    when_unsure: WhenUnsure = WhenUnsure.STAY

    def changes_family(self, channel: Channel) -> bool:
        """Whether a later way is a call and the first a text, or the reverse: what is refused to one may be open to the other."""
        return any((hop.channel is Channel.VOICE) != (channel is Channel.VOICE) for hop in self.hops)


Chosen = tuple[UUID, Any]
"""The sender a way goes from, and why a pool chose it (JSON values), None without a pool."""


def plan_json(plan: Plan | None, chosen: Sequence[Chosen] = ()) -> dict[str, Any] | None:
    """A plan as it is stored: of a campaign as it was given, of a message with the sender `chosen` for each of its ways."""
    if plan is None or not plan.hops:
        return None
    sides: Sequence[Chosen | None] = chosen or [None] * len(plan.hops)
    hops = [_hop_json(hop, side) for hop, side in zip(plan.hops, sides, strict=True)]
    return {"hops": hops, "when_unsure": plan.when_unsure.value}


def _hop_json(hop: Hop, chosen: Chosen | None) -> dict[str, Any]:
    sender_id, route = chosen or (hop.sender_id, None)
    fields: dict[str, Any] = {
        "channel": hop.channel.value,
        "after": hop.after,
        "sender_id": None if sender_id is None else str(sender_id),
        "pool_id": None if hop.pool_id is None else str(hop.pool_id),
        "route": route,
        "body": hop.body,
        "content": content_json(hop.content),
        "template_id": None if hop.template_id is None else str(hop.template_id),
        "template_version": hop.template_version,
        "place": hop.place,
    }
    return {name: value for name, value in fields.items() if value is not None}


def read_plan(stored: Mapping[str, Any] | None) -> Plan | None:
    """A stored plan as a value."""
    if not stored:
        return None
    return Plan(hops=tuple(map(_read_hop, stored["hops"])), when_unsure=WhenUnsure(stored["when_unsure"]))


def _read_hop(stored: Mapping[str, Any]) -> Hop:
    def named(field: str) -> UUID | None:
        return UUID(stored[field]) if field in stored else None

    return Hop(
        channel=Channel(stored["channel"]),
        after=int(stored["after"]),
        sender_id=named("sender_id"),
        pool_id=named("pool_id"),
        body=stored.get("body"),
        content=read_content(stored.get("content")),
        template_id=named("template_id"),
        template_version=stored.get("template_version"),
        place=stored.get("place"),
    )


def place_of(stored: Mapping[str, Any] | None, hop: int) -> int:
    """Which of its campaign's ways a message is on that has given up `hop` of its own: 0 is the campaign's own."""
    return int(stored["hops"][hop - 1].get("place", hop)) if stored and hop else 0
