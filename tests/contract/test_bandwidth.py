"""Is Bandwidth's own way kept? What its examples cannot say one by one: two ways in, callbacks' passwords, BXML, and look-ups."""

import base64
from dataclasses import replace
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree as ET

import orjson
import pytest
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
    Token,
    WebhookRequest,
)
from app.domain.message import Channel, State
from app.domain.rich import Content, Speech, Suggestion, SuggestionKind, Voicemail
from app.ports import Account, Authorises, BadCredentials, BadSignature, LooksUp, Speaks
from app.providers.bandwidth import Bandwidth
from app.providers.registry import request_for
from tests.contract import examples_of as examples

_BASE = {
    "account_id": "9900000",
    "application_id": "app-1",
    "callback_username": "tactful",
    "callback_password": "callback-secret",
}
_API_USER = {"username": "api-user", "password": "api-password"}
_CLIENT = {"client_id": "client-1", "client_secret": "client-secret"}
_REFERENCE = examples.REFERENCE


def _bandwidth(base_url: str | None = None, **credentials: str) -> Bandwidth:
    return Bandwidth(Account({**_BASE, **(credentials or _API_USER)}, base_url))


def _call(body: Any, *, auth: str | None = None, query: str = "") -> WebhookRequest:
    token = base64.b64encode(b"tactful:callback-secret").decode()
    url = "https://hooks.blue.example/webhooks/bandwidth/prv_1" + (f"?{query}" if query else "")
    headers = {"authorization": f"Basic {token}" if auth is None else auth}
    return WebhookRequest(method="POST", url=url, query=query, headers=headers, body=orjson.dumps(body), received_at=examples.NOW)


def _event(word: str, **more: Any) -> dict[str, Any]:
    message = {"id": "m-1", "direction": "out", "tag": _REFERENCE, "to": ["+14155550123"], "from": "+15005550006"}
    return {"type": word, "time": "2026-01-01T12:00:00Z", "to": "+14155550123", "message": message, **more}


def test_a_client_asks_for_a_token_and_leaves_it_out_of_requests() -> None:
    provider = _bandwidth(**_CLIENT)
    assert isinstance(provider, Authorises)
    asked = provider.token_request(examples.NOW)
    assert isinstance(asked, Request)
    assert (asked.url, asked.body) == ("https://api.bandwidth.com/api/v1/oauth2/token", b"grant_type=client_credentials")
    assert asked.headers["authorization"] == "Basic " + base64.b64encode(b"client-1:client-secret").decode()
    assert "authorization" not in provider.build_request(examples.message(Channel.SMS)).headers


def test_an_api_user_needs_no_token() -> None:
    assert not isinstance(_bandwidth(), Authorises)


@pytest.mark.parametrize(("answer", "seconds"), [
    ({"access_token": "t", "expires_in": 60}, 60), ({"access_token": "t"}, 3600),
    ({"access_token": "t", "expires_in": True}, 3600),
    ({"access_token": "t", "expires_in": -1}, 3600), ({"access_token": ""}, None), ({}, None), ([], None),
])  # fmt: skip
def test_a_token_is_read(answer: Any, seconds: int | None) -> None:
    wanted = None if seconds is None else Token("t", examples.NOW + timedelta(seconds=seconds))
    provider = _bandwidth(**_CLIENT)
    assert provider.read_token(Response(200, {}, orjson.dumps(answer)), examples.NOW) == wanted
    assert provider.read_token(Response(401, {}, orjson.dumps(answer)), examples.NOW) is None


@pytest.mark.parametrize("name", [*_API_USER, *_CLIENT])
def test_half_a_pair_is_refused(name: str) -> None:
    with pytest.raises(BadCredentials) as refused:
        _bandwidth(**{name: "half-of-a-pair"})
    assert refused.value.field in ({*_API_USER, *_CLIENT} - {name})


def test_no_way_in_is_refused() -> None:
    with pytest.raises(BadCredentials) as refused:
        Bandwidth(Account(_BASE))
    assert refused.value.field == "client_id"


def test_an_account_elsewhere_sends_calls_and_token_requests_there_too() -> None:
    provider = _bandwidth("http://127.0.0.1:9/b", **_CLIENT)
    asked = provider.token_request(examples.NOW)
    assert isinstance(asked, Request)
    assert asked.url == "http://127.0.0.1:9/b/api/v1/oauth2/token"
    assert provider.build_request(examples.message(Channel.VOICE)).url == "http://127.0.0.1:9/b/api/v2/accounts/9900000/calls"


@pytest.mark.parametrize(
    "auth", ["", "Basic", "Basic ", "Bearer dGFjdGZ1bDpjYWxsYmFjay1zZWNyZXQ=", "Basic dGFjdGZ1bDpvdGhlcg==", "x"]
)
def test_other_credentials_on_a_callback_are_answered_with_401(auth: str) -> None:
    with pytest.raises(BadSignature) as refused:
        _bandwidth().read_webhook(_call([_event("message-sent")], auth=auth))
    assert refused.value.status == 401


@pytest.mark.parametrize(("codes", "error"), [
    ("4403 4405 4407 4433 4452 4481 4493 4740 4791 4793", ErrorClass.SENDER_CONFIG),
    ("4410 4411 4412 4711 4752", ErrorClass.CONTENT_REJECTED),
    ("4409 4421 4432 4434 4730 4790", ErrorClass.CAPABILITY_MISSING),
    ("4401 4435 4492", ErrorClass.INVALID_REQUEST),
    ("5111 5211", ErrorClass.PROVIDER_TEMPORARY),
])  # fmt: skip
def test_a_code_says_whose_fault_it_is(codes: str, error: ErrorClass) -> None:
    for code in codes.split():
        (receipt,) = _bandwidth().read_webhook(_call([_event("message-failed", errorCode=int(code))])).receipts
        assert (receipt.error, receipt.error_code) == (error, code)


def test_a_postback_that_does_not_fit_in_base64_is_refused_and_one_that_does_is_not() -> None:
    for length, fits in ((1_536, True), (1_537, False)):
        tap = Suggestion(kind=SuggestionKind.REPLY, text="Yes", postback="p" * length)
        built = request_for(_bandwidth(), examples.message(Channel.RCS, content=Content(suggestions=(tap,))))
        assert isinstance(built, Request) is fits


def test_the_schemes_name_may_be_written_in_any_case() -> None:
    token = base64.b64encode(b"tactful:callback-secret").decode()
    assert _bandwidth().read_webhook(_call([_event("message-sent")], auth=f"basic {token}")).receipts


@given(
    order=some.lists(some.sampled_from(["message-sending", "message-delivered", "message-failed", "message-read"]), min_size=1)
)
def test_events_in_any_order_and_number_end_in_the_same_state(order: list[str]) -> None:
    provider = _bandwidth()
    receipts = [each for word in order for each in provider.read_webhook(_call([_event(word)])).receipts]
    together = provider.read_webhook(_call([_event(word) for word in sorted(set(order))])).receipts
    assert max(each.state or 0 for each in receipts) == max(each.state or 0 for each in together)
    assert {each.event_key for each in receipts} == {each.event_key for each in together}
    assert {each.reference for each in receipts} == {_REFERENCE}


_NAMES = [
    "type", "message", "id", "to", "from", "eventType", "callId", "media", "suggestionResponse", "content", "errorCode", "tag",
    "time", "direction",
]  # fmt: skip
_ANY_JSON = some.recursive(
    some.none() | some.booleans() | some.integers(-9, 10**9) | some.text(max_size=9),
    lambda inside: some.lists(inside, max_size=3) | some.dictionaries(some.sampled_from(_NAMES), inside, max_size=6),
    max_leaves=12,
)


@given(body=_ANY_JSON)
def test_whatever_comes_with_the_right_password_is_read(body: Any) -> None:
    reading = _bandwidth().read_webhook(_call(body))
    assert reading.unread >= 0


def _script(body: str = "Blue Shop here.", **speech: Any) -> Script:
    outbound = examples.message(Channel.VOICE, body=body, content=Content(speech=Speech(**speech)))
    return Script(outbound=outbound, person="Tom & <Maya>", machine="Call 800-555-0100.", goodbye="Never again.")


def _answered(script: Script, **step: Any) -> ET.Element:
    provider: Speaks = _bandwidth()
    answer = provider.answer_call(CallStep(**{"moment": CallMoment.ANSWERED, **step}), script)
    assert (answer.content_type, answer.commands) == ("application/xml", ())
    return ET.fromstring(answer.body)  # noqa: S314  # our own


def test_a_person_hears_the_text_and_may_press_one_key() -> None:
    root = _answered(_script(language="en-GB"))
    assert [each.tag for each in root.iter()] == ["Response", "Gather", "SpeakSentence", "Hangup"]
    gather, said = root[0], root[0][0]
    assert gather.get("gatherUrl") == f"https://hooks.blue.example/webhooks/x/prv_1?r={_REFERENCE}&step=keys"
    assert (gather.get("maxDigits"), gather.get("username"), gather.get("password")) == ("1", "tactful", "callback-secret")
    assert (said.text, said.attrib) == ("Tom & <Maya>", {"locale": "en_UK"})


@pytest.mark.parametrize(
    ("language", "locale"), [("en-US", "en_US"), ("de-DE", "de"), ("es-MX", "es_MX"), ("fr-CA", "fr_CA"), ("ja-JP", "ja")]
)
def test_a_language_is_named_as_bandwidth_names_it(language: str, locale: str) -> None:
    assert _answered(_script(language=language))[0][0].get("locale") == locale


def test_a_recording_is_played_in_place_of_words_and_a_voice_in_place_of_a_language() -> None:
    played = _answered(_script(recording="https://media.example/a.mp3?x=1&y=2"))[0][0]
    assert (played.tag, played.text) == ("PlayAudio", "https://media.example/a.mp3?x=1&y=2")
    assert _answered(_script(voice="julie"))[0][0].attrib == {"voice": "julie"}


def test_a_pause_in_the_script_stays_one() -> None:
    said = _answered(replace(_script(), person='Hi<break time="2s"/>you <pause length="1"/>\x00\x07<b>'))[0][0]
    assert [(each.tag, each.get("time")) for each in said] == [("break", "2000ms"), ("break", "1000ms")]
    assert "".join(said.itertext()) == "Hiyou <b>"


def test_after_the_key_the_call_ends_with_a_goodbye_or_without() -> None:
    said = _answered(replace(_script(), opted_out=True), moment=CallMoment.KEYS, keys="9")
    assert [(each.tag, each.text) for each in said] == [("SpeakSentence", "Never again."), ("Hangup", None)]
    assert [each.tag for each in _answered(_script(), moment=CallMoment.KEYS, keys="1")] == ["Hangup"]


@pytest.mark.parametrize(("voicemail", "tags"), [(Voicemail.LEAVE, ["SpeakSentence", "Hangup"]), (Voicemail.HANG_UP, ["Hangup"])])
def test_a_machine_found_while_the_call_spoke_gets_another_document(voicemail: Voicemail, tags: list[str]) -> None:
    step = CallStep(moment=CallMoment.MACHINE, provider_call_id="c/1", answered_by=AnsweredBy.MACHINE)
    [command] = _bandwidth().answer_call(step, _script(voicemail=voicemail)).commands
    assert (command.method, command.url) == ("PUT", "https://voice.bandwidth.com/api/v2/accounts/9900000/calls/c%2F1/bxml")
    assert command.headers["content-type"] == "application/xml"
    assert [each.tag for each in ET.fromstring(command.body)] == tags  # noqa: S314  # our own
    at_once = _answered(_script(voicemail=voicemail), answered_by=AnsweredBy.MACHINE)
    assert [each.tag for each in at_once] == tags


def test_a_person_found_while_the_call_spoke_is_left_to_listen() -> None:
    step = CallStep(moment=CallMoment.MACHINE, provider_call_id="c-1", answered_by=AnsweredBy.HUMAN)
    answer = _bandwidth().answer_call(step, _script())
    assert (answer.body, answer.commands) == (b"", ())


@given(words=some.text(max_size=200))
def test_any_words_make_a_document(words: str) -> None:
    assert _answered(replace(_script(), person=words)).tag == "Response"


def _sought(known: str | None, channel: Channel = Channel.SMS, sender: str = "+15005550006") -> Sought:
    return Sought(
        provider_message_id=known, reference=_REFERENCE, own_id=examples.OWN_ID, to="+14155550123", sender=sender,
        channel=channel, body="Hello", handed_over_at=examples.NOW,
    )  # fmt: skip


_SEARCH = "sourceTn=%2B15005550006&destinationTn=%2B14155550123&messageDirection=OUTBOUND"
_BETWEEN = "to=%2B14155550123&from=%2B15005550006"


@pytest.mark.parametrize(("sought", "tail"), [
    (_sought("m&1"), "users/9900000/messages?messageId=m%261"),
    (_sought(None), f"users/9900000/messages?{_SEARCH}&fromDateTime=2026-01-01T11:59:00Z&toDateTime=2026-01-01T12:10:00Z"),
    (_sought("c-1", Channel.VOICE), "accounts/9900000/calls/c-1"),
    (_sought(None, Channel.VOICE), f"accounts/9900000/calls?{_BETWEEN}&minStartTime=2026-01-01T11:59:00Z"),
])  # fmt: skip
def test_a_lost_answer_is_asked_for(sought: Sought, tail: str) -> None:
    provider: LooksUp = _bandwidth()
    asked = provider.build_lookup(sought)
    assert asked is not None
    assert (asked.method, asked.url.split("/api/v2/")[1], asked.body) == ("GET", tail, b"")
    assert "authorization" in asked.headers


def test_a_sender_without_a_number_cannot_be_searched_for() -> None:
    assert _bandwidth().build_lookup(_sought(None, Channel.RCS, "blue_agent")) is None


@pytest.mark.parametrize(("status", "code", "state", "error"), [
    ("DELIVERED", 0, State.DELIVERED, None), ("QUEUED", None, State.SUBMITTED, None), ("PONDERED", 0, None, None),
    ("FAILED", 4470, State.FAILED, "spam_filtered"), ("UNDELIVERED", 4775, State.UNDELIVERED, "opted_out"),
])  # fmt: skip
def test_a_search_tells_of_a_message(status: str, code: int | None, state: State | None, error: str | None) -> None:
    row = {"messageId": "m-1", "messageStatus": status, "errorCode": code}
    [receipt] = _bandwidth().read_lookup(_sought("m-1"), Response(200, {}, orjson.dumps({"messages": [row, 7, {}]}))).receipts
    assert (receipt.provider_message_id, receipt.state, receipt.error) == ("m-1", state, error)


@pytest.mark.parametrize(("call", "state"), [
    ({"callId": "c-1", "state": "queued"}, State.SUBMITTED), ({"callId": "c-1", "state": "answered"}, State.SENT),
    ({"callId": "c-1", "state": "disconnected", "disconnectCause": "busy"}, State.UNDELIVERED),
    ({"callId": "c-1", "state": "disconnected", "disconnectCause": "hangup"}, State.DELIVERED),
])  # fmt: skip
def test_a_call_tells_how_it_is(call: dict[str, str], state: State) -> None:
    for body in (call, [call]):
        [receipt] = _bandwidth().read_lookup(_sought("c-1", Channel.VOICE), Response(200, {}, orjson.dumps(body))).receipts
        assert (receipt.provider_message_id, receipt.state) == ("c-1", state)


@pytest.mark.parametrize(("status", "body"), [(200, b'{"messages": []}'), (200, b"{"), (404, b"{}"), (500, b"")])
def test_an_empty_search_proves_nothing(status: int, body: bytes) -> None:
    for channel in (Channel.SMS, Channel.VOICE):
        found = _bandwidth().read_lookup(_sought(None, channel), Response(status, {}, body))
        assert (found.receipts, found.is_absent) == ((), False)
