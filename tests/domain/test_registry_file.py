"""What do registries' files hold? Spellings of numbers, layouts with and without headers, and whatever else somebody sends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.import_file import UnusableFile, check_encoding
from app.domain.number import NumberProblem, number_facts
from app.domain.registries import BY_NAME, NAMES
from app.domain.registry_file import RegistryLine, open_registry_file, read_listed
from tests.domain.given import at

_DNC, _RND, _AU, _ANY = (BY_NAME[name] for name in ("us.national_dnc", "us.reassigned", "au.dnc", "any.deactivations"))


def _lines(text: str, name: str = "us.national_dnc", *, ndjson: bool = False) -> list[RegistryLine]:
    return list(open_registry_file(check_encoding(text.encode()), registry=BY_NAME[name], ndjson=ndjson).lines())


@pytest.mark.parametrize(
    "written",
    [
        "2125550142",
        "212-555-0142",
        "(212) 555-0142",
        "212.555.0142",
        "+12125550142",
        "1 212 555 0142",
        "212,5550142",
        "212 5550142",
    ],
)
def test_a_north_american_number_is_read_however_it_is_spelled(written: str) -> None:
    assert read_listed(written, _DNC) == "+12125550142"


@given(st.integers(200, 999), st.integers(200, 999), st.integers(0, 9999))
def test_the_fast_reading_and_the_library_agree_where_the_library_reads(area: int, exchange: int, line: int) -> None:
    phone = f"+1{area}{exchange}{line:04d}"
    try:
        expected = number_facts(phone).e164
    except NumberProblem:
        return
    assert read_listed(phone[2:], _DNC) == expected


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("112-555-0142", "invalid"),
        ("+33612345678", "other_country"),
        ("", "empty"),
        ("x", "not_a_number"),
        ("2125550", "invalid"),
    ],
)
def test_what_is_no_number_of_the_country_says_why(written: str, code: str) -> None:
    with pytest.raises(NumberProblem) as problem:
        read_listed(written, _DNC)
    assert problem.value.code in {code, "too_short", "too_long"}


def test_national_numbers_are_of_the_registrys_country_and_any_registry_takes_only_international_ones() -> None:
    assert read_listed("0491 570 156", _AU) == "+61491570156"
    assert read_listed("+61491570156", _ANY) == "+61491570156"
    with pytest.raises(NumberProblem):
        read_listed("0491 570 156", _ANY)


def test_layouts() -> None:
    assert [line.phone for line in _lines("212,5550142\n213,5550143\n")] == ["+12125550142", "+12135550143"]
    assert [line.phone for line in _lines("Name;Phone Number\nMaya;2125550142\n")] == ["+12125550142"]
    assert [line.phone for line in _lines("\n\n2125550142\n")] == ["+12125550142"]
    (line,) = _lines("number,status,consent_date\n2125550142,No Data,20260105\n", "us.reassigned")
    assert (line.answer, line.asked_about) == ("unknown", at("2026-01-05T00:00"))
    (bad,) = _lines("phone,answer\n2125550142,perhaps\n")
    assert bad.problem.startswith("unknown_answer")
    (late,) = _lines("phone,answer,date\n2125550142,yes,2026-13-01\n")
    assert late.problem.startswith("not_a_date")


def test_a_result_without_an_answer_is_none() -> None:
    lines = _lines('{"phone": "2125550142", "answer": "no"}\n{"phone": "2125550143"}\n', "us.reassigned", ndjson=True)
    assert [(line.answer, line.problem[:14]) for line in lines] == [("clear", ""), ("listed", "unknown_answer")]


def test_the_reassigned_numbers_database_has_no_plain_lists() -> None:
    with pytest.raises(UnusableFile) as problem:
        _lines("2125550142\n", "us.reassigned")
    assert problem.value.code == "no_answer_column"


@given(st.binary(max_size=400), st.sampled_from(NAMES), st.booleans())
def test_whatever_is_sent_is_lines_or_unusable(body: bytes, name: str, ndjson: bool) -> None:
    try:
        lines = list(open_registry_file(check_encoding(body), registry=BY_NAME[name], ndjson=ndjson).lines())
    except UnusableFile:
        return
    assert all(bool(line.phone) != bool(line.problem) for line in lines)
    assert [line.line for line in lines] == sorted(line.line for line in lines)


@given(st.text(alphabet='0123456789,;+"{}[]:\n\r\tphoneanswer \x00é', max_size=200), st.booleans())
def test_texts_close_to_files_are_lines_or_unusable_too(text: str, ndjson: bool) -> None:
    try:
        lines = _lines(text, ndjson=ndjson)
    except UnusableFile:
        return
    assert all(bool(line.phone) != bool(line.problem) for line in lines)
