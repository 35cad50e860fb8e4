"""How far is an import, and what became of each row? Jobs and their rows."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

from app.domain.errors import NotFound
from app.storage import imports
from app.storage.database import Row, Transaction
from app.usecases.context import Context

_POLL = 0.5
_HEARTBEAT_EVERY = 20  # polls: ten seconds
_PAGE = 5_000
_MOVING = ("queued", "running")


async def read_import(context: Context, *, workspace_id: UUID, import_id: UUID) -> Row:
    """One job. Raises NotFound."""
    async with context.db.transaction() as tx:
        return await job_of(tx, workspace_id=workspace_id, import_id=import_id)


async def list_imports(context: Context, *, workspace_id: UUID, before: UUID | None, limit: int) -> list[Row]:
    """Jobs, newest first."""
    async with context.db.transaction() as tx:
        return await imports.list_imports(tx, workspace_id=workspace_id, before=before, limit=limit)


async def list_import_rows(
    context: Context, *, workspace_id: UUID, import_id: UUID, after: int, outcome: str | None, limit: int
) -> list[Row]:
    """Rows whose outcome is known, in the order of the file. Raises NotFound for an unknown job."""
    async with context.db.transaction() as tx:
        await job_of(tx, workspace_id=workspace_id, import_id=import_id)
        return await imports.list_rows(
            tx, workspace_id=workspace_id, import_id=import_id, after=after, outcome=outcome, limit=limit
        )


async def follow_import(context: Context, *, workspace_id: UUID, import_id: UUID) -> AsyncIterator[Row | None]:
    """The job now, again whenever it changes, and None now and then so that a connection stays alive; ends when it rests.

    Whoever stops reading stops the polling.
    """
    shown: dict[str, object] = {}
    quiet = 0
    while True:
        found = await read_import(context, workspace_id=workspace_id, import_id=import_id)
        quiet += 1
        if dict(found) != shown:
            shown, quiet = dict(found), 0
            yield found
        elif quiet >= _HEARTBEAT_EVERY:
            quiet = 0
            yield None
        if found["state"] not in _MOVING:
            return
        await asyncio.sleep(_POLL)


async def every_row(context: Context, *, workspace_id: UUID, import_id: UUID, outcome: str | None) -> AsyncIterator[list[Row]]:
    """All rows whose outcome is known, page by page, in the order of the file. Raises NotFound for an unknown job."""
    after = 0
    while True:
        rows = await list_import_rows(
            context, workspace_id=workspace_id, import_id=import_id, after=after, outcome=outcome, limit=_PAGE
        )
        if rows:
            yield rows
        if len(rows) < _PAGE:
            return
        after = rows[-1]["line"]


async def job_of(tx: Transaction, *, workspace_id: UUID, import_id: UUID) -> Row:
    """One job, in a transaction at hand. Raises NotFound."""
    job = await imports.read_import(tx, workspace_id=workspace_id, import_id=import_id)
    if job is None:
        raise NotFound("no such import", pointer="/path/import_id")
    return job
