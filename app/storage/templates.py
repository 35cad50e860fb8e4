"""Which texts does a workspace have? Templates, and their versions, which never change once written."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, insert, select, update

from app.storage.conflicts import unique
from app.storage.database import Row, Transaction
from app.storage.newest import newest_first
from app.storage.tables.contents import template, template_version


def _with_body() -> Select[Any]:
    """Templates with the body of their newest version."""
    newest = and_(
        template_version.c.workspace_id == template.c.workspace_id,
        template_version.c.template_id == template.c.id,
        template_version.c.version == template.c.version,
    )
    return select(
        template, template_version.c.body, template_version.c.content, template_version.c.locales, template_version.c.channels
    ).join(template_version, newest)


async def add_template(
    tx: Transaction,
    *,
    workspace_id: UUID,
    template_id: UUID,
    name: str,
    channel: str,
    body: str,
    content: Mapping[str, Any] | None,
    locales: Mapping[str, Any] | None,
    channels: Mapping[str, Any] | None,
    now: datetime,
) -> None:
    """Insert a template and its first version. Raises Conflict when the name is taken."""
    row = {"name": name, "channel": channel, "version": 1, "created_at": now, "updated_at": now}
    async with unique(tx, "a template of this name exists already", pointer="/body/name"):
        await tx.run(insert(template).values(workspace_id=workspace_id, id=template_id, **row))
    await _add_version(
        tx,
        workspace_id=workspace_id,
        template_id=template_id,
        version=1,
        body=body,
        content=content,
        locales=locales,
        channels=channels,
        now=now,
    )


async def _add_version(
    tx: Transaction,
    *,
    workspace_id: UUID,
    template_id: UUID,
    version: int,
    body: str,
    content: Mapping[str, Any] | None,
    locales: Mapping[str, Any] | None,
    channels: Mapping[str, Any] | None,
    now: datetime,
) -> None:
    row = {
        "template_id": template_id,
        "version": version,
        "body": body,
        "content": content,
        "locales": locales,
        "channels": channels,
        "created_at": now,
    }
    await tx.run(insert(template_version).values(workspace_id=workspace_id, **row))


async def add_version(
    tx: Transaction,
    *,
    workspace_id: UUID,
    template_id: UUID,
    body: str,
    content: Mapping[str, Any] | None,
    locales: Mapping[str, Any] | None,
    channels: Mapping[str, Any] | None,
    now: datetime,
) -> int | None:
    """Write the next version and make it the newest; its number, or None without such a template."""
    meant = update(template).where(template.c.workspace_id == workspace_id, template.c.id == template_id)
    counted = meant.values(version=template.c.version + 1, updated_at=now).returning(template.c.version)
    row = await tx.first(counted)
    if row is None:
        return None
    version = int(row["version"])
    await _add_version(
        tx,
        workspace_id=workspace_id,
        template_id=template_id,
        version=version,
        body=body,
        content=content,
        locales=locales,
        channels=channels,
        now=now,
    )
    return version


async def read_template(tx: Transaction, *, workspace_id: UUID, template_id: UUID) -> Row | None:
    """One template with its newest body."""
    return await tx.first(_with_body().where(template.c.workspace_id == workspace_id, template.c.id == template_id))


async def list_templates(tx: Transaction, *, workspace_id: UUID, before: UUID | None, limit: int) -> Sequence[Row]:
    """Templates with their newest bodies, newest template first."""
    found = _with_body().where(template.c.workspace_id == workspace_id)
    return await tx.rows(newest_first(found, template.c.id, before=before, limit=limit))


async def read_version(tx: Transaction, *, workspace_id: UUID, template_id: UUID, version: int) -> Row | None:
    """One version: version, body, content, locales, channels, created_at."""
    versions = template_version.c
    return await tx.first(
        select(versions.version, versions.body, versions.content, versions.locales, versions.channels, versions.created_at).where(
            versions.workspace_id == workspace_id, versions.template_id == template_id, versions.version == version
        )
    )


async def list_versions(
    tx: Transaction, *, workspace_id: UUID, template_id: UUID, before: int | None, limit: int
) -> Sequence[Row]:
    """Versions, newest first, below the given number."""
    versions = template_version.c
    found = select(
        versions.version, versions.body, versions.content, versions.locales, versions.channels, versions.created_at
    ).where(versions.workspace_id == workspace_id, versions.template_id == template_id)
    if before is not None:
        found = found.where(versions.version < before)
    return await tx.rows(found.order_by(versions.version.desc()).limit(limit))
