"""Is a text counted as a handset would put it together? Every worked case, and packing checked against its own definition."""

import random
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.parts import Encoding, count_parts, foreign_in, part_limit

_Row = tuple[str, str, Encoding, int, tuple[int, ...]]

# With the 8-bit reference: 153 septets or 67 units in each part of a chain.
_EIGHT_BITS: list[_Row] = [
    ("S01", "", "gsm7", 0, ()),
    ("S03", "A" * 159, "gsm7", 159, (159,)),
    ("S05", "A" * 161, "gsm7", 161, (153, 8)),
    ("S07", "A" * 307, "gsm7", 307, (153, 153, 1)),
    ("S09", "A" * 460, "gsm7", 460, (153, 153, 153, 1)),
    ("S11", "A" * 1531, "gsm7", 1531, (153,) * 10 + (1,)),
    ("S13", "\u20ac", "gsm7", 2, (2,)),
    ("S15", "\u20ac" * 81, "gsm7", 162, (152, 10)),
    ("S17", "\u20ac" * 153, "gsm7", 306, (152, 152, 2)),
    ("S19", "A" * 159 + "\u20ac", "gsm7", 161, (153, 8)),
    ("S21", "A" * 152 + "\u20ac" + "A" * 152, "gsm7", 306, (152, 153, 1)),
    ("S23", "\f", "gsm7", 2, (2,)),
    ("S25", "@\u00a3$\u00a5\u00e8\u00e9\u00f9\u00ec\u00f2\u00c7", "gsm7", 10, (10,)),
    (
        "S27",
        "\u00c4\u00d6\u00d1\u00dc\u00a7\u00bf\u00e4\u00f6\u00f1\u00fc\u00e0\u00df\u00c6\u00e6\u00d8\u00f8\u00c5\u00e5\u00c9",
        "gsm7",
        19,
        (19,),
    ),
    ("S29", "line1\r\nline2", "gsm7", 12, (12,)),
    ("S31", "a\tb", "ucs2", 3, (3,)),
    ("S33", "\u00e7", "ucs2", 1, (1,)),
    ("S35", "\u00ed", "ucs2", 1, (1,)),
    ("S37", "\u03b1", "ucs2", 1, (1,)),
    ("S39", "\u212b", "ucs2", 1, (1,)),
    ("S41", "\u2019", "ucs2", 1, (1,)),
    ("S43", "\u2026", "ucs2", 1, (1,)),
    ("S45", "\u200b", "ucs2", 1, (1,)),
    ("S47", "\u00b0\u00a9\u2122", "ucs2", 3, (3,)),
    ("S49", "\u044f" * 70, "ucs2", 70, (70,)),
    ("S51", "\u044f" * 134, "ucs2", 134, (67, 67)),
    ("S53", "\u044f" * 670, "ucs2", 670, (67,) * 10),
    ("S55", "\u4f60\u597d", "ucs2", 2, (2,)),
    ("S57", "\u0645\u0631\u062d\u0628\u0627", "ucs2", 5, (5,)),
    ("S59", "\U0001f600" * 35, "ucs2", 70, (70,)),
    ("S61", "\U0001f600" * 66, "ucs2", 132, (66, 66)),
    ("S63", "A" * 69 + "\U0001f600", "ucs2", 71, (67, 4)),
    ("S65", "A" * 66 + "\U0001f600" + "A" * 3, "ucs2", 71, (66, 5)),
    ("S67", "A" * 158 + "\U0001f600", "ucs2", 160, (67, 67, 26)),
    ("S69", "A" * 60 + "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466", "ucs2", 71, (66, 5)),
    ("S71", "\U0001f1eb\U0001f1f7", "ucs2", 4, (4,)),
    ("S73", "1\ufe0f\u20e3", "ucs2", 3, (3,)),
    ("S75", "\U0001d11e", "ucs2", 2, (2,)),
    ("S77", "\u00a1Hola! \u00bfQu\u00e9 tal? Oferta ma\u00f1ana", "gsm7", 30, (30,)),
    ("S79", "\u00c9t\u00e9 \u00e0 la plage, o\u00f9 ?", "gsm7", 20, (20,)),
    ("S81", "Gr\u00f6\u00dfe 42: nur 5 \u20ac", "gsm7", 18, (18,)),
    ("S83", "Promo\u00e7\u00e3o at\u00e9 amanh\u00e3", "ucs2", 19, (19,)),
    ("S85", "\u0130PTAL i\u00e7in", "ucs2", 10, (10,)),
    (
        "S87",
        "Acme: You are subscribed. Up to 4 msgs/mo. Msg&data rates may apply. Reply HELP for help, STOP to cancel.",
        "gsm7",
        105,
        (105,),
    ),
    ("S89", "https://acme.example/~jo/[x]?q={1}", "gsm7", 39, (39,)),
]
# With the 16-bit reference: 152 and 66.
_SIXTEEN_BITS: list[_Row] = [
    ("W01", "A" * 160, "gsm7", 160, (160,)),
    ("W03", "A" * 304, "gsm7", 304, (152, 152)),
    ("W05", "\u20ac" * 152, "gsm7", 304, (152, 152)),
    ("W07", "\u044f" * 70, "ucs2", 70, (70,)),
    ("W09", "\u044f" * 132, "ucs2", 132, (66, 66)),
    ("W11", "\U0001f600" * 66, "ucs2", 132, (66, 66)),
]


@pytest.mark.parametrize(("case", "text", "encoding", "units", "sizes"), _EIGHT_BITS, ids=[row[0] for row in _EIGHT_BITS])
def test_a_text_has_these_parts(case: str, text: str, encoding: Encoding, units: int, sizes: tuple[int, ...]) -> None:
    found = count_parts(text)
    assert (found.encoding, found.units, found.parts, found.sizes) == (encoding, units, len(sizes), sizes), case


@pytest.mark.parametrize(("case", "text", "encoding", "units", "sizes"), _SIXTEEN_BITS, ids=[row[0] for row in _SIXTEEN_BITS])
def test_a_wider_reference_leaves_less_room(case: str, text: str, encoding: Encoding, units: int, sizes: tuple[int, ...]) -> None:
    found = count_parts(text, reference_bits=16)
    assert (found.encoding, found.units, found.parts, found.sizes) == (encoding, units, len(sizes), sizes), case


@pytest.mark.parametrize(
    ("octets", "septets", "units"),
    [(0, 160, 70), (6, 153, 67), (7, 152, 66), (4, 155, 68), (9, 149, 65), (12, 146, 64)],
)
def test_a_header_takes_its_octets_from_the_text(octets: int, septets: int, units: int) -> None:
    assert part_limit("gsm7", header_octets=octets) == septets
    assert part_limit("ucs2", header_octets=octets) == units


_BASIC = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡AZÄÖÑÜ§¿azäöñüà"
_EXTENDED = "\f^{}\\[~]|€"


@pytest.mark.parametrize("character", _BASIC)
def test_a_character_of_the_default_alphabet_is_one_septet(character: str) -> None:
    assert (count_parts(character).encoding, count_parts(character).units) == ("gsm7", 1)


@pytest.mark.parametrize("character", _EXTENDED)
def test_a_character_behind_escape_is_two_septets(character: str) -> None:
    assert (count_parts(character).encoding, count_parts(character).units) == ("gsm7", 2)


_TRAPS = "\t`çêëáíóúâãõ\u201c\u201d\u2018\u2019\u2013\u2014\u2026\u00a0\u00b0\u00a9\u2122\u2126\u03b1\x1b\x00"


@pytest.mark.parametrize("character", _TRAPS)
def test_a_character_that_looks_at_home_but_is_not_costs_ucs2(character: str) -> None:
    assert count_parts(character).encoding == "ucs2"
    assert foreign_in(f"a{character}b{character}") == [(1, character), (3, character)]


_GSM_TEXTS = st.text(st.sampled_from("Aaé @\n€[]^{|"), max_size=700)
_ANY_TEXTS = st.text(st.sampled_from("Aя\U0001f600€\u200d\ud83d"), max_size=400)


def _width(character: str, encoding: Encoding) -> int:
    if encoding == "ucs2":
        return 2 if character > "\uffff" else 1
    return 2 if character in _EXTENDED else 1


@given(_GSM_TEXTS | _ANY_TEXTS, st.sampled_from([8, 16]))
def test_parts_are_filled_in_order_as_far_as_whole_characters_fit(text: str, bits: Literal[8, 16]) -> None:
    found = count_parts(text, reference_bits=bits)
    widths = [_width(character, found.encoding) for character in text]
    alone = {"gsm7": 160, "ucs2": 70}[found.encoding]
    limit = {("gsm7", 8): 153, ("gsm7", 16): 152, ("ucs2", 8): 67, ("ucs2", 16): 66}[found.encoding, bits]
    assert found.units == sum(widths) == sum(found.sizes)
    assert found.parts == len(found.sizes)
    if found.units <= alone:
        assert found.parts == (1 if text else 0)
        return
    for size, following in zip(found.sizes, (*found.sizes[1:], 0), strict=True):
        taken = 0
        while taken < size:
            taken += widths.pop(0)
        assert taken == size <= limit  # no character was cut
        assert not following or size + widths[0] > limit  # and none more would have fitted


def test_a_long_text_of_two_unit_characters_is_longer_than_its_units_suggest() -> None:
    characters = random.Random(7).choices("A€", k=5000)
    found = count_parts("".join(characters))
    assert found.parts >= -(-found.units // 153)
    assert set(found.sizes[:-1]) <= {152, 153}
