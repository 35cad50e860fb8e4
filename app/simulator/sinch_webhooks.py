"""How does Sinch tell what happened to a text? One report a recipient, by the URL's name and password and, on demand, signed."""

import base64
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from app.clock import new_id
from app.simulator.callbacks import Heard, Post, show_login
from app.simulator.config import SimulatorConfig
from app.simulator.fate import Said
from app.simulator.ledger import Message

# Our word -> Sinch's status and its code where nothing else is said (page "Delivery report statuses and codes").
_STATUSES: Mapping[str, tuple[str, int]] = {
    "queued": ("Queued", 400),
    "sent": ("Dispatched", 401),
    "delivered": ("Delivered", 0),
    "undelivered": ("Failed", 404),
    "failed": ("Rejected", 408),
    "deleted": ("Deleted", 408),
    "canceled": ("Cancelled", 407),
}
# The failures that are drawn have Twilio's codes; these say the same.
_DRAWN = {"30003": 404, "30005": 402, "30008": 403}
_TRIES, _SECONDS, _ALL_SECONDS = 8, 10.0, 120.0


def report_of(message: Message, said: Said, at: datetime) -> dict[str, Any]:
    """What became of one recipient of a batch."""
    status, usual = _STATUSES[said.status]
    code = _DRAWN.get(said.error, int(said.error)) if said.error else usual
    return {
        "type": f"recipient_delivery_report_{'mms' if message.media else 'sms'}",
        "batch_id": message.group,
        "recipient": message.to.removeprefix("+"),
        "code": code,
        "status": status,
        "at": _instant(at),
        "operator_status_at": _instant(at),
        "client_reference": message.echo,
        "applied_originator": message.sender.removeprefix("+"),
        "number_of_message_parts": message.parts,
    }


class SinchWebhooks:
    """Delivery reports and texts of people's, one a call."""

    def receipt(self, config: SimulatorConfig, message: Message, said: Said, at: datetime) -> Post:
        """A recipient's report, to the URL its batch named."""
        return _post(config, message.callback, report_of(message, said, at), at)

    def inbound(self, config: SimulatorConfig, heard: Heard) -> Post | None:
        """A person's text, to `sinch_inbound_url`."""
        if not config.sinch_inbound_url:
            return None
        said = {
            "type": "mo_text",
            "id": new_id().hex,
            "from": heard.person.removeprefix("+"),
            "to": heard.sender.removeprefix("+"),
            "body": heard.body,
            "received_at": _instant(heard.at),
            "sent_at": _instant(heard.at),
            "operator_id": "310260",
        }
        return _post(config, config.sinch_inbound_url, said, heard.at)


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _post(config: SimulatorConfig, url: str, body: Mapping[str, Any], at: datetime) -> Post:
    """Tried again after a 5xx, a 429 or silence, never after another 4xx."""
    target, shown = show_login(url)
    written = orjson.dumps(body)
    headers = {"content-type": "application/json", **shown}
    if config.sinch_signing_secret:
        nonce, stamp = new_id().hex, str(int(at.timestamp()))
        signed = written + f".{nonce}.{stamp}".encode()
        headers |= {
            "x-sinch-webhook-signature": base64.b64encode(
                hmac.digest(config.sinch_signing_secret.encode(), signed, "sha256")
            ).decode("ascii"),
            "x-sinch-webhook-signature-nonce": nonce,
            "x-sinch-webhook-signature-timestamp": stamp,
            "x-sinch-webhook-signature-algorithm": "HmacSHA256",
        }
    return Post(
        url=target,
        headers=headers,
        body=written,
        retries=_TRIES,
        causes=frozenset({"ct", "rt", "5xx", "429"}),
        timeout=_SECONDS,
        total=_ALL_SECONDS,
    )
