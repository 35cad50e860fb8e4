"""How does Infobip tell what happened? `results` as JSON, shown the name and password that the URL carries, signed by nothing."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from app.clock import new_id
from app.simulator.callbacks import Heard, Post, show_login
from app.simulator.config import SimulatorConfig
from app.simulator.fate import Said
from app.simulator.ledger import Message
from app.simulator.parts import count_parts

_GROUPS = ("ACCEPTED", "PENDING", "UNDELIVERABLE", "DELIVERED", "EXPIRED", "REJECTED")
# Infobip's page "Response status and error codes": status id -> (group, name).
_STATUSES: Mapping[int, tuple[int, str]] = {
    5: (3, "DELIVERED_TO_HANDSET"),
    7: (1, "PENDING_ENROUTE"),
    9: (2, "UNDELIVERABLE_NOT_DELIVERED"),
    26: (1, "PENDING_ACCEPTED"),
    6: (5, "REJECTED_NETWORK"),
    8: (5, "REJECTED_PREFIX_MISSING"),
    10: (5, "REJECTED_DND"),
    12: (5, "REJECTED_NOT_ENOUGH_CREDITS"),
    13: (5, "REJECTED_SENDER"),
    14: (5, "REJECTED_DESTINATION"),
    20: (5, "REJECTED_FLOODING_FILTER"),
    21: (5, "REJECTED_SYSTEM_ERROR"),
    23: (5, "REJECTED_DUPLICATE_MESSAGE_ID"),
    52: (5, "REJECTED_DESTINATION"),
}
_OF_WORD = {"queued": 26, "accepted": 26, "sent": 7, "delivered": 5, "undelivered": 9, "failed": 21}
# The failures that are drawn have Twilio's codes; these are the error ids that say the same.
_DRAWN = {"30003": 27, "30005": 1, "30008": 5}
_NAMES = {0: "NO_ERROR", 1: "EC_UNKNOWN_SUBSCRIBER", 5: "EC_UNIDENTIFIED_SUBSCRIBER", 27: "EC_ABSENT_SUBSCRIBER"}
_TEMPORARY = frozenset({0, 5, 6, 13, 27, 31, 32})
_TRIES, _SECONDS, _ALL_SECONDS = 5, 15.0, 60.0


def status_of(number: int) -> dict[str, Any]:
    """A status by its id; one that is not in our list is a rejection."""
    group, name = _STATUSES.get(number, (5, f"REJECTED_{number}"))
    return {"groupId": group, "groupName": _GROUPS[group], "id": number, "name": name, "description": name.capitalize()}


def line_of(message: Message, said: Said, at: datetime) -> dict[str, Any]:
    """A message as reports and logs show it at one of its statuses."""
    error = _DRAWN.get(said.error, int(said.error)) if said.error else 0
    return {
        "messageId": message.sid,
        "to": message.to.removeprefix("+"),
        "from": message.sender.removeprefix("+"),
        "sentAt": _instant(message.taken),
        "doneAt": _instant(at),
        "messageCount": message.parts,
        "callbackData": message.echo,
        "price": {"pricePerMessage": 0.01, "currency": "EUR"},
        "status": status_of(_OF_WORD[said.status]),
        "error": {
            "groupId": 1 if error else 0,
            "groupName": "HANDSET_ERRORS" if error else "OK",
            "id": error,
            "name": _NAMES.get(error, f"EC_{error}"),
            "permanent": error not in _TEMPORARY,
        },
    }


class InfobipWebhooks:
    """Reports and inbound texts, one result a call."""

    def receipt(self, config: SimulatorConfig, message: Message, said: Said, at: datetime) -> Post:
        """A delivery report, to the URL the message named."""
        del config
        return _post(message.callback, {"results": [line_of(message, said, at)]})

    def inbound(self, config: SimulatorConfig, heard: Heard) -> Post | None:
        """A person's text, to `infobip_inbound_url`."""
        if not config.infobip_inbound_url:
            return None
        result = {
            "messageId": new_id().hex,
            "from": heard.person.removeprefix("+"),
            "to": heard.sender.removeprefix("+"),
            "text": heard.body,
            "cleanText": heard.body,
            "keyword": heard.keyword or "",
            "receivedAt": _instant(heard.at),
            "smsCount": count_parts(heard.body),
            "price": {"pricePerMessage": 0, "currency": "EUR"},
            "callbackData": "",
        }
        return _post(config.infobip_inbound_url, {"results": [result], "messageCount": 1, "pendingMessageCount": 0})


def _instant(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}+0000"


def _post(url: str, body: Mapping[str, Any]) -> Post:
    """Anything but a 2xx is tried again; how often the real one does is not published."""
    target, shown = show_login(url)
    headers = {"content-type": "application/json", "accept": "*/*", **shown}
    return Post(
        url=target,
        headers=headers,
        body=orjson.dumps(body),
        retries=_TRIES,
        causes=frozenset({"all"}),
        timeout=_SECONDS,
        total=_ALL_SECONDS,
    )
