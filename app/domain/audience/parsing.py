"""Which tree does a rule's text mean? Its words become the JSON form, which is then read as any other."""

import json
from typing import Any, NoReturn

from app.domain.audience.comparing import WITHOUT_VALUE, Op
from app.domain.audience.fields import Field, RuleProblem
from app.domain.audience.kind import Kind, all_kinds
from app.domain.audience.reading import DEEPEST, parse_rule
from app.domain.audience.tokens import LONGEST, SAID, SYMBOLS, TextProblem, Token, tokens
from app.domain.audience.tree import Node

_OPS = {said: op for op, said in SAID.items()}
_BOUNDS = {said: op for op, said in SYMBOLS.items() if op is not Op.NE}
_NAMED: dict[str, dict[str, Any]] = {"everyone": {}, "nobody": {"any": []}}


class _Parser:
    """Reads one text, remembering where each node of the tree began."""

    def __init__(self, text: str) -> None:
        if len(text) > LONGEST:
            raise TextProblem(text, LONGEST, f"longer than {LONGEST} characters")
        self.text = text
        self._tokens = list(tokens(text))
        self._next = 0
        self._depth = 0
        self.began: dict[int, int] = {}
        """Where the node of this identity began; the nodes are all held by the tree."""

    @property
    def here(self) -> Token:
        """The piece not read yet."""
        return self._tokens[self._next]

    def fail(self, detail: str, at: Token | None = None) -> NoReturn:
        """Raise TextProblem where reading stands, or at a piece."""
        raise TextProblem(self.text, (at or self.here).at, detail)

    def take(self, *written: str) -> Token | None:
        """The next piece, if it is a word or sign written so."""
        if self.here.kind not in {"word", "sign"} or self.here.written not in written:
            return None
        self._next += 1
        return self._tokens[self._next - 1]

    def _mark(self, node: dict[str, Any], at: Token) -> dict[str, Any]:
        self.began[id(node)] = at.at
        return node

    def whole(self) -> dict[str, Any]:
        """The text's whole rule."""
        node = self.rule()
        if self.here.kind != "end":
            self.fail(f"{self.here.written!r} is not expected: and, or, except, or the end")
        return node

    def rule(self) -> dict[str, Any]:
        """Parts joined by except, or, and."""
        began = self.here
        include = self._joined("or")
        if self.take("except") is None:
            return include
        return self._mark({"include": include, "exclude": self._joined("or")}, began)

    def _joined(self, word: str) -> dict[str, Any]:
        began = self.here
        parts = [self._joined("and") if word == "or" else self._part()]
        while self.take(word) is not None:
            parts.append(self._joined("and") if word == "or" else self._part())
        return parts[0] if len(parts) == 1 else self._mark({"any" if word == "or" else "all": parts}, began)

    def _part(self) -> dict[str, Any]:
        self._depth += 1
        if self._depth > 2 * DEEPEST:
            self.fail(f"nested deeper than {DEEPEST} levels")
        try:
            return self._one()
        finally:
            self._depth -= 1

    def _one(self) -> dict[str, Any]:
        began = self.here
        if self.take("not") is not None:
            return self._mark({"not": self._part()}, began)
        if (word := self.take("all", "any")) is not None:
            return self._mark({word.written: [self._closed()]}, began)
        if (word := self.take(*_NAMED)) is not None:
            return self._mark(dict(_NAMED[word.written]), began)
        if began.kind == "sign" and began.written == "(":
            return self._closed()
        kind = all_kinds().get(began.written) if began.kind == "word" else None
        if kind is None:
            self.fail(f"a part begins with not, (, everyone, nobody, all, any, {', '.join(sorted(all_kinds()))}")
        self._next += 1
        return self._mark(self._leaf(kind), began)

    def _closed(self) -> dict[str, Any]:
        if self.take("(") is None:
            self.fail("an opening parenthesis is missing")
        node = self.rule()
        if self.take(")") is None:
            self.fail("a closing parenthesis is missing")
        return node

    def _leaf(self, kind: Kind) -> dict[str, Any]:
        raw: dict[str, Any] = {kind.name: self._field_value(kind.fields[0])}
        words = {field.spoken: field for field in kind.fields[1:]}
        while (word := self.take(*words)) is not None:
            field = words[word.written]
            if field.is_comparisons:
                raw.setdefault(field.name, []).append({"property": self._scalar(), **self._compared()})
            elif field.name in raw:
                self.fail(f"{word.written} is said twice", word)
            else:
                raw[field.name] = self._field_value(field)
        return {**raw, **self._compared()} if kind.is_compared else raw

    def _field_value(self, field: Field) -> Any:
        value = self._value()
        if field.unit:
            self.take(field.unit)
        return value

    def _compared(self) -> dict[str, Any]:
        word = self.take(*_OPS)
        if word is None:
            self.fail(f"a comparison is one of {' '.join(_OPS)}")
        op = _OPS[word.written]
        return {"op": op.value} if op in WITHOUT_VALUE else {"op": op.value, "value": self._value()}

    def _value(self) -> Any:
        if self.here.kind == "sign" and self.here.written in _BOUNDS:
            return self._bounds()
        if self.take("(") is None:
            return self._scalar()
        values = [self._scalar()]
        while self.take(",") is not None:
            values.append(self._scalar())
        if self.take(")") is None:
            self.fail("a list goes on with a comma or ends with a closing parenthesis")
        return values

    def _bounds(self) -> dict[str, Any]:
        bounds: dict[str, Any] = {}
        while (sign := self.take(*_BOUNDS)) is not None:
            op = _BOUNDS[sign.written].value
            if op in bounds:
                self.fail(f"{sign.written} is said twice", sign)
            bounds[op] = self._scalar()
        return bounds

    def _scalar(self) -> Any:
        token = self.here
        if token.kind not in {"text", "number", "word"}:
            self.fail("a value is missing: a word, a text in quotes, a number, true or false")
        self._next += 1
        if token.kind == "word":
            return {"true": True, "false": False}.get(token.written, token.written)
        try:
            return json.loads(token.written)
        except ValueError:
            self.fail("cannot be read as a text or a number", token)


def parse_text(text: str) -> Node:
    """The rule a text means. Raises TextProblem, naming line and column."""
    parser = _Parser(text)
    raw = parser.whole()
    try:
        return parse_rule(raw)
    except RuleProblem as problem:
        at, where = _place(parser, raw, problem.pointer)
        raise TextProblem(text, at, f"{where}{problem.detail}") from problem


def _place(parser: _Parser, raw: Any, pointer: str) -> tuple[int, str]:
    """Where the node at fault began, and the field of it that is."""
    at, field = 0, ""
    for step in ("", *pointer.split("/")[1:]):
        if step:
            raw = raw[int(step)] if isinstance(raw, list) else raw.get(step) if isinstance(raw, dict) else None
            field = f"{field}/{step}" if field else step
        if isinstance(raw, dict) and id(raw) in parser.began:
            at, field = parser.began[id(raw)], ""
    return at, f"{field}: " if field else ""
