"""How does Telnyx's v2 answer? One message a request, a repeat known by its Idempotency-Key, errors as a list with codes."""

import asyncio
import hashlib
import re
from contextlib import suppress
from dataclasses import replace
from typing import Any

from app.clock import new_id
from app.simulator.carrier import Carrier
from app.simulator.fate import Fate, draw_fate
from app.simulator.ledger import Message
from app.simulator.parts import count_parts
from app.simulator.refusals import is_url
from app.simulator.telnyx_webhooks import payload_of
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
    given = as_json({"errors": [problem]}, status or usual)
    return replace(given, extra=((b"retry-after", b"1"),)) if given.status == 429 else given


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


def _is_over_rate(carrier: Carrier, fields: Any) -> bool:
    config, now = carrier.config, asyncio.get_running_loop().time()
    rate = config.sender_rates.get(fields["from"], config.parts_per_second)
    return not carrier.ledger.within_rate(fields["from"], count_parts(fields.get("text") or ""), rate=rate, now=now)


async def _send(carrier: Carrier, account: str, call: Call, repeat: tuple[str, bytes, Answer | None]) -> Answer:
    """Take the message, or give a repeat the first one's answer; a repeat has a fate of its own on the way back."""
    own_key, digest, replayed = repeat
    try:
        fields = call.json()
    except ValueError:
        fields = None
    fault = None if replayed else _fault(carrier, fields)
    if fault is None and replayed is None and _is_over_rate(carrier, fields):
        fault = _THROTTLED
    if fault is not None:
        return _refused(carrier, fault)
    carrier.ledger.attempts[fields["to"]] = nth = carrier.ledger.attempts[fields["to"]] + 1
    fate = draw_fate(carrier.config, to=fields["to"], nth=nth)
    if replayed is not None:
        await asyncio.sleep(fate.latency)
        return _given(carrier, fate, replayed)
    if fate.refuse is not None or fate.status is not None:
        await asyncio.sleep(fate.latency)
        if fate.refuse is not None:
            return _refused(carrier, _THROTTLED if fate.refuse == "20429" else fate.refuse)
        carrier.ledger.answers[f"http_{fate.status}_before"] += 1
        return _error("10001", fate.status)
    message = _take(carrier, account, fields, fate)
    whole = as_json({"data": payload_of(message, "queued", None)})
    if own_key:
        carrier.ledger.replays[account, own_key] = (digest, whole)
    if fate.early:
        with suppress(TimeoutError):  # told too slowly: the answer goes all the same
            await carrier.tell_early(message, fate)
    await asyncio.sleep(fate.latency)
    carrier.carry(message, fate)
    return _given(carrier, fate, whole)


def _given(carrier: Carrier, fate: Fate, whole: Answer) -> Answer:
    """The answer, if it is to arrive. An error after taking is a gateway's: behind it the success is known to repeats."""
    if fate.status_after is not None:
        carrier.ledger.answers[f"http_{fate.status_after}_after"] += 1
        return _error("10001", fate.status_after)
    carrier.ledger.answers["given" if fate.lost_by is None else f"lost_by_{fate.lost_by}"] += 1
    return replace(whole, lost_by=fate.lost_by)


def _take(carrier: Carrier, account: str, fields: Any, fate: Fate) -> Message:
    text = fields.get("text") or ""
    message = Message(
        sid=str(new_id()),
        account=account,
        to=fields["to"],
        sender=fields["from"],
        service="",
        body=text,
        media=tuple(fields.get("media_urls") or ()),
        callback=fields.get("webhook_url") or "",
        validity_period=0,
        parts=count_parts(text),
        nth=carrier.ledger.attempts[fields["to"]],
        taken=carrier.clock.now(),
        at=asyncio.get_running_loop().time(),
        course=fate.course,
        wire="telnyx",
    )
    carrier.ledger.keep(message)
    return message


def _fetched(carrier: Carrier, account: str, sid: str) -> Answer:
    message = carrier.ledger.by_sid.get(sid)
    if message is None or message.account != account:
        return _error("10005")
    status, error = message.status_at(asyncio.get_running_loop().time())
    return as_json({"data": payload_of(message, status, error)})
