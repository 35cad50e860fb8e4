"""May this message go? The whole rule book, asked case by case."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from app.domain.decision import decide, stand_down
from app.domain.facts import NO_CONSENT, Cap, ConsentFacts, ConsentState, Facts, NumberFacts, NumberKind, SuppressionFact
from app.domain.message import Channel, Purpose, State
from app.domain.rulebook import load_rules
from tests.domain.given import GIVEN, NOON, at, before, make_facts

_RULES = load_rules()
_DAY = timedelta(days=1)
_A_DAY = (Cap(3, _DAY),)


def _answer(facts: Facts) -> tuple[str, datetime | None, list[str]]:
    decision = decide(facts, _RULES)
    return decision.verdict, decision.until, [reason.rule for reason in decision.reasons]


# What the number alone decides: the hours of its country in all its zones. (case, number, channel, now, until, codes)
_VOICE, _SMS = Channel.VOICE, Channel.SMS
_HOURS: list[tuple[str, str, Channel, str, str | None, list[str]]] = [
    ("D01", "+12125550100", _SMS, "2026-11-23T17:00", None, []),
    ("D03", "+12125550100", _SMS, "2026-11-24T02:00", "2026-11-24T13:00", ["time.quiet.us.federal"]),
    ("D05", "+12125550100", _SMS, "2026-11-24T13:00", None, []),
    ("a second before nine", "+12125550100", _SMS, "2026-11-24T01:59:59", None, []),
    ("a second before eight", "+12125550100", _SMS, "2026-11-24T12:59:59", "2026-11-24T13:00", ["time.quiet.us.federal"]),
    ("D31", "+16715550100", _SMS, "2026-11-23T11:30", "2026-11-23T22:00", ["time.quiet.us.federal"]),
    (
        "D33",
        "+19285550100",
        _SMS,
        "2026-07-15T14:30",
        "2026-07-15T15:00",
        ["time.multi_tz_intersection", "time.quiet.us.federal"],
    ),
    ("D35", "+12125550100", _SMS, "2026-03-08T03:00", "2026-03-08T12:00", ["time.quiet.us.federal"]),
    ("D37", "+12125550100", _SMS, "2026-03-08T07:30", "2026-03-08T12:00", ["time.quiet.us.federal"]),
    ("D39", "+16045550100", _VOICE, "2026-11-24T04:45", "2026-11-24T16:00", ["time.quiet.ca.telemarketing"]),
    ("D41", "+12045550100", _VOICE, "2026-11-24T02:45", "2026-11-24T14:00", ["time.quiet.ca.telemarketing"]),
    (
        "D43",
        "+17095550100",
        _VOICE,
        "2026-11-23T12:45",
        "2026-11-23T13:00",
        ["time.multi_tz_intersection", "time.quiet.ca.telemarketing"],
    ),
    ("D45", "+33612345678", _SMS, "2026-11-21T21:30", "2026-11-23T07:00", ["time.quiet.fr.sms", "time.sunday.fr.sms"]),
    ("D49", "+33123456789", _VOICE, "2026-11-20T19:00", "2026-11-23T09:00", ["time.quiet.fr.voice", "time.weekend.fr.voice"]),
    ("D51", "+34612345678", _VOICE, "2026-11-21T11:00", "2026-11-23T09:00", ["time.weekend.es.voice"]),
    ("D53", "+447400123456", _SMS, "2026-10-25T01:30", "2026-10-26T08:00", ["time.policy.gb"]),
    ("D55", "+27821234567", _SMS, "2026-11-21T11:00", "2026-11-23T06:00", ["time.quiet.za.saturday", "time.sunday.za"]),
    (
        "D57",
        "+61412345678",
        _VOICE,
        "2026-11-23T00:30",
        "2026-11-23T01:00",
        ["time.multi_tz_intersection", "time.quiet.au.voice"],
    ),
    ("D59", "+821012345678", _SMS, "2026-11-23T13:00", "2026-11-23T23:00", ["time.quiet.kr.night_consent"]),
    ("D61", "+971501234567", _VOICE, "2026-11-23T14:30", "2026-11-24T05:00", ["time.quiet.ae.voice"]),
    ("Nepal has no row", "+9779812345678", _SMS, "2026-11-23T06:00", None, ["region.not_enabled"]),
    ("P105, the Isle of Man is not GB", "+447624300000", _SMS, "2026-11-23T12:00", None, ["region.not_enabled"]),
]


@pytest.mark.parametrize(("case", "phone", "channel", "now", "until", "codes"), _HOURS, ids=[row[0] for row in _HOURS])
def test_marketing_waits_for_the_hours_of_every_zone_the_number_may_be_in(
    case: str, phone: str, channel: Channel, now: str, until: str | None, codes: list[str]
) -> None:
    verdict, found, reasons = _answer(make_facts(at(now), phone=phone, channel=channel))
    assert (found, reasons) == (at(until) if until else None, codes), case
    assert verdict == ("wait" if until else "never" if codes else "allow")


_NIGHT = at("2026-11-24T03:00")  # 22:00 in New York
_MORNING = at("2026-11-24T13:00")
_LATE = _MORNING + timedelta(hours=1)
_STOPPED = SuppressionFact("opt_out", "marketing", None, at("2026-11-01T00:00"))
_ERASED = SuppressionFact("erased", "all", None, at("2026-11-01T00:00"))
_Case = tuple[str, Facts, str, datetime | None, list[str]]

_CASES: list[_Case] = [
    ("P001 no consent", make_facts(consent=NO_CONSENT), "never", None, ["consent.missing"]),
    ("pending", make_facts(consent=ConsentFacts(ConsentState.PENDING, NOON)), "never", None, ["consent.pending_double_opt_in"]),
    ("revoked", make_facts(consent=ConsentFacts(ConsentState.REVOKED, NOON)), "never", None, ["consent.revoked"]),
    ("expired", make_facts(consent=ConsentFacts(ConsentState.EXPIRED, NOON)), "never", None, ["consent.expired"]),
    ("ends at this instant", make_facts(consent=replace(GIVEN, expires_at=NOON)), "never", None, ["consent.expired"]),
    ("ends in a moment", make_facts(consent=replace(GIVEN, expires_at=NOON + timedelta(seconds=1))), "allow", None, []),
    (
        "ends during the night",
        make_facts(_NIGHT, consent=replace(GIVEN, expires_at=_MORNING)),
        "never",
        None,
        ["time.quiet.us.federal", "consent.expired"],
    ),
    ("P003 transactional at night", make_facts(_NIGHT, purpose=Purpose.TRANSACTIONAL, consent=NO_CONSENT), "allow", None, []),
    ("P021 stopped on another channel", make_facts(suppressions=(_STOPPED,)), "never", None, ["suppress.opt_out.text"]),
    ("stopped, transactional", make_facts(purpose=Purpose.TRANSACTIONAL, suppressions=(_STOPPED,)), "allow", None, []),
    (
        "erased, transactional",
        make_facts(purpose=Purpose.TRANSACTIONAL, suppressions=(_ERASED,)),
        "never",
        None,
        ["suppress.erased"],
    ),
    (
        "stopped and no consent: both are told, the suppression first",
        make_facts(suppressions=(_STOPPED,), consent=NO_CONSENT),
        "never",
        None,
        ["suppress.opt_out.text", "consent.missing"],
    ),
    (
        "suppressed on calls only",
        make_facts(suppressions=(replace(_STOPPED, channel=Channel.VOICE),)),
        "allow",
        None,
        [],
    ),
    (
        "P027 the answer to STOP, at night",
        make_facts(_NIGHT, purpose=Purpose.TRANSACTIONAL, suppressions=(_STOPPED, _ERASED), reply_to="STOP"),
        "allow",
        None,
        [],
    ),
    (
        "an answer that comes too late",
        make_facts(purpose=Purpose.TRANSACTIONAL, reply_to="STOP", not_after=NOON),
        "never",
        None,
        ["time.not_after"],
    ),
    ("too late at this instant", make_facts(not_after=NOON), "never", None, ["time.not_after"]),
    ("still in time", make_facts(not_after=NOON + timedelta(seconds=1)), "allow", None, []),
    (
        "too late by morning",
        make_facts(_NIGHT, not_after=_MORNING),
        "never",
        None,
        ["time.quiet.us.federal", "time.not_after"],
    ),
    ("in time in the morning", make_facts(_NIGHT, not_after=_LATE), "wait", _MORNING, ["time.quiet.us.federal"]),
    (
        "a cap that holds past the not-after",
        make_facts(caps=_A_DAY, sends=(before(NOON, hours=3),) * 3, not_after=NOON + timedelta(hours=5)),
        "never",
        None,
        ["cap.workspace", "time.not_after"],
    ),
    (
        "an order's news to a country closed for marketing",
        make_facts(phone="+9779812345678", purpose=Purpose.TRANSACTIONAL),
        "allow",
        None,
        [],
    ),
    ("caps bind marketing only", make_facts(purpose=Purpose.TRANSACTIONAL, caps=(Cap(0, _DAY),)), "allow", None, []),
    (
        "own hours open later than the law's",
        make_facts(_NIGHT, own_hours=(10 * 60, 20 * 60)),
        "wait",
        at("2026-11-24T15:00"),
        ["time.quiet.us.federal", "time.workspace_hours"],
    ),
    (
        "own hours close earlier",
        make_facts(at("2026-11-24T01:30"), own_hours=(10 * 60, 20 * 60)),
        "wait",
        at("2026-11-24T15:00"),
        ["time.workspace_hours"],
    ),
    (
        "own hours at night never meet the law's",
        make_facts(own_hours=(22 * 60, 23 * 60)),
        "never",
        None,
        ["time.workspace_hours", "time.quiet.us.federal", "time.no_opening"],
    ),
    (
        "own hours that are empty",
        make_facts(own_hours=(600, 600)),
        "never",
        None,
        ["time.workspace_hours"],
    ),
    (
        "D11 a declared place is one more zone, and takes none away",
        make_facts(at("2026-11-24T02:30"), zones=("America/Los_Angeles",)),
        "wait",
        at("2026-11-24T16:00"),
        ["time.multi_tz_intersection", "time.quiet.us.federal"],
    ),
    ("a declared place that is none", make_facts(zones=("Mars/Olympus",)), "never", None, ["time.zone_unknown"]),
    (
        "a number without a zone, though a place is declared",
        replace(
            make_facts(zones=("America/New_York",)),
            number=NumberFacts("+12125550100", "US", NumberKind.MOBILE, ()),
        ),
        "never",
        None,
        ["time.zone_unknown"],
    ),
    ("P097 a land line", make_facts(phone="+442079460123"), "never", None, ["number.type_fixed_line"]),
    (
        "P099 toll-free",
        make_facts(phone="+18005551234", purpose=Purpose.TRANSACTIONAL),
        "never",
        None,
        ["number.toll_free_recipient"],
    ),
    ("P101 a test number", make_facts(phone="+15005550009", purpose=Purpose.TRANSACTIONAL), "never", None, ["number.test_magic"]),
]


@pytest.mark.parametrize(("case", "facts", "verdict", "until", "codes"), _CASES, ids=[row[0] for row in _CASES])
def test_may_this_message_go(case: str, facts: Facts, verdict: str, until: datetime | None, codes: list[str]) -> None:
    assert _answer(facts) == (verdict, until, codes), case


def test_a_never_names_its_reason_and_closes_the_message() -> None:
    assert stand_down(decide(make_facts(_NIGHT, not_after=_MORNING), _RULES)) == (State.EXPIRED, "time.not_after")
    assert stand_down(decide(make_facts(_NIGHT, consent=NO_CONSENT), _RULES)) == (State.SUPPRESSED, "consent.missing")


def test_no_reason_tells_the_number() -> None:
    for _, facts, _, _, _ in _CASES:
        for reason in decide(facts, _RULES).reasons:
            assert facts.number.e164 not in reason.detail + reason.source
            assert reason.detail
            assert reason.source
