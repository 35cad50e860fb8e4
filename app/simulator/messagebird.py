"""How does MessageBird's REST API answer? One text to up to fifty recipients, known by one id and the recipient's number."""

import asyncio
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.clock import new_id
from app.simulator.carrier import Carrier
from app.simulator.fate import Fate, Said
from app.simulator.ledger import Message
from app.simulator.messagebird_webhooks import instant, status_of
from app.simulator.numbers import plus
from app.simulator.refusals import is_url
from app.simulator.undergoing import THROTTLED, fates, given, is_throttled, of_all, set_going, take, turned_away
from app.simulator.wire import Answer, Call, as_json

PREFIX = "/messages"
_PATH = re.compile(r"/messages(?:/([^/]+))?")
_NUMBER = re.compile(r"\+?[1-9][0-9]{6,14}")
_ORIGINATOR = re.compile(r"\+?[0-9]{3,15}|[A-Za-z0-9 ]{1,11}")
_MOST_RECIPIENTS, _LONGEST_BODY, _LONGEST_VALIDITY = 50, 1_377, 172_800
_CODINGS, _TYPES = ("plain", "unicode", "auto"), ("sms", "binary", "flash")
_NO_ACCESS, _MISSING, _INVALID, _NOT_FOUND, _BAD_REQUEST = "2", "9", "10", "20", "21"
_STATUSES = {_NO_ACCESS: 401, "25": 402, _NOT_FOUND: 404, "98": 500, "99": 500}
# `statusErrorCode`: on MessageBird's own list of who stopped, and a line that takes no texts.
_STOPPED, _NO_TEXTS = "103", "11"

_Fault = tuple[str, str]  # code, parameter


async def answer(carrier: Carrier, call: Call) -> Answer:
    """Whatever is asked under /messages: one to send, to look up or to delete."""
    scheme, _, key = call.header(b"authorization").partition(" ")
    account = next((name for name, own in carrier.config.messagebird_accounts.items() if own == key), None)
    if account is None or scheme != "AccessKey":
        return _refused(carrier, _NO_ACCESS)
    found = _PATH.fullmatch(call.path)
    if found is None:
        return _error(_NOT_FOUND)
    if found[1] is None:
        return await _create(carrier, call, account) if call.method == "POST" else _error(_BAD_REQUEST, status=405)
    group = [message for message in carrier.ledger.by_group.get(found[1], []) if message.account == account]
    if not group:
        return _error(_NOT_FOUND)
    if call.method == "DELETE":
        return _deleted(carrier, group)
    return as_json(_shown(group)) if call.method == "GET" else _error(_BAD_REQUEST, status=405)


def _refused(carrier: Carrier, code: str, parameter: str | None = None) -> Answer:
    carrier.ledger.refused[code] += 1
    return _error(code, parameter)


def _error(code: str, parameter: str | None = None, *, status: int | None = None) -> Answer:
    fault = {"code": int(code), "description": "The request was refused", "parameter": parameter}
    return as_json({"errors": [fault]}, status or _STATUSES.get(code, 422))


def _trouble(status: int) -> Answer:
    """A 429 and a gateway's error have no code of the API's."""
    told = as_json({"errors": [{"description": "Something is in the way", "parameter": None}]}, status)
    return replace(told, extra=((b"retry-after", b"1"),)) if status == 429 else told


async def _create(carrier: Carrier, call: Call, account: str) -> Answer:
    carrier.ledger.posts += 1
    try:
        fields = call.json()
    except ValueError:
        fields = None
    fault = _fault(carrier, fields) if isinstance(fields, dict) else (_BAD_REQUEST, "")
    if fault is not None:
        return _refused(carrier, fault[0], fault[1] or None)
    return await _send(carrier, account, fields)


def _fault(carrier: Carrier, fields: Mapping[str, Any]) -> _Fault | None:
    """The first fault of a request, if it has one: what is missing (9) or cannot be used (10)."""
    for name in ("originator", "body", "recipients"):
        if not fields.get(name):
            return _MISSING, name
    numbers, config = fields["recipients"], carrier.config
    are_numbers = isinstance(numbers, list) and len(numbers) <= _MOST_RECIPIENTS and all(map(_is_number, numbers))
    checks = (
        ("originator", _is_originator(fields["originator"], config.senders)),
        ("recipients", are_numbers and not any(plus(str(number)).startswith(config.closed_regions) for number in numbers)),
        ("body", isinstance(fields["body"], str) and len(fields["body"]) <= _LONGEST_BODY),
        ("reference", isinstance(fields.get("reference", ""), str)),
        ("reportUrl", fields.get("reportUrl") is None or is_url(str(fields["reportUrl"]))),
        ("validity", _is_validity(fields.get("validity", 1))),
        ("datacoding", fields.get("datacoding", "plain") in _CODINGS),
        ("type", fields.get("type", "sms") in _TYPES),
    )
    return next(((_INVALID, name) for name, is_right in checks if not is_right), None)


def _is_number(number: Any) -> bool:
    return isinstance(number, str | int) and _NUMBER.fullmatch(str(number)) is not None


def _is_originator(text: Any, senders: Sequence[str]) -> bool:
    return isinstance(text, str) and _ORIGINATOR.fullmatch(text) is not None and (not senders or plus(text) in senders)


def _is_validity(seconds: Any) -> bool:
    return isinstance(seconds, int) and not isinstance(seconds, bool) and 0 < seconds <= _LONGEST_VALIDITY


async def _send(carrier: Carrier, account: str, fields: Mapping[str, Any]) -> Answer:
    sender, body = plus(fields["originator"]), fields["body"]
    numbers = list(dict.fromkeys(plus(str(number)) for number in fields["recipients"]))
    drawn = fates(carrier, numbers)
    common = of_all(carrier, numbers, drawn)
    if is_throttled(carrier, [(sender, body)] * len(numbers), drawn):
        carrier.ledger.refused["429"] += 1
        return _trouble(429)
    if common.status is not None:
        return await turned_away(carrier, common, common.status, _trouble)
    refusal = next((fate.refuse for fate in drawn if fate.refuse not in {None, THROTTLED}), None)
    if refusal is not None:
        return _refused(carrier, refusal)
    group, taken = new_id().hex, []
    for to, own in zip(numbers, drawn, strict=True):
        fate = _course(carrier, (sender, to), own)
        message = take(
            carrier,
            fate,
            wire="messagebird",
            account=account,
            sid=f"{group}:{to.removeprefix('+')}",
            to=to,
            sender=sender,
            body=body,
            callback=fields.get("reportUrl") or "",
            echo=fields.get("reference") or "",
            validity=fields.get("validity", _LONGEST_VALIDITY),
            group=group,
        )
        taken.append((message, fate))
    whole = as_json(_shown([message for message, _ in taken]), 201)
    await set_going(carrier, taken, common.latency)
    return given(carrier, common, whole, _trouble)


def _course(carrier: Carrier, pair: tuple[str, str], fate: Fate) -> Fate:
    """What becomes of one recipient: who stopped, and a line that takes no texts, are told in a report."""
    code = _STOPPED if pair in carrier.ledger.opted_out else _NO_TEXTS if pair[1] in carrier.config.landlines else None
    if code is None:
        return fate
    end = (Said(after=fate.course[-1].after, status="undelivered", error=code),)
    return replace(fate, course=end, receipts=end if fate.receipts else (), early=min(fate.early, 1), reply=None)


def _shown(group: Sequence[Message]) -> dict[str, Any]:
    """A message as answers and look-ups show it."""
    first, now = group[0], asyncio.get_running_loop().time()
    items = [(message, *message.status_at(now)) for message in group]
    counts = Counter(status for _, status, _ in items)
    return {
        "id": first.group,
        "href": f"https://rest.messagebird.com/messages/{first.group}",
        "direction": "mt",
        "type": "sms",
        "originator": first.sender.removeprefix("+"),
        "body": first.body,
        "reference": first.echo or None,
        "reportUrl": first.callback or None,
        "validity": first.validity_period,
        "createdDatetime": instant(first.taken),
        "recipients": {
            "totalCount": len(items),
            "totalSentCount": len(items),
            "totalDeliveredCount": counts["delivered"],
            "totalDeliveryFailedCount": counts["undelivered"] + counts["failed"],
            "items": [
                {
                    "recipient": int(message.to.removeprefix("+")),
                    "statusDatetime": instant(message.taken),
                    "messagePartCount": message.parts,
                    **status_of(status, error),
                }
                for message, status, error in items
            ],
        },
    }


def _deleted(carrier: Carrier, group: Sequence[Message]) -> Answer:
    """DELETE: only what has not been sent to anybody."""
    now = asyncio.get_running_loop().time()
    if any(message.status_at(now)[0] != "queued" for message in group):
        return _refused(carrier, _BAD_REQUEST)
    for message in group:
        carrier.withdraw(message)
    return Answer(204, b"")
