"""Does every worked case come out through the whole rule book, asked with a real number as a workspace would ask?"""

from datetime import datetime
from typing import Any

import pytest

from app.domain.decision import decide
from app.domain.facts import NO_CONSENT, Ban, Cap, ConsentBasis, ConsentFacts, ConsentState, Facts, Market, Place, SenderFacts
from app.domain.message import Channel
from app.domain.rulebook import load_rules
from tests.domain.given import at, make_facts
from tests.domain.worked_cases import COMPUTED

_RULES = load_rules()
_VOICE: dict[str, Any] = {"channel": Channel.VOICE}


def _sent(*instants: str) -> dict[str, Any]:
    return {"sends": tuple(at(instant) for instant in instants)}


_LOS_ANGELES = Place("US-CA", ("America/Los_Angeles",), "verified", "an address")
_MOSELLE = Place("FR-57", ("Europe/Paris",), "declared", "postal code 57000")

# How each computed case is asked: the number, and what else is known.
_ASKED: dict[str, tuple[str, dict[str, Any]]] = {
    "D01": ("+12125550100", {}),
    "D03": ("+12125550100", {}),
    "D05": ("+12125550100", {}),
    "D07": ("+13055550100", {}),
    "D09": ("+18505550100", {}),
    "D11": ("+12125550100", {"places": (_LOS_ANGELES,)}),
    "D13": ("+15125550100", {}),
    "D15": ("+15125550100", {}),
    "D17": ("+15045550100", {}),
    "D19": ("+12055550100", {}),
    "D21": ("+18015550100", {}),
    "D23": ("+14015550100", {}),
    "D25": ("+14015550100", {}),
    "D27": ("+16015550100", {}),
    "D29": ("+15415550100", {}),
    "D31": ("+16715550100", {}),
    "D33": ("+19285550100", {}),
    "D35": ("+12125550100", {}),
    "D37": ("+12125550100", {}),
    "D39": ("+16045550100", _VOICE),
    "D41": ("+12045550100", _VOICE),
    "D43": ("+17095550100", _VOICE),
    "D45": ("+33612345678", {}),
    "D47": ("+33612345678", {"places": (_MOSELLE,)}),
    "D49": ("+33123456789", _VOICE),
    "D51": ("+34612345678", _VOICE),
    "D53": ("+447400123456", {}),
    "D55": ("+27821234567", {}),
    "D57": ("+61412345678", _VOICE),
    "D59": ("+821012345678", {}),
    "D61": ("+971501234567", _VOICE),
    "D63": ("+13055550100", _sent("2026-11-23T15:00", "2026-11-23T17:00", "2026-11-23T19:00")),
    "D65": ("+13055550100", _sent("2026-10-31T23:30", "2026-10-31T23:40", "2026-10-31T23:50")),
    "D67": ("+14105550100", _sent("2026-11-23T13:00", "2026-11-23T14:00", "2026-11-23T15:00")),
    "D69": ("+84912345678", _sent("2026-11-23T00:10", "2026-11-23T03:00", "2026-11-23T06:00")),
}


def _answer(facts: Facts) -> tuple[str, datetime | None, list[str]]:
    decision = decide(facts, _RULES)
    return decision.verdict, decision.until, [reason.rule for reason in decision.reasons]


@pytest.mark.parametrize("case", COMPUTED, ids=lambda case: case["id"])
def test_a_computed_case_comes_out_of_the_whole_rule_book(case: dict[str, Any]) -> None:
    phone, known = _ASKED[case["id"]]
    verdict, until, codes = _answer(make_facts(datetime.fromisoformat(case["now"]), phone=phone, **known))
    assert verdict == {"allow": "allow", "defer": "wait"}[case["result"]]
    assert until == (datetime.fromisoformat(case["until"]) if "until" in case else None)
    assert codes == case["rules"]


def test_every_computed_case_is_asked() -> None:
    assert [case["id"] for case in COMPUTED] == list(_ASKED)


_NIGHT = ConsentFacts(ConsentState.GIVEN, at("2026-01-01T00:00"), flags=frozenset({"night"}))
_STATE_OF_EMERGENCY = Market(bans=(Ban("US-LA", at("2026-08-29T12:00"), None, "the commission reports to the emergency centre"),))
_SANTIAGO = Market(enabled=frozenset({"CL"}))

# The worked cases told in words that are about hours, markets, numbers and caps.
_TOLD: list[tuple[str, Facts, str, str | None, list[str]]] = [
    (
        "P081 France, refused on a call",
        make_facts(at("2026-11-23T10:30"), phone="+33123456789", refusals=(at("2026-11-03T10:00"),), **_VOICE),
        "wait",
        "2027-01-04T09:00",
        ["cap.fr.voice.refusal_60d", "time.weekend.fr.voice"],
    ),
    (
        "P089 Korea at night with night consent",
        make_facts(at("2026-11-23T13:00"), phone="+821012345678", consent=_NIGHT),
        "allow",
        None,
        [],
    ),
    (
        "P105 the Isle of Man is not Britain",
        make_facts(at("2026-11-23T12:00"), phone="+447624300000", market=Market(only=frozenset({"GB"}))),
        "never",
        None,
        ["region.not_enabled"],
    ),
    (
        "P119 the queue would carry it past nine",
        make_facts(at("2026-11-24T01:58"), sender=SenderFacts(queue_wait=at("2026-11-24T02:03") - at("2026-11-24T01:58"))),
        "wait",
        "2026-11-24T13:00",
        ["time.queue_guard"],
    ),
    (
        "P121 Louisiana in an emergency, though they agreed",
        make_facts(at("2026-09-01T17:00"), phone="+15045550100", market=_STATE_OF_EMERGENCY),
        "never",
        None,
        ["time.emergency_ban.us.la"],
    ),
    (
        "P123 a day of a cap begins at one where clocks skip midnight",
        make_facts(
            at("2026-09-06T03:30"),
            phone="+56961234567",
            market=_SANTIAGO,
            caps=(Cap(1, at("2026-09-02T00:00") - at("2026-09-01T00:00"), zone="America/Santiago"),),
            **_sent("2026-09-06T03:10"),
        ),
        "wait",
        "2026-09-07T12:00",
        ["cap.tenant_daily", "time.policy.other"],
    ),
]


@pytest.mark.parametrize(("case", "facts", "verdict", "until", "codes"), _TOLD, ids=[row[0] for row in _TOLD])
def test_a_case_told_in_words_comes_out_as_told(
    case: str, facts: Facts, verdict: str, until: str | None, codes: list[str]
) -> None:
    assert _answer(facts) == (verdict, at(until) if until else None, codes), case


def test_utah_without_express_consent_is_closed_on_sundays() -> None:
    sunday = at("2026-11-22T19:00")
    bought = ConsentFacts(ConsentState.GIVEN, at("2026-11-01T00:00"), basis=ConsentBasis.IMPLIED_PURCHASE)
    for consent in (bought, NO_CONSENT):
        _, _, codes = _answer(make_facts(sunday, phone="+18015550100", consent=consent))
        assert "time.sunday.us.ut" in codes
