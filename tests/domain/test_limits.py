"""Do the law's caps, emergencies, the workspace's own rows and a sender's queue hold a message where they should?"""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from app.domain.decision import decide
from app.domain.facts import Ban, ConsentBasis, Facts, Market, Place, SenderFacts
from app.domain.message import Channel, Purpose
from app.domain.rulebook import load_rules
from app.domain.windows import WindowRow, workspace_row
from tests.domain.given import GIVEN, NOON, at, before, make_facts

_RULES = [rule for rule in load_rules() if rule.code.startswith(("time.", "region.", "number.", "cap."))]
_STATUTORY = Market(profile="statutory")
_SMS, _VOICE = Channel.SMS, Channel.VOICE
_LOUISIANA = Place("US-LA", ("America/Chicago",), "declared", "postal code 70112")


def _answer(facts: Facts) -> tuple[str, datetime | None, list[str]]:
    decision = decide(facts, _RULES)
    return decision.verdict, decision.until, [reason.rule for reason in decision.reasons]


_THREE = {"sends": tuple(before(NOON, hours=hours) for hours in (9, 6, 3))}
_BOUGHT = replace(GIVEN, basis=ConsentBasis.IMPLIED_PURCHASE, since=at("2026-01-01T00:00"))
# What, the number, other facts, and the codes of the caps that hold.
_CAPS: list[tuple[str, str, dict[str, Any], list[str]]] = [
    ("Florida", "+13055550100", _THREE, ["cap.us.fl.3_per_24h"]),
    ("Maryland", "+14105550100", _THREE, ["cap.us.md.3_per_24h"]),
    ("Oklahoma", "+14055550100", _THREE, ["cap.us.ok.3_per_24h"]),
    ("Oregon", "+15035550100", _THREE, ["cap.us.or.3_per_24h"]),
    ("Oregon, who bought", "+15035550100", {**_THREE, "consent": _BOUGHT}, []),
    (
        "Oregon, who bought long ago",
        "+15035550100",
        {**_THREE, "consent": replace(_BOUGHT, since=at("2025-05-01T00:00"))},
        ["cap.us.or.3_per_24h"],
    ),
    ("Oklahoma, who bought", "+14055550100", {**_THREE, "consent": _BOUGHT}, ["cap.us.ok.3_per_24h"]),
    ("Oklahoma, who bought, statutory", "+14055550100", {**_THREE, "consent": _BOUGHT, "market": _STATUTORY}, []),
    ("Florida, another subject", "+13055550100", {**_THREE, "subject": "shoes"}, []),
    ("Florida, two", "+13055550100", {"sends": _THREE["sends"][1:]}, []),
    (
        "Florida by declaration",
        "+12125550100",
        {**_THREE, "places": (Place("US-FL", ("America/New_York",)),)},
        ["cap.us.fl.3_per_24h"],
    ),
    ("Florida, on any channel", "+13055550100", {**_THREE, "channel": _VOICE}, ["cap.us.fl.3_per_24h"]),
    ("Florida, transactional", "+13055550100", {**_THREE, "purpose": Purpose.TRANSACTIONAL}, []),
    ("New York", "+12125550100", _THREE, []),
    ("Vietnam, any subject", "+84912345678", {**_THREE, "subject": "shoes"}, ["cap.vn.sms.3_per_24h"]),
    ("Vietnam, calls do not count for texts", "+84912345678", {"sends": (), "refusals": ()}, []),
    (
        "Vietnam, a second call",
        "+84912345678",
        {"sends": (before(NOON, hours=20),), "channel": _VOICE},
        ["cap.vn.voice.1_per_24h"],
    ),
    (
        "France, a fifth call",
        "+33123456789",
        {"sends": tuple(before(NOON, days=days) for days in (29, 20, 10, 5)), "channel": _VOICE},
        ["cap.fr.voice.4_per_30d"],
    ),
    (
        "France, a fourth call",
        "+33123456789",
        {"sends": tuple(before(NOON, days=days) for days in (31, 20, 10, 5)), "channel": _VOICE},
        [],
    ),
    (
        "France, refused 59 days ago",
        "+33123456789",
        {"refusals": (before(NOON, days=59),), "channel": _VOICE},
        ["cap.fr.voice.refusal_60d"],
    ),
    ("France, refused 60 days ago", "+33123456789", {"refusals": (before(NOON, days=60),), "channel": _VOICE}, []),
    ("France, refused a call, a text", "+33612345678", {"refusals": (before(NOON, days=2),)}, []),
    (
        "the Emirates, refused today",
        "+971501234567",
        {"refusals": (before(NOON, hours=16),), "channel": _VOICE},
        ["cap.ae.voice.refusal_same_day"],
    ),
    ("the Emirates, refused yesterday", "+971501234567", {"refusals": (before(NOON, hours=22),), "channel": _VOICE}, []),
]


@pytest.mark.parametrize(("what", "phone", "known", "codes"), _CAPS, ids=[row[0] for row in _CAPS])
def test_the_laws_caps_hold_where_they_are_law(what: str, phone: str, known: dict[str, Any], codes: list[str]) -> None:
    found = decide(make_facts(phone=phone, **known), [rule for rule in _RULES if rule.code == "cap.law"])
    assert [reason.rule for reason in found.reasons] == codes, what


def test_a_refusal_in_the_emirates_holds_to_the_end_of_their_day() -> None:
    facts = make_facts(at("2026-11-23T08:00"), phone="+971501234567", channel=_VOICE, refusals=(at("2026-11-23T06:00"),))
    assert _answer(facts) == ("wait", at("2026-11-24T05:00"), ["cap.ae.voice.refusal_same_day", "time.quiet.ae.voice"])


def _ban(region: str, since: datetime, until: datetime | None = None) -> Market:
    return Market(bans=(Ban(region, since, until, "an order"),))


_DAY = timedelta(days=1)
_BANS: list[tuple[str, str, Market, str, list[str]]] = [
    ("no end", "+15045550100", _ban("US-LA", NOON - _DAY), "never", ["time.emergency_ban.us.la"]),
    ("a dated one", "+15045550100", _ban("US-LA", NOON - _DAY, NOON + timedelta(hours=2)), "wait", ["time.emergency_ban.us.la"]),
    ("over", "+15045550100", _ban("US-LA", NOON - 2 * _DAY, NOON), "allow", []),
    ("not yet", "+15045550100", _ban("US-LA", NOON + _DAY), "allow", []),
    ("elsewhere", "+15045550100", _ban("US-NY", NOON - _DAY), "allow", []),
    ("the whole country", "+15045550100", _ban("US", NOON - _DAY), "never", ["time.emergency_ban.us"]),
    ("a territory", "+17875550100", _ban("PR", NOON - _DAY), "never", ["time.emergency_ban.us.pr"]),
]


@pytest.mark.parametrize(("what", "phone", "market", "verdict", "codes"), _BANS, ids=[row[0] for row in _BANS])
def test_an_emergency_stops_marketing_where_it_is(what: str, phone: str, market: Market, verdict: str, codes: list[str]) -> None:
    found = _answer(make_facts(phone=phone, market=market))
    assert (found[0], found[2]) == (verdict, codes), what
    assert _answer(make_facts(phone=phone, market=market, purpose=Purpose.TRANSACTIONAL))[0] == "allow"


def test_an_emergency_stops_whoever_says_they_are_there() -> None:
    assert _answer(make_facts(places=(_LOUISIANA,), market=_ban("US-LA", NOON - _DAY)))[2] == ["time.emergency_ban.us.la"]


_ROW = workspace_row(id="r", region="US-FL", channels={_SMS}, week=[((600, 960),)] * 5 + [()] * 2)


@pytest.mark.parametrize(
    ("what", "row", "phone", "now", "codes"),
    [
        ("before its hours", _ROW, "+13055550100", "2026-11-23T14:30", ["time.workspace_row"]),
        ("in them", _ROW, "+13055550100", "2026-11-23T15:00", []),
        ("elsewhere", _ROW, "+12125550100", "2026-11-23T14:30", []),
        ("on another channel", replace(_ROW, channels=frozenset({Channel.MMS})), "+13055550100", "2026-11-23T14:30", []),
        ("everywhere", replace(_ROW, region=""), "+12125550100", "2026-11-23T14:30", ["time.workspace_row"]),
        ("the whole country", replace(_ROW, region="US"), "+12125550100", "2026-11-23T14:30", ["time.workspace_row"]),
        ("not in force", replace(_ROW, valid_to=date(2026, 11, 1)), "+13055550100", "2026-11-23T14:30", []),
        ("it loosens nothing", replace(_ROW, week=_ROW.week[:1] * 7), "+13055550100", "2026-11-24T02:00", ["time.workspace_row"]),
    ],
)
def test_a_workspaces_own_rows_tighten(what: str, row: WindowRow, phone: str, now: str, codes: list[str]) -> None:
    assert _answer(make_facts(at(now), phone=phone, market=Market(rows=(row,))))[2] == codes, what


def test_a_row_that_is_always_open_opens_nothing() -> None:
    wide = replace(_ROW, region="", week=(replace(_ROW.week[0], hours=((0, 1440),)),) * 7)
    assert _answer(make_facts(at("2026-11-24T03:00"), market=Market(rows=(wide,))))[2] == ["time.quiet.us.federal"]
    assert _answer(make_facts(phone="+966512345678", market=Market(rows=(wide,))))[2] == ["region.not_enabled"]


def _queued(minutes: float) -> SenderFacts:
    return SenderFacts(queue_wait=timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("what", "now", "minutes", "verdict", "codes"),
    [
        ("out in time", "2026-11-24T01:50", 5, "allow", []),
        ("out at the closing minute", "2026-11-24T01:55", 5, "wait", ["time.queue_guard"]),
        ("no queue", "2026-11-24T01:59", 0, "allow", []),
        ("closed already", "2026-11-24T02:30", 5, "wait", ["time.quiet.us.federal"]),
        ("out in the morning", "2026-11-24T12:58", 5, "wait", ["time.quiet.us.federal"]),
        ("in by the evening, out in the morning", "2026-11-24T00:00", 13 * 60, "allow", []),
    ],
)
def test_what_waits_in_a_queue_leaves_inside_the_hours(
    what: str, now: str, minutes: float, verdict: str, codes: list[str]
) -> None:
    found = _answer(make_facts(at(now), sender=_queued(minutes)))
    assert (found[0], found[2]) == (verdict, codes), what


def test_a_long_queue_is_entered_so_that_it_ends_in_the_morning() -> None:
    assert _answer(make_facts(sender=_queued(13 * 60))) == ("wait", at("2026-11-24T00:00"), ["time.queue_guard"])


def test_a_queue_that_never_ends_inside_the_hours_is_never_entered() -> None:
    facts = make_facts(own_hours=(720, 780), sender=_queued(120))
    assert _answer(facts) == ("never", None, ["time.queue_guard"])


def test_a_queue_is_measured_against_the_workspaces_own_hours_too() -> None:
    facts = make_facts(at("2026-11-23T22:50"), own_hours=(540, 1080), sender=_queued(15))
    assert _answer(facts) == ("wait", at("2026-11-24T14:00"), ["time.queue_guard"])


def test_a_number_of_books_and_films_is_refused_where_the_workspace_wants_it() -> None:
    assert _answer(make_facts())[0] == "allow"
    assert _answer(make_facts(market=Market(block_fictional=True)))[2] == ["number.fictional"]
    assert _answer(make_facts(phone="+12125551234", market=Market(block_fictional=True)))[0] == "allow"
    magic = _answer(make_facts(phone="+15005550009", purpose=Purpose.TRANSACTIONAL, market=Market(block_fictional=True)))
    assert magic[2] == ["number.test_magic"]
