"""Is whatever people write read as the number they meant, or refused with a reason that stays the same?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.facts import NumberFacts, NumberKind
from app.domain.number import NumberProblem, number_facts, read_number

_READ = [
    ("international", "+1 212 555 0100", None, "+12125550100"),
    ("national", "(212) 555-0100", "US", "+12125550100"),
    ("national, region in lower case", "06 12 34 56 78", "fr", "+33612345678"),
    ("another country's, written in full", "+33 6 12 34 56 78", "US", "+33612345678"),
    ("full width", "\uff10\uff16 \uff11\uff12 \uff13\uff14 \uff15\uff16 \uff17\uff18", "FR", "+33612345678"),
    ("full-width plus", "\uff0b\uff11\uff12\uff11\uff12\uff15\uff15\uff15\uff10\uff11\uff10\uff10", None, "+12125550100"),
    ("Arabic-Indic digits", "٠٦١٢٣٤٥٦٧٨", "FR", "+33612345678"),
    ("no-break spaces", "+33\u00a06\u202f12\u00a034\u00a056\u00a078", None, "+33612345678"),
    ("direction marks of a copied contact", "\u202a+33612345678\u202c", None, "+33612345678"),
    ("lines around it", "\r\n+12125550100\t", None, "+12125550100"),
    ("00 in Europe", "0033612345678", "DE", "+33612345678"),
    ("011 in North America", "011 33 6 12 34 56 78", "US", "+33612345678"),
    ("a URI", "tel:+1-212-555-0100", None, "+12125550100"),
    ("a zero that is dialled only at home", "+44 (0) 20 7946 0123", None, "+442079460123"),
    ("a zero that is part of the number", "+39 02 1234 5678", None, "+390212345678"),
]


@pytest.mark.parametrize(("how", "raw", "region", "e164"), _READ, ids=[row[0] for row in _READ])
def test_a_number_is_read_however_it_is_written(how: str, raw: str, region: str | None, e164: str) -> None:
    found = read_number(raw, default_region=region)
    assert (found.facts.e164, found.extension) == (e164, None), how


@pytest.mark.parametrize("raw", ["212-555-0100 x123", "212-555-0100 ext. 123", "212-555-0100#123", "+12125550100;ext=123"])
def test_an_extension_is_dropped_and_said_so(raw: str) -> None:
    found = read_number(raw, default_region="US")
    assert (found.facts.e164, found.extension) == ("+12125550100", "123")


_REFUSED = [
    ("nothing", "", "US", "empty"),
    ("spaces", " \u00a0\t ", "US", "empty"),
    ("only direction marks", "\u200e\u200f", "US", "empty"),
    ("words", "not a number", "US", "not_a_number"),
    ("words around a number", "call 212 555 0100", "US", "not_a_number"),
    ("letters on a keypad", "1-800-FLOWERS", "US", "not_a_number"),
    ("two numbers in one field", "+1 212 555 0100 / +1 212 555 0101", None, "not_a_number"),
    ("NUL", "\x00", "US", "not_a_number"),
    ("NUL inside", "+1212\x005550100", None, "not_a_number"),
    ("half a surrogate pair", "+1212555010\ud83d", None, "not_a_number"),
    ("a footnote mark, which is no digit", "+1212555010²", None, "not_a_number"),
    ("a plus", "+", None, "not_a_number"),
    ("10 kB of nines", "9" * 10_000, "US", "too_long"),
    ("10 kB of letters", "a" * 10_000, "US", "too_long"),
    ("too many digits for its country", "212555010012", "US", "too_long"),
    ("over 15 digits", "+4915123456789012", None, "too_long"),
    ("too few digits", "+1212555010", None, "too_short"),
    ("no area code", "555-0100", "US", "too_short"),
    ("a prefix alone", "00", "FR", "too_short"),
    ("impossible", "+1 111 111 1111", None, "invalid"),
    ("reserved for drama, and not assigned", "+44 7700 900123", None, "fictional"),
    ("national without a region", "212 555 0100", None, "no_region_given"),
    ("00 without a region", "0033612345678", None, "no_region_given"),
    ("a region that is none", "212 555 0100", "XX", "unknown_region"),
    ("no such calling code", "+999 123 456", None, "unknown_country_code"),
]


@pytest.mark.parametrize(("what", "raw", "region", "code"), _REFUSED, ids=[row[0] for row in _REFUSED])
def test_what_is_not_a_usable_number_is_refused_with_a_stable_code(what: str, raw: str, region: str | None, code: str) -> None:
    with pytest.raises(NumberProblem) as problem:
        read_number(raw, default_region=region)
    assert problem.value.code == code, what
    assert problem.value.detail


_FACTS = [
    ("+12125550100", "US", NumberKind.FIXED_LINE_OR_MOBILE, ("America/New_York",)),
    ("+33612345678", "FR", NumberKind.MOBILE, ("Europe/Paris",)),
    ("+442079460123", "GB", NumberKind.FIXED_LINE, ("Europe/London",)),
    ("+18005551234", "US", NumberKind.TOLL_FREE, None),
    ("+15005550009", "US", NumberKind.PERSONAL_NUMBER, None),
    ("+17875550100", "PR", NumberKind.FIXED_LINE_OR_MOBILE, ("America/Puerto_Rico",)),
    ("+16715550100", "GU", NumberKind.FIXED_LINE_OR_MOBILE, ("Pacific/Guam",)),
    ("+12505550100", "CA", NumberKind.FIXED_LINE_OR_MOBILE, ("America/Edmonton", "America/Fort_Nelson", "America/Vancouver")),
    ("+447624300000", "IM", NumberKind.MOBILE, None),
    ("+80012345678", "", NumberKind.TOLL_FREE, ()),
]


@pytest.mark.parametrize(("e164", "region", "kind", "zones"), _FACTS)
def test_a_number_tells_its_region_line_and_zones(
    e164: str, region: str, kind: NumberKind, zones: tuple[str, ...] | None
) -> None:
    found = number_facts(e164)
    assert (found.e164, found.region, found.kind) == (e164, region, kind)
    assert zones is None or found.zones == zones


@pytest.mark.parametrize("text", ["+1 212 555 0100", "12125550100", "+12125550100;ext=1", "+12125550100 ", "+1212555010a", ""])
def test_only_e164_is_taken_for_normalised(text: str) -> None:
    with pytest.raises(NumberProblem):
        number_facts(text)


@given(st.text(max_size=80), st.sampled_from([None, "US", "FR", "EG"]))
def test_no_text_does_worse_than_a_problem(raw: str, region: str | None) -> None:
    try:
        found = read_number(raw, default_region=region)
    except NumberProblem:
        return
    assert number_facts(found.facts.e164) == found.facts


@given(st.from_regex(r"\+[1-9]\d{6,14}", fullmatch=True))
def test_reading_twice_is_reading_once(text: str) -> None:
    try:
        first: NumberFacts = read_number(text, default_region=None).facts
    except NumberProblem:
        return
    assert read_number(first.e164, default_region="US").facts == first
