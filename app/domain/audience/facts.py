"""What may a rule know of a contact? What it holds, what was agreed, what it did and what was sent to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentHeld:
    """One line of what the ledger adds up to; `state` as it is kept: one that has run out still says "given"."""

    channel: str
    purpose: str
    topic: str
    brand: str
    state: str
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionHeld:
    """A number that must be left alone; `channel` "" is every channel, `scope` marketing or all."""

    reason: str
    channel: str
    scope: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EventHeld:
    """Something the contact did."""

    name: str
    occurred_at: datetime
    amount: Decimal | None = None
    currency: str | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TouchHeld:
    """A message that was handed over, a reply or a click. `state` is the message's rank, 0 for the others."""

    what: str
    at: datetime
    channel: str
    state: int = 0
    campaign_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactFacts:
    """A contact at an instant. `region` is its number's; `touches` and `events` may lie after `now`: kinds leave those out."""

    now: datetime
    id: UUID
    region: str
    tags: frozenset[str]
    attributes: Mapping[str, Any]
    birth_date: date | None = None
    places: tuple[Mapping[str, Any], ...] = ()
    consents: tuple[ConsentHeld, ...] = ()
    suppressions: tuple[SuppressionHeld, ...] = ()
    events: tuple[EventHeld, ...] = ()
    touches: tuple[TouchHeld, ...] = ()
    lists: frozenset[UUID] = frozenset()


def since(now: datetime, days: float | None) -> datetime | None:
    """The instant so many days before; None stays None (ever)."""
    return None if days is None else now - timedelta(days=days)


def within(instant: datetime, now: datetime, days: float | None) -> bool:
    """Whether it lies in the last so many days (ever, when None) and not after now."""
    start = since(now, days)
    return instant <= now and (start is None or instant > start)
