"""What is added to a text that lacks what the law wants in it, and what is never made up?"""

from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.domain.content import AD_LABEL, IDENTIFICATION, OPT_OUT_ELEMENT, read_content
from app.domain.content_rows import NEEDS
from app.domain.parts import count_parts
from app.domain.registration import day_is_full, sender_facts, wording_of
from app.domain.template import LONGEST_OUTPUT
from app.domain.wording import AS_WRITTEN, Wording, complete

_ACME = Wording(brand="Acme", identification="acme.example/us")
_ALL = frozenset({IDENTIFICATION, OPT_OUT_ELEMENT, AD_LABEL})
_REGIONS = sorted({row.region for row in NEEDS} | {"MX", "BR", "RU", "XX"})
_SAID = some.sampled_from(
    ["20% off until Sunday", "Acme: soldes -30%", "[QC] Giảm giá", "(광고) 할인", "STOP scrolling!", "Reply STOP to end", "?"]
)


def _completed(text: str, region: str, *, locale: str | None = None, wording: Wording = _ACME) -> str:
    return complete(text, needs=_ALL, regions=(region,), locale=locale, wording=wording)


@pytest.mark.parametrize(
    ("region", "locale", "completed"),
    [
        ("FR", None, "Acme: 20% off. acme.example/us. Repondez STOP pour ne plus recevoir"),
        ("FR", "en-GB", "Acme: 20% off. acme.example/us. Reply STOP to opt out"),
        ("CA", "fr-CA", "Acme: 20% off. acme.example/us. Repondez STOP pour ne plus recevoir"),
        ("SG", "en", "<ADV> Acme: 20% off. acme.example/us. Reply STOP to opt out"),
    ],
)
def test_a_text_is_completed_in_its_readers_language(region: str, locale: str | None, completed: str) -> None:
    assert _completed("20% off", region, locale=locale) == completed


def test_a_name_comes_behind_a_label_that_is_there() -> None:
    wording = Wording(brand="Acme", opt_out="080-111-2222")
    assert _completed("(광고) 할인!", "KR", wording=wording) == "(광고) Acme: 할인! 무료수신거부 080-111-2222"


def test_only_what_is_needed_is_added() -> None:
    text = complete("20% off", needs=frozenset({OPT_OUT_ELEMENT}), regions=("US",), locale=None, wording=_ACME)
    assert text == "20% off. Reply STOP to opt out"
    assert complete("20% off", needs=frozenset(), regions=("US",), locale=None, wording=_ACME) == "20% off"


def test_nobody_is_told_to_answer_a_name() -> None:
    one_way = wording_of("alphanumeric", "ACME", {}, brand="Acme", adds=True)
    assert complete("Acme: soldes", needs=_ALL, regions=("FR",), locale=None, wording=one_way) == "Acme: soldes"
    elsewhere = wording_of("alphanumeric", "ACME", {"opt_out": "36180"}, brand="Acme", adds=True)
    assert complete("Acme: soldes", needs=_ALL, regions=("FR",), locale=None, wording=elsewhere) == "Acme: soldes. STOP au 36180"


def test_a_short_code_is_where_people_object() -> None:
    wording = wording_of("short_code", "36180", {}, brand="Acme", adds=True)
    assert complete("Acme: soldes", needs=_ALL, regions=("FR",), locale=None, wording=wording) == "Acme: soldes. STOP au 36180"


def test_an_address_is_not_made_up() -> None:
    text = complete("20% off", needs=_ALL, regions=("CA",), locale=None, wording=Wording(brand="Acme"))
    assert IDENTIFICATION in read_content(text, brand="Acme", region="CA").lacks


def test_a_workspace_may_want_its_texts_as_they_are() -> None:
    assert _completed("20% off", "FR", wording=replace(_ACME, adds=False)) == "20% off"
    assert _completed("20% off", "FR", wording=AS_WRITTEN) == "20% off"


def test_a_text_never_grows_past_what_carriers_take() -> None:
    text = "A" * (LONGEST_OUTPUT - 3)
    assert _completed(text, "FR") == text


def test_added_latin_words_do_not_double_the_parts() -> None:
    for region in ("FR", "ES", "DE", "IT", "PT", "NL", "SE", "NO", "DK", "PL", "GB", "CA", "TR"):
        assert count_parts(_completed("20", region)).encoding == "gsm7"


@given(
    text=_SAID | some.text(min_size=1, max_size=200),
    region=some.sampled_from(_REGIONS),
    locale=some.none() | some.text(max_size=6),
)
def test_completing_makes_every_finding_disappear_and_twice_is_as_good_as_once(
    text: str, region: str, locale: str | None
) -> None:
    wording = replace(_ACME, opt_out="080-111-2222") if region == "KR" else _ACME
    once = _completed(text, region, locale=locale, wording=wording)
    assert not read_content(once, brand="Acme", region=region).lacks & _ALL
    assert _completed(once, region, locale=locale, wording=wording) == once


@pytest.mark.parametrize(
    ("code", "now", "until", "by"),
    [
        ("30023", "2026-11-24T17:30:00+00:00", "2026-11-25T08:00:00+00:00", "tmobile"),
        ("30027", "2026-11-24T07:59:00+00:00", "2026-11-24T08:00:00+00:00", "tmobile"),
        ("63038", "2026-03-08T09:00:00+00:00", "2026-03-09T07:00:00+00:00", "carrier"),
    ],
)
def test_a_full_day_ends_at_midnight_in_california(code: str, now: str, until: str, by: str) -> None:
    told = day_is_full(code, datetime.fromisoformat(now))
    assert told == {"capped_until": until, "capped_by": by}
    facts = sender_facts("long_code", told)
    assert (facts.capped_until, facts.capped_by) == (datetime.fromisoformat(until), by)


def test_a_registration_is_read_as_rules_see_it() -> None:
    stored = {
        "status": "pending",
        "age_gated": ["alcohol"],
        "capped_until": "2026-11-24T08:00:00+00:00",
        "capped_by": "tmobile",
        "abandoned_rate": 0.01,
    }
    facts = sender_facts("long_code", stored)
    assert (facts.problem, facts.age_gated, facts.capped_by, facts.abandoned) == (
        "unregistered_10dlc",
        frozenset({"alcohol"}),
        "tmobile",
        0.01,
    )
    assert sender_facts("toll_free", {"status": "unregistered"}).problem == "unverified_toll_free"
    assert sender_facts("short_code", {"status": "unregistered"}).problem == ""
    assert sender_facts("long_code", {}).problem == ""
    assert sender_facts("long_code", {"status": "registered"}).problem == ""
