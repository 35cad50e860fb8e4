"""How is a plan carried out? Once, while it is fresh, and only if what it was made of still holds or the caller says so."""

from datetime import datetime
from uuid import UUID

from app.domain.errors import Conflict, WrongState
from app.storage import imports
from app.storage.database import Row, Transaction
from app.usecases.context import Context
from app.usecases.read_imports import job_of


async def apply_import(
    tx: Transaction, context: Context, *, workspace_id: UUID, import_id: UUID, accept_changes: bool, now: datetime
) -> Row:
    """Let a plan's rows go in; the job. Raises NotFound, and WrongState when there is no plan that waits.

    Raises Conflict `plan_outdated` when contacts, consents or suppressions of its numbers changed since the file was sent, unless
    the changes are accepted: then each row comes out by what is there now, and the plan tells which came out otherwise.
    """
    ids = {"workspace_id": workspace_id, "import_id": import_id}
    await job_of(tx, **ids)
    held = await imports.hold_import(tx, **ids)
    if held is None or held["state"] != "planned":
        raise WrongState(f"there is no plan to apply: the import is {held['state'] if held else 'gone'}")
    if held["expires_at"] <= now:
        raise WrongState("the plan has expired: send the file again", code="plan_expired")
    if not accept_changes:
        changed = await imports.count_changed(tx, **ids, since=held["created_at"])
        if changed:
            detail = f"{changed} of its numbers changed since the plan was made; look again, or send accept_changes"
            raise Conflict(detail, code="plan_outdated")
    await imports.apply_plan(tx, **ids)
    tx.after_commit(lambda: context.doorbell.ring("run_import", f"{workspace_id}/{import_id}"))
    return await job_of(tx, **ids)
