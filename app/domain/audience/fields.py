"""How is a field of a leaf read from JSON, and written again? One value at a time, every fault named where it is."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.domain.audience.comparing import DAY, OF_DAYS, OF_SETS, OPS_OF, ORDERING, WITHOUT_VALUE, Op, Scalar, Type, kind_of_value
from app.domain.ids import BadId, decode_id, encode_id

MOST_VALUES = 1_000
LONGEST_TEXT = 1_000
MOST_DAYS = 3_650

Range = tuple[tuple[Op, int | float], ...]
"""Bounds that all hold, such as `{"gte": 18, "lt": 30}`."""


class RuleProblem(ValueError):
    """The rule cannot be used; `pointer` is a JSON pointer to the node or field at fault."""

    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(detail)
        self.pointer = pointer
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Value:
    """A kind of value: how it is read from JSON (given where it stands; raises RuleProblem) and written again."""

    read: Callable[[Any, str], Any]
    write: Callable[[Any], Any] = lambda value: value


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a leaf: its name in JSON and of the dataclass, and its word in the text form, with a unit after a number.

    `needed` has no default. `is_comparisons` is a list of `{"property", "op", "value"}`, in the text form one after another.
    """

    name: str
    value: Value
    needed: bool = False
    word: str = ""
    unit: str = ""
    is_comparisons: bool = False

    @property
    def spoken(self) -> str:
        """Its word in the text form."""
        return self.word or self.name


def escaped(name: str) -> str:
    """A name inside a JSON pointer (RFC 6901, section 3)."""
    return name.replace("~", "~0").replace("/", "~1")


def read_text(raw: Any, pointer: str, *, longest: int = LONGEST_TEXT) -> str:
    """A text that can be stored. Raises RuleProblem."""
    if not isinstance(raw, str) or not 0 < len(raw) <= longest:
        raise RuleProblem(pointer, f"must be a text of 1 to {longest} characters")
    if "\x00" in raw or any("\ud800" <= character <= "\udfff" for character in raw):
        raise RuleProblem(pointer, "holds a character that cannot be stored")
    return raw


def text(*, longest: int = LONGEST_TEXT) -> Value:
    """A text."""
    return Value(lambda raw, pointer: read_text(raw, pointer, longest=longest))


def one_of(*words: str) -> Value:
    """One of a few words."""

    def read(raw: Any, pointer: str) -> str:
        if not isinstance(raw, str) or raw not in words:
            raise RuleProblem(pointer, f"must be one of {', '.join(words)}")
        return raw

    return Value(read)


def one_or_many(read_one: Callable[[Any, str], str], *, what: str, most: int = MOST_VALUES) -> Value:
    """A text or a list of texts; kept without repeats, written as one when it is one."""

    def read(raw: Any, pointer: str) -> tuple[str, ...]:
        given = raw if isinstance(raw, list) else [raw]
        if not 0 < len(given) <= most:
            raise RuleProblem(pointer, f"must name 1 to {most} {what}")
        return tuple(dict.fromkeys(read_one(item, pointer) for item in given))

    return Value(read, lambda kept: kept[0] if len(kept) == 1 else list(kept))


def is_number(raw: Any) -> bool:
    """Whether it is a number that every reader of JSON takes for the same."""
    return not isinstance(raw, bool) and isinstance(raw, int | float) and math.isfinite(raw) and abs(raw) <= 2**53


def number(*, least: float, most: float, whole: bool = False) -> Value:
    """A number within bounds."""

    def read(raw: Any, pointer: str) -> int | float:
        if not is_number(raw) or not least <= raw <= most or (whole and not isinstance(raw, int)):
            raise RuleProblem(pointer, f"must be a {'whole ' if whole else ''}number from {least:g} to {most:g}")
        found: int | float = raw
        return found

    return Value(read)


def days() -> Value:
    """How many days: whole ones, at most ten years of them."""
    return number(least=1, most=MOST_DAYS, whole=True)


def number_range(*, whole: bool = False, least: float = -(2**53), most: float = 2**53) -> Value:
    """Bounds on a number, `{"gte": 2}`; a number alone is taken for `{"eq": ...}`."""
    ops = (Op.EQ, Op.GTE, Op.GT, Op.LTE, Op.LT)

    def read(raw: Any, pointer: str) -> Range:
        given = raw if isinstance(raw, dict) else {"eq": raw}
        if not given:
            raise RuleProblem(pointer, f"names no bound: one of {', '.join(ops)}")
        for name in given:
            if name not in ops:
                raise RuleProblem(f"{pointer}/{escaped(str(name))}", f"a bound is one of {', '.join(ops)}")
        one = number(least=least, most=most, whole=whole)
        at = {name: f"{pointer}/{name}" if isinstance(raw, dict) else pointer for name in given}
        return tuple((op, one.read(given[op], at[op])) for op in ops if op in given)

    return Value(read, lambda bounds: {op.value: bound for op, bound in bounds})


def in_range(value: Any, bounds: Range) -> bool:
    """Whether a number is within all bounds."""
    tests = {
        Op.EQ: lambda bound: value == bound,
        Op.LT: lambda bound: value < bound,
        Op.LTE: lambda bound: value <= bound,
        Op.GT: lambda bound: value > bound,
        Op.GTE: lambda bound: value >= bound,
    }
    return all(tests[op](bound) for op, bound in bounds)


def id_of(kind: str) -> Value:
    """An id of ours."""

    def read(raw: Any, pointer: str) -> Any:
        try:
            return decode_id(kind, read_text(raw, pointer))
        except BadId as problem:
            raise RuleProblem(pointer, str(problem)) from None

    return Value(read, lambda kept: encode_id(kind, kept))


def _scalar(raw: Any, pointer: str) -> Scalar:
    if isinstance(raw, str):
        return raw if raw == "" else read_text(raw, pointer)
    if isinstance(raw, bool):
        return raw
    if is_number(raw):
        found: Scalar = raw
        return found
    raise RuleProblem(pointer, "must be a text, a number within 2^53 of zero, or a boolean")


def _several(raw: Any, pointer: str, one: Callable[[Any, str], Any]) -> tuple[Any, ...]:
    if not isinstance(raw, list) or not 0 < len(raw) <= MOST_VALUES:
        raise RuleProblem(pointer, f"must be a list of 1 to {MOST_VALUES} values")
    return tuple(one(item, f"{pointer}/{place}") for place, item in enumerate(raw))


def _typed(type_: Type | None) -> Callable[[Any, str], Scalar]:
    def read(raw: Any, pointer: str) -> Scalar:
        scalar = _scalar(raw, pointer)
        if type_ is Type.DATE:
            if not isinstance(scalar, str) or not DAY.fullmatch(scalar):
                raise RuleProblem(pointer, "a date is a day written as 2026-11-23")
        elif type_ in {Type.TEXT, Type.NUMBER, Type.BOOLEAN} and kind_of_value(scalar) != type_:
            raise RuleProblem(pointer, f"must be a {type_}, as the attribute is")
        return scalar

    return read


def read_comparison(raw: dict[str, Any], pointer: str, *, type_: Type | None = None) -> tuple[Op, Any]:
    """`op` and `value` of an object, the value None where the operator takes none. Raises RuleProblem for what does not fit."""
    ops = OPS_OF[type_] if type_ is not None else tuple(op for op in Op if op not in OF_DAYS)
    if raw.get("op") not in list(ops):  # a list, because what was sent may not be hashable
        raise RuleProblem(f"{pointer}/op", f"must be one of {', '.join(ops)}")
    op, here = Op(raw["op"]), f"{pointer}/value"
    if op in WITHOUT_VALUE:
        if "value" in raw:
            raise RuleProblem(here, f"{op} takes no value")
        return op, None
    if "value" not in raw:
        raise RuleProblem(here, f"{op} needs a value")
    value = raw["value"]
    if op is Op.IN:
        return op, _several(value, here, _typed(type_))
    if op in OF_SETS:
        return op, _several(value, here, read_text)
    if op in OF_DAYS:
        return op, days().read(value, here)
    scalar = _typed(type_)(value, here)
    if op in ORDERING and isinstance(scalar, bool):
        raise RuleProblem(here, f"{op} compares numbers or texts")
    if op is Op.CONTAINS and (not isinstance(scalar, str) or not scalar):
        raise RuleProblem(here, "contains looks for a text")
    return op, scalar


def write_comparison(op: Op, value: Any) -> dict[str, Any]:
    """`op` and `value` as JSON."""
    if op in WITHOUT_VALUE:
        return {"op": op.value}
    return {"op": op.value, "value": list(value) if isinstance(value, tuple) else value}
