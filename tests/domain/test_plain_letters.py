"""Is a sign written plainly only where that helps, and never a letter of a name or a part of an address?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.parts import count_parts
from app.domain.plain_letters import plainly, stand_in


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("\u201cSale\u201d \u2013 it\u2019s on\u2026", '"Sale" - it\'s on...'),
        ("\uff33\uff21\uff2c\uff25\u00a0\u00bd off", "SALE 1/2 off"),
        ("Hi Ana, it\u2019s time\u200b", "Hi Ana, it's time"),
        ("Mu\u0308ller\u2019s", "M\u00fcller's"),
        ("\u201cSale\u201d \U0001f600", "\u201cSale\u201d \U0001f600"),
        ("Zo\u00eb\u2019s", "Zo\u00eb\u2019s"),
        ("https://shop.example/a\u2013b", "https://shop.example/a\u2013b"),
        ("5 \u20ac in Gra\u00df", "5 \u20ac in Gra\u00df"),
        ("2\u00bd hours, \u00bd price", "2 1/2 hours, 1/2 price"),
        ("Today \u00b7 20% off", "Today * 20% off"),
        ("Gal\u00b7la\u2019s", "Gal\u00b7la\u2019s"),
        ("see https://shop.example/a, \u201cnow\u201d", 'see https://shop.example/a, "now"'),
        ("plain", "plain"),
    ],
)
def test_a_text_is_written_plainly_where_all_of_it_can_be(text: str, plain: str) -> None:
    assert plainly(text) == plain


@given(st.text(st.one_of(st.sampled_from("\u201c\u2019\u2026\u00eb\uff21 a\t"), st.characters(codec="utf-8")), max_size=60))
def test_writing_plainly_never_costs_a_part_and_changes_nothing_twice(text: str) -> None:
    plain = plainly(text)
    assert plainly(plain) == plain
    assert plain == text or (count_parts(plain).encoding == "gsm7" and count_parts(plain).parts <= count_parts(text).parts)
    assert all(count_parts(stand_in(char) or "").encoding == "gsm7" for char in text)


@given(st.text(st.sampled_from("\u201c\u2019\u2026\u00bd\u00b7\u20147ab \u00e9\n"), max_size=60))
def test_only_signs_change_and_each_into_its_own(text: str) -> None:
    around = zip(["", *text], text, [*text[1:], ""], strict=False)
    signs = [(char, stand_in(char, before=before, after=after)) for before, char, after in around]
    assert plainly(text) in (text, "".join(char if sign is None else sign for char, sign in signs))
