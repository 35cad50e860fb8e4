"""What does a message by Vonage carry? Media of an MMS; cards, files and suggestions of RCS, as the Messages API writes them."""

from collections.abc import Sequence
from typing import Any

from app.domain.delivery import Outbound
from app.domain.message import Channel, Purpose
from app.domain.rich import LONGEST_TITLE, MOST_ON_A_CARD, MOST_SUGGESTIONS, Card, Media, Suggestion, SuggestionKind
from app.providers._wire import card_words, digits

_CATEGORIES = {Purpose.MARKETING: "promotion", Purpose.TRANSACTIONAL: "transaction"}

_ENDINGS = {
    "video": (".mp4", ".3gp", ".mov", ".webm", ".m4v"),
    "audio": (".mp3", ".wav", ".amr", ".ogg", ".m4a"),
    "vcard": (".vcf",),
    "file": (".pdf",),
}


def content_of(outbound: Outbound) -> dict[str, Any]:
    """`message_type` and what belongs to it. Raises ValueError for rich content that Vonage shows no way."""
    if outbound.channel is Channel.MMS and outbound.content.media:
        return _mms(outbound)
    if outbound.channel is Channel.RCS:
        return _rcs(outbound)
    return {"message_type": "text", "text": outbound.body}


def _mms(outbound: Outbound) -> dict[str, Any]:
    caption = {"caption": outbound.body} if outbound.body else {}
    first, *more = outbound.content.media
    if not more:
        kind = _kind(first)
        return {"message_type": kind, kind: {"url": first.url, **caption}}
    parts = [{"type": _kind(medium), "url": medium.url} for medium in (first, *more)]
    return {"message_type": "content", "content": [{**parts[0], **caption}, *parts[1:]]}


def _rcs(outbound: Outbound) -> dict[str, Any]:
    """A text, a file, a card or a carousel, with what it is sent for, which some countries demand to be told.

    What has no place for the message's text becomes a card that has. Raises ValueError for what Vonage shows no way.
    """
    written = _shown(outbound)
    return {**written, "rcs": {**written.get("rcs", {}), "category": _CATEGORIES[outbound.purpose]}}


def _shown(outbound: Outbound) -> dict[str, Any]:
    content, body = outbound.content, outbound.body
    if len(content.cards) > 1:
        cards = [_card(card, body if place == 0 else "", ()) for place, card in enumerate(content.cards)]
        return {
            "message_type": "carousel",
            "carousel": {"cards": cards},
            **_chips(content.suggestions),
            "rcs": {"card_width": "MEDIUM"},
        }
    if content.cards and not content.cards[0].media:
        return _card_in_words(content.cards[0], body, content.suggestions)
    if content.cards or (content.media and (body or content.suggestions)):
        card = content.cards[0] if content.cards else Card(media=content.media[0])
        # A card message has no suggestions but the card's own.
        drawn = _card(card, body, content.suggestions)
        return {"message_type": "card", "card": drawn, "rcs": {"card_orientation": "VERTICAL"}}
    if content.media:
        kind = _kind(content.media[0])
        kind = kind if kind in {"image", "video"} else "file"
        return {"message_type": kind, kind: {"url": content.media[0].url}}
    return {"message_type": "text", "text": body, **_chips(content.suggestions)}


def _card_in_words(card: Card, body: str, more: Sequence[Suggestion]) -> dict[str, Any]:
    """A card without a picture, which Vonage has none of: its words as a text, with its suggestions."""
    words = "\n".join(filter(None, (card.title, card_words(card.text, body))))
    return {"message_type": "text", "text": words, **_chips((*card.suggestions, *more))}


def _card(card: Card, body: str, more: Sequence[Suggestion]) -> dict[str, Any]:
    """A card must have a picture, a title and a text: one of its words stands for the other where only one is there."""
    words, taps = card_words(card.text, body), (*card.suggestions, *more)
    title, text = card.title or words[:LONGEST_TITLE], words or card.title
    if not (card.media and title):
        raise ValueError("a card has a picture and words")
    written: dict[str, Any] = {"title": title, "text": text, "media_url": card.media.url, "media_height": "MEDIUM"}
    return {**written, **_chips(taps, MOST_ON_A_CARD)}


def _chips(taps: Sequence[Suggestion], most: int = MOST_SUGGESTIONS) -> dict[str, Any]:
    if len(taps) > most:
        raise ValueError("more suggestions than there is room for")
    return {"suggestions": [_suggestion(each) for each in taps]} if taps else {}


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


def _kind(medium: Media) -> str:
    """image, video, audio, vcard or file. A picture where nothing tells."""
    said, url = medium.content_type.lower(), medium.url.partition("?")[0].lower()
    if not said:
        return next((kind for kind, endings in _ENDINGS.items() if url.endswith(endings)), "image")
    family = "vcard" if "vcard" in said else said.partition("/")[0]
    return family if family in {"image", "video", "audio", "vcard"} else "file"
