"""How does Telnyx tell what happened? Events as JSON, each signed by Ed25519 over its time and body."""

import base64
import hashlib
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.clock import new_id
from app.simulator.callbacks import Heard, Post
from app.simulator.config import SimulatorConfig
from app.simulator.fate import Said
from app.simulator.ledger import Message
from app.simulator.parts import count_parts

_OF_WORD = {"undelivered": "delivery_failed", "failed": "sending_failed"}
# The failures that are drawn have Twilio's codes; these say the same.
_DRAWN = {"30003": "40006", "30005": "40012", "30008": "40008"}
_TRIES, _SECONDS, _ALL_SECONDS = 2, 2.0, 30.0  # three tries a URL, two seconds each


@lru_cache(maxsize=8)
def _private_key(seed: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(seed.encode()).digest())


def public_key_of(seed: str) -> str:
    """The public key webhooks are proven by, in base64, as the account's owner is shown it."""
    return base64.b64encode(_private_key(seed).public_key().public_bytes_raw()).decode("ascii")


def payload_of(message: Message, status: str, error: str | None) -> dict[str, Any]:
    """A message as answers, look-ups and events show it."""
    code = _DRAWN.get(error, error) if error else None
    return {
        "record_type": "message",
        "direction": "outbound",
        "id": message.sid,
        "type": "MMS" if message.media else "SMS",
        "from": {"phone_number": message.sender},
        "to": [{"phone_number": message.to, "status": _OF_WORD.get(status, status), "carrier": "", "line_type": "Wireless"}],
        "text": message.body,
        "parts": message.parts,
        "webhook_url": message.callback,
        "errors": [{"code": code, "title": "Undeliverable", "detail": "Undeliverable"}] if code else [],
        "cost": {"amount": "0.0040", "currency": "USD"},
    }


class TelnyxWebhooks:
    """Events of messages and texts of people's, one a call."""

    def receipt(self, config: SimulatorConfig, message: Message, said: Said, at: datetime) -> Post:
        """message.sent or message.finalized, to the URL the message named. Told twice, it has the same event id."""
        kind = "message.sent" if said.status == "sent" else "message.finalized"
        event_id = str(uuid5(NAMESPACE_URL, f"{message.sid}/{said.status}"))
        return _post(config, message.callback, event_id, kind, payload_of(message, said.status, said.error), at)

    def inbound(self, config: SimulatorConfig, heard: Heard) -> Post | None:
        """message.received, to `telnyx_inbound_url`; `autoresponse_type` says which keyword was obeyed."""
        if not config.telnyx_inbound_url:
            return None
        payload: dict[str, Any] = {
            "record_type": "message",
            "direction": "inbound",
            "id": str(new_id()),
            "type": "SMS",
            "from": {"phone_number": heard.person},
            "to": [{"phone_number": heard.sender, "status": "webhook_delivered"}],
            "text": heard.body,
            "media": [],
            "parts": count_parts(heard.body),
        }
        if heard.keyword is not None:
            payload["autoresponse_type"] = heard.keyword
        return _post(config, config.telnyx_inbound_url, str(new_id()), "message.received", payload, heard.at)


def _post(config: SimulatorConfig, url: str, event_id: str, kind: str, payload: Mapping[str, Any], at: datetime) -> Post:
    data = {"event_type": kind, "id": event_id, "occurred_at": at.isoformat(), "record_type": "event", "payload": payload}
    body = orjson.dumps({"data": data, "meta": {"attempt": 1, "delivered_to": url}})
    stamp = str(int(at.timestamp()))
    signature = _private_key(config.telnyx_signing_seed).sign(stamp.encode() + b"|" + body)
    return Post(
        url=url,
        headers={
            "content-type": "application/json",
            "telnyx-timestamp": stamp,
            "telnyx-signature-ed25519": base64.b64encode(signature).decode("ascii"),
        },
        body=body,
        retries=_TRIES,
        causes=frozenset({"all"}),
        timeout=_SECONDS,
        total=_ALL_SECONDS,
    )
