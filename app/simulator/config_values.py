"""What may a setting of the simulated carrier be? One reader for each kind of value, from JSON; each says what it must be."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

LOST_BY = ("close", "stall", "half")


class BadConfig(ValueError):
    """A setting that does not exist or cannot have this value; the message names it."""


def whole(value: Any) -> int:
    """A whole number."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadConfig("must be a whole number")
    return value


def number(value: Any) -> float:
    """Zero or more."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
        raise BadConfig("must be a number, and not below 0")
    return float(value)


def shift(value: Any) -> float:
    """Seconds to either side, up to a century."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 3.2e9:
        raise BadConfig("must be a number of seconds")
    return float(value)


def share(value: Any) -> float:
    """Part of a whole."""
    if number(value) > 1:
        raise BadConfig("must be between 0 and 1")
    return float(value)


def places(value: Any) -> int:
    """How many at once."""
    if not 1 <= whole(value) <= 4096:
        raise BadConfig("must be between 1 and 4096")
    return int(value)


def switch(value: Any) -> bool:
    """Yes or no."""
    if not isinstance(value, bool):
        raise BadConfig("must be true or false")
    return value


def text(value: Any) -> str:
    """A text."""
    if not isinstance(value, str):
        raise BadConfig("must be a text")
    return value


def url(value: Any) -> str:
    """Where to call back, or nothing."""
    found = text(value or "")
    try:
        usable = urlsplit(found).scheme in {"http", "https"} and bool(urlsplit(found).hostname)
    except ValueError:
        usable = False
    if found and not usable:
        raise BadConfig("must be an http or https URL")
    return found


def texts(value: Any) -> tuple[str, ...]:
    """A list of texts."""
    if not isinstance(value, list | tuple):
        raise BadConfig("must be a list of texts")
    return tuple(text(item) for item in value)


def table(read: Callable[[Any], Any]) -> Callable[[Any], dict[str, Any]]:
    """The reader of an object whose values are all of one kind."""

    def read_table(value: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise BadConfig("must be an object")
        return {text(key): read(item) for key, item in value.items()}

    return read_table


def lost_by(value: Any) -> str:
    """A way to lose an answer."""
    if value not in LOST_BY:
        raise BadConfig(f"must be one of {', '.join(LOST_BY)}")
    return str(value)


def failures(value: Any) -> tuple[str, ...]:
    """Asynchronous failures to draw from."""
    found = texts(value)
    if not found or not all(each.startswith(("undelivered:", "failed:")) and each.partition(":")[2].isdigit() for each in found):
        raise BadConfig("must be a list of at least one undelivered:CODE or failed:CODE")
    return found


def script(value: Any) -> tuple[str, ...]:
    """What happens to one number: a step, or several."""
    steps = (value,) if isinstance(value, str) else texts(value)
    for step in steps:
        word, _, argument = step.partition(":")
        if word not in _STEPS or not _STEPS[word](argument):
            raise BadConfig(f"has a step nobody knows, {step!r}; there are {', '.join(_STEPS)}")
    return steps


def _is_seconds(value: str) -> bool:
    return value.replace(".", "", 1).isdigit()


def _is_keys(value: str) -> bool:
    return bool(value) and set(value) <= set("0123456789*#")


# What may follow a step's colon.
_STEPS: Mapping[str, Callable[[str], bool]] = {
    **dict.fromkeys(("refuse", "refuse_once", "error", "error_after", "undelivered", "failed"), str.isdigit),
    **dict.fromkeys(("throttle_once", "stall", "never_receipt", "early_receipt", "double_receipt", "late_receipt"), "".__eq__),
    **dict.fromkeys(("out_of_order", "read", "machine", "busy", "no_answer", "unsigned_receipt"), "".__eq__),
    "lose_answer": ("", *LOST_BY).__contains__,
    "slow": _is_seconds,
    "reply": bool,
    "tap": bool,
    "press": _is_keys,
}
