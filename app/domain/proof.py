"""What must an opt-in prove? How it came about says what it may be worth, and what its evidence has to hold."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from app.domain.facts import ConsentBasis

# How an opt-in came about. Proof is an act of the person, and alone lifts a revocation (GDPR art. 4(11) and 7(1); 47 CFR
# 64.1200(f)(9)). A claim is the workspace's own word, good only where the person never said no.
PROOFS = frozenset({"web_form", "keyword", "double_opt_in", "paper", "point_of_sale", "voice"})
CLAIMS = frozenset({"import", "subscribe", "record"})
# What a person says of themselves, and what a workspace concludes from a sale, an inquiry or a contract: that is never said
# to anyone who opted out, however it came to be known.
EXPRESS = frozenset({ConsentBasis.EXPRESS_WRITTEN, ConsentBasis.EXPRESS_ORAL, ConsentBasis.EXPRESS})
_RELATED = (
    ConsentBasis.IMPLIED_PURCHASE,
    ConsentBasis.IMPLIED_INQUIRY,
    ConsentBasis.IMPLIED_NON_BUSINESS,
    ConsentBasis.SOFT_OPT_IN,
    ConsentBasis.CONTRACT,
)

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
    "record": (("reference", "source"),),
}
# Which kinds of consent a method can come to, the one meant where none is named first.
BASES: Mapping[str, tuple[ConsentBasis, ...]] = MappingProxyType(
    {
        **dict.fromkeys(
            ("web_form", "paper", "point_of_sale"),
            (ConsentBasis.EXPRESS_WRITTEN, ConsentBasis.EXPRESS, *_RELATED),
        ),
        **dict.fromkeys(("keyword", "double_opt_in"), (ConsentBasis.EXPRESS_WRITTEN, ConsentBasis.EXPRESS)),
        "voice": (ConsentBasis.EXPRESS_ORAL, ConsentBasis.EXPRESS, ConsentBasis.EXPRESS_WRITTEN),
        "import": (ConsentBasis.EXPRESS, *(basis for basis in ConsentBasis if basis is not ConsentBasis.EXPRESS)),
        "subscribe": (ConsentBasis.EXPRESS, ConsentBasis.EXPRESS_WRITTEN, ConsentBasis.SOFT_OPT_IN),
        "record": _RELATED,
    }
)
_MOST_FIELDS = 30
_LONGEST = 4_000
_SCALARS = (str, int, float, bool, datetime)
# The instant that an opt-in by this method cannot come before.
_SIGNED: Mapping[str, str] = {"paper": "signed_at", "double_opt_in": "confirmed_at"}
INCOMPLETE = "evidence_incomplete"
CONTRADICTORY = "contradictory"
IN_THE_FUTURE = "in_the_future"


class EvidenceProblem(ValueError):
    """Evidence that does not carry its method. `field` is the evidence's field, "method" or "occurred_at"; `code` is stable."""

    def __init__(self, field: str, detail: str, code: str = INCOMPLETE) -> None:
        super().__init__(detail)
        self.field = field
        self.detail = detail
        self.code = code


def is_proof(method: str) -> bool:
    """Whether an opt-in by this method is the person's own act."""
    return method in PROOFS


def lifts(method: str, basis: ConsentBasis) -> bool:
    """Whether an opt-in brings back who said no: the person's own act, and their own word."""
    return is_proof(method) and basis in EXPRESS


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
        raise EvidenceProblem("confirmed_at", "confirmed before it was asked", CONTRADICTORY)


def check_instants(method: str, evidence: Mapping[str, object], *, occurred_at: datetime, latest: datetime) -> None:
    """Whether the instants in evidence, checked before, agree with when the person is said to have agreed.

    None may lie after `latest` (now, with some room for clocks), and nobody agrees before what they agreed by: a signature, a
    confirmation. Raises EvidenceProblem, naming the field.
    """
    for field, value in evidence.items():
        if field.endswith("_at") and value is not None and _instant(field, value) > latest:
            raise EvidenceProblem(field, "lies in the future", IN_THE_FUTURE)
    signed = _SIGNED.get(method)
    if signed is not None and occurred_at < _instant(signed, evidence[signed]):
        raise EvidenceProblem("occurred_at", f"comes before {signed}: nobody agreed yet", CONTRADICTORY)


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
