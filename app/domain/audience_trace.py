"""Why is she in this audience, or why not? The rule's tree with what every node of it answered for one contact."""

from dataclasses import dataclass
from typing import Any

from app.domain.audience import All, Any_, Attribute, ContactFacts, Country, Node, Not, Tag, matches


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """One node: its kind, what it asks (leaves only), what the contact holds there, and its answer."""

    kind: str
    matched: bool
    asks: dict[str, Any] | None = None
    actual: Any = None
    parts: tuple["Trace", ...] = ()


def trace(node: Node, contact: ContactFacts) -> Trace:
    """Every node's answer, also of those the outcome does not hang on."""
    matched = matches(node, contact)
    match node:
        case All(nodes):
            return Trace(kind="all", matched=matched, parts=tuple(trace(part, contact) for part in nodes))
        case Any_(nodes):
            return Trace(kind="any", matched=matched, parts=tuple(trace(part, contact) for part in nodes))
        case Not(part):
            return Trace(kind="not", matched=matched, parts=(trace(part, contact),))
        case Country(codes):
            return Trace(kind="country", matched=matched, asks={"country": list(codes)}, actual=contact.region)
        case Tag(tag):
            return Trace(kind="tag", matched=matched, asks={"tag": tag}, actual=sorted(contact.tags))
        case Attribute(name, op, value):
            asks: dict[str, Any] = {"attribute": name, "op": op.value}
            if value is not None:
                asks["value"] = list(value) if isinstance(value, tuple) else value
            return Trace(kind="attribute", matched=matched, asks=asks, actual=contact.attributes.get(name))
