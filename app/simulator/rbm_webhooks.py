"""How does Google tell of an RCS message? Events in an envelope of its queue, signed with the agent's client token."""

import base64
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import orjson

from app.clock import new_id
from app.simulator.callbacks import Heard, Post
from app.simulator.config import SimulatorConfig
from app.simulator.fate import Said
from app.simulator.ledger import Message

_EVENTS: Mapping[str, str] = {"delivered": "DELIVERED", "read": "READ", "expired": "TTL_EXPIRATION_REVOKED"}
_NOTICES: Mapping[str, str] = {"STOP": "UNSUBSCRIBE", "START": "SUBSCRIBE"}
_TRIES, _SECONDS, _ALL_SECONDS = 10, 10.0, 120.0


class RbmWebhooks:
    """Events, one a call, to the one URL an agent has."""

    def receipt(self, config: SimulatorConfig, message: Message, said: Said, at: datetime) -> Post:
        """DELIVERED and READ by the person's phone, or the end of the time to live. Told twice, it has the same event id."""
        who = "phoneNumber" if said.status == "expired" else "senderPhoneNumber"
        event = {
            who: message.to,
            "eventType": _EVENTS[said.status],
            "eventId": str(uuid5(NAMESPACE_URL, f"{message.sid}/{said.status}")),
            "messageId": message.sid,
            "agentId": message.account,
            "sendTime": _instant(at),
        }
        return _post(config, message.account, message.callback, event, at)

    def inbound(self, config: SimulatorConfig, heard: Heard) -> Post | None:
        """What a person wrote or tapped; a keyword that is left to Google comes as a change of the subscription."""
        if not config.rbm_webhook_url:
            return None
        event: dict[str, Any] = {"senderPhoneNumber": heard.person, "agentId": heard.account, "sendTime": _instant(heard.at)}
        if heard.postback is not None:
            event |= {"messageId": new_id().hex, "suggestionResponse": {"postbackData": heard.postback, "text": heard.body}}
        elif heard.keyword is not None and heard.keyword in _NOTICES:
            event |= {"eventType": _NOTICES[heard.keyword], "eventId": str(new_id())}
        else:
            event |= {"messageId": new_id().hex, "text": heard.body}
        return _post(config, heard.account, config.rbm_webhook_url, event, heard.at)


def handshake(url: str, client_token: str, secret: str) -> Post:
    """The question whether a URL is the agent's: it answers with the secret."""
    body = orjson.dumps({"clientToken": client_token, "secret": secret})
    return _unsigned(url, body, {})


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _post(config: SimulatorConfig, agent: str, url: str, event: Mapping[str, Any], at: datetime) -> Post:
    data = orjson.dumps(event)
    kind = "EVENT" if "eventType" in event else "MESSAGE"
    envelope = {
        "message": {
            "data": base64.b64encode(data).decode("ascii"),
            "messageId": str(new_id().int % 10**16),
            "publishTime": _instant(at),
            "attributes": {"type": kind, "product": "RBM", "message_type": event.get("eventType", "TEXT")},
        },
        "subscription": f"projects/simulated/subscriptions/{agent}",
    }
    hashed = hmac.digest(config.rbm_agents.get(agent, "").encode(), data, "sha512")
    return _unsigned(url, orjson.dumps(envelope), {"x-goog-signature": base64.b64encode(hashed).decode("ascii")})


def _unsigned(url: str, body: bytes, headers: Mapping[str, str]) -> Post:
    """Tried again after any answer but a 200."""
    return Post(
        url=url,
        headers={"content-type": "application/json", **headers},
        body=body,
        retries=_TRIES,
        causes=frozenset({"all"}),
        timeout=_SECONDS,
        total=_ALL_SECONDS,
        good=frozenset({200}),
    )
