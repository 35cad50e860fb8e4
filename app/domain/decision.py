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
    """Why a rule objects. `until` is the first instant it would not; None means never, as things stand.

    `awaits` names what somebody has to do before it can go ("a newer file of the registry"): such an objection is a wait without
    an instant, looked at again from time to time.
    """

    rule: str
    source: str
    detail: str
    until: datetime | None = None
    awaits: str = ""

    @property
    def is_final(self) -> bool:
        """Whether it stands for good."""
        return self.until is None and not self.awaits


@dataclass(frozen=True, slots=True)
class Permission:
    """Why something may go that would otherwise be held: the rule that lifts, and what that stands on. It decides nothing."""

    rule: str
    source: str
    detail: str


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer: `until` is set for a wait only, and None even then when nobody knows when what it awaits will be done."""

    verdict: Verdict
    until: datetime | None
    reasons: tuple[Objection, ...]
    permissions: tuple[Permission, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """One reason to object. `code` is stable; `source` is the law or policy it stands on.

    `codes` are all that its objections and permissions may carry, where they are not just its own; one that ends in ".*" has a
    region behind it ("time.emergency_ban.us.la"). `permit` tells why the facts
    are outside the law's reach; it never changes a verdict.
    """

    code: str
    source: str
    judge: Callable[[Facts], Sequence[Objection]]
    codes: tuple[str, ...] = ()
    permit: Callable[[Facts], Sequence[Permission]] | None = None


ALLOW = Decision(Verdict.ALLOW, None, ())


def decide(facts: Facts, rules: Iterable[Rule]) -> Decision:
    """Ask every rule. A never outranks a wait; otherwise T is the first instant at which no rule objects.

    A wait is walked forward: at the latest release found so far every rule is asked again, because a cap may end at night.
    Every rule that objected on the way is reported once, in the order it was first heard. What awaits somebody's act has no T.
    """
    rules = tuple(rules)
    heard: dict[str, Objection] = {}
    at = facts
    for _ in range(_MOST_STEPS):
        objections = [objection for rule in rules for objection in rule.judge(at)]
        for objection in objections:
            heard.setdefault(objection.rule, objection)
        if any(objection.is_final for objection in objections):
            return Decision(Verdict.NEVER, None, tuple(heard.values()))
        instants = [objection.until for objection in objections if objection.until is not None]
        if not instants:
            break
        at = replace(at, now=max(instants))
    else:
        closed = Objection("time.no_opening", "policy", "no instant was found at which every rule is open")
        return Decision(Verdict.NEVER, None, (*heard.values(), closed))
    if not heard:
        permissions = tuple(permission for rule in rules if rule.permit is not None for permission in rule.permit(facts))
        return Decision(Verdict.ALLOW, None, (), permissions) if permissions else ALLOW
    awaited = any(objection.awaits for objection in heard.values())
    return Decision(Verdict.WAIT, None if awaited else at.now, tuple(heard.values()))


def stand_down(decision: Decision) -> tuple[State, str]:
    """How a message closes on a never: expired when it is only too late, else suppressed; and the first such rule's code."""
    final = next(reason for reason in decision.reasons if reason.is_final)
    return (State.EXPIRED if final.rule == TOO_LATE else State.SUPPRESSED), final.rule
