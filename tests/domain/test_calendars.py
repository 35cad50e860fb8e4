"""Are the calendars those of the law, with the days the library does not know, and are business days counted by them?"""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.calendars import UnknownCalendar, holidays_of, is_calendar, is_holiday, is_weekend
from app.domain.deadlines import business_day_deadline, honour_by, is_day_off, opt_out_deadline
from app.domain.number import number_facts
from tests.domain.given import at

_ARE: list[tuple[str, str]] = [
    ("US", "2026-01-19 2026-07-03 2026-11-26 2026-12-25 2021-12-31"),
    ("US-LA", "2026-02-17 2026-04-03 2026-11-26"),
    ("US-UT", "2026-07-24"),
    ("US-RI", "2026-08-10 2026-10-12 2026-11-03 2028-11-07"),
    ("US-AL", "2026-06-01 2026-04-27 2026-07-03 2027-07-05"),
    ("FR", "2026-11-01 2026-11-11 2026-07-14"),
    ("FR-ALSACE-MOSELLE", "2026-04-03 2026-12-26 2027-03-26"),
    ("ES", "2026-01-06 2026-10-12"),
    ("IT", "2026-10-04 2027-10-04 2026-12-08 2026-04-05"),
    ("GB", "2026-04-03 2026-05-04 2026-12-25 2026-12-28"),
    ("AU", "2026-01-26 2026-04-03 2026-04-06 2026-12-25"),
    ("ZA", "2026-08-10 2026-09-24 2026-12-16"),
    ("CA", "2026-07-01 2026-12-25"),
]
_ARE_NOT: list[tuple[str, str]] = [
    ("US", "2026-02-17 2026-08-10"),
    ("US-LA", "2026-10-12"),
    ("US-RI", "2027-11-02"),
    ("FR", "2026-04-03 2026-12-26"),
    ("FR-ALSACE-MOSELLE", "2026-11-11"),
    ("IT", "2024-10-04 2025-10-04"),
    ("GB", "2026-08-31 2026-04-06"),
    ("AU", "2026-10-05 2026-06-08"),
]


@pytest.mark.parametrize(("calendar", "days"), _ARE)
def test_these_are_holidays(calendar: str, days: str) -> None:
    assert [day for day in days.split() if not is_holiday(calendar, date.fromisoformat(day))] == []


@pytest.mark.parametrize(("calendar", "days"), _ARE_NOT)
def test_these_are_none(calendar: str, days: str) -> None:
    assert [day for day in days.split() if is_holiday(calendar, date.fromisoformat(day))] == []


@pytest.mark.parametrize("name", ["", "XX", "US-ZZ", "FR-ALSACE", "us"])
def test_a_calendar_that_is_none_is_refused(name: str) -> None:
    assert not is_calendar(name)
    with pytest.raises(UnknownCalendar):
        holidays_of(name, 2026)


@pytest.mark.parametrize(
    ("region", "asked", "days", "deadline"),
    [
        ("US", "2026-12-21", 10, "2027-01-06"),
        ("US-VA", "2026-12-21", 10, "2027-01-06"),
        ("PR", "2026-12-21", 10, "2027-01-06"),
        ("CA", "2026-12-21", 10, "2027-01-06"),
        ("AU", "2026-11-23", 5, "2026-11-30"),
        ("US", "2026-11-20", 10, "2026-12-07"),
        ("US", "2026-11-21", 1, "2026-11-23"),
        ("SA", "2026-11-18", 2, "2026-11-22"),
        ("DE", "2026-11-23", 0, "2026-11-23"),
        ("XX", "2026-11-27", 1, "2026-11-30"),
    ],
)
def test_a_deadline_is_counted_in_business_days_of_its_region(region: str, asked: str, days: int, deadline: str) -> None:
    assert business_day_deadline(region, date.fromisoformat(asked), days) == date.fromisoformat(deadline)


@pytest.mark.parametrize(
    ("region", "deadline"),
    [("US-FL", "2027-01-06"), ("CA-QC", "2027-01-06"), ("AU", "2026-12-29"), ("FR", "2026-12-21"), ("NP", "2026-12-21")],
)
def test_an_opt_out_has_the_laws_outer_limit(region: str, deadline: str) -> None:
    assert opt_out_deadline(region, date(2026, 12, 21)) == date.fromisoformat(deadline)


@pytest.mark.parametrize(
    ("phone", "since", "day"),
    [
        ("+12125550100", "2026-12-21T17:00", "2027-01-06"),
        ("+14165550123", "2026-12-21T17:00", "2027-01-06"),
        ("+12125550100", "2026-12-22T03:00", "2027-01-06"),
        ("+18505550100", "2026-12-22T05:30", "2027-01-06"),
        ("+12125550100", "2026-12-22T05:30", "2027-01-07"),
        ("+33612345678", "2026-12-21T17:00", "2026-12-21"),
    ],
)
def test_the_day_somebody_said_no_is_the_earliest_it_may_have_been_there(phone: str, since: str, day: str) -> None:
    assert honour_by(number_facts(phone), at(since)) == date.fromisoformat(day)


@given(st.sampled_from(["US", "CA", "AU", "SA", "IL"]), st.dates(date(2026, 1, 1), date(2030, 1, 1)), st.integers(1, 15))
def test_a_deadline_is_a_business_day_with_so_many_before_it(region: str, day: date, days: int) -> None:
    deadline = business_day_deadline(region, day, days)
    between = [day + timedelta(days=number) for number in range(1, (deadline - day).days + 1)]
    assert not is_day_off(region, deadline)
    assert sum(not is_day_off(region, passing) for passing in between) == days


def test_weekends_are_those_of_the_country() -> None:
    friday, sunday = date(2026, 11, 20), date(2026, 11, 22)
    assert (is_weekend("US", friday), is_weekend("US", sunday)) == (False, True)
    assert (is_weekend("SA", friday), is_weekend("SA", sunday)) == (True, False)
    assert (is_weekend("XX", friday), is_weekend("XX", sunday)) == (False, True)
