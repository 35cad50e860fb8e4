"""What has Infobip to tell? Delivery, seen and call reports, people's texts and taps: `results`, up to a hundred a call."""

from decimal import Decimal
from typing import Any

from app.domain.delivery import AnsweredBy, Inbound, InboundKind, Receipt, WebhookReading
from app.domain.message import Channel, State
from app.domain.rich import Media
from app.providers._infobip_codes import error_of, state_of
from app.providers._wire import decimal_of, inner, instant, items_of, plus, reference_in, text_of

_KEYWORDS = frozenset({"STOP", "START", "HELP"})
_ANSWERED = {"HUMAN": AnsweredBy.HUMAN, "MACHINE": AnsweredBy.MACHINE}


def read_events(body: Any, query: str) -> WebhookReading:
    """Every result by itself: what is not understood is counted and costs the others nothing."""
    results = items_of(inner(body, "results"))
    # A call's own URL names its attempt, but only where it brings nothing else: reports may be collected.
    own = reference_in(query) if len(results) == 1 else None
    receipts: list[Receipt] = []
    inbound: list[Inbound] = []
    unread = 0 if results else 1
    for item in results:
        told = _receipt(item, own)
        said = _pressed(item, told) if told else _inbound(item)
        receipts += [told] if told else []
        inbound += [said] if said else []
        unread += 0 if told or said else 1
    return WebhookReading(receipts=tuple(receipts), inbound=tuple(inbound), unread=unread)


def receipt_of(item: Any, reference: str | None) -> Receipt | None:
    """What a delivery report, or a line of the logs, says; None where it names no message or no status."""
    message_id, status = text_of(inner(item, "messageId")), text_of(inner(item, "status", "id"))
    raw = text_of(inner(item, "status", "name")) or status
    if not message_id or not raw:
        return None
    state = state_of(item)
    error, code = error_of(item, state)
    done = text_of(inner(item, "doneAt")) or text_of(inner(item, "voiceCall", "endTime"))
    duration = inner(item, "voiceCall", "duration")
    price, currency = _price(item)
    return Receipt(
        event_key=f"{message_id}:{status or raw}:{done}",
        raw_status=raw,
        state=state,
        reference=text_of(inner(item, "callbackData")) or reference,
        provider_message_id=message_id,
        recipient=plus(inner(item, "to") or inner(item, "destination")) or None,
        error=error,
        error_code=code,
        occurred_at=instant(done),
        answered_by=_ANSWERED.get(text_of(inner(item, "voiceCall", "answeredBy")).upper()),
        duration=duration if isinstance(duration, int) and not isinstance(duration, bool) and duration >= 0 else None,
        price=price,
        currency=currency,
        network=text_of(inner(item, "mccMnc")) or None,
    )


def _receipt(item: Any, own: str | None) -> Receipt | None:
    seen = text_of(inner(item, "seenAt"))
    message_id = text_of(inner(item, "messageId"))
    if not seen or not message_id:
        return receipt_of(item, own)
    return Receipt(
        event_key=f"{message_id}:seen",
        raw_status="SEEN",
        state=State.READ,
        reference=text_of(inner(item, "callbackData")) or own,
        provider_message_id=message_id,
        occurred_at=instant(seen),
    )


def _price(item: Any) -> tuple[Decimal | None, str | None]:
    """What a message cost in all: its price is told by the part."""
    each, currency = decimal_of(inner(item, "price", "pricePerMessage")), text_of(inner(item, "price", "currency"))
    if each is None or not currency:
        return None, None
    parts = inner(item, "messageCount")
    return each * (parts if isinstance(parts, int) and parts > 0 else 1), currency


def _pressed(item: Any, told: Receipt) -> Inbound | None:
    """The keys pressed in a call: they come with its report."""
    keys = text_of(inner(item, "voiceCall", "dtmfCodes")).strip()
    if not keys or not told.recipient:
        return None
    return Inbound(
        event_key=f"{told.provider_message_id}:keys",
        provider_message_id=told.provider_message_id or "",
        from_number=told.recipient,
        to_address=plus(inner(item, "from")),
        body=keys,
        channel=Channel.VOICE,
        kind=InboundKind.KEYS,
        reference=told.reference,
        answers_id=told.provider_message_id,
    )


def _inbound(item: Any) -> Inbound | None:
    message_id = text_of(inner(item, "messageId"))
    sender = plus(inner(item, "sender") or inner(item, "from"))
    message = inner(item, "message")
    if not message_id or not sender:
        return None
    if isinstance(message, list):
        channel, body, payload, media = Channel.MMS, *_segments(message)
    elif isinstance(message, dict):
        read = _rich(message)
        if read is None:
            return None
        channel, body, payload, media = Channel.RCS, *read
    elif isinstance(message, str):  # a picture message whose words come in one piece, as by its polled reports
        channel, body, payload, media = Channel.MMS, text_of(message), None, ()
    elif isinstance(inner(item, "text"), str):
        channel, body, payload, media = Channel.SMS, text_of(inner(item, "text")), None, ()
    else:
        return None
    keyword = text_of(inner(item, "keyword")).upper()
    return Inbound(
        event_key=message_id,
        provider_message_id=message_id,
        from_number=sender,
        to_address=plus(inner(item, "to")),
        body=body,
        channel=channel,
        keyword=keyword if keyword in _KEYWORDS else None,
        kind=InboundKind.TEXT if payload is None else InboundKind.TAP,
        payload=payload,
        media=media,
        answers_id=text_of(inner(item, "pairedMessageId")) or None,
    )


def _segments(message: list[Any]) -> tuple[str, None, tuple[Media, ...]]:
    texts = [text_of(inner(part, "value")) for part in message]
    links = [(text_of(inner(part, "url")), text_of(inner(part, "contentType"))) for part in message]
    return "\n".join(text for text in texts if text), None, tuple(Media(url=url, content_type=kind) for url, kind in links if url)


def _rich(message: Any) -> tuple[str, str | None, tuple[Media, ...]] | None:
    match inner(message, "type"):
        case "TEXT":
            return text_of(inner(message, "text")), None, ()
        case "SUGGESTION":
            return text_of(inner(message, "text")), text_of(inner(message, "postbackData")), ()
        case "FILE" if text_of(inner(message, "url")):
            size = inner(message, "size")
            kind = text_of(inner(message, "contentType"))
            size = size if isinstance(size, int) and not isinstance(size, bool) else None
            return "", None, (Media(url=text_of(inner(message, "url")), content_type=kind, size=size),)
        case "LOCATION":
            return f"{text_of(inner(message, 'latitude'))},{text_of(inner(message, 'longitude'))}", None, ()
        case _:
            return None
