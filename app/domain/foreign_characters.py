"""Which characters keep a text out of GSM-7? Each by its name, where it stands, what may stand for it, and what it costs."""

import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from app.domain.parts import count_parts, foreign_in
from app.domain.plain_letters import addresses, stand_in

MOST_KINDS = 50
MOST_PLACES = 10
_Span = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignCharacter:
    """A character that GSM-7 lacks, with a mark that belongs to it.

    `plainly` is what may stand for it (None: nothing says the same), `count` how often it stands in the text, `places` the line
    and column of the first ones, both from 1. `parts_without` is what the text comes to with it alone written so, or left out.
    """

    character: str
    name: str
    plainly: str | None
    count: int
    places: tuple[tuple[int, int], ...]
    parts_without: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """The first of the `kinds` of foreign characters of a text, as they appear, and its parts without any of them."""

    characters: tuple[ForeignCharacter, ...]
    kinds: int
    parts_without: int


@lru_cache(maxsize=4096)
def name_of(character: str) -> str:
    """The Unicode names of a character and its marks; U+0007 for what has none."""
    return " + ".join(unicodedata.name(one, f"U+{ord(one):04X}") for one in character)


def foreign_characters(text: str) -> Foreign:
    """What keeps a text out of GSM-7. The same sign counts as two kinds where it is written plainly in two ways."""
    kinds = _kinds(text)
    if not kinds:
        return Foreign(characters=(), kinds=0, parts_without=count_parts(text).parts)
    lines = [-1, *(place for place, char in enumerate(text) if char == "\n")]
    found = tuple(
        ForeignCharacter(
            character=character,
            name=name_of(character),
            plainly=plainly,
            count=len(spans),
            places=tuple(_place(lines, start) for start, _ in spans[:MOST_PLACES]),
            parts_without=_parts(text, [(span, plainly or "") for span in spans]),
        )
        for (character, plainly), spans in list(kinds.items())[:MOST_KINDS]
    )
    every = sorted((span, plainly or "") for (_, plainly), spans in kinds.items() for span in spans)
    return Foreign(characters=found, kinds=len(kinds), parts_without=_parts(text, every))


def _kinds(text: str) -> dict[tuple[str, str | None], list[_Span]]:
    """Where each kind stands, in order of appearance."""
    kept = [match.span() for match in addresses(text)]
    kinds: dict[tuple[str, str | None], list[_Span]] = {}
    for start, end in _spans(text):
        character = unicodedata.normalize("NFC", text[start:end])
        if any(first <= start < last for first, last in kept):
            plainly = None
        elif not foreign_in(character):
            plainly = character
        else:
            plainly = stand_in(character, before=text[start - 1 : start], after=text[end : end + 1])
        kinds.setdefault((text[start:end], plainly), []).append((start, end))
    return kinds


def _spans(text: str) -> list[_Span]:
    """Each foreign character, with the letter before it where it is a mark on one: e and an acute accent are one \u00e9."""
    spans: list[_Span] = []
    for start, _ in foreign_in(text):
        joined = (
            start and unicodedata.combining(text[start]) and len(unicodedata.normalize("NFC", text[start - 1 : start + 1])) == 1
        )
        if joined and spans and spans[-1][1] == start:
            spans.pop()
        spans.append((start - 1 if joined else start, start + 1))
    return spans


def _place(lines: Sequence[int], start: int) -> tuple[int, int]:
    line = bisect_right(lines, start - 1)
    return line, start - lines[line - 1]


def _parts(text: str, instead: Sequence[tuple[_Span, str]]) -> int:
    pieces: list[str] = []
    end = 0
    for (start, after), sign in instead:
        pieces += (text[end:start], sign)
        end = after
    return count_parts("".join((*pieces, text[end:]))).parts
