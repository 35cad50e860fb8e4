"""What does an event of Telnyx's say? Receipts of messages and calls, what people said, and calls that wait for a command."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from app.domain.delivery import (
    AnsweredBy,
    CallMoment,
    CallStep,
    ErrorClass,
    Found,
    Inbound,
    InboundKind,
    Receipt,
    WebhookReading,
)
from app.domain.message import Channel, State
from app.domain.rich import Media
from app.providers._telnyx_rcs import read_postback
from app.providers._telnyx_voice import read_client_state
from app.providers._wire import inner, instant, items_of, plus, reference_in, text_of

Codes = Mapping[str, ErrorClass]

_STATES: dict[str, State] = {
    "queued": State.SUBMITTED,
    "sending": State.SUBMITTED,
    "sent": State.SENT,
    "delivery_unconfirmed": State.UNCONFIRMED,
    "expired": State.EXPIRED,
    "sending_failed": State.FAILED,
    "delivery_failed": State.UNDELIVERED,
    "delivered": State.DELIVERED,
    "read": State.READ,
}
_GONE_WRONG = frozenset({"sending_failed", "delivery_failed", "expired"})
_KEYWORDS = {"STOP": "STOP", "START": "START", "HELP": "HELP", "OPT_OUT": "STOP", "OPT_IN": "START", "INFO": "HELP"}
# Why a call ended. One that was taken ends in normal_clearing or at its time limit.
_ENDS: dict[str, tuple[State, ErrorClass | None]] = {
    "normal_clearing": (State.DELIVERED, None),
    "time_limit": (State.DELIVERED, None),
    "user_busy": (State.UNDELIVERED, ErrorClass.TEMPORARILY_UNREACHABLE),
    "no_answer": (State.UNDELIVERED, ErrorClass.TEMPORARILY_UNREACHABLE),
    "timeout": (State.UNDELIVERED, ErrorClass.TEMPORARILY_UNREACHABLE),
    "call_rejected": (State.UNDELIVERED, ErrorClass.TEMPORARILY_UNREACHABLE),
    "originator_cancel": (State.CANCELLED, None),
    "not_found": (State.FAILED, ErrorClass.INVALID_NUMBER),
    "unspecified": (State.FAILED, ErrorClass.UNKNOWN),
}
_ANSWERERS: dict[str, AnsweredBy] = {
    "human": AnsweredBy.HUMAN,
    "human_residence": AnsweredBy.HUMAN,
    "human_business": AnsweredBy.HUMAN,
    "machine": AnsweredBy.MACHINE,
    "fax_detected": AnsweredBy.FAX,
}
_GATHERED = frozenset({"valid", "invalid", "timeout"})
_DETECTED = frozenset({"call.machine.detection.ended", "call.machine.premium.detection.ended"})
_GREETED = frozenset({"call.machine.greeting.ended", "call.machine.premium.greeting.ended"})
# What happens on the way and needs no answer.
_ASIDE = frozenset({
    "call.dtmf.received", "call.speak.started", "call.playback.started", "call.playback.ended", "call.bridged", "call.cost",
})  # fmt: skip


def gone_wrong(word: str) -> bool:
    """Whether a status word ends a message badly."""
    return word in _GONE_WRONG


def class_of(problem: Any, codes: Codes, otherwise: ErrorClass) -> ErrorClass:
    """The class of one of Telnyx's errors. 40300 is a STOP only by its title; a bad number under `/from` is the sender's."""
    error = codes.get(text_of(inner(problem, "code")), otherwise)
    told = f"{text_of(inner(problem, 'title'))} {text_of(inner(problem, 'detail'))}".upper()
    if error is ErrorClass.OPTED_OUT and "STOP" not in told:
        return ErrorClass.BLOCKED
    if error is ErrorClass.INVALID_NUMBER and text_of(inner(problem, "source", "pointer")) == "/from":
        return ErrorClass.SENDER_CONFIG
    return error


def read_event(event: Mapping[str, Any], query: str, codes: Codes) -> WebhookReading:
    """One verified event; what is not known counts as unread."""
    data = event.get("data")
    kind, key, payload = text_of(inner(data, "event_type")), text_of(inner(data, "id")), inner(data, "payload")
    if not (kind and key and isinstance(payload, dict)):
        return WebhookReading(unread=1)
    if kind == "message.received":
        return _received(key, payload)
    if kind in {"message.sent", "message.finalized", "message.read"}:
        return _reported(data, payload, query, codes)
    if kind.startswith("call."):
        return _call(kind, data, payload, query)
    return WebhookReading(unread=1)


def found_receipt(data: Any, reference: str, codes: Codes) -> Found:
    """What a looked-up message says of itself."""
    word = text_of(inner(data, "to", 0, "status"))
    if not word:
        return Found()
    return Found(receipts=(_receipt(f"{text_of(inner(data, 'id'))}:{word}", word, data, reference, codes),))


def _reported(data: Any, payload: Mapping[str, Any], query: str, codes: Codes) -> WebhookReading:
    key, word = text_of(inner(data, "id")), text_of(inner(payload, "to", 0, "status"))
    if inner(data, "event_type") == "message.read":
        word = "read"
    if not word or not text_of(payload.get("id")):
        return WebhookReading(unread=1)
    occurred_at = inner(data, "occurred_at")
    return WebhookReading(receipts=(_receipt(key, word, {"occurred_at": occurred_at, **payload}, reference_in(query), codes),))


def _receipt(key: str, word: str, said: Mapping[str, Any], reference: str | None, codes: Codes) -> Receipt:
    problem = inner(said, "errors", 0) if word in _GONE_WRONG else None
    error = class_of(problem, codes, ErrorClass.UNKNOWN) if word in _GONE_WRONG else None
    if word == "expired" and problem is None:
        error = ErrorClass.EXPIRED
    price = _amount(inner(said, "cost", "amount"))
    return Receipt(
        event_key=key,
        raw_status=word,
        state=State.EXPIRED if error is ErrorClass.EXPIRED else _STATES.get(word),
        reference=reference,
        provider_message_id=text_of(said.get("id")),
        error=error,
        error_code=text_of(inner(problem, "code")) or None,
        occurred_at=instant(said.get("occurred_at")),
        price=price,
        currency=(text_of(inner(said, "cost", "currency")) or None) if price is not None else None,
        network=text_of(inner(said, "to", 0, "carrier")) or None,
    )


def _amount(value: Any) -> Decimal | None:
    try:
        amount = Decimal(text_of(value))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None


def _received(key: str, payload: Mapping[str, Any]) -> WebhookReading:
    message, number = text_of(payload.get("id")), plus(inner(payload, "from", "phone_number"))
    to = text_of(inner(payload, "to", 0, "phone_number")) or text_of(inner(payload, "to", 0, "agent_id"))
    if not (message and number and to):
        return WebhookReading(unread=1)
    tap = inner(payload, "body", "suggestion_response")
    channel = {"MMS": Channel.MMS, "RCS": Channel.RCS}.get(text_of(payload.get("type")), Channel.SMS)
    said = text_of(tap.get("text")) if isinstance(tap, dict) else text_of(payload.get("text")) or _rcs_text(payload)
    inbound = Inbound(
        event_key=key,
        provider_message_id=message,
        from_number=number,
        to_address=plus(to) if channel is not Channel.RCS else to,
        body=said,
        channel=channel,
        keyword=_KEYWORDS.get(text_of(payload.get("autoresponse_type")).upper()),
        kind=InboundKind.TAP if isinstance(tap, dict) else InboundKind.TEXT,
        payload=read_postback(text_of(tap.get("postback_data"))) if isinstance(tap, dict) else None,
        media=_media(payload),
    )
    return WebhookReading(inbound=(inbound,))


def _rcs_text(payload: Mapping[str, Any]) -> str:
    """What an RCS body says: its text, or the place that was shared."""
    place = inner(payload, "body", "location")
    if isinstance(place, dict):
        return ",".join(text_of(place.get(name)) for name in ("latitude", "longitude"))
    return text_of(inner(payload, "body", "text"))


def _media(payload: Mapping[str, Any]) -> tuple[Media, ...]:
    found = [(inner(each, "url"), inner(each, "content_type"), inner(each, "size")) for each in items_of(payload.get("media"))]
    file = inner(payload, "body", "user_file", "payload")
    found.append((inner(file, "file_uri"), inner(file, "mime_type"), inner(file, "file_size_bytes")))
    return tuple(
        Media(url=text_of(url), content_type=text_of(kind), size=size if type(size) is int else None)
        for url, kind, size in found
        if text_of(url)
    )


def _call(kind: str, data: Any, payload: Mapping[str, Any], query: str) -> WebhookReading:
    call = text_of(payload.get("call_control_id"))
    echoed, was_last = read_client_state(text_of(payload.get("client_state")))
    reference = reference_in(query) or echoed
    if not call or payload.get("direction") == "incoming":
        return WebhookReading(unread=1)
    if kind == "call.gather.ended":
        heard = text_of(payload.get("status")) in _GATHERED
        keys = text_of(payload.get("digits"))
        step = CallStep(moment=CallMoment.KEYS, reference=reference, provider_call_id=call, keys=keys)
        return WebhookReading(call=step if heard or keys else None)
    if kind == "call.speak.ended":
        step = CallStep(moment=CallMoment.KEYS, reference=reference, provider_call_id=call)
        return WebhookReading(call=step if was_last else None)
    if kind in _GREETED:
        return WebhookReading(call=CallStep(moment=CallMoment.MACHINE, reference=reference, provider_call_id=call))
    if kind in _ASIDE:
        return WebhookReading()
    receipt = _call_receipt(kind, data, payload, reference)
    return WebhookReading(unread=1) if receipt is None else WebhookReading(receipts=(receipt,), call=_wanted(kind, receipt))


def _wanted(kind: str, receipt: Receipt) -> CallStep | None:
    """The step a call's event asks an answer for, if it does."""
    is_machine = receipt.answered_by in {AnsweredBy.MACHINE, AnsweredBy.FAX}
    if kind != "call.answered" and not is_machine:
        return None
    return CallStep(
        moment=CallMoment.MACHINE if is_machine else CallMoment.ANSWERED,
        reference=receipt.reference,
        provider_call_id=receipt.provider_message_id,
        answered_by=receipt.answered_by,
    )


def _call_receipt(kind: str, data: Any, payload: Mapping[str, Any], reference: str | None) -> Receipt | None:
    state: State | None
    word, error, answered_by, duration = kind, None, None, None
    if kind == "call.initiated":
        state = State.SUBMITTED
    elif kind == "call.answered":
        state = State.SENT
    elif kind in _DETECTED:
        state, answered_by = State.SENT, _ANSWERERS.get(text_of(payload.get("result")), AnsweredBy.UNKNOWN)
    elif kind == "call.hangup":
        word = text_of(payload.get("hangup_cause")) or kind
        state, error = _ENDS.get(word, (None, None))
        duration = _seconds(payload) if state is State.DELIVERED else None
    else:
        return None
    return Receipt(
        event_key=text_of(inner(data, "id")),
        raw_status=word,
        state=state,
        reference=reference,
        provider_message_id=text_of(payload.get("call_control_id")),
        error=error,
        error_code=word if error else None,
        occurred_at=instant(inner(data, "occurred_at")),
        answered_by=answered_by,
        duration=duration,
    )


def _seconds(payload: Mapping[str, Any]) -> int | None:
    start, end = instant(payload.get("start_time")), instant(payload.get("end_time"))
    return None if start is None or end is None or end < start else round((end - start).total_seconds())
