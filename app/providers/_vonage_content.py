"""What does a message by Vonage carry? Media of an MMS; cards, files and suggestions of RCS, as the Messages API writes them."""

from collections.abc import Sequence
from typing import Any

from app.domain.delivery import Outbound
from app.domain.message import Channel
from app.domain.rich import LONGEST_CARD_TEXT, LONGEST_TITLE, Card, Media, Suggestion, SuggestionKind
from app.providers._wire import digits

_ENDINGS = {
    "video": (".mp4", ".3gp", ".mov", ".webm", ".m4v"),
    "audio": (".mp3", ".wav", ".amr", ".ogg", ".m4a"),
    "vcard": (".vcf",),
    "file": (".pdf",),
}


def content_of(outbound: Outbound) -> dict[str, Any]:
    """`message_type` and what belongs to it."""
    if outbound.channel is Channel.MMS and outbound.content.media:
        return _mms(outbound)
    if outbound.channel is Channel.RCS:
        return _rcs(outbound)
    return {"message_type": "text", "text": outbound.body}


def _mms(outbound: Outbound) -> dict[str, Any]:
    caption = {"caption": outbound.body} if outbound.body else {}
    first, *more = outbound.content.media
    if not more:
        kind = _kind(first, files=False)
        return {"message_type": kind, kind: {"url": first.url, **caption}}
    parts = [{"type": _kind(medium, files=False), "url": medium.url} for medium in (first, *more)]
    return {"message_type": "content", "content": [{**parts[0], **caption}, *parts[1:]]}


def _rcs(outbound: Outbound) -> dict[str, Any]:
    content, body = outbound.content, outbound.body
    chips = {"suggestions": [_suggestion(each) for each in content.suggestions]} if content.suggestions else {}
    if len(content.cards) > 1:
        cards = [_card(card, ()) for card in content.cards]
        return {"message_type": "carousel", "carousel": {"cards": cards}, **chips, "rcs": {"card_width": "MEDIUM"}}
    if content.cards and content.cards[0].media:
        return _one_card(content.cards[0], content.suggestions)
    if content.cards:
        return _card_in_words(content.cards[0], content.suggestions)
    if content.media and (body or chips) and len(body) <= LONGEST_CARD_TEXT:
        return _one_card(Card(text=body, media=content.media[0]), content.suggestions)
    if content.media:
        kind = _kind(content.media[0], files=True)
        return {"message_type": kind, kind: {"url": content.media[0].url}}
    return {"message_type": "text", "text": body, **chips}


def _one_card(card: Card, more: Sequence[Suggestion]) -> dict[str, Any]:
    """A card message, which has no suggestions but the card's own."""
    return {"message_type": "card", "card": _card(card, more), "rcs": {"card_orientation": "VERTICAL"}}


def _card_in_words(card: Card, more: Sequence[Suggestion]) -> dict[str, Any]:
    """A card without a picture, which Vonage has none of: its words as a text, with its suggestions."""
    chips = [_suggestion(each) for each in (*card.suggestions, *more)]
    words = "\n".join(filter(None, (card.title, card.text)))
    return {"message_type": "text", "text": words, **({"suggestions": chips} if chips else {})}


def _card(card: Card, more: Sequence[Suggestion]) -> dict[str, Any]:
    """A card must have a title and a text: one stands for the other where only one is there."""
    title, text = card.title or card.text[:LONGEST_TITLE], card.text or card.title
    written: dict[str, Any] = {"title": title, "text": text} if title else {}
    if card.media:
        written |= {"media_url": card.media.url, "media_height": "MEDIUM"}
    if card.suggestions or more:
        written["suggestions"] = [_suggestion(each) for each in (*card.suggestions, *more)]
    return written


def _suggestion(suggestion: Suggestion) -> dict[str, Any]:
    said: dict[str, Any] = {"text": suggestion.text, "postback_data": suggestion.postback or suggestion.text}
    match suggestion.kind:
        case SuggestionKind.REPLY:
            return {"type": "reply", **said}
        case SuggestionKind.OPEN_URL:
            return {"type": "open_url", **said, "url": suggestion.url, "description": suggestion.text}
        case SuggestionKind.DIAL:
            return {"type": "dial", **said, "phone_number": digits(suggestion.phone)}
        case SuggestionKind.SHOW_LOCATION:
            place = {"latitude": str(suggestion.latitude), "longitude": str(suggestion.longitude)}
            return {"type": "view_location", **said, **place, "pin_label": suggestion.text}
        case SuggestionKind.SHARE_LOCATION:
            return {"type": "share_location", **said}


def _kind(medium: Media, *, files: bool) -> str:
    """image, video, audio or vcard for an MMS; image, video or file for RCS. A picture where nothing tells."""
    said, url = medium.content_type.lower(), medium.url.partition("?")[0].lower()
    family = "vcard" if "vcard" in said else said.partition("/")[0]
    if not said:
        family = next((kind for kind, endings in _ENDINGS.items() if url.endswith(endings)), "image")
    if files:
        return family if family in {"image", "video"} else "file"
    return family if family in {"video", "audio", "vcard"} else "image"
