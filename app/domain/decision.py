"""May this message go? `decide` asks every rule and answers allow, wait until T, or never, with every objection."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from app.domain.facts import Facts
from app.domain.message import State

TOO_LATE = "time.not_after"
_MOST_STEPS = 64  # a wait can land inside another rule's closed time; each step moves forward, a week of odd days needs few


class Verdict(StrEnum):
    """The three answers."""

    ALLOW = "allow"
    WAIT = "wait"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a rule objects. `until` is the first instant it would not; None means never, as things stand."""

    rule: str
    source: str
    detail: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer: `until` is set for a wait only."""

    verdict: Verdict
    until: datetime | None
    reasons: tuple[Objection, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One reason to object. `code` is stable; `source` is the law or policy it stands on.

    `codes` are all that its objections may carry, where they are not just its own.
    """

    code: str
    source: str
    judge: Callable[[Facts], Sequence[Objection]]
    codes: tuple[str, ...] = ()


ALLOW = Decision(Verdict.ALLOW, None, ())


def decide(facts: Facts, rules: Iterable[Rule]) -> Decision:
    """Ask every rule. A never outranks a wait; otherwise T is the first instant at which no rule objects.

    A wait is walked forward: at the latest release found so far every rule is asked again, because a cap may end at night.
    Every rule that objected on the way is reported once, in the order it was first heard.
    """
    rules = tuple(rules)
    heard: dict[str, Objection] = {}
    at = facts
    for _ in range(_MOST_STEPS):
        objections = [objection for rule in rules for objection in rule.judge(at)]
        for objection in objections:
            heard.setdefault(objection.rule, objection)
        if not objections:
            break
        if any(objection.until is None for objection in objections):
            return Decision(Verdict.NEVER, None, tuple(heard.values()))
        at = replace(at, now=max(objection.until for objection in objections if objection.until is not None))
    else:
        closed = Objection("time.no_opening", "policy", "no instant was found at which every rule is open")
        return Decision(Verdict.NEVER, None, (*heard.values(), closed))
    if not heard:
        return ALLOW
    return Decision(Verdict.WAIT, at.now, tuple(heard.values()))


def stand_down(decision: Decision) -> tuple[State, str]:
    """How a message closes on a never: expired when it is only too late, else suppressed; and the first such rule's code."""
    final = next(reason for reason in decision.reasons if reason.until is None)
    return (State.EXPIRED if final.rule == TOO_LATE else State.SUPPRESSED), final.rule
