"""Is a call by Twilio spoken as it must be? Documents, the opt-out key, machines, and what no script can break."""

import random
from urllib.parse import parse_qs
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.domain.delivery import AnsweredBy, CallMoment, CallStep, Outbound, Receipt, Refused, Script
from app.domain.message import Channel
from app.domain.rich import Content, Speech, Voicemail
from app.domain.voice_script import split_script
from app.ports import Account, Recalls, Speaks
from app.providers.registry import request_for
from app.providers.twilio import Twilio
from tests.contract import examples_of as examples

_SID = "AC" + "0" * 32
_CALL = "CA" + "0" * 31 + "1"
_LEAVE = Speech(voicemail=Voicemail.LEAVE)
_SCRIPT = "This is Blue Shop. To stop these calls press 9.\n[voicemail]\nThis is Blue Shop. To stop, call 1-800-555-0199."


def _twilio(base_url: str | None = None) -> Twilio:
    return Twilio(Account({"account_sid": _SID, "auth_token": "a-live-token"}, base_url))


def _call(body: str = _SCRIPT, speech: Speech = _LEAVE) -> Outbound:
    return examples.message(Channel.VOICE, body=body, content=Content(speech=speech))


def _form(outbound: Outbound) -> dict[str, list[str]]:
    return parse_qs(_twilio().build_request(outbound).body.decode("ascii"), keep_blank_values=True, strict_parsing=True)


def _script(outbound: Outbound, *, opted_out: bool = False) -> Script:
    person, machine = split_script(outbound.body)
    return Script(outbound=outbound, person=person, machine=machine, goodbye="You will get no more calls.", opted_out=opted_out)


def _step(moment: CallMoment, **fields: object) -> CallStep:
    return CallStep(moment=moment, reference=examples.REFERENCE, provider_call_id=_CALL, **fields)  # type: ignore[arg-type]


def _read(document: bytes | str) -> ET.Element:
    return ET.fromstring(document)  # noqa: S314  # written by us a line above


def _said(document: bytes | str) -> str:
    return "".join(_read(document).itertext())


def test_twilio_speaks_and_recalls() -> None:
    assert isinstance(_twilio(), Speaks)
    assert isinstance(_twilio(), Recalls)


def test_the_pressed_key_is_sent_where_the_attempt_is_known() -> None:
    outbound = _call()
    gather = _read(_form(outbound)["Twiml"][0]).find("Gather")
    assert gather is not None
    assert gather.attrib["action"].startswith(outbound.callback_url + "&step=keys#")
    assert gather.attrib["numDigits"] == "1"
    assert gather.attrib["finishOnKey"] == "", "else # would end the input and not be told"


@pytest.mark.parametrize(("speech", "body", "detection"), [
    (_LEAVE, _SCRIPT, "DetectMessageEnd"),
    (Speech(), _SCRIPT, "Enable"),
    (_LEAVE, "Only for people.", "Enable"),
])  # fmt: skip
def test_a_machine_is_waited_for_only_where_it_is_spoken_to(speech: Speech, body: str, detection: str) -> None:
    form = _form(_call(body, speech))
    assert form["MachineDetection"] == [detection]
    assert form["AsyncAmd"] == ["true"], "a person must not wait for the finding"
    assert form["StatusCallbackEvent"] == ["initiated", "ringing", "answered", "completed"]


@given(body=some.text(max_size=600), voice=some.text(max_size=20), recording=some.text(max_size=60))
def test_no_script_breaks_its_document(body: str, voice: str, recording: str) -> None:
    speech = Speech(voice=voice, recording=recording, voicemail=Voicemail.LEAVE)
    outbound = _call(body, speech)
    answer = _twilio().answer_call(_step(CallMoment.ANSWERED), _script(outbound))
    document = _read(answer.body)
    assert [verb.tag for verb in document] == ["Gather", "Hangup"]
    assert all(verb.tag in {"Gather", "Hangup", "Say", "Play", "break"} for verb in document.iter() if verb is not document)
    form = _form(outbound)
    assert ("Twiml" in form) != ("Url" in form)
    assert len(form.get("Twiml", [""])[0]) <= 4_000


def test_what_a_person_hears_is_the_script_without_its_voicemail() -> None:
    assert _said(_form(_call())["Twiml"][0]) == "This is Blue Shop. To stop these calls press 9."


def test_silences_stay_and_other_marks_are_words() -> None:
    document = _read(_form(_call('A<break time="2s"/>B<x/>C', Speech()))["Twiml"][0])
    assert [found.attrib["time"] for found in document.iter("break")] == ["2000ms"]
    assert _said(_form(_call('A<break time="2s"/>B<x/>C', Speech()))["Twiml"][0]) == "AB<x/>C"


def test_a_script_too_long_to_go_along_is_asked_for_and_then_told() -> None:
    outbound = _call("&" * 1_000, Speech())
    assert _form(outbound)["Url"][0].startswith(outbound.callback_url + "&step=answered#")
    assert _said(_twilio().answer_call(_step(CallMoment.ANSWERED), _script(outbound)).body) == "&" * 1_000


def test_a_voicemail_too_long_is_refused_before_anybody_is_called() -> None:
    refused = request_for(_twilio(), _call("Hello\n[voicemail]\n" + "&" * 1_000))
    assert isinstance(refused, Refused)
    assert refused.code == "not_built"


def test_who_opts_out_is_told_so_and_the_call_ends() -> None:
    answer = _twilio().answer_call(_step(CallMoment.KEYS, keys="9"), _script(_call(), opted_out=True))
    assert answer.content_type == "text/xml"
    assert [verb.tag for verb in _read(answer.body)] == ["Say", "Hangup"]
    assert _said(answer.body) == "You will get no more calls."


def test_after_any_other_key_the_script_begins_anew() -> None:
    answer = _twilio().answer_call(_step(CallMoment.KEYS, keys="3"), _script(_call()))
    assert _said(answer.body) == "This is Blue Shop. To stop these calls press 9."


def test_a_machine_is_spoken_to_by_changing_the_running_call() -> None:
    step = _step(CallMoment.MACHINE, answered_by=AnsweredBy.MACHINE)
    answer = _twilio("http://127.0.0.1:9/carrier").answer_call(step, _script(_call()))
    [command] = answer.commands
    assert (command.method, answer.body) == ("POST", b"")
    assert command.url == f"http://127.0.0.1:9/carrier/2010-04-01/Accounts/{_SID}/Calls/{_CALL}.json"
    assert _said(parse_qs(command.body.decode())["Twiml"][0]) == "This is Blue Shop. To stop, call 1-800-555-0199."


@pytest.mark.parametrize(("speech", "who"), [
    (Speech(), AnsweredBy.MACHINE), (_LEAVE, AnsweredBy.FAX), (Speech(), AnsweredBy.FAX),
])  # fmt: skip
def test_at_a_machine_that_is_not_spoken_to_the_call_ends(speech: Speech, who: AnsweredBy) -> None:
    [command] = _twilio().answer_call(_step(CallMoment.MACHINE, answered_by=who), _script(_call(speech=speech))).commands
    assert command.body == b"Status=completed"


@pytest.mark.parametrize("who", [AnsweredBy.HUMAN, AnsweredBy.UNKNOWN, None])
def test_a_person_is_left_to_listen(who: AnsweredBy | None) -> None:
    answer = _twilio().answer_call(_step(CallMoment.MACHINE, answered_by=who), _script(_call()))
    assert (answer.commands, answer.body) == ((), b"")


@pytest.mark.parametrize(("speech", "said"), [(_LEAVE, "This is Blue Shop. To stop, call 1-800-555-0199."), (Speech(), "")])
def test_a_machine_known_before_the_first_word_gets_its_own(speech: Speech, said: str) -> None:
    step = _step(CallMoment.ANSWERED, answered_by=AnsweredBy.MACHINE)
    assert _said(_twilio().answer_call(step, _script(_call(speech=speech))).body) == said


def test_a_call_is_taken_back_as_a_call() -> None:
    request = _twilio().build_cancel(_CALL, to="+14155550123", channel=Channel.VOICE)
    assert request is not None
    assert request.url.endswith(f"/Calls/{_CALL}.json")
    assert request.body == b"Status=canceled"


def _events(*names: str) -> list[Receipt]:
    provider, shown = examples.open_provider("twilio"), examples.read("twilio", "webhooks")
    calls = [examples.webhook(example) for example in shown if example["given"] in names]
    return [receipt for call in calls for receipt in provider.read_webhook(call).receipts]


@given(seed=some.integers(), repeats=some.integers(1, 3))
def test_neither_order_nor_repetition_of_events_matters(seed: int, repeats: int) -> None:
    events = _events(
        "a call begun", "a call ringing", "a call answered", "a machine took the call", "a call that came to its end"
    )
    shuffled = events * repeats
    random.Random(seed).shuffle(shuffled)
    assert max(event.state for event in shuffled if event.state is not None).name == "DELIVERED"
    assert len({event.event_key for event in shuffled}) == len(events) == 5
