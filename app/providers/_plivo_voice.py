"""How does a call go at Plivo? What is asked for it, what its callbacks mean, and the XML that tells it what to say."""

import re
from collections.abc import Mapping
from typing import Any

from app.domain.delivery import AnsweredBy, CallMoment, CallStep, ErrorClass, Outbound, Receipt, Script, WebhookReading
from app.domain.message import State
from app.domain.rich import Speech
from app.providers._plivo_codes import ERROR_CODES, money
from app.providers._voice_xml import document, element, escape, leaves_voicemail, spoken
from app.providers._wire import digits, text_of

_ENDS: Mapping[str, State] = {
    "completed": State.DELIVERED,
    "busy": State.UNDELIVERED,
    "no-answer": State.UNDELIVERED,
    "timeout": State.UNDELIVERED,
    "rejected": State.UNDELIVERED,
    "failed": State.FAILED,
    "cancel": State.CANCELLED,
    "canceled": State.CANCELLED,
    "cancelled": State.CANCELLED,
}
_UNDER_WAY: Mapping[str, State] = {"queued": State.SUBMITTED, "ringing": State.SENT, "in-progress": State.SENT}
_CANCELLED = "1000"  # the hang-up code of a call that was taken back before anybody answered
_KEY_SECONDS, _BEEP_SECONDS = "5", "30"


def call_body(outbound: Outbound) -> dict[str, Any]:
    """The body that makes a call. A machine is hung up on by Plivo, or found while the call speaks where it is left something."""
    url = outbound.callback_url
    return {
        "from": digits(outbound.sender),
        "to": digits(outbound.to),
        "answer_url": f"{url}&step=answer",
        "answer_method": "POST",
        "ring_url": f"{url}&step=ring",
        "ring_method": "POST",
        "hangup_url": url,
        "hangup_method": "POST",
        "machine_detection": "true" if leaves_voicemail(outbound) else "hangup",
        "machine_detection_url": f"{url}&step=machine",
        "machine_detection_method": "POST",
    }


def person_xml(script: Script) -> bytes:
    """What a person hears, and one key they may press meanwhile or after. No key ends the input: it may be the one offered."""
    speech = script.outbound.content.speech
    said = element("Play", (), escape(speech.recording)) if speech.recording else _say(script.person, speech)
    keys = (
        ("action", f"{script.outbound.callback_url}&step=keys"),
        ("method", "POST"),
        ("numDigits", "1"),
        ("finishOnKey", "none"),
        ("timeout", _KEY_SECONDS),
        ("retries", "1"),
    )
    return document(element("GetDigits", keys, said), element("Hangup"))


def machine_xml(script: Script) -> bytes:
    """What a machine is left after its beep, where the policy leaves anything; then the end."""
    if not leaves_voicemail(script.outbound):
        return document(element("Hangup"))
    beep = element("Wait", (("length", _BEEP_SECONDS), ("beep", "true")))
    return document(beep, _say(script.machine, script.outbound.content.speech), element("Hangup"))


def goodbye_xml(script: Script) -> bytes:
    """The answer to the key that stops the calls."""
    return document(_say(script.goodbye, script.outbound.content.speech), element("Hangup"))


def _say(words: str, speech: Speech) -> str:
    # Pauses are SSML, which only the voices of Polly read.
    inside = spoken(words, pauses=speech.voice.startswith("Polly."))
    return element("Speak", (("voice", speech.voice), ("language", speech.language)), inside) if inside else ""


def read_call(form: Mapping[str, str], step: str, reference: str | None) -> WebhookReading:
    """What a callback about a call means: an end, a question, or how far it is."""
    call_id = form.get("CallUUID", "")
    request_id = form.get("RequestUUID") or form.get("ALegRequestUUID") or call_id
    word = form.get("CallStatus", "")
    machine = {"true": AnsweredBy.MACHINE, "false": AnsweredBy.HUMAN}.get(form.get("Machine", "").lower())

    def receipt(event: str, state: State | None, **more: Any) -> Receipt:
        known = {"reference": reference, "provider_message_id": request_id, "answered_by": machine}
        return Receipt(event_key=f"{request_id}:{event}", raw_status=event, state=state, **{**known, **more})

    def ask(moment: CallMoment, **more: Any) -> CallStep:
        return CallStep(moment=moment, reference=reference, provider_call_id=call_id or None, **more)

    if word in _ENDS or form.get("Event") == "Hangup":
        return WebhookReading(receipts=(receipt(word or "hangup", _ENDS.get(word), **_end(form, word)),))
    match step:
        case "keys":
            return WebhookReading(call=ask(CallMoment.KEYS, keys=form.get("Digits", "")))
        case "voicemail":
            return WebhookReading(call=ask(CallMoment.ANSWERED, answered_by=AnsweredBy.MACHINE))
        case "machine":
            told = receipt(f"machine:{form.get('Machine', '')}", State.SENT)
            return WebhookReading(receipts=(told,), call=ask(CallMoment.MACHINE, answered_by=machine))
        case "answer":
            return WebhookReading(receipts=(receipt("answered", State.SENT),), call=ask(CallMoment.ANSWERED, answered_by=machine))
        case _:
            return WebhookReading(receipts=(receipt(word, _UNDER_WAY.get(word)),)) if word else WebhookReading(unread=1)


def _end(form: Mapping[str, str], word: str) -> dict[str, Any]:
    code, duration = form.get("HangupCauseCode", ""), form.get("Duration", "")
    cost = money(form.get("TotalCost"))
    failed = _ENDS.get(word) in {State.UNDELIVERED, State.FAILED}
    return {
        "error": (ERROR_CODES.get(code) or ERROR_CODES.get(word) or ErrorClass.UNKNOWN) if failed else None,
        "error_code": (code or word) if failed else None,
        "duration": int(duration) if re.fullmatch(r"[0-9]{1,6}", duration) else None,
        "price": cost,
        "currency": None if cost is None else "USD",
    }


def call_receipt(record: Mapping[str, Any], request_id: str) -> Receipt | None:
    """What the record of a call says, which is written when it has ended; None for what is no record."""
    code, name = text_of(record.get("hangup_cause_code")), text_of(record.get("hangup_cause_name"))
    if not code:
        return None
    duration, cost = record.get("call_duration"), money(record.get("total_amount"))
    answered = bool(text_of(record.get("answer_time")))
    state = State.DELIVERED if answered else State.CANCELLED if code == _CANCELLED else State.UNDELIVERED
    return Receipt(
        event_key=f"{request_id}:record:{code}",
        raw_status=name or code,
        state=state,
        provider_message_id=request_id,
        error=ERROR_CODES.get(code, ErrorClass.UNKNOWN) if state is State.UNDELIVERED else None,
        error_code=code if state is State.UNDELIVERED else None,
        duration=duration if isinstance(duration, int) else None,
        price=cost,
        currency=None if cost is None else "USD",
    )
