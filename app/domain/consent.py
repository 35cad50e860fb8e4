"""What does the ledger add up to? Events fold into one state for each kind of consent; a no is hard to lift."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import reduce

from app.domain.evidence import NOTHING_SHOWN, merge
from app.domain.facts import NO_CONSENT, ConsentBasis, ConsentFacts, ConsentState
from app.domain.proof import is_proof, lifts


class ConsentKind(StrEnum):
    """What one line of the ledger says."""

    ASKED = "asked"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    GIVEN = "given"
    REFRESHED = "refreshed"
    REVOKED = "revoked"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentEvent:
    """One line of the ledger, for one number, channel and purpose.

    `expires_at` is when the consent it gives ends, or the answer to what it asks is due. A "no" reaches every kind, brand and
    topic that its own brand and topic hold ("" is all of them). `flags` are what its evidence was reduced to; None brings back
    what stood, with the evidence it stood on.
    """

    kind: ConsentKind
    occurred_at: datetime
    method: str
    expires_at: datetime | None = None
    basis: ConsentBasis = ConsentBasis.EXPRESS_WRITTEN
    brand: str = ""
    topic: str = ""
    flags: frozenset[str] | None = frozenset()


def reaches(event_topic: str, event_brand: str, *, topic: str, brand: str) -> bool:
    """Whether what is said of one topic and brand holds for another: "" speaks of all."""
    return event_topic in {"", topic} and event_brand in {"", brand}


def fold(current: ConsentFacts, event: ConsentEvent) -> ConsentFacts:
    """What consent is after one more event, in whatever order events arrive. Both are of one number, channel, purpose and kind.

    A "no" beats every opt-in up to its own instant, that instant included; after it, only proof counts, and a claim changes
    nothing. A claim neither moves nor prolongs consent that stands on proof. Where arrival order leaves doubt, the answer is no.
    """
    match event.kind:
        case ConsentKind.REVOKED | ConsentKind.DECLINED:
            return _say_no(current, event)
        case ConsentKind.GIVEN | ConsentKind.CONFIRMED | ConsentKind.REFRESHED:
            return _opt_in(current, event)
        case ConsentKind.ASKED:
            return _ask(current, event)
        case ConsentKind.EXPIRED:
            return _expire(current, event)


def in_order(events: Iterable[ConsentEvent]) -> list[ConsentEvent]:
    """A ledger in the order things happened; at one instant the no comes last."""
    order = list(_AT_ONE_INSTANT)
    return sorted(events, key=lambda event: (event.occurred_at, order.index(event.kind)))


def fold_ledger(events: Iterable[ConsentEvent]) -> ConsentFacts:
    """What a whole ledger of one kind of consent adds up to."""
    return reduce(fold, in_order(events), NO_CONSENT)


_AT_ONE_INSTANT = (
    ConsentKind.ASKED,
    ConsentKind.GIVEN,
    ConsentKind.CONFIRMED,
    ConsentKind.REFRESHED,
    ConsentKind.EXPIRED,
    ConsentKind.DECLINED,
    ConsentKind.REVOKED,
)
NO_EVENTS = frozenset({ConsentKind.REVOKED, ConsentKind.DECLINED})
SAID_NO = frozenset({ConsentState.REVOKED, ConsentState.DECLINED})


def _became(
    current: ConsentFacts, state: ConsentState, event: ConsentEvent, *, ends: bool = False, flags: frozenset[str] | None = None
) -> ConsentFacts:
    return replace(
        current,
        state=state,
        since=event.occurred_at,
        expires_at=event.expires_at if ends else None,
        method=event.method,
        flags=current.flags if flags is None else flags,
    )


def _newer(current: ConsentFacts, event: ConsentEvent) -> bool:
    return current.since is None or event.occurred_at > current.since


def _say_no(current: ConsentFacts, event: ConsentEvent) -> ConsentFacts:
    stands = current.state is ConsentState.GIVEN and lifts(current.method, current.basis)
    if stands and not _at_or_after(event, current):
        return current
    state = ConsentState.REVOKED if event.kind is ConsentKind.REVOKED else ConsentState.DECLINED
    if current.state in SAID_NO:
        if not _newer(current, event) and not (event.occurred_at == current.since and state is ConsentState.REVOKED):
            return current
        if current.state is state and not _newer(current, event):
            return current
        if current.state is ConsentState.REVOKED:
            state = ConsentState.REVOKED  # who took it back has not merely declined
    # What was never agreed to has nothing to bring back: no wording was shown.
    flags = NOTHING_SHOWN if current.state in {ConsentState.NONE, ConsentState.PENDING} else None
    return _became(current, state, event, flags=flags)


def _at_or_after(event: ConsentEvent, current: ConsentFacts) -> bool:
    return current.since is None or event.occurred_at >= current.since


def _opt_in(current: ConsentFacts, event: ConsentEvent) -> ConsentFacts:
    shown = event.flags if event.flags is not None or current.state is not ConsentState.NONE else NOTHING_SHOWN
    offered = _became(current, ConsentState.GIVEN, event, ends=True, flags=shown)
    match current.state:
        case ConsentState.NONE | ConsentState.PENDING:
            return offered
        case ConsentState.REVOKED | ConsentState.DECLINED:
            return offered if lifts(event.method, current.basis) and _newer(current, event) else current
        case ConsentState.EXPIRED:
            return offered if _newer(current, event) else current
        case ConsentState.GIVEN:
            return _renew(current, offered)


def _renew(current: ConsentFacts, offered: ConsentFacts) -> ConsentFacts:
    """The better of two opt-ins; a renewal by an act of the same weight keeps what the earlier one had shown."""
    if min(current, offered, key=_weakness) is current:
        return current
    newer = current.since is not None and offered.since is not None and offered.since > current.since
    alike = is_proof(current.method) == is_proof(offered.method)
    stood = current.expires_at is None or (offered.since is not None and offered.since < current.expires_at)
    return replace(offered, flags=merge(current.flags, offered.flags)) if newer and alike and stood else offered


def _weakness(given: ConsentFacts) -> tuple[bool, float, float, str, list[str]]:
    """Sorts the better opt-in first: proof before claim, later before earlier; at one instant the one that ends sooner."""
    since = given.since.timestamp() if given.since else float("-inf")
    ends = given.expires_at.timestamp() if given.expires_at else float("inf")
    return not is_proof(given.method), -since, ends, given.method, sorted(given.flags)


def _ask(current: ConsentFacts, event: ConsentEvent) -> ConsentFacts:
    # Asking changes nothing for someone who answered before: a no must stay visible behind it.
    if current.state in {ConsentState.NONE, ConsentState.PENDING} and _newer(current, event):
        return _became(current, ConsentState.PENDING, event, ends=True)
    return current


def _expire(current: ConsentFacts, event: ConsentEvent) -> ConsentFacts:
    if current.state in {ConsentState.GIVEN, ConsentState.PENDING} and _at_or_after(event, current):
        return _became(current, ConsentState.EXPIRED, event)
    return current
