"""What may an RCS message of Google's hold? Its text, file or cards and what can be tapped, each within its bounds."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from app.simulator.refusals import is_url

_LONGEST_TEXT, _LARGEST, _MOST_TAPS, _MOST_CARD_TAPS = 3_072, 250_000, 11, 4
_LONGEST_TAP, _LONGEST_POSTBACK, _LONGEST_TITLE, _LONGEST_DESCRIPTION = 25, 2_048, 200, 2_000
_LONGEST_LIFE = 15 * 86_400
_TTL = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?s")
_TRAFFIC = ("PROMOTION", "TRANSACTION", "AUTHENTICATION", "SERVICEREQUEST", "ACKNOWLEDGEMENT")
_TOP = frozenset({"contentMessage", "messageTrafficType", "ttl", "expireTime"})
_KINDS = ("text", "richCard", "contentInfo", "uploadedRbmFile")
_ACTIONS = ("openUrlAction", "dialAction", "viewLocationAction", "shareLocationAction", "createCalendarEventAction")


def fault_of(fields: Any, size: int) -> str | None:
    """What is wrong with a message of so many bytes, in a sentence; None where nothing is."""
    return next(_faults(fields, size), None)


def _faults(fields: Any, size: int) -> Iterator[str]:
    if not isinstance(fields, dict) or not isinstance(fields.get("contentMessage"), dict):
        yield "contentMessage is missing"
        return
    if size > _LARGEST:
        yield "the message is too big"
    yield from (f"no field is called {name}" for name in fields.keys() - _TOP)
    if fields.get("messageTrafficType") not in _TRAFFIC:
        yield "messageTrafficType is missing or unknown"
    ttl = fields.get("ttl")
    if ttl is not None and not (isinstance(ttl, str) and _TTL.fullmatch(ttl) and 0 < float(ttl[:-1]) <= _LONGEST_LIFE):
        yield "ttl is not up to fifteen days in seconds"
    if ttl is not None and "expireTime" in fields:
        yield "ttl and expireTime exclude each other"
    yield from _content(fields["contentMessage"])


def _content(content: Mapping[str, Any]) -> Iterator[str]:
    named = [kind for kind in _KINDS if kind in content]
    if len(named) != 1:
        yield "contentMessage holds exactly one of text, richCard, contentInfo and uploadedRbmFile"
        return
    yield from (f"contentMessage has no field {name}" for name in content.keys() - {*_KINDS, "suggestions"})
    yield from _READERS[named[0]](content[named[0]])
    yield from _suggestions(content.get("suggestions", []), _MOST_TAPS)


def _text(text: Any) -> Iterator[str]:
    if not isinstance(text, str) or not 0 < len(text) <= _LONGEST_TEXT:
        yield "text is empty or too long"


def _file(info: Any) -> Iterator[str]:
    if not isinstance(info, dict) or not is_url(str(info.get("fileUrl"))):
        yield "contentInfo.fileUrl is no URL"


def _uploaded(file: Any) -> Iterator[str]:
    if not isinstance(file, dict) or not isinstance(file.get("fileName"), str):
        yield "uploadedRbmFile.fileName is missing"


def _rich_card(card: Any) -> Iterator[str]:
    single = card.get("standaloneCard") if isinstance(card, dict) else None
    many = card.get("carouselCard") if isinstance(card, dict) else None
    if isinstance(single, dict) == isinstance(many, dict):
        yield "richCard holds one of standaloneCard and carouselCard"
    elif isinstance(single, dict):
        if single.get("cardOrientation") not in ("VERTICAL", "HORIZONTAL"):
            yield "cardOrientation is missing"
        yield from _card(single.get("cardContent"))
    elif isinstance(many, dict):
        cards = many.get("cardContents")
        if many.get("cardWidth") not in ("SMALL", "MEDIUM"):
            yield "cardWidth is missing"
        if not isinstance(cards, list) or not 2 <= len(cards) <= 10:
            yield "a carousel has two to ten cards"
            return
        for each in cards:
            yield from _card(each)


def _card(card: Any) -> Iterator[str]:
    if not isinstance(card, dict) or not card.keys() & {"title", "description", "media"}:
        yield "a card has a title, a description or media"
        return
    for name, most in (("title", _LONGEST_TITLE), ("description", _LONGEST_DESCRIPTION)):
        if not isinstance(card.get(name, ""), str) or len(card.get(name, "")) > most:
            yield f"a card's {name} is too long"
    media = card.get("media")
    if media is not None:
        if not isinstance(media, dict) or media.get("height") not in ("SHORT", "MEDIUM", "TALL"):
            yield "a card's media has a height"
        else:
            yield from _file(media.get("contentInfo"))
    yield from _suggestions(card.get("suggestions", []), _MOST_CARD_TAPS)


def _suggestions(given: Any, most: int) -> Iterator[str]:
    if not isinstance(given, list) or len(given) > most:
        yield f"there are at most {most} suggestions here"
        return
    for each in given:
        said = next((each[kind] for kind in ("reply", "action") if isinstance(each, dict) and kind in each), None)
        if not isinstance(said, dict) or not isinstance(each, dict) or len(each) != 1:
            yield "a suggestion is a reply or an action"
            continue
        text, postback = said.get("text"), said.get("postbackData")
        if not isinstance(text, str) or not 0 < len(text) <= _LONGEST_TAP:
            yield "a suggestion's text is empty or too long"
        if not isinstance(postback, str) or len(postback) > _LONGEST_POSTBACK:
            yield "a suggestion's postbackData is missing or too long"
        if "action" in each and sum(kind in said for kind in _ACTIONS) != 1:
            yield "an action does exactly one thing"


_READERS: Mapping[str, Callable[[Any], Iterator[str]]] = {
    "text": _text,
    "richCard": _rich_card,
    "contentInfo": _file,
    "uploadedRbmFile": _uploaded,
}


def taps_of(content: Mapping[str, Any]) -> dict[str, str]:
    """What a person can tap on in a message that is in order: postback to words."""
    card = content.get("richCard", {})
    single, many = card.get("standaloneCard"), card.get("carouselCard", {})
    lists = [content, *([single["cardContent"]] if single else many.get("cardContents", []))]
    said = [each.get("reply") or each["action"] for part in lists for each in part.get("suggestions", [])]
    return {each["postbackData"]: each["text"] for each in said}
