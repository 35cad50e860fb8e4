"""What do registries change? The worked cases on do-not-call lists, reassigned numbers and data that is too old, by name."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.decision import Verdict, decide
from app.domain.facts import (
    NO_CONSENT,
    ConsentBasis,
    ConsentFacts,
    ConsentState,
    Facts,
    Market,
    Place,
    RegistryFact,
    SuppressionFact,
    Technology,
)
from app.domain.message import Channel, Purpose
from app.domain.registries import BY_NAME, NAMES, ROWS, RegistryKind, months_before
from app.domain.rules.registry import RULES
from tests.domain.given import GIVEN, NOON, at, make_facts

_DAY = timedelta(days=1)
NY, LA, SG, ZA, TORONTO, PARIS, LONDON, ROME = (
    "+12125550142", "+15045550142", "+6581234567", "+27821234567", "+14165550142", "+33612345678", "+447400123456",
    "+393312345678",
)  # fmt: skip
LIVE: dict[str, Any] = {"channel": Channel.VOICE, "technology": Technology.LIVE}
STATUTORY = Market(profile="statutory")


def says(registry: str, answer: str = "listed", *, as_of: str = "2026-11-10T00:00", asked: str | None = None) -> dict[str, Any]:
    return {"registries": (RegistryFact(registry, answer, at(as_of), at(asked) if asked else None),)}


def agreed(basis: ConsentBasis, since: str, **more: Any) -> dict[str, Any]:
    return {"consents": (ConsentFacts(ConsentState.GIVEN, at(since), basis=basis, **more),)}


def loaded(registry: str, as_of: datetime, **more: Any) -> dict[str, Any]:
    return {"market": Market(registries=((registry, as_of),), **more)}


def rnd(answer: str = "listed") -> dict[str, Any]:
    return says("us.reassigned", answer, as_of="2026-11-20T00:00", asked=QUERY)


NOBODY: dict[str, Any] = {"consent": NO_CONSENT}
PURCHASE = agreed(ConsentBasis.IMPLIED_PURCHASE, "2025-05-23T17:00")
INQUIRY = agreed(ConsentBasis.IMPLIED_INQUIRY, "2026-08-23T17:00")
QUERY = "2026-10-01T00:00"
T = "2026-11-23T17:00"
WRITTEN, ORAL, CONTRACT = ConsentBasis.EXPRESS_WRITTEN, ConsentBasis.EXPRESS_ORAL, ConsentBasis.CONTRACT
STOPPED = {"suppressions": (SuppressionFact("opt_out", "marketing", Channel.SMS, at("2026-09-01T00:00")),)}
IN_LA = {"places": (Place("US-LA", ("America/Chicago",)),)}
THEIRS = agreed(ConsentBasis.EXPRESS_WRITTEN, "2026-10-01T12:00")

# name, number, instant, what is given -> the registry rules that object
CASES: list[tuple[str, str, str, dict[str, Any], list[str]]] = [
    ("P041 written consent", NY, T, says("us.national_dnc"), []),
    ("P041 by live call", NY, T, LIVE | says("us.national_dnc"), []),
    ("no consent", NY, T, LIVE | NOBODY | says("us.national_dnc"), ["suppress.national_dnc"]),
    ("oral consent", NY, T, LIVE | says("us.national_dnc") | agreed(ORAL, "2026-10-01T12:00"),
     ["suppress.national_dnc"]),
    ("P042 the last day", NY, T, LIVE | PURCHASE | says("us.national_dnc"), []),
    ("P043 the day after", NY, "2026-11-24T17:00", LIVE | PURCHASE | says("us.national_dnc"), ["suppress.national_dnc"]),
    ("an inquiry of three months", NY, T, LIVE | INQUIRY | says("us.national_dnc"), []),
    ("an inquiry too old", NY, "2026-11-24T17:00", LIVE | INQUIRY | says("us.national_dnc"), ["suppress.national_dnc"]),
    ("a customer who said no", NY, T, LIVE | PURCHASE | says("us.national_dnc") | STOPPED, ["suppress.national_dnc"]),
    ("consent of another brand", NY, T, LIVE | {"brand": "B"} | says("us.national_dnc") | agreed(
        WRITTEN, "2026-10-01T12:00", brand="A"), ["suppress.national_dnc"]),
    ("unsigned", NY, T, LIVE | says("us.national_dnc") | agreed(
        WRITTEN, "2026-10-01T12:00", flags=frozenset({"lacks:signature"})), ["suppress.national_dnc"]),
    ("transactional", NY, T, {"purpose": Purpose.TRANSACTIONAL} | NOBODY | says("us.national_dnc"), []),
    ("P044 a file of 31 days", NY, T, LIVE | NOBODY | loaded("us.national_dnc", at("2026-10-23T01:00")), []),
    ("P045 a file of 32 days", NY, T, LIVE | NOBODY | loaded("us.national_dnc", at("2026-10-22T23:00")),
     ["suppress.dnc_data_stale"]),
    ("P045 with written consent", NY, T, LIVE | loaded("us.national_dnc", at("2026-10-22T23:00")), []),
    ("live, and no file at all", NY, T, LIVE | NOBODY, ["suppress.dnc_data_stale"]),
    ("a text, and no file at all", NY, T, NOBODY, []),
    ("listed once, clear in a newer file", NY, T, LIVE | NOBODY | says("us.national_dnc", as_of="2026-10-01T00:00")
     | loaded("us.national_dnc", at("2026-11-20T00:00")), []),
    ("listed long ago is listed", NY, T, LIVE | NOBODY | says("us.national_dnc", as_of="2026-01-01T00:00"),
     ["suppress.national_dnc"]),
    ("Louisiana by area code", LA, T, NOBODY | IN_LA | says("us.la_dnc"),
     ["suppress.us.la_dnc"]),
    ("a list of another state", NY, T, NOBODY | says("us.la_dnc"), []),
    ("P047 reassigned", NY, T, THEIRS | rnd(),
     ["suppress.reassigned"]),
    ("reassigned, transactional", NY, T, THEIRS | {"purpose": Purpose.TRANSACTIONAL} | rnd(), ["suppress.reassigned"]),
    ("the new owner agreed", NY, T, rnd() | agreed(
        WRITTEN, "2026-11-21T00:00"), []),
    ("the new owner wrote", NY, T, THEIRS | {"proved_at": at("2026-11-21T00:00")} | rnd(), []),
    ("P048 not reassigned", NY, T, THEIRS | rnd("clear"), []),
    ("P049 no data, strict", NY, T, THEIRS | rnd("unknown"),
     ["suppress.reassigned_unknown"]),
    ("P050 proved 30 days ago", NY, T, THEIRS | {"proved_at": at("2026-10-24T17:00")}, []),
    ("P051 proved 60 days ago", NY, T, THEIRS | {"proved_at": at("2026-09-24T17:00")},
     ["suppress.reassigned_recheck"]),
    ("P051 asked since", NY, T, THEIRS | {"proved_at": at("2026-09-24T17:00")} | rnd("clear"), []),
    ("asked with too late a date", NY, T, THEIRS | says(
        "us.reassigned", "clear", as_of="2026-11-20T00:00", asked="2026-11-01T00:00"), ["suppress.reassigned_recheck"]),
    ("asked 32 days ago", NY, T, THEIRS | says(
        "us.reassigned", "clear", as_of="2026-10-22T00:00", asked=QUERY), ["suppress.reassigned_recheck"]),
    ("a workspace that wants it", NY, T, THEIRS | {"market": Market(recheck_reassigned=45 * _DAY)},
     ["suppress.reassigned_recheck"]),
    ("a workspace that never asks", NY, T, THEIRS | says("us.national_dnc", "clear"), []),
    ("deactivated", NY, T, THEIRS | says("us.deactivations"), ["suppress.deactivated"]),
    ("deactivated before it was theirs", NY, T, THEIRS | says("us.deactivations", as_of="2026-09-01T00:00"), []),
    ("P092 Singapore, 21 days", SG, "2026-11-23T04:00", NOBODY | says("sg.dnc", "clear", as_of="2026-11-02T04:00"), []),
    ("P093 Singapore, 22 days", SG, "2026-11-23T04:00", NOBODY | says("sg.dnc", "clear", as_of="2026-11-01T04:00"),
     ["suppress.sg.dnc_stale"]),
    ("Singapore, never asked", SG, "2026-11-23T04:00", NOBODY, ["suppress.sg.dnc_stale"]),
    ("Singapore, listed", SG, "2026-11-23T04:00", NOBODY | says("sg.dnc"), ["suppress.sg.dnc"]),
    ("Singapore, clear consent", SG, "2026-11-23T04:00", says("sg.dnc"), []),
    ("P095 South Africa", ZA, "2026-11-23T10:00", says("za.registry"), ["suppress.za.registry"]),
    ("Canada, a customer", TORONTO, T, LIVE | PURCHASE | says("ca.dncl"), []),
    ("Canada, listed", TORONTO, T, LIVE | NOBODY | says("ca.dncl"), ["suppress.ca.dncl"]),
    ("Canada, a text is under CASL", TORONTO, T, NOBODY | says("ca.dncl"), []),
    ("Britain, live", LONDON, "2026-11-23T10:00", LIVE | NOBODY | says("gb.tps"), ["suppress.gb.tps"]),
    ("Britain, text", LONDON, "2026-11-23T10:00", NOBODY | says("gb.tps"), []),
    ("Italy, an old consent", ROME, "2026-11-23T10:00", LIVE | says("it.opposition"), ["suppress.it.opposition"]),
    ("Italy, a contract", ROME, "2026-11-23T10:00", LIVE | says("it.opposition") | agreed(CONTRACT, "2026-10-01T12:00"), []),
    ("Bloctel while it lasted", PARIS, "2026-08-10T10:00", LIVE | NOBODY | says("fr.bloctel", as_of="2026-08-01T00:00"),
     ["suppress.fr.bloctel"]),
    ("Bloctel is over", PARIS, "2026-08-11T10:00", LIVE | NOBODY | says("fr.bloctel", as_of="2026-08-01T00:00"), []),
    ("a registry nobody knows", NY, T, says("xx.list"), []),
]  # fmt: skip


def _codes(facts: Facts) -> list[str]:
    return [objection.rule for rule in RULES for objection in rule.judge(facts)]


@pytest.mark.parametrize(("name", "phone", "when", "more", "expected"), CASES, ids=[case[0] for case in CASES])
def test_what_the_registry_rules_say(name: str, phone: str, when: str, more: dict[str, Any], expected: list[str]) -> None:
    assert _codes(make_facts(at(when), phone=phone, **more)) == expected, name


def test_no_data_is_allowed_without_the_safe_harbor_under_the_statutory_profile() -> None:
    assert _codes(make_facts(market=STATUTORY, **says("us.reassigned", "unknown", as_of="2026-11-20T00:00"))) == []


def test_what_somebody_has_to_fetch_is_a_wait_without_an_instant() -> None:
    decision = decide(make_facts(**LIVE, **NOBODY, **loaded("us.national_dnc", at("2026-10-01T00:00"))), RULES)
    assert (decision.verdict, decision.until) == (Verdict.WAIT, None)
    assert decision.reasons[0].awaits == "a file of us.national_dnc at most 31 days old"


def test_who_has_just_asked_for_it_gets_it_and_so_do_warnings_of_danger() -> None:
    for ground in ("user_initiated", "emergency"):
        facts = make_facts(purpose=Purpose.TRANSACTIONAL, ground=ground, **says("us.reassigned", as_of="2026-11-20T00:00"))
        assert _codes(facts) == []


@given(st.dates(date(2001, 3, 1), date(2100, 1, 1)), st.integers(1, 36))
def test_months_before_is_a_day_of_the_right_month_and_never_later_in_it(day: date, months: int) -> None:
    earlier = months_before(day, months)
    assert (day.year * 12 + day.month) - (earlier.year * 12 + earlier.month) == months
    assert earlier.day <= day.day


@given(st.sampled_from(NAMES), st.integers(0, 400))
def test_a_listed_number_is_never_freed_by_the_age_of_the_list(name: str, days: int) -> None:
    row = BY_NAME[name]
    if row.kind is not RegistryKind.DO_NOT_CALL or not row.holds(NOON):
        return
    technology = min(row.technologies)
    entry = RegistryFact(name, "listed", NOON - days * _DAY)
    places = tuple(Place(region, ()) for region in row.regions if "-" in region)
    phones = {"US": NY, "CA": TORONTO, "SG": SG, "ZA": ZA, "GB": LONDON, "IT": ROME}
    country = row.regions[0].partition("-")[0]
    if country in phones:
        facts = make_facts(phone=phones[country], technology=technology, registries=(entry,), places=places, **NOBODY)
        assert row.listed_code in _codes(facts)


def test_rows_are_named_once_and_say_where_they_come_from() -> None:
    assert len(BY_NAME) == len(ROWS)
    assert all(row.title and row.source and row.meaning and row.confidence in {"C", "L", "V"} for row in ROWS)
    assert all(row.demanded <= row.technologies for row in ROWS)
    assert all(row.valid_from is None or row.valid_to is None or row.valid_from < row.valid_to for row in ROWS)


def test_the_default_consent_is_old_enough_to_be_no_fresh_proof() -> None:
    assert GIVEN.since is not None
    assert NOON - GIVEN.since > 45 * _DAY
