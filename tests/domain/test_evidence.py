"""Does evidence come to the right words, and is what denies itself told from what is merely missing?"""

from typing import Any

import pytest

from app.domain.evidence import ELEMENTS, NOTHING_SHOWN, denial, merge, missing, reduce_evidence
from app.domain.facts import ConsentBasis
from app.domain.message import Channel
from app.domain.opt_in import OptIn, problem_of
from app.domain.proof import BASES, EVIDENCE_NEEDED, EXPRESS
from tests.domain.given import NOON, at

_COMPLETE = (
    "By checking this box I agree to get recurring automated marketing texts from Blue Shop at this number. "
    "Consent is not a condition of purchase."
)
_FORM: dict[str, object] = {"wording": _COMPLETE, "url": "https://shop.example/join"}


def _lacking(method: str = "web_form", channel: Channel = Channel.SMS, **evidence: object) -> tuple[str, ...]:
    given = {**_FORM, **evidence} if method == "web_form" else evidence
    flags = reduce_evidence(ConsentBasis.EXPRESS_WRITTEN, method, given, channel=channel, sellers=("Blue Shop",))
    return missing(flags)


def test_a_complete_disclosure_lacks_nothing() -> None:
    assert _lacking() == ()


@pytest.mark.parametrize(
    ("wording", "lacking"),
    [
        (_COMPLETE.replace("Consent is not a condition of purchase.", ""), ("not_a_condition",)),
        (_COMPLETE.replace("automated ", ""), ("authorisation",)),
        (_COMPLETE.replace("marketing ", ""), ("authorisation",)),
        (_COMPLETE.replace("Blue Shop", "us"), ("seller",)),
        (_COMPLETE.replace("Blue Shop", "Bluer Shopping"), ("seller",)),
        ("Text me offers", ("authorisation", "seller", "not_a_condition")),
    ],
)
def test_what_a_disclosure_leaves_out_is_named(wording: str, lacking: tuple[str, ...]) -> None:
    assert _lacking(wording=wording) == lacking


@pytest.mark.parametrize(
    "said",
    [
        "Not a condition of purchase.",
        "Consent not required to buy goods or services.",
        "You don't have to agree to this in order to purchase anything.",
        "Agreement isn't a condition of any purchase.",
        "You are not required to sign this agreement as a condition of purchasing any property, goods, or services.",
        "Your purchase is not conditioned on consent.",
        "Consent is never necessary to make a purchase.",
    ],
)
def test_that_it_is_no_condition_may_be_said_in_many_ways(said: str) -> None:
    assert _lacking(wording=_COMPLETE.replace("Consent is not a condition of purchase.", said)) == ()


@pytest.mark.parametrize("said", ["Reply is not required.", "No spam.", "Consent is required to purchase.", "Not for resale."])
def test_other_sentences_do_not_say_it(said: str) -> None:
    assert _lacking(wording=_COMPLETE.replace("Consent is not a condition of purchase.", said)) == ("not_a_condition",)


def test_texts_and_calls_are_authorised_apart() -> None:
    assert _lacking(channel=Channel.VOICE) == ("authorisation",)
    assert _lacking(channel=Channel.VOICE, wording=_COMPLETE.replace("texts", "calls")) == ()


def test_a_field_says_it_outright_either_way() -> None:
    assert _lacking(wording="Text me offers", seller="Blue Shop", not_condition_of_purchase=True) == ("authorisation",)
    assert _lacking(not_condition_of_purchase=False) == ("not_a_condition",)
    assert _lacking(signed=False, seller=False) == ("signature", "seller")


def test_a_list_carries_no_signature() -> None:
    assert "signature" in _lacking("import", source="crm", wording=_COMPLETE)
    assert _lacking("import", source="crm", wording=_COMPLETE, signed=True) == ()
    assert "signature" in _lacking("voice", agent="Kim", wording=_COMPLETE)
    assert _lacking("voice", recording="call 9", wording=_COMPLETE) == ()


def test_a_keyword_shows_only_the_call_to_action_it_is_given_with() -> None:
    assert set(_lacking("keyword", message="JOIN")) == {"agreement", "authorisation", "seller", "not_a_condition"}
    assert _lacking("keyword", message="JOIN", wording=_COMPLETE) == ()


def _flags(basis: ConsentBasis, **evidence: object) -> set[str]:
    return set(reduce_evidence(basis, "record", {"reference": "1", **evidence}, channel=Channel.SMS, sellers=()))


def test_the_other_kinds_have_words_of_their_own() -> None:
    assert _flags(ConsentBasis.SOFT_OPT_IN) == {"no_notice"}
    assert _flags(ConsentBasis.SOFT_OPT_IN, could_object=True) == set()
    assert _flags(ConsentBasis.SOFT_OPT_IN, notice="You can say no", partner=True) == {"partner"}
    assert _flags(ConsentBasis.EXPRESS, night=True, charity="no", parental_consent="yes") == {"night", "parental"}


def test_a_disclosure_of_sms_alone_reaches_no_other_channel() -> None:
    only = _COMPLETE.replace("marketing texts", "marketing SMS")
    flags = reduce_evidence(
        ConsentBasis.EXPRESS_WRITTEN, "web_form", {**_FORM, "wording": only}, channel=Channel.SMS, sellers=("Blue Shop",)
    )
    assert flags == {"own_channel"}


def test_no_evidence_at_all_proves_what_was_recorded() -> None:
    assert reduce_evidence(ConsentBasis.EXPRESS_WRITTEN, "import", {}, channel=Channel.SMS, sellers=()) == frozenset()


def test_of_two_agreements_the_fuller_one_counts_and_what_either_allowed() -> None:
    assert merge(NOTHING_SHOWN, frozenset()) == frozenset()
    assert merge(frozenset({"lacks:seller"}), frozenset({"night"})) == {"night"}
    assert merge(frozenset({"partner"}), frozenset()) == frozenset()
    assert missing(merge(NOTHING_SHOWN, NOTHING_SHOWN)) == tuple(ELEMENTS)


@pytest.mark.parametrize(
    ("method", "evidence", "field"),
    [
        ("web_form", {"not_condition_of_purchase": False}, "not_condition_of_purchase"),
        ("web_form", {"wording": "Consent is required to purchase."}, "wording"),
        ("web_form", {"phone": "+1 415 555 0199"}, "phone"),
        ("voice", {"agent": "Kim", "wording": _COMPLETE}, "recording"),
    ],
)
def test_what_denies_written_consent_is_refused_with_its_field(method: str, evidence: dict[str, object], field: str) -> None:
    found = denial(method, {**_FORM, **evidence}, phone="+12125550142")
    assert found is not None
    assert found[0] == field
    item = _opt_in(method, {**_FORM, **evidence}, basis=ConsentBasis.EXPRESS_WRITTEN)
    problem = problem_of(item, now=NOON)
    assert problem is not None
    assert problem.pointer == f"/body/evidence/{field}"


def _opt_in(method: str, evidence: dict[str, object], **more: Any) -> OptIn:
    fields: dict[str, Any] = {"occurred_at": at("2026-11-20T12:00"), "channels": [Channel.SMS], "purpose": "marketing", **more}
    return OptIn(phone="+12125550142", method=method, evidence=evidence, **fields)


@pytest.mark.parametrize(
    ("item", "pointer"),
    [
        (_opt_in("web_form", _FORM, occurred_at=at("2026-11-24T12:00")), "/body/occurred_at"),
        (_opt_in("web_form", _FORM, expires_at=at("2026-11-20T12:00")), "/body/expires_at"),
        (_opt_in("web_form", {**_FORM, "prechecked": True}), "/body/evidence/prechecked"),
        (_opt_in("web_form", {**_FORM, "seen_at": "2026-12-01T00:00:00Z"}), "/body/evidence/seen_at"),
        (_opt_in("paper", {"document": "scan", "signed_at": "2026-11-21T12:00:00Z"}), "/body/occurred_at"),
        (_opt_in("keyword", {"message": "JOIN"}, basis=ConsentBasis.IMPLIED_PURCHASE), "/body/kind"),
        (_opt_in("record", {"reference": "1"}, basis=ConsentBasis.EXPRESS_WRITTEN), "/body/kind"),
    ],
)
def test_what_contradicts_itself_is_no_yes(item: OptIn, pointer: str) -> None:
    problem = problem_of(item, now=NOON)
    assert problem is not None
    assert problem.pointer == pointer


def test_every_method_comes_to_a_kind() -> None:
    assert BASES.keys() == EVIDENCE_NEEDED.keys()
    assert {method: str(bases[0]) for method, bases in BASES.items()} == {
        **dict.fromkeys(("web_form", "keyword", "double_opt_in", "paper", "point_of_sale"), "express_written"),
        "voice": "express_oral",
        "import": "express",
        "subscribe": "express",
        "record": "implied_purchase",
    }
    assert set(ConsentBasis) > EXPRESS
