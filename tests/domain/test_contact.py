"""What a change makes of a contact, apart from any request or file."""

import math
from dataclasses import replace

import pytest

from app.domain.contact import BadField, Change, Profile, check_tags, check_value, merge, same

KEPT = Profile(attributes={"a": 1, "b": "x"}, tags=("one", "two"), locale="en", time_zone="Europe/Vienna", provenance="shop")


@pytest.mark.parametrize(
    ("label", "change", "expected"),
    [
        ("nothing", Change(), KEPT),
        ("an origin, which only a new contact takes", Change(origin="import"), KEPT),
        ("an attribute", Change(attributes={"b": "y", "c": True}), replace(KEPT, attributes={"a": 1, "b": "y", "c": True})),
        ("an attribute taken away", Change(attributes={"a": None, "never": None}), replace(KEPT, attributes={"b": "x"})),
        ("tags", Change(tags=("three",)), replace(KEPT, tags=("three",))),
        ("no tags", Change(tags=()), replace(KEPT, tags=())),
        ("more tags", Change(more_tags=("zero", "one")), replace(KEPT, tags=("one", "two", "zero"))),
        ("tags and more", Change(tags=("b",), more_tags=("a",)), replace(KEPT, tags=("a", "b"))),
        ("a locale", Change(locale="de"), replace(KEPT, locale="de")),
        ("no locale", Change(locale="", time_zone=""), replace(KEPT, locale=None, time_zone=None)),
        ("a provenance", Change(provenance="fair"), replace(KEPT, provenance="fair")),
    ],
)
def test_what_a_change_makes_of_a_contact(label: str, change: Change, expected: Profile) -> None:
    assert merge(KEPT, change) == expected, label
    assert same(KEPT, merge(KEPT, change)) == (expected == KEPT), label


def test_a_new_contact_takes_the_origin_unless_a_provenance_is_named() -> None:
    assert merge(None, Change(origin="api")).provenance == "api"
    assert merge(None, Change(origin="api", provenance="fair")).provenance == "fair"


def test_one_and_true_are_different_values() -> None:
    one = Profile(attributes={"a": 1})
    assert same(one, merge(one, Change(attributes={"a": 1})))
    assert not same(one, merge(one, Change(attributes={"a": True})))
    assert not same(one, merge(one, Change(attributes={"a": 1.0})))


@pytest.mark.parametrize(
    ("label", "change", "code"),
    [
        ("attributes", Change(attributes={f"n{n}": n for n in range(99)}), "too_many_attributes"),
        ("tags", Change(more_tags=tuple(f"t{n}" for n in range(99))), "too_many_tags"),
    ],
)
def test_a_contact_does_not_hold_more_than_its_limits(label: str, change: Change, code: str) -> None:
    with pytest.raises(BadField) as refused:
        merge(KEPT, change)
    assert refused.value.code == code, label


@pytest.mark.parametrize("value", [None, True, 0, -(2**53), 1.5, "", "x" * 1000, [], ["a"] * 100])
def test_values_a_contact_can_hold(value: object) -> None:
    assert check_value(value) == value


@pytest.mark.parametrize(
    "value", [2**53 + 1, math.nan, math.inf, "x" * 1001, "\x00", "\ud800", ["a"] * 101, [1], [None], ["\x00"], {}, (), b"x"]
)
def test_values_a_contact_cannot_hold(value: object) -> None:
    with pytest.raises(BadField):
        check_value(value)


def test_tags_are_trimmed_sorted_and_each_once() -> None:
    assert check_tags([" b ", "a", "b"]) == ("a", "b")
    for bad in ([""], [" "], ["a\nb"], ["x" * 65], [f"t{n}" for n in range(101)]):
        with pytest.raises(BadField):
            check_tags(bad)
