"""What can a template hold in its hands? Texts, numbers, booleans and lists of them, each small; everything else is missing."""

import math
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypeAlias

LONGEST_OUTPUT = 1_600
LONGEST_VALUE = 4_000
MOST_ITEMS = 100
MOST_STEPS = 10_000
LARGEST = 2**63

Values: TypeAlias = Mapping[str, Any]
Value: TypeAlias = str | bool | int | float | Decimal | tuple[Any, ...] | None
"""None is what is missing: a name nobody gave, an empty text, and whatever cannot be written."""

_NUMBER = re.compile(r"\s*(-?[0-9]{1,18}(?:\.[0-9]{1,9})?)\s*\Z", re.ASCII)
_PLACES = Decimal("1e-9")


class MissingField(LookupError):
    """A value without a default is not there for this person."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class OutputTooLong(ValueError):
    """The rendered text, or something on the way to it, is longer than any carrier takes."""


class TooManySteps(OutputTooLong):
    """The loops would go round more often than any text needs."""


class Scope(dict[str, Any]):
    """Values of one rendering, with what the template names itself put over them, and the steps its loops have left.

    `marks` collects the names of missing values where a rendering is to go on with `[name]` in their place.
    """

    __slots__ = ("marks", "steps")

    def __init__(self, values: Values, marks: dict[str, None] | None = None) -> None:
        super().__init__(values)
        self.steps = MOST_STEPS
        self.marks = marks

    def spend(self, steps: int) -> None:
        """Take so many steps. Raises TooManySteps."""
        self.steps -= steps
        if self.steps < 0:
            raise TooManySteps(f"loops that take more than {MOST_STEPS} steps")


def clean(found: object) -> Value:
    """A value as templates see it. Raises OutputTooLong for one that is larger than anything a contact can hold."""
    if found is None or found is True or found is False:
        return found
    if isinstance(found, str):
        return bounded(found)
    match found:
        case Decimal():
            return found
        case int():
            return found if abs(found) <= LARGEST else None
        case float():
            return found if math.isfinite(found) else None
        case list() | tuple():
            if len(found) > MOST_ITEMS:
                raise OutputTooLong(f"a list of {len(found)} items; templates read up to {MOST_ITEMS}")
            return tuple(found) or None
        case _:
            return None


def bounded(text: str) -> str | None:
    """The text, None when it is empty. Raises OutputTooLong."""
    if len(text) > LONGEST_VALUE:
        raise OutputTooLong(f"a value of {len(text)} characters; templates read up to {LONGEST_VALUE}")
    return text or None


def written(value: object) -> str | None:
    """A text, number or boolean as text; None for everything else, and where there is nothing to write."""
    match value:
        case str():
            return value or None
        case bool():
            return "true" if value else "false"
        case int() if abs(value) <= LARGEST:
            return str(value)
        case float() if math.isfinite(value):
            return str(int(value)) if value.is_integer() and abs(value) <= LARGEST else f"{value:.15g}"
        case Decimal():
            return _plain(value)
        case _:
            return None


def _plain(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def number_of(value: Value) -> Decimal | None:
    """A number, or a text that is one, exactly as it is written; None for anything else. At most nine decimals are kept."""
    match value:
        case bool():
            return None
        case int() if abs(value) <= LARGEST:
            return Decimal(value)
        case float() if math.isfinite(value) and abs(value) <= LARGEST:
            return kept(Decimal(repr(value)))
        case Decimal():
            return value
        case str() if found := _NUMBER.match(value):
            return Decimal(found[1])
        case _:
            return None


def kept(number: Decimal) -> Decimal | None:
    """A result that can be written out: within 2^63 of zero, to nine decimals."""
    if not number.is_finite() or abs(number) > LARGEST:
        return None
    exponent = number.as_tuple().exponent
    return number.quantize(_PLACES).normalize() if isinstance(exponent, int) and exponent < -9 else number


def item_named(found: object, name: str) -> object:
    """What lies under a name in a mapping; `first`, `last` and `size` of a list, `size` of a text. No attribute of anything."""
    if isinstance(found, Mapping):
        return found.get(name)
    if isinstance(found, list | tuple):
        if name == "size":
            return len(found)
        return {"first": found[0], "last": found[-1]}.get(name) if found else None
    return len(found) if isinstance(found, str) and name == "size" else None
