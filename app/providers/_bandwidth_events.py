"""What do Bandwidth's events about messages mean, and its codes? One item of a callback's list, and one row of a search."""

import re
from collections.abc import Mapping
from typing import Any

from app.domain.delivery import ErrorClass, Inbound, InboundKind, Receipt
from app.domain.message import Channel, State
from app.domain.rich import Media
from app.providers._bandwidth_rcs import read_postback
from app.providers._wire import inner, instant, items_of, plus, reference_in, text_of

# Bandwidth's message error codes and the causes calls end with, classed by what we do about each. 4720 is said of landlines and
# of numbers that are none alike: the milder is done. So it is for destinations that a sender or an account does not reach.
_CODES: dict[ErrorClass, tuple[str, ...]] = {
    ErrorClass.INVALID_NUMBER: ("4404", "4406"),
    ErrorClass.LANDLINE: ("4720",),
    ErrorClass.NOT_IN_SERVICE: ("4721",),
    ErrorClass.OPTED_OUT: ("4775",),
    ErrorClass.BLOCKED: ("4482", "4772"),
    ErrorClass.SPAM_FILTERED: ("4470", "4770", "4771"),
    ErrorClass.SENDER_CONFIG: (
        *("4403", "4405", "4407", "4431", "4433", "4451", "4452", "4481", "4493", "4740", "4773", "4774", "4791", "4792", "4793"),
        "4795",
    ),
    ErrorClass.DAILY_CAP: ("4780", "4781", "4785"),
    ErrorClass.TEMPORARILY_UNREACHABLE: ("4701", "4702", "busy", "timeout"),
    ErrorClass.CONTENT_REJECTED: ("4410", "4411", "4412", "4711", "4712", "4751", "4752"),
    ErrorClass.CAPABILITY_MISSING: ("4408", "4409", "4420", "4421", "4432", "4434", "4700", "4730", "4790"),
    ErrorClass.INVALID_REQUEST: ("4401", "4435", "4492", "callback-error", "invalid-bxml", "application-error"),
    ErrorClass.THROTTLED: ("account-limit", "node-capacity-exceeded"),
    ErrorClass.PROVIDER_TEMPORARY: ("error",),
    ErrorClass.UNKNOWN: ("4750", "rejected"),
}
_EVENTS: dict[str, State] = {
    "message-sending": State.SENT,
    "message-sent": State.SENT,
    "message-delivered": State.DELIVERED,
    "message-failed": State.UNDELIVERED,
    "message-read": State.READ,
}
_STATUSES: dict[str, State] = {
    "RECEIVED": State.SUBMITTED,
    "QUEUED": State.SUBMITTED,
    "SENDING": State.SENT,
    "SENT": State.SENT,
    "ACCEPTED": State.SENT,
    "DELIVERED": State.DELIVERED,
    "FAILED": State.UNDELIVERED,
    "UNDELIVERED": State.UNDELIVERED,
}
ERROR_CODES: Mapping[str, ErrorClass] = {code: error for error, codes in _CODES.items() for code in codes}


def class_of(code: str) -> ErrorClass | None:
    """What a code means; those Bandwidth calls its own passing faults are a range."""
    known = ERROR_CODES.get(code)
    if known is None and re.fullmatch(r"5[12]\d\d", code):
        return ErrorClass.PROVIDER_TEMPORARY
    return known


def _failed(code: str) -> tuple[State, ErrorClass]:
    """44xx never left Bandwidth."""
    return State.FAILED if code.startswith("44") else State.UNDELIVERED, class_of(code) or ErrorClass.UNKNOWN


def read_item(item: Any, query: str) -> Receipt | Inbound | None:
    """A receipt, or what a person said; None for what is neither."""
    word, message = text_of(inner(item, "type")), inner(item, "message")
    message_id = text_of(inner(message, "id"))
    if not word or not message_id:
        return None
    if inner(message, "direction") == "in" or word == "message-received" or word.endswith("-response"):
        return _inbound(word, item, message, message_id)
    code = text_of(item.get("errorCode"))
    state, error = _failed(code) if word == "message-failed" else (_EVENTS.get(word), None)
    return Receipt(
        event_key=f"{message_id}:{word}:{text_of(item.get('to'))}",
        raw_status=word,
        state=state,
        reference=text_of(message.get("tag")) or reference_in(query),
        provider_message_id=message_id,
        error=error,
        error_code=code if error and code else None,
        occurred_at=instant(item.get("eventTime")) or instant(item.get("time")),
    )


def _inbound(word: str, item: Mapping[str, Any], message: Mapping[str, Any], message_id: str) -> Inbound | None:
    """A text, a picture, or a tap; None for a kind of answer we do not know."""
    from_number = plus(message.get("from"))
    to_address = plus(message.get("owner")) or plus(item.get("to"))
    media = [text_of(url) for url in items_of(message.get("media"))] + [text_of(inner(message, "content", "media", "fileUrl"))]
    files = tuple(Media(url=url) for url in media if url)
    rich = message.get("channel") == "RBM" or word.endswith("-response")
    channel = Channel.RCS if rich else Channel.MMS if files else Channel.SMS
    body, kind, payload, answers = text_of(message.get("text")), InboundKind.TEXT, None, None
    if word == "suggestion-response":
        tapped = message.get("suggestionResponse")
        body, kind = text_of(inner(tapped, "text")), InboundKind.TAP
        payload = read_postback(text_of(inner(tapped, "postbackData")))
        answers = text_of(inner(tapped, "pairedMessageId")) or None
    elif word in {"location-response", "requested-location-response"}:
        place = message.get("locationResponse")
        body, kind = f"{text_of(inner(place, 'latitude'))},{text_of(inner(place, 'longitude'))}", InboundKind.TAP
    elif word != "message-received":
        return None
    elif not body:
        body = text_of(inner(message, "content", "text"))
    return (
        Inbound(
            event_key=message_id if word == "message-received" else f"{message_id}:{word}",
            provider_message_id=message_id,
            from_number=from_number,
            to_address=to_address,
            body=body,
            channel=channel,
            kind=kind,
            payload=payload,
            media=files,
            answers_id=answers,
        )
        if from_number
        else None
    )


def read_row(item: Mapping[str, Any]) -> Receipt | None:
    """What a search tells of one message; None for a row that names none."""
    message_id, word = text_of(item.get("messageId")), text_of(item.get("messageStatus"))
    if not message_id or not word:
        return None
    code = text_of(item.get("errorCode"))
    state, error = _failed(code) if word in {"FAILED", "UNDELIVERED"} else (_STATUSES.get(word), None)
    return Receipt(
        event_key=f"{message_id}:{word}:search",
        raw_status=word,
        state=state,
        provider_message_id=message_id,
        error=error,
        error_code=code if error and code else None,
    )
