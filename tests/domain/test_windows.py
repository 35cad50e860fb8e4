"""Are the rows of hours whole, each as the law or policy has it, and is every market that has none closed?"""

import re
from datetime import date

import pytest

from app.domain.book import CAP_ROWS, INSTALLED, ROWS, other_market
from app.domain.message import Channel
from app.domain.windows import ALWAYS, EVERY, TEXT, VOICE, Closed, Day, WindowRow, own_row, parse_hours, week


def _hours(day: Day) -> str:
    return " ".join(f"{a // 60:02}:{a % 60:02}-{b // 60:02}:{b % 60:02}" for a, b in day.hours) or "closed"


def _written(row: WindowRow) -> str:
    """A week as people read it, equal days once."""
    monday, saturday, sunday = (_hours(row.week[day]) for day in (0, 5, 6))
    return monday if monday == saturday == sunday else f"{monday} | Sat {saturday} | Sun {sunday}"


_CHANNELS = {"text": TEXT, "voice": VOICE, "every": EVERY}

_LOCAL = "FR-ALSACE-MOSELLE"

# Every row there is: id, region, channels, hours, the calendars on which it is closed, and how sure we are.
_ROWS: list[tuple[str, str, str, str, str, str]] = [
    ("ae.sms", "AE", "text", "08:00-21:00", "", "verify"),
    ("ae.voice", "AE", "voice", "09:00-18:00", "", "likely"),
    ("at.policy.all", "AT", "every", "09:00-20:00 | Sat 09:00-20:00 | Sun closed", "", "verify"),
    ("au.policy.text", "AU", "text", "09:00-20:00 | Sat 09:00-20:00 | Sun closed", "", "certain"),
    ("au.voice", "AU", "voice", "09:00-20:00 | Sat 09:00-17:00 | Sun closed", "AU", "certain"),
    ("be.policy.all", "BE", "every", "09:00-20:00 | Sat 09:00-20:00 | Sun closed", "", "verify"),
    ("br.policy.text", "BR", "text", "09:00-21:00 | Sat 10:00-16:00 | Sun closed", "", "verify"),
    ("br.voice", "BR", "voice", "09:00-21:00 | Sat 10:00-16:00 | Sun closed", "", "verify"),
    ("ca.text", "CA", "text", "09:00-21:30 | Sat 10:00-18:00 | Sun 10:00-18:00", "", "certain"),
    ("ca.voice", "CA", "voice", "09:00-21:30 | Sat 10:00-18:00 | Sun 10:00-18:00", "", "certain"),
    ("ch.policy.all", "CH", "every", "09:00-20:00 | Sat 09:00-20:00 | Sun closed", "", "verify"),
    ("cz.policy.all", "CZ", "every", "09:00-20:00 | Sat 09:00-20:00 | Sun closed", "", "verify"),
    ("de.policy.all", "DE", "every", "08:00-20:00 | Sat 08:00-20:00 | Sun closed", "", "certain"),
    ("dk.policy.all", "DK", "every", "09:00-20:00 | Sat 09:00-20:00 | Sun closed", "", "verify"),
    ("es.policy.text", "ES", "text", "09:00-20:00 | Sat 09:00-20:00 | Sun closed", "", "certain"),
    ("es.voice", "ES", "voice", "09:00-21:00 | Sat closed | Sun closed", "ES", "certain"),
    ("fi.policy.all", "FI", "every", "09:00-20:00 | Sat 09:00-20:00 | Sun closed", "", "verify"),
    ("fr.alsace_moselle.57.text", "FR-57", "text", "08:00-22:00 | Sat 08:00-22:00 | Sun closed", _LOCAL, "certain"),
    (
        "fr.alsace_moselle.57.voice",
        "FR-57",
        "voice",
        "10:00-13:00 14:00-20:00 | Sat closed | Sun closed",
        _LOCAL,
        "certain",
    ),
    ("fr.alsace_moselle.67.text", "FR-67", "text", "08:00-22:00 | Sat 08:00-22:00 | Sun closed", _LOCAL, "certain"),
    (
        "fr.alsace_moselle.67.voice",
        "FR-67",
        "voice",
        "10:00-13:00 14:00-20:00 | Sat closed | Sun closed",
        _LOCAL,
        "certain",
    ),
    ("fr.alsace_moselle.68.text", "FR-68", "text", "08:00-22:00 | Sat 08:00-22:00 | Sun closed", _LOCAL, "certain"),
    (
        "fr.alsace_moselle.68.voice",
        "FR-68",
        "voice",
        "10:00-13:00 14:00-20:00 | Sat closed | Sun closed",
        _LOCAL,
        "certain",
    ),
    (
        "fr.alsace_moselle.6ae.text",
        "FR-6AE",
        "text",
        "08:00-22:00 | Sat 08:00-22:00 | Sun closed",
        _LOCAL,
        "certain",
    ),
    (
        "fr.alsace_moselle.6ae.voice",
        "FR-6AE",
        "voice",
        "10:00-13:00 14:00-20:00 | Sat closed | Sun closed",
        _LOCAL,
        "certain",
    ),
    ("fr.text", "FR", "text", "08:00-22:00 | Sat 08:00-22:00 | Sun closed", "FR", "likely"),
    ("fr.voice", "FR", "voice", "10:00-13:00 14:00-20:00 | Sat closed | Sun closed", "FR", "certain"),
    ("gb.policy.all", "GB", "every", "08:00-20:00 | Sat 08:00-20:00 | Sun closed", "GB", "certain"),
    ("hk.policy.text", "HK", "text", "09:00-20:00 | Sat 09:00-20:00 | Sun closed", "", "likely"),
    ("hk.policy.voice", "HK", "voice", "09:00-20:00 | Sat 09:00-20:00 | Sun closed", "", "verify"),
    ("hu.policy.all", "HU", "every", "09:00-20:00 | Sat 09:00-20:00 | Sun closed", "", "verify"),
    ("ie.policy.all", "IE", "every", "09:00-20:00 | Sat 09:00-20:00 | Sun closed", "", "verify"),
    ("il.policy.text", "IL", "text", "09:00-20:00 | Sat closed | Sun closed", "", "likely"),
    ("il.policy.voice", "IL", "voice", "09:00-20:00 | Sat closed | Sun closed", "", "verify"),
    ("in.promo", "IN", "every", "10:00-21:00", "", "certain"),
    ("it.policy.text", "IT", "text", "09:00-20:00 | Sat 09:00-20:00 | Sun closed", "", "certain"),
    ("it.voice", "IT", "voice", "09:00-20:00 | Sat 10:00-19:00 | Sun closed", "IT", "likely"),
    ("kr.night_consent", "KR", "every", "08:00-21:00", "", "certain"),
    ("mx.policy.all", "MX", "every", "09:00-20:00 | Sat 09:00-20:00 | Sun closed", "", "verify"),
    ("nl.policy.text", "NL", "text", "09:00-20:00 | Sat 09:00-20:00 | Sun closed", "", "likely"),
    ("nl.policy.voice", "NL", "voice", "09:00-20:00 | Sat 09:00-20:00 | Sun closed", "", "verify"),
    ("no.policy.all", "NO", "every", "09:00-20:00 | Sat 09:00-20:00 | Sun closed", "", "verify"),
    ("nz.policy.text", "NZ", "text", "09:00-20:00 | Sat 09:00-20:00 | Sun closed", "", "certain"),
    ("nz.policy.voice", "NZ", "voice", "09:00-20:00 | Sat 09:00-20:00 | Sun closed", "", "verify"),
    ("pl.policy.all", "PL", "every", "09:00-20:00 | Sat 09:00-20:00 | Sun closed", "", "verify"),
    ("pt.policy.all", "PT", "every", "09:00-20:00 | Sat 09:00-20:00 | Sun closed", "", "verify"),
    ("sa.policy.voice", "SA", "voice", "09:00-20:00 | Sat 09:00-20:00 | Sun closed", "", "verify"),
    ("sa.sms", "SA", "text", "09:00-20:00", "", "verify"),
    ("se.policy.all", "SE", "every", "09:00-20:00 | Sat 09:00-20:00 | Sun closed", "", "verify"),
    ("sg.policy.all", "SG", "every", "09:00-20:00 | Sat 09:00-20:00 | Sun closed", "", "likely"),
    ("tr.policy.all", "TR", "every", "09:00-20:00 | Sat 09:00-20:00 | Sun closed", "", "verify"),
    ("us.al", "US-AL", "every", "08:00-20:00 | Sat 08:00-20:00 | Sun closed", "US-AL", "verify"),
    ("us.ca.recorded", "US-CA", "voice", "09:00-21:00", "", "likely"),
    ("us.ct", "US-CT", "every", "09:00-20:00", "", "certain"),
    ("us.federal", "US", "every", "08:00-21:00", "", "certain"),
    ("us.fl", "US-FL", "every", "08:00-20:00", "", "certain"),
    ("us.il.recorded", "US-IL", "voice", "09:00-21:00", "", "likely"),
    ("us.in.recorded", "US-IN", "voice", "09:00-20:00", "", "verify"),
    ("us.ky", "US-KY", "every", "10:00-21:00", "", "likely"),
    ("us.ky.recorded", "US-KY", "voice", "08:00-21:00", "", "likely"),
    ("us.la", "US-LA", "every", "08:00-20:00 | Sat 08:00-20:00 | Sun closed", "US-LA", "certain"),
    ("us.ma", "US-MA", "every", "08:00-20:00", "", "likely"),
    ("us.md", "US-MD", "every", "08:00-20:00", "", "certain"),
    ("us.me.recorded", "US-ME", "voice", "09:00-17:00 | Sat closed | Sun closed", "", "likely"),
    ("us.mi", "US-MI", "every", "09:00-21:00", "", "verify"),
    ("us.mn", "US-MN", "every", "09:00-21:00", "", "likely"),
    ("us.ms", "US-MS", "every", "08:00-21:00 | Sat 08:00-21:00 | Sun closed", "", "certain"),
    ("us.ne.recorded", "US-NE", "voice", "00:00-24:00 | Sat 13:00-21:00 | Sun 13:00-21:00", "", "likely"),
    ("us.nj", "US-NJ", "every", "08:00-21:00", "", "certain"),
    ("us.nm", "US-NM", "every", "09:00-21:00", "", "likely"),
    ("us.nv", "US-NV", "every", "09:00-20:00", "", "likely"),
    ("us.ok", "US-OK", "every", "08:00-20:00", "", "certain"),
    ("us.or", "US-OR", "every", "08:00-20:00", "", "certain"),
    ("us.pa", "US-PA", "every", "08:00-21:00", "US-PA", "verify"),
    ("us.ri", "US-RI", "every", "09:00-18:00 | Sat 10:00-17:00 | Sun closed", "US-RI", "certain"),
    ("us.sd", "US-SD", "every", "09:00-21:00 | Sat 09:00-21:00 | Sun closed", "", "verify"),
    ("us.tx.text", "US-TX", "text", "09:00-21:00 | Sat 09:00-21:00 | Sun 12:00-21:00", "", "certain"),
    ("us.tx.voice", "US-TX", "voice", "09:00-21:00 | Sat 09:00-21:00 | Sun 12:00-21:00", "", "certain"),
    ("us.ut", "US-UT", "every", "08:00-21:00 | Sat 08:00-21:00 | Sun closed", "US-UT", "certain"),
    ("us.va", "US-VA", "every", "08:00-21:00", "", "certain"),
    ("us.wa", "US-WA", "every", "08:00-20:00", "", "certain"),
    ("us.wa.recorded", "US-WA", "voice", "closed", "", "likely"),
    ("us.wy", "US-WY", "every", "08:00-20:00", "", "verify"),
    ("vn.sms", "VN", "text", "07:00-22:00", "", "certain"),
    ("vn.voice", "VN", "voice", "08:00-17:00", "", "certain"),
    ("za", "ZA", "every", "08:00-20:00 | Sat 09:00-13:00 | Sun closed", "ZA", "certain"),
]


@pytest.mark.parametrize(("name", "region", "channels", "hours", "calendars", "confidence"), _ROWS, ids=[row[0] for row in _ROWS])
def test_a_row_says_what_the_law_or_policy_says(
    name: str, region: str, channels: str, hours: str, calendars: str, confidence: str
) -> None:
    (row,) = (row for row in ROWS if row.id == name)
    assert (row.region, row.channels, row.confidence) == (region, _CHANNELS[channels], confidence)
    assert _written(row) == hours
    assert ",".join(closed.calendar for closed in row.holidays) == calendars


def test_every_row_is_read_by_a_case_above() -> None:
    assert sorted(row.id for row in ROWS) == [row[0] for row in _ROWS]


@pytest.mark.parametrize(
    ("region", "channel"),
    [("IM", Channel.SMS), ("CN", Channel.SMS), ("", Channel.SMS), ("us", Channel.SMS), ("ZZ-FL", Channel.SMS)],
)
def test_a_market_without_a_row_is_closed(region: str, channel: Channel) -> None:
    assert INSTALLED.rows_for(region, channel) == ()


@pytest.mark.parametrize(
    ("region", "ids"),
    [
        ("US", ["us.federal"]),
        ("US-FL", ["us.federal", "us.fl"]),
        ("US-NY", ["us.federal"]),
        ("PR", ["us.federal"]),
        ("US-PR", ["us.federal"]),
        ("GU", ["us.federal"]),
        ("FR-57", ["fr.text", "fr.alsace_moselle.57.text"]),
        ("FR-75", ["fr.text"]),
        ("CA-BC", ["ca.text"]),
    ],
)
def test_regions_nest_and_all_their_rows_apply(region: str, ids: list[str]) -> None:
    assert [row.id for row in INSTALLED.rows_for(region, Channel.SMS)] == ids


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_a_row_is_whole(row: WindowRow) -> None:
    assert row.source
    assert row.channels in {TEXT, VOICE, EVERY}
    for code in row.codes:
        assert re.fullmatch(r"time\.(quiet|policy|sunday|weekend|holiday|recorded)\.[a-z]{2}(\.[a-z_]+)?", code)


def test_a_country_without_rows_has_policy_hours_once_switched_on() -> None:
    assert _written(other_market("NP")) == "09:00-20:00 | Sat 09:00-20:00 | Sun closed"


def test_every_cap_has_a_code_of_its_region() -> None:
    for cap in CAP_ROWS:
        assert cap.code.startswith(f"cap.{cap.region.lower().replace('-', '.')}.")


@pytest.mark.parametrize(
    ("day", "in_force"),
    [(date(2026, 12, 31), False), (date(2027, 1, 1), True), (date(2027, 6, 30), True), (date(2027, 7, 1), False)],
)
def test_a_row_is_in_force_from_its_first_day_up_to_its_last(day: date, in_force: bool) -> None:
    row = WindowRow(
        region="US-XX",
        channels=TEXT,
        week=(Day(((0, 1440),), "time.quiet.us.xx"),) * 7,
        source="a law",
        confidence="certain",
        valid_from=date(2027, 1, 1),
        valid_to=date(2027, 7, 1),
    )
    assert (row.on(day) is not None) is in_force


_CALENDAR = WindowRow(
    region="IT",
    channels=VOICE,
    week=week("09-20", "usual", saturday=("09-20", "usual"), sunday=("", "sunday")),
    holidays=(Closed("IT", "holiday"), Closed("US", "american")),
    eves=Day(parse_hours("10-19"), "eve"),
    source="a law",
    confidence="certain",
)


@pytest.mark.parametrize(
    ("day", "hours", "codes"),
    [
        (date(2026, 6, 3), ((540, 1200),), ("usual",)),
        (date(2026, 6, 2), (), ("holiday",)),
        (date(2026, 6, 1), ((600, 1140),), ("eve",)),
        (date(2026, 10, 4), (), ("sunday", "holiday")),
        (date(2026, 12, 25), (), ("holiday", "american")),
        (date(2026, 12, 7), ((600, 1140),), ("eve",)),
        (date(2026, 4, 5), (), ("sunday", "holiday")),
        (date(2027, 1, 17), (), ("sunday",)),
    ],
    ids=[
        "a day",
        "a holiday",
        "its eve",
        "a holiday on a Sunday",
        "two calendars",
        "an eve",
        "Easter",
        "a Sunday that is an eve",
    ],
)
def test_holidays_close_a_day_and_their_eves_have_hours_of_their_own(
    day: date, hours: tuple[tuple[int, int], ...], codes: tuple[str, ...]
) -> None:
    found = _CALENDAR.on(day)
    assert found is not None
    assert (found.hours, found.codes) == (hours, codes)


@pytest.mark.parametrize(
    ("hours", "ranges"),
    [
        ((600, 1200), ((600, 1200),)),
        ((0, 1440), ALWAYS),
        ((1320, 360), ((0, 360), (1320, 1440))),
        ((1320, 0), ((1320, 1440),)),
        ((600, 600), ()),
    ],
)
def test_a_workspaces_own_hours_may_span_midnight(hours: tuple[int, int], ranges: tuple[tuple[int, int], ...]) -> None:
    assert own_row(hours, code="time.workspace_hours", source="own").week[0].hours == ranges
