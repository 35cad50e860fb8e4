"""Which workspaces are there, and who may speak for them? Workspaces and their API keys; of a key only its hash is kept."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, update

from app.storage.database import Row, Transaction
from app.storage.newest import newest_first
from app.storage.tables.workspaces import api_key, workspace

_KEY_COLUMNS = (
    api_key.c.id,
    api_key.c.name,
    api_key.c.hint,
    api_key.c.scopes,
    api_key.c.created_at,
    api_key.c.expires_at,
    api_key.c.revoked_at,
    api_key.c.last_used_at,
)


async def add_workspace(tx: Transaction, *, workspace_id: UUID, name: str, now: datetime) -> None:
    """Insert a workspace with an empty policy."""
    await tx.run(insert(workspace).values(id=workspace_id, name=name, policy={}, created_at=now, updated_at=now))


async def read_workspace(tx: Transaction, *, workspace_id: UUID) -> Row | None:
    """One workspace."""
    return await tx.first(select(workspace).where(workspace.c.id == workspace_id))


async def hold_workspace(tx: Transaction, *, workspace_id: UUID) -> Row | None:
    """One workspace, locked for a change."""
    return await tx.first(select(workspace).where(workspace.c.id == workspace_id).with_for_update(key_share=True))


async def list_workspaces(tx: Transaction) -> Sequence[Row]:
    """Every workspace, oldest first."""
    return await tx.rows(select(workspace).order_by(workspace.c.id))


async def write_workspace(tx: Transaction, *, workspace_id: UUID, changes: Mapping[str, Any], now: datetime) -> None:
    """Replace the named columns."""
    await tx.run(update(workspace).where(workspace.c.id == workspace_id).values(**changes, updated_at=now))


async def add_key(
    tx: Transaction,
    *,
    workspace_id: UUID,
    key_id: UUID,
    name: str,
    secret_hash: bytes,
    hint: str,
    scopes: Sequence[str],
    expires_at: datetime | None,
    now: datetime,
) -> None:
    """Insert an API key."""
    await tx.run(
        insert(api_key).values(
            workspace_id=workspace_id,
            id=key_id,
            name=name,
            secret_hash=secret_hash,
            hint=hint,
            scopes=list(scopes),
            expires_at=expires_at,
            created_at=now,
        )
    )


async def list_keys(tx: Transaction, *, workspace_id: UUID, before: UUID | None, limit: int) -> Sequence[Row]:
    """A workspace's keys, newest first, before the given id, the revoked and expired ones too."""
    keys = select(*_KEY_COLUMNS).where(api_key.c.workspace_id == workspace_id)
    return await tx.rows(newest_first(keys, api_key.c.id, before=before, limit=limit))


async def revoke_key(tx: Transaction, *, key_id: UUID, now: datetime, workspace_id: UUID | None = None) -> bool:
    """End a key; one revoked before keeps its first date. False when there is none (in the workspace, if one is named)."""
    meant = [api_key.c.id == key_id, *([api_key.c.workspace_id == workspace_id] if workspace_id else [])]
    return await tx.run(update(api_key).where(*meant).values(revoked_at=func.coalesce(api_key.c.revoked_at, now))) > 0
