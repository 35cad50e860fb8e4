"""When PostgreSQL cannot be reached: 503 with a time to come back, nothing done, and all well as soon as it is there again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import asyncpg
import httpx
import pytest
from sqlalchemy import make_url

from app.main import create_app
from app.usecases.context import Context
from app.usecases.sweep import sweep
from tests.factories import make_key, make_workspace

Server: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


@pytest.fixture
async def server(servers: tuple[str, str]) -> AsyncIterator[Server]:
    """A connection to the server, but not to the database under test."""
    url = make_url(servers[0]).set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(url)
    yield connection
    await connection.close()


@asynccontextmanager
async def away(server: Server, context: Context) -> AsyncIterator[None]:
    """The database takes nobody in, and everyone who was in is out."""
    name = make_url(context.settings.database_url or "").database
    await server.execute(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS false')
    await server.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")  # noqa: S608
    try:
        yield
    finally:
        await server.execute(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS true')


@pytest.fixture
async def client(context: Context) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(context.settings)
    app.state.context = context
    headers = {"Authorization": f"Bearer {await make_key(context, await make_workspace(context))}"}
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://api.test", headers=headers) as found:
        yield found


REQUESTS: tuple[tuple[str, str, Any], ...] = (
    ("GET", "/health/ready", None),
    ("GET", "/v1/contacts", None),
    ("POST", "/v1/contacts", {"phone": "+12125550142"}),
    ("POST", "/v1/opt-outs", {"phone": "+12125550142"}),
    ("POST", "/webhooks/twilio/prv_01jdd00000e008000000000001", {}),
)


async def test_while_the_database_is_away_every_door_says_so_and_when(
    client: httpx.AsyncClient, context: Context, server: Server
) -> None:
    for method, path, body in REQUESTS:
        assert (await client.request(method, path, json=body)).status_code < 500  # connections are open
    async with away(server, context):
        for _ in range(2):
            for method, path, body in REQUESTS:
                answer = await client.request(method, path, json=body)
                assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json"), (
                    path,
                    answer.text,
                )
                assert answer.json()["code"] == "unavailable"
                assert answer.headers["retry-after"]
        assert (await client.get("/health/live")).status_code == 200
        with pytest.raises(OSError, match="cannot be reached"):  # what a worker's loop takes for an outage, and goes on
            await sweep(context)
    for method, path, body in REQUESTS:
        assert (await client.request(method, path, json=body)).status_code < 500, path


async def test_a_connection_lost_in_the_middle_is_a_503_and_leaves_nothing_behind(
    client: httpx.AsyncClient, context: Context, server: Server
) -> None:
    """The table is held, so that the request waits inside its transaction when its connection is ended."""
    name = make_url(context.settings.database_url or "").database
    waiting = f"FROM pg_stat_activity WHERE datname = '{name}' AND wait_event_type = 'Lock'"
    async with context.db.transaction() as tx:
        await tx.execute("LOCK TABLE contact IN ACCESS EXCLUSIVE MODE")
        asking = asyncio.create_task(client.post("/v1/contacts", json={"phone": "+12125550142"}))
        while not await server.fetchval(f"SELECT count(*) {waiting}"):
            assert not asking.done(), asking.result().text
            await asyncio.sleep(0.02)
        await server.execute(f"SELECT pg_terminate_backend(pid) {waiting}")
        answer = await asking
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable"), answer.text
    assert (await client.get("/v1/contacts")).json()["items"] == []
    assert (await client.post("/v1/contacts", json={"phone": "+12125550142"})).status_code == 201
