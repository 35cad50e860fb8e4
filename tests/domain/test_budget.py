"""Is never more set aside than there is, however the messages come, and is every refusal the tightest bound's?"""

from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from app.domain.budget import Budget, Purse, Unaffordable, budget_json, country_key, day_key, read_budget

_NOW = datetime(2026, 11, 24, 22, 30, tzinfo=UTC)
_PRICES = {"US": {"amount": "0.0079", "currency": "USD"}, "CA": {"amount": "0.0100", "currency": "USD"}}
_amounts = st.none() | st.decimals(min_value=0, max_value=1, places=4)


@given(
    _amounts,
    _amounts,
    _amounts,
    st.lists(st.tuples(st.sampled_from(["US", "CA", "GB"]), st.integers(1, 9)), max_size=200),
)
def test_no_bound_is_ever_passed(
    total: Decimal | None, per_day: Decimal | None, us: Decimal | None, messages: list[tuple[str, int]]
) -> None:
    budget = Budget(currency="USD", total=total, per_day=per_day, by_country={} if us is None else {"US": us})
    purse = Purse(budget, {}, prices=_PRICES, now=_NOW)
    spent = {"US": Decimal(), "CA": Decimal()}
    for region, parts in messages:
        found = purse.reserve(region, parts)
        if region == "GB":
            assert found == Unaffordable("budget.no_price")
        elif isinstance(found, Decimal):
            assert found == Decimal(_PRICES[region]["amount"]) * parts
            spent[region] += found
    everything = sum(spent.values(), Decimal())
    assert total is None or everything <= total
    assert per_day is None or everything <= per_day
    assert us is None or spent["US"] <= us
    assert purse.reserved.get("total", Decimal()) == purse.reserved.get(day_key(_NOW), Decimal()) == everything
    assert purse.reserved.get(country_key("US"), Decimal()) == spent["US"]
    assert read_budget(budget_json(budget)) == budget


def test_who_comes_too_late_for_a_day_waits_for_the_next_and_for_the_rest_there_is_never() -> None:
    budget = Budget(currency="USD", total=Decimal(1), per_day=Decimal("0.01"))
    purse = Purse(budget, {day_key(_NOW): Decimal("0.005")}, prices=_PRICES, now=_NOW)
    late = purse.reserve("US", 1)
    assert late == Unaffordable("budget.day", datetime(2026, 11, 25, tzinfo=UTC))
    dear = purse.reserve("US", 9)
    assert dear == Unaffordable("budget.day"), "no day pays for it"
    spent = Purse(budget, {"total": Decimal("0.999")}, prices=_PRICES, now=_NOW)
    assert spent.reserve("US", 1) == Unaffordable("budget.total")
