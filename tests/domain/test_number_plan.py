"""Numbers read by what they begin with are what the phone library says of each: no digit that matters was left out."""

import random

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.digit_positions import Positions, UnreadableExpression
from app.domain.number import NumberProblem, ReadNumber, read_alone, read_number
from app.domain.number_plan import plan_of

_REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
_WANTED = (0, 1, 2, 3, 4, 5, 6, 7)


def _said(raw: str, region: str | None, *, alone: bool) -> ReadNumber | tuple[str, str]:
    try:
        return read_alone(raw, region) if alone else read_number(raw, default_region=region)
    except NumberProblem as problem:
        return problem.code, problem.detail


def _digits(region: str, rng: random.Random) -> list[str]:
    """Numbers of every kind there, their neighbours, and noise of their lengths."""
    found: list[str] = []
    for kind in _WANTED:
        example = phonenumbers.example_number_for_type(region, kind)
        if example is None:
            continue
        digits = phonenumbers.national_significant_number(example)
        found.append(digits)
        for _ in range(3):
            place = rng.randrange(len(digits))
            found.append(digits[:place] + str(rng.randrange(10)) + digits[place + 1 :])
            found.append(digits[:place] + "".join(str(rng.randrange(10)) for _ in digits[place:]))
    found += ["".join(str(rng.randrange(10)) for _ in range(rng.randrange(5, 13))) for _ in range(4)]
    return found


def test_every_country_is_read_alike_by_its_beginnings_and_by_the_library() -> None:
    rng = random.Random(1)
    asked: list[tuple[str, str]] = []
    for region in _REGIONS:
        code = phonenumbers.country_code_for_region(region)
        for digits in _digits(region, rng):
            forms = (f"+{code}{digits}", f"+{code} 0{digits}", digits, f"0{digits}", f"1{digits}", f"{code}{digits}")
            asked += [(region, raw) for raw in rng.sample(forms, 2)]
    wrong = [(region, raw) for region, raw in asked if _said(raw, region, alone=False) != _said(raw, region, alone=True)]
    assert wrong == []


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(["US", "CA", "GB", "DE", "IT", "FR", "AU", "MX", "BR", "AG", "KZ", "JE", "AR", "CI", None]),
    st.text(alphabet="0123456789+ ().-", min_size=1, max_size=20),
)
def test_whatever_is_written_is_read_as_the_library_reads_it(region: str | None, raw: str) -> None:
    assert _said(raw, region, alone=False) == _said(raw, region, alone=True)


def test_most_plans_can_be_read() -> None:
    assert [region for region in _REGIONS if plan_of(region, abroad=False) is None] == []


@pytest.mark.parametrize("expression", ["a", "[a]", "(1", "1{2", "1{x}", "1*", ".", "(?=1)2", "[1-", "\\w"])
def test_an_expression_of_another_kind_is_not_guessed_at(expression: str) -> None:
    with pytest.raises((UnreadableExpression, ValueError)):
        Positions().add(expression, whole=True)
