"""Is every closure explained as the worked cases have it: until when, and by which rows? Each computed case, by name."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from app.domain.book import rows_for
from app.domain.closing import closures
from app.domain.message import Channel
from app.domain.opening import all_open
from app.domain.pairs import Pair
from app.domain.windows import ALWAYS, EVERY, Day, WindowRow
from app.domain.zones import load_zone
from tests.domain.given import at


def _own(region: str, channel: Channel = Channel.SMS) -> tuple[WindowRow, ...]:
    """The rows of just this region that every technology shares."""
    return tuple(row for row in rows_for(region, channel) if row.region == region and not row.technologies)


_STATES = ("FL", "MD", "OR", "CT", "TX", "KY", "LA", "AL", "MS", "RI", "UT")
_SETS: dict[str, tuple[WindowRow, ...]] = {
    "US-FED": _own("US"),
    **{f"US-{state}": _own(f"US-{state}") for state in _STATES},
    "CA-VOICE": _own("CA", Channel.VOICE),
    "FR-SMS": _own("FR"),
    "FR-SMS-57": rows_for("FR-57", Channel.SMS),
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

# Zones with their sets of hours, the instant, and what follows. A cap's release is taken as the instant.
_CASES = """
{"id":"D01","now":"2026-11-23T17:00Z","pairs":[["America/New_York","US-FED"]],"result":"allow","rules":[]}
{"id":"D03","now":"2026-11-24T02:00Z","pairs":[["America/New_York","US-FED"]],"result":"defer","until":"2026-11-24T13:00Z","rules":["time.quiet.us.federal"]}
{"id":"D05","now":"2026-11-24T13:00Z","pairs":[["America/New_York","US-FED"]],"result":"allow","rules":[]}
{"id":"D07","now":"2026-11-24T01:00Z","pairs":[["America/New_York","US-FED","US-FL"]],"result":"defer","until":"2026-11-24T13:00Z","rules":["time.quiet.us.fl"]}
{"id":"D09","now":"2026-11-24T01:15Z","pairs":[["America/New_York","US-FED","US-FL"],["America/Chicago","US-FED","US-FL"]],"result":"defer","until":"2026-11-24T14:00Z","rules":["time.multi_tz_intersection","time.quiet.us.fl"]}
{"id":"D11","now":"2026-11-24T02:30Z","pairs":[["America/New_York","US-FED"],["America/Los_Angeles","US-FED"]],"result":"defer","until":"2026-11-24T16:00Z","rules":["time.multi_tz_intersection","time.quiet.us.federal"]}
{"id":"D13","now":"2026-11-23T14:30Z","pairs":[["America/Chicago","US-FED","US-TX"]],"result":"defer","until":"2026-11-23T15:00Z","rules":["time.quiet.us.tx"]}
{"id":"D15","now":"2026-11-23T03:00Z","pairs":[["America/Chicago","US-FED","US-TX"]],"result":"defer","until":"2026-11-23T15:00Z","rules":["time.quiet.us.tx"]}
{"id":"D17","now":"2026-11-22T02:30Z","pairs":[["America/Chicago","US-FED","US-LA"]],"result":"defer","until":"2026-11-23T14:00Z","rules":["time.quiet.us.la","time.sunday.us.la"]}
{"id":"D19","now":"2026-11-26T02:30Z","pairs":[["America/Chicago","US-FED","US-AL"]],"result":"defer","until":"2026-11-27T14:00Z","rules":["time.quiet.us.al","time.holiday.us.al"]}
{"id":"D21","now":"2026-11-22T19:00Z","pairs":[["America/Denver","US-FED"]],"result":"allow","rules":[]}
{"id":"D23","now":"2026-11-20T23:00Z","pairs":[["America/New_York","US-FED","US-RI"]],"result":"defer","until":"2026-11-21T15:00Z","rules":["time.quiet.us.ri"]}
{"id":"D25","now":"2026-10-10T21:30Z","pairs":[["America/New_York","US-FED","US-RI"]],"result":"defer","until":"2026-10-13T13:00Z","rules":["time.quiet.us.ri","time.sunday.us.ri","time.holiday.us.ri"]}
{"id":"D27","now":"2026-11-22T18:00Z","pairs":[["America/Chicago","US-FED","US-MS"]],"result":"defer","until":"2026-11-23T14:00Z","rules":["time.sunday.us.ms"]}
{"id":"D29","now":"2026-11-24T03:30Z","pairs":[["America/Los_Angeles","US-FED","US-OR"],["America/Boise","US-FED","US-OR"]],"result":"defer","until":"2026-11-24T16:00Z","rules":["time.multi_tz_intersection","time.quiet.us.or"]}
{"id":"D31","now":"2026-11-23T11:30Z","pairs":[["Pacific/Guam","US-FED"]],"result":"defer","until":"2026-11-23T22:00Z","rules":["time.quiet.us.federal"]}
{"id":"D33","now":"2026-07-15T14:30Z","pairs":[["America/Phoenix","US-FED"],["America/Denver","US-FED"]],"result":"defer","until":"2026-07-15T15:00Z","rules":["time.multi_tz_intersection","time.quiet.us.federal"]}
{"id":"D35","now":"2026-03-08T03:00Z","pairs":[["America/New_York","US-FED"]],"result":"defer","until":"2026-03-08T12:00Z","rules":["time.quiet.us.federal"]}
{"id":"D37","now":"2026-03-08T07:30Z","pairs":[["America/New_York","US-FED"]],"result":"defer","until":"2026-03-08T12:00Z","rules":["time.quiet.us.federal"]}
{"id":"D39","now":"2026-11-24T04:45Z","pairs":[["America/Vancouver","CA-VOICE"]],"result":"defer","until":"2026-11-24T16:00Z","rules":["time.quiet.ca.telemarketing"]}
{"id":"D41","now":"2026-11-24T02:45Z","pairs":[["America/Winnipeg","CA-VOICE"]],"result":"defer","until":"2026-11-24T14:00Z","rules":["time.quiet.ca.telemarketing"]}
{"id":"D43","now":"2026-11-23T12:45Z","pairs":[["America/St_Johns","CA-VOICE"],["America/Goose_Bay","CA-VOICE"]],"result":"defer","until":"2026-11-23T13:00Z","rules":["time.multi_tz_intersection","time.quiet.ca.telemarketing"]}
{"id":"D45","now":"2026-11-21T21:30Z","pairs":[["Europe/Paris","FR-SMS"]],"result":"defer","until":"2026-11-23T07:00Z","rules":["time.quiet.fr.sms","time.sunday.fr.sms"]}
{"id":"D47","now":"2026-12-26T09:00Z","pairs":[["Europe/Paris","FR-SMS-57"]],"result":"defer","until":"2026-12-28T07:00Z","rules":["time.holiday.fr.alsace_moselle","time.sunday.fr.sms"]}
{"id":"D49","now":"2026-11-20T19:00Z","pairs":[["Europe/Paris","FR-VOICE"]],"result":"defer","until":"2026-11-23T09:00Z","rules":["time.quiet.fr.voice","time.weekend.fr.voice"]}
{"id":"D51","now":"2026-11-21T11:00Z","pairs":[["Europe/Madrid","ES-VOICE"],["Atlantic/Canary","ES-VOICE"]],"result":"defer","until":"2026-11-23T09:00Z","rules":["time.weekend.es.voice"]}
{"id":"D53","now":"2026-10-25T01:30Z","pairs":[["Europe/London","GB-POLICY"]],"result":"defer","until":"2026-10-26T08:00Z","rules":["time.policy.gb"]}
{"id":"D55","now":"2026-11-21T11:00Z","pairs":[["Africa/Johannesburg","ZA"]],"result":"defer","until":"2026-11-23T06:00Z","rules":["time.quiet.za.saturday","time.sunday.za"]}
{"id":"D57","now":"2026-11-23T00:30Z","pairs":[["Australia/Perth","AU-VOICE"],["Australia/Eucla","AU-VOICE"],["Australia/Darwin","AU-VOICE"],["Australia/Adelaide","AU-VOICE"],["Australia/Brisbane","AU-VOICE"],["Australia/Sydney","AU-VOICE"],["Australia/Lord_Howe","AU-VOICE"]],"result":"defer","until":"2026-11-23T01:00Z","rules":["time.multi_tz_intersection","time.quiet.au.voice"]}
{"id":"D59","now":"2026-11-23T13:00Z","pairs":[["Asia/Seoul","KR"]],"result":"defer","until":"2026-11-23T23:00Z","rules":["time.quiet.kr.night_consent"]}
{"id":"D61","now":"2026-11-23T14:30Z","pairs":[["Asia/Dubai","AE-VOICE"]],"result":"defer","until":"2026-11-24T05:00Z","rules":["time.quiet.ae.voice"]}
{"id":"D63","now":"2026-11-23T20:00Z","pairs":[["America/New_York","US-FED","US-FL"]],"not_before":"2026-11-24T15:00Z","result":"defer","until":"2026-11-24T15:00Z","rules":["cap.us.fl.3_per_24h"]}
{"id":"D65","now":"2026-11-01T15:00Z","pairs":[["America/New_York","US-FED","US-FL"]],"not_before":"2026-11-01T23:30Z","result":"defer","until":"2026-11-01T23:30Z","rules":["cap.us.fl.3_per_24h"]}
{"id":"D67","now":"2026-11-23T22:00Z","pairs":[["America/New_York","US-FED","US-MD"]],"not_before":"2026-11-24T13:00Z","result":"defer","until":"2026-11-24T13:00Z","rules":["cap.us.md.3_per_24h"]}
{"id":"D69","now":"2026-11-23T09:00Z","pairs":[["Asia/Ho_Chi_Minh","VN-SMS"]],"not_before":"2026-11-24T00:10Z","result":"defer","until":"2026-11-24T00:10Z","rules":["cap.vn.sms.3_per_24h"]}
"""
_READ = [json.loads(line) for line in _CASES.strip().splitlines()]


def test_every_set_of_hours_has_one_row_but_those_that_join_two() -> None:
    assert {name: len(rows) for name, rows in _SETS.items() if len(rows) != 1} == {"FR-SMS-57": 2}


def _pairs(case: dict[str, Any]) -> list[Pair]:
    found = []
    for zone, *names in case["pairs"]:
        rows = tuple(row for name in names for row in _SETS[name])
        found.append(Pair(zone, rows, rows))
    return found


@pytest.mark.parametrize("case", _READ, ids=lambda case: case["id"])
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
    rows = rows_for(region, channel)
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
