"""What do Sinch's tests share? An account with all products or some, a message, a report, and callbacks as Sinch signs them."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

from app.domain.delivery import Outbound, WebhookRequest
from app.domain.message import Channel
from app.ports import Account
from app.providers.sinch import Sinch
from tests.contract import examples_of as examples

HOOK = {"webhook_username": "tactful", "webhook_password": "p@ss:word/1"}
PLAN = {"service_plan_id": "a-service-plan", "api_token": "a-token-of-the-plan"}
PROJECT = {"project_id": "a-project-id", "key_id": "an-access-key", "key_secret": "its-secret"}
# The example of Sinch's page "Callback Request Signing".
VOICE = {"application_key": "669E367E-6BBA-48AB-AF15-266871C28135", "application_secret": "BeIukql3pTKJ8RGL5zo0DA=="}
SECRET = "a-secret-for-webhooks"
URL = "https://hooks.blue.example/webhooks/sinch/prv_1"
BATCH = "01FC66621XXXXX119Z8PMV1QPU"


def sinch(*sets: dict[str, str], base_url: str | None = None, **more: str) -> Sinch:
    """The provider with the given sets of credentials, or all of them."""
    given = {**HOOK, **(PLAN | PROJECT | VOICE if not sets else {})}
    for one in sets:
        given |= one
    return Sinch(Account({**given, **more}, base_url))


def member_of(place: int, **fields: Any) -> Outbound:
    """A message of a number's own."""
    return examples.message(fields.pop("channel", Channel.SMS), to=f"+1415555{place:04d}", **{"body": f"Hello {place}", **fields})


def callback(body: bytes, headers: dict[str, str], *, url: str = URL) -> WebhookRequest:
    """A call on our URL as it came."""
    return WebhookRequest(
        method="POST", url=url, query=url.partition("?")[2], headers=headers, body=body, received_at=examples.NOW
    )


def signed_callback(
    body: bytes,
    *,
    secret: str = SECRET,
    nonce: str = "n-1",
    at: float = 0.0,
    algorithm: str = "HmacSHA256",
    authorization: str = "",
) -> WebhookRequest:
    """Signed as the Conversation API signs."""
    stamp = str(int(examples.NOW.timestamp() + at))
    hashed = hmac.new(secret.encode(), body + f".{nonce}.{stamp}".encode(), hashlib.sha256).digest()
    names = ("", "-nonce", "-timestamp", "-algorithm")
    values = (base64.b64encode(hashed).decode(), nonce, stamp, algorithm)
    headers = {f"x-sinch-webhook-signature{name}": value for name, value in zip(names, values, strict=True)}
    return callback(body, headers | {"authorization": authorization})


def signed_call(body: bytes, *, path: str = "/webhooks/sinch/prv_1", secret: str = "", at: float = 0.0) -> WebhookRequest:
    """Signed as the Voice API signs."""
    stamp = (examples.NOW + timedelta(seconds=at)).isoformat().replace("+00:00", "Z")
    md5 = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
    signed = f"POST\n{md5}\napplication/json\nx-timestamp:{stamp}\n{path}".encode()
    hashed = hmac.new(base64.b64decode(secret or VOICE["application_secret"]), signed, hashlib.sha256).digest()
    shown = f"application {VOICE['application_key']}:{base64.b64encode(hashed).decode()}"
    return callback(
        body, {"authorization": shown, "x-timestamp": stamp, "content-type": "application/json"}, url=f"{URL}?r={'r' * 36}"
    )


def report_of(status: str, code: int = 0, recipient: str = "14155550123") -> bytes:
    """A report of one recipient."""
    return json.dumps({
        "type": "recipient_delivery_report_sms", "batch_id": BATCH, "recipient": recipient, "status": status, "code": code,
    }).encode()  # fmt: skip
