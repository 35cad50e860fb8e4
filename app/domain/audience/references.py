"""Which other audiences does a rule speak of, and what do they say? Looked up, put in their places, never in a circle."""

from collections.abc import Mapping
from uuid import UUID

from app.domain.audience.fields import RuleProblem
from app.domain.audience.kinds.membership import InAudience, InList
from app.domain.audience.reading import MOST_FROZEN_NODES
from app.domain.audience.tree import Leaf, Node, leaves_of, parts_of, replaced
from app.domain.ids import encode_id

MOST_NESTED = 4
"""How many audiences may stand inside one another."""


def audiences_in(node: Node) -> set[UUID]:
    """The audiences a rule names itself."""
    return {leaf.audience for _, leaf in leaves_of(node) if isinstance(leaf, InAudience)}


def lists_in(node: Node) -> dict[UUID, str]:
    """The lists a rule names, each with the JSON pointer of the leaf that does."""
    return {leaf.list: pointer for pointer, leaf in reversed(leaves_of(node)) if isinstance(leaf, InList)}


def size_of(node: Node) -> int:
    """How many nodes it has, those of the audiences it names included."""
    inner = node.inner() if isinstance(node, Leaf) else None
    return 1 + sum(size_of(part) for _, part in parts_of(node)) + (0 if inner is None else size_of(inner))


def _expand(node: Node, rules: Mapping[UUID, Node], path: tuple[UUID, ...], left: list[int]) -> Node:
    def put(leaf: Leaf, pointer: str) -> Node:
        left[0] -= 1
        if left[0] < 0:
            raise RuleProblem(pointer, f"with the audiences it names, the rule has more than {MOST_FROZEN_NODES} nodes")
        if not isinstance(leaf, InAudience):
            return leaf
        here = f"{pointer}/audience"
        name = encode_id("audience", leaf.audience)
        if leaf.audience in path:
            raise RuleProblem(here, f"{name} would be part of itself")
        if len(path) > MOST_NESTED:
            raise RuleProblem(here, f"more than {MOST_NESTED} audiences inside one another")
        if leaf.audience not in rules:
            raise RuleProblem(here, "no such audience")
        try:
            return InAudience(leaf.audience, _expand(rules[leaf.audience], rules, (*path, leaf.audience), left))
        except RuleProblem as problem:
            raise RuleProblem(here, f"{name}: {problem.detail}") from None

    return replaced(node, put)


def expand(node: Node, rules: Mapping[UUID, Node], *, own: UUID) -> Node:
    """The rule with the rules of the audiences it names, and of those they name. `own` is the audience it is of.

    Raises RuleProblem at the leaf: one that does not exist, would be part of itself, or stands too deep; too many nodes in all.
    """
    expanded = _expand(node, rules, (own,), [MOST_FROZEN_NODES])
    if size_of(expanded) > MOST_FROZEN_NODES:
        raise RuleProblem("", f"with the audiences it names, the rule has more than {MOST_FROZEN_NODES} nodes")
    return expanded


def frozen(node: Node) -> Node:
    """An expanded rule that names no audience any more: their rules stand in their places."""

    def put(leaf: Leaf, _pointer: str) -> Node:
        inner = leaf.inner()
        return leaf if inner is None else frozen(inner)

    return replaced(node, put)
