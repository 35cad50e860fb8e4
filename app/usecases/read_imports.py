"""How far is an import, and what became of each row? Jobs and their rows."""

from uuid import UUID

from app.domain.errors import NotFound
from app.storage import imports
from app.storage.database import Row, Transaction
from app.usecases.context import Context


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


async def job_of(tx: Transaction, *, workspace_id: UUID, import_id: UUID) -> Row:
    """One job, in a transaction at hand. Raises NotFound."""
    job = await imports.read_import(tx, workspace_id=workspace_id, import_id=import_id)
    if job is None:
        raise NotFound("no such import", pointer="/path/import_id")
    return job
