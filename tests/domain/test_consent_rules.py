"""Does the kind of consent on record carry this message, there and then? The worked cases by name, and what holds of all."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.consent_check import examine, standing
from app.domain.consent_rows import ELSEWHERE, ROWS
from app.domain.decision import Verdict, decide
from app.domain.evidence import ELEMENTS, NOTHING_SHOWN, lacks
from app.domain.facts import STRICT, ConsentBasis, ConsentFacts, ConsentState, Facts, Ground, Market, Technology
from app.domain.message import Channel, Purpose
from app.domain.rulebook import load_rules
from tests.domain.consent_cases import BERLIN, CASES, LONDON, PARIS, SAN_JUAN, SEOUL, STATUTORY, TEN, TORONTO, agreed, asked
from tests.domain.given import NEW_YORK, NOON, at

_RULES = load_rules()


@pytest.mark.parametrize(("case", "facts", "verdict", "codes"), CASES, ids=[row[0] for row in CASES])
def test_the_worked_cases_of_consent(case: str, facts: Facts, verdict: str, codes: list[str]) -> None:
    decision = decide(facts, _RULES)
    told = [reason.rule for reason in decision.reasons if reason.is_final] + [each.rule for each in decision.permissions]
    assert (decision.verdict, told) == (verdict, codes), (case, decision)


@pytest.mark.parametrize(
    ("ground", "rule"), [(Ground.EMERGENCY, "purpose.emergency"), (Ground.USER_INITIATED, "purpose.user_initiated")]
)
def test_what_sells_nothing_goes_at_three_in_the_morning_and_says_on_what_ground(ground: Ground, rule: str) -> None:
    decision = decide(asked(at("2026-11-24T08:00"), NEW_YORK, purpose=Purpose.TRANSACTIONAL, ground=ground), _RULES)
    assert decision.verdict is Verdict.ALLOW
    assert [permission.rule for permission in decision.permissions] == [rule]


def test_no_ground_excuses_marketing() -> None:
    for ground in (Ground.EMERGENCY, Ground.USER_INITIATED):
        assert decide(asked(NOON, NEW_YORK, ground=ground), _RULES).reasons[0].rule == "consent.missing"


def test_each_missing_element_is_named() -> None:
    for element, told in ELEMENTS.items():
        (objection,) = examine(asked(NOON, NEW_YORK, agreed(flags=[lacks(element)]))).objections
        assert told in objection.detail
    (objection,) = examine(asked(NOON, NEW_YORK, agreed(flags=NOTHING_SHOWN))).objections
    assert all(told in objection.detail for told in ELEMENTS.values())


def test_every_region_and_technology_has_an_answer_and_every_row_its_source() -> None:
    for row in ROWS:
        assert row.source
        assert row.technologies
        assert not (row.valid_from and row.valid_to) or row.valid_from < row.valid_to, row
        assert bool(row.ways) == row.needed, row
    assert {technology for row in ROWS if row.region == ELSEWHERE for technology in row.technologies} == set(Technology)


def test_no_two_rows_of_one_region_and_technology_are_in_force_on_one_day() -> None:
    edges = [date(2020, 1, 1), *(day for row in ROWS for day in (row.valid_from, row.valid_to) if day), date(2030, 1, 1)]
    for profile in ("strict", "statutory"):
        for day in edges:
            seen: set[tuple[str, Technology]] = set()
            for row in ROWS:
                if row.holds(day) and row.profile in {"", profile}:
                    spoken = {(row.region, technology) for technology in row.technologies}
                    assert not seen & spoken, (row, day)
                    seen |= spoken


_FLAGS = st.frozensets(st.sampled_from(["partner", "no_notice", "charity", "night", *NOTHING_SHOWN]), max_size=3)
_CONSENTS = st.builds(
    ConsentFacts,
    state=st.sampled_from([state for state in ConsentState if state is not ConsentState.NONE]),
    since=st.datetimes(datetime(2023, 1, 1), datetime(2026, 11, 22), timezones=st.just(UTC)),  # noqa: DTZ001
    expires_at=st.none() | st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    basis=st.sampled_from(list(ConsentBasis)),
    brand=st.sampled_from(["", "A", "B"]),
    topic=st.sampled_from(["", "sale"]),
    channel=st.sampled_from([None, *Channel]),
    flags=_FLAGS,
)
_QUESTIONS = st.builds(
    asked,
    st.just(TEN),
    st.sampled_from([NEW_YORK, TORONTO, PARIS, BERLIN, LONDON, SEOUL, SAN_JUAN]),
    brand=st.sampled_from(["", "A"]),
    topic=st.sampled_from(["", "sale"]),
    channel=st.sampled_from(list(Channel)),
    technology=st.sampled_from(list(Technology)),
    market=st.sampled_from([STRICT, STATUTORY]),
)


@given(_QUESTIONS, st.lists(_CONSENTS, max_size=4), st.randoms(use_true_random=False))
def test_the_order_of_consents_changes_nothing(facts: Facts, consents: list[ConsentFacts], random: Any) -> None:
    shuffled = list(consents)
    random.shuffle(shuffled)
    one, other = (examine(replace(facts, consents=tuple(order))) for order in (consents, shuffled))
    assert (one.consent is None, bool(one.objections)) == (other.consent is None, bool(other.objections))


@given(_QUESTIONS, st.lists(_CONSENTS, max_size=3), st.sampled_from([ConsentState.REVOKED, ConsentState.DECLINED]))
def test_a_no_to_everything_ends_everything_before_it(facts: Facts, consents: list[ConsentFacts], said: ConsentState) -> None:
    no = ConsentFacts(said, TEN - timedelta(minutes=1))
    assert examine(replace(facts, consents=(*consents, no))).objections


@given(_QUESTIONS, st.lists(_CONSENTS, max_size=3))
def test_the_strict_profile_never_allows_what_the_letter_of_the_law_does_not(
    facts: Facts, consents: Sequence[ConsentFacts]
) -> None:
    strict, letter = (
        examine(replace(facts, consents=tuple(consents), market=Market(profile=name))) for name in ("strict", "statutory")
    )
    assert strict.objections or not letter.objections


def test_what_stands_is_what_covers_the_message_else_the_newest() -> None:
    waiting, yes = agreed(state=ConsentState.PENDING, since="2026-11-20T00:00"), agreed(since="2026-01-01T00:00")
    assert standing(asked(NOON, NEW_YORK, waiting, yes)) is yes
    assert standing(asked(NOON, NEW_YORK, waiting)) is waiting
    assert standing(asked(NOON, NEW_YORK)).state is ConsentState.NONE
