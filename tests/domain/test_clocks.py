"""Do clocks of months run out to the day, in every zone, over leap days and short months?"""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.clocks import add_months, has_run_out, runs_out_at, years_old, zones_of

_DAYS = st.dates(date(2016, 1, 1), date(2032, 12, 31))
_ZONES = st.sampled_from(["America/Toronto", "America/St_Johns", "Asia/Kolkata", "Pacific/Kiritimati", "UTC", "Africa/Cairo"])
_MONTHS = st.sampled_from([3, 6, 18, 24])


@given(_DAYS, st.integers(0, 24 * 60 - 1), _MONTHS, st.lists(_ZONES, min_size=1, max_size=3, unique=True))
def test_a_clock_runs_out_at_the_instant_it_says_and_not_before(day: date, minute: int, months: int, names: list[str]) -> None:
    zones = zones_of(tuple(names))
    since = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=minute)
    ends = runs_out_at(since, months, zones=zones)
    assert has_run_out(since, months, now=ends, zones=zones)
    assert not has_run_out(since, months, now=ends - timedelta(microseconds=1), zones=zones)


@given(_DAYS, _MONTHS)
def test_the_last_day_is_the_same_day_of_the_month_or_the_months_last(day: date, months: int) -> None:
    last = add_months(day, months)
    assert (last.year * 12 + last.month) - (day.year * 12 + day.month) == months
    assert last.day == day.day or (last.day < day.day and (last + timedelta(days=1)).day == 1)


@pytest.mark.parametrize(
    ("since", "months", "last"),
    [
        ("2024-02-29", 24, "2026-02-28"),
        ("2026-02-28", 24, "2028-02-28"),
        ("2026-08-31", 6, "2027-02-28"),
        ("2028-08-31", 6, "2029-02-28"),
    ],
)
def test_leap_days_and_short_months(since: str, months: int, last: str) -> None:
    assert add_months(date.fromisoformat(since), months) == date.fromisoformat(last)


@given(st.dates(date(1990, 1, 1), date(2020, 12, 31)), st.integers(0, 80))
def test_a_birthday_makes_one_older(birth: date, years: int) -> None:
    try:
        birthday = birth.replace(year=birth.year + years)
    except ValueError:
        birthday = date(birth.year + years, 3, 1)
    noon = datetime(birthday.year, birthday.month, birthday.day, 12, tzinfo=UTC)
    assert years_old(birth, now=noon, zones=(UTC,)) == years
    assert years_old(birth, now=noon - timedelta(days=1), zones=(UTC,)) == years - 1
