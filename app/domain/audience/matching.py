"""Whom does a rule hold for? Asked of one contact, purely; the database must find exactly the same."""

from app.domain.audience.facts import ContactFacts
from app.domain.audience.kind import kind_of
from app.domain.audience.tree import All, Any_, Except, Leaf, Node, Not


def matches(node: Node, contact: ContactFacts) -> bool:
    """Whether the rule holds for this contact.

    What is missing makes a leaf false. `not` is plain negation, so `not eq` also holds for those without the attribute.
    """
    match node:
        case All(nodes):
            return all(matches(part, contact) for part in nodes)
        case Any_(nodes):
            return any(matches(part, contact) for part in nodes)
        case Not(part):
            return not matches(part, contact)
        case Except(include, exclude):
            return matches(include, contact) and not matches(exclude, contact)
        case Leaf():
            return bool(kind_of(type(node)).holds(node, contact))
