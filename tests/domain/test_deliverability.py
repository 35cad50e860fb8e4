"""Do small numbers say little, and is every hour measured often enough, and not for ever?"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from app.domain.deliverability import OLDEST, Tried, add_up, due_hours, expected_share, hour_of, is_due

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
_counts = st.integers(0, 100_000)


@given(delivered=_counts, failed=_counts, all_delivered=_counts, all_failed=_counts)
def test_what_is_expected_lies_between_what_is_known_here_and_beyond(
    delivered: int, failed: int, all_delivered: int, all_failed: int
) -> None:
    of_all = Tried(delivered=delivered + all_delivered, failed=failed + all_failed)
    beyond = expected_share(Tried(), of_all=of_all)
    expected = expected_share(Tried(delivered=delivered, failed=failed), of_all=of_all)
    own = delivered / (delivered + failed) if delivered + failed else beyond
    assert min(own, beyond) - 1e-9 <= expected <= max(own, beyond) + 1e-9
    assert 0 < expected < 1


def test_three_of_three_say_less_than_a_thousand_of_a_thousand() -> None:
    of_all = Tried(delivered=8_000, failed=2_000)
    few, many = Tried(delivered=3), Tried(delivered=1_000)
    assert expected_share(few, of_all=of_all) < 0.82
    assert expected_share(many, of_all=of_all) > 0.98
    assert expected_share(Tried(failed=3), of_all=of_all) > 0.75


def test_places_add_up_with_their_prices() -> None:
    places = [
        Tried(region="US", handed_over=3, accepted=3, delivered=2, failed=1, seconds=6.0, prices={"USD": Decimal("0.02")}),
        Tried(region="DE", handed_over=1, prices={"EUR": Decimal("0.07"), "USD": Decimal("0.01")}),
    ]
    total = add_up(places)
    assert (total.handed_over, total.ended, total.share, total.mean_seconds) == (4, 3, 2 / 3, 3.0)
    assert total.prices == {"USD": Decimal("0.03"), "EUR": Decimal("0.07")}


@given(steps=st.lists(st.integers(1, 600), min_size=1, max_size=400))
def test_an_hour_is_measured_a_bounded_number_of_times_and_last_when_all_was_said(steps: list[int]) -> None:
    now, measured_at, times = NOON, None, 0
    for minutes in steps:
        now += timedelta(minutes=minutes)
        if is_due(NOON, measured_at=measured_at, now=now):
            measured_at, times = now, times + 1
            assert not is_due(NOON, measured_at=measured_at, now=now)
    assert times <= 15 + 7
    if now > NOON + OLDEST:
        assert not is_due(NOON, measured_at=measured_at, now=now)


def test_what_is_due_is_the_latest_first_and_nothing_older_than_receipts_come() -> None:
    now = NOON + timedelta(minutes=20)
    due = due_hours({}, now=now)
    assert due[0] == NOON
    assert due == sorted(due, reverse=True)
    assert now - due[-1] <= OLDEST
    assert due_hours(dict.fromkeys(due, now), now=now) == []
    assert hour_of(now) == NOON
