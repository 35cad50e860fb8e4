"""What does an event of Google's RCS tell? Receipts, what a person wrote or tapped, and who wants no more."""

from collections.abc import Mapping
from typing import Any

from app.domain.delivery import ErrorClass, Inbound, InboundKind, Receipt, WebhookReading
from app.domain.message import Channel, State
from app.domain.rich import Media
from app.providers._wire import inner, instant, json_object, plus, text_of

_STATES: Mapping[str, State] = {"DELIVERED": State.DELIVERED, "READ": State.READ, "TTL_EXPIRATION_REVOKED": State.EXPIRED}
_NOTICES: Mapping[str, str] = {"UNSUBSCRIBE": "STOP", "SUBSCRIBE": "START"}
_SAYS_NOTHING = frozenset({"IS_TYPING"})


def read_event(data: bytes) -> WebhookReading:
    """One event, out of its envelope and verified. What is not understood counts as unread."""
    event = json_object(data)
    word = text_of(event.get("eventType"))
    if word in _SAYS_NOTHING:
        return WebhookReading()
    if word in _NOTICES:
        return _inbound(event, text_of(event.get("eventId")), body=word, kind=InboundKind.NOTICE, keyword=_NOTICES[word])
    if word:
        return _receipt(event, word)
    return _message(event)


def _receipt(event: Mapping[str, Any], word: str) -> WebhookReading:
    message_id = text_of(event.get("messageId"))
    if not message_id:
        return WebhookReading(unread=1)
    expired = word == "TTL_EXPIRATION_REVOKED"
    # The id is ours and the one the attempt is stored under: no other reference comes back.
    receipt = Receipt(
        event_key=text_of(event.get("eventId")) or f"{message_id}:{word}",
        raw_status=word,
        state=_STATES.get(word),
        provider_message_id=message_id,
        error=ErrorClass.EXPIRED if expired else None,
        error_code=word if expired else None,
        occurred_at=instant(event.get("sendTime")),
    )
    return WebhookReading(receipts=(receipt,))


def _message(event: Mapping[str, Any]) -> WebhookReading:
    """What a person sent: words, a tap, a file or a place."""
    message_id = text_of(event.get("messageId"))
    if isinstance(event.get("text"), str):
        return _inbound(event, message_id, body=text_of(event["text"]))
    tap = event.get("suggestionResponse")
    if isinstance(tap, dict):
        postback = text_of(tap.get("postbackData"))
        return _inbound(event, message_id, body=text_of(tap.get("text")), kind=InboundKind.TAP, payload=postback)
    place = event.get("location")
    if isinstance(place, dict):
        body = f"{text_of(place.get('latitude')) or 0}, {text_of(place.get('longitude')) or 0}"
        return _inbound(event, message_id, body=body)
    file = inner(event, "userFile", "payload")
    url = text_of(inner(file, "fileUri"))
    if url:
        size = inner(file, "fileSizeBytes")
        known = isinstance(size, int) and not isinstance(size, bool) and size >= 0
        medium = Media(url=url, content_type=text_of(inner(file, "mimeType")), size=size if known else None)
        return _inbound(event, message_id, body="", media=(medium,))
    return WebhookReading(unread=1)


def _inbound(
    event: Mapping[str, Any],
    key: str,
    *,
    body: str,
    kind: InboundKind = InboundKind.TEXT,
    keyword: str | None = None,
    payload: str | None = None,
    media: tuple[Media, ...] = (),
) -> WebhookReading:
    sender, agent = plus(event.get("senderPhoneNumber")), text_of(event.get("agentId"))
    if not key or not sender:
        return WebhookReading(unread=1)
    said = Inbound(
        event_key=key,
        provider_message_id=key,
        from_number=sender,
        to_address=agent,
        body=body,
        channel=Channel.RCS,
        keyword=keyword,
        kind=kind,
        payload=payload,
        media=media,
    )
    return WebhookReading(inbound=(said,))
