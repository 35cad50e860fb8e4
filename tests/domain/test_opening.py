"""Is the opening found the first one there is? Against a plain minute-by-minute search, across clock changes and odd offsets."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.opening import all_open, first_open, is_open, none_closed
from app.domain.windows import TEXT, Day, WindowRow
from app.domain.zones import load_zone
from tests.domain.given import at

_MINUTE = timedelta(minutes=1)


def _row(*week: tuple[tuple[int, int], ...], valid_from: date | None = None, valid_to: date | None = None) -> WindowRow:
    days = tuple(Day(hours, "time.quiet.xx") for hours in (week if len(week) == 7 else week * 7))
    return WindowRow(
        region="XX", channels=TEXT, week=days, source="a law", confidence="certain", valid_from=valid_from, valid_to=valid_to
    )


_DAYTIME = _row(((8 * 60, 21 * 60),))


def _searched(rows: list[WindowRow], zones: list[ZoneInfo], start: datetime, days: int) -> datetime | None:
    for step in range(days * 24 * 60):
        instant = start + step * _MINUTE
        if all(all_open(rows, instant.astimezone(zone)) for zone in zones):
            return instant
    return None


# Clocks go forward or back in most of these within days of the instants below; some stand at odd minutes.
_ZONES = st.sampled_from(
    [
        "America/New_York",
        "America/Los_Angeles",
        "America/St_Johns",
        "America/Santiago",
        "America/Vancouver",
        "Asia/Kathmandu",
        "Asia/Kolkata",
        "Africa/Casablanca",
        "Africa/Cairo",
        "Asia/Gaza",
        "Australia/Eucla",
        "Australia/Lord_Howe",
        "Europe/London",
        "Pacific/Apia",
        "Pacific/Chatham",
        "Pacific/Kiritimati",
    ]
)
_CHANGES = [
    at("2026-03-08T00:00"),
    at("2026-03-29T00:00"),
    at("2026-04-05T00:00"),
    at("2026-09-06T00:00"),
    at("2026-10-04T00:00"),
    at("2026-10-25T00:00"),
    at("2026-11-01T00:00"),
]
_STARTS = st.builds(lambda day, minute: day + minute * _MINUTE, st.sampled_from(_CHANGES), st.integers(-1440, 1440))
_RANGES = st.lists(st.integers(0, 96), min_size=2, max_size=4, unique=True).map(
    lambda marks: tuple((a * 15, b * 15) for a, b in zip(sorted(marks)[::2], sorted(marks)[1::2], strict=False))
)
_ROWS = st.builds(_row, *[_RANGES | st.just(())] * 7)


@settings(max_examples=25)
@given(st.lists(_ROWS, min_size=1, max_size=2), st.lists(_ZONES, min_size=1, max_size=3, unique=True), _STARTS)
def test_the_opening_is_the_first_minute_a_plain_search_finds(rows: list[WindowRow], names: list[str], start: datetime) -> None:
    zones = [load_zone(name) for name in names]
    found, searched = first_open(rows, zones, start=start), _searched(rows, zones, start, 2)
    if searched is not None:
        assert found == searched
    else:
        assert found is None or found >= start + timedelta(days=2)


_DST = [
    (
        "into the gap: the window begins when the clock jumps",
        "America/New_York",
        (150, 300),
        "2026-03-08T05:00",
        "2026-03-08T07:00",
    ),
    (
        "a window wholly inside the gap stays closed that day",
        "America/New_York",
        (130, 170),
        "2026-03-08T06:00",
        "2026-03-09T06:10",
    ),
    ("the hour that comes twice opens at its first coming", "America/New_York", (60, 90), "2026-11-01T03:00", "2026-11-01T05:00"),
    ("a window that begins in the hour that comes twice", "America/New_York", (75, 90), "2026-11-01T05:30", "2026-11-01T06:15"),
    ("and again at its second", "America/New_York", (60, 90), "2026-11-01T05:30", "2026-11-01T06:00"),
    ("a window cut by the clock going back", "America/New_York", (30, 90), "2026-11-01T05:30", "2026-11-01T06:00"),
    ("a clock that moves by half an hour", "Australia/Lord_Howe", (120, 180), "2026-10-03T14:00", "2026-10-03T15:30"),
    ("an island that skips to summer at midnight", "America/Santiago", (0, 60), "2026-09-06T03:00", "2026-09-07T03:00"),
]


@pytest.mark.parametrize(("case", "zone", "hours", "start", "opens"), _DST, ids=[row[0] for row in _DST])
def test_clock_changes_are_exact(case: str, zone: str, hours: tuple[int, int], start: str, opens: str) -> None:
    assert first_open([_row((hours,))], [load_zone(zone)], start=at(start)) == at(opens), case


@pytest.mark.parametrize(
    ("local", "is_so"),
    [("07:59:59.999999", False), ("08:00:00", True), ("20:59:59.999999", True), ("21:00:00", False)],
)
def test_a_window_is_half_open(local: str, is_so: bool) -> None:
    assert is_open(_DAYTIME, datetime.fromisoformat(f"2026-11-23T{local}")) is is_so


def test_what_is_open_now_opens_now() -> None:
    assert first_open([_DAYTIME], [load_zone("UTC")], start=at("2026-11-23T12:00")) == at("2026-11-23T12:00")


def test_windows_that_never_meet_have_no_opening() -> None:
    morning = _row(((480, 540),))
    assert first_open([morning], [load_zone("America/New_York"), load_zone("Asia/Tokyo")], start=at("2026-11-23T12:00")) is None


def test_an_opening_may_be_almost_a_week_away() -> None:
    mondays = _row(((480, 540),), (), (), (), (), (), ())
    assert first_open([mondays], [load_zone("UTC")], start=at("2026-11-23T09:00")) == at("2026-11-30T08:00")


def test_a_row_that_ends_lets_its_successor_open_that_day() -> None:
    old = _row(((600, 660),), valid_to=date(2026, 11, 25))
    new = _row(((0, 1440),), valid_from=date(2026, 11, 25))
    assert first_open([old, new], [load_zone("UTC")], start=at("2026-11-24T12:00")) == at("2026-11-25T00:00")


def test_a_row_stands_in_the_way_only_while_it_is_in_force() -> None:
    old = _row(((600, 660),), valid_to=date(2026, 11, 25))
    assert first_open([old], [load_zone("UTC")], start=at("2026-11-24T12:00"), test=none_closed) == at("2026-11-25T00:00")


def test_where_no_row_is_in_force_nothing_is_open() -> None:
    past = _row(((0, 1440),), valid_to=date(2026, 11, 1))
    assert first_open([past], [load_zone("UTC")], start=at("2026-11-24T12:00")) is None
    assert first_open(
        [_row(((0, 1440),), valid_from=date(2026, 11, 26))], [load_zone("UTC")], start=at("2026-11-24T12:00")
    ) == at("2026-11-26T00:00")
    assert not all_open([past], datetime(2026, 11, 24, 12, tzinfo=UTC))
