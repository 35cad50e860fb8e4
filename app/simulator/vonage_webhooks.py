"""How does Vonage tell what happened to a text? JSON, shown a token that signs the body's hash, but for the times it forgets."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import jwt
import orjson

from app.clock import new_id
from app.simulator.callbacks import Heard, Post
from app.simulator.config import SimulatorConfig
from app.simulator.fate import Said
from app.simulator.ledger import Message
from app.simulator.parts import count_parts

_OF_WORD = {"sent": "submitted", "delivered": "delivered", "undelivered": "undeliverable", "failed": "rejected"}
# The failures that are drawn have Twilio's codes; these say the same.
_DRAWN = {"30003": 1260, "30005": 1190, "30008": 1230}
_TRIES, _SECONDS, _ALL_SECONDS = 8, 15.0, 120.0


class VonageWebhooks:
    """Statuses and texts of people's, one a call."""

    def receipt(self, config: SimulatorConfig, message: Message, said: Said, at: datetime) -> Post:
        """A status, to the URL the message named."""
        event: dict[str, Any] = {
            "message_uuid": message.sid,
            "to": message.to.removeprefix("+"),
            "from": message.sender.removeprefix("+"),
            "timestamp": _instant(at),
            "status": _OF_WORD[said.status],
            "channel": "sms",
            "client_ref": message.echo,
            "usage": {"currency": "EUR", "price": "0.0333"},
            "sms": {"count_total": str(message.parts)},
            "destination": {"network_code": "12345"},
        }
        if said.error:
            code = _DRAWN.get(said.error, int(said.error))
            # Its title is a number in some of them and a text in others.
            event["error"] = {
                "type": f"https://developer.vonage.com/api-errors/messages#{code}",
                "title": code if said.status == "failed" else str(code),
                "detail": "The message was not delivered",
                "instance": message.sid,
            }
        return _post(config, message.account, message.callback, event, at, forgets=said.is_unsigned)

    def inbound(self, config: SimulatorConfig, heard: Heard) -> Post | None:
        """A person's text, to `vonage_inbound_url`; `keyword` is its first word, whatever that is."""
        if not config.vonage_inbound_url:
            return None
        event = {
            "message_uuid": str(new_id()),
            "to": heard.sender.removeprefix("+"),
            "from": heard.person.removeprefix("+"),
            "timestamp": _instant(heard.at),
            "channel": "sms",
            "message_type": "text",
            "text": heard.body,
            "sms": {"num_messages": str(count_parts(heard.body)), "keyword": (heard.body.split() or [""])[0].upper()},
            "usage": {"currency": "EUR", "price": "0.01"},
        }
        return _post(config, heard.account, config.vonage_inbound_url, event, heard.at)


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _post(
    config: SimulatorConfig, account: str, url: str, event: Mapping[str, Any], at: datetime, *, forgets: bool = False
) -> Post:
    """Tried again after a 5xx, a 429 or silence, never after another 4xx; what was forgotten at first is signed then."""
    body = orjson.dumps(event)
    claims = {
        "iss": "Vonage",
        "iat": int(at.timestamp()),
        "jti": str(new_id()),
        "api_key": account,
        "payload_hash": hashlib.sha256(body).hexdigest(),
    }
    token = jwt.encode(claims, config.vonage_signature_secret, algorithm="HS256")
    return Post(
        url=url,
        headers={"content-type": "application/json", "authorization": f"Bearer {token}"},
        body=body,
        retries=_TRIES,
        causes=frozenset({"ct", "rt", "5xx", "429"}),
        timeout=_SECONDS,
        total=_ALL_SECONDS,
        missing_at_first="authorization" if forgets else "",
    )
