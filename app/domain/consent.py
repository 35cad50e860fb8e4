"""What does the ledger add up to, and what must an opt-in prove? Events fold into one state; a revocation is hard to lift."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import reduce

from app.domain.facts import NO_CONSENT, ConsentFacts, ConsentState

# How an opt-in came about. Proof is an act of the person, and alone lifts a revocation (GDPR art. 4(11) and 7(1); 47 CFR
# 64.1200(f)(9)). A claim is the workspace's own word, good only where the person never said no.
PROOFS = frozenset({"web_form", "keyword", "double_opt_in", "paper", "point_of_sale", "voice"})
CLAIMS = frozenset({"import", "subscribe"})

# What each method must show: every group needs one of its fields.
EVIDENCE_NEEDED: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "web_form": (("wording",), ("url", "ip")),
    "keyword": (("message",),),
    "double_opt_in": (("asked_at",), ("confirmed_at",)),
    "paper": (("document",), ("signed_at",)),
    "point_of_sale": (("location",), ("wording",)),
    "voice": (("recording", "agent"), ("wording",)),
    "import": (("source",), ("collected_at",)),
    "subscribe": (("source",),),
}
_MOST_FIELDS = 30
_LONGEST = 4_000
_SCALARS = (str, int, float, bool, datetime)


class ConsentKind(StrEnum):
    """What one line of the ledger says."""

    ASKED = "asked"
    CONFIRMED = "confirmed"
    GIVEN = "given"
    REFRESHED = "refreshed"
    REVOKED = "revoked"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentEvent:
    """One line of the ledger, for one number, channel and purpose. `expires_at` is when the consent it gives ends, if it does."""

    kind: ConsentKind
    occurred_at: datetime
    method: str
    expires_at: datetime | None = None


class EvidenceProblem(ValueError):
    """Evidence that does not carry its method. `field` is the evidence's field, or "method"."""

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(detail)
        self.field = field
        self.detail = detail


def is_proof(method: str) -> bool:
    """Whether an opt-in by this method is the person's own act."""
    return method in PROOFS


def fold(current: ConsentFacts, event: ConsentEvent) -> ConsentFacts:
    """What consent is after one more event, in whatever order events arrive.

    A revocation beats every opt-in up to its own instant, that instant included; after it, only proof counts, and a claim changes
    nothing. A claim neither moves nor prolongs consent that stands on proof. Where arrival order leaves doubt, the answer is no.
    """
    match event.kind:
        case ConsentKind.REVOKED:
            return _revoke(current, event)
        case ConsentKind.GIVEN | ConsentKind.CONFIRMED | ConsentKind.REFRESHED:
            return _opt_in(current, event)
        case ConsentKind.ASKED:
            return _ask(current, event)
        case ConsentKind.EXPIRED:
            return _expire(current, event)


def fold_ledger(events: Iterable[ConsentEvent]) -> ConsentFacts:
    """What a whole ledger adds up to: events in the order they happened; at one instant the no comes last."""
    order = list(_AT_ONE_INSTANT)
    return reduce(fold, sorted(events, key=lambda event: (event.occurred_at, order.index(event.kind))), NO_CONSENT)


_AT_ONE_INSTANT = (
    ConsentKind.ASKED,
    ConsentKind.GIVEN,
    ConsentKind.CONFIRMED,
    ConsentKind.REFRESHED,
    ConsentKind.EXPIRED,
    ConsentKind.REVOKED,
)


def _newer(current: ConsentFacts, event: ConsentEvent) -> bool:
    return current.since is None or event.occurred_at > current.since


def _revoke(current: ConsentFacts, event: ConsentEvent) -> ConsentFacts:
    came_back = current.state is ConsentState.GIVEN and is_proof(current.method) and not _at_or_after(event, current)
    stopped_later = current.state is ConsentState.REVOKED and not _newer(current, event)
    if came_back or stopped_later:
        return current
    return ConsentFacts(ConsentState.REVOKED, event.occurred_at, None, event.method)


def _at_or_after(event: ConsentEvent, current: ConsentFacts) -> bool:
    return current.since is None or event.occurred_at >= current.since


def _opt_in(current: ConsentFacts, event: ConsentEvent) -> ConsentFacts:
    offered = ConsentFacts(ConsentState.GIVEN, event.occurred_at, event.expires_at, event.method)
    match current.state:
        case ConsentState.NONE | ConsentState.PENDING:
            return offered
        case ConsentState.REVOKED | ConsentState.DECLINED:
            return offered if is_proof(event.method) and _newer(current, event) else current
        case ConsentState.EXPIRED:
            return offered if _newer(current, event) else current
        case ConsentState.GIVEN:
            return min(current, offered, key=_weakness)


def _weakness(given: ConsentFacts) -> tuple[bool, float, float, str]:
    """Sorts the better opt-in first: proof before claim, later before earlier; at one instant the one that ends sooner."""
    since = given.since.timestamp() if given.since else float("-inf")
    ends = given.expires_at.timestamp() if given.expires_at else float("inf")
    return not is_proof(given.method), -since, ends, given.method


def _ask(current: ConsentFacts, event: ConsentEvent) -> ConsentFacts:
    # Asking changes nothing for someone who answered before: a no must stay visible behind it.
    if current.state in {ConsentState.NONE, ConsentState.PENDING} and _newer(current, event):
        return ConsentFacts(ConsentState.PENDING, event.occurred_at, None, event.method)
    return current


def _expire(current: ConsentFacts, event: ConsentEvent) -> ConsentFacts:
    if current.state in {ConsentState.GIVEN, ConsentState.PENDING} and _at_or_after(event, current):
        return ConsentFacts(ConsentState.EXPIRED, event.occurred_at, None, event.method)
    return current


def check_evidence(method: str, evidence: Mapping[str, object]) -> None:
    """Whether evidence carries an opt-in by this method. Raises EvidenceProblem, naming the first field that is missing or wrong.

    Fields ending in `_at` are RFC 3339 instants with an offset; the rest are text, numbers or booleans.
    """
    if method not in EVIDENCE_NEEDED:
        raise EvidenceProblem("method", f"opt-ins come by {', '.join(EVIDENCE_NEEDED)}")
    if len(evidence) > _MOST_FIELDS:
        raise EvidenceProblem("evidence", f"more than {_MOST_FIELDS} fields")
    for field, value in evidence.items():
        _check_field(field, value)
    for group in EVIDENCE_NEEDED[method]:
        if not any(_is_there(evidence.get(field)) for field in group):
            raise EvidenceProblem(group[0], f"an opt-in by {method} needs {' or '.join(group)}")
    if method == "double_opt_in" and _instant("confirmed_at", evidence["confirmed_at"]) < _instant(
        "asked_at", evidence["asked_at"]
    ):
        raise EvidenceProblem("confirmed_at", "confirmed before it was asked")


def _is_there(value: object) -> bool:
    return value is not None and bool(str(value).strip())


def _check_field(field: str, value: object) -> None:
    if value is None:
        return
    if not isinstance(value, _SCALARS):
        raise EvidenceProblem(field, "must be text, a number or a boolean")
    if len(str(value)) > _LONGEST or "\x00" in str(value):
        raise EvidenceProblem(field, f"must be at most {_LONGEST} characters, without NUL")
    if field.endswith("_at"):
        _instant(field, value)


def _instant(field: str, value: object) -> datetime:
    try:
        instant = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        raise EvidenceProblem(field, "must be an RFC 3339 instant such as 2026-11-23T17:00:00Z") from None
    if instant.utcoffset() is None:
        raise EvidenceProblem(field, "must carry its offset from UTC, such as Z")
    return instant
