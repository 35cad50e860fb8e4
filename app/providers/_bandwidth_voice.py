"""How does a call go at Bandwidth? What is asked for it, what its events mean, and the BXML that tells it what to say."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.domain.delivery import AnsweredBy, CallMoment, CallStep, Outbound, Receipt, Script, WebhookReading
from app.domain.message import State
from app.domain.rich import Speech, Voicemail
from app.providers._voice_xml import document, element, escape, leaves_voicemail, spoken
from app.providers._wire import inner, instant, reference_in, text_of

# Why a call ended, and where that leaves it.
ENDS: Mapping[str, State] = {
    "hangup": State.DELIVERED,
    "busy": State.UNDELIVERED,
    "timeout": State.UNDELIVERED,
    "rejected": State.UNDELIVERED,
    "cancel": State.CANCELLED,
    "callback-error": State.FAILED,
    "invalid-bxml": State.FAILED,
    "application-error": State.FAILED,
    "account-limit": State.FAILED,
    "node-capacity-exceeded": State.FAILED,
    "error": State.FAILED,
    "unknown": State.FAILED,
}
# What a call is doing, when it is asked for.
DOES: Mapping[str, State] = {"queued": State.SUBMITTED, "initiated": State.SUBMITTED, "answered": State.SENT}
_DETECTED: Mapping[str, AnsweredBy] = {
    "human": AnsweredBy.HUMAN,
    "answering-machine": AnsweredBy.MACHINE,
    "tone-detected": AnsweredBy.MACHINE,
}
# Locales are Bandwidth's own: some regions have a name of theirs, the home of a language has none.
_LOCALES: Mapping[str, str] = {
    "en-GB": "en_UK",
    **{f"{language}-{language.upper()}": language for language in ("de", "es", "fr", "it", "ru")},
    "ja-JP": "ja",
}
_KEY_SECONDS = "5"


def call_body(outbound: Outbound, application: str, callback: tuple[str, str]) -> dict[str, Any]:
    """The body that makes a call. Who answers is found out while the call already speaks; a machine may end its greeting."""
    name, secret = callback
    return {
        "to": outbound.to,
        "from": outbound.sender,
        "applicationId": application,
        "answerUrl": f"{outbound.callback_url}&step=answer",
        "answerMethod": "POST",
        "disconnectUrl": outbound.callback_url,
        "disconnectMethod": "POST",
        "username": name,
        "password": secret,
        "machineDetection": {
            "mode": "async",
            "callbackUrl": f"{outbound.callback_url}&step=machine",
            "callbackMethod": "POST",
            "delayResult": leaves_voicemail(outbound),
            "username": name,
            "password": secret,
        },
        "tag": outbound.reference,
    }


def person_bxml(script: Script, callback: tuple[str, str]) -> bytes:
    """What a person hears, and one key they may press meanwhile or after."""
    speech = script.outbound.content.speech
    said = element("PlayAudio", (), escape(speech.recording)) if speech.recording else _say(script.person, speech)
    key = (
        ("gatherUrl", f"{script.outbound.callback_url}&step=keys"),
        ("gatherMethod", "POST"),
        ("username", callback[0]),
        ("password", callback[1]),
        ("maxDigits", "1"),
        ("firstDigitTimeout", _KEY_SECONDS),
    )
    return document(element("Gather", key, said), element("Hangup"))


def machine_bxml(script: Script) -> bytes:
    """What a machine is left, where the policy leaves anything; then the end."""
    leaves = script.outbound.content.speech.voicemail is Voicemail.LEAVE
    return document(_say(script.machine if leaves else "", script.outbound.content.speech), element("Hangup"))


def goodbye_bxml(script: Script) -> bytes:
    """The answer to the key that stops the calls."""
    return document(_say(script.goodbye, script.outbound.content.speech), element("Hangup"))


def _say(words: str, speech: Speech) -> str:
    inside = spoken(words, pauses=True)
    locale = "" if speech.voice else _LOCALES.get(speech.language, speech.language.replace("-", "_"))
    return element("SpeakSentence", (("voice", speech.voice), ("locale", locale)), inside) if inside else ""


def read_call_event(event: Mapping[str, Any], query: str, error_of: Mapping[str, Any]) -> WebhookReading:
    """What an event of a call means; one that is none of ours is unread."""
    call_id, kind = text_of(event.get("callId")), text_of(event.get("eventType"))
    reference = reference_in(query) or text_of(event.get("tag")) or None
    at = instant(event.get("eventTime"))
    found = _DETECTED.get(text_of(inner(event, "machineDetectionResult", "value")))

    def receipt(word: str, state: State | None, **more: Any) -> Receipt:
        key = f"{call_id}:{word}"
        fields = {"occurred_at": at, "reference": reference, "provider_message_id": call_id, **more}
        return Receipt(event_key=key, raw_status=word, state=state, **fields)

    def step(moment: CallMoment, **more: Any) -> CallStep:
        return CallStep(moment=moment, reference=reference, provider_call_id=call_id, **more)

    if not call_id:
        return WebhookReading(unread=1)
    match kind:
        case "answer":
            answered = receipt("answer", State.SENT, answered_by=found)
            return WebhookReading(receipts=(answered,), call=step(CallMoment.ANSWERED, answered_by=found))
        case "gather":
            return WebhookReading(call=step(CallMoment.KEYS, keys=text_of(event.get("digits"))))
        case "machineDetectionComplete":
            value = text_of(event.get("value")) or text_of(inner(event, "machineDetectionResult", "value"))
            who = _DETECTED.get(value, AnsweredBy.UNKNOWN)
            told = receipt(f"machineDetectionComplete:{value}", State.SENT, answered_by=who)
            return WebhookReading(receipts=(told,), call=step(CallMoment.MACHINE, answered_by=who))
        case "disconnect":
            cause = text_of(event.get("cause"))
            ended = receipt(
                f"disconnect:{cause}",
                ENDS.get(cause),
                error=error_of.get(cause),
                error_code=cause if cause in error_of else None,
                duration=_seconds(instant(event.get("answerTime")), instant(event.get("endTime"))),
            )
            return WebhookReading(receipts=(ended,))
        case _:
            return WebhookReading(unread=1)


def call_receipt(call: Mapping[str, Any], error_of: Mapping[str, Any]) -> Receipt | None:
    """What a call that was asked for has come to; None for what is no call."""
    call_id, word = text_of(call.get("callId")), text_of(call.get("state"))
    if not call_id or not word:
        return None
    cause = text_of(call.get("disconnectCause"))
    return Receipt(
        event_key=f"{call_id}:state:{word}:{cause}",
        raw_status=f"{word}:{cause}" if cause else word,
        state=ENDS.get(cause) if cause else DOES.get(word),
        provider_message_id=call_id,
        error=error_of.get(cause),
        error_code=cause if cause in error_of else None,
        occurred_at=instant(call.get("lastUpdate")),
        duration=_seconds(instant(call.get("answerTime")), instant(call.get("endTime"))),
    )


def _seconds(since: datetime | None, until: datetime | None) -> int | None:
    return None if since is None or until is None else max(0, round((until - since).total_seconds()))
