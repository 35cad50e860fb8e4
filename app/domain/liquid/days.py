"""How is a day written? Dates and instants as contacts have them, by strftime's directives, in the text's language."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime

from app.domain.liquid.styles import Calendar, Style

LONGEST_PATTERN = 100
_DIRECTIVE = re.compile(r"%(-?.?)", re.DOTALL)

# Our own writing of each: the C library's takes widths, and a width of a billion is a text of a billion characters.
_WRITTEN: Mapping[str, Callable[[datetime], str]] = {
    "Y": lambda at: f"{at.year:04}",
    "y": lambda at: f"{at.year % 100:02}",
    "m": lambda at: f"{at.month:02}",
    "-m": lambda at: str(at.month),
    "d": lambda at: f"{at.day:02}",
    "-d": lambda at: str(at.day),
    "e": lambda at: f"{at.day:2}",
    "j": lambda at: f"{at.timetuple().tm_yday:03}",
    "H": lambda at: f"{at.hour:02}",
    "-H": lambda at: str(at.hour),
    "I": lambda at: f"{(at.hour - 1) % 12 + 1:02}",
    "-I": lambda at: str((at.hour - 1) % 12 + 1),
    "l": lambda at: str((at.hour - 1) % 12 + 1),
    "M": lambda at: f"{at.minute:02}",
    "S": lambda at: f"{at.second:02}",
    "p": lambda at: "AM" if at.hour < 12 else "PM",
    "P": lambda at: "am" if at.hour < 12 else "pm",
    "F": lambda at: f"{at.year:04}-{at.month:02}-{at.day:02}",
    "R": lambda at: f"{at.hour:02}:{at.minute:02}",
    "%": lambda _: "%",
}
_NAMED: Mapping[str, Callable[[datetime, Calendar], str]] = {
    "B": lambda at, names: names.months[at.month - 1],
    "b": lambda at, names: names.short_months[at.month - 1],
    "A": lambda at, names: names.weekdays[at.weekday()],
    "a": lambda at, names: names.weekdays[at.weekday()][: names.short],
}


def pattern_problem(pattern: str, style: Style) -> str:
    """Why a pattern cannot be used; "" when it can."""
    if len(pattern) > LONGEST_PATTERN:
        return f"a pattern of a date may have {LONGEST_PATTERN} characters"
    for found in _DIRECTIVE.finditer(pattern):
        if found[1] not in _WRITTEN and found[1] not in _NAMED:
            return f"%{found[1]} means nothing in a date; there are {', '.join(f'%{name}' for name in (*_WRITTEN, *_NAMED))}"
        if found[1] in _NAMED and style.calendar is None:
            return f"%{found[1]} needs names of months and days, which are not known in this language: write it in numbers"
    return ""


def day_of(text: str) -> datetime | None:
    """A date or an instant in ISO 8601, at the clock it was written with; None for anything else."""
    try:
        return datetime.fromisoformat(text.strip()) if len(text) <= 40 else None
    except ValueError:
        return None


def dated(at: datetime | date, pattern: str, style: Style) -> str | None:
    """A day by a pattern; None where the pattern cannot be used."""
    if pattern_problem(pattern, style):
        return None
    moment = at if isinstance(at, datetime) else datetime(at.year, at.month, at.day)  # noqa: DTZ001 - a day has no zone
    return "".join(_pieces(moment, pattern, style))


def _pieces(at: datetime, pattern: str, style: Style) -> Iterator[str]:
    end = 0
    for found in _DIRECTIVE.finditer(pattern):
        yield pattern[end : found.start()]
        if style.calendar is not None and found[1] in _NAMED:
            yield _NAMED[found[1]](at, style.calendar)
        else:
            yield _WRITTEN[found[1]](at)
        end = found.end()
    yield pattern[end:]
