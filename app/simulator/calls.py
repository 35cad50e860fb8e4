"""How does Twilio answer about calls? Calls: create, fetch, list, and change one that is under way, with its errors."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime

from app.clock import new_id
from app.simulator.carrier import Carrier
from app.simulator.line import Line
from app.simulator.phone_call import ENDED, PhoneCall, draw_call
from app.simulator.refusals import Form, error_of, first, is_url
from app.simulator.undergoing import THROTTLED, fates, given, turned_away
from app.simulator.wire import Answer, Call, as_json, read_form

PREFIX = "/2010-04-01/"
_PATH = re.compile(r"/2010-04-01/Accounts/([^/]+)/Calls(?:/([^/]+))?\.json")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_LONGEST_TWIML, _LARGEST_PAGE = 4_000, 1_000
_EVENTS = frozenset({"initiated", "ringing", "answered", "completed"})
_DETECTIONS = frozenset({"", "Enable", "DetectMessageEnd"})

Check = Callable[[Form, Carrier], bool]


def _without_document(form: Form, _: Carrier) -> bool:
    return not any(first(form, name) for name in ("Url", "Twiml", "ApplicationSid"))


def _with_bad_url(form: Form, _: Carrier) -> bool:
    return any(name in form and not is_url(first(form, name)) for name in ("Url", "StatusCallback", "AsyncAmdStatusCallback"))


def _closed(form: Form, carrier: Carrier) -> bool:
    return first(form, "To").startswith(carrier.config.closed_regions)


def _not_owned(form: Form, carrier: Carrier) -> bool:
    return bool(carrier.config.senders) and first(form, "From") not in carrier.config.senders


# Twilio's pages name the codes; first the request, then what the account may.
_CHECKS: tuple[tuple[str, Check], ...] = (
    ("21201", lambda form, _: not first(form, "To")),
    ("21213", lambda form, _: not first(form, "From")),
    ("21205", _without_document),
    ("21205", _with_bad_url),
    ("20001", lambda form, _: len(first(form, "Twiml")) > _LONGEST_TWIML),
    ("20001", lambda form, _: first(form, "MachineDetection") not in _DETECTIONS),
    ("21217", lambda form, _: not _E164.fullmatch(first(form, "To"))),
    ("21210", _not_owned),
    ("21215", _closed),
)


async def answer(carrier: Carrier, call: Call) -> Answer:
    """Whatever is asked under /2010-04-01 that is about calls."""
    found = _PATH.fullmatch(call.path)
    if found is None:
        return _error("20404")
    account, sid = found.groups()
    if not carrier.may_use(call.header(b"authorization"), account):
        return _refused(carrier, "20003")
    if sid is None:
        return await _create(carrier, call, account) if call.method == "POST" else _listed(carrier, call, account)
    known = carrier.ledger.calls.get(sid)
    if known is None or known.account != account:
        return _error("20404")
    return _changed(carrier, call, known) if call.method == "POST" else as_json(known.resource())


def _refused(carrier: Carrier, code: str) -> Answer:
    carrier.ledger.refused[code] += 1
    return _error(code)


def _error(code: str, status: int | None = None) -> Answer:
    usual, words = error_of(code)
    body = {"code": int(code), "message": words, "more_info": f"https://www.twilio.com/docs/errors/{code}"}
    return as_json({**body, "status": status or usual}, status or usual)


def _trouble(status: int) -> Answer:
    return _error("20500", status)


async def _create(carrier: Carrier, call: Call, account: str) -> Answer:
    """POST Calls.json."""
    carrier.ledger.posts += 1
    form = read_form(call.body)
    code = next((code for code, is_wrong in _CHECKS if is_wrong(form, carrier)), None)
    if code is not None:
        return _refused(carrier, code)
    to = first(form, "To")
    (fate,) = fates(carrier, [to])
    if fate.status is not None:
        return await turned_away(carrier, fate, fate.status, _trouble)
    await asyncio.sleep(fate.latency)
    if fate.refuse is not None:
        told = _refused(carrier, fate.refuse)
        return replace(told, extra=((b"twilio-concurrent-requests", b"1"),)) if fate.refuse == THROTTLED else told
    taken = _taken(carrier, account, form)
    whole = as_json(taken.resource(), 201)
    carrier.outbox.run(Line(carrier, taken).live())
    return given(carrier, fate, whole, _trouble)


def _taken(carrier: Carrier, account: str, form: Form) -> PhoneCall:
    to = first(form, "To")
    taken = PhoneCall(
        sid="CA" + new_id().hex,
        account=account,
        to=to,
        sender=first(form, "From"),
        fate=draw_call(carrier.config, to=to, nth=carrier.ledger.attempts[to]),
        taken=carrier.clock.now(),
        document=first(form, "Twiml").encode(),
        url=first(form, "Url"),
        callback=first(form, "StatusCallback"),
        events=frozenset(form.get("StatusCallbackEvent", ())) & _EVENTS or frozenset({"completed"}),
        detection=first(form, "MachineDetection"),
        detects_beside=first(form, "AsyncAmd") == "true",
        machine_callback=first(form, "AsyncAmdStatusCallback"),
    )
    carrier.ledger.calls[taken.sid] = taken
    return taken


def _changed(carrier: Carrier, call: Call, known: PhoneCall) -> Answer:
    """POST Calls/{sid}.json: another document, or the end; canceled only before it is answered, the rest only while it lasts."""
    form = read_form(call.body)
    status, twiml, url = (first(form, name) for name in ("Status", "Twiml", "Url"))
    if known.status in ENDED or (status == "canceled") != (known.status in {"queued", "ringing"}):
        return _refused(carrier, "21220")
    if status in {"canceled", "completed"}:
        known.status = status
    elif twiml or is_url(url):
        known.document, known.url = twiml.encode(), url or known.url
    else:
        return _refused(carrier, "21205")
    known.changed.set()
    return as_json(known.resource())


def _listed(carrier: Carrier, call: Call, account: str) -> Answer:
    """GET Calls.json, newest first; To, From, Status and the day of StartTime choose, as with messages."""
    query = call.query
    try:
        since = _day(query.get("StartTime>"))
        size, page = max(1, min(_LARGEST_PAGE, int(query.get("PageSize", "50")))), max(0, int(query.get("Page", "0")))
    except ValueError:
        return _error("20404", 400)
    found = [
        known
        for known in carrier.ledger.calls.values()
        if known.account == account
        and query.get("To") in {None, known.to}
        and query.get("From") in {None, known.sender}
        and query.get("Status") in {None, known.status}
        and (since is None or known.taken.date() >= since)
    ][::-1]
    shown = [known.resource() for known in found[page * size : (page + 1) * size]]
    return as_json({"calls": shown, "page": page, "page_size": size, "next_page_uri": None})


def _day(text: str | None) -> date | None:
    return datetime.fromisoformat(text).date() if text else None
