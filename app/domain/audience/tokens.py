"""What are the pieces of a rule's text? Words, texts in quotes, numbers and signs, each where it stands."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.domain.audience.comparing import Op

SYMBOLS = {Op.EQ: "=", Op.NE: "!=", Op.LT: "<", Op.LTE: "<=", Op.GT: ">", Op.GTE: ">="}
SAID = {**{op: op.value for op in Op}, **SYMBOLS, Op.NOT_EXISTS: "missing"}
"""How each operator is said."""
BARE = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
"""A text that needs no quotes."""
LONGEST = 20_000
_TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<text>"(?:[^"\\\x00-\x1f]|\\.)*")
    |(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![A-Za-z0-9_]))
    |(?P<word>[A-Za-z][A-Za-z0-9_-]*)
    |(?P<sign><=|>=|!=|[=<>(),%])""",
    re.VERBOSE | re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece: its kind (text, number, word, sign, end), how it is written, and its offset."""

    kind: str
    written: str
    at: int


class TextProblem(ValueError):
    """The text means no rule; `line` and `column` count from 1."""

    def __init__(self, text: str, at: int, detail: str) -> None:
        self.line = text.count("\n", 0, at) + 1
        self.column = at - (text.rfind("\n", 0, at) + 1) + 1
        self.detail = f"line {self.line}, column {self.column}: {detail}"
        super().__init__(self.detail)


def tokens(text: str) -> Iterator[Token]:
    """The pieces of a text, and an end. Raises TextProblem."""
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            problem = "a text in quotes is not closed" if text[at] == '"' else f"{text[at]!r} means nothing here"
            raise TextProblem(text, at, problem)
        if found.lastgroup != "space":
            yield Token(str(found.lastgroup), found.group(), at)
        at = found.end()
    yield Token("end", "", len(text))
