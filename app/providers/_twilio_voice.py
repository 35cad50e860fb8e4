"""How does a call by Twilio sound, and what do its callbacks say? TwiML, machine detection, keys, and the states of a call."""

from collections.abc import Mapping

from app.domain.delivery import (
    AnsweredBy,
    CallAnswer,
    CallMoment,
    CallStep,
    Outbound,
    Receipt,
    Request,
    Script,
    WebhookReading,
)
from app.domain.message import State
from app.domain.rich import KEYS, Speech, Voicemail
from app.domain.voice_script import split_script
from app.providers._twilio_words import CALL_STATES, answered_by, call_error, rfc2822, whole
from app.providers._voice_xml import escape, spoken
from app.providers._wire import encode_form, reference_in

OVERRIDE = "#rc=5&rp=5xx,ct,rt"
"""Webhook connection overrides: five more tries, also on a 5xx of ours or a slow answer. By default a 5xx loses the callback."""
_LONGEST_TWIML = 4_000  # characters of the parameter `Twiml` (Calls resource)
_SECONDS_FOR_A_KEY = 5
_EVENTS = ("initiated", "ringing", "answered", "completed")


def call_form(outbound: Outbound) -> bytes:
    """The form that starts a call. Raises ValueError for a voicemail Twilio could not be told in one request.

    What a person hears goes along with the call, so that it begins at once; only where it is too long for that does Twilio ask
    us for it. Whether a machine answered is found out meanwhile, and reported to us (`AsyncAmd`).
    """
    speech, (person, machine) = outbound.content.speech, split_script(outbound.body)
    leaves = leaves_voicemail(speech, machine)
    if leaves and len(machine_document(speech, machine)) > _LONGEST_TWIML:
        raise ValueError("the voicemail is longer than Twilio takes")
    said = person_document(speech, person, outbound.callback_url)
    inline = ("Twiml", said) if len(said) <= _LONGEST_TWIML else ("Url", step_url(outbound.callback_url, "answered"))
    return encode_form([
        ("To", outbound.to),
        ("From", outbound.sender),
        inline,
        ("StatusCallback", outbound.callback_url + OVERRIDE),
        *(("StatusCallbackEvent", event) for event in _EVENTS),
        ("MachineDetection", "DetectMessageEnd" if leaves else "Enable"),
        ("AsyncAmd", "true"),
        ("AsyncAmdStatusCallback", step_url(outbound.callback_url, "machine")),
    ])  # fmt: skip


def step_url(callback_url: str, step: str) -> str:
    """Where Twilio asks or tells us during a call."""
    return f"{callback_url}{'&' if '?' in callback_url else '?'}step={step}{OVERRIDE}"


def leaves_voicemail(speech: Speech, machine: str) -> bool:
    """Whether a machine is spoken to at all."""
    return speech.voicemail is Voicemail.LEAVE and bool(machine)


def person_document(speech: Speech, person: str, callback_url: str) -> str:
    """What a person hears, with one key taken at any time: every key counts, "#" too, as nothing ends the input."""
    said = f"<Play>{escape(speech.recording)}</Play>" if speech.recording else _say(speech, person)
    action = escape(step_url(callback_url, "keys"))
    return (
        f'<Response><Gather action="{action}" numDigits="1" finishOnKey="" timeout="{_SECONDS_FOR_A_KEY}">'
        f"{said}</Gather><Hangup/></Response>"
    )


def machine_document(speech: Speech, machine: str) -> str:
    """What is left on a machine."""
    return f"<Response>{_say(speech, machine)}<Hangup/></Response>"


def answer(step: CallStep, script: Script, calls_url: str, headers: Mapping[str, str]) -> CallAnswer:
    """What a call is told: a document where Twilio waits for one, a request where it only told us who answered."""
    speech = script.outbound.content.speech
    reached_machine = step.answered_by in {AnsweredBy.MACHINE, AnsweredBy.FAX}
    speaks = leaves_voicemail(speech, script.machine) and step.answered_by is AnsweredBy.MACHINE
    if step.moment is CallMoment.MACHINE:
        if not (reached_machine and step.provider_call_id):
            return CallAnswer()  # a person listens, or nobody knows: what is being said goes on
        change = ("Twiml", machine_document(speech, script.machine)) if speaks else ("Status", "completed")
        return CallAnswer(
            commands=(Request("POST", f"{calls_url}/{step.provider_call_id}.json", headers, encode_form([change])),)
        )
    if script.opted_out:
        return _document(f"<Response>{_say(speech, script.goodbye)}<Hangup/></Response>")
    if reached_machine:
        return _document(machine_document(speech, script.machine) if speaks else "<Response><Hangup/></Response>")
    # After a key that means nothing the script begins anew: the key had cut it short.
    return _document(person_document(speech, script.person, script.outbound.callback_url))


def read_call(form: Mapping[str, str], query: str) -> WebhookReading:
    """A call's states become receipts; a pressed key, a call to be spoken to and the finding of a machine become steps."""
    sid, reference = form.get("CallSid", ""), reference_in(query)
    if not (sid.isascii() and sid.isalnum()) or form.get("Direction") == "inbound":
        return WebhookReading(unread=1)
    step = next((part[5:] for part in query.split("&") if part.startswith("step=")), "")
    who = answered_by(form.get("AnsweredBy", ""))
    if step == "keys":
        keys = "".join(key for key in form.get("Digits", "") if key in KEYS)
        return WebhookReading(call=CallStep(moment=CallMoment.KEYS, reference=reference, provider_call_id=sid, keys=keys))
    if step == "answered":
        return WebhookReading(
            call=CallStep(moment=CallMoment.ANSWERED, reference=reference, provider_call_id=sid, answered_by=who)
        )
    if step == "machine" and who is not None:
        return WebhookReading(
            receipts=(_answered(sid, reference, form["AnsweredBy"], who),),
            call=CallStep(moment=CallMoment.MACHINE, reference=reference, provider_call_id=sid, answered_by=who),
        )
    if not step and form.get("CallStatus"):
        return WebhookReading(receipts=(_receipt(sid, reference, form, who),))
    return WebhookReading(unread=1)


def _answered(sid: str, reference: str | None, word: str, who: AnsweredBy) -> Receipt:
    """Whoever it is, somebody took the call."""
    return Receipt(
        event_key=f"{sid}:{word}",
        raw_status=word,
        state=State.SENT,
        reference=reference,
        provider_message_id=sid,
        answered_by=who,
    )


def _receipt(sid: str, reference: str | None, form: Mapping[str, str], who: AnsweredBy | None) -> Receipt:
    word, code = form["CallStatus"], form.get("ErrorCode", "")
    code = "" if code == "0" else code
    if not code and word == "failed" and form.get("SipResponseCode", "").isalnum():
        code = f"sip_{form['SipResponseCode']}"
    return Receipt(
        # Twilio numbers a call's events; the state goes by the greatest, so their order does not matter.
        event_key=f"{sid}:{word}:{form.get('SequenceNumber', '')}",
        raw_status=word,
        state=CALL_STATES.get(word),
        reference=reference,
        provider_message_id=sid,
        error=call_error(word, code),
        error_code=code or None,
        occurred_at=rfc2822(form.get("Timestamp", "")),
        answered_by=who,
        duration=whole(form.get("CallDuration", "")),  # seconds; the field "Duration" counts minutes
    )


def _document(twiml: str) -> CallAnswer:
    return CallAnswer(body=twiml.encode("utf-8"), content_type="text/xml")


def _say(speech: Speech, text: str) -> str:
    voice = f' voice="{escape(speech.voice)}"' if speech.voice else ""
    return f'<Say language="{escape(speech.language)}"{voice}>{spoken(text, pauses=True)}</Say>'
