"""Is one file all a carrier takes? The README's example is dropped in, and a message, its receipts and a STOP go through it."""

import base64
import hmac
import json
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from app import providers
from app.domain.ids import decode_id
from app.providers.registry import installed
from app.usecases.context import Context
from app.usecases.dispatch_lane import dispatch_lane
from tests.factories import calling, make_key, make_workspace
from tests.shop import Shop
from tests.usecases.carrier_server import Answer, CarrierServer, Heard, carrier_server

_FILE = Path(__file__).resolve().parents[2] / "examples/provider/acme.py"
_PHONE, _SENDER, _SECRET = "+12125550142", "+18885550100", "a-signing-secret"


@pytest.fixture
def acme(tmp_path: Path) -> Iterator[type[Any]]:
    """Acme, installed by nothing but its file in a folder of the package."""
    shutil.copy(_FILE, tmp_path / "acme.py")
    providers.__path__.append(str(tmp_path))
    yield installed()["acme"]
    providers.__path__.remove(str(tmp_path))
    del sys.modules[f"{providers.__name__}.acme"]


class _Carrier:
    """Acme's side: it loses the first answers, and takes a message with a key it knows once."""

    def __init__(self, *, lost: int = 0) -> None:
        self.lost = lost
        self.taken: dict[str, Any] = {}

    def answer(self, heard: Heard) -> Answer:
        key = heard.headers["idempotency-key"]
        self.taken.setdefault(key, heard.body)
        if self.lost > 0:
            self.lost -= 1
            return 0, None
        return 201, {"id": f"acme-{key}"}


@pytest.fixture
async def shop(context: Context, acme: type[Any]) -> AsyncIterator[Shop]:
    ready = replace(context, provider_kinds={**context.provider_kinds, "acme": acme})
    workspace_id = await make_workspace(ready)
    async with calling(ready, await make_key(ready, workspace_id)) as client:
        yield Shop(ready, client, workspace_id)


async def _sent(shop: Shop, server: CarrierServer) -> dict[str, Any]:
    provider = await shop.provider(
        kind="acme", base_url=server.url, credentials={"api_key": "a-key-of-acme", "signing_secret": _SECRET}
    )
    sender = await shop.sender(provider_id=provider["id"], address=_SENDER)
    message = await shop.made(
        "/v1/messages", {"to": _PHONE, "purpose": "transactional", "sender_id": sender["id"], "body": "Your order is ready."}
    )
    await dispatch_lane(shop.context, workspace_id=shop.workspace_id, sender_id=decode_id("sender", sender["id"]))
    return {**message, "provider": provider}


async def _told(shop: Shop, url: str, event: dict[str, Any]) -> int:
    body = json.dumps(event).encode()
    signature = base64.b64encode(hmac.digest(_SECRET.encode(), body, "sha256")).decode()
    parts = urlsplit(url)
    answer = await shop.client.post(f"{parts.path}?{parts.query}", content=body, headers={"acme-signature": signature})
    return answer.status_code


async def _timeline(shop: Shop, message: dict[str, Any]) -> dict[str, Any]:
    return dict((await shop.client.get(f"/v1/messages/{message['id']}")).json())


async def test_a_carrier_in_one_file_sends_hears_receipts_and_obeys_a_stop(shop: Shop) -> None:
    carrier = _Carrier()
    async with carrier_server(carrier.answer) as server:
        message = await _sent(shop, server)
        (body,) = carrier.taken.values()
        assert (body["to"], body["text"]) == (_PHONE, "Your order is ready.")
        assert (await _timeline(shop, message))["message"]["state"] == "submitted"
        (key,) = carrier.taken
        assert await _told(shop, body["callback"], {"id": f"acme-{key}", "status": "delivered"}) == 200
        assert (await _timeline(shop, message))["message"]["state"] == "delivered"
        hook = message["provider"]["webhook_url"]
        assert await _told(shop, hook + "?", {"id": "in-1", "from": _PHONE, "to": _SENDER, "text": "STOP"}) == 200
    decided = await shop.made("/v1/decisions", {"to": _PHONE, "channel": "sms", "purpose": "marketing"})
    assert "consent.revoked" in {reason["rule"] for reason in decided["reasons"]}


@pytest.mark.parametrize("lost", [1, 2])
async def test_a_lost_answer_is_asked_for_again_with_the_same_id_and_nobody_is_sent_two(shop: Shop, lost: int) -> None:
    carrier = _Carrier(lost=lost)
    async with carrier_server(carrier.answer) as server:
        message = await _sent(shop, server)
        assert len(server.heard) == lost + 1
        assert len({heard.headers["idempotency-key"] for heard in server.heard}) == len(carrier.taken) == 1
    timeline = await _timeline(shop, message)
    assert timeline["message"]["state"] == "submitted"
    assert [attempt["outcome"] for attempt in timeline["attempts"]] == ["accepted"]


async def test_repeats_end_and_what_nobody_answered_is_unknown_until_a_receipt_tells(shop: Shop) -> None:
    carrier = _Carrier(lost=9)
    async with carrier_server(carrier.answer) as server:
        message = await _sent(shop, server)
        assert len(server.heard) == 3
        assert (await _timeline(shop, message))["message"]["state"] == "unknown"
        ((key, body),) = carrier.taken.items()
        assert await _told(shop, body["callback"], {"id": f"acme-{key}", "status": "delivered"}) == 200
    timeline = await _timeline(shop, message)
    assert timeline["message"]["state"] == "delivered"
    assert [(attempt["outcome"], attempt["provider_message_id"]) for attempt in timeline["attempts"]] == [
        ("accepted", f"acme-{key}")
    ]


async def test_its_credentials_are_asked_for_by_name_and_it_is_listed(shop: Shop) -> None:
    kinds = (await shop.client.get("/v1/provider-kinds")).json()["items"]
    assert "acme" in {kind["kind"] for kind in kinds}
    refused = await shop.client.post(
        "/v1/providers", json={"kind": "acme", "name": "x", "credentials": {"api_key": "a-key-of-acme"}}
    )
    assert refused.json()["errors"][0]["pointer"] == "/body/credentials/signing_secret"
