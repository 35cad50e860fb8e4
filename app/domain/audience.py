"""Who is a campaign for? A rule tree over what is known of a contact, read from JSON with every fault named, evaluated purely.

JSON form: `{"all": [...]}`, `{"any": [...]}`, `{"not": ...}`, `{"country": "US"}` or a list, `{"tag": "vip"}`,
`{"attribute": "age", "op": "gte", "value": 18}`. `{}` is everyone. Operators: eq, ne, lt, lte, gt, gte, in, contains, exists,
not_exists.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

DEEPEST = 8
MOST_NODES = 100
MOST_VALUES = 1_000
LONGEST_TEXT = 1_000
_ATTRIBUTE = re.compile(r"[a-z][a-z0-9_]{0,63}")
_COUNTRY = re.compile(r"[A-Z]{2}")

Scalar = str | int | float | bool


class Op(StrEnum):
    """How an attribute is compared."""

    EQ = "eq"
    NE = "ne"
    LT = "lt"
    LTE = "lte"
    GT = "gt"
    GTE = "gte"
    IN = "in"
    CONTAINS = "contains"
    EXISTS = "exists"
    NOT_EXISTS = "not_exists"


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds; of no parts, always."""

    nodes: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Any_:  # noqa: N801  # `Any` is taken
    """Some part holds; of no parts, never."""

    nodes: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    node: "Node"


@dataclass(frozen=True, slots=True)
class Country:
    """The number's region is one of these (ISO 3166 alpha-2)."""

    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tag:
    """The contact carries this tag."""

    tag: str


@dataclass(frozen=True, slots=True)
class Attribute:
    """A comparison of one attribute. `value` is None for exists and not_exists, a tuple for in."""

    name: str
    op: Op
    value: Scalar | tuple[Scalar, ...] | None


Node = All | Any_ | Not | Country | Tag | Attribute
EVERYONE = All(())


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactFacts:
    """What a rule may know of a contact."""

    region: str
    tags: frozenset[str]
    attributes: Mapping[str, Any]


class RuleProblem(ValueError):
    """The rule cannot be used; `pointer` is a JSON pointer to the node at fault."""

    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(detail)
        self.pointer = pointer
        self.detail = detail


class _Reader:
    """Reads a tree, counting its nodes."""

    def __init__(self) -> None:
        self._nodes = 0

    def read(self, raw: Any, pointer: str, depth: int) -> Node:
        """One node. Raises RuleProblem."""
        self._nodes += 1
        if depth > DEEPEST:
            raise RuleProblem(pointer, f"nested deeper than {DEEPEST} levels")
        if self._nodes > MOST_NODES:
            raise RuleProblem(pointer, f"more than {MOST_NODES} nodes")
        if not isinstance(raw, dict):
            raise RuleProblem(pointer, "a node is an object")
        if not raw:
            return EVERYONE
        kinds = [kind for kind in ("all", "any", "not", "country", "tag", "attribute") if kind in raw]
        if len(kinds) != 1:
            raise RuleProblem(pointer, "a node has exactly one of all, any, not, country, tag, attribute")
        extra = set(raw) - ({"attribute", "op", "value"} if kinds == ["attribute"] else set(kinds))
        if extra:
            raise RuleProblem(f"{pointer}/{_escaped(min(map(str, extra)))}", "unknown field")
        return self._of_kind(kinds[0], raw, pointer, depth)

    def _of_kind(self, kind: str, raw: dict[str, Any], pointer: str, depth: int) -> Node:
        here = f"{pointer}/{kind}"
        match kind:
            case "all" | "any":
                if not isinstance(raw[kind], list):
                    raise RuleProblem(here, "must be a list of nodes")
                nodes = tuple(self.read(node, f"{here}/{place}", depth + 1) for place, node in enumerate(raw[kind]))
                return All(nodes) if kind == "all" else Any_(nodes)
            case "not":
                return Not(self.read(raw["not"], here, depth + 1))
            case "country":
                return Country(_countries(raw["country"], here))
            case "tag":
                return Tag(_text(raw["tag"], here, longest=64))
            case _:
                return _attribute(raw, pointer)


def _escaped(name: str) -> str:
    """A name inside a JSON pointer (RFC 6901, section 3)."""
    return name.replace("~", "~0").replace("/", "~1")


def _text(raw: Any, pointer: str, *, longest: int = LONGEST_TEXT) -> str:
    if not isinstance(raw, str) or not 0 < len(raw) <= longest:
        raise RuleProblem(pointer, f"must be a text of 1 to {longest} characters")
    if "\x00" in raw or any("\ud800" <= character <= "\udfff" for character in raw):
        raise RuleProblem(pointer, "holds a character that cannot be stored")
    return raw


def _countries(raw: Any, pointer: str) -> tuple[str, ...]:
    codes = raw if isinstance(raw, list) else [raw]
    if not 0 < len(codes) <= MOST_VALUES:
        raise RuleProblem(pointer, f"must name 1 to {MOST_VALUES} countries")
    for code in codes:
        if not isinstance(code, str) or not _COUNTRY.fullmatch(code):
            raise RuleProblem(pointer, "a country is two capital letters (ISO 3166 alpha-2)")
    return tuple(dict.fromkeys(codes))


def _scalar(raw: Any, pointer: str) -> Scalar:
    if isinstance(raw, str):
        return raw if raw == "" else _text(raw, pointer)
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, int | float) and math.isfinite(raw) and abs(raw) <= 2**53:
        return raw
    raise RuleProblem(pointer, "must be a text, a number within 2^53 of zero, or a boolean")


def _attribute(raw: dict[str, Any], pointer: str) -> Attribute:
    name = raw["attribute"]
    if not isinstance(name, str) or not _ATTRIBUTE.fullmatch(name):
        raise RuleProblem(f"{pointer}/attribute", "must be a lower-case name: a letter, then letters, digits and _, 64 at most")
    if raw.get("op") not in list(Op):  # a list, because what was sent may not be hashable
        raise RuleProblem(f"{pointer}/op", f"must be one of {', '.join(Op)}")
    op = Op(raw["op"])
    here = f"{pointer}/value"
    if op in {Op.EXISTS, Op.NOT_EXISTS}:
        if "value" in raw:
            raise RuleProblem(here, f"{op} takes no value")
        return Attribute(name, op, None)
    if "value" not in raw:
        raise RuleProblem(here, f"{op} needs a value")
    value = raw["value"]
    if op is Op.IN:
        if not isinstance(value, list) or not 0 < len(value) <= MOST_VALUES:
            raise RuleProblem(here, f"must be a list of 1 to {MOST_VALUES} values")
        return Attribute(name, op, tuple(_scalar(item, f"{here}/{place}") for place, item in enumerate(value)))
    scalar = _scalar(value, here)
    if op in {Op.LT, Op.LTE, Op.GT, Op.GTE} and isinstance(scalar, bool):
        raise RuleProblem(here, f"{op} compares numbers or texts")
    if op is Op.CONTAINS and (not isinstance(scalar, str) or not scalar):
        raise RuleProblem(here, "contains looks for a text")
    return Attribute(name, op, scalar)


def parse_rule(raw: Any) -> Node:
    """Read a rule tree from decoded JSON. Raises RuleProblem: at most 8 levels and 100 nodes, every type checked."""
    return _Reader().read(raw, "", 1)


def _kind(value: Any) -> str:
    """What a value compares with: booleans, numbers and texts each with their own."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return "text" if isinstance(value, str) else "other"


def _equal(left: Any, right: Any) -> bool:
    return _kind(left) == _kind(right) != "other" and bool(left == right)


def _compare(attribute: Attribute, actual: Any) -> bool:
    value = attribute.value
    match attribute.op:
        case Op.EQ:
            return _equal(actual, value)
        case Op.NE:
            return _kind(actual) == _kind(value) and actual != value
        case Op.IN:
            assert isinstance(value, tuple)
            return any(_equal(actual, item) for item in value)
        case Op.CONTAINS:
            assert isinstance(value, str)
            if isinstance(actual, list):
                return value in actual
            return isinstance(actual, str) and value in actual
        case _:
            if _kind(actual) != _kind(value):
                return False
            order = {Op.LT: actual < value, Op.LTE: actual <= value, Op.GT: actual > value, Op.GTE: actual >= value}
            return bool(order[attribute.op])


def matches(node: Node, contact: ContactFacts) -> bool:
    """Whether the rule holds for this contact.

    An attribute that is missing or null makes every comparison false, `ne` too. Numbers compare with numbers, texts with texts by
    code point, booleans only by eq, ne and in; across types every comparison is false. `contains` is a substring of a text or an
    item of a list. `not` is plain negation, so `not eq` also holds for those without the attribute.
    """
    match node:
        case All(nodes):
            return all(matches(part, contact) for part in nodes)
        case Any_(nodes):
            return any(matches(part, contact) for part in nodes)
        case Not(part):
            return not matches(part, contact)
        case Country(codes):
            return contact.region in codes
        case Tag(tag):
            return tag in contact.tags
        case Attribute(name, op, _):
            actual = contact.attributes.get(name)
            if op is Op.EXISTS:
                return actual is not None
            if op is Op.NOT_EXISTS:
                return actual is None
            return actual is not None and _compare(node, actual)
