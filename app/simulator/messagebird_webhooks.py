"""How does MessageBird tell what happened? A GET whose query is the report, a form for a text, each signed by a token."""

import hashlib
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import jwt

from app.clock import new_id
from app.simulator.callbacks import Heard, Post
from app.simulator.config import SimulatorConfig
from app.simulator.fate import Said
from app.simulator.ledger import Message

_OF_WORD = {
    "queued": "scheduled",
    "sent": "sent",
    "delivered": "delivered",
    "undelivered": "delivery_failed",
    "failed": "delivery_failed",
    "canceled": "expired",
}
# The failures that are drawn have Twilio's codes; these are what a network says.
_DRAWN = {"30003": 27, "30005": 1, "30008": 34}
_TRIES, _SECONDS, _ALL_SECONDS = 5, 10.0, 120.0


def instant(at: datetime) -> str:
    """An instant as MessageBird writes it."""
    return at.isoformat(timespec="seconds")


def status_of(status: str, error: str | None) -> dict[str, Any]:
    """What is said of one recipient: the word and, if it failed, the network's code."""
    told: dict[str, Any] = {"status": _OF_WORD[status]}
    if error:
        told |= {"statusReason": "unknown subscriber", "statusErrorCode": _DRAWN.get(error, int(error))}
    return told


class MessageBirdWebhooks:
    """Reports and texts of people's, one a call."""

    def receipt(self, config: SimulatorConfig, message: Message, said: Said, at: datetime) -> Post:
        """A status report, to the URL the message named."""
        told = {
            "id": message.group,
            "reference": message.echo,
            "recipient": message.to.removeprefix("+"),
            **status_of(said.status, said.error),
            "statusDatetime": instant(at),
            "mccmnc": "310260",
            "ported": 0,
        }
        url = f"{message.callback}{'&' if '?' in message.callback else '?'}{urlencode(told)}"
        return _call(config, "GET", url, b"", at)

    def inbound(self, config: SimulatorConfig, heard: Heard) -> Post | None:
        """A person's text, to `messagebird_inbound_url`."""
        if not config.messagebird_inbound_url:
            return None
        told = {
            "id": new_id().hex,
            "recipient": heard.sender.removeprefix("+"),
            "originator": heard.person.removeprefix("+"),
            "body": heard.body,
            "createdDatetime": instant(heard.at),
        }
        return _call(config, "POST", config.messagebird_inbound_url, urlencode(told).encode("ascii"), heard.at)


def _call(config: SimulatorConfig, method: str, url: str, body: bytes, at: datetime) -> Post:
    """Signed by a token over the whole URL and, where there is one, the body."""
    claims: dict[str, Any] = {
        "iss": "MessageBird",
        "nbf": int(at.timestamp()),
        "exp": int((at + timedelta(seconds=_ALL_SECONDS)).timestamp()),
        "jti": str(new_id()),
        "url_hash": hashlib.sha256(url.encode()).hexdigest(),
    }
    headers = {"accept": "*/*"}
    if body:
        claims["payload_hash"] = hashlib.sha256(body).hexdigest()
        headers["content-type"] = "application/x-www-form-urlencoded"
    headers["messagebird-signature-jwt"] = jwt.encode(claims, config.messagebird_signing_key, algorithm="HS256")
    return Post(
        url=url,
        headers=headers,
        body=body,
        retries=_TRIES,
        causes=frozenset({"all"}),
        timeout=_SECONDS,
        total=_ALL_SECONDS,
        method=method,
    )
