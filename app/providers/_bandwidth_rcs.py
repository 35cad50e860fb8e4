"""How does a rich message look to Bandwidth? The content of one channel: text, file, cards, and what can be tapped."""

import base64
import binascii
from typing import Any

from app.domain.delivery import Outbound
from app.domain.rich import Card, Suggestion, SuggestionKind
from app.providers._wire import card_words, postback_base64

_KINDS = {
    SuggestionKind.REPLY: "REPLY",
    SuggestionKind.OPEN_URL: "OPEN_URL",
    SuggestionKind.DIAL: "DIAL_PHONE",
    SuggestionKind.SHOW_LOCATION: "SHOW_LOCATION",
    SuggestionKind.SHARE_LOCATION: "REQUEST_LOCATION",
}


def rcs_content(outbound: Outbound) -> dict[str, Any]:
    """The `content` of the channel: cards before a file before plain text. Several cards are a carousel.

    What has no place for the message's text becomes a card that has. Raises ValueError for more text than a card holds.
    """
    content = outbound.content
    tail = _suggestions(content.suggestions)
    if len(content.cards) > 1:
        cards = [_card(card, outbound.body if place == 0 else "") for place, card in enumerate(content.cards)]
        return {"cardWidth": "MEDIUM", "cardContents": cards, **tail}
    if content.cards or (content.media and outbound.body):
        card = content.cards[0] if content.cards else Card(media=content.media[0])
        return {"orientation": "VERTICAL", "cardContent": _card(card, outbound.body), **tail}
    if content.media:
        return {"media": [{"fileUrl": medium.url} for medium in content.media], **tail}
    return {"text": outbound.body, **tail}


def _card(card: Card, body: str) -> dict[str, Any]:
    written: dict[str, Any] = {}
    words = card_words(card.text, body)
    if card.title:
        written["title"] = card.title
    if words:
        written["description"] = words
    if card.media is not None:
        written["media"] = {"fileUrl": card.media.url, "height": "MEDIUM"}
    return {**written, **_suggestions(card.suggestions)}


def _suggestions(suggestions: tuple[Suggestion, ...]) -> dict[str, Any]:
    return {"suggestions": [_suggestion(suggestion) for suggestion in suggestions]} if suggestions else {}


def _suggestion(suggestion: Suggestion) -> dict[str, Any]:
    # A postback is asked for with every kind, and in base64: without one of ours the words on it come back.
    written = {
        "type": _KINDS[suggestion.kind],
        "text": suggestion.text,
        "postbackData": postback_base64(suggestion),
    }
    match suggestion.kind:
        case SuggestionKind.OPEN_URL:
            written["url"] = suggestion.url
        case SuggestionKind.DIAL:
            written["phoneNumber"] = suggestion.phone
        case SuggestionKind.SHOW_LOCATION:
            written["latitude"], written["longitude"] = f"{suggestion.latitude:.6f}", f"{suggestion.longitude:.6f}"
        case SuggestionKind.REPLY | SuggestionKind.SHARE_LOCATION:
            pass
    return written


def read_postback(given: str) -> str:
    """A postback as we wrote it; what is no base64 of UTF-8 stays as it came."""
    try:
        return base64.b64decode(given, validate=True).decode("utf-8").replace("\0", "")
    except (binascii.Error, ValueError):
        return given
