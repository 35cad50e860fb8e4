"""Is MessageBird's own way kept? Tokens over URL and body, batches, look-ups, deletions, spoken texts."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.domain.delivery import Accepted, Batch, ErrorClass, MayHaveLeft, Receipt, Refused, Response, Sought, WebhookRequest
from app.domain.message import Channel, State
from app.domain.rich import Content, Media, Speech
from app.ports import Account, BadSignature, Batches, LooksUp, Recalls
from app.providers._messagebird_reports import failure_of
from app.providers.messagebird import MessageBird
from app.providers.registry import batches_of, outcomes_of
from tests.contract import examples_of as examples

_GOOD: dict[str, str] = examples.read("messagebird", "account")["credentials"]
_URL = "https://hooks.blue.example/webhooks/messagebird/prv_1?r=abc-_123&id=m1&recipient=14155550123&status=delivered"
_NOW = int(examples.NOW.timestamp())
_HASHES = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}


def _messagebird() -> MessageBird:
    return MessageBird(Account(_GOOD, None))


def _encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def _token(url: str, body: bytes = b"", *, alg: str = "HS256", key: str = _GOOD["signing_key"], **claims: Any) -> str:
    told: dict[str, Any] = {"iss": "MessageBird", "nbf": _NOW - 1, "exp": _NOW + 60, "jti": "j1"}
    told["url_hash"] = hashlib.sha256(url.encode()).hexdigest()
    if body:
        told["payload_hash"] = hashlib.sha256(body).hexdigest()
    told = {name: value for name, value in {**told, **claims}.items() if value is not None}
    return _signed(told, alg=alg, key=key)


def _signed(told: dict[str, Any], *, alg: str = "HS256", key: str = _GOOD["signing_key"]) -> str:
    head = f"{_encoded(json.dumps({'alg': alg, 'typ': 'JWT'}).encode())}.{_encoded(json.dumps(told).encode())}"
    signature = hmac.digest(key.encode(), head.encode(), _HASHES[alg]) if alg in _HASHES else b""
    return f"{head}.{_encoded(signature)}"


def _call(token: str, url: str = _URL, body: bytes = b"", *, later: float = 0.0) -> WebhookRequest:
    return WebhookRequest(
        method="POST" if body else "GET",
        url=url,
        query=url.partition("?")[2],
        headers={"messagebird-signature-jwt": token},
        body=body,
        received_at=examples.NOW + timedelta(seconds=later),
    )


def test_it_offers_what_messagebird_offers() -> None:
    assert all(isinstance(_messagebird(), offer) for offer in (Batches, LooksUp, Recalls))


def test_a_call_is_proven_by_its_token_and_has_an_id_of_its_own() -> None:
    reading = _messagebird().read_webhook(_call(_token(_URL)))
    assert (reading.nonce, reading.receipts[0].state, reading.receipts[0].reference) == ("j1", State.DELIVERED, "abc-_123")


@pytest.mark.parametrize("forged", [
    {"alg": "none"},
    {"key": "somebody-elses-signing-key-of-32"},
    {"iss": "Messagebird"},
    {"iss": None},
    {"nbf": None},
    {"exp": None},
    {"url_hash": None},
    {"url_hash": hashlib.sha256(b"https://elsewhere.example/").hexdigest()},
    {"payload_hash": hashlib.sha256(b"x").hexdigest()},
    {"nbf": _NOW + 2},
    {"exp": _NOW - 2},
    {"exp": "soon"},
])  # fmt: skip
def test_a_forged_token_is_refused(forged: dict[str, Any]) -> None:
    with pytest.raises(BadSignature):
        _messagebird().read_webhook(_call(_token(_URL, **forged)))


@pytest.mark.parametrize("empty", ["nbf", "exp"])
def test_a_time_that_is_named_and_empty_is_no_time(empty: str) -> None:
    """Such a token would count for ever; MessageBird's own verifiers refuse it."""
    told = {"iss": "MessageBird", "nbf": _NOW - 1, "exp": _NOW + 60, "url_hash": hashlib.sha256(_URL.encode()).hexdigest()}
    assert _messagebird().read_webhook(_call(_signed(told))).receipts
    with pytest.raises(BadSignature):
        _messagebird().read_webhook(_call(_signed({**told, empty: None})))


def test_a_public_key_algorithm_is_not_taken_for_a_shared_secret() -> None:
    head = _encoded(b'{"alg":"RS256","typ":"JWT"}')
    with pytest.raises(BadSignature):
        _messagebird().read_webhook(_call(f"{head}.{_token(_URL).partition('.')[2]}"))


@pytest.mark.parametrize(
    ("later", "taken"), [(0, True), (60.5, True), (61.5, False), (-1.5, True), (-2.5, False), (10**9, False)]
)
def test_a_token_counts_only_in_its_time(later: float, taken: bool) -> None:
    call = _call(_token(_URL), later=later)
    if taken:
        assert _messagebird().read_webhook(call).receipts
    else:
        with pytest.raises(BadSignature) as refused:
            _messagebird().read_webhook(call)
        assert refused.value.cause == "stale"


def test_a_body_counts_only_with_its_hash() -> None:
    url, body = _URL.partition("?")[0], b"id=in1&recipient=15005550006&originator=14155550123&body=Hi"
    assert _messagebird().read_webhook(_call(_token(url, body), url, body)).inbound[0].body == "Hi"
    for token in (_token(url), _token(url, b"another")):
        with pytest.raises(BadSignature):
            _messagebird().read_webhook(_call(token, url, body))


_RANKED = {
    "scheduled": State.SUBMITTED,
    "sent": State.SENT,
    "buffered": State.SENT,
    "expired": State.EXPIRED,
    "delivery_failed": State.UNDELIVERED,
    "delivered": State.DELIVERED,
}


@given(order=some.lists(some.sampled_from(sorted(_RANKED)), min_size=1, max_size=12))
def test_reports_in_any_order_and_number_end_alike(order: list[str]) -> None:
    receipts: list[Receipt] = []
    for word in order:
        url = f"{_URL.partition('?')[0]}?r=abc&{urlencode({'id': 'm1', 'recipient': '14155550123', 'status': word})}"
        receipts += _messagebird().read_webhook(_call(_token(url), url)).receipts
    assert max(receipt.state for receipt in receipts if receipt.state) == max(_RANKED[word] for word in order)
    assert len({receipt.event_key for receipt in receipts}) == len(set(order))


def _batch(*numbers: str, channel: Channel = Channel.SMS) -> Batch:
    members = tuple(examples.message(channel, to=number) for number in numbers)
    return Batch(
        members=members, reference="B" * 36, callback_url="https://hooks.blue.example/webhooks/messagebird/prv_1?r=" + "B" * 36
    )


def _yes(*items: dict[str, Any]) -> Response:
    return Response(201, {}, json.dumps({"id": "m1", "recipients": {"items": list(items)}}).encode())


def test_a_batch_is_one_request_that_carries_the_batchs_reference() -> None:
    built = _messagebird().build_batch(_batch("+14155550123", "+14155550124"))
    body = json.loads(built.body)
    assert body["recipients"] == ["14155550123", "14155550124"]
    assert body["reference"] == "B" * 36
    assert body["reportUrl"].endswith("?r=" + "B" * 36 + "&many=1")


def test_each_recipient_of_a_batch_has_its_own_outcome() -> None:
    batch = _batch("+14155550123", "+14155550124", "+14155550125")
    answer = _yes({"recipient": 14155550124, "status": "delivery_failed", "statusErrorCode": 103},
                  {"recipient": 14155550123, "status": "sent", "messagePartCount": 2})  # fmt: skip
    taken, refused, unnamed = _messagebird().read_batch(batch, answer)
    assert taken == Accepted("m1:14155550123", 2)
    assert isinstance(refused, Refused)
    assert refused.error is ErrorClass.OPTED_OUT
    assert isinstance(unnamed, MayHaveLeft)


@pytest.mark.parametrize(("answer", "kind"), [
    (Response(201, {}, b"{}"), MayHaveLeft),
    (Response(201, {}, b"<html>"), MayHaveLeft),
    (Response(502, {}, b""), MayHaveLeft),
    (Response(422, {}, b'{"errors": [{"code": 9, "parameter": "recipient"}]}'), Refused),
])  # fmt: skip
def test_an_answer_to_all_is_one_for_each(answer: Response, kind: type) -> None:
    outcomes = outcomes_of(_messagebird(), _batch("+14155550123", "+14155550124"), answer)
    assert [type(outcome) for outcome in outcomes] == [kind, kind]


def test_a_report_of_a_batch_names_its_recipient_and_the_id_the_answer_gave() -> None:
    url = f"{_URL.partition('?')[0]}?r={'B' * 36}&many=1&id=m1&recipient=14155550123&status=delivered"
    receipt = _messagebird().read_webhook(_call(_token(url), url)).receipts[0]
    assert (receipt.recipient, receipt.reference) == ("+14155550123", "B" * 36)
    assert receipt.provider_message_id == "m1:14155550123"


def test_alike_messages_go_together_fifty_at_once_and_pictures_alone() -> None:
    texts = [examples.message(Channel.SMS, to=f"+1415555{number:04}") for number in range(120)]
    other = examples.message(Channel.SMS, to="+14155559999", body="Another")
    picture = examples.message(Channel.MMS, to="+14155559998")
    alone, together = batches_of(_messagebird(), [*texts, other, picture], lambda message: message)
    assert sorted(len(group) for group in together) == [20, 50, 50]
    assert {message.to for message in alone} == {other.to, picture.to}


def test_what_differs_does_not_go_together() -> None:
    spoken = Content(speech=Speech(language="fr-FR"))
    differ = [
        examples.message(Channel.SMS),
        examples.message(Channel.SMS, body="Another"),
        examples.message(Channel.SMS, sender="BLUE"),
        examples.message(Channel.SMS, validity=60),
        examples.message(Channel.VOICE),
        examples.message(Channel.VOICE, content=spoken),
    ]
    keys = {_messagebird().batch_key(message) for message in differ}
    assert len(keys) == 6


def _sought(provider_message_id: str | None, channel: Channel = Channel.SMS) -> Sought:
    return Sought(
        provider_message_id=provider_message_id,
        reference="abc",
        own_id=examples.OWN_ID,
        to="+14155550123",
        sender="+15005550006",
        channel=channel,
        body="Hello",
        handed_over_at=examples.NOW,
    )


@pytest.mark.parametrize(("known_as", "channel", "path"), [
    ("m1", Channel.SMS, "messages/m1"),
    ("m1:14155550123", Channel.SMS, "messages/m1"),
    ("m/1", Channel.MMS, "mms/m%2F1"),
    ("m1", Channel.VOICE, "voicemessages/m1"),
])  # fmt: skip
def test_a_message_is_asked_for_by_its_id(known_as: str, channel: Channel, path: str) -> None:
    asked = _messagebird().build_lookup(_sought(known_as, channel))
    assert asked is not None
    assert (asked.method, asked.url) == ("GET", f"https://rest.messagebird.com/{path}")


def test_without_an_id_there_is_nothing_to_ask_by() -> None:
    assert _messagebird().build_lookup(_sought(None)) is None


def test_a_look_up_tells_of_the_one_recipient() -> None:
    answer = _yes({"recipient": 14155550199, "status": "delivered"}, "garbage",  # type: ignore[arg-type]  # as it may come
                  {"recipient": 14155550123, "status": "delivery_failed", "statusErrorCode": 1})  # fmt: skip
    found = _messagebird().read_lookup(_sought("m1:14155550123"), Response(200, {}, answer.body))
    assert [(receipt.state, receipt.error, receipt.provider_message_id) for receipt in found.receipts] == [
        (State.UNDELIVERED, ErrorClass.INVALID_NUMBER, "m1:14155550123")
    ]
    assert found.receipts[0].reference == "abc"


@pytest.mark.parametrize(
    "answer", [Response(404, {}, b'{"errors": [{"code": 20}]}'), Response(200, {}, b"[]"), Response(500, {}, b"")]
)
def test_a_look_up_that_tells_nothing_settles_nothing(answer: Response) -> None:
    found = _messagebird().read_lookup(_sought("m1"), answer)
    assert not found.receipts
    assert not found.is_absent


def test_a_message_is_deleted_by_its_id_but_not_one_of_a_batch() -> None:
    asked = _messagebird().build_cancel("m1", to="+14155550123", channel=Channel.SMS)
    assert asked is not None
    assert (asked.method, asked.url) == ("DELETE", "https://rest.messagebird.com/messages/m1")
    assert _messagebird().build_cancel("m1:14155550123", to="+14155550123", channel=Channel.SMS) is None
    assert _messagebird().read_cancel(Response(204, {}, b""))
    assert not _messagebird().read_cancel(Response(404, {}, b""))


def test_a_recording_cannot_be_played() -> None:
    content = Content(speech=Speech(recording="https://media.blue.example/a.mp3"))
    with pytest.raises(ValueError, match="recording"):
        _messagebird().build_request(examples.message(Channel.VOICE, content=content))


@pytest.mark.parametrize("body", [b"\xff\xfe", b"%ff=1", b"&".join(b"a=1" for _ in range(600)), b"{", b"[]"])
def test_what_is_signed_and_no_report_is_unread(body: bytes) -> None:
    url = _URL.partition("?")[0]
    assert _messagebird().read_webhook(_call(_token(url, body), url, body)).unread == 1


@given(body=some.text(max_size=200), url=some.text(alphabet="abc/:.&?=é", max_size=40))
def test_what_goes_in_comes_out(body: str, url: str) -> None:
    built = json.loads(
        _messagebird().build_request(examples.message(Channel.MMS, body=body, content=Content(media=(Media(url=url),)))).body
    )
    assert (built["body"], built["mediaUrls"]) == (body, [url])


def test_a_report_names_the_network() -> None:
    url = f"{_URL.partition('?')[0]}?id=m1&recipient=14155550123&status=delivered&mccmnc=310260"
    (told,) = _messagebird().read_webhook(_call(_token(url), url)).receipts
    assert told.network == "310260"


@pytest.mark.parametrize(("code", "means"), [
    (2, ErrorClass.NOT_IN_SERVICE),
    (3, ErrorClass.NOT_IN_SERVICE),
    (103, ErrorClass.OPTED_OUT),
    (104, ErrorClass.SENDER_CONFIG),
    (109, ErrorClass.UNKNOWN),
])  # fmt: skip
def test_what_the_code_of_a_failed_delivery_means(code: int, means: ErrorClass) -> None:
    assert failure_of(str(code)) == (means, str(code))
