"""What does a rule say? Read from JSON with every fault named by the node, and written as JSON again.

JSON form: `{"all": [...]}`, `{"any": [...]}`, `{"not": ...}`, `{"include": ..., "exclude": ...}`, `{}` for everyone, and leaves
such as `{"country": "US"}` or `{"event": "purchase", "last_days": 90}`: every kind of them is in `kinds/`.
"""

from typing import Any

from app.domain.audience.fields import RuleProblem, escaped
from app.domain.audience.kind import Kind, all_kinds, read_leaf, write_leaf
from app.domain.audience.tree import EVERYONE, All, Any_, Except, Leaf, Node, Not

DEEPEST = 8
MOST_NODES = 100
MOST_FROZEN_NODES = 500
_DEEPEST_FROZEN = 60
_COMBINING = ("all", "any", "not", "include")


class _Reader:
    """Reads a tree, counting its nodes."""

    def __init__(self, *, deepest: int, most: int) -> None:
        self._nodes = 0
        self._deepest = deepest
        self._most = most

    def read(self, raw: Any, pointer: str, depth: int) -> Node:
        """One node. Raises RuleProblem."""
        self._nodes += 1
        if depth > self._deepest:
            raise RuleProblem(pointer, f"nested deeper than {self._deepest} levels")
        if self._nodes > self._most:
            raise RuleProblem(pointer, f"more than {self._most} nodes")
        if not isinstance(raw, dict):
            raise RuleProblem(pointer, "a node is an object")
        if not raw:
            return EVERYONE
        combining = [word for word in _COMBINING if word in raw]
        kind = self._kind(raw, combining, pointer)
        if kind is not None:
            return read_leaf(kind, raw, pointer)
        extra = set(raw) - {*combining, *(("exclude",) if combining == ["include"] else ())}
        if extra:
            raise RuleProblem(f"{pointer}/{escaped(min(map(str, extra)))}", "unknown field")
        return self._combined(combining[0], raw, pointer, depth)

    def _kind(self, raw: dict[str, Any], combining: list[str], pointer: str) -> Kind | None:
        """The kind of a leaf, None of what combines. The first field of one kind may be a later one of another."""
        found = [kind for name, kind in all_kinds().items() if name in raw]
        if len(combining) + len(found) > 1 and not combining:
            found = [kind for kind in found if not any(kind.name in _field_names(other) for other in found if other is not kind)]
        if len(combining) + len(found) != 1:
            words = ", ".join((*_COMBINING, *sorted(all_kinds())))
            raise RuleProblem(pointer, f"a node has exactly one of {words}")
        return found[0] if found else None

    def _combined(self, word: str, raw: dict[str, Any], pointer: str, depth: int) -> Node:
        here = f"{pointer}/{word}"
        if word == "not":
            return Not(self.read(raw[word], here, depth + 1))
        if word == "include":
            if "exclude" not in raw:
                raise RuleProblem(f"{pointer}/exclude", "include needs exclude")
            return Except(self.read(raw[word], here, depth + 1), self.read(raw["exclude"], f"{pointer}/exclude", depth + 1))
        if not isinstance(raw[word], list):
            raise RuleProblem(here, "must be a list of nodes")
        nodes = tuple(self.read(node, f"{here}/{place}", depth + 1) for place, node in enumerate(raw[word]))
        return All(nodes) if word == "all" else Any_(nodes)


def _field_names(kind: Kind) -> set[str]:
    return {field.name for field in kind.fields}


def parse_rule(raw: Any) -> Node:
    """Read a rule tree from decoded JSON. Raises RuleProblem: at most 8 levels and 100 nodes, every type checked."""
    return _Reader(deepest=DEEPEST, most=MOST_NODES).read(raw, "", 1)


def parse_frozen(raw: Any) -> Node:
    """Read a rule that other audiences' rules were put into: it may be deeper and larger. Raises RuleProblem."""
    return _Reader(deepest=_DEEPEST_FROZEN, most=MOST_FROZEN_NODES).read(raw, "", 1)


def rule_json(node: Node) -> dict[str, Any]:
    """A rule as JSON; `parse_rule` of it is the rule."""
    match node:
        case All(nodes):
            return {"all": [rule_json(part) for part in nodes]} if nodes else {}
        case Any_(nodes):
            return {"any": [rule_json(part) for part in nodes]}
        case Not(part):
            return {"not": rule_json(part)}
        case Except(include, exclude):
            return {"include": rule_json(include), "exclude": rule_json(exclude)}
        case Leaf():
            return write_leaf(node)
