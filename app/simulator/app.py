"""Which app is the carrier in a box? Twilio's Messages API as Tactful meets it, and an admin view of what it received."""

import asyncio
import base64
import binascii
import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from app.simulator.carrier import Carrier, count_parts
from app.simulator.config import BadConfig, SimulatorConfig
from app.simulator.fate import draw_fate

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_MESSAGES = {
    "20003": (401, "Authenticate"),
    "20404": (404, "The requested resource was not found"),
    "20429": (429, "Too Many Requests"),
    "21211": (400, "The 'To' number is not a valid phone number."),
    "21408": (400, "Permission to send an SMS has not been enabled for the region"),
    "21602": (400, "Message body is required."),
    "21603": (400, "A 'From' phone number is required."),
    "21604": (400, "A 'To' phone number is required."),
    "21606": (400, "The 'From' phone number is not a valid, message-capable number of this account."),
    "21609": (400, "The 'StatusCallback' URL is not a valid URL."),
    "21610": (400, "Attempt to send to unsubscribed recipient"),
    "21614": (400, "'To' number is not a valid mobile number"),
    "21617": (400, "The concatenated message body exceeds the 1600 character limit."),
    "21635": (400, "'To' number cannot be a landline"),
    "60200": (400, "Invalid parameter: ValidityPeriod"),
    "30002": (401, "Account suspended"),
}


def _json(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(body), status_code=status, media_type="application/json", headers=headers)


def _error(code: str) -> Response:
    status, words = _MESSAGES.get(code, (400, "The request was refused"))
    body = {
        "code": int(code),
        "message": words,
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }
    return _json(body, status, {"Twilio-Concurrent-Requests": "1"} if status == 429 else None)


class _HalfAnswer(Response):
    """A promise of a body that never comes: the server closes the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002  # ASGI's signature
        """Send the head alone."""
        headers = [(b"content-type", b"application/json"), (b"content-length", b"400")]
        await send({"type": "http.response.start", "status": 201, "headers": headers})
        await send({"type": "http.response.body", "body": b'{"sid":', "more_body": True})


def _authorised(carrier: Carrier, request: Request, account: str) -> bool:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    try:
        user, _, password = base64.b64decode(given, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return False
    return scheme.lower() == "basic" and user == account and carrier.config.accounts.get(account) == password


def _callback_ok(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and "_" not in (parts.hostname or "")


def _fault(carrier: Carrier, form: dict[str, str]) -> str | None:
    """The code the real API would refuse this with, first fault first."""
    config = carrier.config
    to, sender, body = form.get("To", ""), form.get("From") or form.get("MessagingServiceSid", ""), form.get("Body", "")
    validity = form.get("ValidityPeriod", "36000")
    checks = (
        (not to, "21604"),
        (not _E164.fullmatch(to), "21211"),
        (not sender, "21603"),
        (sender not in config.senders, "21606"),
        (not body, "21602"),
        (len(body) > 1600, "21617"),
        ("StatusCallback" in form and not _callback_ok(form["StatusCallback"]), "21609"),
        (not validity.isdigit() or not 1 <= int(validity) <= 36000, "60200"),
        (to.startswith(config.closed_regions) if config.closed_regions else False, "21408"),
        (to in config.landlines, "21614"),
        ((sender, to) in carrier.opted_out, "21610"),
    )
    return next((code for wrong, code in checks if wrong), None)


async def _create(request: Request) -> Response:
    carrier: Carrier = request.app.state.carrier
    account = request.path_params["account"]
    carrier.posts += 1
    if not _authorised(carrier, request, account):
        return _refuse(carrier, "20003")
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return _refuse(carrier, "21604")
    form = dict(parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True))
    fault = _fault(carrier, form)
    if fault is not None:
        return _refuse(carrier, fault)
    to, sender, body = form["To"], form.get("From") or form["MessagingServiceSid"], form["Body"]
    if not carrier.within_rate(sender, count_parts(body)):
        return _refuse(carrier, "20429")
    fate = draw_fate(carrier.config, to=to, nth=carrier.nth(to))
    if fate.latency:
        await asyncio.sleep(fate.latency)
    if fate.refuse:
        return _refuse(carrier, fate.refuse)
    if fate.status is not None:
        carrier.refused[f"http_{fate.status}"] += 1
        return Response("upstream trouble", status_code=fate.status)
    message = carrier.accept(
        account=account,
        to=to,
        sender=sender,
        body=body,
        callback=form.get("StatusCallback", ""),
        validity=int(form.get("ValidityPeriod", "36000")),
    )
    answer = _json(message.resource(), 201)
    if fate.early:
        await carrier.say_early(message, fate)
    carrier.carry(message, fate)
    if fate.stall:
        await asyncio.sleep(60)
    return _HalfAnswer() if fate.lose_answer else answer


def _refuse(carrier: Carrier, code: str) -> Response:
    carrier.refused[code] += 1
    return _error(code)


async def _fetch(request: Request) -> Response:
    carrier: Carrier = request.app.state.carrier
    if not _authorised(carrier, request, request.path_params["account"]):
        return _error("20003")
    message = carrier.messages.get(request.path_params["sid"])
    return _json(message.resource()) if message else _error("20404")


async def _list(request: Request) -> Response:
    carrier: Carrier = request.app.state.carrier
    if not _authorised(carrier, request, request.path_params["account"]):
        return _error("20003")
    to = request.query_params.get("To")
    found = [message.resource() for message in carrier.messages.values() if to is None or message.to == to]
    return _json({"messages": found[:1000], "next_page_uri": None})


async def _summary(request: Request) -> Response:
    carrier: Carrier = request.app.state.carrier
    messages = carrier.messages.values()
    return _json(
        {
            "posts": carrier.posts,
            "accepted": len(carrier.messages),
            "refused": dict(carrier.refused),
            "distinct_numbers": len({message.to for message in messages}),
            "statuses": dict(Counter(message.status for message in messages)),
            "callbacks": dict(carrier.callbacks.counts),
            "pending": carrier.callbacks.pending,
            "replies": dict(carrier.replies),
        }
    )


async def _messages(request: Request) -> Response:
    carrier: Carrier = request.app.state.carrier
    query = request.query_params
    start, limit = int(query.get("cursor", "0")), min(1000, int(query.get("limit", "100")))
    wanted = [message for message in carrier.messages.values() if query.get("to") in {None, message.to}]
    page = wanted[start : start + limit]
    more = start + limit < len(wanted)
    return _json({"messages": [message.view() for message in page], "next_cursor": str(start + limit) if more else None})


async def _pending(request: Request) -> Response:
    return _json({"pending": request.app.state.carrier.callbacks.pending})


async def _reset(request: Request) -> Response:
    request.app.state.carrier.reset()
    return _json({"reset": True})


async def _config(request: Request) -> Response:
    carrier: Carrier = request.app.state.carrier
    try:
        carrier.config = carrier.config.changed(orjson.loads(await request.body()))
    except (BadConfig, ValueError, AttributeError) as error:
        return _json({"error": str(error)}, 400)
    return _json({"changed": True})


async def _inbound(request: Request) -> Response:
    carrier: Carrier = request.app.state.carrier
    try:
        said = orjson.loads(await request.body())
        person, sender, body = said["from"], said["to"], said["body"]
    except (ValueError, KeyError, TypeError):
        return _json({"error": "send {from, to, body}"}, 400)
    if not carrier.config.accounts:
        return _json({"error": "no account is configured"}, 400)
    carrier.receive(account=next(iter(carrier.config.accounts)), sender=sender, person=person, body=body)
    return _json({"sent": True})


def create_simulator(config: SimulatorConfig) -> Starlette:
    """The carrier as an ASGI app; its state lives as long as the app."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        app.state.carrier = Carrier(config)
        yield
        await app.state.carrier.callbacks.close()

    api = "/2010-04-01/Accounts/{account}"
    return Starlette(
        lifespan=lifespan,
        routes=[
            Route(f"{api}/Messages.json", _create, methods=["POST"]),
            Route(f"{api}/Messages.json", _list, methods=["GET"]),
            Route(f"{api}/Messages/{{sid}}.json", _fetch, methods=["GET"]),
            Route("/admin/summary", _summary),
            Route("/admin/messages", _messages),
            Route("/admin/pending", _pending),
            Route("/admin/config", _config, methods=["PUT"]),
            Route("/admin/inbound", _inbound, methods=["POST"]),
            Route("/admin/reset", _reset, methods=["POST"]),
        ],
    )
