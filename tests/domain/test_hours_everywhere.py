"""Does every state and country keep its hours, on every day of a week, to the minute? Against a plain reading of the facts."""

from datetime import UTC, date, datetime, timedelta

import pytest

from app.domain.decision import decide
from app.domain.facts import Facts, Market, Technology
from app.domain.message import Channel
from app.domain.number import number_facts
from app.domain.rulebook import load_rules
from app.domain.zones import load_zone
from tests.domain.given import make_facts

_RULES = [rule for rule in load_rules() if rule.code.startswith(("time.", "region.", "number."))]
_MONDAY = date(2026, 11, 16)  # a week without holidays anywhere below
_QUARTER = timedelta(minutes=15)  # hours and offsets are all multiples of it
_ALL_ON = Market(enabled=frozenset("BE AT CH CZ DK FI HU IE NO PL PT SE NL NZ HK SA BR TR MX IL AE CL".split()))

_FEDERAL = ("08-21", "08-21", "08-21")
# State: an area code, then the hours of Monday to Friday, Saturday and Sunday; "" is closed.
_STATES: dict[str, tuple[str, str, str, str]] = {
    "AL": ("205", "08-20", "08-20", ""),
    "AK": ("907", *_FEDERAL),
    "AZ": ("602", *_FEDERAL),
    "AR": ("501", *_FEDERAL),
    "CA": ("213", *_FEDERAL),
    "CO": ("303", *_FEDERAL),
    "CT": ("203", "09-20", "09-20", "09-20"),
    "DC": ("202", *_FEDERAL),
    "DE": ("302", *_FEDERAL),
    "FL": ("305", "08-20", "08-20", "08-20"),
    "FL, two zones": ("850", "08-20", "08-20", "08-20"),
    "GA": ("404", *_FEDERAL),
    "HI": ("808", *_FEDERAL),
    "ID": ("208", *_FEDERAL),
    "IL": ("312", *_FEDERAL),
    "IN": ("812", *_FEDERAL),
    "IA": ("515", *_FEDERAL),
    "KS": ("785", *_FEDERAL),
    "KY": ("502", "10-21", "10-21", "10-21"),
    "KY, two zones": ("270", "10-21", "10-21", "10-21"),
    "LA": ("504", "08-20", "08-20", ""),
    "ME": ("207", *_FEDERAL),
    "MD": ("410", "08-20", "08-20", "08-20"),
    "MA": ("617", "08-20", "08-20", "08-20"),
    "MI": ("313", "09-21", "09-21", "09-21"),
    "MN": ("612", "09-21", "09-21", "09-21"),
    "MS": ("601", "08-21", "08-21", ""),
    "MO": ("314", *_FEDERAL),
    "MT": ("406", *_FEDERAL),
    "NE": ("308", *_FEDERAL),
    "NV": ("702", "09-20", "09-20", "09-20"),
    "NH": ("603", *_FEDERAL),
    "NJ": ("201", "08-21", "08-21", "08-21"),
    "NM": ("505", "09-21", "09-21", "09-21"),
    "NY": ("212", *_FEDERAL),
    "NC": ("704", *_FEDERAL),
    "ND": ("701", *_FEDERAL),
    "OH": ("216", *_FEDERAL),
    "OK": ("405", "08-20", "08-20", "08-20"),
    "OR": ("541", "08-20", "08-20", "08-20"),
    "PA": ("215", *_FEDERAL),
    "RI": ("401", "09-18", "10-17", ""),
    "SC": ("803", *_FEDERAL),
    "SD": ("605", "09-21", "09-21", ""),
    "TN": ("423", *_FEDERAL),
    "TX": ("512", "09-21", "09-21", "12-21"),
    "UT": ("801", *_FEDERAL),  # consented: the state's Sundays are lifted
    "VT": ("802", *_FEDERAL),
    "VA": ("703", "08-21", "08-21", "08-21"),
    "WA": ("206", "08-20", "08-20", "08-20"),
    "WV": ("304", *_FEDERAL),
    "WI": ("414", *_FEDERAL),
    "WY": ("307", "08-20", "08-20", "08-20"),
    "PR": ("787", *_FEDERAL),
    "GU": ("671", *_FEDERAL),
    "VI": ("340", *_FEDERAL),
    "AS": ("684", *_FEDERAL),
    "MP": ("670", *_FEDERAL),
}

_POLICY = ("09-20", "09-20", "")
_TEXT, _VOICE = Channel.SMS, Channel.VOICE
# Country and how it is asked: a number, the channel, and the hours.
_COUNTRIES: list[tuple[str, str, Channel, str, str, str]] = [
    ("Canada", "+16045550123", _VOICE, "09-21:30", "10-18", "10-18"),
    ("Canada", "+14165550123", _TEXT, "09-21:30", "10-18", "10-18"),
    ("Newfoundland", "+17095550123", _VOICE, "09-21:30", "10-18", "10-18"),
    ("France", "+33612345678", _TEXT, "08-22", "08-22", ""),
    ("France", "+33123456789", _VOICE, "10-13 14-20", "", ""),
    ("Moselle", "+33387123456", _VOICE, "10-13 14-20", "", ""),
    ("Germany", "+4915112345678", _TEXT, "08-20", "08-20", ""),
    ("Germany", "+4915112345678", _VOICE, "08-20", "08-20", ""),
    ("Spain with the Canaries", "+34612345678", _TEXT, *_POLICY),
    ("Spain with the Canaries", "+34612345678", _VOICE, "09-21", "", ""),
    ("Italy", "+393331234567", _TEXT, *_POLICY),
    ("Italy", "+393331234567", _VOICE, "09-20", "10-19", ""),
    ("Britain", "+447400123456", _TEXT, "08-20", "08-20", ""),
    ("Britain", "+442071234567", _VOICE, "08-20", "08-20", ""),
    ("India", "+919812345678", _TEXT, "10-21", "10-21", "10-21"),
    ("India", "+919812345678", _VOICE, "10-21", "10-21", "10-21"),
    ("Australia", "+61412345678", _TEXT, *_POLICY),
    ("Australia", "+61412345678", _VOICE, "09-20", "09-17", ""),
    ("New Zealand", "+64211234567", _TEXT, *_POLICY),
    ("Singapore", "+6581234567", _TEXT, *_POLICY),
    ("Singapore", "+6581234567", _VOICE, *_POLICY),
    ("Hong Kong", "+85251234567", _TEXT, *_POLICY),
    ("Korea", "+821012345678", _TEXT, "08-21", "08-21", "08-21"),
    ("Korea", "+821012345678", _VOICE, "08-21", "08-21", "08-21"),
    ("Vietnam", "+84912345678", _TEXT, "07-22", "07-22", "07-22"),
    ("Vietnam", "+84912345678", _VOICE, "08-17", "08-17", "08-17"),
    ("the Emirates", "+971501234567", _TEXT, "08-21", "08-21", "08-21"),
    ("the Emirates", "+971501234567", _VOICE, "09-18", "09-18", "09-18"),
    ("Saudi Arabia", "+966512345678", _TEXT, "09-20", "09-20", "09-20"),
    ("Brazil", "+5511961234567", _TEXT, "09-21", "10-16", ""),
    ("Brazil", "+5511961234567", _VOICE, "09-21", "10-16", ""),
    ("South Africa", "+27821234567", _TEXT, "08-20", "09-13", ""),
    ("South Africa", "+27821234567", _VOICE, "08-20", "09-13", ""),
    ("Turkey", "+905321234567", _TEXT, *_POLICY),
    ("Mexico", "+525512345678", _TEXT, *_POLICY),
    ("Israel", "+972502345678", _TEXT, "09-20", "", ""),
    ("Chile, switched on without rows", "+56961234567", _TEXT, *_POLICY),
    ("the Netherlands", "+31612345678", _TEXT, *_POLICY),
    ("Belgium", "+32470123456", _TEXT, *_POLICY),
    ("Poland", "+48512345678", _TEXT, *_POLICY),
    ("Austria", "+436641234567", _TEXT, *_POLICY),
    ("Sweden", "+46701234567", _TEXT, *_POLICY),
    ("Denmark", "+4520123456", _TEXT, *_POLICY),
    ("Finland", "+358412345678", _TEXT, *_POLICY),
    ("Norway", "+4740612345", _TEXT, *_POLICY),
    ("Switzerland", "+41781234567", _TEXT, *_POLICY),
    ("Portugal with the Azores", "+351912345678", _TEXT, *_POLICY),
    ("Ireland", "+353850123456", _TEXT, *_POLICY),
    ("Czechia", "+420601123456", _TEXT, *_POLICY),
    ("Hungary", "+36201234567", _TEXT, *_POLICY),
]

_SAMOA = "+16847331234"  # the library knows no 555 there
_CASES = [
    *(
        (f"{state} {channel}", _SAMOA if state == "AS" else f"+1{code}5550123", channel, *hours)
        for state, (code, *hours) in _STATES.items()
        for channel in (_TEXT, _VOICE)
    ),
    *((f"{country} {channel}", phone, channel, *hours) for country, phone, channel, *hours in _COUNTRIES),
]


def _minutes(written: str) -> list[tuple[int, int]]:
    def minute(clock: str) -> int:
        hour, _, rest = clock.partition(":")
        return int(hour) * 60 + int(rest or 0)

    return [(minute(opens), minute(closes)) for opens, closes in (part.split("-") for part in written.split())]


class _Plain:
    """The hours read plainly: is it open at an instant in every zone the number may be in?"""

    def __init__(self, zones: tuple[str, ...], workdays: str, saturday: str, sunday: str) -> None:
        self._clocks = [load_zone(name) for name in zones]
        self._week = [*[_minutes(workdays)] * 5, _minutes(saturday), _minutes(sunday)]

    def is_open(self, instant: datetime) -> bool:
        for clock in self._clocks:
            local = instant.astimezone(clock)
            minute = local.hour * 60 + local.minute
            if not any(opens <= minute < closes for opens, closes in self._week[local.weekday()]):
                return False
        return True

    def edges(self) -> list[datetime]:
        """Every opening and closing of the week by every clock, and the minute before each."""
        marks = [
            datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=clock).astimezone(UTC)
            for clock in self._clocks
            for day in (_MONDAY + timedelta(days=number) for number in range(7))
            for span in self._week[day.weekday()] or [(720, 780)]
            for minute in span
        ]
        return sorted({mark - ago for mark in marks for ago in (timedelta(), timedelta(minutes=1))})

    def opens(self, instant: datetime) -> datetime:
        found = instant - timedelta(minutes=instant.minute % 15) + _QUARTER
        while not self.is_open(found):
            found += _QUARTER
        return found


def _asked(now: datetime, phone: str, channel: Channel) -> Facts:
    return make_facts(
        now, phone=phone, channel=channel, market=_ALL_ON, technology=Technology.LIVE if channel is _VOICE else Technology.TEXT
    )


@pytest.mark.parametrize(
    ("place", "phone", "channel", "workdays", "saturday", "sunday"), _CASES, ids=[case[0] for case in _CASES]
)
def test_a_place_keeps_its_hours_to_the_minute(
    place: str, phone: str, channel: Channel, workdays: str, saturday: str, sunday: str
) -> None:
    zones = number_facts(phone).zones
    plain = _Plain(zones, workdays, saturday, sunday)
    edges = plain.edges()
    for instant in edges[:: max(1, len(edges) // 60)]:
        decision = decide(_asked(instant, phone, channel), _RULES)
        if plain.is_open(instant):
            assert decision.verdict == "allow", (place, instant, decision)
        else:
            assert (decision.verdict, decision.until) == ("wait", plain.opens(instant)), (place, instant, decision)


def test_every_state_and_territory_is_asked() -> None:
    states = {state.partition(",")[0] for state in _STATES}
    assert len(states) == 51 + 5


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
