"""What may be sent to a contact? The consents and suppressions of its number, as they stand: no decision is made here."""

from dataclasses import dataclass
from typing import Any

from app.domain.audience.facts import ConsentHeld, ContactFacts
from app.domain.audience.fields import Field, Value, one_of, read_text
from app.domain.audience.kind import Kind
from app.domain.audience.tree import Leaf
from app.domain.facts import ConsentState
from app.domain.message import Channel, Purpose
from app.domain.suppressions import SUPPRESSION_REASONS

ANY_REASON = "any"


@dataclass(frozen=True, slots=True)
class Consent(Leaf):
    """Some consent of the number is in this state; what is None is not asked. `none`: there is no consent of the kind at all."""

    consent: str
    channel: str | None = None
    purpose: str | None = None
    topic: str | None = None
    brand: str | None = None


@dataclass(frozen=True, slots=True)
class Suppressed(Leaf):
    """The number is suppressed, for any reason or the one named, on the channel where one is named."""

    suppressed: str
    channel: str | None = None


def _concerns(leaf: Consent, held: ConsentHeld) -> bool:
    return all(
        wanted is None or wanted == getattr(held, name)
        for name, wanted in (
            ("channel", leaf.channel),
            ("purpose", leaf.purpose),
            ("topic", leaf.topic),
            ("brand", leaf.brand),
        )
    )


def _state(held: ConsentHeld, contact: ContactFacts) -> str:
    """Its state by now: one given that has run out is expired."""
    over = held.state == ConsentState.GIVEN and held.expires_at is not None and held.expires_at <= contact.now
    return ConsentState.EXPIRED if over else held.state


def _consent_holds(leaf: Consent, contact: ContactFacts) -> bool:
    states = {_state(held, contact) for held in contact.consents if _concerns(leaf, held)}
    return not states if leaf.consent == ConsentState.NONE else leaf.consent in states


def _consents(leaf: Consent, contact: ContactFacts) -> Any:
    names = ("channel", "purpose", "topic", "brand")
    return [
        {**{name: getattr(held, name) for name in names}, "state": _state(held, contact)}
        for held in contact.consents
        if _concerns(leaf, held)
    ]


def _suppressed_holds(leaf: Suppressed, contact: ContactFacts) -> bool:
    return any(
        leaf.suppressed in {ANY_REASON, held.reason} and (leaf.channel is None or held.channel in {"", leaf.channel})
        for held in contact.suppressions
    )


_CHANNEL = Field(name="channel", value=one_of(*Channel), word="on")


def _name(raw: Any, pointer: str) -> str:
    return raw if raw == "" else read_text(raw, pointer, longest=64)


KINDS = (
    Kind(
        node=Consent,
        says=(
            "the state of some consent of the number (given, pending, declined, revoked, expired, or none of any state), with "
            "`channel`, `purpose`, `topic` or `brand` of one of these"
        ),
        fields=(
            Field(name="consent", value=one_of(*ConsentState), needed=True),
            _CHANNEL,
            Field(name="purpose", value=one_of(*Purpose), word="for"),
            Field(name="topic", value=Value(_name)),
            Field(name="brand", value=Value(_name)),
        ),
        holds=_consent_holds,
        actual=_consents,
    ),
    Kind(
        node=Suppressed,
        says="`any`, or the reason the number is suppressed for; with `channel` on that channel",
        fields=(Field(name="suppressed", value=one_of(ANY_REASON, *SUPPRESSION_REASONS), needed=True), _CHANNEL),
        holds=_suppressed_holds,
        actual=lambda _, contact: [
            {"reason": held.reason, "channel": held.channel, "scope": held.scope} for held in contact.suppressions
        ],
    ),
)
