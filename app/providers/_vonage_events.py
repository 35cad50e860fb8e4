"""What does a webhook of Vonage's say? Status of messages and calls, what people said, and calls that wait for an NCCO."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from app.domain.delivery import (
    AnsweredBy,
    CallMoment,
    CallStep,
    ErrorClass,
    Inbound,
    InboundKind,
    Receipt,
    WebhookReading,
)
from app.domain.message import Channel, State
from app.domain.rich import Media
from app.providers._wire import inner, instant, items_of, plus, reference_in, text_of

Codes = Mapping[str, ErrorClass]

_STATES: dict[str, State] = {
    "submitted": State.SENT,
    "revoked": State.CANCELLED,
    "rejected": State.FAILED,
    "undeliverable": State.UNDELIVERED,
    "delivered": State.DELIVERED,
    "read": State.READ,
}
_CALL_STATES: dict[str, State] = {
    "started": State.SUBMITTED,
    "ringing": State.SENT,
    "answered": State.SENT,
    "human": State.SENT,
    "machine": State.SENT,
    "cancelled": State.CANCELLED,
    "failed": State.FAILED,
    "busy": State.UNDELIVERED,
    "rejected": State.UNDELIVERED,
    "timeout": State.UNDELIVERED,
    "unanswered": State.UNDELIVERED,
    "completed": State.DELIVERED,
}
_GONE_WRONG = frozenset({"rejected", "undeliverable"})
_NOT_TAKEN = frozenset({"busy", "rejected", "timeout", "unanswered"})
_ANSWERERS = {"human": AnsweredBy.HUMAN, "machine": AnsweredBy.MACHINE}
_BEEPS = frozenset({"beep_start", "beep_timeout"})
_CHANNELS = {"sms": Channel.SMS, "mms": Channel.MMS, "rcs": Channel.RCS}
_MEDIA = ("image", "video", "audio", "vcard", "file")
_KEYWORDS = frozenset({"STOP", "START", "HELP"})


def code_of(problem: Any) -> str:
    """The code of a problem: its title where that is a number (as number or text), else what its type ends in; or ""."""
    for told in (text_of(inner(problem, "title")).strip(), text_of(inner(problem, "type")).rpartition("#")[2]):
        if told.isascii() and told.isdigit():
            return told
    return ""


def read_event(event: Mapping[str, Any], query: str, nonce: str, codes: Codes) -> WebhookReading:
    """One verified webhook; what is not known counts as unread. `nonce` is the token's id."""
    call, message = text_of(event.get("uuid")), text_of(event.get("message_uuid"))
    if message and text_of(event.get("status")):
        return WebhookReading(receipts=(_receipt(message, event, query, codes),), nonce=nonce)
    if message and text_of(event.get("message_type")):
        inbound = _inbound(message, event)
        return WebhookReading(inbound=() if inbound is None else (inbound,), unread=int(inbound is None), nonce=nonce)
    if call and "dtmf" in event:
        digits = event["dtmf"] if isinstance(event["dtmf"], str) else inner(event, "dtmf", "digits")
        keys = text_of(digits)
        step = CallStep(moment=CallMoment.KEYS, reference=reference_in(query), provider_call_id=call, keys=keys)
        return WebhookReading(call=step, nonce=nonce)
    if call and text_of(event.get("status")):
        receipt = call_receipt(call, event, reference_in(query))
        return WebhookReading(receipts=(receipt,), call=_wanted(event, receipt), nonce=nonce)
    return WebhookReading(unread=1, nonce=nonce)


def call_receipt(call: str, event: Mapping[str, Any], reference: str | None) -> Receipt:
    """What an event or a look-up says of a call. The price is left alone: no currency is named."""
    word, beep, detail = (text_of(event.get(name)) for name in ("status", "sub_state", "detail"))
    word = word.lower()
    error = ErrorClass.TEMPORARILY_UNREACHABLE if word in _NOT_TAKEN else ErrorClass.UNKNOWN if word == "failed" else None
    if error and detail == "number_out_of_service":
        error = ErrorClass.NOT_IN_SERVICE
    duration = text_of(event.get("duration"))
    return Receipt(
        event_key=f"{call}:{word}:{beep}",
        raw_status=word,
        state=_CALL_STATES.get(word),
        reference=reference,
        provider_message_id=call,
        error=error,
        error_code=(detail or word) if error else None,
        occurred_at=instant(event.get("timestamp")),
        answered_by=_ANSWERERS.get(word),
        duration=int(duration[:9]) if word == "completed" and duration.isascii() and duration.isdigit() else None,
    )


def _wanted(event: Mapping[str, Any], receipt: Receipt) -> CallStep | None:
    """A machine's beep asks what is left on it."""
    if receipt.answered_by is not AnsweredBy.MACHINE or text_of(event.get("sub_state")) not in _BEEPS:
        return None
    return CallStep(
        moment=CallMoment.MACHINE,
        reference=receipt.reference,
        provider_call_id=receipt.provider_message_id,
        answered_by=AnsweredBy.MACHINE,
    )


def _receipt(message: str, event: Mapping[str, Any], query: str, codes: Codes) -> Receipt:
    word = text_of(event.get("status")).lower()
    problem = event.get("error") if word in _GONE_WRONG else None
    code = code_of(problem)
    error = _class_of(code, event, codes) if word in _GONE_WRONG else None
    price = _amount(inner(event, "usage", "price"))
    return Receipt(
        event_key=f"{message}:{word}:{code}",
        raw_status=word,
        state=State.EXPIRED if error is ErrorClass.EXPIRED else _STATES.get(word),
        reference=reference_in(query) or text_of(event.get("client_ref")) or None,
        provider_message_id=message,
        error=error,
        error_code=code or None,
        occurred_at=instant(event.get("timestamp")),
        price=price,
        currency=(text_of(inner(event, "usage", "currency")) or None) if price is not None else None,
        network=text_of(inner(event, "destination", "network_code")) or None,
    )


def _class_of(code: str, event: Mapping[str, Any], codes: Codes) -> ErrorClass:
    """A code's class; an RCS message that was refused for no reason we know lacks RCS."""
    error = codes.get(code)
    if error is None and event.get("channel") == "rcs" and text_of(event.get("status")).lower() == "rejected":
        return ErrorClass.CAPABILITY_MISSING
    return error or ErrorClass.UNKNOWN


def _amount(value: Any) -> Decimal | None:
    try:
        amount = Decimal(text_of(value))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None


def _inbound(message: str, event: Mapping[str, Any]) -> Inbound | None:
    number, to = plus(event.get("from")), text_of(event.get("to"))
    channel = _CHANNELS.get(text_of(event.get("channel")).lower())
    if not (number and to and channel):
        return None
    kind, body, payload = _said(event)
    keyword = text_of(inner(event, "sms", "keyword")).upper()
    is_keyword = keyword in _KEYWORDS and body.strip().upper() == keyword
    return Inbound(
        event_key=message,
        provider_message_id=message,
        from_number=number,
        to_address=to if channel is Channel.RCS else plus(to),
        body=body,
        channel=channel,
        keyword=keyword if is_keyword else None,  # Vonage's "keyword" is the first word of whatever was said
        kind=kind,
        payload=payload,
        media=_media(event),
        answers_id=text_of(inner(event, "context", "message_uuid")) or None,
    )


def _said(event: Mapping[str, Any]) -> tuple[InboundKind, str, str | None]:
    """How something was said, the words, and a tap's postback."""
    kind = text_of(event.get("message_type"))
    if kind == "reply":
        return InboundKind.TAP, text_of(inner(event, "reply", "title")), text_of(inner(event, "reply", "id"))
    if kind == "button":
        return InboundKind.TAP, text_of(inner(event, "button", "text")), text_of(inner(event, "button", "payload"))
    if kind == "location":
        return InboundKind.TEXT, ",".join(text_of(inner(event, "location", name)) for name in ("lat", "long")), None
    body = text_of(event.get("text")) or text_of(inner(event, kind, "caption"))
    captions = (text_of(inner(part, "caption")) or text_of(inner(part, "text")) for part in items_of(event.get("content")))
    return InboundKind.TEXT, body or next(filter(None, captions), ""), None


def _media(event: Mapping[str, Any]) -> tuple[Media, ...]:
    urls = [text_of(inner(event, name, "url")) for name in _MEDIA]
    urls += [text_of(inner(part, "url")) for part in items_of(event.get("content"))]
    return tuple(Media(url=url) for url in urls if url)
