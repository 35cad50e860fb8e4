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
