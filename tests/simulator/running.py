"""What do the simulator's tests stand on? A carrier serving on loopback, and someone who listens to its webhooks."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import uvicorn

from app.clock import Clock
from app.domain.delivery import WebhookRequest
from app.simulator.app import create_simulator
from app.simulator.config import SimulatorConfig
from app.simulator.server import SimulatorServer
from tests.listening import Call, Reply, listening

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


async def stop(server: uvicorn.Server, serving: asyncio.Task[None]) -> None:
    """End a server as it ends itself, but for the tenths of a second it waits for clients that are slow: ours have gone."""
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)
    for listening_socket in server.servers:
        listening_socket.close()
    for connection in list(server.server_state.connections):
        connection.shutdown()
    tasks = list(server.server_state.tasks)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    if server.config.lifespan != "off":
        await server.lifespan.shutdown()


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
        await stop(server, serving)


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

    def answer(self, call: Call) -> Reply | None:
        """Keep a call, and answer as was asked for."""
        url, query = self.url + call.target, call.target.partition("?")[2]
        self.heard.append(
            WebhookRequest(
                method=call.method, url=url, query=query, headers=call.headers, body=call.body, received_at=Clock().now()
            )
        )
        self.sent_when_heard.append(self.sent)
        status = self.answers.pop(0) if self.answers else 204
        return Reply(status) if status else None


@asynccontextmanager
async def listener(*answers: int) -> AsyncIterator[Listener]:
    """Listen on a free port."""
    found = Listener(answers=list(answers))
    async with listening(found.answer) as found.url:
        yield found
