"""What becomes of each picked message? It goes with its text and parts, waits until an instant, or closes with its reason."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.domain.budget import Purse, Unaffordable, unaffordable
from app.domain.decision import Decision, Verdict, stand_down
from app.domain.last_minutes import kept_too_long
from app.domain.media import leaves_as
from app.domain.message import Channel, Purpose, State
from app.domain.parts import count_parts
from app.domain.rich import PLAIN, Content, content_json
from app.ports import Provider
from app.usecases.decision_log import Book, DecisionLog

AWAITED_AGAIN = timedelta(minutes=15)
"""How soon a message is decided again that waits for somebody to do something, such as loading a newer file of a registry."""
Settlement = tuple[UUID, int, str, str, str, datetime | None, str | None, int | None, str | None, Decimal | None]


def parts_of(body: str, channel: Channel) -> int:
    """How much of a sender's rate a message takes: the parts of an SMS; anything else is one."""
    return max(1, count_parts(body).parts) if channel is Channel.SMS else 1


def stored_content(content: Content) -> str | None:
    """What goes beside a text, as JSON; None for a plain one."""
    stored = content_json(content)
    return None if stored is None else json.dumps(stored)


@dataclass(frozen=True, slots=True)
class Member:
    """One message about to be handed over: its attempt number, text, parts, and the instant after which it must not go.

    `closes_at` is when the hours that let it go close: a provider's queue must not let it out after that.
    """

    id: UUID
    phone: str
    attempt: int
    body: str
    parts: int
    not_after: datetime | None
    closes_at: datetime | None = None
    purpose: Purpose = Purpose.MARKETING
    content: Content = PLAIN
    has_plan: bool = False
    route: str | None = None
    spared: int = 0


class Settling:
    """Collects what becomes of each picked message, within the parts granted."""

    def __init__(self, *, channel: Channel, parts: int, now: datetime, book: Book, carrier: Provider) -> None:
        self._channel = channel
        self._carrier = carrier
        self._left = parts
        self._now = now
        self._log = DecisionLog(book, at=now)
        self.rows: list[Settlement] = []
        self.members: list[Member] = []
        self.falling: list[UUID] = []
        self.purse: Purse | None = None
        self.day_left: int | None = None
        self.day_full = False
        self.parts = 0

    def objected(self, message: Mapping[str, Any], decision: Decision) -> None:
        """A rule said wait or never."""
        kept = self._log.of(decision)
        if decision.verdict is Verdict.WAIT:
            due_at = decision.until or self._now + AWAITED_AGAIN
            self.rows.append((message["id"], State.QUEUED, "", kept.json, kept.objected, due_at, None, None, None, None))
            return
        state, reason = stand_down(decision)
        self._ends(message)
        self.rows.append((message["id"], state, reason, kept.json, kept.objected, None, None, None, None, None))

    def broken(self, message: Mapping[str, Any], decision: Decision, reason: str) -> None:
        """It may go, and there is no text to send."""
        kept = self._log.of(decision)
        self._ends(message)
        self.rows.append((message["id"], State.FAILED, reason, kept.json, kept.objected, None, None, None, None, None))

    def _ends(self, message: Mapping[str, Any]) -> None:
        """It does not go this way; one with a plan may go another."""
        if message["plan"] is not None:
            self.falling.append(message["id"])

    def going(
        self,
        message: Mapping[str, Any],
        decision: Decision,
        body: str,
        content: Content,
        *,
        region: str,
        closes_at: datetime | None,
    ) -> bool:
        """Take the message along if it can be paid for, and its carrier lets go of it in time; False when its parts do not fit.

        The first one's always do, and leave the bucket in debt.
        """
        limits = self._carrier.limits[leaves_as(self._channel, content, offered=self._carrier.channels)]
        too_long = kept_too_long(limits.shortest, not_after=message["not_after"], closes_at=closes_at, now=self._now)
        if too_long is not None:
            self.objected(message, too_long)
            return True
        parts = parts_of(body, leaves_as(self._channel, content))
        if parts > self._left and self.members:
            return False
        if self.day_left is not None and self.parts + parts > self.day_left:
            self.day_full = True
            return False
        cost = None
        if self.purse is not None:
            reserved = self.purse.reserve(region, parts)
            if isinstance(reserved, Unaffordable):
                self.objected(message, unaffordable(reserved))
                return True
            cost = reserved
        self._left -= parts
        self.parts += parts
        kept = self._log.of(decision)
        beside = stored_content(content)
        self.rows.append((message["id"], State.SENDING, "", kept.json, kept.objected, None, body, parts, beside, cost))
        attempt = message["attempts"] + 1
        self.members.append(
            Member(
                message["id"],
                message["phone"],
                attempt,
                body,
                parts,
                message["not_after"],
                closes_at,
                Purpose(message["purpose"]),
                content,
                message["plan"] is not None,
                message["route"],
                message["spared"],
            )
        )
        return True
