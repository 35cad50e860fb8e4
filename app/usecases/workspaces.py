"""How is a workspace made and changed? Its name, and the policy every decision in it obeys."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from app.clock import new_id
from app.domain.errors import NotFound
from app.storage import workspaces
from app.storage.database import Database, Row, Transaction
from app.usecases.context import Context


async def create_workspace(tx: Transaction, *, name: str, now: datetime) -> UUID:
    """A new workspace's id."""
    workspace_id = new_id()
    await workspaces.add_workspace(tx, workspace_id=workspace_id, name=name, now=now)
    return workspace_id


async def read_workspace(context: Context, *, workspace_id: UUID) -> Row:
    """The caller's own workspace."""
    async with context.db.transaction() as tx:
        row = await workspaces.read_workspace(tx, workspace_id=workspace_id)
    assert row is not None  # a key cannot outlive its workspace
    return row


async def list_workspaces(db: Database) -> Sequence[Row]:
    """Every workspace of the installation, for whoever runs it."""
    async with db.transaction() as tx:
        return await workspaces.list_workspaces(tx)


async def change_workspace(
    context: Context, *, workspace_id: UUID, name: str | None, policy: Mapping[str, Any], now: datetime
) -> Row:
    """Change the name, if one is given, and those parts of the policy that are named; the workspace afterwards.

    A changed policy holds from the next claim on: messages that wait are decided again when they are due.
    """
    async with context.db.transaction() as tx:
        held = await workspaces.hold_workspace(tx, workspace_id=workspace_id)
        if held is None:
            raise NotFound("no such workspace")
        changes: dict[str, Any] = {"policy": {**held["policy"], **policy}}
        if name is not None:
            changes["name"] = name
        await workspaces.write_workspace(tx, workspace_id=workspace_id, changes=changes, now=now)
        row = await workspaces.read_workspace(tx, workspace_id=workspace_id)
    assert row is not None
    return row
