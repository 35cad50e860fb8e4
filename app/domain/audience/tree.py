"""What is a rule made of? Parts that combine, and leaves that each ask one thing of a contact."""

from collections.abc import Callable
from dataclasses import dataclass


class Leaf:
    """Asks one thing. Every kind of leaf is a frozen dataclass in `kinds/`."""

    __slots__ = ()

    def inner(self) -> "Node | None":
        """The rule it stands for, where it does."""
        return None


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds; of no parts, always."""

    nodes: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Any_:  # noqa: N801  # `Any` is taken
    """Some part holds; of no parts, never."""

    nodes: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    node: "Node"


@dataclass(frozen=True, slots=True)
class Except:
    """Whom `include` holds for, without those `exclude` holds for."""

    include: "Node"
    exclude: "Node"


Node = All | Any_ | Not | Except | Leaf
EVERYONE = All(())
NOBODY = Any_(())


def parts_of(node: Node) -> tuple[tuple[str, Node], ...]:
    """What a node combines, each with its place in a JSON pointer; nothing of a leaf."""
    match node:
        case All(nodes):
            return tuple((f"/all/{place}", part) for place, part in enumerate(nodes))
        case Any_(nodes):
            return tuple((f"/any/{place}", part) for place, part in enumerate(nodes))
        case Not(part):
            return (("/not", part),)
        case Except(include, exclude):
            return (("/include", include), ("/exclude", exclude))
        case Leaf():
            return ()


def leaves_of(node: Node, pointer: str = "") -> list[tuple[str, Leaf]]:
    """Every leaf with its JSON pointer, from left to right; those of a rule a leaf stands for have the leaf's."""
    if isinstance(node, Leaf):
        inner = node.inner()
        return [(pointer, node), *([] if inner is None else ((pointer, leaf) for _, leaf in leaves_of(inner)))]
    return [found for step, part in parts_of(node) for found in leaves_of(part, pointer + step)]


def replaced(node: Node, change: Callable[[Leaf, str], Node], pointer: str = "") -> Node:
    """The tree with every leaf changed; `change` is given its JSON pointer too."""
    match node:
        case All(nodes):
            return All(tuple(replaced(part, change, f"{pointer}/all/{place}") for place, part in enumerate(nodes)))
        case Any_(nodes):
            return Any_(tuple(replaced(part, change, f"{pointer}/any/{place}") for place, part in enumerate(nodes)))
        case Not(part):
            return Not(replaced(part, change, f"{pointer}/not"))
        case Except(include, exclude):
            return Except(replaced(include, change, f"{pointer}/include"), replaced(exclude, change, f"{pointer}/exclude"))
        case Leaf():
            return change(node, pointer)
