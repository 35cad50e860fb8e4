"""What is kept of a decision? The answer with everything it rests on, as JSON beside the message, written once for each kind."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from app.domain.decision import Decision, Objection, Permission


@dataclass(frozen=True, slots=True)
class Book:
    """Which rules and which time-zone data decide in this process: a fingerprint of the rule book, and a version like 2026f."""

    rules: str
    zones: str


@dataclass(frozen=True, slots=True)
class Kept:
    """One decision as it is written: its JSON, and the codes that objected, joined by commas ("" for none)."""

    json: str
    objected: str


def _reason(reason: Objection) -> dict[str, Any]:
    shown = {"rule": reason.rule, "source": reason.source, "detail": reason.detail, "until": reason.until}
    return {**shown, "awaits": reason.awaits} if reason.awaits else shown


def _permission(permission: Permission) -> dict[str, Any]:
    return {"rule": permission.rule, "source": permission.source, "detail": permission.detail}


def decision_dict(decision: Decision) -> dict[str, Any]:
    """A decision in plain words: verdict, until, reasons, and permissions where there are some."""
    kept = {"verdict": decision.verdict, "until": decision.until, "reasons": [_reason(reason) for reason in decision.reasons]}
    if decision.permissions:
        kept["permissions"] = [_permission(permission) for permission in decision.permissions]
    return kept


class DecisionLog:
    """Decisions taken at one instant by one book, as they are kept beside their messages.

    A batch has a handful of distinct decisions: each is written once, and its text is shared by every message it is of.
    """

    def __init__(self, book: Book, *, at: datetime) -> None:
        self._shared = {"at": at, "book": book.rules, "zones": book.zones}
        self._known: dict[int, tuple[Decision, Kept]] = {}

    def of(self, decision: Decision) -> Kept:
        """What is kept of this decision."""
        known = self._known.get(id(decision))
        if known is None:
            written = orjson.dumps({**decision_dict(decision), **self._shared}).decode()
            kept = Kept(written, ",".join(sorted({reason.rule for reason in decision.reasons})))
            known = self._known[id(decision)] = (decision, kept)  # the decision is held: its id stays its own
        return known[1]
