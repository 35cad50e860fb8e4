"""Is each character that makes a text dearer named, found where it stands, and its price told exactly?"""

from hypothesis import given
from hypothesis import strategies as st

from app.domain.foreign_characters import MOST_KINDS, MOST_PLACES, foreign_characters
from app.domain.parts import count_parts
from app.domain.plain_letters import plainly


def test_each_is_named_once_with_its_places_and_what_the_text_costs_without_it() -> None:
    text = "Caf\u00e9 \u2013 sale\n2\u00bd\u2013\u00bd h e\u0301 Zoe\u0308 \U0001f600\x07" + "x" * 60
    found = foreign_characters(text)
    assert [(one.character, one.name, one.plainly, one.count, one.places) for one in found.characters] == [
        ("\u2013", "EN DASH", "-", 2, ((1, 6), (2, 3))),
        ("\u00bd", "VULGAR FRACTION ONE HALF", " 1/2", 1, ((2, 2),)),
        ("\u00bd", "VULGAR FRACTION ONE HALF", "1/2", 1, ((2, 4),)),
        ("e\u0301", "LATIN SMALL LETTER E + COMBINING ACUTE ACCENT", "\u00e9", 1, ((2, 8),)),
        ("e\u0308", "LATIN SMALL LETTER E + COMBINING DIAERESIS", None, 1, ((2, 13),)),
        ("\U0001f600", "GRINNING FACE", None, 1, ((2, 16),)),
        ("\x07", "U+0007", None, 1, ((2, 17),)),
    ]
    assert (count_parts(text).parts, {one.parts_without for one in found.characters}, found.parts_without) == (2, {2}, 1)
    (only,) = foreign_characters("x" * 100 + "\u2019").characters
    assert only.parts_without == 1
    (held,) = foreign_characters("see https://shop.example/a\u2013b").characters
    assert held.plainly is None


@given(st.text(st.one_of(st.sampled_from("\u2019\u00bd\u00b7e\u0301\u0308\u00ea1\n"), st.characters(codec="utf-8")), max_size=90))
def test_without_them_a_text_is_what_gsm7_holds(text: str) -> None:
    found = foreign_characters(text)
    assert (found.kinds == 0) == (count_parts(text).encoding == "gsm7")
    assert len(found.characters) == min(found.kinds, MOST_KINDS)
    lines = text.split("\n")
    for one in found.characters:
        assert len(one.places) == min(one.count, MOST_PLACES)
        assert all(lines[line - 1].startswith(one.character, column - 1) for line, column in one.places)
    if found.kinds and plainly(text) != text:
        assert found.parts_without == count_parts(plainly(text)).parts
