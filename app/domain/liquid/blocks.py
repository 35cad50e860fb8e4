"""What chooses, and what repeats? The blocks of a template: if, unless, case and for, each filled part by part as it is read."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from app.domain.liquid.conditions import Condition, Holds, case_condition, read_condition
from app.domain.liquid.expressions import Chain, Meaning, Operand, Read, finder, read_operand
from app.domain.liquid.sequence import Sequence
from app.domain.liquid.tokens import KEYWORDS, Token, Tokens
from app.domain.liquid.values import LONGEST_OUTPUT, MOST_ITEMS, OutputTooLong, Scope, Value, Values

MOST_BRANCHES = 50
_CASE_WANTED = "case chooses by the name of a value"


class Block(ABC):
    """A block under way: it is made at its opening tag, and takes its parts as they are read.

    `sure` are the names that are there wherever the part being read is rendered. `scoped` blocks name values of their own.
    """

    name = ""
    scoped = False

    def __init__(self, meaning: Meaning) -> None:
        self._meaning = meaning
        self.sure: frozenset[str] = frozenset()

    @abstractmethod
    def stops(self) -> tuple[str, ...]:
        """The tags that may end the part being read; the last of them ends the block."""

    @abstractmethod
    def took(self, body: Sequence, name: str, tokens: Tokens) -> None:
        """Take the part just read, and read what stands behind the name of the tag that ended it. Raises TemplateProblem."""

    @abstractmethod
    def read(self) -> Read:
        """The finished block as a function of the values."""


class _Choice(Block):
    """What `if`, `unless` and `case` have in common: branches in order, the first that holds is taken."""

    def __init__(self, meaning: Meaning) -> None:
        super().__init__(meaning)
        self._branches: list[tuple[Holds, Read]] = []
        self._condition: Condition | None = None
        self._passed: frozenset[str] = frozenset()
        self._otherwise = False

    def _branch(self, condition: Condition, tokens: Tokens) -> None:
        """Begin the branch of a condition."""
        if len(self._branches) >= MOST_BRANCHES:
            raise tokens.fault(tokens.peek(), f"{self.name} may have {MOST_BRANCHES} branches")
        self._condition = condition
        self.sure = self._passed | condition.vouches
        self._passed |= condition.else_vouches

    def _else(self) -> None:
        """Begin what is rendered when nothing held."""
        self._condition, self._otherwise = Condition(lambda _: True), True
        self.sure = self._passed

    def _keep(self, body: Sequence) -> None:
        if self._condition is not None:
            self._branches.append((self._condition.holds, _read_of(body)))

    def read(self) -> Read:
        """The text of the first branch that holds; nothing without one."""
        branches = tuple(self._branches)

        def read(values: Values) -> str:
            for holds, text in branches:
                if holds(values):
                    return text(values)
            return ""

        return read


def _read_of(body: Sequence) -> Read:
    if body.tags or body.room < 0:
        return body.read
    text = "".join(body.pieces)
    return lambda _: text


class If(_Choice):
    """`{% if a == 1 and b %} … {% elsif c %} … {% else %} … {% endif %}`."""

    name = "if"

    def __init__(self, tokens: Tokens, meaning: Meaning) -> None:
        super().__init__(meaning)
        self._branch(read_condition(tokens, meaning), tokens)

    def stops(self) -> tuple[str, ...]:
        """What may follow: nothing but the end behind `else`."""
        end = f"end{self.name}"
        return (end,) if self._otherwise else ("elsif", "else", end)

    def took(self, body: Sequence, name: str, tokens: Tokens) -> None:
        """Keep the branch, and begin the next."""
        self._keep(body)
        if name == "elsif":
            self._branch(read_condition(tokens, self._meaning), tokens)
        elif name == "else":
            self._else()


class Unless(If):
    """`{% unless a %} … {% else %} … {% endunless %}`: an `if` whose first condition is turned round."""

    name = "unless"

    def _branch(self, condition: Condition, tokens: Tokens) -> None:
        if self._condition is None:
            holds = condition.holds
            condition = Condition(lambda values: not holds(values), condition.else_vouches, condition.vouches)
        super()._branch(condition, tokens)


class Case(_Choice):
    """`{% case a %}{% when 1, 2 %} … {% else %} … {% endcase %}`."""

    name = "case"

    def __init__(self, tokens: Tokens, meaning: Meaning) -> None:
        super().__init__(meaning)
        token = tokens.peek()
        self._operand = read_operand(tokens, meaning, _CASE_WANTED)
        if not self._operand.name:
            raise tokens.fault(token, _CASE_WANTED)
        meaning.names.use(self._operand.name, needed=False)

    def stops(self) -> tuple[str, ...]:
        """What may follow."""
        return ("endcase",) if self._otherwise else ("when", "else", "endcase")

    def took(self, body: Sequence, name: str, tokens: Tokens) -> None:
        """Keep the branch, and begin the next. What stands before the first `when` is nobody's, and dropped."""
        self._keep(body)
        if name == "when":
            whens = [self._when(tokens)]
            while tokens.takes(",", "or"):
                whens.append(self._when(tokens))
            self._branch(case_condition(self._operand, whens), tokens)
        elif name == "else":
            self._else()

    def _when(self, tokens: Tokens) -> Operand:
        operand = read_operand(tokens, self._meaning, "when takes a text, a number or a name")
        if operand.name:
            self._meaning.names.use(operand.name, needed=False)
        return operand


class For(Block):
    """`{% for item in list reversed limit: 3 offset: 1 %} … {% else %} … {% endfor %}`. A text is a list of one."""

    name = "for"
    scoped = True

    def __init__(self, tokens: Tokens, meaning: Meaning) -> None:
        super().__init__(meaning)
        self._item = own_name(tokens, "for names each item, as in {% for item in list %}")
        word = tokens.peek()
        if not tokens.takes("in"):
            raise tokens.fault(word, "expected `in` and the name of a list")
        listed = tokens.next()
        if listed.kind != "name" or listed.text in KEYWORDS:
            raise tokens.fault(listed, "for goes over a list that a name stands for")
        names = meaning.names
        names.use(listed.text, needed=False)
        self._find = finder(listed.text)
        self._limit, self._offset, self._reversed = MOST_ITEMS, 0, False
        self._options(tokens)
        self._hidden = {name: names.mine[name] for name in (self._item, "forloop") if name in names.mine}
        source = names.source(listed.text)
        names.mine |= {self._item: None if names.is_own(listed.text) else source, "forloop": None}
        self.sure = frozenset({self._item, "forloop"})
        self._body: Read | None = None
        self._empty: Read = lambda _: ""

    def stops(self) -> tuple[str, ...]:
        """What may follow."""
        return ("else", "endfor") if self._body is None else ("endfor",)

    def took(self, body: Sequence, name: str, tokens: Tokens) -> None:  # noqa: ARG002 - what follows needs no reading
        """Keep the body, or what stands in for it where there are no items."""
        if self._body is not None:
            self._empty = _read_of(body)
            return
        self._body = body.read
        mine = self._meaning.names.mine
        for own in (self._item, "forloop"):
            mine.pop(own, None)
        mine.update(self._hidden)
        self.sure = frozenset()

    def read(self) -> Read:
        """The body once an item, joined. It takes a Scope: there the item has its name."""
        item, find, body, empty = self._item, self._find, self._body, self._empty
        first, last, backwards = self._offset, self._offset + self._limit, self._reversed
        assert body is not None

        def read(values: Values) -> str:
            assert isinstance(values, Scope)
            items = _items(find(values))[first:last]
            if not items:
                return empty(values)
            hidden = {name: values[name] for name in (item, "forloop") if name in values}
            texts: list[str] = []
            room = LONGEST_OUTPUT
            for place, one in enumerate(reversed(items) if backwards else items):
                values[item], values["forloop"] = one, _place(place, len(items))
                texts.append(body(values))
                room -= len(texts[-1])
                if room < 0:
                    raise OutputTooLong(f"more than the {LONGEST_OUTPUT} characters carriers take")
            del values[item], values["forloop"]
            values.update(hidden)
            return "".join(texts)

        return read

    def _options(self, tokens: Tokens) -> None:
        while option := tokens.takes("reversed", "limit", "offset"):
            if option.text == "reversed":
                self._reversed = True
                continue
            colon = tokens.peek()
            if not tokens.takes(":"):
                raise tokens.fault(colon, f"{option.text} wants a colon and a whole number")
            number = tokens.next()
            value = number.literal if number.kind == "number" else None
            if not isinstance(value, int) or value < 0:
                raise tokens.fault(number, f"{option.text} wants a whole number from 0 on")
            if option.text == "limit":
                self._limit = min(value, MOST_ITEMS)
            else:
                self._offset = value


def _items(value: Value) -> tuple[Any, ...]:
    if isinstance(value, tuple):
        return tuple(item for item in value if item is not None and item != "")
    return (value,) if isinstance(value, str) else ()


def _place(place: int, length: int) -> Mapping[str, int | bool]:
    return {
        "index": place + 1,
        "index0": place,
        "rindex": length - place,
        "rindex0": length - place - 1,
        "first": place == 0,
        "last": place == length - 1,
        "length": length,
    }


def own_name(tokens: Tokens, wanted: str) -> str:
    """A name a template gives to a value of its own. Raises TemplateProblem."""
    token: Token = tokens.next()
    if token.kind != "name" or "." in token.text or token.text in KEYWORDS or token.text == "forloop":
        raise tokens.fault(token, wanted)
    return token.text


def assigned(tokens: Tokens, meaning: Meaning) -> Read:
    """`{% assign name = value | filter %}`: nothing is written, and the name stands for the value from there on."""
    name = own_name(tokens, "assign gives a name to a value, as in {% assign name = first_name | capitalize %}")
    sign = tokens.peek()
    if not tokens.takes("="):
        raise tokens.fault(sign, "expected = and a value")
    chain = Chain(tokens, meaning, "expected a name, a text or a number")
    chain.use(needed=False)
    find = chain.find()
    meaning.names.mine[name] = None if chain.is_known else chain.name

    def read(values: Values) -> str:
        assert isinstance(values, Scope)
        values[name] = find(values)
        return ""

    return read


BLOCKS: Mapping[str, type[If | Unless | Case | For]] = {"if": If, "unless": Unless, "case": Case, "for": For}
