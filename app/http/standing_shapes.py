"""What does a standing consent look like in JSON, and a line of the ledger behind it?"""

from datetime import date
from typing import Any

from pydantic import Field

from app.domain.deadlines import honour_by
from app.domain.evidence import missing
from app.domain.facts import ConsentBasis, ConsentState
from app.domain.message import Channel, Purpose
from app.domain.number import number_facts
from app.http.ids import ConsentEventId, ContactId
from app.http.shapes import Instant, View
from app.storage.database import Row
from app.usecases.read_consents import Standing, StandingConsent
from app.usecases.record_opt_outs import Scope


class ConsentView(View):
    """Consent as it stands for one channel, purpose, topic, brand and kind."""

    channel: Channel
    purpose: Purpose
    topic: str = Field(description="Empty: the purpose as a whole")
    brand: str = Field(description="Empty: every brand of yours")
    kind: ConsentBasis
    state: ConsentState
    since: Instant
    expires_at: Instant | None = Field(description="The end it was given; of a request for consent, when its answer is due")
    ends_at: Instant | None = Field(
        description="When a consent that is given counts no more, by its own end or the law's clock; null: it has no end"
    )
    ends_by: str = Field(description="What that end stands on", examples=["CASL s. 6(1) and 10(1), (9), (10) and (13)"])
    flags: list[str] = Field(description="What its evidence was reduced to", examples=[["double_opt_in"]])
    lacks: list[str] = Field(description="Elements of written consent its evidence does not show", examples=[[]])
    method: str
    event_id: ConsentEventId


class SuppressionView(View):
    """A reason for silence, whatever was agreed."""

    reason: str = Field(examples=["opt_out"])
    channel: Channel | None = Field(description="null: every channel")
    scope: Scope
    source: str
    method: str = Field(description="How it came in, where that is known", examples=["keyword"])
    via: str = Field(description="`text` or `voice` where it was said on a channel", examples=["text"])
    answered: str = Field(
        description="`marketing`, `informational` or `scope_question`: what it answered", examples=["marketing"]
    )
    since: Instant
    honour_by: date | None = Field(
        description="Of an opt-out, the law's outer limit in business days of the number's region; silence here holds at once"
    )


class ConsentsView(View):
    """What stands for a number. No consent at all is an empty list, and means no marketing."""

    phone: str = Field(description="E.164")
    contact_id: ContactId | None = Field(description="null when the number is no contact's")
    consents: list[ConsentView]
    suppressions: list[SuppressionView]


class EventView(View):
    """A line of the ledger."""

    id: ConsentEventId
    kind: str = Field(examples=["given"])
    channel: Channel | None = Field(description="null: every channel")
    purpose: Purpose
    topic: str
    brand: str
    basis: ConsentBasis = Field(description="The kind of consent it speaks of; a no speaks of all")
    tenure: int = Field(description="Which owner of the number it belongs to: 1, 2, ...")
    method: str
    evidence: dict[str, Any]
    source: str
    actor: str
    occurred_at: Instant
    recorded_at: Instant
    expires_at: Instant | None
    seq: int = Field(description="Its place in the workspace's chain: 1, 2, 3 without gaps")
    number_seq: int = Field(description="Its place in its number's chain")
    previous: str = Field(description="Hash of the workspace's entry before, hex; zeros before the first")
    hash: str = Field(description="SHA-256 over all of it, hex; a signed head or a dossier vouches for it")


_ASKED_FOR = frozenset({"opt_out", "objection"})
_STORED = ("channel", "purpose", "topic", "brand", "state", "since", "expires_at", "flags", "method", "event_id")


def event_view(row: Row) -> EventView:
    """A stored event as the API shows it."""
    shown = {name: row[name] for name in EventView.model_fields}
    return EventView(**{**shown, "previous": row["previous"].hex(), "hash": row["hash"].hex()})


def _consent_view(one: StandingConsent) -> ConsentView:
    shown = {name: one.row[name] for name in _STORED}
    return ConsentView(
        **shown,
        kind=one.row["basis"],
        ends_at=one.ends_at,
        ends_by=one.ends_by,
        lacks=list(missing(one.row["flags"])),
    )


def _suppression_view(row: Row, phone: str) -> SuppressionView:
    return SuppressionView(
        reason=row["reason"],
        channel=row["channel"] or None,
        scope=row["scope"],
        source=row["source"],
        method=row["method"],
        via=row["via"],
        answered=row["answered"],
        since=row["since"],
        honour_by=honour_by(number_facts(phone), row["since"]) if row["reason"] in _ASKED_FOR else None,
    )


def consents_view(standing: Standing) -> ConsentsView:
    """What stands for a number as the API shows it."""
    return ConsentsView(
        phone=standing.phone,
        contact_id=standing.contact_id,
        consents=[_consent_view(one) for one in standing.consents],
        suppressions=[_suppression_view(row, standing.phone) for row in standing.suppressions],
    )
