"""Why is she in this audience, or why not? The rule's tree with what every node of it answered for one contact."""

from dataclasses import dataclass
from typing import Any

from app.domain.audience.facts import ContactFacts
from app.domain.audience.kind import kind_of, write_leaf
from app.domain.audience.matching import matches
from app.domain.audience.tree import All, Any_, Except, Leaf, Node, parts_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """One node: its kind, what it asks (leaves only), what the contact has there, and its answer."""

    kind: str
    matched: bool
    asks: dict[str, Any] | None = None
    actual: Any = None
    parts: tuple["Trace", ...] = ()


def trace(node: Node, contact: ContactFacts) -> Trace:
    """Every node's answer, also of those the outcome does not hang on; another audience's rule is a part of what names it."""
    matched = matches(node, contact)
    if not isinstance(node, Leaf):
        parts = tuple(trace(part, contact) for _, part in parts_of(node))
        return Trace(kind=_word(node), matched=matched, parts=parts)
    kind, inner = kind_of(type(node)), node.inner()
    return Trace(
        kind=kind.name,
        matched=matched,
        asks=write_leaf(node),
        actual=kind.actual(node, contact),
        parts=() if inner is None else (trace(inner, contact),),
    )


def _word(node: Node) -> str:
    match node:
        case All():
            return "all"
        case Any_():
            return "any"
        case Except():
            return "except"
        case _:
            return "not"
