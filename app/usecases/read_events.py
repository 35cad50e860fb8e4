"""What did contacts do? A page of events, of all contacts or of one."""

from uuid import UUID

from app.domain.errors import NotFound
from app.storage import events
from app.storage.contacts import read_contact
from app.storage.database import Row
from app.storage.events import Wanted
from app.usecases.context import Context


async def list_events(context: Context, *, workspace_id: UUID, before: UUID | None, limit: int, wanted: Wanted) -> list[Row]:
    """Events, those received last first."""
    async with context.db.transaction() as tx:
        return await events.list_events(tx, workspace_id=workspace_id, before=before, limit=limit, wanted=wanted)


async def list_contact_events(
    context: Context, *, workspace_id: UUID, contact_id: UUID, before: UUID | None, limit: int, wanted: Wanted
) -> list[Row]:
    """Events of one contact, those received last first. Raises NotFound."""
    async with context.db.transaction() as tx:
        if await read_contact(tx, workspace_id=workspace_id, contact_id=contact_id) is None:
            raise NotFound("no such contact", pointer="/path/contact_id")
        return await events.list_events(tx, workspace_id=workspace_id, before=before, limit=limit, wanted=wanted)
