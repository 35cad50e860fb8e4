"""The surroundings of every promise test: time is a Tuesday noon in New York, and processes are real."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.cli.processes import free_port
from app.runtime import open_runtime
from app.settings import Settings
from tests.promises.seeding import DAYTIME
from tests.promises.world import World, world


@pytest.fixture
async def start(settings: Settings, tmp_path: Path) -> AsyncIterator[Callable[..., Any]]:
    """Give a World for `at`, `receipt_wait_hours` and any of the simulator's settings; everything ends with the test."""
    async with AsyncExitStack() as stack:

        async def begin(*, at: datetime = DAYTIME, receipt_wait_hours: float = 1.0, **config: Any) -> World:
            mine = settings.model_copy(
                update={
                    "clock_offset_seconds": (at - datetime.now(UTC)).total_seconds(),
                    "public_url": f"http://127.0.0.1:{free_port()}",
                    "receipt_wait_hours": receipt_wait_hours,
                }
            )
            context = await stack.enter_async_context(open_runtime(mine, role="test"))
            return await stack.enter_async_context(world(context, mine, tmp_path, **config))

        yield begin
