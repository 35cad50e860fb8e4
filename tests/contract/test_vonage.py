"""Is Vonage's own way kept? Tokens both ways, what a webhook must prove, what its codes mean, and what a call is told."""

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from hypothesis import given
from hypothesis import strategies as some

from app.domain.delivery import (
    AnsweredBy,
    CallMoment,
    CallStep,
    ErrorClass,
    Refused,
    Response,
    Script,
    Sought,
    Token,
    WebhookReading,
    WebhookRequest,
)
from app.domain.message import Channel, State
from app.domain.rich import Content, Speech, Voicemail
from app.domain.voice_script import split_script
from app.ports import Account, Authorises, BadCredentials, BadSignature
from app.providers.vonage import Vonage
from tests.contract import examples_of as examples

_SECRET, _BEFORE = "the-signature-secret-of-blue-shop-now", "the-signature-secret-of-blue-shop-before"
_EXAMPLE = examples.read("vonage", "account")["credentials"]
_APPLICATION = {name: _EXAMPLE[name] for name in ("application_id", "private_key")}
_URL = f"https://hooks.blue.example/webhooks/vonage/prv_1?r={examples.REFERENCE}"
_NOW = int(examples.NOW.timestamp())
_SCRIPT = "This is Blue Shop. To stop these calls press 9.\n[voicemail]\nBlue Shop: call 1-800-555-0199."


def _vonage(base_url: str | None = None, **credentials: str) -> Vonage:
    given = {"api_key": "abcd1234", "signature_secret": _SECRET, **(credentials or {"api_secret": "a-live-secret"})}
    return Vonage(Account(given, base_url))


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _token(claims: Any, *, secret: str = _SECRET, alg: str = "HS256", digest: str = "sha256") -> str:
    """A JSON Web Token made by hand (RFC 7515)."""
    head = f"{_base64url(json.dumps({'alg': alg, 'typ': 'JWT'}).encode())}.{_base64url(json.dumps(claims).encode())}"
    return f"{head}.{'' if alg == 'none' else _base64url(hmac.digest(secret.encode(), head.encode(), digest))}"


def _claims(body: bytes, **other: Any) -> dict[str, Any]:
    ours = {"iss": "Vonage", "iat": _NOW, "jti": "j1", "api_key": "abcd1234", "payload_hash": hashlib.sha256(body).hexdigest()}
    return {name: value for name, value in {**ours, **other}.items() if value is not None}


def _call(body: bytes, authorization: str | None) -> WebhookRequest:
    headers = {} if authorization is None else {"authorization": authorization}
    query = _URL.partition("?")[2]
    return WebhookRequest(method="POST", url=_URL, query=query, headers=headers, body=body, received_at=examples.NOW)


def _signed(event: Any, **claims: Any) -> WebhookRequest:
    body = json.dumps(event).encode()
    return _call(body, f"Bearer {_token(_claims(body, **claims))}")


def _status(word: str, **more: Any) -> dict[str, Any]:
    return {"message_uuid": "m1", "to": "14155550123", "from": "15005550006", "status": word, "channel": "sms", **more}


def test_a_token_made_by_hand_is_believed() -> None:
    reading = _vonage().read_webhook(_signed(_status("delivered")))
    assert (reading.receipts[0].state, reading.nonce) == (State.DELIVERED, "j1")


def test_a_call_that_is_not_signed_is_asked_for_again_and_not_believed() -> None:
    with pytest.raises(BadSignature) as refused:
        _vonage().read_webhook(_call(json.dumps(_status("delivered")).encode(), None))
    assert refused.value.status == 503


@pytest.mark.parametrize("authorization", ["Basic YTpi", "Bearer", "Bearer ", "Bearer a.b.c", "Bearer é"])
def test_a_call_that_is_wrongly_signed_is_refused_for_good(authorization: str) -> None:
    with pytest.raises(BadSignature) as refused:
        _vonage().read_webhook(_call(b"{}", authorization))
    assert refused.value.status == 403


@pytest.mark.parametrize(("alg", "digest"), [("none", "sha256"), ("HS512", "sha512"), ("HS384", "sha384"), ("RS256", "sha256")])
def test_no_other_algorithm_is_believed(alg: str, digest: str) -> None:
    body = json.dumps(_status("delivered")).encode()
    with pytest.raises(BadSignature):
        _vonage().read_webhook(_call(body, f"Bearer {_token(_claims(body), alg=alg, digest=digest)}"))


@pytest.mark.parametrize("claims", [
    {"iat": None}, {"iat": str(_NOW)}, {"iat": True}, {"iat": 10**400}, {"iat": _NOW - 301}, {"iat": _NOW + 301},
    {"api_key": None}, {"api_key": "dcba4321"}, {"api_key": 7}, {"payload_hash": None}, {"payload_hash": "0" * 64},
    {"payload_hash": 7}, {"exp": _NOW - 600}, {"nbf": _NOW + 600},
])  # fmt: skip
def test_every_claim_is_held_to(claims: dict[str, Any]) -> None:
    with pytest.raises(BadSignature):
        _vonage().read_webhook(_signed(_status("delivered"), **claims))


@pytest.mark.parametrize("iat", [_NOW - 300, _NOW + 300, _NOW + 0.5])
def test_a_token_is_believed_for_five_minutes(iat: float) -> None:
    assert _vonage().read_webhook(_signed(_status("delivered"), iat=iat)).receipts


def test_a_token_proves_one_body_only() -> None:
    taken = _signed(_status("delivered"))
    with pytest.raises(BadSignature):
        _vonage().read_webhook(replace(taken, body=taken.body.replace(b"delivered", b"rejected ")))


def test_while_a_secret_is_rotated_both_are_believed_and_no_third() -> None:
    provider = _vonage(api_secret="a-live-secret", previous_signature_secret=_BEFORE)
    body = json.dumps(_status("sent")).encode()
    for secret in (_SECRET, _BEFORE):
        assert provider.read_webhook(_call(body, f"Bearer {_token(_claims(body), secret=secret)}")).receipts
    for other, secret in ((_vonage(), _BEFORE), (provider, "x" * 40)):
        with pytest.raises(BadSignature):
            other.read_webhook(_call(body, f"Bearer {_token(_claims(body), secret=secret)}"))


_WORDS = ("submitted", "delivered", "read", "rejected", "undeliverable", "pondering")


@given(words=some.lists(some.sampled_from(_WORDS), min_size=1, max_size=12), data=some.data())
def test_neither_order_nor_repetition_changes_what_came_of_it(words: list[str], data: some.DataObject) -> None:
    def furthest(order: list[str]) -> State:
        readings = [_vonage().read_webhook(_signed(_status(word))) for word in order]
        return max((each.receipts[0].state or State.CREATED for each in readings), default=State.CREATED)

    assert furthest(words) == furthest(list(data.draw(some.permutations([*words, *words[:3]]))))


_NAMES = some.sampled_from(["message_uuid", "uuid", "status", "message_type", "dtmf", "error", "from", "to", "channel", "usage"])
_INNER = some.sampled_from(["title", "type", "digits", "price", "url"])
_LEAVES = some.none() | some.integers() | some.text()
_VALUES = some.recursive(_LEAVES, lambda inside: some.lists(inside, max_size=3) | some.dictionaries(_INNER, inside))


@given(body=_VALUES | some.dictionaries(_NAMES, _VALUES))
def test_no_signed_body_stops_the_reader(body: Any) -> None:
    assert isinstance(_vonage().read_webhook(_signed(body)), WebhookReading)


@pytest.mark.parametrize("number", ["12125550142", "16135550123", "18765550123", "447700900123", ""])
def test_1240_is_a_stop_wherever_the_number_is(number: str) -> None:
    event = _status("rejected", error={"title": 1240})
    assert _vonage().read_webhook(_signed({**event, "to": number})).receipts[0].error is ErrorClass.OPTED_OUT


@pytest.mark.parametrize(("code", "channel", "error"), [
    ("1270", "sms", ErrorClass.CONTENT_REJECTED), ("1160", "sms", ErrorClass.CAPABILITY_MISSING),
    ("1250", "sms", ErrorClass.CAPABILITY_MISSING), ("1280", "sms", ErrorClass.CAPABILITY_MISSING),
    ("1320", "rcs", ErrorClass.DUPLICATE), ("1330", "rcs", ErrorClass.UNKNOWN), ("1999", "rcs", ErrorClass.CAPABILITY_MISSING),
    ("1999", "sms", ErrorClass.UNKNOWN), ("1483", "sms", ErrorClass.BLOCKED), ("1090", "sms", ErrorClass.CONTENT_REJECTED),
])  # fmt: skip
def test_a_rejection_is_classed_by_its_code(code: str, channel: str, error: ErrorClass) -> None:
    event = _status("rejected", error={"title": code}, channel=channel)
    assert _vonage().read_webhook(_signed(event)).receipts[0].error is error


@pytest.mark.parametrize(("code", "status", "error"), [
    ("1060", 422, ErrorClass.INVALID_REQUEST), ("1060", 401, ErrorClass.ACCOUNT), ("1100", 422, ErrorClass.INVALID_REQUEST),
    ("1140", 422, ErrorClass.INVALID_REQUEST), ("1150", 422, ErrorClass.INVALID_REQUEST), ("1120", 422, ErrorClass.SENDER_CONFIG),
])  # fmt: skip
def test_a_refused_request_holds_no_account_for_a_number_of_two_meanings(code: str, status: int, error: ErrorClass) -> None:
    problem = {"type": f"https://developer.vonage.com/api-errors/messages#{code}", "title": "Invalid params", "instance": "i"}
    outcome = _vonage().read_response(Response(status, {}, json.dumps(problem).encode()))
    assert isinstance(outcome, Refused)
    assert (outcome.error, outcome.code) == (error, code)


def test_an_application_signs_its_requests_with_a_token_made_on_the_spot() -> None:
    provider = _vonage(**_APPLICATION)
    assert isinstance(provider, Authorises)
    made = provider.token_request(examples.NOW)
    assert isinstance(made, Token)
    assert (made.expires_at - examples.NOW).total_seconds() == 900
    public = load_pem_private_key(_APPLICATION["private_key"].encode(), None).public_key()
    claims = jwt.decode(made.value, public, algorithms=["RS256"], options={"verify_exp": False, "verify_iat": False})  # type: ignore[arg-type]  # it is RSA
    assert (claims["application_id"], claims["iat"], claims["exp"]) == (_APPLICATION["application_id"], _NOW, _NOW + 900)
    assert claims["jti"]
    assert made == provider.token_request(examples.NOW)
    assert "authorization" not in provider.build_request(examples.message(Channel.SMS)).headers
    assert provider.read_token(Response(200, {}, b"{}"), examples.NOW) is None


def test_without_an_application_messages_go_by_basic_and_calls_not_at_all() -> None:
    provider = _vonage()
    assert not isinstance(provider, Authorises)
    authorization = provider.build_request(examples.message(Channel.SMS)).headers["authorization"]
    assert authorization == "Basic " + base64.b64encode(b"abcd1234:a-live-secret").decode()
    with pytest.raises(BadCredentials) as refused:
        provider.build_request(examples.message(Channel.VOICE))
    assert refused.value.field == "application_id"


_ELLIPTIC = ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
_NO_KEY = f"-----BEGIN PRIVATE KEY-----\n{'A' * 120}\n-----END PRIVATE KEY-----"


@pytest.mark.parametrize(("credentials", "field"), [
    ({"previous_signature_secret": _BEFORE}, "api_secret"),
    ({"application_id": _APPLICATION["application_id"]}, "private_key"),
    ({"private_key": _APPLICATION["private_key"]}, "application_id"),
    ({**_APPLICATION, "private_key": _ELLIPTIC}, "private_key"),
    ({**_APPLICATION, "private_key": _NO_KEY}, "private_key"),
])  # fmt: skip
def test_half_a_way_in_is_refused(credentials: dict[str, str], field: str) -> None:
    with pytest.raises(BadCredentials) as refused:
        _vonage(**credentials)
    assert refused.value.field == field


def test_only_rcs_is_revoked() -> None:
    provider = _vonage("https://api-us.nexmo.com", **_APPLICATION)
    asked = provider.build_cancel("m/1", to="+14155550123", channel=Channel.RCS)
    assert asked is not None
    assert (asked.method, asked.url, asked.body) == (
        "PATCH",
        "https://api-us.nexmo.com/v1/messages/m%2F1",
        b'{"status":"revoked"}',
    )
    assert [provider.read_cancel(Response(status, {}, b"")) for status in (200, 404, 422, 500)] == [True, False, False, False]
    for channel in (Channel.SMS, Channel.MMS, Channel.VOICE):
        assert provider.build_cancel("m1", to="+14155550123", channel=channel) is None
    assert _vonage().build_cancel("m1", to="+14155550123", channel=Channel.RCS) is None, "revoking takes an application's token"


def _sought(call: str | None = "c1", channel: Channel = Channel.VOICE) -> Sought:
    return Sought(
        provider_message_id=call,
        reference=examples.REFERENCE,
        own_id=examples.OWN_ID,
        to="+14155550123",
        sender="+15005550006",
        channel=channel,
        body="Hello",
        handed_over_at=examples.NOW,
    )


def test_a_call_is_looked_up_by_its_id_and_a_message_is_not() -> None:
    provider = _vonage(**_APPLICATION)
    asked = provider.build_lookup(_sought())
    assert asked is not None
    assert (asked.method, asked.url) == ("GET", "https://api.nexmo.com/v1/calls/c1")
    assert provider.build_lookup(_sought(None)) is None
    assert provider.build_lookup(_sought(channel=Channel.SMS)) is None
    said = json.dumps({"uuid": "c1", "status": "completed", "duration": "60"}).encode()
    receipt = provider.read_lookup(_sought(), Response(200, {}, said)).receipts[0]
    assert (receipt.state, receipt.duration, receipt.reference) == (State.DELIVERED, 60, examples.REFERENCE)
    for answer in (Response(404, {}, said), Response(200, {}, b"{}"), Response(200, {}, said.replace(b"c1", b"c2"))):
        assert provider.read_lookup(_sought(), answer).receipts == ()


def _told(moment: CallMoment, *, opted_out: bool = False, speech: Speech | None = None, keys: str = "") -> list[dict[str, Any]]:
    message = examples.message(Channel.VOICE, body=_SCRIPT, content=Content(speech=speech or Speech()))
    person, machine = split_script(message.body)
    script = Script(outbound=message, person=person, machine=machine, goodbye='Good"bye <&>', opted_out=opted_out)
    told = _vonage(**_APPLICATION).answer_call(CallStep(moment=moment, keys=keys), script)
    assert (told.content_type, told.commands) == ("application/json", ())
    return list(json.loads(told.body))


def test_a_call_is_told_what_to_say() -> None:
    talk, gather = _told(CallMoment.ANSWERED)
    assert (talk["text"], talk["bargeIn"]) == ("This is Blue Shop. To stop these calls press 9.", True)
    assert gather["eventUrl"][0].endswith(f"?r={examples.REFERENCE}&step=keys")
    assert [each["text"] for each in _told(CallMoment.KEYS, keys="9", opted_out=True)] == ['Good"bye <&>']
    assert _told(CallMoment.KEYS, keys="1") == _told(CallMoment.KEYS) == _told(CallMoment.MACHINE) == []
    leave = Speech(voicemail=Voicemail.LEAVE)
    assert [each["text"] for each in _told(CallMoment.MACHINE, speech=leave)] == ["Blue Shop: call 1-800-555-0199."]


def test_only_the_beep_of_a_machine_asks_what_to_say() -> None:
    event = {"uuid": "c1", "status": "machine"}
    assert _vonage().read_webhook(_signed(event)).call is None
    step = _vonage().read_webhook(_signed({**event, "sub_state": "beep_start"})).call
    assert step is not None
    assert (step.moment, step.answered_by, step.reference) == (CallMoment.MACHINE, AnsweredBy.MACHINE, examples.REFERENCE)
