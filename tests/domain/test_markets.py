"""Which markets are open, whose rules bind where, and what do the profiles, places, bans and own rows change?"""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from app.domain.decision import decide
from app.domain.facts import (
    ConsentBasis,
    ConsentFacts,
    ConsentState,
    Facts,
    Market,
    NumberFacts,
    Place,
    Technology,
)
from app.domain.hours import law_closures
from app.domain.lifting import consent_words
from app.domain.markets import market_fault
from app.domain.message import Channel, Purpose
from app.domain.number import number_facts
from app.domain.pairs import Message, binding_pairs, regions_of, zones_of
from app.domain.rulebook import load_rules
from tests.domain.given import GIVEN, NOON, at, before, make_facts

_RULES = [rule for rule in load_rules() if rule.code.startswith(("time.", "region.", "number.", "cap."))]
_STRICT, _STATUTORY = Market(), Market(profile="statutory")
_SMS, _VOICE = Channel.SMS, Channel.VOICE


def _answer(facts: Facts) -> tuple[str, datetime | None, list[str]]:
    decision = decide(facts, _RULES)
    return decision.verdict, decision.until, [reason.rule for reason in decision.reasons]


# A region, a channel, what the workspace chose, and whether the market is open.
_MARKETS: list[tuple[str, Channel, dict[str, Any], bool]] = [
    ("US", _SMS, {}, True),
    ("US-AL", _SMS, {}, True),
    ("PR", _VOICE, {}, True),
    ("GB", _VOICE, {}, True),
    ("AE", _VOICE, {}, True),
    ("AE", _SMS, {}, False),
    ("AE", _SMS, {"enabled": frozenset({"AE"})}, True),
    ("SA", _SMS, {}, False),
    ("SA", _SMS, {"enabled": frozenset({"SA"})}, True),
    ("NL", _SMS, {}, True),
    ("NL", _VOICE, {}, False),
    ("PL", _SMS, {}, False),
    ("BR", _SMS, {}, False),
    ("IM", _SMS, {}, False),
    ("IM", _SMS, {"enabled": frozenset({"IM"})}, True),
    ("NP", _SMS, {}, False),
    ("NP", _SMS, {"enabled": frozenset({"NP"})}, True),
    ("", _SMS, {}, False),
    ("", _SMS, {"enabled": frozenset({""})}, False),
    ("GB", _SMS, {"only": frozenset({"GB"})}, True),
    ("IM", _SMS, {"only": frozenset({"GB"})}, False),
    ("US-FL", _SMS, {"only": frozenset({"US"})}, True),
    ("US-FL", _SMS, {"only": frozenset({"US-FL"})}, True),
    ("US-GA", _SMS, {"only": frozenset({"US-FL"})}, False),
    ("PR", _SMS, {"only": frozenset({"US"})}, True),
    ("US", _SMS, {"only": frozenset({"PR"})}, False),
    ("US", _SMS, {"only": frozenset()}, False),
    ("SA", _SMS, {"only": frozenset({"SA"})}, False),
    ("SA", _SMS, {"only": frozenset({"GB"}), "enabled": frozenset({"SA"})}, False),
]


@pytest.mark.parametrize(("region", "channel", "chosen", "is_so"), _MARKETS)
@pytest.mark.parametrize("profile", ["strict", "statutory"])
def test_a_market_is_open_when_its_rules_are_known_or_it_is_switched_on(
    region: str, channel: Channel, chosen: dict[str, Any], is_so: bool, profile: str
) -> None:
    assert (market_fault(region, channel, Market(profile=profile, **chosen)) is None) is is_so


def test_a_closed_market_is_told_once_and_for_good() -> None:
    assert _answer(make_facts(phone="+966512345678")) == ("never", None, ["region.not_enabled"])
    assert _answer(make_facts(phone="+966512345678", purpose=Purpose.TRANSACTIONAL))[0] == "allow"
    on = Market(enabled=frozenset({"SA"}))
    assert _answer(make_facts(at("2026-11-23T17:00"), phone="+966512345678", market=on)) == (
        "wait",
        at("2026-11-24T06:00"),
        ["time.quiet.sa.sms"],
    )


_NEPAL = Place("NP", ("Asia/Kathmandu",), "declared", "country NP")
_LOUISIANA = Place("US-LA", ("America/Chicago",), "declared", "postal code 70112")
_HAWAII = Place("US-HI", ("Pacific/Honolulu",), "verified", "an address")
_TOKYO = Place("", ("Asia/Tokyo",), "declared", "time zone")


def test_a_place_in_a_closed_market_closes_the_message() -> None:
    assert _answer(make_facts(places=(_NEPAL,)))[2] == ["region.not_enabled"]
    assert _answer(make_facts(places=(_NEPAL,), market=Market(enabled=frozenset({"NP"}))))[2] != ["region.not_enabled"]


def test_the_rules_of_every_place_bind() -> None:
    sunday = at("2026-11-22T18:00")
    assert _answer(make_facts(sunday))[0] == "allow"
    assert _answer(make_facts(sunday, places=(_LOUISIANA,))) == ("wait", at("2026-11-23T14:00"), ["time.sunday.us.la"])
    at_home = make_facts(sunday, phone="+15045550100", places=(Place("US-NY", ("America/New_York",), "verified", ""),))
    for market in (_STRICT, _STATUTORY):
        assert "time.sunday.us.la" in _answer(replace(at_home, market=market))[2], "no place takes the area code's rules away"


_NEW_YORK = number_facts("+12125550100")
_BARE = Message(_SMS, "text", frozenset())


@pytest.mark.parametrize(
    ("number", "places", "strict", "statutory"),
    [
        ("+12125550100", (), ["New_York: us.federal"], ["New_York: us.federal"]),
        (
            "+12125550100",
            (_LOUISIANA,),
            ["New_York: us.federal", "Chicago: us.federal us.la"],
            ["New_York: us.federal", "Chicago: us.federal us.la"],
        ),
        (
            "+13055550100",
            (_HAWAII,),
            ["New_York: us.federal us.fl", "Honolulu: us.federal"],
            ["Honolulu: us.federal us.fl", "Honolulu: us.federal"],
        ),
        (
            "+13055550100",
            (_HAWAII, _LOUISIANA),
            ["New_York: us.federal us.fl", "Honolulu: us.federal", "Chicago: us.federal us.la"],
            ["Honolulu: us.federal us.fl", "Honolulu: us.federal", "Honolulu: us.federal us.la"],
        ),
        (
            "+13055550100",
            (_TOKYO,),
            ["New_York: us.federal us.fl", "Tokyo: us.federal us.fl"],
            ["New_York: us.federal us.fl", "Tokyo: us.federal us.fl"],
        ),
        (
            "+13055550100",
            (Place("US-LA", ()),),
            ["New_York: us.federal us.fl", "New_York: us.federal us.la"],
            ["New_York: us.federal us.fl", "New_York: us.federal us.la"],
        ),
        (
            "+19155550100",
            (),
            ["Denver: us.federal us.tx.text", "Chicago: us.tx.text"],
            ["Denver: us.federal us.tx.text"],
        ),
        ("+12055550100", (), ["Chicago: us.federal us.al"], ["Chicago: us.federal"]),
        (
            "+33612345678",
            (Place("FR-57", ("Europe/Paris",)),),
            ["Paris: fr.text", "Paris: fr.text fr.alsace_moselle.57.text"],
            None,
        ),
    ],
)
def test_hours_are_kept_by_pairs_of_zone_and_region(
    number: str, places: tuple[Place, ...], strict: list[str], statutory: list[str] | None
) -> None:
    for market, expected in ((_STRICT, strict), (_STATUTORY, strict if statutory is None else statutory)):
        pairs = binding_pairs(number_facts(number), places, market, _BARE)
        assert [f"{pair.zone.rpartition('/')[2]}: {' '.join(row.id for row in pair.rows)}" for pair in pairs] == expected


@pytest.mark.parametrize(
    ("profile", "enabled", "ids"),
    [
        ("strict", frozenset(), ["us.federal", "us.al"]),
        ("statutory", frozenset(), ["us.federal"]),
        ("statutory", frozenset({"US"}), ["us.federal"]),
        ("statutory", frozenset({"US-AL"}), ["us.federal", "us.al"]),
    ],
)
def test_a_states_unchecked_row_binds_in_the_statutory_profile_once_it_is_switched_on(
    profile: str, enabled: frozenset[str], ids: list[str]
) -> None:
    (pair,) = binding_pairs(number_facts("+12055550100"), (), Market(profile=profile, enabled=enabled), _BARE)
    assert [row.id for row in pair.rows] == ids


def test_where_no_zone_is_known_there_is_no_pair() -> None:
    nowhere = NumberFacts("+12125550100", "US", _NEW_YORK.kind, ())
    assert binding_pairs(nowhere, (), _STRICT, _BARE) == ()
    assert binding_pairs(nowhere, (_HAWAII,), _STRICT, _BARE) == ()
    assert [pair.zone for pair in binding_pairs(nowhere, (_HAWAII,), _STATUTORY, _BARE)] == ["Pacific/Honolulu"] * 2
    assert regions_of(nowhere, (_HAWAII, _TOKYO)) == ("US", "US-HI")
    assert zones_of(_NEW_YORK, (_HAWAII, _TOKYO), _STRICT) == ("America/New_York", "Pacific/Honolulu", "Asia/Tokyo")
    assert zones_of(_NEW_YORK, (_HAWAII, _TOKYO), _STATUTORY) == ("Pacific/Honolulu",)


def test_a_verified_place_narrows_the_zones_in_the_statutory_profile_only() -> None:
    evening = make_facts(at("2026-11-24T02:30"), phone="+13055550100", places=(_HAWAII,))
    assert _answer(evening)[0] == "wait"
    assert _answer(replace(evening, market=_STATUTORY))[0] == "allow"
    declared = replace(evening, places=(replace(_HAWAII, strength="declared"),), market=_STATUTORY)
    assert _answer(declared)[0] == "wait"


# What lifts whose hours: the number, a basis or flag, how long ago, a local night or Sunday in UTC, and in which profiles.
_SUNDAY, _NIGHT = "2026-11-22T19:00", "2026-11-24T04:30"
_LIFTS: list[tuple[str, str, Channel, ConsentFacts, str, bool, bool]] = [
    ("Utah, written", "+18015550100", _SMS, GIVEN, _SUNDAY, True, True),
    ("Utah, oral", "+18015550100", _SMS, replace(GIVEN, basis=ConsentBasis.EXPRESS_ORAL), _SUNDAY, True, True),
    ("Utah, a purchase", "+18015550100", _SMS, replace(GIVEN, basis=ConsentBasis.IMPLIED_PURCHASE), _SUNDAY, False, False),
    ("Utah, at night", "+18015550100", _SMS, GIVEN, _NIGHT, False, True),
    ("New York at night", "+12125550100", _SMS, GIVEN, _NIGHT, False, True),
    ("New York, a purchase", "+12125550100", _SMS, replace(GIVEN, basis=ConsentBasis.IMPLIED_PURCHASE), _NIGHT, False, True),
    ("New York, a soft opt-in", "+12125550100", _SMS, replace(GIVEN, basis=ConsentBasis.SOFT_OPT_IN), _NIGHT, False, False),
    ("Virginia", "+17035550100", _SMS, GIVEN, _NIGHT, False, True),
    ("Texas", "+15125550100", _SMS, GIVEN, _NIGHT, False, True),
    ("Rhode Island on Sunday", "+14015550100", _SMS, GIVEN, _SUNDAY, False, True),
    ("Washington", "+12065550100", _SMS, GIVEN, "2026-11-24T05:30", False, True),
    ("Florida binds all", "+13055550100", _SMS, GIVEN, _NIGHT, False, False),
    ("Louisiana binds all", "+15045550100", _SMS, GIVEN, _SUNDAY, False, False),
    ("Mississippi, consent alone", "+16015550100", _SMS, GIVEN, _SUNDAY, False, False),
    ("Mississippi, a purchase", "+16015550100", _SMS, replace(GIVEN, basis=ConsentBasis.IMPLIED_PURCHASE), _SUNDAY, False, True),
    ("South Africa on Sunday", "+27821234567", _SMS, GIVEN, "2026-11-22T10:00", False, True),
    ("South Africa, oral", "+27821234567", _SMS, replace(GIVEN, basis=ConsentBasis.EXPRESS), "2026-11-22T10:00", False, False),
    ("Korea", "+821012345678", _SMS, GIVEN, "2026-11-23T13:00", False, False),
    ("Korea, night", "+821012345678", _SMS, replace(GIVEN, flags=frozenset({"night"})), "2026-11-23T13:00", True, True),
    (
        "Australia, agreed to be called",
        "+61312345678",
        _VOICE,
        replace(GIVEN, flags=frozenset({"night"})),
        "2026-11-22T01:00",
        True,
        True,
    ),
    ("Australia", "+61312345678", _VOICE, GIVEN, "2026-11-22T01:00", False, False),
    ("France keeps its hours", "+33123456789", _VOICE, GIVEN, _SUNDAY, False, False),
]


@pytest.mark.parametrize(
    ("what", "phone", "channel", "consent", "now", "strict", "statutory"), _LIFTS, ids=[row[0] for row in _LIFTS]
)
def test_what_they_agreed_to_lifts_hours_where_the_law_says_so(
    what: str, phone: str, channel: Channel, consent: ConsentFacts, now: str, strict: bool, statutory: bool
) -> None:
    for market, lifted in ((_STRICT, strict), (_STATUTORY, statutory)):
        facts = make_facts(
            at(now),
            phone=phone,
            channel=channel,
            consent=consent,
            market=market,
            technology=Technology.LIVE if channel is _VOICE else Technology.TEXT,
        )
        assert (law_closures(facts, facts.now) == ()) is lifted, (what, market.profile)


@pytest.mark.parametrize(
    ("consent", "words"),
    [
        (GIVEN, {"express_written"}),
        (replace(GIVEN, flags=frozenset({"night"})), {"express_written", "night"}),
        (replace(GIVEN, expires_at=NOON), set()),
        (replace(GIVEN, state=ConsentState.PENDING), set()),
        (replace(GIVEN, brand="acme"), {"express_written"}),
        (replace(GIVEN, brand="other"), set()),
        (replace(GIVEN, topic="news"), {"express_written"}),
        (replace(GIVEN, topic="other"), set()),
        (
            replace(GIVEN, basis=ConsentBasis.IMPLIED_PURCHASE, since=before(NOON, days=364)),
            {"implied_purchase", "purchase_12m", "purchase_18m"},
        ),
        (replace(GIVEN, basis=ConsentBasis.IMPLIED_PURCHASE, since=at("2025-11-23T17:00")), {"implied_purchase", "purchase_18m"}),
        (replace(GIVEN, basis=ConsentBasis.IMPLIED_PURCHASE, since=at("2025-05-23T17:00")), {"implied_purchase"}),
        (replace(GIVEN, basis=ConsentBasis.IMPLIED_INQUIRY), {"implied_inquiry"}),
    ],
)
def test_a_consent_is_told_in_words(consent: ConsentFacts, words: set[str]) -> None:
    assert consent_words(make_facts(consent=consent, brand="acme", topic="news")) == words
