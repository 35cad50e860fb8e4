"""What do tests stand on? Real PostgreSQL and Redis: the embedded ones, or those in DATABASE_URL and REDIS_URL."""

import asyncio
import compileall
import os
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from app.embedded.engines import engines
from app.runtime import open_runtime
from app.settings import Settings
from app.storage import migrations
from app.usecases.context import Context
from tests.databases import create_database, drop_database

_ROOT = Path(__file__).resolve().parents[1]


def pytest_configure(config: pytest.Config) -> None:
    """Take Ctrl-C as usual in whatever a test starts, even when a shell in the background made this process ignore it.

    The service is compiled once, whatever PYTHONDONTWRITEBYTECODE says: else each of hundreds of processes would do it again.
    """
    if not hasattr(config, "workerinput"):
        for package in ("app", "workers"):
            compileall.compile_dir(_ROOT / package, quiet=1)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


# Each of several test processes has servers of its own: one of them empties Redis, and all take bells from the same queue.
_FOLDER = _ROOT / "var" / f"test-engines{os.environ.get('PYTEST_XDIST_WORKER', '')}"


@pytest.fixture(scope="session")
def servers() -> Iterator[tuple[str, str]]:
    """The URLs of the PostgreSQL and Redis under test."""
    database_url, redis_url = os.environ.get("DATABASE_URL"), os.environ.get("REDIS_URL")
    if database_url and redis_url:
        yield Settings(DATABASE_URL=database_url).database_url or "", redis_url
        return
    with engines(_FOLDER, durable=False) as started:
        yield started.database_url, started.redis_url


@pytest.fixture(scope="session")
def template_database(servers: tuple[str, str]) -> Iterator[str]:
    """A migrated database that each test's own is copied from (a copy takes some milliseconds)."""
    name = f"tactful_template_{os.getpid()}"
    url = asyncio.run(create_database(servers[0], name))
    migrations.upgrade(url)
    yield name
    asyncio.run(drop_database(servers[0], name))


@pytest.fixture
async def database_url(servers: tuple[str, str], template_database: str) -> AsyncIterator[str]:
    """A fresh, migrated database of this test's own."""
    name = f"tactful_test_{os.getpid()}_{next(_numbers)}"
    url = await create_database(servers[0], name, template=template_database)
    yield url
    await drop_database(servers[0], name)


def _count() -> Iterator[int]:
    number = 0
    while True:
        yield (number := number + 1)


_numbers = _count()


@pytest.fixture
def settings(database_url: str, servers: tuple[str, str], tmp_path: Path) -> Settings:
    """Settings for one test: its own database, the shared Redis, short time-outs."""
    return Settings(
        DATABASE_URL=database_url,
        REDIS_URL=servers[1],
        data_folder=tmp_path,
        secret_key="11" * 32,
        allow_private_provider_urls=True,
        handover_timeout_seconds=2.0,
        lease_seconds=6.0,
        database_pool=8,
    )


@pytest.fixture
async def context(settings: Settings) -> AsyncIterator[Context]:
    """The opened adapters of one process."""
    async with open_runtime(settings, role="test") as opened:
        yield opened
