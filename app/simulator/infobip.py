"""How does Infobip's SMS v3 answer? Many messages a request, each under an id of its sender's, each with a status of its own."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.clock import new_id
from app.simulator.carrier import Carrier
from app.simulator.fate import Fate, Said
from app.simulator.infobip_webhooks import line_of, status_of
from app.simulator.ledger import Message
from app.simulator.numbers import plus
from app.simulator.parts import count_parts
from app.simulator.refusals import is_url
from app.simulator.undergoing import fates, given, is_throttled, of_all, set_going, take, turned_away
from app.simulator.wire import Answer, Call, as_json

PREFIX = "/sms/3/"
_SEND, _LOGS = "/sms/3/messages", "/sms/3/logs"
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
_LONGEST_ID, _LONGEST_ECHO = 200, 4_000
_DUPLICATE, _NOT_A_NUMBER, _NOT_OUR_SENDER, _NO_NETWORK, _ACCEPTED = 23, 52, 13, 6, 26
_STOPPED, _NOT_MOBILE = "603", "568"
_WORDS = {400: "Bad request", 401: "Unauthorized", 404: "Not found", 405: "Method not allowed", 429: "Too many requests"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """One destination of one message of a request. Numbers have their plus."""

    to: str
    sender: str
    text: str
    own_id: str
    callback: str
    wants_steps: bool
    echo: str


async def answer(carrier: Carrier, call: Call) -> Answer:
    """Whatever is asked under /sms/3: messages to send, or what the logs know of one."""
    key = call.header(b"authorization").removeprefix("App ")
    account = next((name for name, own in carrier.config.infobip_accounts.items() if own == key), None)
    if account is None or not call.header(b"authorization").startswith("App "):
        return _refused(carrier, 401)
    if (call.method, call.path) == ("GET", _LOGS):
        return _logs(carrier, call, account)
    if call.path != _SEND:
        return _error(404)
    if call.method != "POST":
        return _refused(carrier, 405)
    carrier.ledger.posts += 1
    try:
        body = call.json()
    except ValueError:
        body = None
    faults = _faults(body)
    return _refused(carrier, 400, faults) if faults else await _send(carrier, account, _wanted(body))


def _refused(carrier: Carrier, status: int, faults: Sequence[tuple[str, str]] = ()) -> Answer:
    """A request that did nothing, with the places it stumbled over."""
    carrier.ledger.refused[f"E{status}"] += 1
    return _error(status, faults)


def _error(status: int, faults: Sequence[tuple[str, str]] = ()) -> Answer:
    violations = [{"property": place, "violation": words} for place, words in faults]
    words = _WORDS.get(status, "Something went wrong")
    body = {"errorCode": f"E{status}", "description": words, "action": "", "violations": violations, "resources": []}
    told = as_json(body, status)
    return replace(told, extra=((b"retry-after", b"1"),)) if status == 429 else told


def _faults(body: Any) -> list[tuple[str, str]]:
    messages = body.get("messages") if isinstance(body, dict) else None
    if not isinstance(messages, list) or not messages:
        return [("messages", "must be a list of at least one")]
    return [(f"messages[{place}]{where}", words) for place, item in enumerate(messages) for where, words in _faults_of(item)]


def _faults_of(item: Any) -> list[tuple[str, str]]:
    if not isinstance(item, dict):
        return [("", "must be an object")]
    found = []
    destinations, content = item.get("destinations"), item.get("content")
    if not isinstance(destinations, list) or not destinations or not all(map(_is_destination, destinations)):
        found.append((".destinations", "must be a list of {to, messageId}"))
    if not isinstance(content, dict) or not isinstance(content.get("text"), str) or not content["text"]:
        found.append((".content.text", "must not be empty"))
    if not isinstance(item.get("sender"), str):
        found.append((".sender", "must be a text"))
    webhooks = item.get("webhooks") or {}
    delivery = webhooks.get("delivery") or {} if isinstance(webhooks, dict) else None
    if not isinstance(delivery, dict) or not (delivery.get("url") is None or is_url(str(delivery["url"]))):
        found.append((".webhooks.delivery.url", "must be a URL"))
    elif len(str(webhooks.get("callbackData") or "")) > _LONGEST_ECHO:
        found.append((".webhooks.callbackData", "is too long"))
    return found


def _is_destination(item: Any) -> bool:
    if not isinstance(item, dict) or not isinstance(item.get("to"), str):
        return False
    own_id = item.get("messageId", "")
    return isinstance(own_id, str) and len(own_id) <= _LONGEST_ID


def _wanted(body: Any) -> list[_Wanted]:
    found = []
    for item in body["messages"]:
        webhooks = item.get("webhooks") or {}
        delivery = webhooks.get("delivery") or {}
        found += [
            _Wanted(
                to=plus(destination["to"]),
                sender=plus(item["sender"]),
                text=item["content"]["text"],
                own_id=destination.get("messageId") or new_id().hex,
                callback=delivery.get("url") or "",
                wants_steps=delivery.get("intermediateReport") is True,
                echo=str(webhooks.get("callbackData") or ""),
            )
            for destination in item["destinations"]
        ]
    return found


async def _send(carrier: Carrier, account: str, wanted: Sequence[_Wanted]) -> Answer:
    numbers = [each.to for each in wanted]
    drawn = fates(carrier, numbers)
    common = of_all(carrier, numbers, drawn)
    if is_throttled(carrier, [(each.sender, each.text) for each in wanted], drawn):
        return _refused(carrier, 429)
    if common.status is not None:
        return await turned_away(carrier, common, common.status, _error)
    lines, taken = [], []
    for each, own in zip(wanted, drawn, strict=True):
        refusal = _refusal(carrier, each, own)
        if refusal is None:
            fate = _course(carrier, each, own)
            taken.append((_take(carrier, account, each, fate), fate))
        else:
            carrier.ledger.refused[f"status.{refusal}"] += 1
        lines.append(_line(each, refusal or _ACCEPTED))
    await set_going(carrier, taken, common.latency)
    return given(carrier, common, as_json({"bulkId": new_id().hex, "messages": lines}), _error)


def _refusal(carrier: Carrier, wanted: _Wanted, fate: Fate) -> int | None:
    """The id of the status a message is rejected with inside the 200; None when it is taken."""
    config = carrier.config
    checks = (
        (_NOT_A_NUMBER, not _NUMBER.fullmatch(wanted.to)),
        (_DUPLICATE, wanted.own_id in carrier.ledger.by_sid),
        (_NOT_OUR_SENDER, bool(config.senders) and wanted.sender not in config.senders),
        (_NO_NETWORK, wanted.to.startswith(config.closed_regions)),
    )
    found = next((number for number, is_wrong in checks if is_wrong), None)
    return found if found is not None or fate.refuse is None else int(fate.refuse)


def _course(carrier: Carrier, wanted: _Wanted, fate: Fate) -> Fate:
    """What becomes of a message taken: STOP and landlines are told in its report, and steps on the way only on demand."""
    error = _STOPPED if (wanted.sender, wanted.to) in carrier.ledger.opted_out else None
    error = error or (_NOT_MOBILE if wanted.to in carrier.config.landlines else None)
    if error is not None:
        end = (Said(after=fate.course[-1].after, status="undelivered", error=error),)
        fate = replace(fate, course=end, receipts=end if fate.receipts else (), reply=None)
    told = tuple(said for said in fate.receipts if wanted.wants_steps or said.status != "sent")
    return replace(fate, receipts=told, early=min(fate.early, len(told)))


def _take(carrier: Carrier, account: str, wanted: _Wanted, fate: Fate) -> Message:
    return take(
        carrier,
        fate,
        wire="infobip",
        account=account,
        sid=wanted.own_id,
        to=wanted.to,
        sender=wanted.sender,
        body=wanted.text,
        callback=wanted.callback,
        echo=wanted.echo,
        validity=172_800,
    )


def _line(wanted: _Wanted, status: int) -> dict[str, Any]:
    details = {"messageCount": count_parts(wanted.text)}
    return {
        "messageId": wanted.own_id,
        "status": status_of(status),
        "destination": wanted.to.removeprefix("+"),
        "details": details,
    }


def _logs(carrier: Carrier, call: Call, account: str) -> Answer:
    """The messages of an account that have this id: one or none."""
    message = carrier.ledger.by_sid.get(call.query.get("messageId", ""))
    if message is None or message.account != account:
        return as_json({"results": []})
    status, error = message.status_at(asyncio.get_running_loop().time())
    return as_json({"results": [line_of(message, Said(after=0.0, status=status, error=error), carrier.clock.now())]})
