"""How does Sinch call somebody, and what is said? A custom callout that asks us at every step, answered in SVAML."""

import hashlib
import hmac
import re
from base64 import b64encode
from typing import Any
from urllib.parse import urlsplit

from app.domain.delivery import (
    AnsweredBy,
    CallAnswer,
    CallMoment,
    CallStep,
    Outbound,
    Receipt,
    Script,
    WebhookReading,
    WebhookRequest,
)
from app.domain.message import State
from app.domain.rich import Speech, Voicemail
from app.domain.voice_script import split_script
from app.ports import BadSignature
from app.providers._signatures import check_fresh, check_hmac, from_base64
from app.providers._sinch_codes import RESULTS, error_of
from app.providers._wire import decimal_of, dump, inner, instant, plus, reference_in, text_of

_JSON = "application/json"
_HANG_UP = {"action": {"name": "hangup"}}
_KEY_MILLISECONDS = 5_000
_LONGEST_PROMPT = 600  # unless agreed otherwise
_BARE_AND = re.compile(r"&(?!#?\w+;)")
_SEMICOLON = re.compile(r"(?P<entity>&#?\w+;)|;")
_WHO = {"human": AnsweredBy.HUMAN, "machine": AnsweredBy.MACHINE}
_PRESSED = frozenset({"return", "sequence"})


def callout_body(outbound: Outbound) -> bytes:
    """The call: whom to connect, machines told from people before we are asked, and our URL for every step after it.

    Raises ValueError for words that could not be said: it would be too late to learn that once the call is answered.
    """
    if any(len(words) > _LONGEST_PROMPT for words in split_script(outbound.body)):
        raise ValueError("more words than Sinch says at once")
    connect = {
        "name": "connectPstn",
        "number": outbound.to,
        "cli": outbound.sender,
        "locale": outbound.content.speech.language,
        "amd": {"enabled": True, "async": False},
    }
    url = outbound.callback_url
    steps = {"ice": dump({"action": connect}).decode(), "ace": url, "pie": url, "dice": url}
    return dump({"method": "customCallout", "customCallout": {"custom": outbound.reference, **steps}})


def signature(secret: bytes, method: str, body: bytes, content_type: str, stamp: str, path: str) -> bytes:
    """The keyed hash of one request, either way (pages "Signed Request" and "Callback Request Signing")."""
    return hmac.digest(secret, _signed(method, body, content_type, stamp, path), "sha256")


def _signed(method: str, body: bytes, content_type: str, stamp: str, path: str) -> bytes:
    # What the scheme asks for; Sinch's own signers leave it empty where there is no body.
    md5 = b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode("ascii") if body else ""
    return "\n".join([method.upper(), md5, content_type, f"x-timestamp:{stamp}", path]).encode("utf-8", "replace")


def check_signature(request: WebhookRequest, key: str, secrets: list[bytes]) -> None:
    """Raise BadSignature unless this callback is the application's and fresh. A path may be signed with or without its query."""
    shown = request.headers.get("authorization", "").partition(" ")[2]
    named, _, given = shown.partition(":")
    if not secrets or not hmac.compare_digest(named.strip().lower().encode(), key.lower().encode()):
        raise BadSignature("the credentials are missing or not this account's")
    stamp, kind = request.headers.get("x-timestamp", ""), request.headers.get("content-type", "")
    parts = urlsplit(request.url)
    for path in (parts.path, f"{parts.path}?{request.query}"):
        try:
            check_hmac(from_base64(given), _signed(request.method, request.body, kind, stamp, path), secrets, "sha256")
        except BadSignature:
            continue
        then = instant(stamp)
        if then is None:
            raise BadSignature("the signed time is no time")
        check_fresh(then.timestamp(), request.received_at)
        return
    raise BadSignature("the signature is missing or not this account's")


def read_call(body: Any, query: str) -> WebhookReading:
    """ACE and PIE want to know what to do, DICE tells the end, a call to our own number is not taken."""
    call_id = text_of(inner(body, "callid")) or text_of(inner(body, "callId"))
    reference = text_of(inner(body, "custom")) or reference_in(query)
    event = text_of(inner(body, "event")).lower()
    who = _who(body)
    if event == "ice":
        return WebhookReading(answer_body=dump(_HANG_UP), answer_type=_JSON)
    if event == "ace" and call_id:
        step = CallStep(moment=CallMoment.ANSWERED, reference=reference, provider_call_id=call_id, answered_by=who)
        told = _receipt(body, call_id, reference, "ANSWERED_CALL", State.SENT)
        return WebhookReading(receipts=(told,), call=step)
    if event == "pie" and call_id:
        pressed = text_of(inner(body, "menuResult", "type")).lower() in _PRESSED
        keys = text_of(inner(body, "menuResult", "value")).strip() if pressed else ""
        return WebhookReading(
            call=CallStep(moment=CallMoment.KEYS, reference=reference, provider_call_id=call_id, keys=keys, answered_by=who)
        )
    if event == "dice" and call_id:
        return WebhookReading(receipts=(ended(body, call_id, reference),))
    if event == "notify" and call_id and who is not None:
        return WebhookReading(receipts=(_receipt(body, call_id, reference, "AMD", None),))
    return WebhookReading(unread=1)


def ended(body: Any, call_id: str, reference: str | None) -> Receipt:
    """The end of a call, told by DICE or by the call's own resource."""
    result, reason = text_of(inner(body, "result")).upper(), text_of(inner(body, "reason")).upper()
    state = State.CANCELLED if reason == "CANCEL" and result != "ANSWERED" else RESULTS.get(result)
    return _receipt(body, call_id, reference, result or reason, state)


def _receipt(body: Any, call_id: str, reference: str | None, word: str, state: State | None) -> Receipt:
    reason = text_of(inner(body, "reason")).upper()
    error, code = error_of(state, reason, word)
    duration = inner(body, "duration")
    price, currency = decimal_of(inner(body, "debit", "amount")), text_of(inner(body, "debit", "currencyId"))
    return Receipt(
        event_key=f"{call_id}:{word}:{reason}",
        raw_status=word,
        state=state,
        reference=reference,
        provider_message_id=call_id,
        recipient=plus(inner(body, "to", "endpoint")) or None,
        error=error,
        error_code=code,
        occurred_at=instant(inner(body, "timestamp")),
        answered_by=_who(body),
        duration=duration if isinstance(duration, int) and not isinstance(duration, bool) and duration >= 0 else None,
        price=price if currency else None,
        currency=currency if price is not None and currency else None,
    )


def _who(body: Any) -> AnsweredBy | None:
    status = text_of(inner(body, "amd", "status")).lower()
    return _WHO.get(status, AnsweredBy.UNKNOWN) if status else None


def answer_call(step: CallStep, script: Script) -> CallAnswer:
    """The document for one step: a menu of one key for a person, the machine's words or nothing for a machine, then the end."""
    speech = script.outbound.content.speech
    if script.opted_out:
        return _document(_say(script.goodbye, speech))
    if step.moment is CallMoment.KEYS:
        return _document({})
    if step.answered_by is AnsweredBy.MACHINE or step.moment is CallMoment.MACHINE:
        leaves = speech.voicemail is Voicemail.LEAVE and script.machine
        return _document(_say(script.machine, speech) if leaves else {})
    menu = {
        "id": "main",
        "mainPrompt": _prompt(script.person, speech),
        "repeats": 0,
        "timeoutMills": _KEY_MILLISECONDS,
        "options": [{"dtmf": speech.opt_out_key, "action": f"return({speech.opt_out_key})"}],
    }
    action = {"name": "runMenu", "barge": True, "locale": _locale(speech), "mainMenu": "main", "menus": [menu]}
    return CallAnswer(body=dump({"action": action}), content_type=_JSON)


def _document(before: dict[str, Any]) -> CallAnswer:
    return CallAnswer(body=dump({**before, **_HANG_UP}), content_type=_JSON)


def _say(words: str, speech: Speech) -> dict[str, Any]:
    return {"instructions": [{"name": "playFiles", "ids": [_spoken(words)], "locale": _locale(speech)}]}


def _prompt(words: str, speech: Speech) -> str:
    return f"#href[{speech.recording}]" if speech.recording else _spoken(words)


def _spoken(words: str) -> str:
    """Words as a prompt. Its own signs, brackets and the semicolon between prompts, would end it early."""
    plain = words.replace("[", "(").replace("]", ")")
    if "<" not in plain:
        return f"#tts[{plain.replace(';', ',')}]"
    plain = _SEMICOLON.sub(lambda found: found["entity"] or ",", _BARE_AND.sub("&amp;", plain))
    return f"#ssml[{plain if plain.lstrip().startswith('<speak') else f'<speak>{plain}</speak>'}]"


def _locale(speech: Speech) -> str:
    return speech.voice or speech.language
