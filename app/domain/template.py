"""How does a text become personal? Merge tags in a small part of Liquid, compiled once, rendered by joining."""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

LONGEST_SOURCE = 10_000
LONGEST_OUTPUT = 1_600
_LARGEST = 2**63
_MOST_DIGITS = 6

Values: TypeAlias = Mapping[str, Any]
Read: TypeAlias = Callable[[Values], str]

_MARK = re.compile(r"\{\{|\}\}|\{%")
_TOKEN = re.compile(
    r"""\s*(?:(?P<end>\}\})|(?P<text>"[^"]*"|'[^']*')|(?P<number>-?[0-9]+)|(?P<mark>[|:,])
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*))""",
    re.VERBOSE,
)
_SPACE = re.compile(r"\s*")


class TemplateProblem(ValueError):
    """The source cannot be used; `line` and `column` count from 1."""

    def __init__(self, detail: str, *, line: int, column: int) -> None:
        super().__init__(f"line {line}, column {column}: {detail}")
        self.line = line
        self.column = column
        self.detail = detail


class MissingField(LookupError):
    """A value without a default is not there for this person."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class OutputTooLong(ValueError):
    """The rendered text is longer than any carrier takes."""


@dataclass(frozen=True, slots=True)
class Field:
    """A name a template uses, and whether every use of it has a default."""

    name: str
    has_default: bool


@dataclass(frozen=True, slots=True)
class Template:
    """A compiled text. `pieces` are its literals, with a place left for each of `tags`: (place, how it is read).

    `room` is the characters the literals leave to the tags.
    """

    source: str
    fields: tuple[Field, ...]
    pieces: tuple[str, ...] = field(repr=False, compare=False)
    tags: tuple[tuple[int, Read], ...] = field(repr=False, compare=False)
    room: int = field(repr=False, compare=False)

    def render(self, values: Values) -> str:
        """The text for these values. Raises MissingField, or OutputTooLong past 1,600 characters.

        Text, numbers and booleans are written; everything else, and an empty text, is missing.
        """
        pieces = list(self.pieces)
        room = self.room
        for place, read in self.tags:
            pieces[place] = text = read(values)
            room -= len(text)
            if room < 0:  # at once, before a long value is copied a thousand times
                break
        if room < 0:
            raise OutputTooLong(f"more than the {LONGEST_OUTPUT} characters carriers take")
        return "".join(pieces)


def compile_template(source: str) -> Template:
    """Compile `text {{ name | filter: argument }} text`. Raises TemplateProblem, with the line and column of the fault.

    Filters: default, upcase, downcase, capitalize, strip, truncate. `{% %}` blocks are refused: a text message needs none.
    """
    if len(source) > LONGEST_SOURCE:
        raise TemplateProblem(f"{len(source)} characters; a template may have {LONGEST_SOURCE}", line=1, column=1)
    pieces: list[str] = []
    tags: list[tuple[int, Read]] = []
    uses: dict[str, bool] = {}
    end = 0
    while mark := _MARK.search(source, end):
        if mark.group() != "{{":
            detail = "this closes no tag" if mark.group() == "}}" else "blocks ({% %}) are not supported; use merge tags"
            raise _problem(source, mark.start(), detail)
        tag = _Tag.read(source, mark.start())
        pieces += (source[end : mark.start()], "")
        tags.append((len(pieces) - 1, tag.compiled()))
        uses[tag.name] = uses.get(tag.name, True) and tag.default is not None
        end = tag.end
    pieces.append(source[end:])
    room = LONGEST_OUTPUT - sum(map(len, pieces))
    return Template(source, tuple(Field(*use) for use in uses.items()), tuple(pieces), tuple(tags), room)


def _problem(source: str, at: int, detail: str) -> TemplateProblem:
    return TemplateProblem(detail, line=source.count("\n", 0, at) + 1, column=at - source.rfind("\n", 0, at))


def _written(value: object) -> str | None:
    """A scalar as text; None where there is nothing to write."""
    match value:
        case str():
            return value or None
        case bool():
            return "true" if value else "false"
        case int() if abs(value) <= _LARGEST:
            return str(value)
        case float() if math.isfinite(value):
            return str(int(value)) if value.is_integer() and abs(value) <= _LARGEST else f"{value:.15g}"
        case _:
            return None


def _truncate(text: str, length: int = 50, ellipsis: str = "...") -> str:
    """As Liquid has it: `length` counts the ellipsis."""
    return text if len(text) <= length else text[: max(0, length - len(ellipsis))] + ellipsis


# Filter -> (what it does, the types its arguments may have, in order)
_FILTERS: Mapping[str, tuple[Callable[..., str], tuple[type, ...]]] = {
    "upcase": (str.upper, ()),
    "downcase": (str.lower, ()),
    "capitalize": (str.capitalize, ()),
    "strip": (str.strip, ()),
    "truncate": (_truncate, (int, str)),
}
_Step: TypeAlias = tuple[Callable[..., str], tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class _Tag:
    """One merge tag: whose value, what to do with it (a step of None is the default), and where the tag ends in the source."""

    name: str
    steps: tuple[_Step | None, ...]
    default: str | None
    end: int

    @classmethod
    def read(cls, source: str, start: int) -> "_Tag":
        """The tag that opens at `start`. Raises TemplateProblem."""
        tokens = _tokens(source, start)
        kind, name, at = next(tokens)
        if kind != "name":
            raise _problem(source, start if kind == "end" else at, "a tag begins with the name of a value")
        steps: list[_Step | None] = []
        default: str | None = None
        kind, written, at = next(tokens)
        while kind != "end":
            if written != "|":
                raise _problem(source, at, "expected | and a filter, or the end of the tag")
            kind, called, where = next(tokens)
            if kind != "name":
                raise _problem(source, where, "the name of a filter is missing")
            arguments, (kind, written, at) = _arguments(source, tokens)
            if called == "default":
                if len(arguments) != 1:
                    raise _problem(source, where, "default takes one argument")
                default = str(arguments[0]) if default is None else default
                steps.append(None)
            else:
                steps.append(_step(source, called, arguments, where))
        return cls(name, tuple(steps), default, at + 2)

    def compiled(self) -> Read:
        """How the tag is read."""
        if "." in self.name:
            return _filtered(self.name, _inner(tuple(self.name.split("."))), self.steps, self.default)
        if self.steps in {(), (None,)}:
            return _plain(self.name, self.default)
        name = self.name
        return _filtered(name, lambda values: values.get(name), self.steps, self.default)


def _plain(name: str, default: str | None) -> Read:
    """Nearly every tag is of this kind: a value, perhaps with a default."""

    def read(values: Values) -> str:
        found = values.get(name)
        text = found if type(found) is str and found else _written(found)
        if text is None:
            if default is None:
                raise MissingField(name)
            return default
        return text

    return read


def _inner(path: tuple[str, ...]) -> Callable[[Values], object]:
    def find(values: Values) -> object:
        found: object = values
        for name in path:
            found = found.get(name) if isinstance(found, Mapping) else None
        return found

    return find


def _filtered(name: str, find: Callable[[Values], object], steps: tuple[_Step | None, ...], default: str | None) -> Read:
    def read(values: Values) -> str:
        found = find(values)
        text = found if type(found) is str and found else _written(found)
        for step in steps:
            if step is None:
                text = text or default
            elif text is not None:
                act, arguments = step
                text = act(text, *arguments)
        if text is None:
            raise MissingField(name)
        return text

    return read


def _tokens(source: str, start: int) -> Iterator[tuple[str, str, int]]:
    """(kind, text, place) of each token of the tag that opens at `start`, its end the last."""
    at = start + 2
    while True:
        token = _TOKEN.match(source, at)
        if token is None or token.lastgroup is None:
            raise _unread(source, start, at)
        yield token.lastgroup, token.group(token.lastgroup), token.start(token.lastgroup)
        at = token.end()


def _unread(source: str, start: int, at: int) -> TemplateProblem:
    space = _SPACE.match(source, at)
    place = space.end() if space else at
    if place >= len(source) or source.startswith("{{", place):
        return _problem(source, start, "this tag is never closed")
    if source[place] in "\"'":
        return _problem(source, place, "a quote is never closed")
    return _problem(source, place, f"{source[place]!r} means nothing here")


def _arguments(source: str, tokens: Iterator[tuple[str, str, int]]) -> tuple[list[str | int], tuple[str, str, int]]:
    """The arguments after a filter's name, and the token behind them."""
    arguments: list[str | int] = []
    token = next(tokens)
    while token[1] == (":" if not arguments else ","):
        kind, written, at = next(tokens)
        if kind not in {"text", "number"}:
            raise _problem(source, at, "an argument is a quoted text or a whole number")
        if kind == "number" and len(written) > _MOST_DIGITS:
            raise _problem(source, at, f"a number may have {_MOST_DIGITS} digits")
        arguments.append(written[1:-1] if kind == "text" else int(written))
        token = next(tokens)
    return arguments, token


def _step(source: str, name: str, arguments: list[str | int], at: int) -> _Step:
    if name not in _FILTERS:
        raise _problem(source, at, f"no filter is called {name!r}; there are {', '.join(sorted([*_FILTERS, 'default']))}")
    act, types = _FILTERS[name]
    if len(arguments) > len(types):
        raise _problem(source, at, f"{name} takes {len(types) or 'no'} arguments")
    for argument, wanted in zip(arguments, types, strict=False):
        if not isinstance(argument, wanted):
            raise _problem(source, at, f"{name} wants {'a whole number' if wanted is int else 'a text'} here")
    return act, tuple(arguments)
