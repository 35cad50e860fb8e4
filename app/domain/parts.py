"""How many parts does a text have? Exact packing of GSM-7 and UCS-2 as handsets reassemble it (3GPP TS 23.038 and 23.040)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Encoding = Literal["gsm7", "ucs2"]

# 3GPP TS 23.038 section 6.2.1: the default alphabet, one septet each (ESC itself is not text).
_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# Section 6.2.1.1: behind ESC, two septets each, and the pair may not be cut.
_EXTENDED = "\f^{}\\[~]|€"

_ALL_GSM = re.compile(f"[{re.escape(_BASIC + _EXTENDED)}]*")
_ALL_BASIC = re.compile(f"[{re.escape(_BASIC)}]*")
_EXTENDED_CHARACTERS = re.compile(f"[{re.escape(_EXTENDED)}]")
_FOREIGN = re.compile(f"[^{re.escape(_BASIC + _EXTENDED)}]")
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")

_USER_DATA_OCTETS = 140
_CONCATENATION_OCTETS = {8: 6, 16: 7}  # reference width in bits -> header octets, with its length octet


@dataclass(frozen=True, slots=True)
class PartCount:
    """`units` are septets or UTF-16 code units; `sizes` are the units in each part. An empty text has no parts."""

    encoding: Encoding
    units: int
    parts: int
    sizes: tuple[int, ...]


def part_limit(encoding: Encoding, *, header_octets: int) -> int:
    """Units that fit in one part beside a user data header of so many octets."""
    room = _USER_DATA_OCTETS - header_octets
    return room * 8 // 7 if encoding == "gsm7" else room // 2


def _alone(encoding: Encoding) -> tuple[PartCount, ...]:
    """The count of every text that fits in one part, by its units."""
    units = range(1, part_limit(encoding, header_octets=0) + 1)
    return (PartCount(encoding, 0, 0, ()), *(PartCount(encoding, count, 1, (count,)) for count in units))


# Most texts fit in one part, and every message is counted: those counts are made once.
_ALONE: Mapping[Encoding, tuple[PartCount, ...]] = {"gsm7": _alone("gsm7"), "ucs2": _alone("ucs2")}


def _pack(widths: list[int], limit: int) -> tuple[int, ...]:
    """Fill parts greedily with indivisible pieces of one or two units."""
    sizes: list[int] = []
    filled = 0
    for width in widths:
        if filled + width > limit:
            sizes.append(filled)
            filled = 0
        filled += width
    sizes.append(filled)
    return tuple(sizes)


def _even(units: int, limit: int) -> tuple[int, ...]:
    full, rest = divmod(units, limit)
    return (limit,) * full + ((rest,) if rest else ())


def count_parts(text: str, *, reference_bits: Literal[8, 16] = 8) -> PartCount:
    """Count the parts of a text exactly. Characters of two units are never cut, so a chain can be longer than units suggest."""
    encoding: Encoding = "gsm7"
    wide = 0
    if not _ALL_BASIC.fullmatch(text):
        if _ALL_GSM.fullmatch(text):
            wide = len(_EXTENDED_CHARACTERS.findall(text))
        else:
            encoding = "ucs2"
            wide = 0 if text.isascii() else len(_ASTRAL.findall(text))
    units = len(text) + wide
    alone = _ALONE[encoding]
    if units < len(alone):
        return alone[units]
    limit = part_limit(encoding, header_octets=_CONCATENATION_OCTETS[reference_bits])
    if not wide:
        sizes = _even(units, limit)
    elif encoding == "gsm7":
        sizes = _pack([2 if character in _EXTENDED else 1 for character in text], limit)
    else:
        sizes = _pack([2 if character > "\uffff" else 1 for character in text], limit)
    return PartCount(encoding, units, len(sizes), sizes)


def foreign_in(text: str) -> list[tuple[int, str]]:
    """Each place in a text where a character stands that GSM-7 lacks, with the character."""
    return [(match.start(), match.group()) for match in _FOREIGN.finditer(text)]
