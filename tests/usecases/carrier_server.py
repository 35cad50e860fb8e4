"""Who answers over HTTP when a test invents a carrier? A small server that keeps what it heard and loses answers."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

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

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
                raw = await reader.readexactly(int(headers.get("content-length", "0")))
                heard = Heard(head[0].split(" ")[1], headers, json.loads(raw) if raw.startswith((b"{", b"[")) else raw.decode())
                self.heard.append(heard)
                status, said = self.answer(heard)
                if status == 0:
                    return
                body = json.dumps(said).encode()
                beside = "".join(f"{name}: {value}\r\n" for name, value in self.headers.items())
                writer.write(f"HTTP/1.1 {status} X\r\n{beside}Content-Length: {len(body)}\r\n\r\n".encode() + body)
                await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            return
        finally:
            writer.close()


@asynccontextmanager
async def carrier_server(answer: Callable[[Heard], Answer]) -> AsyncIterator[CarrierServer]:
    """Listen on a free port."""
    found = CarrierServer(answer)
    tasks: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        await found.serve(reader, writer)

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    found.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield found
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
