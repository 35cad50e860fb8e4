"""How is an audience asked of the database? A rule tree becomes one boolean expression, equal to `domain.audience.matches`."""

from dataclasses import dataclass, field

import orjson

from app.domain.audience import All, Any_, Attribute, Country, Node, Not, Op, Scalar, Tag

_ORDER = {Op.LT: "<", Op.LTE: "<=", Op.GT: ">", Op.GTE: ">="}


@dataclass(slots=True)
class _Compiler:
    """Writes SQL and collects arguments. No piece it writes is ever null, so that NOT means what it means in the rule."""

    start: int
    arguments: list[object] = field(default_factory=list)

    def _bind(self, value: object, kind: str) -> str:
        self.arguments.append(value)
        return f"${self.start + len(self.arguments) - 1}::{kind}"

    def write(self, node: Node) -> str:
        """One node as a boolean expression."""
        match node:
            case All(nodes):
                return f"({' AND '.join(map(self.write, nodes))})" if nodes else "true"
            case Any_(nodes):
                return f"({' OR '.join(map(self.write, nodes))})" if nodes else "false"
            case Not(part):
                return f"NOT {self.write(part)}"
            case Country(codes):
                return f"(n.region = ANY({self._bind(list(codes), 'text[]')}))"
            case Tag(tag):
                return f"(c.tags @> ARRAY[{self._bind(tag, 'text')}])"
            case Attribute():
                return f"coalesce({self._attribute(node)}, false)"

    def _attribute(self, node: Attribute) -> str:
        name = self._bind(node.name, "text")
        actual, text = f"(c.attributes -> {name})", f"(c.attributes ->> {name})"
        if node.op is Op.EXISTS:
            return f"jsonb_typeof({actual}) <> 'null'"
        if node.op is Op.NOT_EXISTS:
            return f"coalesce(jsonb_typeof({actual}) = 'null', true)"
        if isinstance(node.value, tuple):
            return f"{actual} = ANY({self._bind([_json(item) for item in node.value], 'jsonb[]')})"
        assert node.value is not None
        if node.op is Op.CONTAINS:
            wanted = self._bind(node.value, "text")
            return (
                f"CASE jsonb_typeof({actual}) WHEN 'array' THEN {actual} ? {wanted} "
                f"WHEN 'string' THEN strpos({text}, {wanted}) > 0 END"
            )
        kind = _kind(node.value)
        if kind == "string" and node.op in _ORDER:
            # jsonb orders texts by the database's collation; the rule orders them by code point.
            compared = f'{text} COLLATE "C" {_ORDER[node.op]} {self._bind(node.value, "text")}'
            return f"(jsonb_typeof({actual}) = 'string' AND {compared})"
        operator = _ORDER.get(node.op) or {Op.EQ: "=", Op.NE: "<>"}[node.op]
        return f"(jsonb_typeof({actual}) = '{kind}' AND {actual} {operator} {self._bind(_json(node.value), 'jsonb')})"


def _json(value: Scalar) -> str:
    return orjson.dumps(value).decode()


def _kind(value: Scalar) -> str:
    """The value's type as jsonb_typeof names it."""
    if isinstance(value, bool):
        return "boolean"
    return "string" if isinstance(value, str) else "number"


def audience_condition(node: Node, *, start: int) -> tuple[str, list[object]]:
    """A rule as (SQL, arguments) over `contact c JOIN number n`, its parameters numbered from `$start`.

    Everything of the rule's is a bound parameter. True for exactly the contacts that `matches` is true for.
    """
    compiler = _Compiler(start)
    return compiler.write(node), compiler.arguments
