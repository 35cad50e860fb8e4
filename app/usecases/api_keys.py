"""Who may call, and until when? A key's secret is shown once, at its making; only its SHA-256 is kept."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.clock import new_id
from app.domain.errors import InvalidField, NotFound
from app.storage import workspaces
from app.storage.database import Database, Row, Transaction
from app.usecases.authenticate import SCOPES, hash_secret

_RANDOM_BYTES = 32  # 43 characters


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """A key at its making, the only time its secret is known."""

    id: UUID
    name: str
    secret: str
    hint: str
    scopes: tuple[str, ...]
    expires_at: datetime | None
    created_at: datetime


async def create_key(
    tx: Transaction, *, workspace_id: UUID, name: str, scopes: Sequence[str], expires_at: datetime | None, now: datetime
) -> NewKey:
    """Make a key. Raises InvalidField for an unknown scope or an end in the past, NotFound for an unknown workspace."""
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        raise InvalidField(f"unknown scopes: {', '.join(unknown)}" if unknown else "no scope", pointer="/body/scopes")
    if expires_at is not None and expires_at <= now:
        raise InvalidField("lies in the past", pointer="/body/expires_at")
    if await workspaces.read_workspace(tx, workspace_id=workspace_id) is None:
        raise NotFound("no such workspace")
    secret = f"tact_{secrets.token_urlsafe(_RANDOM_BYTES)}"
    key = NewKey(
        id=new_id(),
        name=name,
        secret=secret,
        hint=secret[-4:],
        scopes=tuple(scope for scope in SCOPES if scope in scopes),
        expires_at=expires_at,
        created_at=now,
    )
    await workspaces.add_key(
        tx,
        workspace_id=workspace_id,
        key_id=key.id,
        name=name,
        secret_hash=hash_secret(secret),
        hint=key.hint,
        scopes=key.scopes,
        expires_at=expires_at,
        now=now,
    )
    return key


async def create_first_key(tx: Transaction, *, workspace_id: UUID, name: str, now: datetime) -> str:
    """The secret of a key that may do everything and does not expire, for a workspace just made."""
    key = await create_key(tx, workspace_id=workspace_id, name=name, scopes=SCOPES, expires_at=None, now=now)
    return key.secret


async def list_keys(db: Database, *, workspace_id: UUID, before: UUID | None, limit: int) -> Sequence[Row]:
    """Keys, newest first; never their secrets."""
    async with db.transaction() as tx:
        return await workspaces.list_keys(tx, workspace_id=workspace_id, before=before, limit=limit)


async def revoke_key(db: Database, *, key_id: UUID, now: datetime, workspace_id: UUID | None = None) -> None:
    """End a key at once: the next request with it is refused. Raises NotFound; revoking twice changes nothing."""
    async with db.transaction() as tx:
        if not await workspaces.revoke_key(tx, key_id=key_id, now=now, workspace_id=workspace_id):
            raise NotFound("no such API key", pointer="/path/key_id")
