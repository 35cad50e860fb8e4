"""Is every closure explained as the worked cases have it: until when, and by which rows? Each computed case, by name."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from app.domain.book import INSTALLED
from app.domain.closing import closures
from app.domain.message import Channel
from app.domain.opening import all_open
from app.domain.pairs import Pair
from app.domain.windows import ALWAYS, EVERY, Day, WindowRow
from app.domain.zones import load_zone
from tests.domain.given import at
from tests.domain.worked_cases import COMPUTED


def _own(region: str, channel: Channel = Channel.SMS) -> tuple[WindowRow, ...]:
    """The rows of just this region that every technology shares."""
    return tuple(row for row in INSTALLED.rows_for(region, channel) if row.region == region and not row.technologies)


_STATES = ("FL", "MD", "OR", "CT", "TX", "KY", "LA", "AL", "MS", "RI", "UT")
_SETS: dict[str, tuple[WindowRow, ...]] = {
    "US-FED": _own("US"),
    **{f"US-{state}": _own(f"US-{state}") for state in _STATES},
    "CA-VOICE": _own("CA", Channel.VOICE),
    "FR-SMS": _own("FR"),
    "FR-SMS-57": INSTALLED.rows_for("FR-57", Channel.SMS),
    "FR-VOICE": _own("FR", Channel.VOICE),
    "ES-VOICE": _own("ES", Channel.VOICE),
    "IT-VOICE": _own("IT", Channel.VOICE),
    "GB-POLICY": _own("GB"),
    "IN-PROMO": _own("IN"),
    "ZA": _own("ZA"),
    "AU-VOICE": _own("AU", Channel.VOICE),
    "KR": _own("KR"),
    "VN-SMS": _own("VN"),
    "VN-VOICE": _own("VN", Channel.VOICE),
    "AE-VOICE": _own("AE", Channel.VOICE),
    "SA-SMS": _own("SA"),
}


def test_every_set_of_hours_has_one_row_but_those_that_join_two() -> None:
    assert {name: len(rows) for name, rows in _SETS.items() if len(rows) != 1} == {"FR-SMS-57": 2}


def _pairs(case: dict[str, Any]) -> list[Pair]:
    found = []
    for zone, *names in case["pairs"]:
        rows = tuple(row for name in names for row in _SETS[name])
        found.append(Pair(zone, rows, rows))
    return found


@pytest.mark.parametrize("case", COMPUTED, ids=lambda case: case["id"])
def test_a_worked_case_comes_out_exactly(case: dict[str, Any]) -> None:
    pairs = _pairs(case)
    found = closures(pairs, at=datetime.fromisoformat(case.get("not_before", case["now"])))
    if "not_before" in case:
        assert found == (), "the place is free while the hours are open"
        assert case["until"] == case["not_before"]
        return
    assert [objection.rule for objection in found] == case["rules"]
    until = {objection.until for objection in found}
    assert until == ({datetime.fromisoformat(case["until"])} if found else set())
    for instant in until:
        assert instant is not None
        assert all(all_open(pair.rows, instant.astimezone(load_zone(pair.zone))) for pair in pairs)


def _closures(region: str, channel: Channel, zones: str, now: str) -> list[tuple[str, str]]:
    rows = INSTALLED.rows_for(region, channel)
    return [
        (objection.rule, objection.detail)
        for objection in closures([Pair(zone, rows, rows) for zone in zones.split()], at=at(now))
    ]


def test_a_closure_says_what_the_clock_showed() -> None:
    assert _closures("FR", Channel.SMS, "Europe/Paris", "2026-11-21T21:30") == [
        ("time.quiet.fr.sms", "Saturday 22:30 in Europe/Paris; open 08:00-22:00"),
        ("time.sunday.fr.sms", "Sunday 2026-11-22 is closed in Europe/Paris"),
    ]


def test_a_holiday_on_a_sunday_is_told_as_both() -> None:
    assert _closures("FR", Channel.SMS, "Europe/Paris", "2026-11-01T12:00") == [
        ("time.sunday.fr.sms", "Sunday 13:00 in Europe/Paris; open not at all"),
        ("time.holiday.fr.sms", "Sunday 13:00 in Europe/Paris; open not at all"),
    ]


def _row(*hours: tuple[int, int], code: str = "time.quiet.xx", **other: object) -> WindowRow:
    week = (Day(hours, code),) * 7
    return WindowRow(region="XX", channels=EVERY, week=week, source="a law", confidence="certain", **other)  # type: ignore[arg-type]


def test_rows_that_open_one_after_the_other_are_both_told() -> None:
    first, second = _row((480, 1440), code="time.quiet.xx.a"), _row((0, 490), (600, 1440), code="time.quiet.xx.b")
    found = closures([Pair("Etc/UTC", (first, second), (first, second))], at=at("2026-11-23T03:00"))
    assert [(objection.rule, objection.until) for objection in found] == [("time.quiet.xx.a", at("2026-11-23T08:00"))]
    later = closures([Pair("Etc/UTC", (first, second), (first, second))], at=at("2026-11-23T08:30"))
    assert [(objection.rule, objection.until) for objection in later] == [("time.quiet.xx.b", at("2026-11-23T10:00"))]
    third = _row((0, 470), (600, 1440), code="time.quiet.xx.b")
    both = closures([Pair("Etc/UTC", (first, third), (first, third))], at=at("2026-11-23T03:00"))
    assert [objection.rule for objection in both] == ["time.quiet.xx.a", "time.quiet.xx.b"]
    assert {objection.until for objection in both} == {at("2026-11-23T10:00")}


def test_zones_that_never_agree_are_closed_for_good() -> None:
    hour = (_row((480, 540)),)
    pairs = [Pair("America/New_York", hour, hour), Pair("Asia/Tokyo", hour, hour)]
    found = closures(pairs, at=at("2026-11-23T13:30"))
    assert {objection.rule: objection.until for objection in found} == {"time.multi_tz_intersection": None, "time.quiet.xx": None}


def test_rows_that_never_meet_are_closed_for_good() -> None:
    rows = (_row((480, 540), code="time.quiet.xx.a"), _row((600, 660), code="time.quiet.xx.b"))
    found = closures([Pair("Etc/UTC", rows, rows)], at=at("2026-11-23T03:00"))
    assert {objection.rule: objection.until for objection in found} == {"time.quiet.xx.a": None, "time.quiet.xx.b": None}


def test_where_no_row_is_in_force_it_waits_for_one() -> None:
    coming = (_row((480, 540), valid_from=date(2026, 11, 26)),)
    found = closures([Pair("Etc/UTC", coming, coming)], at=at("2026-11-23T08:30"))
    assert {objection.rule: objection.until for objection in found} == {
        "region.not_enabled": at("2026-11-26T08:00"),
        "time.quiet.xx": at("2026-11-26T08:00"),
    }
    gone = (_row(*ALWAYS, valid_to=date(2026, 11, 1)),)
    (never,) = closures([Pair("Etc/UTC", gone, gone)], at=datetime(2026, 11, 23, tzinfo=UTC))
    assert (never.rule, never.until) == ("region.not_enabled", None)


def test_what_is_lifted_leaves_the_market_open() -> None:
    assert closures([Pair("Etc/UTC", (), (_row((480, 540)),))], at=at("2026-11-23T03:00")) == ()
