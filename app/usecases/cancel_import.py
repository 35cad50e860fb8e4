"""How is an import stopped? Between two chunks; what is imported stays."""

from datetime import datetime
from uuid import UUID

from app.domain.errors import WrongState
from app.storage import imports
from app.storage.database import Row, Transaction
from app.usecases.read_imports import job_of


async def cancel_import(tx: Transaction, *, workspace_id: UUID, import_id: UUID, now: datetime) -> Row:
    """Stop a job after the chunk under way; what is imported stays. Raises NotFound, and WrongState when it has ended."""
    cancelled = await imports.end_import(tx, workspace_id=workspace_id, import_id=import_id, state="cancelled", now=now)
    job = await job_of(tx, workspace_id=workspace_id, import_id=import_id)
    if not cancelled:
        raise WrongState(f"the import is {job['state']}")
    return job
