"""How are values of unknown type compared? Numbers with numbers, texts by code point, days by the calendar."""

import re
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

Scalar = str | int | float | bool


class Op(StrEnum):
    """How a value is compared."""

    EQ = "eq"
    NE = "ne"
    LT = "lt"
    LTE = "lte"
    GT = "gt"
    GTE = "gte"
    IN = "in"
    CONTAINS = "contains"
    CONTAINS_ANY = "contains_any"
    CONTAINS_ALL = "contains_all"
    LAST_DAYS = "last_days"
    NEXT_DAYS = "next_days"
    EXISTS = "exists"
    NOT_EXISTS = "not_exists"


class Type(StrEnum):
    """What an attribute is taken for."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    SET = "set"


ORDERING = (Op.LT, Op.LTE, Op.GT, Op.GTE)
WITHOUT_VALUE = (Op.EXISTS, Op.NOT_EXISTS)
OF_SETS = (Op.CONTAINS_ANY, Op.CONTAINS_ALL)
OF_DAYS = (Op.LAST_DAYS, Op.NEXT_DAYS)
OPS_OF: dict[Type, tuple[Op, ...]] = {
    Type.TEXT: (Op.EQ, Op.NE, *ORDERING, Op.IN, Op.CONTAINS, *WITHOUT_VALUE),
    Type.NUMBER: (Op.EQ, Op.NE, *ORDERING, Op.IN, *WITHOUT_VALUE),
    Type.BOOLEAN: (Op.EQ, Op.NE, Op.IN, *WITHOUT_VALUE),
    Type.DATE: (Op.EQ, Op.NE, *ORDERING, Op.IN, *OF_DAYS, *WITHOUT_VALUE),
    Type.SET: (Op.CONTAINS, *OF_SETS, *WITHOUT_VALUE),
}
DAY = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")
"""How a text begins that is taken for a date; what follows (a time of day) is not looked at."""


def kind_of_value(value: Any) -> str:
    """What a value compares with: booleans, numbers and texts each with their own; lists and objects with nothing."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return "text" if isinstance(value, str) else "other"


def _equal(left: Any, right: Any) -> bool:
    return kind_of_value(left) == kind_of_value(right) != "other" and bool(left == right)


def _ordered(op: Op, left: Any, right: Any) -> bool:
    order = {Op.LT: left < right, Op.LTE: left <= right, Op.GT: left > right, Op.GTE: left >= right}
    return bool(order[op])


def day_range(op: Op, days: int, today: date) -> tuple[str, str]:
    """The first and the last day of the last or the next so many days, today included, as they are written."""
    first, last = (today - timedelta(days=days), today) if op is Op.LAST_DAYS else (today, today + timedelta(days=days))
    return first.isoformat(), last.isoformat()


def _compare_day(actual: Any, op: Op, value: Any, today: date) -> bool:
    if not isinstance(actual, str) or not DAY.match(actual):
        return False
    day = actual[:10]
    if op in OF_DAYS:
        first, last = day_range(op, value, today)
        return first <= day <= last
    return _compare(day, op, value)


def _compare_set(actual: Any, op: Op, value: Any) -> bool:
    if not isinstance(actual, list):
        return False
    return any(item in actual for item in value) if op is Op.CONTAINS_ANY else all(item in actual for item in value)


def _compare(actual: Any, op: Op, value: Any) -> bool:
    match op:
        case Op.EQ:
            return _equal(actual, value)
        case Op.NE:
            return kind_of_value(actual) == kind_of_value(value) and bool(actual != value)
        case Op.IN:
            return any(_equal(actual, item) for item in value)
        case Op.CONTAINS:
            return (isinstance(actual, list) and value in actual) or (isinstance(actual, str) and value in actual)
        case _:
            return kind_of_value(actual) == kind_of_value(value) and _ordered(op, actual, value)


def compare(actual: Any, op: Op, value: Any, *, type_: Type | None, today: date) -> bool:
    """Whether a value that may be missing (None) compares so.

    Missing makes everything false but `not_exists`, `ne` too; so does a value of another kind. A date is a text that begins with
    a day written 2026-11-23, and only that day counts.
    """
    if op is Op.EXISTS:
        return actual is not None
    if op is Op.NOT_EXISTS:
        return actual is None
    if type_ is Type.DATE:
        return _compare_day(actual, op, value, today)
    if (type_ is Type.SET and not isinstance(actual, list)) or (type_ is Type.TEXT and not isinstance(actual, str)):
        return False
    return _compare_set(actual, op, value) if op in OF_SETS else _compare(actual, op, value)
