"""What is written inside a tag? Its tokens one at a time, each with its place, and faults told by line and column."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, TypeAlias

MOST_DIGITS = 6
KEYWORDS = frozenset({"true", "false", "nil", "null", "empty", "blank", "and", "or", "contains", "in"})

Kind: TypeAlias = Literal["end", "text", "number", "sign", "mark", "name"]

_TOKEN = re.compile(
    r"""\s*(?:(?P<end>-?(?:\}\}|%\}))|(?P<text>"[^"]*"|'[^']*')|(?P<number>-?[0-9]+(?:\.[0-9]+)?)|(?P<sign>==|!=|<=|>=|<>|<|>)
    |(?P<mark>[|:,=])|(?P<name>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*))""",
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


def problem(source: str, at: int, detail: str) -> TemplateProblem:
    """A fault at a place in the source."""
    return TemplateProblem(detail, line=source.count("\n", 0, at) + 1, column=at - source.rfind("\n", 0, at))


@dataclass(frozen=True, slots=True)
class Token:
    """One token: its kind, its text as written, and where it begins and ends in the source."""

    kind: Kind
    text: str
    at: int
    end: int

    @property
    def literal(self) -> str | int | Decimal:
        """The value of a quoted text or a number."""
        if self.kind == "text":
            return self.text[1:-1]
        return Decimal(self.text) if "." in self.text else int(self.text)


class Tokens:
    """The tokens of the tag that opens at `start`; `close` ("}}" or "%}") ends it, perhaps behind a hyphen.

    `taken` is how many were read so far.
    """

    def __init__(self, source: str, start: int, close: str) -> None:
        self.source = source
        self.start = start
        self.taken = 0
        self._close = close
        self._at = start + (3 if source.startswith("-", start + 2) else 2)
        self._ahead: Token | None = None

    def peek(self) -> Token:
        """The next token, which stays the next. Raises TemplateProblem where none can be read."""
        if self._ahead is None:
            self._ahead = self._read()
        return self._ahead

    def next(self) -> Token:
        """The next token; the end of the tag stays the next one for ever. Raises TemplateProblem."""
        token = self.peek()
        if token.kind != "end":
            self._ahead = None
            self._at = token.end
            self.taken += 1
        return token

    def takes(self, *texts: str) -> Token | None:
        """The next token if it is one of these words or marks."""
        token = self.peek()
        return self.next() if token.kind not in {"text", "end"} and token.text in texts else None

    def ends(self, after: str) -> Token:
        """The end of the tag. Raises TemplateProblem when something else stands there."""
        token = self.peek()
        if token.kind != "end":
            raise self.fault(token, f"{after} ends here; {token.text!r} is too much")
        return token

    def fault(self, token: Token, detail: str) -> TemplateProblem:
        """A fault at a token."""
        return problem(self.source, token.at, detail)

    def _read(self) -> Token:
        found = _TOKEN.match(self.source, self._at)
        if found is None or found.lastgroup is None:
            raise self._unread()
        kind: Kind = found.lastgroup  # type: ignore[assignment]
        token = Token(kind, found.group(kind), found.start(kind), found.end())
        if kind == "end" and not token.text.endswith(self._close):
            raise self.fault(token, f"a tag that opens with {self.source[self.start : self.start + 2]} ends with {self._close}")
        if kind == "number" and len(token.text.lstrip("-").replace(".", "")) > MOST_DIGITS:
            raise self.fault(token, f"a number may have {MOST_DIGITS} digits")
        return token

    def _unread(self) -> TemplateProblem:
        space = _SPACE.match(self.source, self._at)
        place = space.end() if space else self._at
        if place >= len(self.source) or self.source.startswith(("{{", "{%"), place):
            return problem(self.source, self.start, "this tag is never closed")
        if self.source[place] in "\"'":
            return problem(self.source, place, "a quote is never closed")
        return problem(self.source, place, f"{self.source[place]!r} means nothing here")
