"""What may a reply be read as, and by what? The words and sentences of all languages, made ready for normalised text."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from app.domain import keyword_phrases as phrases
from app.domain import keyword_words as words
from app.domain.wrong_number_phrases import WHO, WRONG_NUMBER


class Keyword(StrEnum):
    """How a reply is taken. REVIEW may be an opt-out: marketing rests until a person has read it. NONE is an ordinary reply."""

    STOP = "stop"
    START = "start"
    HELP = "help"
    REVIEW = "review"
    WRONG_NUMBER = "wrong_number"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Reading:
    """A reply as it was read. `languages` are those its word belongs to, none for a word of everywhere or no word at all.

    `says` is "yes" or "no" for a reply that only answers a question, `asks_who` is true for one that asks who we are.
    """

    keyword: Keyword
    languages: tuple[str, ...] = ()
    says: str = ""
    asks_who: bool = False


# What Unicode does not take apart: regional indicators and letters in boxes as the letters they show, and letters with a stroke.
_SHOWN = {
    **{0x1F1E6 + place: chr(ord("a") + place) for place in range(26)},
    **{base + place: chr(ord("a") + place) for base in (0x1F150, 0x1F170) for place in range(26)},
    **{ord(letter): plain for letter, plain in zip("ıİłŁøØđĐ", "iilloodd", strict=True)},
}


def normalise(line: str) -> str:
    """A line as lower-case letters and single spaces: no marks, digits, punctuation, emoji or invisible characters."""
    shown = (
        char for char in unicodedata.normalize("NFKC", line) if unicodedata.category(char) not in {"Cf", "Cc"} or char == "\t"
    )
    folded = unicodedata.normalize("NFD", "".join(shown).translate(_SHOWN).casefold())
    letters = "".join(_letter(char) for char in folded)
    return " ".join(unicodedata.normalize("NFC", letters).split())


def _letter(char: str) -> str:
    category = unicodedata.category(char)
    if category[0] == "L":
        return char
    return "" if category[0] == "M" else " "


@lru_cache(maxsize=1)
def polite() -> frozenset[str]:
    """Words that only surround a request."""
    return frozenset(normalise(word) for word in words.POLITE)


@lru_cache(maxsize=1)
def promo() -> frozenset[str]:
    """The answers that narrow a STOP to offers."""
    return frozenset(normalise(word) for word in words.PROMO.split(","))


def _spellings(lines: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    for language, listed in lines.items():
        for word in listed.split(","):
            spelt = normalise(word)
            yield from ((language, spelling) for spelling in dict.fromkeys((spelt, spelt.replace(" ", ""))))


@lru_cache(maxsize=1)
def exact() -> Mapping[str, Reading]:
    """Every word, normalised as replies are, with and without its spaces. A word that says no somewhere says no."""
    tables = (
        (Keyword.STOP, "", words.STOP),
        (Keyword.HELP, "", words.HELP),
        (Keyword.START, "", words.START),
        (Keyword.START, "yes", words.YES),
        (Keyword.NONE, "no", words.NO),
    )
    table: dict[str, Reading] = {}
    for keyword, says, lines in tables:
        for language, word in _spellings(lines):
            known = table.setdefault(word, Reading(keyword, (), says))
            if (known.keyword, known.says) == (keyword, says) and language not in (words.EVERYWHERE, *known.languages):
                table[word] = Reading(keyword, (*known.languages, language), says)
    for _, word in _spellings({words.EVERYWHERE: words.STOP[words.EVERYWHERE]}):
        table[word] = Reading(Keyword.STOP)
    return table


@lru_cache(maxsize=1)
def joining() -> tuple[str, ...]:
    """The long words that join, which a misspelt one may mean as well."""
    return tuple(word for word, reading in exact().items() if reading.keyword is Keyword.START and len(word) > 6)


def _compiled(patterns: Iterable[str]) -> re.Pattern[str]:
    """One pattern of many, in the letters replies are normalised to."""
    joined = "|".join(f"(?:{pattern})" for pattern in patterns)
    marked = unicodedata.normalize("NFD", joined.translate(_SHOWN))
    return re.compile(unicodedata.normalize("NFC", "".join(char for char in marked if unicodedata.category(char) != "Mn")))


def _of(keyword: Keyword, table: Mapping[str, Sequence[str]], **other: bool) -> list[tuple[re.Pattern[str], Reading]]:
    return [(_compiled(patterns), Reading(keyword, (language,), **other)) for language, patterns in table.items()]  # type: ignore[arg-type]


@lru_cache(maxsize=1)
def requests() -> tuple[tuple[re.Pattern[str], Reading], ...]:
    """Requests to stop that are the same wherever they stand, by language."""
    return tuple(_of(Keyword.STOP, phrases.REQUESTS))


@lru_cache(maxsize=1)
def sentences() -> tuple[tuple[re.Pattern[str], Reading], ...]:
    """Whole replies that act, by language."""
    whole = _of(Keyword.STOP, phrases.WHOLE)
    who = _of(Keyword.WRONG_NUMBER, WHO, asks_who=True)
    return (*requests(), *whole, *who, *_of(Keyword.WRONG_NUMBER, WRONG_NUMBER))


@lru_cache(maxsize=1)
def inside() -> tuple[re.Pattern[str], ...]:
    """Requests to stop, as found inside a sentence."""
    return tuple(re.compile(rf"(?<!\w)(?:{pattern.pattern})(?!\w)") for pattern, _ in requests())


@lru_cache(maxsize=1)
def beginnings() -> re.Pattern[str]:
    """How a reply begins that may be an opt-out."""
    return _compiled(phrases.MAY_BEGIN)


@lru_cache(maxsize=1)
def held() -> re.Pattern[str]:
    """What is said by somebody who wants no more of it."""
    return re.compile("|".join(rf"(?<!\w)(?:{said})(?!\w)" for said in phrases.MAY_HOLD))
