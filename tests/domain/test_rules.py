"""Does each rule object to what it is there for, and to nothing else?"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.caps import counted, is_full, release
from app.domain.decision import Objection, Rule
from app.domain.facts import Cap, Facts, NumberFacts, NumberKind, SuppressionFact
from app.domain.message import Channel, Purpose
from app.domain.rules import frequency_caps, number_type, suppression
from app.domain.zones import load_zone
from tests.domain.given import NOON, at, before, make_facts


def _heard(rules: Iterable[Rule], facts: Facts) -> list[Objection]:
    return [objection for rule in rules for objection in rule.judge(facts)]


# Line type -> the code for texts, the code for calls.
_LINES: dict[NumberKind, tuple[str | None, str | None]] = {
    NumberKind.MOBILE: (None, None),
    NumberKind.FIXED_LINE_OR_MOBILE: (None, None),
    NumberKind.FIXED_LINE: ("number.type_fixed_line", None),
    NumberKind.VOIP: ("number.type_voip", "number.type_voip"),
    NumberKind.FIXED_VOIP: ("number.type_fixed_voip", None),
    NumberKind.NON_FIXED_VOIP: (None, None),
    NumberKind.PAGER: ("number.type_pager", "number.type_pager"),
    NumberKind.PERSONAL_NUMBER: ("number.type_personal_number", "number.type_personal_number"),
    NumberKind.UAN: ("number.type_uan", "number.type_uan"),
    NumberKind.TOLL_FREE: ("number.toll_free_recipient", "number.toll_free_recipient"),
    NumberKind.PREMIUM_RATE: ("number.type_premium_rate", "number.type_premium_rate"),
    NumberKind.SHARED_COST: ("number.type_shared_cost", "number.type_shared_cost"),
    NumberKind.VOICEMAIL: ("number.type_voicemail", "number.type_voicemail"),
    NumberKind.UNKNOWN: ("number.type_unknown", "number.type_unknown"),
}


def _to_line(kind: NumberKind, channel: Channel, *, reply_to: str | None = None) -> list[str]:
    number = NumberFacts("+12125550100", "US", kind, ("America/New_York",))
    facts = replace(make_facts(channel=channel, purpose=Purpose.TRANSACTIONAL, reply_to=reply_to), number=number)
    return [objection.rule for objection in _heard(number_type.RULES, facts)]


@pytest.mark.parametrize("kind", NumberKind)
def test_a_line_takes_texts_or_calls_by_its_type(kind: NumberKind) -> None:
    text, call = _LINES[kind]
    for channel in (Channel.SMS, Channel.MMS, Channel.RCS):
        assert _to_line(kind, channel) == ([text] if text else [])
    assert _to_line(kind, Channel.VOICE) == ([call] if call else [])


@pytest.mark.parametrize("kind", NumberKind)
def test_who_texted_us_can_be_answered_whatever_the_line(kind: NumberKind) -> None:
    assert _to_line(kind, Channel.SMS, reply_to="HELP") == []


@pytest.mark.parametrize("phone", ["+15005550000", "+15005550006", "+15005550009", "+15005550010"])
def test_a_providers_test_number_is_nobody(phone: str) -> None:
    for facts in (
        make_facts(phone=phone),
        make_facts(phone=phone, reply_to="STOP"),
        make_facts(phone=phone, channel=Channel.VOICE),
    ):
        assert [objection.rule for objection in _heard(number_type.RULES, facts)] == ["number.test_magic"]


_REASONS = {
    "opt_out": "suppress.opt_out.text",
    "erased": "suppress.erased",
    "invalid_number": "suppress.invalid_number",
    "carrier_blocked": "suppress.carrier_blocked",
    "dnc": "suppress.dnc",
    "a reason of tomorrow": "suppress.other",
}


@pytest.mark.parametrize("reason", _REASONS)
@pytest.mark.parametrize("scope", ["marketing", "all"])
@pytest.mark.parametrize("channel", [None, Channel.SMS, Channel.VOICE])
@pytest.mark.parametrize("purpose", Purpose)
@pytest.mark.parametrize("reply_to", [None, "STOP"])
def test_a_suppression_binds_what_it_is_for(
    reason: str, scope: str, channel: Channel | None, purpose: Purpose, reply_to: str | None
) -> None:
    facts = make_facts(
        purpose=purpose, reply_to=reply_to, suppressions=(SuppressionFact(reason, scope, channel, before(NOON, days=3)),)
    )
    binds = reply_to is None and channel is not Channel.VOICE and (scope == "all" or purpose is Purpose.MARKETING)
    heard = _heard(suppression.RULES, facts)
    assert [objection.rule for objection in heard] == ([_REASONS[reason]] if binds else [])
    assert all(objection.until is None for objection in heard)


def test_two_suppressions_of_one_reason_are_told_once() -> None:
    twice = tuple(SuppressionFact("invalid_number", "all", channel, NOON) for channel in (None, Channel.SMS))
    assert len(_heard(suppression.RULES, make_facts(suppressions=twice))) == 1


_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("ago", "full"),
    [
        ((_DAY,), False),
        ((_DAY - timedelta(microseconds=1),), True),
        ((timedelta(),), True),
        ((2 * _DAY, 3 * _DAY), False),
        ((-timedelta(seconds=5),), True),
    ],
    ids=["a day ago to the instant", "just under a day ago", "now", "long ago", "stamped by a clock that runs ahead"],
)
def test_a_rolling_window_counts_what_came_after_its_beginning(ago: tuple[timedelta, ...], full: bool) -> None:
    assert is_full(Cap(1, _DAY), sorted(NOON - span for span in ago), now=NOON) is full


@pytest.mark.parametrize(
    ("caps", "sends", "campaign_sends", "heard"),
    [
        ((Cap(2, _DAY),), (5, 3), (), {"cap.workspace": 19}),
        ((Cap(2, _DAY),), (5, 3, 1), (), {"cap.workspace": 21}),
        ((Cap(2, _DAY),), (5,), (5, 5), {}),
        ((Cap(1, _DAY, "campaign"),), (5, 3), (4,), {"cap.campaign": 20}),
        ((Cap(1, _DAY, "campaign"),), (5, 3), (), {}),
        ((Cap(1, _HOUR), Cap(2, _DAY)), (5, 0.5), (), {"cap.workspace": 19}),
        ((Cap(1, 4 * _HOUR), Cap(2, _DAY)), (23, 1), (), {"cap.workspace": 3}),
        ((Cap(1, _DAY), Cap(1, _DAY, "campaign")), (2,), (2,), {"cap.workspace": 22, "cap.campaign": 22}),
        ((Cap(0, _DAY),), (), (), {"cap.workspace": None}),
        ((Cap(0, _DAY), Cap(1, _DAY)), (1,), (), {"cap.workspace": None}),
    ],
)
def test_a_full_cap_says_when_there_is_a_place_again(
    caps: tuple[Cap, ...], sends: tuple[float, ...], campaign_sends: tuple[float, ...], heard: dict[str, float | None]
) -> None:
    facts = make_facts(
        caps=caps,
        sends=tuple(before(NOON, hours=hours) for hours in sends),
        campaign_sends=tuple(before(NOON, hours=hours) for hours in campaign_sends),
    )
    found = {objection.rule: objection.until for objection in _heard(frequency_caps.RULES, facts)}
    assert found == {code: None if hours is None else NOON + timedelta(hours=hours) for code, hours in heard.items()}


_SENDS = st.lists(st.integers(0, 3000), max_size=10).map(lambda ago: sorted(NOON - timedelta(minutes=minutes) for minutes in ago))


@given(_SENDS, st.integers(1, 4), st.integers(1, 2000))
def test_the_place_is_free_at_the_release_and_not_before(sends: list[datetime], limit: int, minutes: int) -> None:
    cap = Cap(limit, timedelta(minutes=minutes))
    assert counted(cap, sends, now=NOON) == sum(NOON - cap.window < send <= NOON for send in sends)
    if is_full(cap, sends, now=NOON):
        free = release(cap, sends)
        assert free is not None
        assert free > NOON
        assert not is_full(cap, sends, now=free)
        assert is_full(cap, sends, now=free - timedelta(microseconds=1))


_ZONES = st.sampled_from(["America/Santiago", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia"])
_CHANGES = st.sampled_from([at("2026-09-06T12:00"), at("2026-11-01T12:00"), at("2026-03-08T12:00"), NOON])


@given(_SENDS, _CHANGES, st.integers(1, 4), st.integers(1, 3), _ZONES)
def test_a_cap_of_calendar_days_is_free_when_a_day_begins_and_not_before(
    sends: list[datetime], now: datetime, limit: int, days: int, zone: str
) -> None:
    cap = Cap(limit, days * _DAY, zone=zone)
    sends = [now - (NOON - send) for send in sends]
    today = now.astimezone(load_zone(zone)).date()
    assert counted(cap, sends, now=now) == sum((today - send.astimezone(load_zone(zone)).date()).days < days for send in sends)
    if is_full(cap, sends, now=now):
        free = release(cap, sends)
        assert free is not None
        assert free > now
        assert not is_full(cap, sends, now=free)
        assert is_full(cap, sends, now=free - timedelta(microseconds=1))


@pytest.mark.parametrize(
    ("sent", "zone", "days", "free"),
    [
        ("2026-09-06T03:59", "America/Santiago", 1, "2026-09-06T04:00"),
        ("2026-09-06T04:00", "America/Santiago", 1, "2026-09-07T03:00"),
        ("2026-04-04T20:00", "America/Santiago", 1, "2026-04-05T04:00"),
        ("2026-11-01T04:00", "America/New_York", 1, "2026-11-02T05:00"),
        ("2026-11-23T18:14", "Asia/Kathmandu", 1, "2026-11-23T18:15"),
        ("2026-11-23T18:15", "Asia/Kathmandu", 7, "2026-11-30T18:15"),
        ("2028-02-28T12:00", "Etc/UTC", 1, "2028-02-29T00:00"),
    ],
)
def test_a_day_ends_where_its_clocks_say(sent: str, zone: str, days: int, free: str) -> None:
    assert release(Cap(1, days * _DAY, zone=zone), [at(sent)]) == at(free)
