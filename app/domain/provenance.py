"""Where does a number come from, and what may be concluded from that? What was bought or gathered never speaks for the person."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from app.domain.contact import LONGEST_PROVENANCE, BadField, check_text


class ProvenanceKind(StrEnum):
    """How a number came to the workspace."""

    SIGN_UP_FORM = "sign_up_form"
    IN_STORE = "in_store"
    EVENT = "event"
    BROKER = "broker"
    DIRECTORY = "directory"
    SCRAPED = "scraped"


# Whose number it is did not give it to this workspace. What they may have agreed to with others counts for nothing here without
# proof that names this seller: 47 CFR 64.1200(f)(9), GDPR art. 4(11), 7(1) and 14, CASL s. 10(2), UWG s. 7(2).
ACQUIRED = frozenset({ProvenanceKind.BROKER, ProvenanceKind.DIRECTORY, ProvenanceKind.SCRAPED})
ACQUIRED_SOURCE = "47 CFR 64.1200(f)(9); GDPR art. 4(11) and 7(1); CASL s. 10; UWG s. 7(2)"
NO_PROOF = "no_proof_of_own"
_NEEDS_REFERENCE: Mapping[ProvenanceKind, str] = MappingProxyType({ProvenanceKind.BROKER: "the contract it was bought under"})


def check_provenance(kind: str, reference: str) -> tuple[ProvenanceKind | None, str]:
    """A kind and its reference, as they are kept. Raises BadField for an unknown kind, and for a broker without a contract."""
    if not kind:
        return None, check_text(reference, longest=LONGEST_PROVENANCE)
    try:
        found = ProvenanceKind(kind.strip().lower().replace("-", "_").replace(" ", "_"))
    except ValueError:
        raise BadField("bad_provenance", f"{kind[:40]!r} is not one of {', '.join(ProvenanceKind)}") from None
    if found in _NEEDS_REFERENCE and not reference.strip():
        raise BadField("missing_reference", f"a number of the kind {found} needs a reference: {_NEEDS_REFERENCE[found]}")
    return found, check_text(reference.strip(), longest=LONGEST_PROVENANCE)


def acquired_word(kind: ProvenanceKind | None) -> str:
    """What is kept with a number that was not given by its owner; "" for the others."""
    return str(kind) if kind in ACQUIRED else ""


def told(kind: ProvenanceKind | None, reference: str, otherwise: str) -> str:
    """The provenance of a contact in words: "broker: contract 4711"."""
    if kind is None:
        return otherwise
    return f"{kind}: {reference}"[:LONGEST_PROVENANCE] if reference else str(kind)
