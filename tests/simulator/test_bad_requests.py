"""Does any request break the simulated carrier? Rubbish in any field of any wire, and no answer of 5xx."""

import random
from base64 import b64encode
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import orjson

from app.clock import Clock
from app.domain.delivery import Request
from app.ports import Account
from app.providers.google_rbm import GoogleRbm
from tests.simulator.rbm_account import AGENT, CREDENTIALS, settings_of
from tests.simulator.running import PERSON, SENDER, carrier

_RUBBISH: tuple[Any, ...] = (None, 0, -1, True, "", "x", "\x00", [], [[]], [None], {}, {"x": []}, 1e300, "9" * 400, "http://[")
_SMS = {"sender": SENDER, "destinations": [{"to": PERSON, "messageId": "m"}], "content": {"text": "hi"}}
_HOOK = "https://hooks.shop.example/x"
_BODIES: Mapping[str, dict[str, Any]] = {
    "/sms/3/messages": {
        "messages": [{**_SMS, "webhooks": {"delivery": {"url": _HOOK, "intermediateReport": True}, "callbackData": "c"}}]
    },
    "/v2/messages": {"to": PERSON, "from": SENDER, "text": "hi", "media_urls": [], "webhook_url": _HOOK},
    "/xms/v1/sinch-service-plan/batches": {
        "to": [PERSON], "from": SENDER, "body": "hi ${a}", "type": "mt_text", "parameters": {"a": {"default": "x"}},
        "client_reference": "c", "callback_url": _HOOK, "expire_at": "2026-01-01T00:00:00Z", "delivery_report": "per_recipient",
    },
    "/messages": {
        "originator": SENDER, "recipients": [PERSON], "body": "hi", "reference": "r", "reportUrl": _HOOK, "validity": 60,
        "datacoding": "auto", "type": "sms",
    },
    "/v1/messages": {
        "to": PERSON[1:], "from": SENDER[1:], "channel": "sms", "message_type": "text", "text": "hi", "client_ref": "c",
        "webhook_url": _HOOK, "webhook_version": "v1", "ttl": 60,
    },
    f"/v1/phones/{PERSON}/agentMessages": {
        "contentMessage": {"richCard": {"carouselCard": {"cardWidth": "SMALL", "cardContents": [
            {"title": "a", "media": {"height": "TALL", "contentInfo": {"fileUrl": _HOOK}}},
            {"title": "b", "suggestions": [{"reply": {"text": "t", "postbackData": "p"}}]},
        ]}}, "suggestions": [{"action": {"text": "t", "postbackData": "p", "shareLocationAction": {}}}]},
        "messageTrafficType": "PROMOTION", "ttl": "10s",
    },
    "/admin/inbound": {"from": PERSON, "to": SENDER, "body": "hi", "account": "telnyx"},
    "/admin/rbm-handshake": {"agent": AGENT, "url": "http://127.0.0.1:9/x"},
}  # fmt: skip
_TRIED = 70  # of each wire, of some hundreds
_KEYS = {"/sms": "App simulated-infobip-key", "/v2/": "Bearer simulated-telnyx-key", "/xms": "Bearer simulated-sinch-token"}
_KEYS["/mes"] = "AccessKey simulated-messagebird-key"
_KEYS["/v1/messages"] = "Basic " + b64encode(b"51mulated:simulated-vonage-secret").decode()


def _spoilt(value: Any) -> Iterator[Any]:
    """The value with rubbish in each of its places, one at a time."""
    yield from _RUBBISH
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from ({**value, name: other} for other in _spoilt(inner))
            yield {key: inner for key, inner in value.items() if key != name}
    if isinstance(value, list):
        for place, inner in enumerate(value):
            yield from ([*value[:place], other, *value[place + 1 :]] for other in _spoilt(inner))


async def test_no_rubbish_is_answered_with_a_fault_of_the_carriers() -> None:
    async with carrier(**settings_of(""), receipts=False) as running, httpx.AsyncClient(base_url=running.url) as client:
        asked = GoogleRbm(Account(CREDENTIALS, running.url)).token_request(Clock().now())
        assert isinstance(asked, Request)
        token = (await client.post(asked.url, content=asked.body, headers=dict(asked.headers))).json()["access_token"]
        keys = {**_KEYS, "/v1/": f"Bearer {token}"}
        query = {"messageId": "018f0000-0000-7000-8000-000000000001", "agentId": AGENT}
        for path, body in _BODIES.items():
            headers = {"authorization": keys.get(path, keys.get(path[:4], ""))}
            spoilt_bodies = list(_spoilt(body))
            for spoilt in random.Random(7).sample(spoilt_bodies, min(_TRIED, len(spoilt_bodies))):
                answer = await client.post(path, params=query, content=orjson.dumps(spoilt), headers=headers)
                assert answer.status_code < 500, (path, spoilt)
            for broken in (b"", b"{", b"\xff\xfe", b"null"):
                assert (await client.post(path, params=query, content=broken, headers=headers)).status_code < 500, (path, broken)
