"""Which app is the carrier in a box? The APIs of several carriers, told apart by their paths, and a view of what it received."""

import asyncio
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from app.simulator import admin, api, calls, infobip, messagebird, rbm, sinch, telnyx, vonage
from app.simulator.carrier import Carrier
from app.simulator.config import SimulatorConfig
from app.simulator.wire import Answer, Call, as_json, close_of

Scope = MutableMapping[str, Any]
Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]

# The path's beginning -> who answers. Twilio's, the hot route, is asked for first.
_WIRES: tuple[tuple[str, Callable[[Carrier, Call], Awaitable[Answer]]], ...] = (
    (calls.PREFIX, calls.answer),
    (infobip.PREFIX, infobip.answer),
    (telnyx.PREFIX, telnyx.answer),
    (sinch.PREFIX, sinch.answer),
    (rbm.PREFIX, rbm.answer),
    (messagebird.PREFIX, messagebird.answer),
    (vonage.PREFIX, vonage.answer),
    (rbm.TOKEN, rbm.token),
)
_MESSAGES = re.compile(r"/2010-04-01/Accounts/([^/]+)/Messages(?:/([^/]+))?\.json")


class Simulator:
    """The carrier as an ASGI app: raw, because the route of sends must not be what a benchmark measures."""

    def __init__(self, config: SimulatorConfig) -> None:
        self.carrier = Carrier(config)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or live one life."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            body = await _body(receive)
            call = Call(scope["method"], scope["path"], scope["query_string"], dict(scope["headers"]), body)
            answer = await self._answer(call)
            if answer.lost_by is None:
                await _give(answer, send)
            else:
                await self._lose(answer, scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            event = await receive()
            if event["type"] == "lifespan.startup":
                await self.carrier.outbox.open()
                await send({"type": "lifespan.startup.complete"})
            else:
                await self.carrier.outbox.close()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _answer(self, call: Call) -> Answer:
        found = _MESSAGES.fullmatch(call.path)
        if found is None:
            return await self._other(call)
        account, sid = found.groups()
        if call.method == "POST" and sid is None:
            return await api.create_message(self.carrier, call, account)
        if call.method == "POST" and sid is not None:
            return api.cancel_message(self.carrier, call, account, sid)
        if call.method == "GET":
            return api.fetch_message(self.carrier, call, account, sid) if sid else api.list_messages(self.carrier, call, account)
        return as_json({"code": 20004, "message": "Method not allowed", "status": 405}, 405)

    async def _other(self, call: Call) -> Answer:
        for beginning, answers in _WIRES:
            if call.path.startswith(beginning):
                return await answers(self.carrier, call)
        slow = admin.SLOW_ROUTES.get((call.method, call.path))
        if slow is not None:
            return await slow(self.carrier, call)
        handler = admin.ROUTES.get((call.method, call.path))
        return handler(self.carrier, call) if handler else as_json({"code": 20404, "message": "Not found", "status": 404}, 404)

    async def _lose(self, answer: Answer, scope: Scope, receive: Receive, send: Send) -> None:
        """Give no answer, or half of one. A server that cannot close a connection on demand closes it on half an answer."""
        close = close_of(scope.get("extensions"))
        if answer.lost_by == "stall" and await self._outlast(receive, close):
            return
        if answer.lost_by == "half" or close is None:
            await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
            await send({"type": "http.response.body", "body": answer.body[: len(answer.body) // 2], "more_body": True})
        if close is not None:
            close()
            await _gone(receive)

    async def _outlast(self, receive: Receive, close: Callable[[], None] | None) -> bool:
        """Say nothing for as long as stalls last; True when the client gave up before."""
        try:
            async with asyncio.timeout(self.carrier.config.stall_seconds * self.carrier.config.time_scale):
                await _gone(receive)
                return True
        except TimeoutError:
            return False
        except asyncio.CancelledError:  # the server is stopping, and would answer 500 on our behalf
            if close is not None:
                close()
            raise


async def _body(receive: Receive) -> bytes:
    event = await receive()
    body: bytes = event.get("body", b"")
    while event.get("more_body"):
        event = await receive()
        body += event.get("body", b"")
    return body


async def _gone(receive: Receive) -> None:
    """Return once the client is no longer there."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _give(answer: Answer, send: Send) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    await send({"type": "http.response.body", "body": answer.body})


def create_simulator(config: SimulatorConfig) -> Simulator:
    """The carrier as an ASGI app; its state lives as long as the app."""
    return Simulator(config)
