"""How is the simulated carrier's own API answered? Twilio's Messages: create, fetch, list, with its errors and its silences."""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import date
from urllib.parse import urlencode

from app.simulator.carrier import Carrier
from app.simulator.fate import Fate, draw_fate
from app.simulator.ledger import Message
from app.simulator.parts import count_parts
from app.simulator.refusals import Form, error_of, fault_of, first, sender_of
from app.simulator.wire import Answer, Call, as_json, read_form

_FORM = "application/x-www-form-urlencoded"
_LARGEST_PAGE = 1000


def _error(carrier: Carrier, code: str) -> Answer:
    carrier.ledger.refused[code] += 1
    return _error_body(code)


def _error_body(code: str, status: int | None = None) -> Answer:
    usual, message = error_of(code)
    status = status or usual
    body = {"code": int(code), "message": message, "more_info": f"https://www.twilio.com/docs/errors/{code}", "status": status}
    answer = as_json(body, status)
    return replace(answer, extra=((b"twilio-concurrent-requests", b"1"),)) if status == 429 else answer


def _fault(carrier: Carrier, form: Form, now: float) -> str | None:
    """First what is wrong with the request, then what the books say, last the rate."""
    fault = fault_of(form, carrier.config)
    if fault is not None:
        return fault
    sender = sender_of(form)
    if (sender, first(form, "To")) in carrier.ledger.opted_out:
        return "21610"
    rate = carrier.config.sender_rates.get(sender, carrier.config.parts_per_second)
    if rate and not carrier.ledger.within_rate(sender, count_parts(first(form, "Body")), rate=rate, now=now):
        return "20429"
    return None


async def create_message(carrier: Carrier, call: Call, account: str) -> Answer:
    """POST Messages.json."""
    carrier.ledger.posts += 1
    if not carrier.may_use(call.header(b"authorization"), account):
        return _error(carrier, "20003")
    is_form = call.header(b"content-type").startswith(_FORM)
    form = read_form(call.body) if is_form else {}
    now = asyncio.get_running_loop().time()
    fault = _fault(carrier, form, now)
    if fault is not None:
        return _error(carrier, fault)
    to = first(form, "To")
    carrier.ledger.attempts[to] = nth = carrier.ledger.attempts[to] + 1
    return await _undergo(carrier, account, form, draw_fate(carrier.config, to=to, nth=nth), nth)


async def _undergo(carrier: Carrier, account: str, form: Form, fate: Fate, nth: int) -> Answer:
    if fate.refuse is not None or fate.status is not None:
        await _wait(fate.latency)
        if fate.refuse is not None:
            return _error(carrier, fate.refuse)
        carrier.ledger.answers[f"http_{fate.status}_before"] += 1
        return _error_body("20500", fate.status)
    message = carrier.take(account, form, fate=fate, nth=nth)
    answer = as_json(message.resource(message.at), 201)
    if fate.early:
        with suppress(TimeoutError):  # told too slowly: the answer goes all the same
            await carrier.tell_early(message, fate)
    await _wait(fate.latency)
    carrier.carry(message, fate)
    if fate.status_after is not None:
        carrier.ledger.answers[f"http_{fate.status_after}_after"] += 1
        return _error_body("20500", fate.status_after)
    if fate.lost_by is not None:
        carrier.ledger.answers[f"lost_by_{fate.lost_by}"] += 1
        return replace(answer, lost_by=fate.lost_by)
    carrier.ledger.answers["given"] += 1
    return answer


async def _wait(seconds: float) -> None:
    if seconds > 0:
        await asyncio.sleep(seconds)


def fetch_message(carrier: Carrier, call: Call, account: str, sid: str) -> Answer:
    """GET Messages/{sid}.json."""
    if not carrier.may_use(call.header(b"authorization"), account):
        return _error_body("20003")
    message = carrier.ledger.by_sid.get(sid)
    if message is None or message.account != account:
        return _error_body("20404")
    return as_json(message.resource(asyncio.get_running_loop().time()))


def cancel_message(carrier: Carrier, call: Call, account: str, sid: str) -> Answer:
    """POST Messages/{sid}.json with Status=canceled."""
    if not carrier.may_use(call.header(b"authorization"), account):
        return _error_body("20003")
    message = carrier.ledger.by_sid.get(sid)
    if message is None or message.account != account:
        return _error_body("20404")
    if first(read_form(call.body), "Status") != "canceled" or not carrier.cancel(message):
        return _error_body("30409", 400)
    return as_json(message.resource(asyncio.get_running_loop().time()))


def _wanted(call: Call, account: str) -> Callable[[Message], bool]:
    """The filters of a list: To, From, and DateSent as a day (UTC), with < and > meaning up to and from it. Raises ValueError."""
    query = call.query
    days = {name: date.fromisoformat(query[name][:10]) for name in ("DateSent", "DateSent<", "DateSent>") if query.get(name)}

    def fits(message: Message) -> bool:
        day = message.taken.date()
        return (
            message.account == account
            and query.get("From") in {None, message.sender}
            and days.get("DateSent", day) == day
            and days.get("DateSent<", day) >= day
            and days.get("DateSent>", day) <= day
        )

    return fits


def list_messages(carrier: Carrier, call: Call, account: str) -> Answer:
    """GET Messages.json, newest first, a page at a time."""
    if not carrier.may_use(call.header(b"authorization"), account):
        return _error_body("20003")
    query = call.query
    try:
        fits, size, page = _wanted(call, account), int(query.get("PageSize", "50")), int(query.get("Page", "0"))
    except ValueError:
        return _error_body("20404", 400)
    size, page = max(1, min(_LARGEST_PAGE, size)), max(0, page)
    ledger = carrier.ledger
    candidates: Iterable[Message] = ledger.by_number.get(query["To"], []) if "To" in query else ledger.messages
    found = [message for message in candidates if fits(message)][::-1]
    chosen = found[page * size : (page + 1) * size]
    base = f"/2010-04-01/Accounts/{account}/Messages.json"
    more = len(found) > (page + 1) * size
    now = asyncio.get_running_loop().time()
    return as_json(
        {
            "messages": [message.resource(now) for message in chosen],
            "page": page,
            "page_size": size,
            "uri": base,
            "next_page_uri": f"{base}?{urlencode({**query, 'Page': page + 1})}" if more else None,
        }
    )
