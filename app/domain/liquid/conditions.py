"""When does a condition hold? Comparisons joined by `and` or `or`, compiled once, and which names they vouch for."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from operator import ge, gt, le, lt
from typing import Any, TypeAlias

from app.domain.liquid.expressions import Find, Meaning, Operand, read_operand
from app.domain.liquid.tokens import Token, Tokens
from app.domain.liquid.values import Value, Values, number_of, written

Holds: TypeAlias = Callable[[Values], bool]

MOST_TERMS = 50
_WANTED = "a condition compares names, texts and numbers"
_ORDER: dict[str, Callable[[Any, Any], bool]] = {"<": lt, ">": gt, "<=": le, ">=": ge}
_PLAIN_NUMBERS = frozenset({int, float, Decimal})  # compared as they are, and exactly
_SIGNS = ("==", "!=", "<>", *_ORDER, "contains")


@dataclass(frozen=True, slots=True)
class Condition:
    """When it holds, and the names that are there for certain when it does (`vouches`) and when it does not (`else_vouches`)."""

    holds: Holds
    vouches: frozenset[str] = frozenset()
    else_vouches: frozenset[str] = frozenset()


def read_condition(tokens: Tokens, meaning: Meaning) -> Condition:
    """The condition of an `if`, to the end of its tag. Raises TemplateProblem.

    Liquid joins from the right and knows no brackets, so that `a and b or c` is not what it seems: it is refused.
    """
    groups = [[_comparison(tokens, meaning)]]
    joined: list[str] = []
    while word := tokens.takes("and", "or"):
        if word.text == "or" and "and" in joined:
            raise tokens.fault(word, "`and` before `or` can be read in two ways; put one condition inside another")
        joined.append(word.text)
        if len(joined) >= MOST_TERMS:
            raise tokens.fault(word, f"a condition may have {MOST_TERMS} terms")
        if word.text == "or":
            groups.append([])
        groups[-1].append(_comparison(tokens, meaning))
    tokens.ends("the condition")
    return _any([_all(group) for group in groups])


def case_condition(operand: Operand, whens: list[Operand]) -> Condition:
    """Whether the value of a `case` is one of those behind `when`."""
    return _any([Condition(_equal(operand.find, when.find)) for when in whens])


def _comparison(tokens: Tokens, meaning: Meaning) -> Condition:
    at = tokens.peek()
    left = read_operand(tokens, meaning, _WANTED)
    sign = tokens.takes(*_SIGNS)
    if sign is None:
        _note(meaning, left)
        return _there(left)
    right = read_operand(tokens, meaning, _WANTED)
    _note(meaning, left)
    _note(meaning, right)
    if not (left.name or right.name):
        raise tokens.fault(at, "a comparison of two literals is always the same")
    return _compared(left, sign, right)


def _note(meaning: Meaning, operand: Operand) -> None:
    if operand.name:
        meaning.names.use(operand.name, needed=False)


def _there(operand: Operand) -> Condition:
    """A name alone holds where it is there and not false. An empty text is not there, here as everywhere."""
    find = operand.find
    vouched = frozenset({operand.name}) if operand.name else frozenset()
    return Condition(lambda values: (found := find(values)) is not None and found is not False, vouched)


def _compared(left: Operand, sign: Token, right: Operand) -> Condition:
    named = left if left.name else right
    other = right if left.name else left
    vouched = frozenset({named.name}) if not other.name else frozenset()
    if sign.text in {"==", "!=", "<>"}:
        equal = _equal(left.find, right.find)
        nothing = not other.name and other.constant is None
        when_equal, when_not = (frozenset(), vouched) if nothing else (vouched, frozenset())
        if sign.text == "==":
            return Condition(equal, when_equal, when_not)
        return Condition(lambda values: not equal(values), when_not, when_equal)
    if sign.text == "contains":
        return Condition(_contains(left.find, right.find), frozenset({left.name, right.name} - {""}))
    return Condition(_ordered(left.find, _ORDER[sign.text], right.find), frozenset({left.name, right.name} - {""}))


def _equal(left: Find, right: Find) -> Holds:
    """Texts that are numbers equal the number; an import may have left them as texts."""

    def equal(values: Values) -> bool:
        one, other = left(values), right(values)
        if isinstance(one, tuple) and isinstance(other, tuple):
            return bool(_items(one) == _items(other))
        if type(one) is type(other):
            return one == other
        if isinstance(one, bool) or isinstance(other, bool):
            return one is other
        number = number_of(one)
        return number is not None and number == number_of(other)

    return equal


def _ordered(left: Find, order: Callable[[Any, Any], bool], right: Find) -> Holds:
    """Numbers by size, texts (and so dates) by letters; a text and a number that cannot be compared are in no order."""

    def ordered(values: Values) -> bool:
        one, other = left(values), right(values)
        if type(one) in _PLAIN_NUMBERS and type(other) in _PLAIN_NUMBERS:
            return order(one, other)
        numbers = number_of(one), number_of(other)
        if numbers[0] is not None and numbers[1] is not None:
            return order(*numbers)
        return isinstance(one, str) and isinstance(other, str) and order(one, other)

    return ordered


def _contains(left: Find, right: Find) -> Holds:
    def contains(values: Values) -> bool:
        held, part = left(values), written(right(values))
        if held is None or part is None:
            return False
        return part in _items(held)

    return contains


def _items(held: Value) -> Any:
    return tuple(map(written, held)) if isinstance(held, tuple) else written(held) or ""


def _all(terms: list[Condition]) -> Condition:
    if len(terms) == 1:
        return terms[0]
    holds = tuple(term.holds for term in terms)
    vouched = frozenset[str]().union(*(term.vouches for term in terms))
    return Condition(lambda values: all(one(values) for one in holds), vouched)


def _any(terms: list[Condition]) -> Condition:
    if len(terms) == 1:
        return terms[0]
    holds = tuple(term.holds for term in terms)
    vouched = frozenset.intersection(*(term.vouches for term in terms))
    not_one = frozenset[str]().union(*(term.else_vouches for term in terms))
    return Condition(lambda values: any(one(values) for one in holds), vouched, not_one)
