"""What can be done to a value on its way into a text? Each filter, and what it takes; none can grow without bound."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Any, Literal, TypeAlias
from urllib.parse import quote_plus

from app.domain.liquid.days import dated, day_of, pattern_problem
from app.domain.liquid.styles import MOST_DECIMALS, Style, grouped, priced
from app.domain.liquid.values import LONGEST_VALUE, MOST_ITEMS, OutputTooLong, Value, kept, number_of, written

Wants: TypeAlias = Literal["text", "whole", "number", "pattern", "currency"]
WANTED: Mapping[Wants, str] = {
    "text": "a text",
    "whole": "a whole number",
    "number": "a number",
    "pattern": "a pattern such as '%d.%m.%Y'",
    "currency": "a currency's code such as 'EUR'",
}
_CURRENCY = re.compile(r"[A-Z]{3}\Z")


@dataclass(frozen=True, slots=True)
class Filter:
    """What a filter does, what its arguments are, in order, and how many it needs. `styled` ones get the language's style first.

    `act` answers None where there is nothing to write: the value is missing from there on, and a default may stand in. It is
    asked about a missing value only where `counts_nothing`.
    """

    act: Callable[..., Value]
    wants: tuple[Wants, ...] = ()
    needs: int = 0
    styled: bool = False
    counts_nothing: bool = False


def argument_of(value: Value, wants: Wants) -> Any:
    """A value as an argument of the kind a filter wants; None where it is none."""
    if wants in {"text", "pattern", "currency"}:
        return written(value)
    number = number_of(value)
    if wants == "number" or number is None:
        return number
    return int(number) if number == int(number) and abs(number) <= LONGEST_VALUE else None


def literal_problem(value: str | int | Decimal, wants: Wants, style: Style) -> str:
    """Why a written argument is not what the filter wants; "" when it is."""
    if wants == "pattern" and isinstance(value, str):
        return pattern_problem(value, style)
    fits = {
        "text": isinstance(value, str),
        "whole": isinstance(value, int),
        "number": not isinstance(value, str),
        "pattern": False,
        "currency": isinstance(value, str) and bool(_CURRENCY.match(value)),
    }[wants]
    return "" if fits else f"wants {WANTED[wants]} here"


def _on_text(act: Callable[..., str]) -> Callable[..., Value]:
    def acted(value: Value, *arguments: Any) -> Value:
        text = written(value)
        return None if text is None else act(text, *arguments) or None

    return acted


def _on_number(act: Callable[..., Decimal | None]) -> Callable[..., Value]:
    def acted(value: Value, *arguments: Any) -> Value:
        number = number_of(value)
        found = None if number is None else act(number, *arguments)
        return None if found is None else kept(found)

    return acted


def _truncate(text: str, length: int = 50, ellipsis: str = "...") -> str:
    """As Liquid has it: `length` counts the ellipsis."""
    return text if len(text) <= length else text[: max(0, length - len(ellipsis))] + ellipsis


def _truncate_words(text: str, words: int = 15, ellipsis: str = "...") -> str:
    found = text.split(maxsplit=max(1, words))
    return text if len(found) <= max(1, words) else " ".join(found[: max(1, words)]) + ellipsis


def _replace(text: str, old: str, new: str = "", count: int = -1) -> str:
    times = text.count(old) if old else 0
    if times * len(new) > LONGEST_VALUE:
        raise OutputTooLong(f"replacing makes more than {LONGEST_VALUE} characters")
    return text.replace(old, new, count) if old else text


def _slice(value: Value, start: int, length: int = 1) -> Value:
    held: Any = value if isinstance(value, tuple) else written(value)
    if held is None or length <= 0 or not -len(held) <= start < len(held):
        return None
    start %= len(held)
    return held[start : start + length] or None


def _split(value: Value, separator: str) -> Value:
    text = written(value) or ""
    items = text.split(separator, MOST_ITEMS) if separator else list(text[: MOST_ITEMS + 1])
    if len(items) > MOST_ITEMS:
        raise OutputTooLong(f"splitting makes more than {MOST_ITEMS} items")
    return tuple(item for item in items if item) or None


def _join(value: Value, glue: str = " ") -> Value:
    return glue.join(text for text in map(written, value) if text) or None if isinstance(value, tuple) else written(value)


def _size(value: Value) -> Value:
    return len(value) if isinstance(value, tuple) else len(written(value) or "")


def _divided(number: Decimal, by: Decimal) -> Decimal | None:
    """As Liquid has it: whole numbers divide to a whole one, rounded down."""
    if not by:
        return None
    exact = number / by
    return exact.to_integral_value(ROUND_FLOOR) if _whole(number) and _whole(by) else exact


def _whole(number: Decimal) -> bool:
    exponent = number.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= 0


def _modulo(number: Decimal, by: Decimal) -> Decimal | None:
    return number - by * (number / by).to_integral_value(ROUND_FLOOR) if by else None


def _round(number: Decimal, decimals: int = 0) -> Decimal:
    return number.quantize(Decimal(1).scaleb(-min(max(decimals, 0), MOST_DECIMALS)), ROUND_HALF_UP)


def _date(value: Value, style: Style, pattern: str) -> Value:
    at = day_of(value) if isinstance(value, str) else None
    return None if at is None else dated(at, pattern, style)


def _number(value: Value, style: Style, decimals: int = 0) -> Value:
    number = number_of(value)
    return None if number is None else grouped(number, decimals, style)


def _money(value: Value, style: Style, currency: str) -> Value:
    number = number_of(value)
    return None if number is None or not _CURRENCY.match(currency) else priced(number, currency, style)


FILTERS: Mapping[str, Filter] = {
    "upcase": Filter(_on_text(str.upper)),
    "downcase": Filter(_on_text(str.lower)),
    "capitalize": Filter(_on_text(str.capitalize)),
    "strip": Filter(_on_text(str.strip)),
    "lstrip": Filter(_on_text(str.lstrip)),
    "rstrip": Filter(_on_text(str.rstrip)),
    "truncate": Filter(_on_text(_truncate), ("whole", "text")),
    "truncatewords": Filter(_on_text(_truncate_words), ("whole", "text")),
    "append": Filter(_on_text(lambda text, more: text + more), ("text",), 1),
    "prepend": Filter(_on_text(lambda text, more: more + text), ("text",), 1),
    "replace": Filter(_on_text(_replace), ("text", "text"), 1),
    "replace_first": Filter(_on_text(lambda text, old, new="": _replace(text, old, new, 1)), ("text", "text"), 1),
    "remove": Filter(_on_text(_replace), ("text",), 1),
    "remove_first": Filter(_on_text(lambda text, old: _replace(text, old, "", 1)), ("text",), 1),
    "url_encode": Filter(_on_text(lambda text: quote_plus(text, errors="replace"))),
    "slice": Filter(_slice, ("whole", "whole"), 1),
    "split": Filter(_split, ("text",), 1),
    "join": Filter(_join, ("text",)),
    "first": Filter(lambda value: value[0] if isinstance(value, tuple) else value),
    "last": Filter(lambda value: value[-1] if isinstance(value, tuple) else value),
    "size": Filter(_size, counts_nothing=True),
    "plus": Filter(_on_number(lambda number, more: number + more), ("number",), 1),
    "minus": Filter(_on_number(lambda number, less: number - less), ("number",), 1),
    "times": Filter(_on_number(lambda number, by: number * by), ("number",), 1),
    "divided_by": Filter(_on_number(_divided), ("number",), 1),
    "modulo": Filter(_on_number(_modulo), ("number",), 1),
    "abs": Filter(_on_number(abs)),
    "ceil": Filter(_on_number(lambda number: number.to_integral_value(ROUND_CEILING))),
    "floor": Filter(_on_number(lambda number: number.to_integral_value(ROUND_FLOOR))),
    "round": Filter(_on_number(_round), ("whole",)),
    "at_least": Filter(_on_number(max), ("number",), 1),
    "at_most": Filter(_on_number(min), ("number",), 1),
    "date": Filter(_date, ("pattern",), 1, styled=True),
    "number": Filter(_number, ("whole",), styled=True),
    "money": Filter(_money, ("currency",), 1, styled=True),
}
"""Filter -> what it does. `default` is no filter: it is what stands in for a missing value."""
