"""Is a "no" heard wherever it was said, by the code that tells how, and is the pair a carrier blocks left alone?"""

from dataclasses import replace
from itertools import product

import pytest

from app.domain.decision import decide
from app.domain.facts import Facts, Market, Place, SenderFacts, SuppressionFact
from app.domain.message import Channel, Purpose
from app.domain.rulebook import load_rules
from tests.domain.given import NOON, at, before, make_facts

_RULES = load_rules()
_STATUTORY = Market(profile="statutory")
_STOP = SuppressionFact("opt_out", "marketing", None, before(NOON, days=1), "keyword", "text", "marketing")
_TEXT = "suppress.opt_out.text"
_ALL = "suppress.opt_out.marketing_all_channels"
_ART_21 = "suppress.objection_art21"
_BERLIN, _LONDON, _PARIS = "+4915123456789", "+447400123456", "+33612345678"
_WEEKDAY = at("2026-11-24T10:00")


def _codes(facts: Facts) -> list[str]:
    return [reason.rule for reason in decide(facts, _RULES).reasons]


def _stopped(**fields: object) -> tuple[SuppressionFact, ...]:
    return (replace(_STOP, **fields),)  # type: ignore[arg-type]


_CASES: list[tuple[str, Facts, list[str]]] = [
    ("P017", make_facts(suppressions=(_STOP,)), [_TEXT]),
    ("P021", make_facts(channel=Channel.SMS, suppressions=_stopped(channel=None)), [_TEXT]),
    ("STOP in the RCS thread alone", make_facts(suppressions=_stopped(channel=Channel.RCS)), [_TEXT]),
    ("STOP by text, then a call", make_facts(channel=Channel.VOICE, suppressions=(_STOP,)), [_ALL]),
    (
        "a key pressed",
        make_facts(channel=Channel.VOICE, suppressions=_stopped(via="voice", method="key_press")),
        ["suppress.opt_out.voice"],
    ),
    ("a key pressed, then a text", make_facts(suppressions=_stopped(via="voice", method="key_press")), [_ALL]),
    ("a key pressed, said of calls alone", make_facts(suppressions=_stopped(via="voice", channel=Channel.VOICE)), [_ALL]),
    ("the same, statutory", make_facts(suppressions=_stopped(via="voice", channel=Channel.VOICE), market=_STATUTORY), []),
    ("told of calls alone", make_facts(suppressions=_stopped(via="", method="web_form", channel=Channel.VOICE)), []),
    (
        "P023",
        make_facts(purpose=Purpose.TRANSACTIONAL, sender=SenderFacts(blocked_code="21610"), suppressions=(_STOP,)),
        ["carrier.blocked_21610"],
    ),
    (
        "P023, marketing",
        make_facts(sender=SenderFacts(blocked_code="21610"), suppressions=(_STOP,)),
        [_TEXT, "carrier.blocked_21610"],
    ),
    ("P023, from another sender", make_facts(purpose=Purpose.TRANSACTIONAL, sender=SenderFacts(), suppressions=(_STOP,)), []),
    (
        "P023, the answer to START",
        make_facts(purpose=Purpose.TRANSACTIONAL, sender=SenderFacts(blocked_code="21610"), reply_to="START"),
        [],
    ),
    ("P025, strict", make_facts(suppressions=_stopped(answered="informational")), [_ALL]),
    ("P025, statutory", make_facts(suppressions=_stopped(answered="informational"), market=_STATUTORY), []),
    ("STOP to marketing, statutory", make_facts(suppressions=(_STOP,), market=_STATUTORY), [_TEXT]),
    ("P031", make_facts(suppressions=_stopped(answered="scope_question")), [_ALL]),
    ("P031, statutory", make_facts(suppressions=_stopped(answered="scope_question"), market=_STATUTORY), [_ALL]),
    (
        "P031, what needs no marketing consent",
        make_facts(purpose=Purpose.TRANSACTIONAL, suppressions=_stopped(answered="scope_question", scope="all")),
        [_ALL],
    ),
    ("P035", make_facts(suppressions=_stopped(since=at("2026-11-01T12:00"))), [_TEXT]),
    ("P037, strict", make_facts(stopped_elsewhere=True), ["suppress.opt_out.person"]),
    ("P037, statutory", make_facts(stopped_elsewhere=True, market=_STATUTORY), []),
    ("P037, transactional", make_facts(stopped_elsewhere=True, purpose=Purpose.TRANSACTIONAL), []),
    (
        "P039",
        make_facts(at("2035-06-01T16:00"), phone="+17035550100", suppressions=_stopped(since=at("2026-06-01T16:00"))),
        [_TEXT],
    ),
    ("P077", make_facts(_WEEKDAY, phone=_BERLIN, suppressions=_stopped(method="email", via="", answered="")), [_ART_21]),
    ("P077, a letter, GB", make_facts(_WEEKDAY, phone=_LONDON, suppressions=_stopped(method="letter", via="")), [_ART_21]),
    ("P077, a STOP by text", make_facts(_WEEKDAY, phone=_PARIS, suppressions=(_STOP,)), [_TEXT]),
    ("by e-mail in New York", make_facts(suppressions=_stopped(method="email", via="", answered="")), [_TEXT]),
    (
        "by e-mail, lives in Paris",
        make_facts(
            at("2026-11-24T15:00"), places=(Place("FR-75", ("Europe/Paris",)),), suppressions=_stopped(method="email", via="")
        ),
        [_ART_21],
    ),
    ("an objection anywhere", make_facts(suppressions=_stopped(reason="objection")), [_ART_21]),
    ("a complaint", make_facts(suppressions=_stopped(reason="complaint")), ["suppress.complaint"]),
    ("under review", make_facts(suppressions=_stopped(reason="review")), ["suppress.review"]),
    ("under review, transactional", make_facts(purpose=Purpose.TRANSACTIONAL, suppressions=_stopped(reason="review")), []),
    ("a wrong number", make_facts(suppressions=_stopped(reason="wrong_number")), ["suppress.wrong_number"]),
]


@pytest.mark.parametrize(("case", "facts", "codes"), _CASES, ids=[row[0] for row in _CASES])
def test_a_no_is_heard_by_the_code_that_tells_how_it_came(case: str, facts: Facts, codes: list[str]) -> None:
    assert _codes(facts) == codes, case
    assert decide(facts, _RULES).verdict == ("never" if codes else "allow")


@pytest.mark.parametrize(
    ("reply_to", "code"),
    [
        ("STOP", "compliance.optout_confirmation"),
        ("START", "compliance.optin_confirmation"),
        ("HELP", "compliance.help_reply"),
        ("WHO", "compliance.identification"),
    ],
)
def test_an_answer_to_the_persons_own_word_goes_at_night_and_says_why(reply_to: str, code: str) -> None:
    night = at("2026-11-24T04:10")
    decision = decide(make_facts(night, purpose=Purpose.TRANSACTIONAL, suppressions=(_STOP,), reply_to=reply_to), _RULES)
    assert (decision.verdict, [permission.rule for permission in decision.permissions]) == ("allow", [code])


def test_no_profile_purpose_or_channel_lets_marketing_past_a_stop_to_marketing() -> None:
    for channel, market, via in product(Channel, (Market(), _STATUTORY), ("text", "voice", "")):
        facts = make_facts(channel=channel, market=market, suppressions=_stopped(via=via))
        assert decide(facts, _RULES).verdict == "never"
