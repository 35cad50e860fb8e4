"""Is each holiday kept where it is one, and do calls by machine keep the hours made for them?"""

from datetime import UTC, datetime

import pytest

from app.domain.decision import decide
from app.domain.facts import Facts, Technology
from app.domain.message import Channel
from app.domain.number import number_facts
from app.domain.rulebook import load_rules
from app.domain.zones import load_zone
from tests.domain.given import at, make_facts

_RULES = [rule for rule in load_rules() if rule.code.startswith(("time.", "region.", "number."))]
_TEXT, _VOICE = Channel.SMS, Channel.VOICE


def _asked(now: datetime, phone: str, channel: Channel) -> Facts:
    technology = Technology.LIVE if channel is _VOICE else Technology.TEXT
    return make_facts(now, phone=phone, channel=channel, technology=technology)


# Holidays: what, the number, the channel, a day that is one, the codes while it is closed, and the local day it opens again.
_HOLIDAYS: list[tuple[str, str, Channel, str, list[str], str]] = [
    ("Louisiana, Mardi Gras", "+15045550123", _TEXT, "2026-02-17", ["time.holiday.us.la"], "2026-02-18"),
    ("Louisiana, Good Friday", "+15045550123", _TEXT, "2026-04-03", ["time.holiday.us.la"], "2026-04-04"),
    ("Louisiana, Thanksgiving, a call", "+15045550123", _VOICE, "2026-11-26", ["time.holiday.us.la"], "2026-11-27"),
    ("Alabama, Jefferson Davis", "+12055550123", _TEXT, "2026-06-01", ["time.holiday.us.al"], "2026-06-02"),
    (
        "Alabama, the Fourth is a Saturday",
        "+12055550123",
        _TEXT,
        "2026-07-03",
        ["time.holiday.us.al", "time.sunday.us.al"],
        "2026-07-06",
    ),
    ("Alabama, the Fourth is a Sunday", "+12055550123", _TEXT, "2027-07-05", ["time.holiday.us.al"], "2027-07-06"),
    ("Pennsylvania, Labor Day", "+12155550123", _TEXT, "2026-09-07", ["time.holiday.us.pa"], "2026-09-08"),
    ("Rhode Island, Victory Day", "+14015550123", _TEXT, "2026-08-10", ["time.holiday.us.ri"], "2026-08-11"),
    ("Rhode Island, a federal day", "+14015550123", _TEXT, "2026-02-16", ["time.holiday.us.ri"], "2026-02-17"),
    ("Rhode Island, election day", "+14015550123", _TEXT, "2026-11-03", ["time.holiday.us.ri"], "2026-11-04"),
    (
        "France, All Saints is a Sunday",
        "+33612345678",
        _TEXT,
        "2026-11-01",
        ["time.sunday.fr.sms", "time.holiday.fr.sms"],
        "2026-11-02",
    ),
    ("France, Armistice", "+33612345678", _TEXT, "2026-11-11", ["time.holiday.fr.sms"], "2026-11-12"),
    ("France, Armistice, a call", "+33123456789", _VOICE, "2026-11-11", ["time.holiday.fr.voice"], "2026-11-12"),
    (
        "Moselle by its code, Good Friday",
        "+33387123456",
        _VOICE,
        "2027-03-26",
        ["time.holiday.fr.alsace_moselle", "time.weekend.fr.voice", "time.holiday.fr.voice"],
        "2027-03-30",
    ),
    ("Spain, Epiphany", "+34612345678", _VOICE, "2026-01-06", ["time.holiday.es.voice"], "2026-01-07"),
    (
        "Spain, a holiday on a Saturday",
        "+34612345678",
        _VOICE,
        "2026-08-15",
        ["time.weekend.es.voice", "time.holiday.es.voice"],
        "2026-08-17",
    ),
    (
        "Italy, 4 October, new in 2026",
        "+393331234567",
        _VOICE,
        "2026-10-04",
        ["time.sunday.it.voice", "time.holiday.it.voice"],
        "2026-10-05",
    ),
    ("Italy, 4 October 2027, a Monday", "+393331234567", _VOICE, "2027-10-04", ["time.holiday.it.voice"], "2027-10-05"),
    ("Britain, Boxing Day moved", "+447400123456", _TEXT, "2026-12-28", ["time.policy.gb"], "2026-12-29"),
    ("South Africa, the Monday after", "+27821234567", _TEXT, "2026-08-10", ["time.holiday.za"], "2026-08-11"),
    ("Australia, Easter", "+61312345678", _VOICE, "2026-04-03", ["time.holiday.au.voice"], "2026-04-04"),
]


@pytest.mark.parametrize(("what", "phone", "channel", "day", "codes", "opens"), _HOLIDAYS, ids=[case[0] for case in _HOLIDAYS])
def test_a_holiday_is_closed_by_its_name(what: str, phone: str, channel: Channel, day: str, codes: list[str], opens: str) -> None:
    clock = load_zone(number_facts(phone).zones[0])
    noon = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=clock).astimezone(UTC)
    decision = decide(_asked(noon, phone, channel), _RULES)
    assert [reason.rule for reason in decision.reasons] == codes, what
    assert decision.until is not None
    assert str(decision.until.astimezone(clock).date()) == opens


_NO_HOLIDAYS = [
    ("Mississippi has none any more", "+16015550123", _TEXT, "2026-11-26"),
    ("Columbus Day is none in Alabama's neighbour Georgia", "+14045550123", _TEXT, "2026-10-12"),
    ("an Alsatian day elsewhere in France", "+33612345678", _TEXT, "2026-12-26"),
    ("the summer bank holiday is not Scotland's", "+447400123456", _TEXT, "2026-08-31"),
    ("Easter Monday is not Scotland's", "+447400123456", _TEXT, "2026-04-06"),
    ("a holiday of New South Wales", "+61312345678", _VOICE, "2026-10-05"),
    ("Canada's rules know none", "+16045550123", _VOICE, "2026-07-01"),
    ("4 October before it was one", "+393331234567", _VOICE, "2024-10-04"),
]


@pytest.mark.parametrize(("what", "phone", "channel", "day"), _NO_HOLIDAYS, ids=[case[0] for case in _NO_HOLIDAYS])
def test_a_day_that_is_none_there_is_open(what: str, phone: str, channel: Channel, day: str) -> None:
    clock = load_zone(number_facts(phone).zones[0])
    noon = datetime.fromisoformat(f"{day}T12:30").replace(tzinfo=clock).astimezone(UTC)
    assert decide(_asked(noon, phone, channel), _RULES).verdict == "allow", what


# Calls by machine: the state's area code, a local time, whether it may go, and the codes if not.
_RECORDED = [
    ("CA", "213", "2026-11-18T08:30", ["time.recorded.us.ca"]),
    ("CA", "213", "2026-11-18T09:00", []),
    ("IL", "312", "2026-11-18T08:59", ["time.recorded.us.il"]),
    ("IN", "317", "2026-11-18T20:00", ["time.recorded.us.in"]),
    ("KY", "502", "2026-11-18T09:30", ["time.quiet.us.ky"]),
    ("ME", "207", "2026-11-20T17:00", ["time.recorded.us.me"]),
    ("ME", "207", "2026-11-21T12:00", ["time.recorded.us.me"]),
    ("NE", "402", "2026-11-21T12:59", ["time.recorded.us.ne"]),
    ("NE", "402", "2026-11-22T13:00", []),
    ("NE", "402", "2026-11-18T08:00", []),
]


@pytest.mark.parametrize(("state", "area", "local", "codes"), _RECORDED)
@pytest.mark.parametrize("technology", [Technology.RECORDED, Technology.AI_VOICE, Technology.LIVE])
def test_calls_by_machine_have_hours_of_their_own(
    state: str, area: str, local: str, codes: list[str], technology: Technology
) -> None:
    phone = f"+1{area}5550123"
    now = datetime.fromisoformat(local).replace(tzinfo=load_zone(number_facts(phone).zones[0])).astimezone(UTC)
    facts = make_facts(now, phone=phone, channel=_VOICE, technology=technology)
    expected = [code for code in codes if technology is not Technology.LIVE or ".recorded." not in code]
    assert [reason.rule for reason in decide(facts, _RULES).reasons] == expected, state


def test_a_machine_never_sells_by_phone_in_washington() -> None:
    decision = decide(make_facts(phone="+12065550123", channel=_VOICE, technology=Technology.RECORDED), _RULES)
    assert (decision.verdict, [reason.rule for reason in decision.reasons]) == ("never", ["time.recorded.us.wa"])


@pytest.mark.parametrize(
    ("local", "codes"),
    [
        ("2026-12-07T09:30", ["time.quiet.it.voice"]),
        ("2026-12-07T10:00", []),
        ("2026-12-07T18:59", []),
        ("2026-12-07T19:00", ["time.quiet.it.voice", "time.holiday.it.voice"]),
        ("2026-12-09T09:30", []),
    ],
)
def test_the_eve_of_an_italian_holiday_has_saturdays_hours(local: str, codes: list[str]) -> None:
    now = datetime.fromisoformat(local).replace(tzinfo=load_zone("Europe/Rome")).astimezone(UTC)
    assert [reason.rule for reason in decide(_asked(now, "+393331234567", _VOICE), _RULES).reasons] == codes


@pytest.mark.parametrize(
    ("what", "phone", "channel", "now", "opens"),
    [
        ("a leap day ends", "+14015550123", _TEXT, "2028-02-29T23:00", "2028-03-01T14:00"),
        ("the night before a leap day", "+12125550123", _TEXT, "2028-02-29T03:00", "2028-02-29T13:00"),
        ("a leap day that is a Sunday", "+15045550123", _TEXT, "2032-02-29T18:00", "2032-03-01T14:00"),
        ("noon on the Sunday of the longer hour", "+15125550123", _TEXT, "2026-11-01T15:00", "2026-11-01T18:00"),
        ("noon on the Sunday of the shorter", "+15125550123", _TEXT, "2026-03-08T15:00", "2026-03-08T17:00"),
        ("a half-hour zone", "+919812345678", _TEXT, "2026-11-23T04:29", "2026-11-23T04:30"),
        ("a zone of three quarters", "+61899999999", _VOICE, "2026-11-23T00:30", "2026-11-23T01:00"),
        ("a year without summer time in Saskatchewan", "+13065550123", _VOICE, "2026-07-01T14:59", "2026-07-01T15:00"),
        ("the night clocks change in Europe", "+33612345678", _TEXT, "2026-03-28T21:30", "2026-03-30T06:00"),
        ("the new year", "+33612345678", _TEXT, "2026-12-31T21:30", "2027-01-02T07:00"),
    ],
)
def test_odd_days_and_clocks_are_kept_exactly(what: str, phone: str, channel: Channel, now: str, opens: str) -> None:
    decision = decide(_asked(at(now), phone, channel), _RULES)
    assert (decision.verdict, decision.until) == ("wait", at(opens)), what
