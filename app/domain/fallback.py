"""Which way does a message go next when one failed? Its plan: the channels and senders it falls back to, each with its time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from app.domain.delivery import ErrorClass
from app.domain.message import Channel

MOST_HOPS = 3
SHORTEST_WAIT, LONGEST_WAIT = 30, 7 * 86_400
"""Seconds a way may have before the next one is tried."""

# A person or a register said no, or the text was not wanted: another channel would only say it again.
_FINAL = frozenset({ErrorClass.OPTED_OUT, ErrorClass.BLOCKED, ErrorClass.SPAM_FILTERED, ErrorClass.EXPIRED, ErrorClass.DUPLICATE})
FALLS = ("", "provider.unreachable", "provider.absent", *sorted(f"provider.{error}" for error in set(ErrorClass) - _FINAL))
"""Reasons of a failed message after which its plan goes on; a carrier that gave no reason gives ""."""


class WhenUnsure(StrEnum):
    """What to do when a way's time is over and it cannot be excluded that the message still arrives there."""

    STAY = "stay"
    GO_ON = "go_on"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One way to fall back to, `after` so many seconds without delivery on the way before."""

    channel: Channel
    sender_id: UUID
    after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The ways after the first, in order."""

    hops: tuple[Hop, ...]
    when_unsure: WhenUnsure = WhenUnsure.STAY


def plan_json(plan: Plan | None) -> dict[str, Any] | None:
    """A plan as it is stored."""
    if plan is None or not plan.hops:
        return None
    hops = [{"channel": hop.channel.value, "sender_id": str(hop.sender_id), "after": hop.after} for hop in plan.hops]
    return {"hops": hops, "when_unsure": plan.when_unsure.value}


def read_plan(stored: Mapping[str, Any] | None) -> Plan | None:
    """A stored plan as a value."""
    if not stored:
        return None
    return Plan(hops=_hops(stored["hops"]), when_unsure=WhenUnsure(stored["when_unsure"]))


def _hops(stored: Sequence[Mapping[str, Any]]) -> tuple[Hop, ...]:
    return tuple(
        Hop(channel=Channel(hop["channel"]), sender_id=UUID(hop["sender_id"]), after=int(hop["after"])) for hop in stored
    )
