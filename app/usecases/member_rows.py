"""What does a member's row say? Its kind (what was decided), its side (from whom, which text, which ways), and when it is due."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from app.clock import new_ids
from app.domain.decision import Decision, Verdict, stand_down
from app.domain.message import State
from app.domain.pace import PASSED, too_late_there
from app.domain.routing import Choice
from app.domain.split import HELD_OUT, held_out
from app.storage.launching import Launch
from app.usecases.decide_alike import Decider
from app.usecases.decision_log import Book, DecisionLog
from app.usecases.route import Pool
from app.usecases.settling import AWAITED_AGAIN

Written = tuple[UUID, UUID, str, int, int, datetime | None]
"""A member's row: message, contact, phone, kind, side, and when its turn comes (None: at once)."""
_Side = tuple[UUID, str | None, str | None, str]
_Kind = tuple[int, int, str, str, str, datetime]


class Kinds:
    """What becomes of members, made once for all who have the same decision."""

    def __init__(self, book: Book, now: datetime) -> None:
        self._now = now
        self._log = DecisionLog(book, at=now)
        self._known: dict[int, tuple[int, Decision]] = {}
        self._unreachable: dict[int, tuple[int, Decision]] = {}
        self.rows: list[_Kind] = []

    def of(self, decision: Decision) -> int:
        """The kind of this decision."""
        known = self._known.get(id(decision))
        if known is None:
            known = self._known[id(decision)] = (len(self.rows), decision)  # the decision is held: its id stays its own
            self.rows.append((known[0], *self._settle(decision)))
        return known[0]

    def unreachable(self, decision: Decision) -> int:
        """The kind of a member that no sender of the pool reaches; what the rules say comes first."""
        if decision.verdict is Verdict.NEVER:
            return self.of(decision)
        known = self._unreachable.get(id(decision))
        if known is None:
            kept = self._log.of(decision)
            known = self._unreachable[id(decision)] = (len(self.rows), decision)
            self.rows.append((known[0], State.REJECTED, "route.none", kept.json, kept.objected, self._now))
        return known[0]

    def falling(self, *, changes_family: bool) -> set[int]:
        """The kinds that may find another way: none reaches them, or a rule refused what it may allow to the other family."""
        return {
            kind
            for kind, state, reason, *_ in self.rows
            if reason == "route.none" or (changes_family and state == State.SUPPRESSED and reason not in {HELD_OUT, PASSED})
        }

    def _settle(self, decision: Decision) -> tuple[int, str, str, str, datetime]:
        """(state, reason, decision JSON, codes that objected, due at)."""
        kept = self._log.of(decision)
        if decision.verdict is Verdict.NEVER:
            return (*stand_down(decision), kept.json, kept.objected, self._now)
        awaited = decision.verdict is Verdict.WAIT and decision.until is None
        due_at = self._now + AWAITED_AGAIN if awaited else decision.until or self._now
        return State.QUEUED, "", kept.json, kept.objected, due_at


class Sides:
    """From which sender members are written, and how they fall back: as the campaign has it, or as pools choose for each."""

    def __init__(
        self, sender_id: UUID, pool: Pool | None, choices: Mapping[str, Choice], plans: Mapping[str, str | None]
    ) -> None:
        self._pool = pool
        self._choices = choices
        self._plans = plans
        self._known: dict[_Side, int] = {}
        self._lead = sender_id
        self.rows: list[tuple[int, UUID, str | None, str | None, str]] = []

    def of(self, phone: str, variant: str) -> tuple[int, bool]:
        """The side of this number with a variant, and whether a sender reaches it."""
        choice = self._choices.get(phone)
        if self._pool is None or choice is None:
            return self._side((self._lead, None, self._plans.get(phone), variant)), True
        side = (choice.sender_id or self._lead, self._pool.route_json(choice), self._plans.get(phone), variant)
        return self._side(side), choice.sender_id is not None

    def _side(self, side: _Side) -> int:
        found = self._known.get(side)
        if found is None:
            found = self._known[side] = len(self.rows)
            self.rows.append((found, *side))
        return found


class Turns:
    """Which text each member gets, and when; or that there is none for it, and why."""

    def __init__(self, launch: Launch) -> None:
        self._launch = launch
        self._held_out = held_out()
        self._too_late = too_late_there()

    def of(self, phone: str, facts: Mapping[str, Any]) -> tuple[str, datetime | None, Decision | None]:
        """(variant, due at, a decision that stands before the rules')."""
        variant = self._launch.split.of(self._launch.campaign_id, phone)
        if variant is None:
            return "", None, self._held_out
        if self._launch.pace.is_plain:
            return variant, None, None
        zones = (facts["time_zone"],) if facts["time_zone"] else facts["zones"]
        key = str(self._launch.campaign_id)
        due_at = self._launch.pace.due_at(key=key, phone=phone, zones=zones, now=self._launch.launched_at)
        return variant, due_at, self._too_late if due_at is None else None


def written_rows(
    page: Sequence[tuple[UUID, str]],
    facts: Mapping[str, Mapping[str, Any]],
    decider: Decider,
    *,
    kinds: Kinds,
    sides: Sides,
    turns: Turns,
) -> list[Written]:
    """The rows of one page of members (contact, phone)."""
    rows: list[Written] = []
    for (contact_id, phone), message_id in zip(page, new_ids(len(page)), strict=True):
        variant, due_at, settled = turns.of(phone, facts[phone])
        side, reached = sides.of(phone, variant)
        decision = settled or decider.decide(facts[phone])
        kind = kinds.of(decision) if reached else kinds.unreachable(decision)
        rows.append((message_id, contact_id, phone, kind, side, due_at))
    return rows
