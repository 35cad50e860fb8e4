"""What is a "yes", of which kind is it, and can it be one at all?"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.domain.errors import InvalidField
from app.domain.evidence import denial, reduce_evidence, ticked_before
from app.domain.facts import ConsentBasis
from app.domain.message import Channel, Purpose
from app.domain.proof import BASES, CONTRADICTORY, EXPRESS, EvidenceProblem, check_evidence, check_instants

RESTORES = "restores"  # the field of evidence that says so in the ledger
_CLOCK_SKEW = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class OptIn:
    """A "yes". `phone` is E.164; a `topic` or `brand` of "" means all of them; `expires_at` None means no end.

    `basis` is the kind of consent the caller says it is; None is the one its method comes to. `restores` marks a reply that
    brings back what stood before the person opted out (START), with the evidence it stood on. `person` is whose it is, by the
    caller's id: of those who share a number each speaks for themselves.
    """

    phone: str
    channels: Sequence[Channel]
    purpose: Purpose
    method: str
    evidence: Mapping[str, object] = field(default_factory=dict)
    occurred_at: datetime
    topic: str = ""
    expires_at: datetime | None = None
    brand: str = ""
    basis: ConsentBasis | None = None
    restores: bool = False
    person: str | None = None

    @property
    def kind(self) -> ConsentBasis:
        """The kind of consent it is."""
        return self.basis or BASES[self.method][0]

    def flags(self, channel: Channel, *, workspace: str) -> frozenset[str] | None:
        """What its evidence comes to on a channel; None where it brings back what stood."""
        if self.restores:
            return None
        sellers: Collection[str] = (self.brand,) if self.brand else (workspace,)
        return reduce_evidence(self.kind, self.method, self.evidence, channel=channel, sellers=sellers)


def problem_of(item: OptIn, *, now: datetime) -> InvalidField | None:
    """Why a "yes" cannot be recorded at all, with the field; None when it can."""
    latest = now + _CLOCK_SKEW
    if item.occurred_at > latest:
        return InvalidField("lies in the future", pointer="/body/occurred_at", code="in_the_future")
    if item.expires_at is not None and item.expires_at <= item.occurred_at:
        return InvalidField("ends before it begins", pointer="/body/expires_at", code="ends_before_it_begins")
    try:
        check_evidence(item.method, item.evidence)
        check_instants(item.method, item.evidence, occurred_at=item.occurred_at, latest=latest)
    except EvidenceProblem as problem:
        place = problem.field if problem.field in {"method", "evidence", "occurred_at"} else f"evidence/{problem.field}"
        return InvalidField(problem.detail, pointer=f"/body/{place}", code=problem.code)
    return _denied(item)


def _denied(item: OptIn) -> InvalidField | None:
    """Whether kind, method and evidence speak against one another."""
    if item.kind not in BASES[item.method]:
        kinds = ", ".join(BASES[item.method])
        return InvalidField(f"an opt-in by {item.method} can be {kinds}", pointer="/body/kind", code="kind_of_method")
    ticked = ticked_before(item.evidence) if item.kind in EXPRESS else None
    if ticked is not None:
        detail = "a box that was ticked before is nobody's act (GDPR recital 32)"
        return InvalidField(detail, pointer=f"/body/evidence/{ticked}", code=CONTRADICTORY)
    if item.basis is ConsentBasis.EXPRESS_WRITTEN:
        denied = denial(item.method, item.evidence, phone=item.phone)
        if denied is not None:
            return InvalidField(denied[1], pointer=f"/body/evidence/{denied[0]}", code=CONTRADICTORY)
    return None
