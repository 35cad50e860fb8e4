"""Are the rows of hours whole, and is every market that has none closed?"""

import re
from datetime import date

import pytest

from app.domain.message import Channel
from app.domain.windows import EVERY, ROWS, TEXT, VOICE, Day, WindowRow, own_row, rows_for

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def _written(row: WindowRow) -> list[str]:
    """A week as people read it, equal days once."""
    days = [" ".join(f"{a // 60:02}:{a % 60:02}-{b // 60:02}:{b % 60:02}" for a, b in day.hours) for day in row.week]
    return [days[0], *(days[5:] if days[5:] != [days[0]] * 2 else [])]


_HOURS: list[tuple[str, Channel, list[str], tuple[str, ...]]] = [
    ("US", Channel.SMS, ["08:00-21:00"], ("time.quiet.us.federal",)),
    ("US", Channel.VOICE, ["08:00-21:00"], ("time.quiet.us.federal",)),
    ("PR", Channel.SMS, ["08:00-21:00"], ("time.quiet.us.federal",)),
    ("GU", Channel.RCS, ["08:00-21:00"], ("time.quiet.us.federal",)),
    ("VI", Channel.MMS, ["08:00-21:00"], ("time.quiet.us.federal",)),
    ("AS", Channel.SMS, ["08:00-21:00"], ("time.quiet.us.federal",)),
    ("MP", Channel.SMS, ["08:00-21:00"], ("time.quiet.us.federal",)),
    ("CA", Channel.VOICE, ["09:00-21:30", "10:00-18:00", "10:00-18:00"], ("time.quiet.ca.telemarketing",)),
    ("CA", Channel.SMS, ["09:00-21:30", "10:00-18:00", "10:00-18:00"], ("time.policy.ca",)),
    ("FR", Channel.SMS, ["08:00-22:00", "08:00-22:00", ""], ("time.quiet.fr.sms", "time.sunday.fr.sms")),
    ("FR", Channel.VOICE, ["10:00-13:00 14:00-20:00", "", ""], ("time.quiet.fr.voice", "time.weekend.fr.voice")),
    ("DE", Channel.SMS, ["08:00-20:00", "08:00-20:00", ""], ("time.policy.de",)),
    ("ES", Channel.SMS, ["09:00-20:00", "09:00-20:00", ""], ("time.policy.es",)),
    ("ES", Channel.VOICE, ["09:00-21:00", "", ""], ("time.quiet.es.voice", "time.weekend.es.voice")),
    ("IT", Channel.SMS, ["09:00-20:00", "09:00-20:00", ""], ("time.policy.it",)),
    ("IT", Channel.VOICE, ["09:00-20:00", "10:00-19:00", ""], ("time.quiet.it.voice", "time.sunday.it.voice")),
    ("GB", Channel.SMS, ["08:00-20:00", "08:00-20:00", ""], ("time.policy.gb",)),
    ("IN", Channel.SMS, ["10:00-21:00"], ("time.quiet.in.promo",)),
    ("IN", Channel.VOICE, ["10:00-21:00"], ("time.quiet.in.promo",)),
    ("AU", Channel.SMS, ["09:00-20:00", "09:00-20:00", ""], ("time.policy.au",)),
    ("AU", Channel.VOICE, ["09:00-20:00", "09:00-17:00", ""], ("time.quiet.au.voice", "time.sunday.au.voice")),
    ("NZ", Channel.SMS, ["09:00-20:00", "09:00-20:00", ""], ("time.policy.nz",)),
    ("SG", Channel.SMS, ["09:00-20:00", "09:00-20:00", ""], ("time.policy.sg",)),
    ("KR", Channel.SMS, ["08:00-21:00"], ("time.quiet.kr.night_consent",)),
    ("VN", Channel.SMS, ["07:00-22:00"], ("time.quiet.vn.sms",)),
    ("VN", Channel.VOICE, ["08:00-17:00"], ("time.quiet.vn.voice",)),
    ("AE", Channel.SMS, ["08:00-21:00"], ("time.quiet.ae.sms",)),
    ("AE", Channel.VOICE, ["09:00-18:00"], ("time.quiet.ae.voice",)),
    ("SA", Channel.SMS, ["09:00-20:00"], ("time.quiet.sa.sms",)),
    ("ZA", Channel.SMS, ["08:00-20:00", "09:00-13:00", ""], ("time.quiet.za", "time.quiet.za.saturday", "time.sunday.za")),
    ("BR", Channel.SMS, ["09:00-21:00", "10:00-16:00", ""], ("time.policy.br",)),
    ("BR", Channel.VOICE, ["09:00-21:00", "10:00-16:00", ""], ("time.quiet.br.voice", "time.sunday.br.voice")),
    ("MX", Channel.SMS, ["09:00-20:00", "09:00-20:00", ""], ("time.policy.mx",)),
    *(
        (region, Channel.SMS, ["09:00-20:00", "09:00-20:00", ""], (f"time.policy.{region.lower()}",))
        for region in ("AT", "BE", "CH", "CZ", "DK", "FI", "HU", "IE", "NL", "NO", "PL", "PT", "SE")
    ),
]


@pytest.mark.parametrize(("region", "channel", "hours", "codes"), _HOURS)
def test_a_market_has_its_hours(region: str, channel: Channel, hours: list[str], codes: tuple[str, ...]) -> None:
    (row,) = rows_for(region, channel)
    assert (_written(row), row.codes) == (hours, codes)


def test_every_row_is_read_by_a_case_above() -> None:
    assert set(ROWS) == {row for region, channel, _, _ in _HOURS for row in rows_for(region, channel)}


@pytest.mark.parametrize(
    ("region", "channel"),
    [
        ("IM", Channel.SMS),
        ("CN", Channel.SMS),
        ("", Channel.SMS),
        ("GB", Channel.VOICE),
        ("SA", Channel.VOICE),
        ("us", Channel.SMS),
    ],
)
def test_a_market_without_a_row_is_closed(region: str, channel: Channel) -> None:
    assert rows_for(region, channel) == ()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.region}-{'-'.join(sorted(row.channels))}")
def test_a_row_is_whole(row: WindowRow) -> None:
    assert len(row.week) == 7
    assert row.channels in {TEXT, VOICE, EVERY}
    assert row.source
    for day in row.week:
        assert re.fullmatch(r"time\.(quiet|policy|sunday|weekend)\.[a-z]{2}(\.[a-z_]+)?", day.code)
        flat = [minute for opens_closes in day.hours for minute in opens_closes]
        assert flat == sorted(set(flat))
        assert all(0 <= minute <= 24 * 60 for minute in flat)


def test_no_two_rows_claim_the_same_days_of_a_market() -> None:
    for row in ROWS:
        for channel in row.channels:
            assert rows_for(row.region, channel) == (row,)


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


@pytest.mark.parametrize(
    ("hours", "ranges"),
    [
        ((600, 1200), ((600, 1200),)),
        ((0, 1440), ((0, 1440),)),
        ((1320, 360), ((0, 360), (1320, 1440))),
        ((1320, 0), ((1320, 1440),)),
        ((600, 600), ()),
    ],
)
def test_a_workspaces_own_hours_may_span_midnight(hours: tuple[int, int], ranges: tuple[tuple[int, int], ...]) -> None:
    assert own_row(hours, code="time.workspace_hours", source="own").week[0].hours == ranges
