"""What do commands find in the database? A customer of its own for each test."""

from collections.abc import AsyncIterator

import pytest

from app.usecases.context import Context
from tests.factories import calling, make_key, make_workspace
from tests.shop import Shop


@pytest.fixture
async def shop(context: Context) -> AsyncIterator[Shop]:
    """One customer, whose key may do anything."""
    workspace_id = await make_workspace(context)
    async with calling(context, await make_key(context, workspace_id)) as client:
        yield Shop(context, client, workspace_id)
