"""What has Sinch to tell of texts? Delivery reports and inbound of the SMS API, and callbacks of the Conversation API."""

from collections.abc import Iterator
from typing import Any

from app.domain.delivery import ErrorClass, Inbound, InboundKind, Receipt, WebhookReading
from app.domain.message import Channel, State
from app.domain.rich import Media
from app.providers._sinch_codes import DELIVERIES, ERROR_CODES, STATUSES, error_of
from app.providers._wire import digits, inner, instant, items_of, plus, reference_in, text_of

_CHANNELS = {"RCS": Channel.RCS, "SMS": Channel.SMS, "MMS": Channel.MMS}
_NOTICES = (("opt_out_notification", "OPT_OUT_SUCCEEDED", "STOP"), ("opt_in_notification", "OPT_IN_SUCCEEDED", "START"))


def read_batch_event(body: Any, query: str) -> WebhookReading:
    """A report of one recipient or of a whole batch, or what a person sent. None of it raises."""
    kind = text_of(inner(body, "type"))
    if kind.startswith("recipient_delivery_report_"):
        told = recipient_report(body, reference_in(query))
        return WebhookReading(receipts=(told,)) if told else WebhookReading(unread=1)
    if kind.startswith("delivery_report_"):
        receipts = tuple(_batch_report(body, query))
        return WebhookReading(receipts=receipts, unread=0 if receipts else 1)
    said = _sent_in(body, kind)
    return WebhookReading(inbound=(said,)) if said else WebhookReading(unread=1)


def recipient_report(body: Any, reference: str | None) -> Receipt | None:
    """What became of one recipient of a batch; None where the report names nobody or nothing."""
    batch, recipient = text_of(inner(body, "batch_id")), digits(text_of(inner(body, "recipient")))
    word, code = text_of(inner(body, "status")), text_of(inner(body, "code"))
    if not batch or not recipient or not word:
        return None
    state = STATUSES.get(word.lower())
    # Whom an operator deleted may want no more, whatever the number beside it says.
    told = (word.lower(), code) if word.lower() == "deleted" else (code, word.lower())
    error, said = error_of(state, *told)
    return Receipt(
        event_key=f"{batch}:{recipient}:{word.lower()}:{code}",
        raw_status=word,
        state=state,
        reference=text_of(inner(body, "client_reference")) or reference,
        provider_message_id=f"{batch}:{recipient}",
        recipient=plus(recipient),
        error=error,
        error_code=said,
        occurred_at=instant(inner(body, "operator_status_at")) or instant(inner(body, "at")),
        network=text_of(inner(body, "operator")) or None,
    )


def _batch_report(body: Any, query: str) -> Iterator[Receipt]:
    """A batch's report names its recipients only in full; a summary says nothing of anybody."""
    for line in items_of(inner(body, "statuses")):
        for recipient in items_of(inner(line, "recipients")):
            single = {
                "batch_id": inner(body, "batch_id"),
                "client_reference": inner(body, "client_reference"),
                "recipient": recipient,
                "status": inner(line, "status"),
                "code": inner(line, "code"),
            }
            told = recipient_report(single, reference_in(query))
            if told is not None:
                yield told


def _sent_in(body: Any, kind: str) -> Inbound | None:
    message_id, sender = text_of(inner(body, "id")), plus(inner(body, "from"))
    if not message_id or not sender:
        return None
    if kind == "mo_text" and isinstance(inner(body, "body"), str):
        channel, words = Channel.SMS, text_of(inner(body, "body"))
    elif kind == "mo_media" and isinstance(inner(body, "body"), dict):
        channel, words = Channel.MMS, text_of(inner(body, "body", "message"))
    else:
        return None
    return Inbound(
        event_key=message_id,
        provider_message_id=message_id,
        from_number=sender,
        to_address=plus(inner(body, "to")),
        body=words,
        channel=channel,
        media=_attached(inner(body, "body", "media")),
    )


def _attached(found: Any) -> tuple[Media, ...]:
    media = [(text_of(inner(item, "url")), text_of(inner(item, "content_type"))) for item in items_of(found)]
    return tuple(Media(url=url, content_type=kind) for url, kind in media if url)


def read_app_event(body: Any, query: str) -> WebhookReading:
    """A callback of the Conversation API: a delivery, what a person said or tapped, or who wants no more."""
    report = inner(body, "message_delivery_report")
    if isinstance(report, dict):
        told = _delivery(body, report, query)
        return WebhookReading(receipts=(told,)) if told else WebhookReading(unread=1)
    said = _said(body, inner(body, "message")) or _notice(body)
    return WebhookReading(inbound=(said,)) if said else WebhookReading(unread=1)


def _delivery(body: Any, report: Any, query: str) -> Receipt | None:
    message_id, word = text_of(inner(report, "message_id")), text_of(inner(report, "status"))
    if not message_id or not word:
        return None
    reason = text_of(inner(report, "reason", "code"))
    late = word == "FAILED" and ERROR_CODES.get(reason) is ErrorClass.EXPIRED
    state = State.EXPIRED if late else DELIVERIES.get(word)
    error, code = error_of(state, reason)
    return Receipt(
        event_key=f"{message_id}:{word}:{reason}",
        raw_status=word,
        state=state,
        reference=text_of(inner(body, "correlation_id")) or reference_in(query),
        provider_message_id=message_id,
        recipient=plus(inner(report, "channel_identity", "identity")) or None,
        error=error,
        error_code=code,
        occurred_at=instant(inner(body, "event_time")) or instant(inner(body, "accepted_time")),
    )


def _said(body: Any, message: Any) -> Inbound | None:
    message_id, sender = text_of(inner(message, "id")), plus(inner(message, "channel_identity", "identity"))
    channel = _CHANNELS.get(text_of(inner(message, "channel_identity", "channel")))
    if not message_id or not sender or channel is None:
        return None
    told = inner(message, "contact_message")
    payload: str | None = None
    media: tuple[Media, ...] = ()
    if isinstance(inner(told, "text_message"), dict):
        words = text_of(inner(told, "text_message", "text"))
    elif isinstance(inner(told, "choice_response_message"), dict):
        payload = words = text_of(inner(told, "choice_response_message", "postback_data"))
    elif text_of(inner(told, "media_message", "url")) or text_of(inner(told, "media_card_message", "url")):
        found = inner(told, "media_message") or inner(told, "media_card_message")
        words, media = text_of(inner(found, "caption")), (Media(url=text_of(inner(found, "url"))),)
    elif isinstance(inner(told, "location_message"), dict):
        place = inner(told, "location_message", "coordinates")
        words = f"{text_of(inner(place, 'latitude'))},{text_of(inner(place, 'longitude'))}"
    else:
        return None
    return Inbound(
        event_key=message_id,
        provider_message_id=message_id,
        from_number=sender,
        to_address=text_of(inner(body, "app_id")),
        body=words,
        channel=channel,
        kind=InboundKind.TEXT if payload is None else InboundKind.TAP,
        payload=payload,
        media=media,
        answers_id=text_of(inner(told, "choice_response_message", "message_id"))
        or text_of(inner(told, "reply_to", "message_id"))
        or None,
    )


def _notice(body: Any) -> Inbound | None:
    for name, done, keyword in _NOTICES:
        notice = inner(body, name)
        channel, sender = _CHANNELS.get(text_of(inner(notice, "channel"))), plus(inner(notice, "identity"))
        if channel is None or not sender or inner(notice, "status") != done:
            continue
        told = text_of(inner(notice, "request_id")) or f"{sender}:{text_of(inner(body, 'accepted_time'))}"
        return Inbound(
            event_key=f"{told}:{keyword}",
            provider_message_id=told,
            from_number=sender,
            to_address=text_of(inner(body, "app_id")),
            body=keyword,
            channel=channel,
            keyword=keyword,
            kind=InboundKind.NOTICE,
        )
    return None
