"""Is every closure explained as the worked cases have it: until when, and by which rows? States' rows are played here."""

import json
from datetime import datetime

import pytest

from app.domain.closing import closures
from app.domain.message import Channel
from app.domain.opening import all_open
from app.domain.windows import EVERY, Day, Hours, WindowRow, rows_for
from app.domain.zones import load_zone
from tests.domain.given import at

_CLOSED: Hours = ()


def _state(code: str, workdays: Hours, saturday: Hours | None = None, sunday: Hours | None = None) -> WindowRow:
    """A state's row: closed Sundays have a code of their own."""
    quiet = f"time.quiet.us.{code}"
    workday = Day(workdays, quiet)
    days = (workday,) * 5
    last = Day(workdays if sunday is None else sunday, f"time.sunday.us.{code}" if sunday == _CLOSED else quiet)
    return WindowRow(
        region=f"US-{code.upper()}",
        channels=EVERY,
        week=(*days, Day(workdays if saturday is None else saturday, quiet), last),
        source="a state's law",
        confidence="certain",
    )


_8_20, _8_21, _9_21 = ((480, 1200),), ((480, 1260),), ((540, 1260),)
_SETS: dict[str, tuple[WindowRow, ...]] = {
    "US-FED": rows_for("US", Channel.SMS),
    "US-FL": (_state("fl", _8_20),),
    "US-OR": (_state("or", _8_20),),
    "US-TX": (_state("tx", _9_21, sunday=((720, 1260),)),),
    "US-LA": (_state("la", _8_20, sunday=_CLOSED),),
    "US-MS": (_state("ms", _8_21, sunday=_CLOSED),),
    "US-RI": (_state("ri", ((540, 1080),), ((600, 1020),), _CLOSED),),
    "CA-VOICE": rows_for("CA", Channel.VOICE),
    "FR-SMS": rows_for("FR", Channel.SMS),
    "FR-VOICE": rows_for("FR", Channel.VOICE),
    "ES-VOICE": rows_for("ES", Channel.VOICE),
    "GB-POLICY": rows_for("GB", Channel.SMS),
    "ZA": rows_for("ZA", Channel.SMS),
    "AU-VOICE": rows_for("AU", Channel.VOICE),
    "KR": rows_for("KR", Channel.SMS),
    "VN-SMS": rows_for("VN", Channel.SMS),
    "AE-VOICE": rows_for("AE", Channel.VOICE),
}

# The computed cases whose sets of hours have no holidays: zones with their sets, the instant, and what follows.
_CASES = """
{"id":"D01","now":"2026-11-23T17:00Z","pairs":[["America/New_York","US-FED"]],"rules":[]}
{"id":"D03","now":"2026-11-24T02:00Z","pairs":[["America/New_York","US-FED"]],"until":"2026-11-24T13:00Z","rules":["time.quiet.us.federal"]}
{"id":"D05","now":"2026-11-24T13:00Z","pairs":[["America/New_York","US-FED"]],"rules":[]}
{"id":"D07","now":"2026-11-24T01:00Z","pairs":[["America/New_York","US-FED","US-FL"]],"until":"2026-11-24T13:00Z","rules":["time.quiet.us.fl"]}
{"id":"D09","now":"2026-11-24T01:15Z","pairs":[["America/New_York","US-FED","US-FL"],["America/Chicago","US-FED","US-FL"]],"until":"2026-11-24T14:00Z","rules":["time.multi_tz_intersection","time.quiet.us.fl"]}
{"id":"D11","now":"2026-11-24T02:30Z","pairs":[["America/New_York","US-FED"],["America/Los_Angeles","US-FED"]],"until":"2026-11-24T16:00Z","rules":["time.multi_tz_intersection","time.quiet.us.federal"]}
{"id":"D13","now":"2026-11-23T14:30Z","pairs":[["America/Chicago","US-FED","US-TX"]],"until":"2026-11-23T15:00Z","rules":["time.quiet.us.tx"]}
{"id":"D15","now":"2026-11-23T03:00Z","pairs":[["America/Chicago","US-FED","US-TX"]],"until":"2026-11-23T15:00Z","rules":["time.quiet.us.tx"]}
{"id":"D17","now":"2026-11-22T02:30Z","pairs":[["America/Chicago","US-FED","US-LA"]],"until":"2026-11-23T14:00Z","rules":["time.quiet.us.la","time.sunday.us.la"]}
{"id":"D21","now":"2026-11-22T19:00Z","pairs":[["America/Denver","US-FED"]],"rules":[]}
{"id":"D23","now":"2026-11-20T23:00Z","pairs":[["America/New_York","US-FED","US-RI"]],"until":"2026-11-21T15:00Z","rules":["time.quiet.us.ri"]}
{"id":"D27","now":"2026-11-22T18:00Z","pairs":[["America/Chicago","US-FED","US-MS"]],"until":"2026-11-23T14:00Z","rules":["time.sunday.us.ms"]}
{"id":"D29","now":"2026-11-24T03:30Z","pairs":[["America/Los_Angeles","US-FED","US-OR"],["America/Boise","US-FED","US-OR"]],"until":"2026-11-24T16:00Z","rules":["time.multi_tz_intersection","time.quiet.us.or"]}
{"id":"D31","now":"2026-11-23T11:30Z","pairs":[["Pacific/Guam","US-FED"]],"until":"2026-11-23T22:00Z","rules":["time.quiet.us.federal"]}
{"id":"D33","now":"2026-07-15T14:30Z","pairs":[["America/Phoenix","US-FED"],["America/Denver","US-FED"]],"until":"2026-07-15T15:00Z","rules":["time.multi_tz_intersection","time.quiet.us.federal"]}
{"id":"D35","now":"2026-03-08T03:00Z","pairs":[["America/New_York","US-FED"]],"until":"2026-03-08T12:00Z","rules":["time.quiet.us.federal"]}
{"id":"D37","now":"2026-03-08T07:30Z","pairs":[["America/New_York","US-FED"]],"until":"2026-03-08T12:00Z","rules":["time.quiet.us.federal"]}
{"id":"D39","now":"2026-11-24T04:45Z","pairs":[["America/Vancouver","CA-VOICE"]],"until":"2026-11-24T16:00Z","rules":["time.quiet.ca.telemarketing"]}
{"id":"D41","now":"2026-11-24T02:45Z","pairs":[["America/Winnipeg","CA-VOICE"]],"until":"2026-11-24T14:00Z","rules":["time.quiet.ca.telemarketing"]}
{"id":"D43","now":"2026-11-23T12:45Z","pairs":[["America/St_Johns","CA-VOICE"],["America/Goose_Bay","CA-VOICE"]],"until":"2026-11-23T13:00Z","rules":["time.multi_tz_intersection","time.quiet.ca.telemarketing"]}
{"id":"D45","now":"2026-11-21T21:30Z","pairs":[["Europe/Paris","FR-SMS"]],"until":"2026-11-23T07:00Z","rules":["time.quiet.fr.sms","time.sunday.fr.sms"]}
{"id":"D49","now":"2026-11-20T19:00Z","pairs":[["Europe/Paris","FR-VOICE"]],"until":"2026-11-23T09:00Z","rules":["time.quiet.fr.voice","time.weekend.fr.voice"]}
{"id":"D51","now":"2026-11-21T11:00Z","pairs":[["Europe/Madrid","ES-VOICE"],["Atlantic/Canary","ES-VOICE"]],"until":"2026-11-23T09:00Z","rules":["time.weekend.es.voice"]}
{"id":"D53","now":"2026-10-25T01:30Z","pairs":[["Europe/London","GB-POLICY"]],"until":"2026-10-26T08:00Z","rules":["time.policy.gb"]}
{"id":"D55","now":"2026-11-21T11:00Z","pairs":[["Africa/Johannesburg","ZA"]],"until":"2026-11-23T06:00Z","rules":["time.quiet.za.saturday","time.sunday.za"]}
{"id":"D57","now":"2026-11-23T00:30Z","pairs":[["Australia/Perth","AU-VOICE"],["Australia/Eucla","AU-VOICE"],["Australia/Darwin","AU-VOICE"],["Australia/Adelaide","AU-VOICE"],["Australia/Brisbane","AU-VOICE"],["Australia/Sydney","AU-VOICE"],["Australia/Lord_Howe","AU-VOICE"]],"until":"2026-11-23T01:00Z","rules":["time.multi_tz_intersection","time.quiet.au.voice"]}
{"id":"D59","now":"2026-11-23T13:00Z","pairs":[["Asia/Seoul","KR"]],"until":"2026-11-23T23:00Z","rules":["time.quiet.kr.night_consent"]}
{"id":"D61","now":"2026-11-23T14:30Z","pairs":[["Asia/Dubai","AE-VOICE"]],"until":"2026-11-24T05:00Z","rules":["time.quiet.ae.voice"]}
{"id":"D69","now":"2026-11-24T00:10Z","pairs":[["Asia/Ho_Chi_Minh","VN-SMS"]],"rules":[]}
"""
_READ = [json.loads(line) for line in _CASES.strip().splitlines()]


@pytest.mark.parametrize("case", _READ, ids=lambda case: case["id"])
def test_a_worked_case_comes_out_exactly(case: dict[str, object]) -> None:
    pairs = case["pairs"]
    assert isinstance(pairs, list)
    rows = [row for name in pairs[0][1:] for row in _SETS[name]]
    clocks = [load_zone(pair[0]) for pair in pairs]
    now = datetime.fromisoformat(str(case["now"]))
    found = closures(rows, clocks, at=now)
    assert [objection.rule for objection in found] == case["rules"]
    until = {objection.until for objection in found}
    assert until == ({datetime.fromisoformat(str(case["until"]))} if found else set())
    for instant in until:
        assert instant is not None
        assert all(all_open(rows, instant.astimezone(clock)) for clock in clocks)


def test_a_closure_says_what_the_clock_showed() -> None:
    (quiet, sunday) = closures(rows_for("FR", Channel.SMS), [load_zone("Europe/Paris")], at=at("2026-11-21T21:30"))
    assert quiet.detail == "Saturday 22:30 in Europe/Paris; open 08:00-22:00"
    assert sunday.detail == "Sunday 2026-11-22 is closed in Europe/Paris"
    assert quiet.source.startswith("operators' rule")


def test_zones_that_never_agree_are_closed_for_good() -> None:
    hour = WindowRow(
        region="XX", channels=EVERY, week=(Day(((480, 540),), "time.quiet.xx"),) * 7, source="a law", confidence="certain"
    )
    found = closures([hour], [load_zone("America/New_York"), load_zone("Asia/Tokyo")], at=at("2026-11-23T13:30"))
    assert {objection.rule: objection.until for objection in found} == {"time.multi_tz_intersection": None, "time.quiet.xx": None}
