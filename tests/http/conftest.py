"""Who calls the API in these tests? One customer with a workspace and a key of its own, and another who must not see it."""

from collections.abc import AsyncIterator

import pytest

from app.usecases.context import Context
from tests.factories import calling, make_key, make_workspace
from tests.shop import Shop


@pytest.fixture
async def shop(context: Context) -> AsyncIterator[Shop]:
    """A customer whose key may do anything."""
    workspace_id = await make_workspace(context)
    async with calling(context, await make_key(context, workspace_id)) as client:
        yield Shop(context, client, workspace_id)


@pytest.fixture
async def stranger(context: Context) -> AsyncIterator[Shop]:
    """Another customer of the same service."""
    workspace_id = await make_workspace(context, name="Other Shop")
    async with calling(context, await make_key(context, workspace_id)) as client:
        yield Shop(context, client, workspace_id)
