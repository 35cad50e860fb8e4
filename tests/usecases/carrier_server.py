"""Who answers over HTTP when a test invents a carrier? A small server that keeps what it heard and loses answers."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.listening import Call, Reply, listening

Answer = tuple[int, Any]
"""A status and what the JSON body holds; status 0 loses the answer."""


@dataclass(slots=True)
class Heard:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: Any


@dataclass(slots=True)
class CarrierServer:
    """`answer` says what each request gets, with `headers` beside; everything heard is kept in order."""

    answer: Callable[[Heard], Answer]
    url: str = ""
    heard: list[Heard] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)

    def take(self, call: Call) -> Reply | None:
        """Keep a call, and answer it."""
        body = json.loads(call.body) if call.body.startswith((b"{", b"[")) else call.body.decode()
        heard = Heard(call.target, call.headers, body)
        self.heard.append(heard)
        status, said = self.answer(heard)
        return Reply(status, json.dumps(said).encode(), self.headers) if status else None


@asynccontextmanager
async def carrier_server(answer: Callable[[Heard], Answer]) -> AsyncIterator[CarrierServer]:
    """Listen on a free port."""
    found = CarrierServer(answer)
    async with listening(found.take) as found.url:
        yield found
