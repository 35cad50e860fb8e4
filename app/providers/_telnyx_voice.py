"""What is a call by Telnyx told, step by step? Commands of Call Control, and how its `client_state` carries our reference."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.delivery import AnsweredBy, CallMoment, CallStep, Outbound, Script
from app.domain.rich import Speech, Voicemail

_LAST = "~last"  # marks the state of what is said last: when it has been said, the call is hung up
_VOICE = "female"  # Telnyx's own in every language it speaks
_LANGUAGES = (
    "en-US", "cmn-CN", "cy-GB", "da-DK", "de-DE", "en-AU", "en-GB", "en-IN", "es-US", "es-ES", "es-MX", "fr-FR", "fr-CA", "hi-IN",
    "is-IS", "it-IT", "ja-JP", "ko-KR", "nb-NO", "nl-NL", "pl-PL", "pt-BR", "pt-PT", "ro-RO", "ru-RU", "sv-SE", "tr-TR",
)  # fmt: skip
_KEY_WAIT_MILLIS = 5_000
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


@dataclass(frozen=True, slots=True)
class Command:
    """One command: its last path segment and its JSON."""

    action: str
    fields: Mapping[str, Any]


def client_state(reference: str, *, is_last: bool = False) -> str:
    """Our reference as Telnyx echoes it, in base64."""
    return base64.b64encode(f"{reference}{_LAST if is_last else ''}".encode()).decode("ascii")


def read_client_state(state: str) -> tuple[str | None, bool]:
    """The reference in an echoed state, and whether it was the last thing said."""
    try:
        text = base64.b64decode(state.encode("ascii"), validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return None, False
    return text.removesuffix(_LAST) or None, text.endswith(_LAST)


def detection_mode(outbound: Outbound) -> str:
    """Whether the end of a machine's greeting is waited for: only where something is left after it."""
    return "greeting_end" if outbound.content.speech.voicemail is Voicemail.LEAVE else "detect"


def commands_for(step: CallStep, script: Script) -> tuple[Command, ...]:
    """What to do at a step.

    A person hears the script at once, as the law wants it, while a machine is still looked for. A MACHINE step with `answered_by`
    is the finding, one without is the end of the greeting. A KEYS step without keys is the end of what was to be heard.
    """
    reference = script.outbound.reference
    if script.opted_out and step.keys:
        return (_speak(script, script.goodbye, "goodbye"),)
    if step.moment is CallMoment.ANSWERED:
        return (_play(script) if script.outbound.content.speech.recording else _say(script),)
    is_left = script.machine and script.outbound.content.speech.voicemail is Voicemail.LEAVE
    if step.moment is CallMoment.MACHINE and is_left and step.answered_by is not AnsweredBy.FAX:
        if step.answered_by is AnsweredBy.MACHINE:
            return (Command("gather_stop", _ids(reference, "hush")),)
        return (_speak(script, script.machine, "voicemail"),)
    return (Command("hangup", _ids(reference, "hangup")),)


def _ids(reference: str, what: str, *, is_last: bool = False) -> dict[str, Any]:
    return {"client_state": client_state(reference, is_last=is_last), "command_id": f"{reference}:{what}"}


def _say(script: Script) -> Command:
    outbound = script.outbound
    voice = _voiced(script.person, outbound.content.speech)
    return Command("gather_using_speak", {**voice, **_one_key(outbound.content.speech), **_ids(outbound.reference, "script")})


def _play(script: Script) -> Command:
    speech = script.outbound.content.speech
    ids = _ids(script.outbound.reference, "script")
    return Command("gather_using_audio", {"audio_url": speech.recording, **_one_key(speech), **ids})


def _one_key(speech: Speech) -> dict[str, Any]:
    return {
        "minimum_digits": 1,
        "maximum_digits": 1,
        "maximum_tries": 1,
        "timeout_millis": _KEY_WAIT_MILLIS,
        "terminating_digit": "*" if speech.opt_out_key == "#" else "#",
        "valid_digits": speech.opt_out_key,
    }


def _speak(script: Script, text: str, what: str) -> Command:
    outbound = script.outbound
    return Command("speak", {**_voiced(text, outbound.content.speech), **_ids(outbound.reference, what, is_last=True)})


def _voiced(text: str, speech: Speech) -> dict[str, Any]:
    marked = _TAG.search(text) is not None
    return {
        "payload": _ssml(text) if marked else text,
        "payload_type": "ssml" if marked else "text",
        "voice": speech.voice or _VOICE,
        "language": _language(speech.language),
    }


def _language(asked: str) -> str:
    """The language asked for if Telnyx speaks it, else another region's of it, else American English."""
    if asked in _LANGUAGES:
        return asked
    spoken = asked.partition("-")[0].lower()
    spoken = "cmn" if spoken == "zh" else spoken
    return next((known for known in _LANGUAGES if known.startswith(f"{spoken}-")), _LANGUAGES[0])


def _ssml(text: str) -> str:
    """Marked-up text as a document: its tags as they are, all between them escaped."""
    written, end = [], 0
    for tag in _TAG.finditer(text):
        written += [text[end : tag.start()].translate(_ENTITIES), tag[0]]
        end = tag.end()
    inside = "".join([*written, text[end:].translate(_ENTITIES)])
    return inside if inside.startswith("<speak") else f"<speak>{inside}</speak>"
