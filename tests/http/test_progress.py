"""How is a campaign followed live? Every change is an event, the end is one too, and nobody polls for a listener who left."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import orjson
import pytest
import uvicorn

from app.main import create_app
from app.settings import Settings
from tests.shop import Shop, at_noon, path_of

NEW_YORK, LOS_ANGELES = "+12125550100", "+13105550100"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """It is always noon in New York here."""
    return at_noon(settings)


def events_of(text: str) -> list[tuple[str, dict[str, Any]]]:
    """(event, data) of a stream."""
    found = []
    for block in text.strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n") if not line.startswith(":"))
        if fields:
            found.append((fields["event"], orjson.loads(fields["data"])))
    return found


@pytest.fixture
async def server(shop: Shop) -> AsyncIterator[uvicorn.Server]:
    """The API behind a real server on a free port of loopback."""
    app = create_app(shop.context.settings)
    app.state.context = shop.context
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, lifespan="off", log_config=None, access_log=False))
    serving = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    yield server
    server.should_exit = True
    await serving


async def until(check: Callable[[], bool]) -> None:
    async with asyncio.timeout(15):
        while not check():
            await asyncio.sleep(0.01)


@asynccontextmanager
async def listening(server: uvicorn.Server, shop: Shop, campaign: dict[str, Any]) -> AsyncIterator[AsyncIterator[str]]:
    """A live progress stream, block by block."""
    port = server.servers[0].sockets[0].getsockname()[1]
    async with (
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=shop.client.headers) as client,
        client.stream("GET", path_of(campaign, "progress")) as answer,
    ):
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        yield _blocks(answer)


async def _blocks(answer: httpx.Response) -> AsyncIterator[str]:
    lines: list[str] = []
    async for line in answer.aiter_lines():
        if line:
            lines.append(line)
            continue
        yield "\n".join(lines)
        lines = []


async def test_progress_shows_every_change_and_ends_with_the_campaign(shop: Shop, server: uvicorn.Server) -> None:
    await shop.people([NEW_YORK, LOS_ANGELES], first_name="Ana")
    campaign = await shop.launched()
    async with listening(server, shop, campaign) as blocks:
        first = events_of(await anext(blocks))
        assert first[0][1]["states"] == {"queued": 2}
        await shop.finish(campaign)
        events = [event async for block in blocks for event in events_of(block)]
    assert [name for name, _ in events] == ["progress"] * (len(events) - 1) + ["end"]
    assert events[-1][1] == events[-2][1]
    assert (events[-1][1]["states"], events[-1][1]["closed"]) == ({"delivered": 2}, True)


async def test_a_listener_who_hangs_up_leaves_nothing_running(shop: Shop, server: uvicorn.Server) -> None:
    await shop.people([NEW_YORK], first_name="Ana")
    campaign = await shop.launched()
    async with listening(server, shop, campaign) as blocks:
        assert events_of(await anext(blocks))
        assert len(server.server_state.tasks) == 1
    await until(lambda: not server.server_state.tasks)


async def test_progress_of_a_campaign_that_is_over_is_one_event_and_the_end(shop: Shop) -> None:
    await shop.people([NEW_YORK], first_name="Ana")
    campaign = await shop.launched()
    await shop.finish(campaign)
    answer = await shop.client.get(path_of(campaign, "progress"))
    assert [name for name, _ in events_of(answer.text)] == ["progress", "end"]
