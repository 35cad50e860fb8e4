"""How does Infobip want a message written? One object a message: SMS v3, MMS v2, RCS v2, advanced voice v3."""

from collections.abc import Sequence
from typing import Any

from app.domain.delivery import Outbound
from app.domain.message import Channel
from app.domain.rich import Card, Content, Media, Suggestion, SuggestionKind
from app.domain.voice_script import split_script
from app.providers._wire import card_words, digits

PATHS = {
    Channel.SMS: "/sms/3/messages",
    Channel.MMS: "/mms/2/messages",
    Channel.RCS: "/rcs/2/messages",
    Channel.VOICE: "/tts/3/advanced",
}
LOGS = {
    Channel.SMS: "/sms/3/logs",
    Channel.MMS: "/mms/2/logs",
    Channel.RCS: "/rcs/2/logs",
    Channel.VOICE: "/tts/3/logs",
}
_LONGEST_TITLE = 66  # of an MMS
_TAPS = {
    SuggestionKind.REPLY: "REPLY",
    SuggestionKind.OPEN_URL: "OPEN_URL",
    SuggestionKind.DIAL: "DIAL_PHONE",
    SuggestionKind.SHOW_LOCATION: "SHOW_LOCATION",
    SuggestionKind.SHARE_LOCATION: "REQUEST_LOCATION",
}
# Languages that Infobip speaks in a country's own way; every other is known by its language alone.
_REGIONAL = frozenset(
    "zh-cn zh-tw en-au en-gb en-ca en-in en-ie fil-ph fr-ca fr-ch de-at de-ch kk-kz pt-pt pt-br es-ar es-gl es-mx uz-uz ar-ma "
    "ur-pk mr-in sw-ke sw-tz".split()
)
_BARE = {"pt": "pt-pt", "zh": "zh-cn", "nb": "no", "nn": "no"}
_ONE_KEY, _KEY_SECONDS = 1, 5


def message_body(outbound: Outbound, callback_url: str, validity: int | None) -> dict[str, Any]:
    """One message as its channel's API wants it. `validity` is in seconds, within what Infobip takes."""
    if outbound.channel is Channel.VOICE:
        return _call(outbound, callback_url, validity)
    webhooks: dict[str, Any] = {
        "delivery": {"url": callback_url},
        "contentType": "application/json",
        "callbackData": outbound.reference,
    }
    if outbound.channel is Channel.RCS:
        webhooks["seen"] = {"url": callback_url}
    message: dict[str, Any] = {
        "sender": digits(outbound.sender),
        "destinations": [{"to": digits(outbound.to), "messageId": outbound.own_id}],
        "content": _CONTENTS[outbound.channel](outbound),
        "webhooks": webhooks,
    }
    if validity is not None:
        message["options"] = {"validityPeriod": {"amount": validity, "timeUnit": "SECONDS"}}
    return message


def request_body(channel: Channel, messages: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Messages of one channel as one request; an SMS tells its parts."""
    body: dict[str, Any] = {"messages": list(messages)}
    if channel is Channel.SMS:
        body["options"] = {"includeSmsCountInResponse": True}
    return body


def _sms(outbound: Outbound) -> dict[str, Any]:
    return {"text": outbound.body}


def _mms(outbound: Outbound) -> dict[str, Any]:
    content: dict[str, Any] = {}
    if outbound.content.subject:
        content["title"] = outbound.content.subject[:_LONGEST_TITLE]
    segments: list[dict[str, Any]] = [{"type": "TEXT", "text": outbound.body}] if outbound.body else []
    for medium in outbound.content.media:
        kind = {"contentType": medium.content_type} if medium.content_type else {}
        segments.append({"type": "LINK", "contentUrl": medium.url, **kind})
    return {**content, "messageSegments": segments}


def _rcs(outbound: Outbound) -> dict[str, Any]:
    """Text, a file, a card or a carousel. What has no place for the message's text of its own becomes a card that has."""
    content = outbound.content
    if len(content.cards) > 1:
        first, *others = content.cards
        cards = [_card(first, outbound.body), *(_card(card, "") for card in others)]
        return {"type": "CAROUSEL", "cardWidth": "MEDIUM", "contents": cards, **_taps(content)}
    if content.cards or (content.media and outbound.body):
        card = content.cards[0] if content.cards else Card(media=content.media[0])
        drawn = _card(card, outbound.body)
        return {"type": "CARD", "orientation": "VERTICAL", "alignment": "LEFT", "content": drawn, **_taps(content)}
    if content.media:
        return {"type": "FILE", "file": {"url": content.media[0].url}, **_taps(content)}
    return {"type": "TEXT", "text": outbound.body, **_taps(content)}


def _card(card: Card, text: str) -> dict[str, Any]:
    if not card.title and card.media is None:
        raise ValueError("a card of Infobip's has a title or a picture")
    said = card_words(card.text, text)
    drawn: dict[str, Any] = {}
    if card.title:
        drawn["title"] = card.title
    if said:
        drawn["description"] = said
    if card.media is not None:
        drawn["media"] = _picture(card.media)
    if card.suggestions:
        drawn["suggestions"] = [_suggestion(tap) for tap in card.suggestions]
    return drawn


def _picture(medium: Media) -> dict[str, Any]:
    return {"file": {"url": medium.url}, "height": "MEDIUM"}


def _taps(content: Content) -> dict[str, Any]:
    return {"suggestions": [_suggestion(tap) for tap in content.suggestions]} if content.suggestions else {}


def _suggestion(tap: Suggestion) -> dict[str, Any]:
    drawn: dict[str, Any] = {"type": _TAPS[tap.kind], "text": tap.text, "postbackData": tap.postback or tap.text}
    if tap.kind is SuggestionKind.OPEN_URL:
        drawn["url"] = tap.url
    elif tap.kind is SuggestionKind.DIAL:
        drawn["phoneNumber"] = tap.phone
    elif tap.kind is SuggestionKind.SHOW_LOCATION:
        drawn |= {"latitude": tap.latitude, "longitude": tap.longitude}
    return drawn


def _call(outbound: Outbound, callback_url: str, validity: int | None) -> dict[str, Any]:
    """A call says one text: to a machine, which would need another, it hangs up whatever the policy."""
    speech = outbound.content.speech
    message: dict[str, Any] = {
        "from": digits(outbound.sender),
        "destinations": [{"to": digits(outbound.to), "messageId": outbound.own_id}],
        "language": _language(speech.language),
        "machineDetection": "hangup",
        "maxDtmf": _ONE_KEY,
        "dtmfTimeout": _KEY_SECONDS,
        "notifyUrl": callback_url,
        "notifyContentType": "application/json",
        "callbackData": outbound.reference,
    }
    if speech.recording:
        message["audioFileUrl"] = speech.recording
    else:
        message["text"] = split_script(outbound.body)[0]
    if speech.voice:
        message["voice"] = {"name": speech.voice}
    if validity is not None:
        message["validityPeriod"] = max(1, validity // 60)
    return message


def _language(tag: str) -> str:
    tag = tag.lower()
    bare = tag.partition("-")[0]
    return tag if tag in _REGIONAL else _BARE.get(bare, bare)


_CONTENTS = {Channel.SMS: _sms, Channel.MMS: _mms, Channel.RCS: _rcs}
