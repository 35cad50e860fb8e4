"""What is a call by Vonage told? The NCCO it begins with, and those that answer a pressed key or the beep of a machine."""

from collections.abc import Mapping
from typing import Any

from app.domain.delivery import CallMoment, CallStep, Outbound, Script
from app.domain.rich import Speech, Voicemail
from app.domain.voice_script import split_script
from app.providers._voice_xml import spoken, without_pauses
from app.providers._wire import digits

_KEY_WAIT = 5  # seconds after the script
_BEEP_WAIT = 45  # seconds; the least that Vonage's own packages let through
_LONGEST_TALK = 1_500  # characters of what one action says, its marks among them


def call_fields(outbound: Outbound) -> dict[str, Any]:
    """The JSON of `POST /v1/calls`, with the script in it, so that nobody has to ask for it."""
    person, machine = split_script(outbound.body)
    keys_url = outbound.callback_url + ("&" if "?" in outbound.callback_url else "?") + "step=keys"
    return {
        "to": [{"type": "phone", "number": digits(outbound.to)}],
        "from": {"type": "phone", "number": digits(outbound.sender)},
        "ncco": [_script(person, outbound.content.speech), _one_key(keys_url)],
        "event_url": [outbound.callback_url],
        "event_method": "POST",
        **_detection(outbound.content.speech, machine),
    }


def document_for(step: CallStep, script: Script) -> list[dict[str, Any]]:
    """The NCCO for a step; an empty one ends the call. A person who is asked about anew hears the script once more."""
    speech = script.outbound.content.speech
    if script.opted_out:
        return [_talk(script.goodbye, speech)]
    if step.moment is CallMoment.ANSWERED:
        fields = call_fields(script.outbound)
        return [_script(script.person, speech), fields["ncco"][1]]
    if step.moment is CallMoment.MACHINE and script.machine and speech.voicemail is Voicemail.LEAVE:
        return [_talk(script.machine, speech)]
    return []


def _detection(speech: Speech, machine: str) -> Mapping[str, Any]:
    """A machine is hung up on by Vonage itself, unless something is left on it: then its beep is waited for."""
    if not machine or speech.voicemail is Voicemail.HANG_UP:
        return {"machine_detection": "hangup"}
    return {"advanced_machine_detection": {"behavior": "continue", "mode": "detect_beep", "beep_timeout": _BEEP_WAIT}}


def _script(person: str, speech: Speech) -> dict[str, Any]:
    """What a person hears; a pressed key ends it."""
    if speech.recording:
        return {"action": "stream", "streamUrl": [speech.recording], "bargeIn": True}
    return {**_talk(person, speech), "bargeIn": True}


def _talk(text: str, speech: Speech) -> dict[str, Any]:
    marked = spoken(text, pauses=True)
    said = f"<speak>{marked}</speak>" if "<break" in marked else text
    if len(said) > _LONGEST_TALK:  # words before pauses
        said = without_pauses(text)
    style = {"style": int(speech.voice)} if speech.voice.isascii() and speech.voice.isdigit() else {}
    return {"action": "talk", "text": said, "language": speech.language, **style}


def _one_key(url: str) -> dict[str, Any]:
    return {
        "action": "input",
        "type": ["dtmf"],
        "dtmf": {"maxDigits": 1, "timeOut": _KEY_WAIT},
        "eventUrl": [url],
        "eventMethod": "POST",
    }
