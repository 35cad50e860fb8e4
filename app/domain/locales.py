"""In which language is a person written to? The nearest of those a text is written in: de-AT, else de, else its own."""

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from app.domain.liquid.names import Gaps

MOST_LOCALES = 50
LEAVE_OUT = "leave_out"
"""The policy on missing values that writes nothing for them; any other skips the person."""

One = TypeVar("One")

# Voices are of a region: the one most carriers have for a language that names none.
_SPOKEN: Mapping[str, str] = {
    "cs": "cs-CZ",
    "da": "da-DK",
    "de": "de-DE",
    "en": "en-US",
    "es": "es-ES",
    "fi": "fi-FI",
    "fr": "fr-FR",
    "it": "it-IT",
    "ja": "ja-JP",
    "ko": "ko-KR",
    "nb": "nb-NO",
    "nl": "nl-NL",
    "no": "nb-NO",
    "pl": "pl-PL",
    "pt": "pt-BR",
    "sv": "sv-SE",
    "tr": "tr-TR",
    "zh": "zh-CN",
}


def nearest(texts: Mapping[str, One], locale: object) -> One | None:
    """What there is for a locale or for a wider one; None where the text's own language has to do. Keys are in lower case."""
    if not isinstance(locale, str):
        return None
    for tag in wider(locale):
        found = texts.get(tag)
        if found is not None:
            return found
    return None


def wider(locale: str) -> Iterator[str]:
    """A locale and the wider ones it lies in, in lower case: zh-hant-tw, zh-hant, zh."""
    tag = locale.replace("_", "-").lower()
    while tag:
        yield tag
        tag = tag.rpartition("-")[0]


def texts_of(stored: Mapping[str, Any] | None) -> Mapping[str, Mapping[str, Any]]:
    """The texts in other languages of a stored version: locale -> body, and content where it has its own."""
    return (stored or {}).get("texts") or {}


def language_of(stored: Mapping[str, Any] | None) -> str:
    """The language a stored version's own body is written in; "" where nobody said."""
    return (stored or {}).get("own") or ""


def gaps_of(stored: Mapping[str, Any] | None, locale: str = "") -> Gaps:
    """What a stored version says of missing values, in one of its languages ("": its own)."""
    kept = stored or {}
    own = (texts_of(stored).get(locale) or {}).get("defaults") or {}
    return Gaps({**(kept.get("defaults") or {}), **own}, "" if kept.get("missing") == LEAVE_OUT else None)


def spoken(locale: str) -> str:
    """The language a text in a locale is spoken in, with a region where one is known."""
    return _SPOKEN.get(locale.lower(), locale)
