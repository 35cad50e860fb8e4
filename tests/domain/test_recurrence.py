"""Does a rhythm come round when it should, over months of every length and both changes of the clock?"""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.recurrence import Every, Rhythm, read_rhythm, rhythm_json
from app.domain.zones import load_zone

_TEN = time(10)


def _rhythm(every: Every, first: date, **fields: object) -> Rhythm:
    return Rhythm(every=every, first=first, **{"step": 1, "at": _TEN, "zone": "America/New_York", **fields})  # type: ignore[arg-type]


def _next(rhythm: Rhythm, instant: datetime, count: int) -> list[str]:
    turns: list[str] = []
    for _ in range(count):
        found = rhythm.after(instant)
        assert found is not None
        turns.append(found.astimezone(load_zone(rhythm.zone)).strftime("%a %d %b %H:%M"))
        instant = found
    return turns


@pytest.mark.parametrize(("rhythm", "turns"), [
    (_rhythm(Every.DAY, date(2026, 10, 31)), ["Sat 31 Oct 10:00", "Sun 01 Nov 10:00", "Mon 02 Nov 10:00"]),
    (_rhythm(Every.DAY, date(2026, 10, 31), step=3), ["Sat 31 Oct 10:00", "Tue 03 Nov 10:00", "Fri 06 Nov 10:00"]),
    (_rhythm(Every.WEEK, date(2026, 11, 4), weekdays=(0, 2)), ["Wed 04 Nov 10:00", "Mon 09 Nov 10:00", "Wed 11 Nov 10:00"]),
    (_rhythm(Every.WEEK, date(2026, 11, 4), step=2), ["Wed 04 Nov 10:00", "Wed 18 Nov 10:00", "Wed 02 Dec 10:00"]),
    (_rhythm(Every.MONTH, date(2026, 12, 31)), ["Thu 31 Dec 10:00", "Sun 31 Jan 10:00", "Sun 28 Feb 10:00"]),
    (_rhythm(Every.MONTH, date(2026, 11, 30), step=3), ["Mon 30 Nov 10:00", "Sun 28 Feb 10:00", "Sun 30 May 10:00"]),
])  # fmt: skip
def test_turns_come_as_they_are_meant(rhythm: Rhythm, turns: list[str]) -> None:
    assert _next(rhythm, datetime(2026, 10, 30, tzinfo=UTC), 3) == turns


def test_a_turn_in_the_hour_the_clock_leaps_over_comes_after_it() -> None:
    rhythm = _rhythm(Every.DAY, date(2027, 3, 13), at=time(2, 30))
    assert _next(rhythm, datetime(2027, 3, 12, 12, tzinfo=UTC), 3) == ["Sat 13 Mar 02:30", "Sun 14 Mar 03:30", "Mon 15 Mar 02:30"]


_rhythms = st.builds(
    Rhythm,
    every=st.sampled_from(list(Every)),
    step=st.integers(1, 12),
    first=st.dates(date(2020, 1, 1), date(2030, 12, 31)),
    at=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    zone=st.sampled_from(["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"]),
    weekdays=st.lists(st.integers(0, 6), max_size=3, unique=True).map(lambda days: tuple(sorted(days))),
)


@given(_rhythms, st.datetimes(datetime.fromisoformat("2019-06-01"), datetime.fromisoformat("2031-06-01")))
def test_the_next_turn_is_later_is_the_first_and_is_never_far(rhythm: Rhythm, naive: datetime) -> None:
    instant = naive.replace(tzinfo=UTC)
    found = rhythm.after(instant)
    assert found is not None
    assert found > instant
    start = max(instant, datetime.combine(rhythm.first, time(), UTC))
    span = {Every.DAY: 1, Every.WEEK: 7, Every.MONTH: 31}[rhythm.every] * rhythm.step
    assert found - start <= timedelta(days=2 * span + 3)
    between = rhythm.after(instant + (found - instant) / 2)
    assert between == found
    assert read_rhythm(rhythm_json(rhythm)) == rhythm
