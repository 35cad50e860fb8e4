"""How is a rule said in words? A text that a person can read and write, and that means exactly one tree.

`country (US, CA) and not tag staff and event purchase count >= 2 last 90 days except engagement messaged last 7 days`.
`and` binds closer than `or`, `or` closer than `except`; parentheses say otherwise. A leaf is the name of its kind, its first
value and then its other fields, each behind its word (`kinds/`).
"""

import json
from collections.abc import Sequence
from typing import Any

from app.domain.audience.comparing import WITHOUT_VALUE, Op
from app.domain.audience.fields import Field
from app.domain.audience.kind import Kind, kind_of, write_leaf
from app.domain.audience.tokens import BARE, SAID, SYMBOLS
from app.domain.audience.tree import All, Any_, Except, Leaf, Node, Not


def rule_text(node: Node) -> str:
    """The rule as a text; `parse_text` of it is the rule."""
    match node:
        case All(nodes):
            return _joined(nodes, "and", one="all", none="everyone")
        case Any_(nodes):
            return _joined(nodes, "or", one="any", none="nobody")
        case Not(part):
            return f"not {_closed(part)}"
        case Except(include, exclude):
            return f"{_closed(include)} except {_closed(exclude)}"
        case Leaf():
            return _leaf_text(kind_of(type(node)), write_leaf(node))


def _joined(nodes: Sequence[Node], word: str, *, one: str, none: str) -> str:
    if len(nodes) == 1:
        return f"{one} ({rule_text(nodes[0])})"
    return f" {word} ".join(map(_closed, nodes)) or none


def _closed(node: Node) -> str:
    """A part as it stands beside others: in parentheses when it has parts beside one another itself."""
    several = isinstance(node, Except) or (isinstance(node, All | Any_) and len(node.nodes) > 1)
    return f"({rule_text(node)})" if several else rule_text(node)


def _leaf_text(kind: Kind, raw: dict[str, Any]) -> str:
    words = [kind.name]
    for place, field in enumerate(kind.fields):
        if field.name not in raw:
            continue
        if field.is_comparisons:
            words += (f"{field.spoken} {_value(one['property'])} {_compared(one)}" for one in raw[field.name])
        else:
            words += [field.spoken] if place else []
            words.append(_with_unit(field, raw[field.name]))
    if kind.is_compared:
        words.append(_compared(raw))
    return " ".join(words)


def _with_unit(field: Field, value: Any) -> str:
    return f"{_value(value)} {field.unit}" if field.unit else _value(value)


def _compared(raw: dict[str, Any]) -> str:
    op = Op(raw["op"])
    return SAID[op] if op in WITHOUT_VALUE else f"{SAID[op]} {_value(raw['value'])}"


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(f"{SYMBOLS[Op(op)]} {_value(bound)}" for op, bound in value.items())
    if isinstance(value, list):
        return f"({', '.join(map(_value, value))})"
    if isinstance(value, str) and BARE.fullmatch(value) and value not in {"true", "false"}:
        return value
    return json.dumps(value, ensure_ascii=False)
