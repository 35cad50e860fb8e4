"""What does a tag write? A name or a literal, filtered on its way; compiled once into a function of the values."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from app.domain.liquid.filters import FILTERS, WANTED, Filter, argument_of, literal_problem
from app.domain.liquid.names import Gaps, Names
from app.domain.liquid.styles import Style
from app.domain.liquid.tokens import KEYWORDS, Token, Tokens
from app.domain.liquid.values import MissingField, OutputTooLong, Value, Values, bounded, clean, item_named, written

Find: TypeAlias = Callable[[Values], Value]
Read: TypeAlias = Callable[[Values], str]

NOTHING = frozenset({"nil", "null", "empty", "blank"})
MOST_FILTERS = 20


@dataclass(frozen=True, slots=True)
class Operand:
    """A name or a literal: how its value is found. `name` is "" for a literal, whose value is `constant`."""

    find: Find
    name: str = ""
    constant: Value = None


@dataclass(frozen=True, slots=True)
class Meaning:
    """What the parts of a template share while it is compiled: the language it is written in, its names, its literal texts."""

    style: Style
    names: Names
    literals: list[str]
    gaps: Gaps = field(default_factory=Gaps)


def read_operand(tokens: Tokens, meaning: Meaning, wanted: str) -> Operand:
    """The name or literal that comes next. Raises TemplateProblem saying that `wanted` was expected."""
    token = tokens.peek()
    if token.kind in {"text", "number"}:
        tokens.next()
        if token.kind == "text":
            meaning.literals.append(token.text[1:-1])
        return _constant(token.literal or None if token.kind == "text" else token.literal)
    if token.kind != "name" or token.text in KEYWORDS - NOTHING - {"true", "false"}:
        raise tokens.fault(token, wanted)
    tokens.next()
    if token.text in NOTHING:
        return _constant(None)
    if token.text in {"true", "false"}:
        return _constant(token.text == "true")
    return Operand(finder(token.text), token.text)


def _constant(value: Value) -> Operand:
    return Operand(lambda _: value, "", value)


def finder(name: str) -> Find:
    """How a name's value is found, inside mappings for a dotted one."""
    if "." not in name:
        return lambda values: clean(values.get(name))
    path = tuple(name.split("."))

    def find(values: Values) -> Value:
        found: object = values
        for part in path:
            found = item_named(found, part)
        return clean(found)

    return find


@dataclass(frozen=True, slots=True)
class _Argument:
    """An argument of a filter: a value known beforehand, or how it is found, and the name to tell when it is not there."""

    constant: Any
    operand: Operand
    wants: Any
    name: str

    def read(self, values: Values) -> Any:
        found = argument_of(self.operand.find(values), self.wants)
        if found is None:
            raise MissingField(self.name)
        return found


Step: TypeAlias = Callable[[Value, Values], Value]


class Chain:
    """An operand and the filters behind it.

    `has_default` says that a literal stands in for whatever is missing; `name` is the field to tell when nothing does.
    """

    def __init__(self, tokens: Tokens, meaning: Meaning, wanted: str) -> None:
        self._meaning = meaning
        self._at = tokens.peek()
        self.operand = read_operand(tokens, meaning, wanted)
        self._steps: list[Step] = []
        self._stand_ins: list[Operand] = []
        self._literals: list[Value] = []
        self.has_default = False
        self._stood_in = 0  # how many steps there are up to the last stand-in
        self._plain: str | None = None  # the default, where there is nothing else
        while bar := tokens.takes("|"):
            if len(self._steps) >= MOST_FILTERS:
                raise tokens.fault(bar, f"a tag may have {MOST_FILTERS} filters")
            self._filter(tokens)
        self._close_gap()
        self.has_default = bool(self._literals) and self._stands()

    @property
    def name(self) -> str:
        """The field to tell when there is nothing to write."""
        last = self._stand_ins[-1] if self._stand_ins else self.operand
        return self._meaning.names.source(last.name) if last.name else self._at.text

    @property
    def is_known(self) -> bool:
        """Whether a person can lack nothing for it."""
        last = self._stand_ins[-1] if self._stand_ins else self.operand
        return bool(self._literals and self.has_default) or not last.name or self._meaning.names.is_own(last.name)

    def use(self, *, needed: bool) -> None:
        """Note the use of its names: the last of those that stand in for each other is the one there must be."""
        names = [operand.name for operand in (self.operand, *self._stand_ins) if operand.name]
        for place, name in enumerate(names):
            self._meaning.names.use(name, needed=needed and not self.has_default and place == len(names) - 1)

    def find(self) -> Find:
        """How the value is found; None where it is missing."""
        find, steps = self.operand.find, tuple(self._steps)
        if not steps:
            return find

        def found(values: Values) -> Value:
            value = find(values)
            for step in steps:
                value = step(value, values)
            return value

        return found

    def read(self) -> Read:
        """How the text is read. It raises MissingField where there is none."""
        name, root = self.name, self.operand.name
        if root and "." not in root and (not self._steps or self._plain is not None):
            return _plain(root, name, self._plain)
        find, may_be_empty = self.find(), None in self._literals

        def read(values: Values) -> str:
            text = written(find(values))
            if text is None:
                if may_be_empty:
                    return ""
                raise MissingField(name)
            return text

        return read

    def _close_gap(self) -> None:
        """Where nothing was written to stand in, what the version says of this value does."""
        if self._literals or self.is_known:
            return
        text = self._meaning.gaps.of(self.name)
        if text is None:
            return
        self._meaning.literals.append(text)
        self._literals.append(text or None)
        self._plain = None if self._steps else text
        self._steps.insert(self._stood_in, lambda value, _: (text or None) if value is None else value)

    def _stands(self) -> bool:
        """Whether the literal that stands in comes through the filters behind it."""
        if None in self._literals:
            return True
        try:
            return written(self.find()({}) if self.operand.name else self._literals[-1]) is not None
        except (MissingField, OutputTooLong):
            return True  # of an argument, which is told by its own name; of a length, which is no hole

    def _filter(self, tokens: Tokens) -> None:
        called = tokens.next()
        if called.kind != "name":
            raise tokens.fault(called, "the name of a filter is missing")
        arguments = self._arguments(tokens)
        if called.text == "default":
            self._default(tokens, called, arguments)
            return
        self._plain = None
        kind = FILTERS.get(called.text)
        if kind is None:
            there_are = ", ".join(sorted([*FILTERS, "default"]))
            raise tokens.fault(called, f"no filter is called {called.text!r}; there are {there_are}")
        self._steps.append(_step(tokens, self._meaning, called, kind, arguments))

    def _default(self, tokens: Tokens, called: Token, arguments: list[tuple[Token, Operand]]) -> None:
        if len(arguments) != 1:
            raise tokens.fault(called, "default takes one argument")
        operand = arguments[0][1]
        if operand.name:
            self._stand_ins.append(operand)
        else:
            self._plain = None if self._steps else written(operand.constant) or ""
            self._literals.append(operand.constant)
        find = operand.find
        self._steps.append(lambda value, values: find(values) if value is None else value)
        self._stood_in = len(self._steps)

    def _arguments(self, tokens: Tokens) -> list[tuple[Token, Operand]]:
        arguments: list[tuple[Token, Operand]] = []
        while tokens.takes("," if arguments else ":"):
            token = tokens.peek()
            wanted = "an argument is a quoted text, a number or a name"
            arguments.append((token, read_operand(tokens, self._meaning, wanted)))
        return arguments


def _plain(root: str, name: str, default: str | None) -> Read:
    """Nearly every tag is of this kind: a value, perhaps with a default."""

    def read(values: Values) -> str:
        found = values.get(root)
        text = found if type(found) is str and found else written(found)
        if text is None:
            if default is None:
                raise MissingField(name)
            return default
        return text

    return read


def _step(tokens: Tokens, meaning: Meaning, called: Token, kind: Filter, arguments: list[tuple[Token, Operand]]) -> Step:
    if len(arguments) > len(kind.wants):
        raise tokens.fault(called, f"{called.text} takes {len(kind.wants) or 'no'} argument{'s' * (len(kind.wants) != 1)}")
    if len(arguments) < kind.needs:
        raise tokens.fault(called, f"{called.text} wants {WANTED[kind.wants[len(arguments)]]} behind a colon")
    read: list[_Argument] = []
    for (token, operand), wants in zip(arguments, kind.wants, strict=False):
        if operand.name:
            meaning.names.use(operand.name, needed=True)
            read.append(_Argument(None, operand, wants, meaning.names.source(operand.name)))
            continue
        told = literal_problem(token.literal, wants, meaning.style) if token.kind != "name" else f"wants {WANTED[wants]} here"
        if told:
            raise tokens.fault(token, told if told[0] == "%" else f"{called.text} {told}")
        constant = token.literal if wants in {"text", "pattern", "currency"} else argument_of(operand.constant, wants)
        read.append(_Argument(constant, operand, wants, ""))
    return _act(kind, meaning.style, tuple(read))


def _act(kind: Filter, style: Style, arguments: tuple[_Argument, ...]) -> Step:
    act, counts_nothing = kind.act, kind.counts_nothing
    before = (style,) if kind.styled else ()
    fixed = (*before, *(argument.constant for argument in arguments))
    moving = any(argument.name for argument in arguments)

    def step(value: Value, values: Values) -> Value:
        if value is None and not counts_nothing:
            return None
        if not moving:
            return _small(act(value, *fixed))
        given = (argument.read(values) if argument.name else argument.constant for argument in arguments)
        return _small(act(value, *before, *given))

    return step


def _small(value: Value) -> Value:
    """A filter's result. Raises OutputTooLong."""
    return bounded(value) if isinstance(value, str) else value
