"""What is advised on a text, and when? Never what is refused already, and never a word a person's own values brought in."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.domain.advice import SELLS, advice_on, without_values
from app.domain.content import read_content
from app.domain.decision import decide
from app.domain.facts import STRICT, Facts, Ground
from app.domain.message import Channel, Purpose
from app.domain.rulebook import load_rules, of_family
from tests.domain.given import make_facts

_RULES = of_family(load_rules(), "content")
_STATUTORY = replace(STRICT, profile="statutory")
_SELLING = "Your order has shipped. Get 10% off your next order. Shop now"


def _read(text: str = _SELLING, **other: Any) -> Facts:
    fields: Mapping[str, Any] = {"purpose": Purpose.TRANSACTIONAL, "market": _STATUTORY, **other}
    return make_facts(content=read_content(text, brand="Acme"), **fields)


def _told(facts: Facts) -> tuple[set[str], set[str]]:
    """(what is advised, what is refused)."""
    return {advice.element for advice in advice_on(facts)}, {reason.rule for reason in decide(facts, _RULES).reasons}


def test_selling_in_a_transactional_text_is_refused_in_one_profile_and_flagged_in_the_other() -> None:
    assert _told(_read(market=STRICT)) == (set(), {f"content.{SELLS}"})
    assert _told(_read()) == ({SELLS}, set())
    (advice,) = advice_on(_read())
    refused = decide(_read(market=STRICT), _RULES).reasons[0]
    assert advice.words == ("10% off", "shop now")
    assert (advice.source, advice.detail) == (refused.source, refused.detail)
    assert all(word in advice.detail for word in advice.words)


@pytest.mark.parametrize(
    ("label", "facts", "advised", "refused"),
    [
        ("a text that sells nothing", _read("Your order has shipped."), set(), set()),
        ("an emergency that sells", _read(ground=Ground.EMERGENCY), {SELLS}, set()),
        ("a code they asked for", _read(ground=Ground.USER_INITIATED), {SELLS}, set()),
        ("an answer has a rule of its own", _read(reply_to="STOP"), set(), {"content.confirmation_marketing"}),
        (
            "so has a request for consent",
            _read(ground=Ground.CONSENT_REQUEST),
            set(),
            {"content.confirmation_marketing"},
        ),
        ("marketing may sell", _read("Acme: 10% off. Reply STOP to end", purpose=Purpose.MARKETING), set(), set()),
        ("marketing to the US", _read("10% off", purpose=Purpose.MARKETING), {"identification", "opt_out"}, set()),
        (
            "where the workspace asks for what is advised",
            _read("10% off", purpose=Purpose.MARKETING, market=replace(STRICT, require_advised=True)),
            set(),
            {"content.identification_missing", "content.opt_out_missing"},
        ),
        ("nothing was read", make_facts(purpose=Purpose.TRANSACTIONAL, market=_STATUTORY), set(), set()),
    ],
)
def test_what_is_advised_is_not_refused(label: str, facts: Facts, advised: set[str], refused: set[str]) -> None:
    assert _told(facts) == (advised, refused), label


@pytest.mark.parametrize("channel", list(Channel))
def test_every_channel_is_advised_on(channel: Channel) -> None:
    assert SELLS in _told(_read(channel=channel))[0]


@pytest.mark.parametrize(
    ("phrases", "literals", "told"),
    [
        (("10% off",), ("Now ", "", "% off"), ("10% off",)),
        (("$25.50 off",), ("Now ", "", " off"), ("$25.50 off",)),
        (("get maya free",), ("Get ", "", " free"), ("get … free",)),
        (("get maya free",), ("Get Maya free",), ("get maya free",)),
        (("-30%", "soldes"), ("", "", ""), ("-30%", "soldes")),
        (("할인",), ("", "", ""), ("할인",)),
        ((), ("Hi",), ()),
    ],
)
def test_what_a_persons_values_brought_in_is_not_kept(
    phrases: tuple[str, ...], literals: tuple[str, ...], told: tuple[str, ...]
) -> None:
    assert without_values(phrases, literals) == told


@given(name=some.from_regex(r"[a-z]{9,12}", fullmatch=True))
def test_no_name_is_ever_kept(name: str) -> None:
    found = read_content(f"Get {name} free, buy one get {name} free").marketing
    assert found
    assert not any(name in said for said in without_values(found, ("Get ", "", " free, buy one get ", "", " free")))
