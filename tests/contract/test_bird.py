"""Is Bird's own way kept? Standard Webhooks to the letter, repeats by our key, regions, look-ups, and events in any order."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.domain.delivery import ErrorClass, MayHaveLeft, Receipt, Refused, Response, Sought, WebhookRequest
from app.domain.message import Channel, Purpose, State
from app.ports import Account, BadCredentials, BadSignature, LooksUp
from app.providers.bird import Bird
from tests.contract import examples_of as examples

_GOOD: dict[str, str] = examples.read("bird", "account")["credentials"]
_NOW = int(examples.NOW.timestamp())
_BODY = json.dumps({"type": "sms.delivered", "data": {"sms_id": "sms_1", "metadata": {"reference": "abc"}}}).encode()


def _bird(base_url: str | None = None, **credentials: str) -> Bird:
    return Bird(Account({**_GOOD, **credentials}, base_url))


def _signature(body: bytes, key: str, stamp: str, secret: str) -> str:
    signed = key.encode() + b"." + stamp.encode() + b"." + body
    return base64.b64encode(hmac.new(base64.b64decode(secret.removeprefix("whsec_")), signed, hashlib.sha256).digest()).decode()


def _call(body: bytes = _BODY, *, later: float = 0.0, secret: str = _GOOD["webhook_secret"], **headers: str) -> WebhookRequest:
    """A call signed as told; a header named in `headers` is put in place of the right one."""
    key, stamp = headers.pop("signed_id", "evt_1"), headers.pop("signed_at", str(_NOW))
    told = {
        "webhook-id": key,
        "webhook-timestamp": stamp,
        "webhook-signature": "v1," + _signature(body, key, stamp, secret),
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    return WebhookRequest(
        method="POST",
        url="https://hooks.blue.example/webhooks/bird/prv_1",
        query="",
        headers=told,
        body=body,
        received_at=examples.NOW + timedelta(seconds=later),
    )


def test_the_published_example_of_standard_webhooks_is_believed() -> None:
    """The vector of the scheme's own libraries: secret, id, time, body and signature as they are published."""
    provider = _bird(webhook_secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    call = WebhookRequest(
        method="POST",
        url="https://hooks.blue.example/webhooks/bird/prv_1",
        query="",
        headers={
            "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "webhook-timestamp": "1614265330",
            "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        },
        body=b'{"test": 2432232314}',
        received_at=examples.NOW.fromtimestamp(1614265330, examples.NOW.tzinfo),
    )
    assert provider.read_webhook(call).unread == 1


def test_both_secrets_count_while_one_is_rotated_out_and_no_third() -> None:
    for secret in (_GOOD["webhook_secret"], _GOOD["previous_webhook_secret"]):
        assert _bird().read_webhook(_call(secret=secret)).receipts
    only = Bird(Account({name: value for name, value in _GOOD.items() if name != "previous_webhook_secret"}))
    with pytest.raises(BadSignature):
        only.read_webhook(_call(secret=_GOOD["previous_webhook_secret"]))


def test_one_good_signature_among_several_is_enough() -> None:
    good = _call().headers["webhook-signature"]
    assert _bird().read_webhook(_call(webhook_signature=f"v1,not-base64 v2,AAAA {good}")).receipts


@pytest.mark.parametrize("headers", [
    {"webhook_id": "evt_2"},
    {"webhook_id": ""},
    {"webhook_timestamp": str(_NOW + 1)},
    {"webhook_timestamp": ""},
    {"webhook_signature": ""},
    {"webhook_signature": "v1"},
    {"webhook_signature": _signature(_BODY, "evt_1", str(_NOW), _GOOD["webhook_secret"])},
    {"webhook_signature": "v2," + _signature(_BODY, "evt_1", str(_NOW), _GOOD["webhook_secret"])},
    {"signed_at": "soon"},
    {"signed_at": "nan"},
    {"signed_at": f"{_NOW}.5"},
    {"signed_at": f"{_NOW}e0"},
    {"signed_at": str(_NOW * 1_000)},
])  # fmt: skip
def test_anything_else_is_refused(headers: dict[str, Any]) -> None:
    with pytest.raises(BadSignature):
        _bird().read_webhook(_call(**headers))


@pytest.mark.parametrize(("later", "taken"), [(299, True), (-299, True), (301, False), (-301, False)])
def test_an_event_counts_for_five_minutes(later: float, taken: bool) -> None:
    if taken:
        assert _bird().read_webhook(_call(later=later)).receipts
        return
    with pytest.raises(BadSignature) as refused:
        _bird().read_webhook(_call(later=later))
    assert refused.value.cause == "stale"


_RANKED = {
    "accepted": State.SUBMITTED,
    "sent": State.SENT,
    "expired": State.EXPIRED,
    "rejected": State.FAILED,
    "failed": State.FAILED,
    "undelivered": State.UNDELIVERED,
    "delivered": State.DELIVERED,
}


@given(order=some.lists(some.sampled_from(sorted(_RANKED)), min_size=1, max_size=12))
def test_events_in_any_order_and_number_end_alike(order: list[str]) -> None:
    receipts: list[Receipt] = []
    for word in order:
        body = json.dumps({"type": f"sms.{word}", "data": {"sms_id": "sms_1"}}).encode()
        receipts += _bird().read_webhook(_call(body, signed_id=f"evt_{word}")).receipts
    assert max(receipt.state for receipt in receipts if receipt.state) == max(_RANKED[word] for word in order)
    assert len({receipt.event_key for receipt in receipts}) == len(set(order)), "a repeat has the key of the first"


def test_a_repeat_is_the_same_request_under_the_same_key() -> None:
    first, second = (_bird().build_request(examples.message(Channel.SMS)) for _ in range(2))
    assert first == second
    assert first.headers["idempotency-key"] == examples.OWN_ID


@pytest.mark.parametrize(("api_key", "host"), [
    ("bk_us1_an-example-key", "us1"),
    ("bk_eu1_an-example-key", "eu1"),
    ("bk_an-example-key", "us1"),
    ("bk_../_an-example-key", "us1"),
])  # fmt: skip
def test_a_key_knows_its_region(api_key: str, host: str) -> None:
    built = _bird(api_key=api_key).build_request(examples.message(Channel.SMS))
    assert built.url == f"https://{host}.platform.bird.com/v1/sms/messages"


def test_what_a_message_is_for_is_its_category() -> None:
    categories = {
        purpose: json.loads(_bird().build_request(examples.message(Channel.SMS, purpose=purpose)).body)["category"]
        for purpose in Purpose
    }
    assert categories == {Purpose.MARKETING: "marketing", Purpose.TRANSACTIONAL: "transactional"}


def test_a_secret_that_is_no_base64_is_refused_by_name() -> None:
    with pytest.raises(BadCredentials) as refused:
        _bird(webhook_secret="whsec_" + "A" * 17)
    assert refused.value.field == "webhook_secret"


def _answer(status: int, code: str) -> Response:
    return Response(status, {}, json.dumps({"error": {"code": code, "name": "X"}}).encode())


def test_only_the_503_that_promises_it_was_not_executed_is_a_no() -> None:
    refused = _bird().read_response(_answer(503, "E01033"))
    assert isinstance(refused, Refused)
    assert refused.error is ErrorClass.PROVIDER_TEMPORARY
    for status, code in [(503, "E01032"), (500, "E01033"), (502, "E01033"), (409, "E01004")]:
        assert isinstance(_bird().read_response(_answer(status, code)), MayHaveLeft)


@pytest.mark.parametrize(("status", "body", "outcome"), [
    (409, {"type": "idempotency_key_in_use", "message": "wait"}, None),  # a first request that may still leave is no refusal
    (409, {"error": {"type": "conflict_error"}}, None),
    (409, {"error": {"code": "E01005"}}, (ErrorClass.DUPLICATE, "E01005")),
    (422, {"code": "E0", "name": "SMSNoEligibleSender"}, (ErrorClass.SENDER_CONFIG, "SMSNoEligibleSender")),
    (422, {"error": {"name": "SMSSenderReserved"}}, (ErrorClass.SENDER_CONFIG, "SMSSenderReserved")),
    (429, {"type": "rate_limited"}, (ErrorClass.THROTTLED, "rate_limited")),
])  # fmt: skip
def test_an_error_is_read_with_its_wrapper_and_without(status: int, body: Any, outcome: tuple[ErrorClass, str] | None) -> None:
    answer = _bird().read_response(Response(status, {}, json.dumps(body).encode()))
    assert ((answer.error, answer.code) if isinstance(answer, Refused) else None) == outcome
    assert isinstance(answer, Refused | MayHaveLeft)


def _sought(provider_message_id: str | None) -> Sought:
    return Sought(
        provider_message_id=provider_message_id,
        reference="abc",
        own_id=examples.OWN_ID,
        to="+14155550123",
        sender="+15005550006",
        channel=Channel.SMS,
        body="Hello",
        handed_over_at=examples.NOW,
    )


def test_a_message_is_asked_for_by_its_id() -> None:
    provider = _bird()
    assert isinstance(provider, LooksUp)
    asked = provider.build_lookup(_sought("sms/1"))
    assert asked is not None
    assert (asked.method, asked.url) == ("GET", "https://eu1.platform.bird.com/v1/sms/messages/sms%2F1")
    assert provider.build_lookup(_sought(None)) is None


@pytest.mark.parametrize(("answer", "state", "error"), [
    ({"id": "sms_1", "status": "delivered"}, State.DELIVERED, None),
    ({"id": "sms_1", "status": "failed", "error": {"code": "landline_unreachable"}}, State.FAILED, ErrorClass.LANDLINE),
    ({"id": "sms_1", "status": "teleported"}, None, None),
])  # fmt: skip
def test_a_look_up_tells_how_it_stands(answer: dict[str, Any], state: State | None, error: ErrorClass | None) -> None:
    found = _bird().read_lookup(_sought("sms_1"), Response(200, {}, json.dumps(answer).encode()))
    assert [(receipt.state, receipt.error, receipt.reference) for receipt in found.receipts] == [(state, error, "abc")]


@pytest.mark.parametrize(("status", "body"), [(404, b"{}"), (200, b"[]"), (500, b""), (200, b"{")])
def test_a_look_up_that_tells_nothing_settles_nothing(status: int, body: bytes) -> None:
    found = _bird().read_lookup(_sought("sms_1"), Response(status, {}, body))
    assert not found.receipts
    assert not found.is_absent


def _told(kind: str, **data: Any) -> bytes:
    return json.dumps({"type": kind, "timestamp": "2026-01-01T11:59:58Z", "data": {"sms_id": "sms_1", **data}}).encode()


def test_pictures_that_came_without_a_text_are_heard_as_an_empty_one() -> None:
    reading = _bird().read_webhook(_call(_told("sms.received", **{"from": "+14155550123", "to": "+15005550006"})))
    assert [(one.body, one.from_number) for one in reading.inbound] == [("", "+14155550123")]
    assert not reading.unread
    assert _bird().read_webhook(_call(_told("sms.received", **{"from": "+14155550123", "text": 7}))).unread == 1


def test_a_receipt_names_the_network_where_bird_knows_it() -> None:
    told = [_bird().read_webhook(_call(_told("sms.delivered", **more))).receipts[0] for more in ({"mcc_mnc": "311480"}, {})]
    assert [receipt.network for receipt in told] == ["311480", None]
