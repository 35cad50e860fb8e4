"""May this text go there? The shared cases on content, senders and calls by name, and their neighbours, through `decide`."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from app.domain.book import INSTALLED
from app.domain.content import read_content
from app.domain.content_needs import regions_around
from app.domain.content_rows import AGES, NEEDS, PROHIBITED, NeedRow
from app.domain.decision import Decision, Verdict, decide
from app.domain.facts import STRICT, ContentFacts, Facts, Ground, Place, SenderFacts, Technology
from app.domain.message import Channel, Purpose
from app.domain.pack_checks import check_content
from app.domain.row_checks import BadRow
from app.domain.rulebook import load_rules
from app.domain.windows import TEXT
from tests.domain.given import NOON, at, make_facts

_RULES = tuple(rule for rule in load_rules() if rule.code.partition(".")[0] in {"content", "sender", "voice"})
_CA, _FR, _KR, _GB, _DE = "+14165550100", "+33612345678", "+821012345678", "+447911123456", "+4915112345678"
_STATUTORY = replace(STRICT, profile="statutory")
_TRANSACTIONAL: Mapping[str, Any] = {"purpose": Purpose.TRANSACTIONAL}
_RECORDED: Mapping[str, Any] = {"channel": Channel.VOICE, "technology": Technology.RECORDED}
_ALCOHOL = ContentFacts(categories=frozenset({"alcohol"}))
_ADULTS_ONLY = SenderFacts(kind="short_code", age_gated=frozenset({"alcohol"}))
_PITCH = "Acme: 20% off until Sunday."


def _read(text: str, phone: str = "+12125550100", **other: Any) -> Facts:
    """Facts with a text read for the number's own region, sent for Acme."""
    facts = make_facts(phone=phone, **other)
    regions = regions_around(facts.number.region)
    script = text if facts.channel is Channel.VOICE else None
    return replace(facts, content=read_content(text, brand="Acme", region=regions[0] if regions else "", script=script))


def _asked(facts: Facts) -> Decision:
    return decide(facts, _RULES)


def _codes(facts: Facts) -> set[str]:
    return {reason.rule for reason in _asked(facts).reasons}


_NAMED: Mapping[str, tuple[Facts, set[str]]] = {
    "P029 a confirmation that sells": (
        _read("Acme: You are out. Before you go: 20% off!", reply_to="STOP", **_TRANSACTIONAL),
        {"content.confirmation_marketing"},
    ),
    "P027 a plain confirmation": (
        _read("Acme: You are unsubscribed and will get no more messages.", reply_to="STOP", **_TRANSACTIONAL),
        set(),
    ),
    "P055 a recording without a way out in two seconds": (
        _read("This is Acme with a long story about our big sale of autumn boots. Press 9 to stop.", **_RECORDED),
        {"content.voice_optout_missing"},
    ),
    "P055 by an artificial voice": (
        _read("This is Acme. Our sale begins.", channel=Channel.VOICE, technology=Technology.AI_VOICE),
        {"content.voice_optout_missing"},
    ),
    "P055, one that has it": (_read("This is Acme. Press 9 to stop these calls. Our sale begins.", **_RECORDED), set()),
    "P055, a live call": (_read("Our sale begins.", channel=Channel.VOICE, technology=Technology.LIVE), set()),
    "P055, who calls comes last": (
        _read("Hello! Press 9 to stop these calls.", **_RECORDED),
        {"content.voice_identity_missing"},
    ),
    "P055, a reminder need not offer it but says who calls": (
        _read("Your appointment is tomorrow.", **_RECORDED, **_TRANSACTIONAL),
        {"content.voice_identity_missing"},
    ),
    "P055, a machine gets no toll-free number": (
        _read("This is Acme. Press 9 to opt out.\n[voicemail]\nAcme, we will call again.", **_RECORDED),
        {"content.voicemail_number_missing"},
    ),
    "a name as a sender, where networks take none": (
        make_facts(sender=SenderFacts(kind="alphanumeric")),
        {"sender.name_not_taken"},
    ),
    "P055 a carrier that hears no keys": (
        _read("This is Acme. Press 9 to stop these calls. Our sale begins.", sender=SenderFacts(keyless=True), **_RECORDED),
        {"voice.no_key_opt_out"},
    ),
    "P055 a carrier that hears no keys, for a reminder": (
        _read("This is Acme. Your appointment is tomorrow.", sender=SenderFacts(keyless=True), **_RECORDED, **_TRANSACTIONAL),
        set(),
    ),
    "P057 3.1% abandoned": (
        make_facts(channel=Channel.VOICE, technology=Technology.LIVE, sender=SenderFacts(abandoned=0.031)),
        {"voice.abandonment_rate"},
    ),
    "P057, just three": (
        make_facts(channel=Channel.VOICE, technology=Technology.LIVE, sender=SenderFacts(abandoned=0.03)),
        set(),
    ),
    "P065 nobody signs": (_read("20% off until Sunday. Reply STOP to end", _CA), {"content.identification_missing"}),
    "P065, by a link": (_read(f"{_PITCH} acme.example/us Reply STOP to end", _CA), set()),
    "P065, no way out": (_read(f"{_PITCH} acme.example/us", _CA), {"content.opt_out_missing"}),
    "P067 a receipt with both": (_read("Acme: your receipt acme.example/r STOP to end", _CA, **_TRANSACTIONAL), set()),
    "P067, a receipt without": (
        _read("Your receipt", _CA, **_TRANSACTIONAL),
        {"content.identification_missing", "content.opt_out_missing"},
    ),
    "P067, a code they asked for": (
        _read("Your code is 123456", _CA, ground=Ground.USER_INITIATED, **_TRANSACTIONAL),
        set(),
    ),
    "P107 T-Mobile's day is full": (
        make_facts(sender=SenderFacts(capped_until=NOON + timedelta(hours=9), capped_by="tmobile")),
        {"sender.tmobile_daily_cap"},
    ),
    "P107, the next day": (make_facts(sender=SenderFacts(capped_until=NOON, capped_by="tmobile")), set()),
    "P109 1.4 MB from a long code to AT&T": (
        make_facts(channel=Channel.MMS, content=ContentFacts(media_bytes=1_400_000, carrier_limit=1_000_000)),
        {"content.mms_too_large"},
    ),
    "P109, made smaller": (
        make_facts(channel=Channel.MMS, content=ContentFacts(media_bytes=1_000_000, carrier_limit=1_000_000)),
        set(),
    ),
    "P109, a toll-free sender, whoever the carrier": (
        make_facts(channel=Channel.MMS, content=ContentFacts(media_bytes=600_001), sender=SenderFacts(kind="toll_free")),
        {"content.mms_too_large"},
    ),
    "P111 alcohol, nobody knows the age": (make_facts(content=_ALCOHOL), {"content.age_gate_missing"}),
    "P111, only a birth date was typed": (
        make_facts(content=_ALCOHOL, birth_date=date(1980, 1, 1)),
        {"content.age_gate_missing"},
    ),
    "P111, the same where the statute is all": (
        make_facts(content=_ALCOHOL, birth_date=date(1980, 1, 1), market=_STATUTORY),
        set(),
    ),
    "P111, verified and grown up": (
        make_facts(content=_ALCOHOL, birth_date=date(1980, 1, 1), age_verified=True, sender=_ADULTS_ONLY),
        set(),
    ),
    "P111, verified and twenty": (
        make_facts(content=_ALCOHOL, birth_date=date(2006, 11, 1), age_verified=True),
        {"content.age_gate_missing"},
    ),
    "P111, twenty-one only tomorrow": (
        make_facts(content=_ALCOHOL, birth_date=date(2005, 11, 24), age_verified=True),
        {"content.age_gate_missing"},
    ),
    "P111, eighteen is enough in Germany": (
        make_facts(phone=_DE, content=_ALCOHOL, birth_date=date(2008, 11, 1), age_verified=True),
        set(),
    ),
    "P111, but not for one who may be in New York": (
        make_facts(
            phone=_DE,
            content=_ALCOHOL,
            birth_date=date(2008, 11, 1),
            age_verified=True,
            places=(Place("US-NY", ("America/New_York",)),),
        ),
        {"content.age_gate_missing"},
    ),
    "P111, a sender that is not registered for it": (
        make_facts(content=_ALCOHOL, birth_date=date(1980, 1, 1), age_verified=True, sender=SenderFacts(kind="short_code")),
        {"content.age_gate_missing"},
    ),
    "P113 a public shortener": (_read("Acme: 20% off bit.ly/x Reply STOP to end"), {"content.public_url_shortener"}),
    "P113, in a receipt": (_read("Your receipt: tinyurl.com/x", **_TRANSACTIONAL), {"content.public_url_shortener"}),
    "P113, in a British receipt": (_read("Your receipt: tinyurl.com/x", _GB, **_TRANSACTIONAL), set()),
    "P113, a branded domain": (_read("Acme: 20% off go.acme.example/x Reply STOP to end"), set()),
    "P003 an order shipped": (_read("Acme: your order has shipped.", **_TRANSACTIONAL), set()),
    "P003, and sells": (
        _read("Your order has shipped. Get 10% off your next order", **_TRANSACTIONAL),
        {"content.marketing_in_transactional"},
    ),
    "P003, and sells, where the statute is all": (
        _read("Your order has shipped. Get 10% off your next order", market=_STATUTORY, **_TRANSACTIONAL),
        set(),
    ),
    "P115 an emergency that sells": (
        _read("Flood warning. Shop now", ground=Ground.EMERGENCY, **_TRANSACTIONAL),
        {"content.marketing_in_transactional"},
    ),
    "cannabis in the US": (
        _read("Acme: our CBD gummies are back. Reply STOP to end"),
        {"content.prohibited_category", "content.age_gate_missing"},
    ),
    "debt relief to Canada": (
        _read("Acme: debt relief that works acme.example/us STOP to end", _CA),
        {"content.prohibited_category"},
    ),
    "a casino in Britain needs adults": (_read("Acme casino tonight. STOP to end", _GB), {"content.age_gate_missing"}),
    "renovation in France": (
        _read("Acme: votre pompe à chaleur à 1 euro. STOP au 36180", _FR),
        {"content.prohibited_category"},
    ),
    "France without STOP": (_read("Acme : soldes -30%", _FR), {"content.opt_out_missing"}),
    "France without a name": (_read("Soldes -30%. STOP au 36180", _FR), {"content.identification_missing"}),
    "Korea without its label": (_read("Acme 할인. 무료수신거부 080-111-2222", _KR), {"content.ad_label_missing"}),
    "Korea as it must be": (_read("(광고) Acme 할인. 무료수신거부 080-111-2222", _KR), set()),
    "the US only advises": (_read("20% off until Sunday"), set()),
    "the US, where the workspace asks for it": (
        _read("20% off until Sunday", market=replace(STRICT, require_advised=True)),
        {"content.identification_missing", "content.opt_out_missing"},
    ),
    "an unregistered long code": (
        make_facts(sender=SenderFacts(kind="long_code", problem="unregistered_10dlc")),
        {"sender.unregistered_10dlc"},
    ),
    "an unregistered long code to Germany": (
        make_facts(phone=_DE, sender=SenderFacts(kind="long_code", problem="unregistered_10dlc")),
        set(),
    ),
    "an unverified toll-free number": (
        make_facts(sender=SenderFacts(kind="toll_free", problem="unverified_toll_free"), **_TRANSACTIONAL),
        {"sender.unverified_toll_free"},
    ),
}


@pytest.mark.parametrize("name", _NAMED)
def test_case(name: str) -> None:
    facts, codes = _NAMED[name]
    assert _codes(facts) == codes


def test_a_full_day_waits_for_the_next_one() -> None:
    until = at("2026-11-24T08:00")
    found = _asked(make_facts(sender=SenderFacts(capped_until=until, capped_by="tmobile")))
    assert (found.verdict, found.until) == (Verdict.WAIT, until)


def test_nothing_is_asked_of_a_text_nobody_has_read() -> None:
    for phone in (_CA, _FR, _KR, _GB, "+12125550100"):
        for purpose in Purpose:
            assert not _codes(make_facts(phone=phone, purpose=purpose))


def test_a_text_has_to_do_for_every_region_the_person_may_be_in() -> None:
    canadian = Place("CA-BC", ("America/Vancouver",))
    content = read_content(f"{_PITCH} Reply STOP to end", brand="Acme", region="CA")
    assert _codes(make_facts(places=(canadian,), content=content)) == {"content.identification_missing"}


def test_a_leap_day_is_a_birthday_on_the_first_of_march() -> None:
    born: dict[str, Any] = {"content": _ALCOHOL, "birth_date": date(2004, 2, 29), "age_verified": True, "sender": _ADULTS_ONLY}
    assert _codes(make_facts(at("2025-02-28T20:00"), **born))
    assert not _codes(make_facts(at("2025-03-01T20:00"), **born))


def test_every_row_says_where_it_comes_from() -> None:
    for row in (*NEEDS, *PROHIBITED, *AGES):
        assert row.source and row.channels and row.purposes
        assert row.confidence in {"certain", "likely", "verify"}


def test_rows_hold_on_their_own_days_only() -> None:
    renovation = _read("Acme: votre pompe à chaleur. STOP au 36180", _FR)
    assert not _codes(replace(renovation, now=at("2025-06-30T12:00")))
    assert _codes(replace(renovation, now=at("2025-07-01T12:00")))


def test_a_region_is_inside_its_country() -> None:
    assert {
        row.region for row in INSTALLED.needed(("FR", "FR-57"), Channel.SMS, Purpose.MARKETING, Technology.TEXT, date(2026, 1, 1))
    } == {"FR"}
    assert regions_around("US", "FL", ["US-CA", "FR"]) == ("FR", "US", "US-CA", "US-FL")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"valid_from": date(2026, 1, 1), "valid_to": date(2026, 1, 1)}, None),
        ({}, {"valid_from": date(2026, 1, 1)}),
        ({"valid_to": date(2026, 2, 1)}, {"valid_from": date(2026, 1, 31)}),
    ],
)
def test_rows_that_end_too_soon_or_overlap_are_refused_by_name(first: dict[str, Any], second: dict[str, Any] | None) -> None:
    def row(**dates: Any) -> NeedRow:
        return NeedRow(
            region="NO", channels=TEXT, purposes=frozenset(Purpose), element="opt_out", source="x", confidence="verify", **dates
        )

    with pytest.raises(BadRow, match=r"content\.no\.opt_out"):
        check_content([row(**dates) for dates in (first, second) if dates is not None])
    check_content([row(valid_to=date(2026, 2, 1)), row(valid_from=date(2026, 2, 1))])
