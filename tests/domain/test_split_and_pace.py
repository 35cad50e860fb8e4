"""Are members divided evenly and for good, and does each one's turn come when it was meant to?"""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.pace import Pace, WhenPassed, everywhere
from app.domain.split import Split, Variant, read_split, split_json

_CAMPAIGN, _OTHER = UUID(int=1), UUID(int=2)
_PHONES = [f"+1212{number:07d}" for number in range(2_000_000, 2_008_000)]
_TEN = datetime.fromisoformat("2026-11-27T10:00:00")


def _variants(*weights: float) -> tuple[Variant, ...]:
    return tuple(
        Variant(name=f"V{place}", template_id=UUID(int=place), template_version=1, weight=weight)
        for place, weight in enumerate(weights)
    )


def test_shares_are_what_was_asked_for() -> None:
    split = Split(variants=_variants(3, 1), holdout=0.1)
    drawn = [split.of(_CAMPAIGN, phone) for phone in _PHONES]
    assert drawn.count(None) / len(_PHONES) == pytest.approx(0.1, abs=0.012)
    assert drawn.count("V0") / len(_PHONES) == pytest.approx(0.675, abs=0.02)
    assert drawn.count("V1") / len(_PHONES) == pytest.approx(0.225, abs=0.02)


def test_the_holdout_group_only_grows_and_a_shared_key_holds_the_same_people_out() -> None:
    small, large = Split(holdout=0.05, key="autumn"), Split(holdout=0.2, key="autumn")
    for phone in _PHONES[:2_000]:
        assert small.of(_CAMPAIGN, phone) == small.of(_OTHER, phone)
        if small.of(_CAMPAIGN, phone) is None:
            assert large.of(_OTHER, phone) is None
    alone = Split(holdout=0.5)
    assert any(alone.of(_CAMPAIGN, phone) != alone.of(_OTHER, phone) for phone in _PHONES[:50])


@given(
    st.lists(st.floats(0.001, 1_000), max_size=20),
    st.floats(0, 0.99),
    st.text(max_size=64),
    st.integers(2_000_000, 9_999_999),
)
def test_everyone_has_one_place_and_a_split_survives_being_stored(
    weights: list[float], holdout: float, key: str, number: int
) -> None:
    split = Split(variants=_variants(*weights), holdout=holdout, key=key)
    found = split.of(_CAMPAIGN, f"+1212{number}")
    assert found == split.of(_CAMPAIGN, f"+1212{number}")
    assert found is None or found == "" or found in {variant.name for variant in split.variants}
    stored = split_json(split)
    assert read_split(stored).of(_CAMPAIGN, f"+1212{number}") == found or stored is None


@pytest.mark.parametrize(("zones", "hour"), [
    (("America/New_York",), 15), (("America/Los_Angeles",), 18), (("America/New_York", "America/Los_Angeles"), 18), ((), 10),
    (("Asia/Tokyo",), 1), (("Asia/Kolkata",), 4.5),
])  # fmt: skip
def test_a_local_time_is_that_of_the_latest_zone_a_number_may_be_in(zones: tuple[str, ...], hour: float) -> None:
    assert everywhere(_TEN, zones) == datetime(2026, 11, 27, tzinfo=UTC) + timedelta(hours=hour)


def test_a_time_the_clock_leaps_over_is_after_the_leap() -> None:
    assert everywhere(datetime.fromisoformat("2027-03-14T02:30:00"), ("America/New_York",)) == datetime(
        2027, 3, 14, 7, 30, tzinfo=UTC
    )


@pytest.mark.parametrize(("choice", "due"), [
    (WhenPassed.SEND, datetime(2026, 11, 27, 16, tzinfo=UTC)),
    (WhenPassed.NEXT_DAY, datetime(2026, 11, 28, 15, tzinfo=UTC)),
    (WhenPassed.SKIP, None),
])  # fmt: skip
def test_people_whose_time_has_passed_are_treated_as_was_said(choice: WhenPassed, due: datetime | None) -> None:
    pace = Pace(local=_TEN, when_passed=choice)
    now = datetime(2026, 11, 27, 16, tzinfo=UTC)  # 11 in New York, 8 in Los Angeles
    assert pace.due_at(key="c", phone=_PHONES[0], zones=("America/New_York",), now=now) == due
    still = pace.due_at(key="c", phone=_PHONES[0], zones=("America/Los_Angeles",), now=now)
    assert still == datetime(2026, 11, 27, 18, tzinfo=UTC)


@given(st.datetimes(_TEN, datetime.fromisoformat("2027-12-31T00:00:00")), st.integers(0, 400), st.sampled_from(
    [("America/New_York",), ("Europe/Berlin",), ("Australia/Lord_Howe",), ("Asia/Kathmandu", "Asia/Kolkata")]
))  # fmt: skip
def test_the_next_day_is_never_past_and_within_a_day_or_two(local: datetime, days: int, zones: tuple[str, ...]) -> None:
    now = everywhere(local, zones) + timedelta(days=days, minutes=1)
    due = Pace(local=local, when_passed=WhenPassed.NEXT_DAY).due_at(key="c", phone="+1", zones=zones, now=now)
    assert due is not None
    assert now <= due <= now + timedelta(hours=26)


def test_messages_are_strewn_over_the_whole_while() -> None:
    pace, now = Pace(spread=3_600), datetime(2026, 11, 27, 16, tzinfo=UTC)
    dues = sorted(pace.due_at(key="c", phone=phone, zones=(), now=now) or now for phone in _PHONES)
    assert now <= dues[0] < now + timedelta(seconds=30)
    assert now + timedelta(seconds=3_570) < dues[-1] < now + timedelta(seconds=3_600)
    assert dues[len(dues) // 2] - now == pytest.approx(timedelta(seconds=1_800), abs=timedelta(seconds=90))
