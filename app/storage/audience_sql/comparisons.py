"""How is a value in JSON compared in SQL? As `domain.audience.comparing.compare` does, so that an index helps where one can."""

from typing import Any

import orjson

from app.domain.audience.comparing import DAY, OF_DAYS, ORDERING, Op, Scalar, Type, day_range
from app.domain.audience.fields import Range
from app.storage.audience_sql.writing import Writing

_SIGNS = {Op.LT: "<", Op.LTE: "<=", Op.GT: ">", Op.GTE: ">=", Op.EQ: "=", Op.NE: "<>"}
_FEW = 10
"""Values of `in` up to which each is looked up in the index by itself."""


def json_of(value: Any) -> str:
    """A value as jsonb reads it."""
    return orjson.dumps(value).decode()


def in_bounds(writing: Writing, expression: str, bounds: Range, *, kind: str, convert: Any = lambda bound: bound) -> str:
    """A number within all bounds."""
    return " AND ".join(f"{expression} {_SIGNS[op]} {writing.bind(convert(bound), kind)}" for op, bound in bounds)


def compared(writing: Writing, column: str, name: str, op: Op, value: Any, *, type_: Type | None = None) -> str:  # noqa: PLR0911
    """True where the field of that name compares so; never null, as long as the column is not."""
    if op in {Op.EQ, Op.IN} and type_ is not Type.DATE:
        # Containment is what a GIN index finds; of a scalar beneath a key it is equality.
        values = value if op is Op.IN else (value,)
        held = [json_of({name: item}) for item in values]
        if len(held) <= _FEW:
            tests = (f"{column} @> {writing.bind(one, 'jsonb')}" for one in held)
            return f"({' OR '.join(tests)})"
        return f"({column} @> ANY({writing.bind(held, 'jsonb[]')}))"
    if op is Op.CONTAINS_ALL:
        return f"({column} @> {writing.bind(json_of({name: list(value)}), 'jsonb')})"
    if op is Op.CONTAINS and type_ is Type.SET:
        return f"({column} @> {writing.bind(json_of({name: [value]}), 'jsonb')})"
    key = writing.bind(name, "text")
    actual, text = f"({column} -> {key})", f"({column} ->> {key})"
    if op is Op.EXISTS:
        return f"coalesce(jsonb_typeof({actual}) <> 'null', false)"
    if op is Op.NOT_EXISTS:
        return f"coalesce(jsonb_typeof({actual}) = 'null', true)"
    if op is Op.CONTAINS_ANY:
        return f"coalesce(jsonb_typeof({actual}) = 'array' AND {actual} ?| {writing.bind(list(value), 'text[]')}, false)"
    if type_ is Type.DATE:
        return f"coalesce({_day(writing, text, actual, op, value)}, false)"
    if op is Op.CONTAINS:
        wanted = writing.bind(value, "text")
        in_text = f"WHEN 'string' THEN strpos({text}, {wanted}) > 0"
        in_list = "" if type_ is Type.TEXT else f"WHEN 'array' THEN {actual} ? {wanted} "
        return f"coalesce(CASE jsonb_typeof({actual}) {in_list}{in_text} END, false)"
    return f"coalesce({_ordered(writing, text, actual, op, value)}, false)"


def _ordered(writing: Writing, text: str, actual: str, op: Op, value: Scalar) -> str:
    kind = "boolean" if isinstance(value, bool) else "string" if isinstance(value, str) else "number"
    if kind == "string" and op in ORDERING:
        # jsonb orders texts by the database's collation; the rule orders them by code point.
        return f"(jsonb_typeof({actual}) = 'string' AND {text} COLLATE \"C\" {_SIGNS[op]} {writing.bind(value, 'text')})"
    return f"(jsonb_typeof({actual}) = '{kind}' AND {actual} {_SIGNS[op]} {writing.bind(json_of(value), 'jsonb')})"


def _day(writing: Writing, text: str, actual: str, op: Op, value: Any) -> str:
    day = f'substr({text}, 1, 10) COLLATE "C"'
    is_day = f"jsonb_typeof({actual}) = 'string' AND {text} ~ {writing.bind(f'^{DAY.pattern}', 'text')}"
    if op in OF_DAYS:
        first, last = day_range(op, value, writing.now.date())
        return f"({is_day} AND {day} BETWEEN {writing.bind(first, 'text')} AND {writing.bind(last, 'text')})"
    if op is Op.IN:
        return f"({is_day} AND {day} = ANY({writing.bind(list(value), 'text[]')}))"
    return f"({is_day} AND {day} {_SIGNS[op]} {writing.bind(value, 'text')})"
