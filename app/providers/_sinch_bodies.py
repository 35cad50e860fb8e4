"""How does Sinch want a text or a rich message written? Batches of the SMS API (XMS), app messages of the Conversation API."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from app.domain.delivery import Outbound
from app.domain.message import Channel
from app.domain.rich import Card, Content, Suggestion, SuggestionKind
from app.providers._wire import card_words, digits

_TEXT = "${text}"
_MOST_CHOICES, _MOST_BESIDE_CARDS = 10, 3
# Only for apps that cannot share a place, which RCS can; the API wants one all the same.
_NO_PLACE = "https://maps.google.com/"


def batch_body(members: Sequence[Outbound], *, reference: str, callback_url: str, validity: int | None) -> dict[str, Any]:
    """One batch of one text or picture to many, each with words of its own. `validity` is in seconds, from the first's `at`.

    Words that look like a parameter would be taken for one: they travel as one then.
    """
    first = members[0]
    alone = len(members) == 1 and "${" not in first.body
    words = first.body if alone else _TEXT
    media = first.channel is Channel.MMS
    body: dict[str, Any] = {
        "from": digits(first.sender),
        "to": [digits(member.to) for member in members],
        "type": "mt_media" if media else "mt_text",
        "body": _picture(first.content, words) if media else words,
        "delivery_report": "per_recipient",
        "client_reference": reference,
        "callback_url": callback_url,
    }
    if not alone:
        body["parameters"] = {"text": {digits(member.to): member.body for member in members}}
    if validity is not None:
        ends = first.at + timedelta(seconds=validity)
        body["expire_at"] = ends.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return body


def _picture(content: Content, words: str) -> dict[str, str]:
    body = {"url": content.media[0].url}
    if words:
        body["message"] = words
    if content.subject:
        body["subject"] = content.subject
    return body


def app_message(outbound: Outbound, *, callback_url: str, validity: int | None) -> dict[str, Any]:
    """One message by RCS. The sender is the Conversation app; our reference comes back as the correlation id."""
    body: dict[str, Any] = {
        "app_id": outbound.sender,
        "recipient": {"identified_by": {"channel_identities": [{"channel": "RCS", "identity": digits(outbound.to)}]}},
        "message": _message(outbound),
        "channel_priority_order": ["RCS"],
        "callback_url": callback_url,
        "correlation_id": outbound.reference,
    }
    if validity is not None:
        body["ttl"] = f"{validity}s"
    return body


def _message(outbound: Outbound) -> dict[str, Any]:
    """Text, a choice, a file, a card or a carousel. What has no place for the message's text becomes a card that has."""
    content, body = outbound.content, outbound.body
    choices = [_choice(tap) for tap in content.suggestions]
    if len(content.cards) > 1:
        cards = [_card(card, body if place == 0 else "", []) for place, card in enumerate(content.cards)]
        return {"carousel_message": {"cards": cards, **({"choices": _few(choices, _MOST_BESIDE_CARDS)} if choices else {})}}
    if content.cards or (content.media and (body or choices)):
        card = content.cards[0] if content.cards else Card(media=content.media[0])
        return {"card_message": _card(card, body, choices)}
    if content.media:
        return {"media_message": {"url": content.media[0].url}}
    if choices:
        return {"choice_message": {"text_message": {"text": body}, "choices": _few(choices)}}
    return {"text_message": {"text": body}}


def _card(card: Card, text: str, choices: list[dict[str, Any]]) -> dict[str, Any]:
    drawn: dict[str, Any] = {"height": "MEDIUM"} if card.media else {}
    if card.title:
        drawn["title"] = card.title
    words = card_words(card.text, text)
    if words:
        drawn["description"] = words
    if card.media:
        drawn["media_message"] = {"url": card.media.url}
    taps = [*map(_choice, card.suggestions), *choices]
    if taps:
        drawn["choices"] = _few(taps)
    return drawn


def _few(choices: list[dict[str, Any]], most: int = _MOST_CHOICES) -> list[dict[str, Any]]:
    if len(choices) > most:
        raise ValueError("more choices than Sinch takes")
    return choices


def _choice(tap: Suggestion) -> dict[str, Any]:
    drawn: dict[str, Any]
    match tap.kind:
        case SuggestionKind.REPLY:
            drawn = {"text_message": {"text": tap.text}}
        case SuggestionKind.OPEN_URL:
            drawn = {"url_message": {"title": tap.text, "url": tap.url}}
        case SuggestionKind.DIAL:
            drawn = {"call_message": {"title": tap.text, "phone_number": tap.phone}}
        case SuggestionKind.SHOW_LOCATION:
            place = {"latitude": tap.latitude, "longitude": tap.longitude}
            drawn = {"location_message": {"title": tap.text, "coordinates": place}}
        case SuggestionKind.SHARE_LOCATION:
            drawn = {"share_location_message": {"title": tap.text, "fallback_url": tap.url or _NO_PLACE}}
    return {**drawn, "postback_data": tap.postback or tap.text}
