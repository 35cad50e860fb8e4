"""What happens to a contact in a sequence? One step after another: waits, conditions, and messages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

MOST_STEPS = 50
SHORTEST_WAIT, LONGEST_WAIT = 60, 366 * 86_400


class Otherwise(StrEnum):
    """What to do with contacts a condition does not hold for."""

    LEAVE = "leave"
    SKIP_NEXT = "skip_next"


@dataclass(frozen=True, slots=True)
class Wait:
    """Rest for so many seconds."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Condition:
    """Go on only if the rule (of an audience, as JSON) holds for the contact at that moment."""

    rule: Mapping[str, Any]
    otherwise: Otherwise


@dataclass(frozen=True, slots=True)
class Message:
    """Send what a campaign says: a draft made for this step, which begins with the sequence."""

    campaign_id: UUID


Step = Wait | Condition | Message


def steps_json(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """Steps as they are stored."""
    return [_step_json(step) for step in steps]


def _step_json(step: Step) -> dict[str, Any]:
    match step:
        case Wait(seconds):
            return {"wait": seconds}
        case Condition(rule, otherwise):
            return {"condition": dict(rule), "otherwise": otherwise.value}
        case Message(campaign_id):
            return {"campaign": str(campaign_id)}


def read_steps(stored: Sequence[Mapping[str, Any]]) -> tuple[Step, ...]:
    """Stored steps as values."""
    return tuple(_read_step(step) for step in stored)


def _read_step(stored: Mapping[str, Any]) -> Step:
    if "wait" in stored:
        return Wait(stored["wait"])
    if "condition" in stored:
        return Condition(stored["condition"], Otherwise(stored["otherwise"]))
    return Message(UUID(stored["campaign"]))


def campaigns_of(steps: Sequence[Step]) -> tuple[UUID, ...]:
    """The campaigns of the message steps, in order."""
    return tuple(step.campaign_id for step in steps if isinstance(step, Message))
