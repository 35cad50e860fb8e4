"""What is given? Facts of one decision: a consented New York number and a marketing text, unless a case says otherwise."""

from datetime import UTC, datetime, timedelta
from typing import Any

from app.domain.facts import ConsentFacts, ConsentState, Facts, Place, Send
from app.domain.message import Channel, Purpose
from app.domain.number import number_facts

NEW_YORK = "+12125550100"


def at(written: str) -> datetime:
    """An instant in UTC, such as "2026-11-23T17:00"."""
    return datetime.fromisoformat(written).replace(tzinfo=UTC)


NOON = at("2026-11-23T17:00")
GIVEN = ConsentFacts(ConsentState.GIVEN, at("2026-01-01T00:00"))


def make_facts(now: datetime = NOON, *, phone: str = NEW_YORK, **other: Any) -> Facts:
    """Facts at `now` for a number; `other` are fields of Facts.

    `consent` stands for the one consent there is, `sends` may be bare instants, and `zones` are a declared place's.
    """
    chosen: dict[str, Any] = {"channel": Channel.SMS, "purpose": Purpose.MARKETING, "consent": GIVEN} | other
    consent = chosen.pop("consent")
    chosen.setdefault("consents", () if consent.state is ConsentState.NONE else (consent,))
    if "zones" in chosen:
        zones = chosen.pop("zones")
        chosen["places"] = (Place("", zones),) if zones else ()
    sends = chosen.pop("sends", ())
    chosen["sends"] = tuple(send if isinstance(send, Send) else Send(send, chosen["channel"]) for send in sends)
    return Facts(now=now, number=number_facts(phone), **chosen)


def before(instant: datetime, **ago: float) -> datetime:
    """An earlier instant: `before(NOON, hours=3)`."""
    return instant - timedelta(**ago)
