"""Through whom and from what do messages go? Provider accounts (credentials sealed) and the senders registered on them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import cast, delete, insert, select, update
from sqlalchemy.dialects.postgresql import JSONB

from app.storage.conflicts import unique, unreferenced
from app.storage.database import Row, Transaction
from app.storage.newest import newest_first
from app.storage.tables.carriers import provider, sender

_NAME_TAKEN = "a provider account of this name exists already"
_HAS_HISTORY = "carriers' messages were received through this account: it is kept with them"
_SENDER_TAKEN = "this address is registered on that account and channel already"


async def add_provider(
    tx: Transaction, *, workspace_id: UUID, provider_id: UUID, columns: Mapping[str, Any], now: datetime
) -> None:
    """Insert an account. Raises Conflict when the name is taken."""
    row = {"workspace_id": workspace_id, "id": provider_id, **columns, "created_at": now, "updated_at": now}
    async with unique(tx, _NAME_TAKEN, pointer="/body/name"):
        await tx.run(insert(provider).values(**row))


async def read_provider(tx: Transaction, *, workspace_id: UUID, provider_id: UUID) -> Row | None:
    """One account, credentials still sealed."""
    return await tx.first(select(provider).where(provider.c.workspace_id == workspace_id, provider.c.id == provider_id))


async def hold_provider_row(tx: Transaction, *, workspace_id: UUID, provider_id: UUID) -> Row | None:
    """One account, locked against any other change until the transaction ends; no sender can be added meanwhile."""
    found = select(provider).where(provider.c.workspace_id == workspace_id, provider.c.id == provider_id)
    return await tx.first(found.with_for_update())


async def list_providers(tx: Transaction, *, workspace_id: UUID, before: UUID | None, limit: int) -> Sequence[Row]:
    """Accounts, newest first."""
    found = select(provider).where(provider.c.workspace_id == workspace_id)
    return await tx.rows(newest_first(found, provider.c.id, before=before, limit=limit))


async def write_provider(
    tx: Transaction, *, workspace_id: UUID, provider_id: UUID, changes: Mapping[str, Any], now: datetime
) -> None:
    """Replace the named columns. Raises Conflict when the name is taken."""
    meant = update(provider).where(provider.c.workspace_id == workspace_id, provider.c.id == provider_id)
    async with unique(tx, _NAME_TAKEN, pointer="/body/name"):
        await tx.run(meant.values(**changes, updated_at=now))


async def delete_provider(tx: Transaction, *, workspace_id: UUID, provider_id: UUID) -> None:
    """Delete an account. Raises Conflict when messages were received through it."""
    async with unreferenced(tx, _HAS_HISTORY):
        await tx.run(delete(provider).where(provider.c.workspace_id == workspace_id, provider.c.id == provider_id))


async def senders_of(tx: Transaction, *, workspace_id: UUID, provider_id: UUID) -> list[UUID]:
    """The senders registered on an account."""
    found = select(sender.c.id).where(sender.c.workspace_id == workspace_id, sender.c.provider_id == provider_id)
    return [row["id"] for row in await tx.rows(found)]


async def add_sender(tx: Transaction, *, workspace_id: UUID, sender_id: UUID, columns: Mapping[str, Any], now: datetime) -> None:
    """Insert a sender. Raises Conflict when its address is registered already."""
    row = {"workspace_id": workspace_id, "id": sender_id, **columns, "created_at": now, "updated_at": now}
    async with unique(tx, _SENDER_TAKEN, pointer="/body/address"):
        await tx.run(insert(sender).values(**row))


async def find_sender(tx: Transaction, *, workspace_id: UUID, sender_id: UUID) -> Row | None:
    """One sender."""
    return await tx.first(select(sender).where(sender.c.workspace_id == workspace_id, sender.c.id == sender_id))


async def list_senders(
    tx: Transaction, *, workspace_id: UUID, before: UUID | None, limit: int, provider_id: UUID | None = None
) -> Sequence[Row]:
    """Senders, newest first; of one account, if it is named."""
    found = select(sender).where(sender.c.workspace_id == workspace_id)
    if provider_id is not None:
        found = found.where(sender.c.provider_id == provider_id)
    return await tx.rows(newest_first(found, sender.c.id, before=before, limit=limit))


async def write_sender(
    tx: Transaction, *, workspace_id: UUID, sender_id: UUID, changes: Mapping[str, Any], now: datetime
) -> Row | None:
    """Replace the named columns; the sender afterwards, or None."""
    meant = update(sender).where(sender.c.workspace_id == workspace_id, sender.c.id == sender_id)
    return await tx.first(meant.values(**changes, updated_at=now).returning(sender))


async def merge_registration(tx: Transaction, *, workspace_id: UUID, sender_id: UUID, fields: Mapping[str, Any]) -> None:
    """Replace those fields of a sender's registration that are named."""
    found = sender.c.workspace_id == workspace_id, sender.c.id == sender_id
    merged = sender.c.registration.op("||")(cast(dict(fields), JSONB))
    await tx.run(update(sender).where(*found).values(registration=merged))


async def hold_credentials(tx: Transaction) -> Sequence[Row]:
    """Id and sealed credentials of every account of every workspace, locked."""
    return await tx.fetch("SELECT id, credentials FROM provider ORDER BY id FOR NO KEY UPDATE")


async def write_credentials(tx: Transaction, *, rows: Sequence[tuple[UUID, bytes]]) -> None:
    """Put sealed credentials in the place of others that say the same: (account, credentials)."""
    if rows:
        ids, sealed = zip(*rows, strict=True)
        sql = (
            "UPDATE provider p SET credentials = u.credentials FROM unnest($1::uuid[], $2::bytea[]) AS u(id, credentials) "
            "WHERE p.id = u.id"
        )
        await tx.execute(sql, list(ids), list(sealed))
