"""Where do a template's tags and blocks begin and end? One walk over the source, each fault told where it is."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.liquid.blocks import BLOCKS, Block, assigned
from app.domain.liquid.expressions import Chain, Meaning, Read
from app.domain.liquid.sequence import Sequence, sequence
from app.domain.liquid.tokens import Token, Tokens, problem

DEEPEST = 8
_MARK = re.compile(r"\{\{|\}\}|\{%")
_VERBATIM: Mapping[str, re.Pattern[str]] = {name: re.compile(rf"\{{%-?\s*end{name}\s*(-?)%\}}") for name in ("raw", "comment")}
_PARTS = frozenset({"elsif", "else", "when", "endif", "endunless", "endcase", "endfor", "endraw", "endcomment"})
_BEGINS = "a tag begins with the name of a value"


@dataclass(frozen=True, slots=True)
class _Stop:
    """The tag that ended a part: its tokens behind its name."""

    name: str
    tokens: Tokens


class Parser:
    """Reads one source from its beginning to its end, once. `scoped` says that it gives values names of its own."""

    def __init__(self, source: str, meaning: Meaning) -> None:
        self._source = source
        self._meaning = meaning
        self._at = 0
        self._trim = False  # whether the tag before ended in a hyphen, which takes the space behind it away
        self._open: list[Block] = []
        self._steps = 0
        self.scoped = False

    def parse(self) -> Sequence:
        """The whole source. Raises TemplateProblem."""
        found, _ = self._sequence((), 0)
        return found

    def _sequence(self, stops: tuple[str, ...], opened_at: int) -> tuple[Sequence, _Stop | None]:
        """What stands up to a tag of one of these names, and that tag; to the end of the source where there are none."""
        pieces: list[str] = []
        tags: list[tuple[int, Read]] = []
        before = self._steps
        while mark := _MARK.search(self._source, self._at):
            if mark.group() == "}}":
                raise problem(self._source, mark.start(), "this closes no tag")
            self._literal(pieces, mark.start(), cut=self._source.startswith("-", mark.end()))
            read: Read | None
            if mark.group() == "{{":
                read = self._output(mark.start())
            else:
                tokens = Tokens(self._source, mark.start(), "%}")
                name = tokens.next()
                if name.kind == "name" and name.text in stops:
                    return sequence(pieces, tags, steps=1 + self._steps - before), _Stop(name.text, tokens)
                read = self._tag(tokens, name, pieces)
            if read is not None:
                tags.append((len(pieces), read))
                pieces.append("")
        self._literal(pieces, len(self._source), cut=False)
        if stops:
            detail = f"this {self._open[-1].name} is never closed; it ends with {{% {stops[-1]} %}}"
            raise problem(self._source, opened_at, detail)
        return sequence(pieces, tags, steps=1 + self._steps - before), None

    def _literal(self, pieces: list[str], end: int, *, cut: bool) -> None:
        text = self._source[self._at : end]
        if self._trim:
            text = text.lstrip()
        if cut:
            text = text.rstrip()
        self._trim = False
        if text:
            pieces.append(text)
            self._meaning.literals.append(text)

    def _close(self, tokens: Tokens, after: str) -> None:
        """The tag must end here."""
        end = tokens.ends(after)
        self._steps += tokens.taken
        self._at = end.end
        self._trim = end.text.startswith("-")

    def _output(self, start: int) -> Read:
        tokens = Tokens(self._source, start, "}}")
        if tokens.peek().kind == "end":
            raise problem(self._source, start, _BEGINS)
        chain = Chain(tokens, self._meaning, _BEGINS)
        token = tokens.peek()
        if token.kind != "end":
            raise tokens.fault(token, "expected | and a filter, or the end of the tag")
        chain.use(needed=True)
        self._close(tokens, "the tag")
        return chain.read()

    def _tag(self, tokens: Tokens, name: Token, pieces: list[str]) -> Read | None:
        if name.text in _VERBATIM:
            self._verbatim(tokens, name, pieces)
            return None
        if name.text == "assign":
            read = assigned(tokens, self._meaning)
            self.scoped = True
            self._close(tokens, "assign")
            return read
        kind = BLOCKS.get(name.text)
        if kind is None:
            raise tokens.fault(name, self._misplaced(name))
        if len(self._open) >= DEEPEST:
            raise tokens.fault(name, f"blocks may lie {DEEPEST} deep")
        block = kind(tokens, self._meaning)
        self._close(tokens, name.text)
        self.scoped = self.scoped or block.scoped
        self._open.append(block)
        self._fill(block, tokens.start)
        self._open.pop()
        return block.read()

    def _fill(self, block: Block, opened_at: int) -> None:
        """Every part of a block, to the tag that ends it."""
        while True:
            last = block.stops()[-1]
            with self._meaning.names.sure_of(block.sure):
                body, stop = self._sequence(block.stops(), opened_at)
            assert stop is not None
            block.took(body, stop.name, stop.tokens)
            self._close(stop.tokens, stop.name)
            if stop.name == last:
                return

    def _misplaced(self, name: Token) -> str:
        if name.kind != "name":
            return "a block begins with its name, such as {% if vip %}"
        if name.text in _PARTS:
            inside = f"the open block is {self._open[-1].name}" if self._open else "no block is open"
            return f"{name.text} has no place here: {inside}"
        return f"there is no block called {name.text!r}; there are assign, case, comment, for, if, raw, unless"

    def _verbatim(self, tokens: Tokens, name: Token, pieces: list[str]) -> None:
        """`raw` keeps what is in it as it is written, `comment` drops it."""
        self._close(tokens, name.text)
        end = _VERBATIM[name.text].search(self._source, self._at)
        if end is None:
            detail = f"this {name.text} is never closed; it ends with {{% end{name.text} %}}"
            raise problem(self._source, tokens.start, detail)
        if name.text == "raw":
            self._literal(pieces, end.start(), cut=False)
        self._at, self._trim = end.end(), end[1] == "-"
