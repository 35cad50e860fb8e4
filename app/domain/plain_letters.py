"""What may stand for a character that GSM-7 lacks? Typographic signs as a typewriter has them; letters of a name stay."""

import re
import unicodedata
from collections.abc import Iterator, Mapping

from app.domain.liquid.values import LONGEST_OUTPUT
from app.domain.parts import count_parts

# Signs a word processor puts in unasked, and what people would have typed (facts/compliance 6.1). Accented letters are left
# alone: a name is written as its owner writes it.
_SIGNS: Mapping[str, str] = {
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4\u0060\u02bc\uff07", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb\uff02", '"'),
    **dict.fromkeys("\u2039", "<"),
    **dict.fromkeys("\u203a", ">"),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043\ufe58\ufe63\uff0d", "-"),
    **dict.fromkeys("\u2022\u2023\u25cf\u25aa\u00b7\u2219", "*"),
    **dict.fromkeys("\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\t", " "),
    **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad", ""),
    **dict.fromkeys("\u2028\u2029\u0085", "\n"),
    "\u2026": "...",
    "\u2044": "/",
    "\u00d7": "x",
    "\u00bc": "1/4",
    "\u00bd": "1/2",
    "\u00be": "3/4",
    "\u00a9": "(c)",
    "\u00ae": "(R)",
    "\u2122": "(TM)",
    "\u2116": "No.",
    **{chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F) if chr(code) not in "\uff02\uff07\uff0d"},
}
_ADDRESS = re.compile(r"(?<!\S)\S*?://\S*")  # looked for once a word, so that a word without end costs no more than its length
_MIXED = re.compile("(?<=[0-9])(?=[\u00bc\u00bd\u00be])")  # where 2\u00bd is two and a half, and not 21/2
_LETTER = re.compile(r"(?<=[^\W\d_])\u00b7(?=[^\W\d_])")  # a dot that belongs to a word: Gal\u00b7la
_TABLE = str.maketrans(dict(_SIGNS))


def stand_in(character: str, *, before: str = "", after: str = "") -> str | None:
    """What is written for a character in GSM-7 between its neighbours; None where nothing would say the same."""
    if _LETTER.search(f"{before}{character}{after}"):
        return None
    found = _SIGNS.get(character)
    return f" {found}" if found and _MIXED.search(f"{before}{character}") else found


def addresses(text: str) -> Iterator[re.Match[str]]:
    """The addresses in a text, whose signs are left alone."""
    return _ADDRESS.finditer(text)


def plainly(text: str) -> str:
    """The text with what GSM-7 lacks written plainly, where all of it can be; else, and where nothing is to do, as it is.

    Addresses are left alone: a sign changed in one leads elsewhere. Half a change would cost signs and save no part.
    """
    before = count_parts(text)
    if before.encoding == "gsm7":
        return text
    composed = unicodedata.normalize("NFC", text)
    if _LETTER.search(composed):
        return text
    pieces: list[str] = []
    end = 0
    for address in addresses(composed):
        pieces += (_written(composed[end : address.start()]), address.group())
        end = address.end()
    plain = "".join((*pieces, _written(composed[end:])))
    after = count_parts(plain)
    helps = after.encoding == "gsm7" and after.parts <= before.parts and len(plain) <= LONGEST_OUTPUT
    return plain if helps else text


def _written(piece: str) -> str:
    return _MIXED.sub(" ", piece).translate(_TABLE)
