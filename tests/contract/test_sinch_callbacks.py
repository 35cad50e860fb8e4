"""Whom does Sinch's file believe, and what is a call told? Callbacks signed in two ways, rotation, forgery, order, and SVAML."""

import base64
import hashlib
import hmac
import json
import random
from dataclasses import replace
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.domain.delivery import (
    AnsweredBy,
    CallMoment,
    CallStep,
    ErrorClass,
    Refused,
    Script,
)
from app.domain.message import Channel, State
from app.domain.rich import Content, Speech, Voicemail
from app.ports import BadSignature
from app.providers.registry import request_for
from tests.contract import examples_of as examples
from tests.contract.sinch_calls import (
    PLAN,
    SECRET,
    VOICE,
    callback,
    member_of,
    report_of,
    signed_call,
    signed_callback,
    sinch,
)

# What proves a callback


def test_the_callback_carries_the_credentials_that_are_believed() -> None:
    called = urlsplit(json.loads(sinch().build_request(member_of(1)).body)["callback_url"])
    shown = f"{unquote(called.username or '')}:{unquote(called.password or '')}".encode()
    headers = {"authorization": "Basic " + base64.b64encode(shown).decode()}
    assert sinch().read_webhook(callback(report_of("Delivered"), headers)).receipts
    with pytest.raises(BadSignature):
        sinch().read_webhook(callback(report_of("Delivered"), {"authorization": headers["authorization"][:-4]}))


def test_while_secrets_are_rotated_both_are_believed_and_no_third() -> None:
    before = {"webhook_secret": "the-secret-before", "webhook_password": "the-password-before"}
    provider = sinch(webhook_secret=SECRET, **{f"previous_{name}": value for name, value in before.items()})
    for secret in (SECRET, "the-secret-before"):
        assert provider.read_webhook(signed_callback(report_of("Delivered"), secret=secret)).receipts
    for password in (b"p@ss:word/1", b"the-password-before"):
        shown = {"authorization": "Basic " + base64.b64encode(b"tactful:" + password).decode()}
        assert provider.read_webhook(callback(report_of("Delivered"), shown)).receipts
    with pytest.raises(BadSignature):
        provider.read_webhook(signed_callback(report_of("Delivered"), secret="another-secret"))


@pytest.mark.parametrize("at", [-301.0, 301.0])
def test_an_old_signature_is_stale(at: float) -> None:
    for call in (signed_callback(report_of("Delivered"), at=at), signed_call(b'{"event":"dice","callid":"c"}', at=at)):
        with pytest.raises(BadSignature) as refused:
            sinch(webhook_secret=SECRET).read_webhook(call)
        assert refused.value.cause == "stale"


@pytest.mark.parametrize("headers", [{}, {"authorization": "Basic"}, {"authorization": "Basic dGFjdGZ1bDpvdGhlcg=="}])
def test_who_has_not_shown_the_password_is_asked_for_it(headers: dict[str, str]) -> None:
    with pytest.raises(BadSignature) as refused:
        sinch().read_webhook(callback(report_of("Delivered"), headers))
    assert refused.value.status == 401


def test_a_signature_that_is_wrong_is_not_asked_for_again() -> None:
    for call in (signed_callback(report_of("Delivered"), secret="wrong"), signed_call(b"{}", secret="d3JvbmctYW5kLWZhbHNl")):
        with pytest.raises(BadSignature) as refused:
            sinch(webhook_secret=SECRET).read_webhook(call)
        assert refused.value.status == 403


@pytest.mark.parametrize("algorithm", ["HmacSHA256", "HMACSHA256", "hmacsha256"])
def test_the_algorithms_name_may_be_written_in_any_case(algorithm: str) -> None:
    call = signed_callback(report_of("Delivered"), algorithm=algorithm)
    assert sinch(webhook_secret=SECRET).read_webhook(call).receipts


@pytest.mark.parametrize("body", [b"", '{"custom": "Zürich €"}'.encode(), b" {}\r\n"])
@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8", ""])
def test_a_call_is_believed_whatever_body_and_type_were_signed(body: bytes, kind: str) -> None:
    stamp = examples.NOW.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    md5 = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode() if body else ""
    signed = f"POST\n{md5}\n{kind}\nx-timestamp:{stamp}\n/webhooks/sinch/prv_1".encode()
    hashed = hmac.new(base64.b64decode(VOICE["application_secret"]), signed, hashlib.sha256).digest()
    shown = f"Application {VOICE['application_key']}:{base64.b64encode(hashed).decode()}"
    told = sinch(VOICE).read_webhook(callback(body, {"authorization": shown, "x-timestamp": stamp, "content-type": kind}))
    assert told.unread == 1


@pytest.mark.parametrize("algorithm", ["none", "HmacSHA1", "", "hmacsha256 "])
def test_a_forged_algorithm_is_not_followed(algorithm: str) -> None:
    call = signed_callback(report_of("Delivered"), algorithm=algorithm)
    with pytest.raises(BadSignature):
        sinch(webhook_secret=SECRET).read_webhook(call)


def test_a_signature_is_not_believed_where_no_secret_is_known_nor_saved_by_a_password() -> None:
    shown = "Basic " + base64.b64encode(b"tactful:p@ss:word/1").decode()
    with pytest.raises(BadSignature):
        sinch().read_webhook(signed_callback(report_of("Delivered"), secret=""))
    with pytest.raises(BadSignature):
        sinch(webhook_secret=SECRET).read_webhook(signed_callback(report_of("Delivered"), secret="wrong", authorization=shown))


def test_a_nonce_makes_a_delivery_known_again() -> None:
    provider = sinch(webhook_secret=SECRET)
    assert provider.read_webhook(signed_callback(report_of("Delivered"), nonce="n-7")).nonce == "n-7"
    with pytest.raises(BadSignature):
        provider.read_webhook(signed_callback(report_of("Delivered"), nonce=""))


def test_sinchs_own_example_of_a_signed_call_is_believed() -> None:
    body = b'{"event":"ace","callid":"822aa4b7-05b4-4d83-87c7-1f835ee0b6f6_257","timestamp":"2014-09-24T10:59:41Z","version":1}'
    headers = {
        "authorization": "application 669E367E-6BBA-48AB-AF15-266871C28135:Tg6fMyo8mj9pYfWQ9ssbx3Tc1BNC87IEygAfLbJqZb4=",
        "x-timestamp": "2014-09-24T10:59:41Z",
        "content-type": "application/json",
    }
    call = callback(body, headers, url="https://callbacks.yourdomain.com/sinch/callback/ace")
    then = examples.NOW.replace(year=2014, month=9, day=24, hour=10, minute=59, second=41)
    assert sinch(VOICE).read_webhook(replace(call, received_at=then)).call is not None
    with pytest.raises(BadSignature):
        sinch(VOICE).read_webhook(call)  # years later


def test_a_call_may_be_signed_with_the_query_or_without_and_not_for_another_path() -> None:
    body = b'{"event":"dice","callid":"c","result":"ANSWERED"}'
    for path in ("/webhooks/sinch/prv_1", f"/webhooks/sinch/prv_1?r={'r' * 36}"):
        assert sinch(VOICE).read_webhook(signed_call(body, path=path)).receipts[0].reference == "r" * 36
    for forged in (signed_call(body, path="/webhooks/sinch/prv_2"), signed_call(body, secret="YW5vdGhlci1zZWNyZXQtMQ==")):
        with pytest.raises(BadSignature):
            sinch(VOICE).read_webhook(forged)
    with pytest.raises(BadSignature):
        sinch(PLAN).read_webhook(signed_call(body))


def test_a_callout_is_signed_as_sinch_asks() -> None:
    built = sinch(VOICE).build_request(member_of(1, channel=Channel.VOICE))
    md5 = base64.b64encode(hashlib.md5(built.body, usedforsecurity=False).digest()).decode()
    signed = f"POST\n{md5}\napplication/json\nx-timestamp:{built.headers['x-timestamp']}\n/calling/v1/callouts".encode()
    hashed = hmac.new(base64.b64decode(VOICE["application_secret"]), signed, hashlib.sha256).digest()
    assert built.headers["authorization"] == f"application {VOICE['application_key']}:{base64.b64encode(hashed).decode()}"


# What a code says


@pytest.mark.parametrize(("status", "code", "error"), [
    ("Rejected", 413, ErrorClass.ACCOUNT), ("Aborted", 414, ErrorClass.CONTENT_REJECTED), ("Failed", 61, ErrorClass.BLOCKED),
    ("Failed", 150, ErrorClass.INVALID_NUMBER), ("Failed", 153, ErrorClass.TEMPORARILY_UNREACHABLE),
    ("Failed", 416, ErrorClass.CAPABILITY_MISSING), ("Failed", 417, ErrorClass.TEMPORARILY_UNREACHABLE),
    ("Failed", 418, ErrorClass.CONTENT_REJECTED), ("Aborted", 408, ErrorClass.UNKNOWN),
    ("Deleted", 0, ErrorClass.OPTED_OUT), ("Deleted", 153, ErrorClass.OPTED_OUT), ("DELETED", 413, ErrorClass.OPTED_OUT),
])  # fmt: skip
def test_a_report_says_whose_fault_it_is(status: str, code: int, error: ErrorClass) -> None:
    provider = sinch(webhook_secret=SECRET)
    (receipt,) = provider.read_webhook(signed_callback(report_of(status, code))).receipts
    assert receipt.error is error


@pytest.mark.parametrize("reason", ["DELIVERY_TIMED_OUT", "MESSAGE_EXPIRED"])
def test_a_rich_message_that_came_too_late_has_expired(reason: str) -> None:
    report = {"message_id": "m", "status": "FAILED", "reason": {"code": reason}}
    body = json.dumps({"app_id": "a", "message_delivery_report": report}).encode()
    (receipt,) = sinch(webhook_secret=SECRET).read_webhook(signed_callback(body)).receipts
    assert (receipt.state, receipt.error) == (State.EXPIRED, ErrorClass.EXPIRED)


# What a call is told


def _told(step: CallStep, *, opted_out: bool = False, machine: str = "Call 1-800-555-0100.", **speech: Any) -> dict[str, Any]:
    outbound = member_of(1, channel=Channel.VOICE, content=Content(speech=Speech(**speech)))
    script = Script(outbound=outbound, person="Blue; press [9].", machine=machine, goodbye="Bye", opted_out=opted_out)
    answer = sinch(VOICE).answer_call(step, script)
    assert answer.content_type == "application/json"
    found: dict[str, Any] = json.loads(answer.body)
    return found


_ANSWERED = CallStep(moment=CallMoment.ANSWERED, answered_by=AnsweredBy.HUMAN)
_MACHINE = CallStep(moment=CallMoment.ANSWERED, answered_by=AnsweredBy.MACHINE)
_BYE = {"name": "hangup"}


def test_a_person_hears_the_words_and_is_offered_one_key() -> None:
    action = _told(_ANSWERED, opt_out_key="5")["action"]
    assert (action["name"], action["mainMenu"], action["locale"]) == ("runMenu", "main", "en-US")
    assert action["menus"][0]["mainPrompt"] == "#tts[Blue, press (9).]", "brackets and semicolons would end the prompt"
    assert action["menus"][0]["options"] == [{"dtmf": "5", "action": "return(5)"}]


def test_a_recording_is_played_and_a_voice_is_taken() -> None:
    action = _told(_ANSWERED, recording="https://media.blue.example/a.mp3", voice="Joanna")["action"]
    assert (action["menus"][0]["mainPrompt"], action["locale"]) == ("#href[https://media.blue.example/a.mp3]", "Joanna")


def test_a_machine_is_left_its_own_words_or_nothing() -> None:
    left = _told(_MACHINE, voicemail=Voicemail.LEAVE)
    assert left["instructions"] == [{"name": "playFiles", "ids": ["#tts[Call 1-800-555-0100.]"], "locale": "en-US"}]
    for silent in (_told(_MACHINE), _told(_MACHINE, voicemail=Voicemail.LEAVE, machine="")):
        assert silent == {"action": _BYE}
    assert left["action"] == _BYE


def test_who_pressed_the_key_is_told_so_and_who_did_not_is_let_go() -> None:
    pressed = CallStep(moment=CallMoment.KEYS, keys="9")
    assert _told(pressed, opted_out=True)["instructions"][0]["ids"] == ["#tts[Bye]"]
    assert _told(CallStep(moment=CallMoment.KEYS)) == {"action": _BYE}


def test_marked_up_words_are_said_as_such() -> None:
    outbound = member_of(1, channel=Channel.VOICE)
    script = Script(outbound=outbound, person='A & B; <break time="1s"/>&amp; C', machine="", goodbye="")
    prompt = json.loads(sinch(VOICE).answer_call(_ANSWERED, script).body)["action"]["menus"][0]["mainPrompt"]
    assert prompt == '#ssml[<speak>A &amp; B, <break time="1s"/>&amp; C</speak>]'


def test_more_words_than_sinch_says_are_refused_before_the_call() -> None:
    refused = request_for(sinch(VOICE), member_of(1, channel=Channel.VOICE, body="a" * 601))
    assert isinstance(refused, Refused)


# Order and repetition


_WORDS = (
    "Queued",
    "dispatched",
    "Delivered",
    "FAILED",
    "Expired",
    "Aborted",
    "Rejected",
    "Deleted",
    "Cancelled",
    "Unknown",
    "Huh",
)


@given(again=some.lists(some.sampled_from(_WORDS), max_size=5), seed=some.integers(0, 99))
def test_reports_in_any_order_and_number_come_to_the_same(again: list[str], seed: int) -> None:
    told = [*_WORDS, *again]
    random.Random(seed).shuffle(told)
    receipts = [sinch(webhook_secret=SECRET).read_webhook(signed_callback(report_of(word))).receipts[0] for word in told]
    assert max(receipt.state for receipt in receipts if receipt.state is not None) is State.DELIVERED
    assert len({receipt.event_key for receipt in receipts}) == len(_WORDS)


@given(garbage=some.recursive(
    some.none() | some.booleans() | some.integers() | some.text(max_size=9),
    lambda inside: some.lists(inside, max_size=4) | some.dictionaries(
        some.sampled_from(["type", "app_id", "message", "body", "statuses", "recipients", "menuResult", "debit", "amd", "event"]),
        inside, max_size=6,
    ),
    max_leaves=20,
))  # fmt: skip
def test_a_signed_callback_that_is_garbage_is_never_a_fault(garbage: Any) -> None:
    body = json.dumps(garbage).encode()
    for call in (signed_callback(body), signed_call(body)):
        sinch(webhook_secret=SECRET, **PLAN, **VOICE).read_webhook(call)
