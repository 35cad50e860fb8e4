"""How does a text become personal? Merge tags in a small part of Liquid, split once, rendered by joining."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

LONGEST_SOURCE = 10_000
LONGEST_OUTPUT = 1_600

_TAG = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_PIECE = re.compile(r"""\s*(?:(?P<text>"[^"]*"|'[^']*')|(?P<number>-?\d+)|(?P<mark>[|:,])|(?P<name>[^\s|:,"']+))""")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*")

Scalar = str | int | float | bool | None
Values = Mapping[str, Any]


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


def _truncate(value: str, length: int = 50, ellipsis: str = "...") -> str:
    """Liquid's: `length` counts the ellipsis."""
    return value if len(value) <= length else value[: max(0, length - len(ellipsis))] + ellipsis


# Filter -> (function, fewest arguments, most arguments, their types in order)
_FILTERS: Mapping[str, tuple[Callable[..., str], int, int, tuple[type, ...]]] = {
    "upcase": (str.upper, 0, 0, ()),
    "downcase": (str.lower, 0, 0, ()),
    "capitalize": (lambda value: value[:1].upper() + value[1:].lower(), 0, 0, ()),
    "strip": (str.strip, 0, 0, ()),
    "truncate": (_truncate, 0, 2, (int, str)),
}
_Step = tuple[str, Callable[..., str] | None, tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class _Tag:
    """One merge tag: where its value is, and the filters it goes through."""

    path: tuple[str, ...]
    steps: tuple[_Step, ...]

    def render(self, values: Values) -> str:
        found: Any = values
        for name in self.path:
            found = found.get(name) if isinstance(found, Mapping) else None
        text = _written(found)
        for name, function, arguments in self.steps:
            if name == "default":
                text = text or arguments[0]
            elif text is not None and function is not None:
                text = function(text, *arguments)
        if text is None:
            raise MissingField(".".join(self.path))
        return text


def _written(value: Any) -> str | None:
    """A scalar as text; None and anything that is not a scalar is missing."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"{value:g}" if isinstance(value, float) and value.is_integer() else str(value)
    return None


@dataclass(frozen=True, slots=True)
class Template:
    """A compiled text: literals and tags in turn."""

    source: str
    pieces: tuple[str | _Tag, ...]
    fields: tuple[Field, ...]

    def render(self, values: Values) -> str:
        """The text for these values. Raises MissingField, or OutputTooLong past 1,600 characters."""
        if len(self.pieces) == 1 and isinstance(self.pieces[0], str):
            text = self.pieces[0]
        else:
            text = "".join([piece if isinstance(piece, str) else piece.render(values) for piece in self.pieces])
        if len(text) > LONGEST_OUTPUT:
            raise OutputTooLong(f"{len(text)} characters; carriers take {LONGEST_OUTPUT}")
        return text


def _place(source: str, at: int) -> dict[str, int]:
    return {"line": source.count("\n", 0, at) + 1, "column": at - source.rfind("\n", 0, at)}


def compile_template(source: str) -> Template:
    """Compile `text {{ name | filter: argument }} text`. Raises TemplateProblem, with the line and column of the fault.

    Filters: default, upcase, downcase, capitalize, strip, truncate. `{% %}` blocks are refused: a text message needs none.
    """
    if len(source) > LONGEST_SOURCE:
        raise TemplateProblem(f"{len(source)} characters; a template may have {LONGEST_SOURCE}", line=1, column=1)
    if "{%" in source:
        raise TemplateProblem("blocks ({% %}) are not supported; use merge tags", **_place(source, source.index("{%")))
    pieces: list[str | _Tag] = []
    end = 0
    for match in _TAG.finditer(source):
        pieces.append(_literal(source, end, match.start()))
        pieces.append(_tag(source, match.group(1), match.start()))
        end = match.end()
    pieces.append(_literal(source, end, len(source)))
    kept = tuple(piece for piece in pieces if piece != "")
    return Template(source, kept or ("",), _fields(kept))


def _literal(source: str, start: int, end: int) -> str:
    text = source[start:end]
    for mark, detail in (("{{", "this tag is never closed"), ("}}", "this closes no tag")):
        if mark in text:
            raise TemplateProblem(detail, **_place(source, start + text.index(mark)))
    return text


def _fields(pieces: tuple[str | _Tag, ...]) -> tuple[Field, ...]:
    uses: dict[str, bool] = {}
    for piece in pieces:
        if isinstance(piece, _Tag):
            name = ".".join(piece.path)
            uses[name] = uses.get(name, True) and any(step[0] == "default" for step in piece.steps)
    return tuple(Field(name, has_default) for name, has_default in uses.items())


def _tokens(source: str, inside: str, at: int) -> list[tuple[str, str, int]]:
    tokens: list[tuple[str, str, int]] = []
    position = 0
    while inside[position:].strip():
        match = _PIECE.match(inside, position)
        if match is None or match.lastgroup is None:
            raise TemplateProblem("a quote is never closed", **_place(source, at + 2 + position))
        tokens.append((match.lastgroup, match.group(match.lastgroup), at + 2 + match.start(match.lastgroup)))
        position = match.end()
    return tokens


def _tag(source: str, inside: str, at: int) -> _Tag:
    tokens = _tokens(source, inside, at)
    if not tokens or tokens[0][0] != "name" or not _NAME.fullmatch(tokens[0][1]):
        where = tokens[0][2] if tokens else at
        raise TemplateProblem("a tag begins with the name of a value", **_place(source, where))
    steps: list[_Step] = []
    position = 1
    while position < len(tokens):
        step, position = _step(source, tokens, position)
        steps.append(step)
    return _Tag(tuple(tokens[0][1].split(".")), tuple(steps))


def _step(source: str, tokens: list[tuple[str, str, int]], position: int) -> tuple[_Step, int]:
    if tokens[position][1] != "|" or position + 1 >= len(tokens) or tokens[position + 1][0] != "name":
        raise TemplateProblem("expected | and the name of a filter", **_place(source, tokens[position][2]))
    _, name, where = tokens[position + 1]
    position += 2
    arguments: list[Any] = []
    if position < len(tokens) and tokens[position][1] == ":":
        while position < len(tokens) and tokens[position][1] in {":", ","}:
            if position + 1 >= len(tokens) or tokens[position + 1][0] not in {"text", "number"}:
                raise TemplateProblem("an argument is a quoted text or a whole number", **_place(source, tokens[position][2]))
            kind, written, _ = tokens[position + 1]
            arguments.append(written[1:-1] if kind == "text" else int(written))
            position += 2
    return _checked(source, name, arguments, where), position


def _checked(source: str, name: str, arguments: list[Any], where: int) -> _Step:
    if name == "default":
        if len(arguments) != 1:
            raise TemplateProblem("default takes one argument", **_place(source, where))
        return name, None, (str(arguments[0]),)
    if name not in _FILTERS:
        known = ", ".join(sorted([*_FILTERS, "default"]))
        raise TemplateProblem(f"no filter is called {name!r}; there are {known}", **_place(source, where))
    function, fewest, most, types = _FILTERS[name]
    if not fewest <= len(arguments) <= most:
        raise TemplateProblem(f"{name} takes {fewest} to {most} arguments", **_place(source, where))
    for argument, wanted in zip(arguments, types, strict=False):
        if not isinstance(argument, wanted):
            raise TemplateProblem(f"{name} wants {wanted.__name__} here", **_place(source, where))
    return name, function, tuple(arguments)
