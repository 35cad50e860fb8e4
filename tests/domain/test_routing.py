"""Is the right sender chosen, for a reason that is told? Reach by kind and country, shares by weight, nobody moved in vain."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.routing import Because, Measured, Member, PassedOver, Router, Strategy
from app.domain.sender_reach import home_of, why_not

_PHONES = [f"+1212{number:07d}" for number in range(2_000_000, 2_004_000)]


def _id(number: int) -> UUID:
    return UUID(int=number)


def _member(number: int, weight: float = 1.0, **fields: Any) -> Member:
    return Member(sender_id=_id(number), kind="long_code", weight=weight, **fields)


def _shares(router: Router, region: str = "US") -> dict[UUID | None, float]:
    counts: dict[UUID | None, int] = {}
    for phone in _PHONES:
        chosen = router.choose(phone, region).sender_id
        counts[chosen] = counts.get(chosen, 0) + 1
    return {sender: count / len(_PHONES) for sender, count in counts.items()}


@pytest.mark.parametrize(
    ("kind", "address", "countries", "problem", "region", "why"),
    [
        ("long_code", "+12125550100", "", "", "US", ""),
        ("long_code", "+12125550100", "", "", "DE", ""),
        ("long_code", "+12125550100", "US CA", "", "DE", "route.country"),
        ("long_code", "+12125550100", "", "unregistered_10dlc", "US", "route.unregistered_10dlc"),
        ("long_code", "+12125550100", "", "unregistered_10dlc", "GB", ""),
        ("toll_free", "+18885550100", "", "", "CA", ""),
        ("toll_free", "+18885550100", "", "", "GB", "route.country"),
        ("toll_free", "+18885550100", "", "unverified_toll_free", "US", "route.unverified_toll_free"),
        ("short_code", "72345", "", "", "US", "route.country_not_declared"),
        ("short_code", "72345", "US", "", "US", ""),
        ("short_code", "72345", "US", "", "CA", "route.country"),
        ("alphanumeric", "BlueShop", "", "", "US", "route.name_not_taken"),
        ("alphanumeric", "BlueShop", "US", "", "US", "route.name_not_taken"),
        ("alphanumeric", "BlueShop", "", "", "GB", ""),
        ("alphanumeric", "BlueShop", "", "", "SG", "route.name_not_registered"),
        ("alphanumeric", "BlueShop", "SG GB", "", "SG", ""),
        ("rcs_agent", "agent-1", "", "", "DE", ""),
    ],
)
def test_a_sender_reaches_the_countries_its_kind_does(
    kind: str, address: str, countries: str, problem: str, region: str, why: str
) -> None:
    said = why_not(kind, home=home_of(kind, address), countries=frozenset(countries.split()), problem=problem, region=region)
    assert said == why


def test_messages_are_shared_by_weight() -> None:
    shares = _shares(Router([_member(1, 3), _member(2, 1)], strategy=Strategy.WEIGHTS, sticky=True))
    assert shares[_id(1)] == pytest.approx(0.75, abs=0.03)
    assert shares[_id(2)] == pytest.approx(0.25, abs=0.03)


@pytest.mark.parametrize(
    ("strategy", "better", "worse"),
    [
        (Strategy.DELIVERY, {"measured": {("US", ""): Measured(share=0.98)}}, {"measured": {("US", ""): Measured(share=0.70)}}),
        (
            Strategy.LATENCY,
            {"measured": {("US", ""): Measured(share=0.9, seconds=2.0)}},
            {"measured": {("US", ""): Measured(share=0.9, seconds=40.0)}},
        ),
        (Strategy.PRICE, {"prices": {"US": Decimal("0.004")}}, {"prices": {"US": Decimal("0.008")}}),
    ],
)
def test_what_is_measured_or_paid_turns_the_scale_and_leaves_the_worse_a_little(
    strategy: Strategy, better: dict[str, Any], worse: dict[str, Any]
) -> None:
    shares = _shares(Router([_member(1, **better), _member(2, **worse)], strategy=strategy, sticky=True))
    assert shares[_id(1)] > 0.8
    assert 0 < shares[_id(2)] < 0.2
    even = _shares(Router([_member(1, **better), _member(2, **worse)], strategy=Strategy.WEIGHTS, sticky=True))
    assert even[_id(1)] == pytest.approx(0.5, abs=0.03)


def test_figures_of_a_network_go_before_those_of_its_country() -> None:
    fine, poor = Measured(share=0.98), Measured(share=0.60)
    first = _member(1, measured={("US", ""): fine, ("US", "T-Mobile"): poor})
    second = _member(2, measured={("US", ""): poor, ("US", "T-Mobile"): fine})
    router = Router([first, second], strategy=Strategy.DELIVERY, sticky=False)
    chosen = [
        [router.choose(phone, "US", network=network).sender_id for phone in _PHONES[:400]].count(_id(1))
        for network in ("", "T-Mobile", "Verizon")
    ]
    assert chosen[0] > 350
    assert chosen[1] < 50
    assert chosen[2] == chosen[0], "a network nobody measured is its country"


def test_what_nobody_measured_counts_as_the_middle() -> None:
    known: dict[str, Any] = {"measured": {("US", ""): Measured(share=0.9)}}
    shares = _shares(Router([_member(1, **known), _member(2)], strategy=Strategy.DELIVERY, sticky=True))
    assert shares[_id(2)] == pytest.approx(0.5, abs=0.03)


def test_a_sender_of_the_country_comes_before_foreign_ones() -> None:
    router = Router([_member(1, home="US"), _member(2, home="GB")], strategy=Strategy.WEIGHTS, sticky=True)
    choice = router.choose("+447400123456", "GB", last_sender=_id(1))
    assert choice.sender_id == _id(2)
    assert choice.passed_over == (PassedOver(_id(1), "route.farther"),)
    held = Router([_member(1, home="US"), _member(2, home="GB", held="route.held")], strategy=Strategy.WEIGHTS, sticky=True)
    assert held.choose("+447400123456", "GB").sender_id == _id(1), "a foreign one that can, before a near one that cannot"


def test_a_number_goes_on_hearing_from_the_same_sender() -> None:
    members = [_member(number) for number in range(1, 6)]
    router = Router(members, strategy=Strategy.WEIGHTS, sticky=True)
    for member in members:
        choice = router.choose("+12125550142", "US", last_sender=member.sender_id)
        assert (choice.sender_id, choice.because) == (member.sender_id, Because.LAST_SENDER)
    loose = Router(members, strategy=Strategy.WEIGHTS, sticky=False)
    assert len({loose.choose("+12125550142", "US", last_sender=member.sender_id).sender_id for member in members}) == 1


def test_when_all_are_held_the_message_waits_for_one_of_them() -> None:
    router = Router([_member(1, held="route.held"), _member(2, held="route.held")], strategy=Strategy.WEIGHTS, sticky=True)
    assert router.choose("+12125550142", "US").because is Because.ALL_HELD
    assert not router.reaches("US")


def test_a_number_that_none_reaches_is_told_why() -> None:
    router = Router([_member(1, countries=frozenset({"DE"})), _member(2, 0.0)], strategy=Strategy.WEIGHTS, sticky=True)
    choice = router.choose("+12125550142", "US")
    assert choice.sender_id is None
    assert {one.why for one in choice.passed_over} == {"route.country", "route.weight_zero"}


_members = st.lists(st.tuples(st.floats(0.01, 100), st.booleans(), st.sampled_from(["", "US", "GB"])), min_size=1, max_size=8)


@given(_members, st.integers(2_000_000, 9_999_999), st.sets(st.integers(0, 7)))
def test_no_held_or_blocked_sender_is_chosen_while_another_could_go(
    sides: list[tuple[float, bool, str]], number: int, blocked: set[int]
) -> None:
    members = [
        _member(place, weight, held="route.held" if held else "", home=home) for place, (weight, held, home) in enumerate(sides)
    ]
    router = Router(members, strategy=Strategy.WEIGHTS, sticky=True)
    turned_away = frozenset(map(_id, blocked))
    choice = router.choose(f"+1212{number}", "US", blocked=turned_away)
    assert choice == router.choose(f"+1212{number}", "US", blocked=turned_away)
    if choice.sender_id is None:
        assert all(member.sender_id in turned_away for member in members)
        return
    chosen = members[choice.sender_id.int]
    assert chosen.sender_id not in turned_away
    if chosen.held:
        assert choice.because is Because.ALL_HELD
    assert chosen.sender_id not in {one.sender_id for one in choice.passed_over}


@given(_members, st.integers(2_000_000, 9_999_999))
def test_a_sender_that_leaves_moves_only_its_own_numbers(sides: list[tuple[float, bool, str]], number: int) -> None:
    members = [_member(place, weight) for place, (weight, _, _) in enumerate(sides)]
    before = Router(members, strategy=Strategy.WEIGHTS, sticky=True).choose(f"+1212{number}", "US").sender_id
    assert before is not None
    for gone in members:
        rest = [member for member in members if member is not gone]
        after = Router(rest, strategy=Strategy.WEIGHTS, sticky=True).choose(f"+1212{number}", "US").sender_id
        assert (after == before) != (before == gone.sender_id)
