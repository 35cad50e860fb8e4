"""Is an audience's rule read as it was meant, its faults named where they are, and everyone it holds for in it?"""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.audience.comparing import Op
from app.domain.audience.facts import ContactFacts
from app.domain.audience.fields import RuleProblem
from app.domain.audience.kinds.contact import Attribute, Country, Tag
from app.domain.audience.matching import matches
from app.domain.audience.reading import parse_rule
from app.domain.audience.tree import EVERYONE, All, Any_, Node, Not

_READ: list[tuple[Any, Node]] = [
    ({}, EVERYONE),
    ({"all": []}, EVERYONE),
    ({"any": []}, Any_(())),
    ({"tag": "vip"}, Tag("vip")),
    ({"country": "US"}, Country(("US",))),
    ({"country": ["US", "CA", "US"]}, Country(("US", "CA"))),
    ({"not": {"tag": "vip"}}, Not(Tag("vip"))),
    ({"not": {}}, Not(EVERYONE)),
    ({"all": [{"tag": "a"}, {"any": [{"tag": "b"}, {}]}]}, All((Tag("a"), Any_((Tag("b"), EVERYONE))))),
    ({"attribute": "age", "op": "gte", "value": 18}, Attribute("age", Op.GTE, 18)),
    ({"attribute": "age", "op": "exists"}, Attribute("age", Op.EXISTS, None)),
    ({"attribute": "plan", "op": "in", "value": ["a", 1, True, ""]}, Attribute("plan", Op.IN, ("a", 1, True, ""))),
    ({"attribute": "name", "op": "contains", "value": "x"}, Attribute("name", Op.CONTAINS, "x")),
]


@pytest.mark.parametrize(("raw", "node"), _READ, ids=[json.dumps(row[0])[:50] for row in _READ])
def test_a_rule_is_read(raw: Any, node: Node) -> None:
    assert parse_rule(raw) == node


def _nested(levels: int) -> dict[str, Any]:
    return {"tag": "x"} if levels == 1 else {"not": _nested(levels - 1)}


_REFUSED: list[tuple[Any, str, str]] = [
    ([], "", "a node is an object"),
    ("US", "", "a node is an object"),
    (None, "", "a node is an object"),
    ({"all": [{"tag": "a"}, 5]}, "/all/1", "a node is an object"),
    ({"all": {}}, "/all", "must be a list of nodes"),
    ({"tag": "a", "country": "US"}, "", "a node has exactly one of"),
    ({"tagg": "a"}, "", "a node has exactly one of"),
    ({"tag": "a", "x/y~z": 1}, "/x~1y~0z", "unknown field"),
    ({"tag": "a", "op": "eq"}, "/op", "unknown field"),
    ({"any": [{"not": {"tag": 5}}]}, "/any/0/not/tag", "must be a text"),
    ({"tag": ""}, "/tag", "must be a text"),
    ({"tag": "x" * 65}, "/tag", "must be a text of 1 to 64 characters"),
    ({"tag": "a\x00b"}, "/tag", "cannot be stored"),
    ({"tag": "a\ud800"}, "/tag", "cannot be stored"),
    ({"country": "us"}, "/country", "two capital letters"),
    ({"country": ["US", 5]}, "/country", "two capital letters"),
    ({"country": []}, "/country", "must name 1 to"),
    ({"country": "US\n"}, "/country", "two capital letters"),
    ({"attribute": "Age", "op": "exists"}, "/attribute", "must be a lower-case name"),
    ({"attribute": "age\n", "op": "exists"}, "/attribute", "must be a lower-case name"),
    ({"attribute": 5, "op": "exists"}, "/attribute", "must be a lower-case name"),
    ({"attribute": "age"}, "/op", "must be one of eq, ne"),
    ({"attribute": "age", "op": "like", "value": 1}, "/op", "must be one of"),
    ({"attribute": "age", "op": ["eq"], "value": 1}, "/op", "must be one of"),
    ({"attribute": "age", "op": {}, "value": 1}, "/op", "must be one of"),
    ({"attribute": "age", "op": "eq"}, "/value", "eq needs a value"),
    ({"attribute": "age", "op": "exists", "value": None}, "/value", "exists takes no value"),
    ({"attribute": "age", "op": "eq", "value": None}, "/value", "must be a text, a number"),
    ({"attribute": "age", "op": "eq", "value": [1]}, "/value", "must be a text, a number"),
    ({"attribute": "age", "op": "eq", "value": float("nan")}, "/value", "must be a text, a number"),
    ({"attribute": "age", "op": "eq", "value": 2**53 + 1}, "/value", "within 2^53"),
    ({"attribute": "age", "op": "lt", "value": True}, "/value", "lt compares numbers or texts"),
    ({"attribute": "age", "op": "in", "value": "a"}, "/value", "must be a list"),
    ({"attribute": "age", "op": "in", "value": []}, "/value", "must be a list of 1"),
    ({"attribute": "age", "op": "in", "value": [1, {}]}, "/value/1", "must be a text, a number"),
    ({"attribute": "age", "op": "contains", "value": 5}, "/value", "contains looks for a text"),
    ({"attribute": "age", "op": "contains", "value": ""}, "/value", "contains looks for a text"),
    (_nested(9), "/not" * 8, "nested deeper than 8 levels"),
    ({"all": [{"tag": "x"}] * 100}, "/all/99", "more than 100 nodes"),
]


@pytest.mark.parametrize(("raw", "pointer", "detail"), _REFUSED, ids=[f"{row[1]} {row[2]}"[:60] for row in _REFUSED])
def test_a_fault_is_named_where_it_is(raw: Any, pointer: str, detail: str) -> None:
    with pytest.raises(RuleProblem) as problem:
        parse_rule(raw)
    assert problem.value.pointer == pointer
    assert detail in problem.value.detail


def test_eight_levels_and_a_hundred_nodes_are_allowed() -> None:
    assert isinstance(parse_rule(_nested(8)), Not)
    assert len(parse_rule({"all": [{"tag": "x"}] * 99}).nodes) == 99  # type: ignore[union-attr]


def test_a_rule_of_a_hundred_thousand_levels_is_refused_without_falling() -> None:
    deep: dict[str, Any] = {}
    for _ in range(100_000):
        deep = {"not": deep}
    with pytest.raises(RuleProblem):
        parse_rule(deep)
    while deep:  # taken apart by hand: Python's own way of forgetting so deep a value recurses
        deep = deep.pop("not")


_MAYA = ContactFacts(
    now=datetime(2026, 11, 24, 12, tzinfo=UTC),
    id=UUID(int=7),
    region="US",
    tags=frozenset({"vip", "early"}),
    attributes={
        "age": 30,
        "score": 4.0,
        "name": "Maya",
        "umlaut": "ä",
        "empty": "",
        "member": True,
        "null": None,
        "places": ["Berlin", "Oslo"],
        "digits": "30",
    },
)


def _holds(**rule: Any) -> bool:
    return matches(parse_rule(rule), _MAYA)


# Whose attribute is compared how, and does it hold?
_COMPARED: list[tuple[str, str, Any, bool]] = [
    ("age", "eq", 30, True),
    ("age", "eq", 30.0, True),
    ("age", "eq", "30", False),
    ("age", "ne", "30", False),
    ("age", "ne", 31, True),
    ("age", "ne", 30, False),
    ("age", "lt", 30, False),
    ("age", "lte", 30, True),
    ("age", "gt", 29.5, True),
    ("age", "gte", 31, False),
    ("age", "gt", "3", False),
    ("age", "in", ["30", 30.0], True),
    ("age", "in", ["30", True], False),
    ("age", "contains", "3", False),
    ("score", "eq", 4, True),
    ("name", "eq", "Maya", True),
    ("name", "eq", "maya", False),
    ("name", "lt", "a", True),
    ("name", "gt", "M", True),
    ("umlaut", "gt", "z", True),
    ("name", "contains", "ay", True),
    ("name", "contains", "AY", False),
    ("name", "in", ["Maya"], True),
    ("digits", "lt", 40, False),
    ("empty", "eq", "", True),
    ("empty", "lt", "a", True),
    ("member", "eq", True, True),
    ("member", "eq", 1, False),
    ("member", "ne", False, True),
    ("member", "in", [1, "true"], False),
    ("member", "in", [True], True),
    ("places", "contains", "Oslo", True),
    ("places", "contains", "Os", False),
    ("places", "eq", "Oslo", False),
    ("places", "ne", "Oslo", False),
    ("places", "in", ["Oslo"], False),
    ("null", "eq", "", False),
    ("null", "ne", "x", False),
    ("missing", "eq", 1, False),
    ("missing", "ne", 1, False),
    ("missing", "lt", 1, False),
    ("missing", "in", [1], False),
    ("missing", "contains", "x", False),
]


@pytest.mark.parametrize(("attribute", "op", "value", "holds"), _COMPARED)
def test_an_attribute_is_compared_with_its_own_kind(attribute: str, op: str, value: Any, holds: bool) -> None:
    assert _holds(attribute=attribute, op=op, value=value) is holds
    assert matches(Not(parse_rule({"attribute": attribute, "op": op, "value": value})), _MAYA) is not holds


@pytest.mark.parametrize(
    ("attribute", "exists"), [("age", True), ("empty", True), ("member", True), ("null", False), ("missing", False)]
)
def test_an_attribute_exists_when_it_holds_something(attribute: str, exists: bool) -> None:
    assert _holds(attribute=attribute, op="exists") is exists
    assert _holds(attribute=attribute, op="not_exists") is not exists


def test_countries_and_tags_are_looked_up_whole() -> None:
    assert _holds(country=["CA", "US"])
    assert not _holds(country="CA")
    assert _holds(tag="vip")
    assert not _holds(tag="vi")


def test_all_of_nothing_is_everyone_and_any_of_nothing_is_nobody() -> None:
    assert _holds()
    assert _holds(all=[])
    assert not _holds(any=[])
    assert _holds(**{"not": {"any": []}})


_LEAVES = st.one_of(
    st.builds(Tag, st.sampled_from(["vip", "new"])),
    st.builds(Country, st.sampled_from([("US",), ("CA", "GB")])),
    st.builds(Attribute, st.sampled_from(["age", "missing"]), st.sampled_from([Op.EQ, Op.NE, Op.LT]), st.integers(29, 31)),
)
_NODES = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.builds(All, st.lists(inner, max_size=3).map(tuple)),
        st.builds(Any_, st.lists(inner, max_size=3).map(tuple)),
        st.builds(Not, inner),
    ),
    max_leaves=8,
)


@given(st.lists(_NODES, max_size=4))
def test_rules_combine_as_logic_does(nodes: list[Node]) -> None:
    parts = tuple(nodes)
    each = [matches(node, _MAYA) for node in parts]
    assert matches(All(parts), _MAYA) is all(each)
    assert matches(Any_(parts), _MAYA) is any(each)
    assert matches(Not(All(parts)), _MAYA) is matches(Any_(tuple(map(Not, parts))), _MAYA)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["US", "vip", "age", "eq", ""]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["all", "any", "not", "country", "tag", "attribute", "op", "value", "x"]), inner, max_size=3
        )
    ),
    max_leaves=12,
)


@given(_JSON)
def test_any_json_is_a_rule_or_a_problem_within_it(raw: Any) -> None:
    try:
        node = parse_rule(raw)
    except RuleProblem as problem:
        pointer = problem.pointer
    else:
        assert matches(node, _MAYA) in {True, False}
        return
    for step in pointer.split("/")[1:-1]:
        raw = raw[int(step)] if isinstance(raw, list) else raw[step]
