"""Is Google's own way kept? Handshake, signature, tokens, capability, and what becomes of events in any order."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from hypothesis import given
from hypothesis import strategies as some

from app.domain.delivery import Request, Response, Token, WebhookRequest
from app.domain.message import Channel, State
from app.domain.rich import Card, Content, Media
from app.ports import Account, Authorises, BadCredentials, BadSignature, ChecksCapability, Recalls
from app.providers.google_rbm import GoogleRbm
from tests.contract import examples_of as examples

_GOOD: dict[str, str] = examples.read("google_rbm", "account")["credentials"]
_TOKEN = _GOOD["client_token"]


def _google(base_url: str | None = None, **credentials: str) -> GoogleRbm:
    return GoogleRbm(Account({**_GOOD, **credentials}, base_url))


def _call(body: bytes, **headers: str) -> WebhookRequest:
    return WebhookRequest(
        method="POST",
        url="https://hooks.blue.example/webhooks/google_rbm/prv_1",
        query="",
        headers={name.replace("_", "-"): value for name, value in headers.items()},
        body=body,
        received_at=examples.NOW,
    )


def _event(event: dict[str, Any], token: str = _TOKEN) -> WebhookRequest:
    data = json.dumps(event).encode()
    signature = base64.b64encode(hmac.new(token.encode(), data, hashlib.sha512).digest()).decode()
    return _call(json.dumps({"message": {"data": base64.b64encode(data).decode()}}).encode(), x_goog_signature=signature)


def test_it_offers_what_google_offers() -> None:
    provider = _google()
    assert isinstance(provider, Authorises)
    assert isinstance(provider, Recalls)
    assert isinstance(provider, ChecksCapability)


@pytest.mark.parametrize("token", [_TOKEN, _GOOD["previous_client_token"]])
def test_the_handshake_is_answered_with_its_secret_as_plain_text(token: str) -> None:
    reading = _google().read_webhook(_call(json.dumps({"clientToken": token, "secret": "1234567890"}).encode()))
    assert (reading.answer_status, reading.answer_body, reading.answer_type) == (200, b"1234567890", "text/plain")
    assert not reading.unread


@pytest.mark.parametrize("token", ["another", "", None, 7, ["x"], "é"])
def test_a_handshake_with_another_token_is_refused(token: object) -> None:
    with pytest.raises(BadSignature):
        _google().read_webhook(_call(json.dumps({"clientToken": token, "secret": "1234567890"}).encode()))


def test_a_handshake_does_not_open_the_door_to_an_unsigned_event() -> None:
    event = json.loads(_event({"senderPhoneNumber": "+14155550123", "messageId": "M", "text": "hi"}).body)
    with pytest.raises(BadSignature):
        _google().read_webhook(_call(json.dumps({**event, "clientToken": _TOKEN, "secret": "s"}).encode()))


def test_the_event_is_what_is_signed_not_its_envelope() -> None:
    call = _event({"senderPhoneNumber": "+14155550123", "messageId": "M", "text": "hi"})
    assert _google().read_webhook(call).inbound[0].body == "hi"
    over_all = base64.b64encode(hmac.new(_TOKEN.encode(), call.body, hashlib.sha512).digest()).decode()
    with pytest.raises(BadSignature):
        _google().read_webhook(_call(call.body, x_goog_signature=over_all))
    shorter = base64.b64encode(hmac.new(_TOKEN.encode(), b"", hashlib.sha256).digest()).decode()
    with pytest.raises(BadSignature):
        _google().read_webhook(_call(call.body, x_goog_signature=shorter))


def test_only_live_tokens_count() -> None:
    provider = GoogleRbm(Account({name: value for name, value in _GOOD.items() if name != "previous_client_token"}))
    event = {"senderPhoneNumber": "+14155550123", "messageId": "M", "text": "hi"}
    assert provider.read_webhook(_event(event)).inbound
    with pytest.raises(BadSignature):
        provider.read_webhook(_event(event, _GOOD["previous_client_token"]))


def test_an_agent_we_do_not_know_is_answered_200() -> None:
    reading = _google().read_webhook(_event({"eventType": "DELIVERED", "eventId": "e", "messageId": "M", "agentId": "other"}))
    assert reading.answer_status == 200


@given(order=some.lists(some.sampled_from(["TTL_EXPIRATION_REVOKED", "DELIVERED", "READ", "SMILED"]), min_size=1, max_size=12))
def test_events_in_any_order_and_number_end_alike(order: list[str]) -> None:
    provider = _google()
    calls = [_event({"eventType": word, "eventId": f"ev-{word}", "messageId": "M"}) for word in order]
    receipts = [receipt for call in calls for receipt in provider.read_webhook(call).receipts]
    reached = max((receipt.state for receipt in receipts if receipt.state is not None), default=None)
    ranked = {"TTL_EXPIRATION_REVOKED": State.EXPIRED, "DELIVERED": State.DELIVERED, "READ": State.READ}
    assert reached == max((ranked[word] for word in order if word in ranked), default=None)
    assert len({receipt.event_key for receipt in receipts}) == len(set(order)), "a repeat has the key of the first"


def test_a_token_is_asked_for_with_an_assertion_signed_by_the_account() -> None:
    asked = _google().token_request(examples.NOW)
    assert isinstance(asked, Request)
    assert (asked.method, asked.url) == ("POST", "https://oauth2.googleapis.com/token")
    form = parse_qs(asked.body.decode(), strict_parsing=True)
    assert form["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
    key: Any = load_pem_private_key(_GOOD["private_key"].encode(), None)
    claims = jwt.decode(form["assertion"][0], key.public_key(), algorithms=["RS256"], options={"verify_signature": True,
        "verify_exp": False, "verify_iat": False, "verify_aud": False})  # fmt: skip
    issued = int(examples.NOW.timestamp())
    assert claims == {
        "iss": _GOOD["client_email"],
        "scope": "https://www.googleapis.com/auth/rcsbusinessmessaging",
        "aud": "https://oauth2.googleapis.com/token",
        "iat": issued,
        "exp": issued + 3600,
    }


def test_an_account_elsewhere_asks_for_its_token_there() -> None:
    asked = _google("http://127.0.0.1:9/google/").token_request(examples.NOW)
    assert isinstance(asked, Request)
    assert asked.url == "http://127.0.0.1:9/google/token"


@pytest.mark.parametrize(("status", "body", "seconds"), [
    (200, b'{"access_token": "ya29.x", "expires_in": 3599, "token_type": "Bearer"}', 3599),
    (200, b'{"access_token": "ya29.x"}', None),
    (200, b'{"access_token": "ya29.x", "expires_in": true}', None),
    (200, b'{"access_token": "", "expires_in": 3599}', None),
    (200, b'{"access_token": "a\\r\\nb", "expires_in": 3599}', None),
    (200, b"<html>", None),
    (400, b'{"error": "invalid_grant", "access_token": "x", "expires_in": 3599}', None),
])  # fmt: skip
def test_a_token_is_read_only_from_a_clear_answer(status: int, body: bytes, seconds: int | None) -> None:
    wanted = None if seconds is None else Token("ya29.x", examples.NOW + timedelta(seconds=seconds))
    assert _google().read_token(Response(status, {}, body), examples.NOW) == wanted


def test_a_key_with_escaped_line_ends_is_the_same_key() -> None:
    escaped = _GOOD["private_key"].replace("\n", "\\n")
    assert _google(private_key=escaped).token_request(examples.NOW) == _google().token_request(examples.NOW)


def test_a_key_that_is_none_is_refused_by_name() -> None:
    with pytest.raises(BadCredentials) as refused:
        _google(private_key="-----BEGIN PRIVATE KEY-----\n" + "A" * 400 + "\n-----END PRIVATE KEY-----\n")
    assert refused.value.field == "private_key"


def test_a_region_has_its_own_host() -> None:
    built = _google(region="europe").build_request(examples.message(Channel.RCS))
    assert built.url.startswith("https://europe-rcsbusinessmessaging.googleapis.com/v1/phones/")


def test_the_id_of_a_message_is_ours_and_stays() -> None:
    provider = _google()
    first, second = (provider.build_request(examples.message(Channel.RCS)) for _ in range(2))
    assert first == second
    assert parse_qs(urlsplit(first.url).query)["messageId"] == [examples.OWN_ID]
    assert "authorization" not in first.headers, "the sender adds the token"


@pytest.mark.parametrize("content", [
    Content(cards=(Card(text="x" * 1_990),)),
    Content(media=(Media(url="https://media.blue.example/a.pdf", content_type="application/pdf"),)),
])  # fmt: skip
def test_what_one_message_cannot_hold_is_not_cut(content: Content) -> None:
    with pytest.raises(ValueError, match="card"):
        _google().build_request(examples.message(Channel.RCS, body="Reply STOP to end", content=content))


def test_a_message_is_revoked_by_its_id() -> None:
    asked = _google().build_cancel("id/1", to="+14155550123", channel=Channel.RCS)
    assert asked is not None
    assert asked.method == "DELETE"
    assert asked.url == (
        "https://rcsbusinessmessaging.googleapis.com/v1/phones/+14155550123/agentMessages/id%2F1?agentId=blue_shop_agent"
    )
    assert _google().build_cancel("id", to="+14155550123", channel=Channel.SMS) is None


@pytest.mark.parametrize(("status", "revoked"), [(200, True), (404, False), (400, False), (500, False)])
def test_only_a_yes_revokes(status: int, revoked: bool) -> None:
    assert _google().read_cancel(Response(status, {}, b"{}")) is revoked


def test_a_number_is_asked_about() -> None:
    own_id = "0199d3a2-6c1e-7b7a-8f00-0123456789ab"
    asked = _google().build_capability("+14155550123", "blue_shop_agent", own_id)
    parts = urlsplit(asked.url)
    query = parse_qs(parts.query, strict_parsing=True)
    assert (asked.method, parts.path) == ("GET", "/v1/phones/+14155550123/capabilities")
    assert query["agentId"] == ["blue_shop_agent"]
    assert query["requestId"] == [own_id]  # one of its own: a question under an id of before is ignored


@pytest.mark.parametrize(("status", "body", "can"), [
    (200, b'{"features": ["RICHCARD_STANDALONE", "ACTION_DIAL"]}', True),
    (404, b'{"error": {"status": "NOT_FOUND"}}', False),
    (200, b"<html>", None),
    (403, b"{}", None),
    (429, b"{}", None),
    (503, b"{}", None),
])  # fmt: skip
def test_yes_no_or_not_said(status: int, body: bytes, can: bool | None) -> None:
    assert _google().read_capability(Response(status, {}, body)) is can
