"""How does Telnyx's v2 answer? One message a request, a repeat known by its Idempotency-Key, errors as a list with codes."""

import asyncio
import hashlib
import re
from dataclasses import replace
from typing import Any

from app.clock import new_id
from app.simulator.carrier import Carrier
from app.simulator.fate import Fate
from app.simulator.ledger import Message
from app.simulator.refusals import is_url
from app.simulator.telnyx_webhooks import payload_of
from app.simulator.undergoing import THROTTLED, fates, given, is_throttled, set_going, take, turned_away
from app.simulator.wire import Answer, Call, as_json

PREFIX = "/v2/messages"
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
_IDEMPOTENCY_KEY = re.compile(r"[A-Za-z0-9_:-]{1,255}")
_MOST_MEDIA = 10
# Code -> (HTTP status, title, pointer). Telnyx's page of errors names the codes; the titles are ours but for a STOP's.
_ERRORS = {
    "10001": (500, "Something went wrong", ""),
    "10002": (400, "Invalid phone number", "/to"),
    "10004": (400, "Missing required parameter", "/text"),
    "10005": (404, "Resource not found", ""),
    "10009": (401, "Authentication failed", ""),
    "10011": (429, "Too many requests", ""),
    "10015": (400, "Bad request", ""),
    "20100": (403, "Insufficient funds", ""),
    "40001": (400, "Not routable", "/to"),
    "40012": (400, "Invalid destination", "/to"),
    "40300": (400, "Blocked due to STOP message", "/to"),
    "40305": (400, "Invalid 'from' address", "/from"),
    "40310": (400, "Invalid 'to' address", "/to"),
    "40318": (429, "Queue full", ""),
}
_OTHER = (400, "The request was refused", "")
_THROTTLED = "10011"


async def answer(carrier: Carrier, call: Call) -> Answer:
    """Whatever is asked under /v2/messages: one to send, or one to look up."""
    scheme, _, key = call.header(b"authorization").partition(" ")
    account = next((name for name, own in carrier.config.telnyx_accounts.items() if own == key), None)
    if account is None or scheme != "Bearer":
        return _refused(carrier, "10009")
    if call.method == "GET":
        return _fetched(carrier, account, call.path.removeprefix(PREFIX + "/"))
    if call.method != "POST" or call.path != PREFIX:
        return _error("10005")
    carrier.ledger.posts += 1
    own_key = call.header(b"idempotency-key")
    if own_key and not _IDEMPOTENCY_KEY.fullmatch(own_key):
        return _refused(carrier, "10015")
    before = carrier.ledger.replays.get((account, own_key)) if own_key else None
    digest = hashlib.sha256(call.body).digest()
    if before is not None and before[0] != digest:
        carrier.ledger.refused["422"] += 1
        return _error("10015", 422, "Idempotency-Key was used with another body")
    return await _send(carrier, account, call, (own_key, digest, before[1] if before else None))


def _refused(carrier: Carrier, code: str) -> Answer:
    carrier.ledger.refused[code] += 1
    return _error(code)


def _error(code: str, status: int | None = None, title: str | None = None) -> Answer:
    usual, usual_title, pointer = _ERRORS.get(code, _OTHER)
    words = title or usual_title
    problem: dict[str, Any] = {"code": code, "title": words, "detail": words}
    if pointer:
        problem["source"] = {"pointer": pointer}
    told = as_json({"errors": [problem]}, status or usual)
    return replace(told, extra=((b"retry-after", b"1"),)) if told.status == 429 else told


def _fault(carrier: Carrier, fields: Any) -> str | None:
    """The code of the first fault; what is wrong with the request before what the books say."""
    if not isinstance(fields, dict):
        return "10015"
    to, sender, text, media = fields.get("to"), fields.get("from"), fields.get("text"), fields.get("media_urls") or []
    config = carrier.config
    checks = (
        ("40310", not isinstance(to, str) or not _NUMBER.fullmatch(to)),
        ("40305", not isinstance(sender, str) or not sender or bool(config.senders and sender not in config.senders)),
        ("10004", not isinstance(text or "", str) or not (text or media)),
        ("10015", not isinstance(media, list) or len(media) > _MOST_MEDIA or not all(isinstance(url, str) for url in media)),
        ("10015", fields.get("webhook_url") is not None and not is_url(str(fields["webhook_url"]))),
        ("40012", isinstance(to, str) and to.startswith(config.closed_regions)),
        ("40001", to in config.landlines),
        ("40300", isinstance(to, str) and isinstance(sender, str) and (sender, to) in carrier.ledger.opted_out),
    )
    return next((code for code, is_wrong in checks if is_wrong), None)


async def _send(carrier: Carrier, account: str, call: Call, repeat: tuple[str, bytes, Answer | None]) -> Answer:
    """Take the message, or give a repeat the first one's answer; a repeat has a fate of its own on the way back."""
    own_key, digest, replayed = repeat
    try:
        fields = call.json()
    except ValueError:
        fields = None
    fault = None if replayed else _fault(carrier, fields)
    if fault is None and replayed is None and is_throttled(carrier, [(fields["from"], fields.get("text") or "")], ()):
        fault = _THROTTLED
    if fault is not None:
        return _refused(carrier, fault)
    (fate,) = fates(carrier, [fields["to"]])
    if replayed is not None:
        await asyncio.sleep(fate.latency)
        return given(carrier, fate, replayed, _trouble)
    if fate.status is not None:
        return await turned_away(carrier, fate, fate.status, _trouble)
    if fate.refuse is not None:
        await asyncio.sleep(fate.latency)
        return _refused(carrier, _THROTTLED if fate.refuse == THROTTLED else fate.refuse)
    message = _take(carrier, account, fields, fate)
    whole = as_json({"data": payload_of(message, "queued", None)})
    if own_key:
        carrier.ledger.replays[account, own_key] = (digest, whole)
    await set_going(carrier, [(message, fate)], fate.latency)
    return given(carrier, fate, whole, _trouble)


def _trouble(status: int) -> Answer:
    return _error("10001", status)


def _take(carrier: Carrier, account: str, fields: Any, fate: Fate) -> Message:
    return take(
        carrier,
        fate,
        wire="telnyx",
        account=account,
        sid=str(new_id()),
        to=fields["to"],
        sender=fields["from"],
        body=fields.get("text") or "",
        media=tuple(fields.get("media_urls") or ()),
        callback=fields.get("webhook_url") or "",
    )


def _fetched(carrier: Carrier, account: str, sid: str) -> Answer:
    message = carrier.ledger.by_sid.get(sid)
    if message is None or message.account != account:
        return _error("10005")
    status, error = message.status_at(asyncio.get_running_loop().time())
    return as_json({"data": payload_of(message, status, error)})
