"""What do the simulator's tests stand on? A carrier serving on loopback, and someone who listens to its webhooks."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from app.clock import Clock
from app.domain.delivery import WebhookRequest
from app.simulator.app import create_simulator
from app.simulator.config import SimulatorConfig
from app.simulator.server import SimulatorServer

ACCOUNT, TOKEN = "AC" + "1" * 32, "a-simulated-token"
SENDER, PERSON = "+15005550006", "+12125551000"
MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
FAST = 0.02


@dataclass(slots=True)
class Carrier:
    """A running simulator and a client of the account."""

    url: str
    client: httpx.AsyncClient

    async def send(self, to: str = PERSON, body: str = "hello", **fields: Any) -> httpx.Response:
        """Send one message as the account."""
        return await self.client.post(MESSAGES, data={"To": to, "From": SENDER, "Body": body, **fields})

    async def configure(self, **settings: Any) -> None:
        """Change settings."""
        answer = await self.client.put("/admin/config", json=settings)
        assert answer.status_code == 200, answer.text

    async def summary(self) -> dict[str, Any]:
        """The carrier's counts."""
        found: dict[str, Any] = (await self.client.get("/admin/summary")).json()
        return found

    async def quiet(self) -> None:
        """Return once no webhook is left to post."""

        async def nothing_pending() -> bool:
            return bool((await self.client.get("/admin/pending")).json()["pending"] == 0)

        await until(nothing_pending)


async def until(holds: Callable[[], Awaitable[bool]], *, seconds: float = 20.0) -> None:
    """Wait for a condition."""
    async with asyncio.timeout(seconds):
        while not await holds():
            await asyncio.sleep(0.01)


@asynccontextmanager
async def carrier(**settings: Any) -> AsyncIterator[Carrier]:
    """Serve a simulator on a free port."""
    config = SimulatorConfig(accounts={ACCOUNT: TOKEN}, senders=(SENDER,), time_scale=FAST).changed(settings)
    listening: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    server = SimulatorServer(create_simulator(config), port=0, listening=listening.set_result)
    serving = asyncio.create_task(server.serve())
    url = f"http://127.0.0.1:{await listening}"
    try:
        async with httpx.AsyncClient(base_url=url, auth=(ACCOUNT, TOKEN)) as client:
            yield Carrier(url, client)
    finally:
        server.should_exit = True
        await serving


@dataclass(slots=True)
class Listener:
    """Where webhooks arrive. `answers` are statuses for the next ones, 0 for hanging up; afterwards all get 204."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    heard: list[WebhookRequest] = field(default_factory=list)
    sent_when_heard: list[int] = field(default_factory=list)
    sent: int = 0

    @property
    def hook(self) -> str:
        """A URL to be called back on."""
        return self.url + "/hook"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                method, target, _ = head[0].split(" ")
                headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                url, query = self.url + target, target.partition("?")[2]
                self.heard.append(
                    WebhookRequest(method=method, url=url, query=query, headers=headers, body=body, received_at=Clock().now())
                )
                self.sent_when_heard.append(self.sent)
                status = self.answers.pop(0) if self.answers else 204
                if status == 0:
                    return
                writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n".encode())
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()


@asynccontextmanager
async def listener(*answers: int) -> AsyncIterator[Listener]:
    """Listen on a free port."""
    found = Listener(answers=list(answers))
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
