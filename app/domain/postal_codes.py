"""What does a postal code tell of a place? The state, province or department it lies in, and its zones where they are certain.

By leading characters, as the post hands them out. A prefix of a state with two zones is narrowed only where all of it keeps one.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass

from app.domain.subdivisions import subdivision_zones

_EAST, _CENTRAL, _MOUNTAIN = ("America/New_York",), ("America/Chicago",), ("America/Denver",)
_PACIFIC, _BOISE, _TORONTO = ("America/Los_Angeles",), ("America/Boise",), ("America/Toronto",)
MILITARY = "military"
Ranges = tuple[list[int], list[tuple[int, str]]]

# First three digits from, up to and including; "" are numbers the post has not given out.
_ZIP = """005 NY|006-007 PR|008 VI|009 PR|010-027 MA|028-029 RI|030-038 NH|039-049 ME|050-054 VT|055 MA|056-059 VT|060-069 CT
070-089 NJ|090-098 military|100-149 NY|150-196 PA|197-199 DE|200 DC|201 VA|202-205 DC|206-219 MD|220-246 VA|247-268 WV
270-289 NC|290-299 SC|300-319 GA|320-339 FL|340 military|341-349 FL|350-369 AL|370-385 TN|386-397 MS|398-399 GA|400-427 KY
430-459 OH|460-479 IN|480-499 MI|500-528 IA|530-549 WI|550-567 MN|569 DC|570-577 SD|580-588 ND|590-599 MT|600-629 IL
630-658 MO|660-679 KS|680-693 NE|700-714 LA|716-729 AR|730-732 OK|733 TX|734-749 OK|750-799 TX|800-816 CO|820-831 WY
832-838 ID|840-847 UT|850-865 AZ|870-884 NM|885 TX|889-898 NV|900-961 CA|962-966 military|967-968 HI|969 GU|970-979 OR
980-994 WA|995-999 AK"""
_ZIP_ONLY_HERE = {
    "06390": "NY",  # Fishers Island
    "96799": "AS",
    **dict.fromkeys(("96950", "96951", "96952"), "MP"),
    **dict.fromkeys(("96939", "96940"), "PW"),
    **dict.fromkeys(("96941", "96942", "96943", "96944"), "FM"),
    **dict.fromkeys(("96960", "96970"), "MH"),
}
# Where a state has two zones: prefixes that lie in one of them altogether.
_ZIP_ZONES = """320-323 E|325 C|326-349 E|370-372 C|374 E|376 E|379 E|380-384 C|400 E|402-412 E|413-418 E|420 C|422-424 C
460-462 E|463-464 C|466-474 E|476-477 C|478 E|480-497 D|570-574 C|577 M|580-584 C|660-676 C|679 C|680-689 C|693 M|733 C|750-797 C
799 M|885 M|832-834 B|836-837 B|838 P|970-978 P|889-897 P|850-859 X|863-864 X|997-999 A"""
_LETTERS = {
    "E": _EAST,
    "C": _CENTRAL,
    "M": _MOUNTAIN,
    "P": _PACIFIC,
    "B": _BOISE,
    "D": ("America/Detroit",),
    "X": ("America/Phoenix",),
    "A": ("America/Anchorage",),
}
_PROVINCES = {
    **dict(zip("ABCERSTVY", ("NL", "NS", "PE", "NB", "MB", "SK", "AB", "BC", "YT"), strict=True)),
    **dict.fromkeys("GHJ", "QC"),
    **dict.fromkeys("KLMNP", "ON"),
}
# By the beginnings of a Canadian code, longest first; provinces with one zone need none.
_FORWARD = {
    "A0P": ("America/Goose_Bay",),
    "A2V": ("America/Goose_Bay",),
    "A1": ("America/St_Johns",),
    "A2": ("America/St_Johns",),
    "G4T": ("America/Halifax",),  # Magdalen Islands
    **dict.fromkeys(("G1", "G2", "G3", "G4", "G5", "G6", "G7", "G8", "G9", "H", "J"), _TORONTO),
    **dict.fromkeys(("K", "L", "M", "N", "P1", "P2", "P3", "P4", "P5", "P6", "P7"), _TORONTO),
    "S4": ("America/Regina",),
    "S6": ("America/Regina",),
    "S7": ("America/Regina",),
    "V1A": ("America/Edmonton",),
    "V1C": ("America/Edmonton",),
    "V1G": ("America/Dawson_Creek",),
    "V1J": ("America/Dawson_Creek",),
    **dict.fromkeys(("V3", "V4", "V5", "V6", "V7", "V8", "V9"), ("America/Vancouver",)),
    "X0A": ("America/Iqaluit", "America/Resolute"),
    "X0B": ("America/Cambridge_Bay",),
    "X0C": ("America/Rankin_Inlet",),
}
_OVERSEAS = {"971": "GP", "972": "MQ", "973": "GF", "974": "RE", "975": "PM", "976": "YT", "977": "BL", "978": "MF"} | {
    "986": "WF",
    "987": "PF",
    "988": "NC",
}
_ISLANDS = {"97133": "BL", "97150": "MF"}  # written as Guadeloupe's to this day

_ZIP_SHAPE = re.compile(r"([0-9]{5})(?:[- ]?[0-9]{4})?\Z")
_CANADIAN = re.compile(r"([ABCEGHJ-NPRSTVXY][0-9][ABCEGHJ-NPRSTV-Z])(?:[ -]?[0-9][ABCEGHJ-NPRSTV-Z][0-9])?\Z")
_FIVE_DIGITS = re.compile(r"[0-9]{5}\Z")


class BadPostalCode(ValueError):
    """No such code is given out in that country; the text says why."""


@dataclass(frozen=True, slots=True)
class Postal:
    """A code as it is written, its region ("US-FL", "PR", "FR-57"; "" where it tells none), and its zones where they are sure."""

    code: str
    region: str
    zones: tuple[str, ...] = ()


def _ranges(table: str) -> Ranges:
    """Ascending: where each begins, and (where it ends, its word)."""
    rows = [row.split(" ") for row in table.replace("\n", "|").split("|")]
    ends = sorted((int(span[:3]), int(span[-3:]), word) for span, word in rows)
    return [first for first, _, _ in ends], [(last, word) for _, last, word in ends]


_STATES, _NARROWED = _ranges(_ZIP), _ranges(_ZIP_ZONES)


def _within(ranges: Ranges, prefix: int) -> str | None:
    place = bisect_right(ranges[0], prefix) - 1
    if place < 0:
        return None
    last, word = ranges[1][place]
    return word if prefix <= last else None


def _united_states(text: str) -> Postal:
    shape = _ZIP_SHAPE.match(text)
    if shape is None:
        raise BadPostalCode("a ZIP code is five digits, perhaps with four more behind a hyphen")
    code, prefix = shape[1], int(shape[1][:3])
    found = _ZIP_ONLY_HERE.get(code) or _within(_STATES, prefix)
    if found is None:
        raise BadPostalCode(f"no ZIP code begins with {code[:3]}")
    if found == MILITARY:
        return Postal(text, MILITARY)
    region = f"US-{found}" if subdivision_zones(f"US-{found}") else found
    narrowed = _within(_NARROWED, prefix)
    return Postal(text, region, _LETTERS[narrowed] if narrowed else ())


def _canada(text: str) -> Postal:
    shape = _CANADIAN.match(text.upper())
    if shape is None:
        raise BadPostalCode("a Canadian postal code is written like M5V 3L9, or as its first half")
    area = shape[1]
    north = "NU" if area in {"X0A", "X0B", "X0C"} else "NT"
    province = north if area[0] == "X" else _PROVINCES[area[0]]
    zones = next((_FORWARD[area[:length]] for length in (3, 2, 1) if area[:length] in _FORWARD), ())
    return Postal(text.upper(), f"CA-{province}", zones)


def _france(text: str) -> Postal:
    if not _FIVE_DIGITS.match(text):
        raise BadPostalCode("a French postal code is five digits")
    overseas = _ISLANDS.get(text) or _OVERSEAS.get(text[:3])
    if overseas is not None:
        return Postal(text, overseas)
    department = text[:2] if text[:2] != "20" else "2A" if text[:3] in {"200", "201"} else "2B"
    if subdivision_zones(f"FR-{department}") is None:
        raise BadPostalCode(f"no department's codes begin with {text[:2]}")
    return Postal(text, f"FR-{department}")


def _spain(text: str) -> Postal:
    if not _FIVE_DIGITS.match(text) or not 1 <= int(text[:2]) <= 52:
        raise BadPostalCode("a Spanish postal code is five digits, the first two from 01 to 52")
    zone = {"35": "Atlantic/Canary", "38": "Atlantic/Canary", "51": "Africa/Ceuta", "52": "Africa/Ceuta"}.get(text[:2])
    return Postal(text, "ES", (zone or "Europe/Madrid",))


_READERS = {"US": _united_states, "CA": _canada, "FR": _france, "ES": _spain}
_ELSEWHERE = re.compile(r"[0-9A-Za-z][0-9A-Za-z -]{1,14}\Z")


def read_postal_code(country: str, text: str) -> Postal:
    """What a code of this country tells; one of a country whose codes are not known here tells nothing. Raises BadPostalCode.

    The region is MILITARY for codes of the forces' post, which is anywhere.
    """
    text = " ".join(text.split())
    reader = _READERS.get(country)
    if reader is not None:
        return reader(text)
    if not _ELSEWHERE.match(text):
        raise BadPostalCode("a postal code is 2 to 15 letters, digits, spaces and hyphens")
    return Postal(text, "")
