"""How is an RCS message written for Telnyx? Its schema is Google's in snake case, with postbacks in base64."""

import base64
import binascii
from typing import Any

from app.domain.delivery import Outbound
from app.domain.rich import Card, Media, Suggestion, SuggestionKind
from app.providers._wire import card_words, postback_base64


def agent_message(outbound: Outbound, validity: int | None) -> dict[str, Any]:
    """The `agent_message`: cards, else a file, else the text; suggestions beneath. A text beside a file becomes its card's.

    One beside cards stands on the first. Raises ValueError for more text than a card holds.
    """
    content = outbound.content
    message: dict[str, Any]
    if content.cards:
        message = {"rich_card": _rich_card(content.cards, outbound.body)}
    elif content.media and outbound.body:
        message = {"rich_card": _rich_card((Card(media=content.media[0]),), outbound.body)}
    elif content.media:
        message = {"content_info": _file(content.media[0])}
    else:
        message = {"text": outbound.body}
    if content.suggestions:
        message["suggestions"] = [_suggestion(each) for each in content.suggestions]
    written: dict[str, Any] = {"content_message": message}
    if validity is not None:
        written["ttl"] = f"{validity}s"
    return written


def read_postback(written: str) -> str:
    """A postback as it was given: out of base64 where it is that, else as it stands."""
    try:
        return base64.b64decode(written.encode("ascii"), validate=True).decode("utf-8").replace("\0", "")
    except (binascii.Error, ValueError):
        return written


def _rich_card(cards: tuple[Card, ...], body: str) -> dict[str, Any]:
    if len(cards) > 1:
        written = [_card(card, body if place == 0 else "") for place, card in enumerate(cards)]
        return {"carousel_card": {"card_width": "MEDIUM", "card_contents": written}}
    return {
        "standalone_card": {
            "card_orientation": "VERTICAL",
            "thumbnail_image_alignment": "LEFT",
            "card_content": _card(cards[0], body),
        }
    }


def _card(card: Card, body: str) -> dict[str, Any]:
    written: dict[str, Any] = {}
    words = card_words(card.text, body)
    if card.title:
        written["title"] = card.title
    if words:
        written["description"] = words
    if card.media:
        written["media"] = {"height": "MEDIUM", "content_info": _file(card.media)}
    if card.suggestions:
        written["suggestions"] = [_suggestion(each) for each in card.suggestions]
    return written


def _file(medium: Media) -> dict[str, Any]:
    return {"file_url": medium.url}


def _suggestion(suggestion: Suggestion) -> dict[str, Any]:
    postback = postback_base64(suggestion)
    said: dict[str, Any] = {"text": suggestion.text, "postback_data": postback}
    match suggestion.kind:
        case SuggestionKind.REPLY:
            return {"reply": said}
        case SuggestionKind.OPEN_URL:
            said["open_url_action"] = {
                "url": suggestion.url,
                "application": "BROWSER",
                "webview_view_mode": "WEBVIEW_VIEW_MODE_UNSPECIFIED",
            }
        case SuggestionKind.DIAL:
            said["dial_action"] = {"phone_number": suggestion.phone}
        case SuggestionKind.SHOW_LOCATION:
            place = {"latitude": suggestion.latitude, "longitude": suggestion.longitude}
            said["view_location_action"] = {"lat_long": place, "label": suggestion.text}
        case SuggestionKind.SHARE_LOCATION:
            said["share_location_action"] = {}
    return {"action": said}
