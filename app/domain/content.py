"""What does a text hold? Who it is from, how to object, its label, what sells in it, shared short links, and what it is about."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache

from app.domain.content_words import (
    ANSWERING,
    BETWEEN,
    CATEGORIES,
    MARKETING,
    MARKETING_ANYWHERE,
    OPT_OUT,
    OPT_OUT_ANSWERS,
    OPT_OUT_ANYWHERE,
    OPT_OUT_WORDS,
    PERCENT_MARKETING,
    SHORTENERS,
)
from app.domain.facts import ContentFacts
from app.domain.identity import hide_name, name_words, names, tells_where
from app.domain.voice_script import read_script

IDENTIFICATION = "identification"
OPT_OUT_ELEMENT = "opt_out"
AD_LABEL = "ad_label"

_WORD = re.compile(r"\w+")
# One link in a word: the host, and all that follows it, which is not looked into. Behind an @ without a path it is an address.
_LINK = re.compile(r"(@?)((?:[a-z0-9-]+\.)+[a-z]{2,})\.?(?::\d+)?([/?#]\S*)?")
_EDGES = "\"'`*_<>[](){}:=\u00ab\u00bb\u2018\u2019\u201c\u201d\u201e"
_ENDS = _EDGES + ".,;!?\u3002/-"
_DOTS = str.maketrans("\u3002\uff61\uff0e", "...")  # what browsers take for a dot in a host name (UTS 46, section 2.3)
_OPT_OUT = tuple(re.compile(pattern) for pattern in OPT_OUT)
_PERCENT = re.compile(PERCENT_MARKETING)
_SELLING: Mapping[str, re.Pattern[str]] = {word: re.compile(pattern) for word, pattern in MARKETING.items()}
_ABOUT: Mapping[str, tuple[str, re.Pattern[str]]] = {
    word: (category, re.compile(pattern)) for word, (category, pattern) in CATEGORIES.items()
}
_SELLING_WORDS = frozenset(MARKETING)
_ABOUT_WORDS = frozenset(CATEGORIES)

# Region -> how an advertisement has to begin (facts/compliance 4.3).
LABELS: Mapping[str, re.Pattern[str]] = {
    "KR": re.compile(r"\s*\(광고\)"),
    "VN": re.compile(r"\s*\[(?:qc|ad)\]"),
    "SG": re.compile(r"\s*<adv>"),
    "IL": re.compile(r"\W*פרסומת"),
}
# Region -> what a chance to object has to say there, where a plain STOP will not do (Network Act art. 50: a free number).
_OPT_OUT_THERE: Mapping[str, re.Pattern[str]] = {"KR": re.compile(r"(?:무료)? ?수신 ?거부|무료 ?거부")}
_FULLY_IDENTIFIED = frozenset({"CA"})  # SOR/2012-36 s. 2: a mailing address and a way to reach the sender, or a link to them


def read_content(text: str, *, brand: str = "", region: str = "", script: str | None = None) -> ContentFacts:
    """Read a text for a recipient in `region` (ISO 3166 alpha-2, with or without a subdivision), sent for `brand`.

    `lacks` names what was looked for and not found, as that region understands it; whether it is needed there is for
    `app.domain.content_needs` to say. `script` is what a recorded call says, read for the order the law wants. Never raises.
    """
    return read_for(text, brand, (region,) if region else (), script)


@lru_cache(maxsize=8_192)
def read_for(text: str, brand: str, regions: tuple[str, ...], script: str | None = None, *, selling: bool = True) -> ContentFacts:
    """The same for a person who may be in any of several regions: what is missing for one of them is missing.

    `selling` false leaves out what sells, which nobody asks of a marketing message.
    """
    heard = read_script(script, brand) if script is not None else frozenset()
    whole = text if script is None else f"{text} {script}"
    shown = flat(whole)
    words = frozenset(_WORD.findall(shown))
    countries = {region[:2] for region in regions}
    return ContentFacts(
        lacks=heard | _missing(shown, words, brand, countries),
        marketing=_selling(whole, shown, words, brand) if selling else (),
        shorteners=shorteners(shown),
        categories=_about(shown, words),
    )


def flat(text: str) -> str:
    """A text as it is searched: compatibility forms undone, lower case, without accents and invisible characters."""
    if text.isascii():
        return text.lower()
    composed = unicodedata.normalize("NFKC", text).translate(_DOTS)
    bare = "".join(
        char for char in unicodedata.normalize("NFD", composed.casefold()) if unicodedata.category(char) not in {"Mn", "Cf"}
    )
    return unicodedata.normalize("NFC", bare).replace("\u0131", "i")


def shorteners(shown: str) -> tuple[str, ...]:
    """The public link shorteners a flattened text links to, each once. Brands' own short domains are not among them."""
    found: dict[str, None] = {}
    for word in shown.split() if "." in shown else ():
        if "." not in word[:-1]:
            continue
        for at_sign, host, rest in _LINK.findall(word):
            if at_sign and not rest:
                continue
            labels = host.split(".")
            found |= dict.fromkeys(
                shared for start in range(len(labels) - 1) if (shared := ".".join(labels[start:])) in SHORTENERS
            )
    return tuple(found)


def _missing(shown: str, words: frozenset[str], brand: str, countries: Iterable[str]) -> frozenset[str]:
    lacks: set[str] = set()
    if not names(shown, brand) or (not _FULLY_IDENTIFIED.isdisjoint(countries) and not tells_where(shown)):
        lacks.add(IDENTIFICATION)
    there = [_OPT_OUT_THERE[country] for country in countries if country in _OPT_OUT_THERE]
    if not (all(form.search(shown) for form in there) if there else _offers_opt_out(shown, words)):
        lacks.add(OPT_OUT_ELEMENT)
    if any(country in LABELS and not LABELS[country].match(shown) for country in countries):
        lacks.add(AD_LABEL)
    return frozenset(lacks)


def _offers_opt_out(shown: str, words: frozenset[str]) -> bool:
    if not words.isdisjoint(OPT_OUT_WORDS) and (_asks_for_answer(shown) or any(pattern.search(shown) for pattern in _OPT_OUT)):
        return True
    return not shown.isascii() and any(form in shown for form in OPT_OUT_ANYWHERE)


def _asks_for_answer(shown: str) -> bool:
    """Whether it says to answer with a word that stops: `reply STOP`, `par "STOP"`. No sentence ends between."""
    asked = False
    for written in shown.split():
        word = written.strip(_EDGES)
        if word in ANSWERING:
            asked = True
        elif asked and word.strip(_ENDS) in OPT_OUT_ANSWERS:
            return True
        elif word not in BETWEEN:
            asked = False
    return False


def _selling(whole: str, shown: str, words: frozenset[str], brand: str) -> tuple[str, ...]:
    nameless = _without_name(whole, shown, brand)
    told = shown if len(shown) == len(nameless) else nameless
    hits = [match for word in sorted(words & _SELLING_WORDS) if (match := _SELLING[word].search(nameless))]
    found = [told[match.start() : match.end()] for match in hits]
    if "%" in shown and (match := _PERCENT.search(shown)):  # no brand is called that
        found.append(match.group())
    if not shown.isascii():
        found += [form for form in MARKETING_ANYWHERE if form in nameless]
    return tuple(dict.fromkeys(found))


def _without_name(whole: str, shown: str, brand: str) -> str:
    """The flattened text without the brand's name, which sells nothing whatever its words mean.

    A name that is one of the words that sell ("Free", "Coupons") is taken for the name only where it is written as the brand
    writes it: otherwise it is the word.
    """
    name = name_words(brand)
    if len(name) == 1 and name[0] in _SELLING_WORDS:
        written = _WORD.match(unicodedata.normalize("NFC", brand).lstrip())
        if written and flat(written.group()) == name[0]:
            form = rf"\b{re.escape(written.group())}\b"
            return flat(re.sub(form, "_" * len(name[0]), unicodedata.normalize("NFC", whole)))
    return hide_name(shown, brand)


def _about(shown: str, words: frozenset[str]) -> frozenset[str]:
    hits = words & _ABOUT_WORDS
    return frozenset(_ABOUT[word][0] for word in hits if _ABOUT[word][1].search(shown)) if hits else frozenset()
