"""How does Sinch's SMS API (XMS) answer? Batches of many recipients, each with words of its own and a report of its own."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from app.clock import new_id
from app.simulator.carrier import Carrier
from app.simulator.fate import Fate, Said
from app.simulator.ledger import Message
from app.simulator.numbers import plus
from app.simulator.sinch_refusals import Fault, checked
from app.simulator.sinch_webhooks import report_of
from app.simulator.undergoing import fates, given, is_throttled, of_all, set_going, take, turned_away
from app.simulator.wire import Answer, Call, as_json

PREFIX = "/xms/v1/"
_PATH = re.compile(r"/xms/v1/([^/]+)/batches(?:/([^/]+)(?:/delivery_report/([^/]+))?)?")
_PARAMETER = re.compile(r"\$\{([A-Za-z0-9_.-]{1,16})\}")
# Codes of delivery reports: a number nobody routes to, a parameter without a value, a country that is closed.
_UNROUTABLE, _UNMATCHED, _CLOSED = "402", "405", "412"
_WORDS = {401: "unauthorized", 404: "not_found", 405: "method_not_allowed", 429: "too_many_requests"}


async def answer(carrier: Carrier, call: Call) -> Answer:
    """Whatever is asked under /xms/v1: a batch to send, to list, to take back or thin out, or what became of a recipient."""
    found = _PATH.fullmatch(call.path)
    if found is None:
        return _error(404)
    plan, batch_id, recipient = found.groups()
    token = carrier.config.sinch_plans.get(plan)
    if token is None or call.header(b"authorization") != f"Bearer {token}":
        return _refused(carrier, 401)
    if batch_id is None:
        return await _batches(carrier, call, plan)
    batch = [message for message in carrier.ledger.by_group.get(batch_id, []) if message.account == plan]
    return _of_one(carrier, call, batch, recipient) if batch else _error(404)


def _of_one(carrier: Carrier, call: Call, batch: Sequence[Message], recipient: str | None) -> Answer:
    """What is asked of a batch that is there."""
    if recipient is not None:
        return _reported(carrier, batch, recipient) if call.method == "GET" else _error(405)
    if call.method == "GET":
        return as_json(_shown(batch))
    if call.method == "DELETE":
        return _taken_back(carrier, batch)
    return _thinned_out(call, batch) if call.method == "POST" else _error(405)


async def _batches(carrier: Carrier, call: Call, plan: str) -> Answer:
    if call.method == "GET":
        return _listed(carrier, call, plan)
    if call.method != "POST":
        return _error(405)
    carrier.ledger.posts += 1
    try:
        fields = checked(carrier.config, call)
    except Fault as fault:
        carrier.ledger.refused[fault.code] += 1
        return as_json({"code": fault.code, "text": fault.text}, 400)
    return await _send(carrier, plan, fields)


def _refused(carrier: Carrier, status: int) -> Answer:
    carrier.ledger.refused[_WORDS[status]] += 1
    return _error(status)


def _error(status: int) -> Answer:
    words = _WORDS.get(status, "internal_error")
    told = as_json({"code": words, "text": words.replace("_", " ")}, status)
    return replace(told, extra=((b"retry-after", b"1"),)) if status == 429 else told


async def _send(carrier: Carrier, plan: str, fields: Mapping[str, Any]) -> Answer:
    sender = plus(fields["from"])
    numbers = list(dict.fromkeys(plus(to) for to in fields["to"]))
    texts = [_words(fields, to) for to in numbers]
    drawn = fates(carrier, numbers)
    common = of_all(carrier, numbers, drawn)
    if is_throttled(carrier, [(sender, text or "") for text in texts], drawn):
        return _refused(carrier, 429)
    if common.status is not None:
        return await turned_away(carrier, common, common.status, _error)
    batch_id = new_id().hex[:26].upper()
    taken = []
    for to, text, own in zip(numbers, texts, drawn, strict=True):
        fate = _course(carrier, fields, (sender, to, text), own)
        taken.append((_take(carrier, plan, fields, (sender, to, text), fate, batch_id), fate))
    await set_going(carrier, taken, common.latency)
    return given(carrier, common, as_json(_shown([message for message, _ in taken]), 201), _error)


def _words(fields: Mapping[str, Any], to: str) -> str | None:
    """What this recipient is told, or None where a parameter has no value for it."""
    body = fields["body"] if isinstance(fields["body"], str) else fields["body"].get("message", "")
    values = fields.get("parameters", {})
    missing = False

    def value_of(found: re.Match[str]) -> str:
        nonlocal missing
        if found[1] not in values:
            return found[0]
        own = values[found[1]]
        value = own.get(to.removeprefix("+"), own.get(to, own.get("default")))
        missing = missing or value is None
        return value or ""

    said = _PARAMETER.sub(value_of, body)
    return None if missing else said


def _course(carrier: Carrier, fields: Mapping[str, Any], asked: tuple[str, str, str | None], fate: Fate) -> Fate:
    """What becomes of one recipient: a batch is taken whole, so that each refusal is told in its own report."""
    (sender, to, text), config = asked, carrier.config
    checks = (
        (("deleted", "408"), (sender, to) in carrier.ledger.opted_out),
        (("failed", _UNMATCHED), text is None),
        (("failed", _CLOSED), to.startswith(config.closed_regions)),
        (("undelivered", _UNROUTABLE), to in config.landlines),
        (("failed", fate.refuse or ""), fate.refuse is not None),
    )
    end = next((end for end, holds in checks if holds), None)
    if end is not None:
        ends = (Said(after=fate.course[-1].after, status=end[0], error=end[1]),)
        fate = replace(fate, course=ends, receipts=ends if fate.receipts else (), reply=None)
    kind = fields.get("delivery_report", "none")
    told = tuple(said for said in fate.receipts if kind == "per_recipient" or (kind != "none" and said.status != "sent"))
    return replace(fate, receipts=told, early=min(fate.early, len(told)))


def _take(
    carrier: Carrier,
    plan: str,
    fields: Mapping[str, Any],
    asked: tuple[str, str, str | None],
    fate: Fate,
    batch_id: str,
) -> Message:
    sender, to, text = asked
    return take(
        carrier,
        fate,
        wire="sinch",
        account=plan,
        sid=f"{batch_id}:{to.removeprefix('+')}",
        to=to,
        sender=sender,
        body=text or "",
        media=() if isinstance(fields["body"], str) else (fields["body"]["url"],),
        callback=fields.get("callback_url") or "",
        echo=fields.get("client_reference", ""),
        group=batch_id,
    )


def _shown(batch: Sequence[Message]) -> dict[str, Any]:
    """A batch as answers and lists show it."""
    first = batch[0]
    left = [message for message in batch if not message.is_canceled]
    return {
        "id": first.group,
        "to": [message.to.removeprefix("+") for message in left],
        "from": first.sender.removeprefix("+"),
        "canceled": not left,
        "body": first.body,
        "type": "mt_media" if first.media else "mt_text",
        "created_at": first.taken.isoformat(),
        "modified_at": first.taken.isoformat(),
        "callback_url": first.callback,
        "client_reference": first.echo,
        "flash_message": False,
    }


def _listed(carrier: Carrier, call: Call, plan: str) -> Answer:
    """The batches of a plan, the newest first; `client_reference` and `start_date` choose among them."""
    query = call.query
    try:
        since = datetime.fromisoformat(query["start_date"]) if query.get("start_date") else None
        size, page = max(1, min(100, int(query.get("page_size", "30")))), max(0, int(query.get("page", "0")))
    except ValueError:
        return as_json({"code": "syntax_invalid_parameter_format", "text": "the query cannot be read"}, 400)
    found = [
        batch
        for batch in carrier.ledger.by_group.values()
        if batch[0].account == plan
        and query.get("client_reference") in {None, batch[0].echo}
        and (since is None or batch[0].taken >= since)
    ][::-1]
    shown = [_shown(batch) for batch in found[page * size : (page + 1) * size]]
    return as_json({"count": len(found), "page": page, "page_size": len(shown), "batches": shown})


def _reported(carrier: Carrier, batch: Sequence[Message], recipient: str) -> Answer:
    message = next((each for each in batch if each.to == plus(recipient)), None)
    if message is None:
        return _error(404)
    status, error = message.status_at(asyncio.get_running_loop().time())
    return as_json(report_of(message, Said(after=0.0, status=status, error=error), carrier.clock.now()))


def _is_waiting(batch: Sequence[Message]) -> bool:
    now = asyncio.get_running_loop().time()
    return all(message.status_at(now)[0] == "queued" for message in batch)


def _taken_back(carrier: Carrier, batch: Sequence[Message]) -> Answer:
    """DELETE: as long as nothing of the batch has been sent."""
    if not _is_waiting(batch):
        return as_json({"code": "batch_already_dispatched", "text": "the batch has been sent"}, 409)
    for message in batch:
        carrier.cancel(message)
    return as_json(_shown(batch))


def _thinned_out(call: Call, batch: Sequence[Message]) -> Answer:
    """POST with `to_remove`: these recipients are left out, as long as nothing of the batch has been sent."""
    try:
        leaving = {plus(number) for number in call.json()["to_remove"]}
    except (ValueError, KeyError, TypeError, AttributeError):
        return as_json({"code": "syntax_invalid_parameter_format", "text": "to_remove cannot be used"}, 400)
    if not _is_waiting([message for message in batch if not message.is_canceled]):
        return as_json({"code": "batch_already_dispatched", "text": "the batch has been sent"}, 409)
    for message in batch:
        if message.to in leaving:
            message.is_canceled = True
    return as_json(_shown(batch))
