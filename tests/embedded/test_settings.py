"""Do the servers run with what they were told, and do the drivers take their URLs?"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from arq.connections import RedisSettings, create_pool
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from app.embedded.engines import Engines, database_url_for, engines
from tests.embedded.harness import ask, pids_of, redis_of


@pytest.fixture(scope="module")
def durable(made: Path) -> Iterator[Engines]:
    """Engines as a user gets them."""
    with engines(made) as servers:
        yield servers


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("full_page_writes", "on"),
        ("max_connections", "200"),
        ("shared_buffers", "256MB"),
        ("jit", "off"),
        ("TimeZone", "UTC"),
        ("listen_addresses", ""),
        ("server_encoding", "UTF8"),
    ],
)
async def test_a_durable_server_keeps_what_it_was_told(durable: Engines, setting: str, value: str) -> None:
    assert await ask(durable, "SELECT current_setting($1)", setting) == value


async def test_text_sorts_by_code_point_whatever_the_machine_speaks(durable: Engines) -> None:
    row = "SELECT datlocprovider::text || ' ' || datlocale FROM pg_database WHERE datname = current_database()"
    assert await ask(durable, row) == "b C.UTF-8"
    assert await ask(durable, "SELECT lower('ÄÖ')") == "äö"


def test_a_durable_valkey_writes_what_it_is_told(durable: Engines) -> None:
    names = {"appendfilename": "appendonly.aof", "appenddirname": "appendonlydir"}
    with redis_of(durable) as redis:
        assert redis.config_get("append*") == {"appendonly": "yes", "appendfsync": "everysec"} | names


@pytest.mark.usefixtures("durable")
def test_the_engines_have_no_privilege_of_root(made: Path) -> None:
    for pid in pids_of(made):
        status = Path(f"/proc/{pid}/status").read_text("ascii")
        assert "CapEff:\t0000000000000000" in status


async def test_sqlalchemy_and_arq_take_the_urls_as_they_are(durable: Engines) -> None:
    engine = create_async_engine(database_url_for(durable, "template1"))
    async with engine.connect() as connection:
        assert (await connection.execute(text("SELECT current_database()"))).scalar_one() == "template1"
    await engine.dispose()
    pool = await create_pool(RedisSettings.from_dsn(durable.redis_url))
    assert await pool.ping()
    await pool.aclose()
