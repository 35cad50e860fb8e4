"""Is Telnyx's own way kept? Its signature, its postbacks, look-ups, capabilities, and what a call is told step by step."""

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as some

from app.domain.delivery import (
    AnsweredBy,
    CallMoment,
    CallStep,
    ErrorClass,
    Request,
    Response,
    Script,
    Sought,
    WebhookReading,
    WebhookRequest,
)
from app.domain.message import Channel, State
from app.domain.rich import Content, Media, Speech, Suggestion, SuggestionKind, Voicemail
from app.domain.voice_script import split_script
from app.ports import Account, BadCredentials, BadSignature
from app.providers.registry import request_for
from app.providers.telnyx import Telnyx
from tests.contract import examples_of as examples

_LIVE, _BEFORE, _OTHER = (Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32) for seed in (1, 2, 3))
_URL = f"https://hooks.blue.example/webhooks/telnyx/prv_1?r={examples.REFERENCE}"
_CALL = "v3:call/one"
_SCRIPT = "This is Blue Shop. To stop these calls press 9. Ready & waiting.\n[voicemail]\nBlue Shop: call 1-800-555-0199."


def _public(key: Ed25519PrivateKey) -> str:
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()


def _telnyx(base_url: str | None = None, **credentials: str) -> Telnyx:
    return Telnyx(Account({"api_key": "KEY-of-blue", "public_key": _public(_LIVE), **credentials}, base_url))


def _signed(event: Any, *, key: Ed25519PrivateKey = _LIVE, late: int = 0) -> WebhookRequest:
    body = json.dumps(event).encode()
    stamp = str(int(examples.NOW.timestamp()) - late)
    signature = base64.b64encode(key.sign(stamp.encode() + b"|" + body)).decode()
    headers = {"telnyx-timestamp": stamp, "telnyx-signature-ed25519": signature}
    query = _URL.partition("?")[2]
    return WebhookRequest(method="POST", url=_URL, query=query, headers=headers, body=body, received_at=examples.NOW)


def _event(kind: str, **payload: Any) -> dict[str, Any]:
    return {"data": {"event_type": kind, "id": "e1", "occurred_at": "2026-01-01T11:59:58Z", "payload": payload}}


def _reported(status: str) -> dict[str, Any]:
    return _event("message.finalized", id="m1", to=[{"phone_number": "+14155550123", "status": status}])


@pytest.mark.parametrize("late", [0, 300, -300])
def test_an_event_is_believed_for_five_minutes(late: int) -> None:
    assert _telnyx().read_webhook(_signed(_reported("delivered"), late=late)).receipts[0].state is State.DELIVERED


@pytest.mark.parametrize("late", [301, -301, 10**9])
def test_an_event_signed_at_another_time_is_stale(late: int) -> None:
    with pytest.raises(BadSignature) as refused:
        _telnyx().read_webhook(_signed(_reported("delivered"), late=late))
    assert refused.value.cause == "stale"


def test_the_signed_time_cannot_be_moved() -> None:
    old = _signed(_reported("delivered"), late=4_000)
    fresh = {**old.headers, "telnyx-timestamp": str(int(examples.NOW.timestamp()))}
    with pytest.raises(BadSignature):
        _telnyx().read_webhook(examples.with_headers(old, fresh))


def test_while_a_key_is_rotated_both_are_believed_and_no_third() -> None:
    provider = _telnyx(previous_public_key=_public(_BEFORE))
    for key in (_LIVE, _BEFORE):
        assert provider.read_webhook(_signed(_reported("sent"), key=key)).receipts
    with pytest.raises(BadSignature):
        provider.read_webhook(_signed(_reported("sent"), key=_OTHER))
    with pytest.raises(BadSignature):
        _telnyx().read_webhook(_signed(_reported("sent"), key=_BEFORE))


_WORDS = (
    *("queued", "sending", "sent", "delivered", "read", "expired"),
    *("sending_failed", "delivery_failed", "delivery_unconfirmed", "pondering"),
)


@given(words=some.lists(some.sampled_from(_WORDS), min_size=1, max_size=12), data=some.data())
def test_neither_order_nor_repetition_changes_what_came_of_it(words: list[str], data: some.DataObject) -> None:
    def furthest(order: list[str]) -> State:
        readings = [_telnyx().read_webhook(_signed(_reported(word))) for word in order]
        return max((each.receipts[0].state or State.CREATED for each in readings), default=State.CREATED)

    shuffled = data.draw(some.permutations([*words, *words[:3]]))
    assert furthest(words) == furthest(list(shuffled))


_NAMES = some.sampled_from(["data", "payload", "event_type", "id", "to", "from", "errors", "body", "call_control_id"])


@given(body=some.recursive(some.none() | some.text(), lambda inside: some.lists(inside) | some.dictionaries(_NAMES, inside)))
def test_no_signed_body_stops_the_reader(body: Any) -> None:
    assert isinstance(_telnyx().read_webhook(_signed(body)), WebhookReading)


_KINDS = some.sampled_from(["message.received", "message.finalized", "call.hangup", "call.answered", "call.gather.ended"])
_FIELDS = some.sampled_from(
    ["id", "to", "from", "errors", "body", "cost", "media", "call_control_id", "digits", "start_time", "type"]
)
_INNER = some.dictionaries(some.sampled_from(["phone_number", "status", "amount"]), some.text(), max_size=2)
_VALUES = some.none() | some.integers() | some.text(max_size=9) | some.lists(some.text(), max_size=2) | _INNER


@given(payload=some.dictionaries(_FIELDS, _VALUES | some.lists(_INNER, max_size=2)), kind=_KINDS)
def test_no_garbled_event_stops_the_reader(payload: dict[str, Any], kind: str) -> None:
    assert isinstance(_telnyx().read_webhook(_signed(_event(kind, **payload))), WebhookReading)


@given(postback=some.text(min_size=1, max_size=200).filter(lambda text: "\0" not in text))
def test_a_postback_comes_back_as_it_went(postback: str) -> None:
    content = Content(suggestions=(Suggestion(kind=SuggestionKind.REPLY, text="Yes", postback=postback),))
    message = examples.message(Channel.RCS, sender="Blue", content=content)
    provider = _telnyx(messaging_profile_id="40017b1e-626f-4a41-a914-b1b682150f94")
    built = json.loads(provider.build_request(message).body)
    written = built["agent_message"]["content_message"]["suggestions"][0]["reply"]["postback_data"]
    tapped = _event(
        "message.received",
        id="m2",
        type="RCS",
        to=[{"agent_id": "Blue"}],
        body={"suggestion_response": {"text": "Yes", "postback_data": written}},
        **{"from": {"phone_number": "+14155550123"}},
    )
    assert provider.read_webhook(_signed(tapped)).inbound[0].payload == postback


def test_a_postback_that_does_not_fit_in_base64_is_refused_and_one_that_does_is_not() -> None:
    provider = _telnyx(messaging_profile_id="40017b1e-626f-4a41-a914-b1b682150f94")
    for length, fits in ((1_536, True), (1_537, False)):
        tap = Suggestion(kind=SuggestionKind.REPLY, text="Yes", postback="p" * length)
        built = request_for(provider, examples.message(Channel.RCS, sender="Blue", content=Content(suggestions=(tap,))))
        assert isinstance(built, Request) is fits


def test_a_picture_goes_without_words_and_words_are_never_empty() -> None:
    picture = Content(media=(Media(url="https://blue.example/a.jpg"),))
    for words, said in (("", None), ("Look", "Look")):
        built = _telnyx().build_request(examples.message(Channel.MMS, body=words, content=picture))
        assert json.loads(built.body).get("text") == said


def test_a_repeat_is_known_by_the_attempts_own_id_and_is_the_same_to_the_byte() -> None:
    first, again = (_telnyx().build_request(examples.message(Channel.SMS)) for _ in range(2))
    assert first.headers["idempotency-key"] == again.headers["idempotency-key"] == examples.OWN_ID
    assert first.body == again.body


@pytest.mark.parametrize(("channel", "field"), [(Channel.RCS, "messaging_profile_id"), (Channel.VOICE, "connection_id")])
def test_a_channel_names_the_credential_it_lacks(channel: Channel, field: str) -> None:
    with pytest.raises(BadCredentials) as refused:
        _telnyx().build_request(examples.message(channel))
    assert refused.value.field == field


def _sought(message_id: str | None = "m1", channel: Channel = Channel.SMS) -> Sought:
    return Sought(
        provider_message_id=message_id,
        reference=examples.REFERENCE,
        own_id=examples.OWN_ID,
        to="+14155550123",
        sender="+15005550006",
        channel=channel,
        body="Hello",
        handed_over_at=examples.NOW,
    )


def test_a_message_is_looked_up_by_its_id() -> None:
    asked = _telnyx().build_lookup(_sought("m/1"))
    assert asked is not None
    assert (asked.method, asked.url) == ("GET", "https://api.telnyx.com/v2/messages/m%2F1")
    said = {"data": {"id": "m1", "to": [{"status": "delivery_failed"}], "errors": [{"code": "40300", "title": "STOP message"}]}}
    receipt = _telnyx().read_lookup(_sought(), Response(200, {}, json.dumps(said).encode())).receipts[0]
    assert (receipt.state, receipt.error, receipt.reference) == (State.UNDELIVERED, ErrorClass.OPTED_OUT, examples.REFERENCE)


def test_what_cannot_be_looked_up_is_not() -> None:
    assert _telnyx().build_lookup(_sought(None)) is None
    assert _telnyx().build_lookup(_sought("c1", Channel.VOICE)) is None


@pytest.mark.parametrize(("status", "body"), [
    (404, b'{"errors": [{"code": "10005"}]}'), (500, b""), (200, b"{}"), (200, b'{"data": {"id": "m1"}}'),
    (200, b'{"data": {"id": "another", "to": [{"status": "delivered"}]}}'),
])  # fmt: skip
def test_a_look_up_that_tells_nothing_says_nothing(status: int, body: bytes) -> None:
    found = _telnyx().read_lookup(_sought(), Response(status, {}, body))
    assert (found.receipts, found.is_absent) == ((), False)


@pytest.mark.parametrize(("status", "body", "can"), [
    (200, b'{"data": {"features": ["GENERIC_RCS_FEATURE"]}}', True), (200, b'{"data": {"features": []}}', False),
    (200, b'{"data": {}}', None), (200, b"?", None), (404, b'{"data": {"features": []}}', None),
])  # fmt: skip
def test_whether_a_number_has_rcs(status: int, body: bytes, *, can: bool | None) -> None:
    asked = _telnyx().build_capability("+14155550123", "Blue Agent", "")
    assert asked.url == "https://api.telnyx.com/v2/messaging/rcs/capabilities/Blue%20Agent/%2B14155550123"
    assert _telnyx().read_capability(Response(status, {}, body)) is can


def _told(moment: CallMoment, *, opted_out: bool = False, speech: Speech | None = None, **step: Any) -> list[tuple[str, Any]]:
    message = examples.message(Channel.VOICE, body=_SCRIPT, content=Content(speech=speech or Speech()))
    person, machine = split_script(message.body)
    script = Script(outbound=message, person=person, machine=machine, goodbye="Goodbye.", opted_out=opted_out)
    told = _telnyx("http://127.0.0.1:9").answer_call(CallStep(moment=moment, provider_call_id=_CALL, **step), script)
    assert told.body == b""
    return [_command(request) for request in told.commands]


def _command(request: Request) -> tuple[str, Any]:
    head, _, action = request.url.rpartition("/")
    assert head == "http://127.0.0.1:9/v2/calls/v3%3Acall%2Fone/actions"
    assert request.headers["authorization"] == "Bearer KEY-of-blue"
    return action, json.loads(request.body)


def test_a_person_hears_the_script_and_one_key_is_waited_for() -> None:
    ((action, said),) = _told(CallMoment.ANSWERED, speech=Speech(language="en-NZ", opt_out_key="#"))
    assert action == "gather_using_speak"
    assert said["payload"] == "This is Blue Shop. To stop these calls press 9. Ready & waiting."
    assert (said["payload_type"], said["language"]) == ("text", "en-US")
    assert (said["valid_digits"], said["maximum_digits"], said["terminating_digit"]) == ("#", 1, "*")
    assert base64.b64decode(said["client_state"]).decode() == examples.REFERENCE


def test_a_recording_is_played_in_its_place() -> None:
    ((action, said),) = _told(CallMoment.ANSWERED, speech=Speech(recording="https://media.blue.example/a.mp3"))
    assert (action, said["audio_url"]) == ("gather_using_audio", "https://media.blue.example/a.mp3")


def test_who_presses_the_key_hears_goodbye_and_then_the_call_ends() -> None:
    ((action, said),) = _told(CallMoment.KEYS, keys="9", opted_out=True)
    assert (action, said["payload"]) == ("speak", "Goodbye.")
    heard = _event("call.speak.ended", call_control_id=_CALL, client_state=said["client_state"])
    step = _telnyx().read_webhook(_signed(heard)).call
    assert step is not None
    assert (step.reference, step.keys) == (examples.REFERENCE, "")
    for opted_out in (True, False):
        assert [action for action, _ in _told(step.moment, opted_out=opted_out)] == ["hangup"]


def test_a_machine_is_hung_up_on_unless_something_is_left_on_it() -> None:
    assert [action for action, _ in _told(CallMoment.MACHINE, answered_by=AnsweredBy.MACHINE)] == ["hangup"]
    leave = Speech(voicemail=Voicemail.LEAVE)
    assert [action for action, _ in _told(CallMoment.MACHINE, speech=leave, answered_by=AnsweredBy.MACHINE)] == ["gather_stop"]
    ((action, said),) = _told(CallMoment.MACHINE, speech=leave)
    assert (action, said["payload"]) == ("speak", "Blue Shop: call 1-800-555-0199.")
    assert [action for action, _ in _told(CallMoment.MACHINE, speech=leave, answered_by=AnsweredBy.FAX)] == ["hangup"]


def test_a_step_that_comes_twice_says_nothing_twice() -> None:
    assert _told(CallMoment.ANSWERED) == _told(CallMoment.ANSWERED)
    ids = {said["command_id"] for keys in ("", "9") for _, said in _told(CallMoment.KEYS, keys=keys, opted_out=bool(keys))}
    assert len(ids) == 2


def test_marks_in_a_script_are_kept_and_all_else_is_escaped() -> None:
    message = examples.message(Channel.VOICE, body='Blue & Sons <3 <break time="1s"/> bye')
    script = Script(outbound=message, person=message.body, machine="", goodbye="")
    told = _telnyx().answer_call(CallStep(moment=CallMoment.ANSWERED, provider_call_id=_CALL), script)
    said = json.loads(told.commands[0].body)
    assert said["payload"] == '<speak>Blue &amp; Sons &lt;3 <break time="1s"/> bye</speak>'
    assert said["payload_type"] == "ssml"


def test_a_call_without_its_id_cannot_be_told_anything() -> None:
    message = examples.message(Channel.VOICE)
    script = Script(outbound=message, person="Hello", machine="", goodbye="")
    assert _telnyx().answer_call(CallStep(moment=CallMoment.ANSWERED), script).commands == ()
