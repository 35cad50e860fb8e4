"""Which links that a contact was sent were followed, and when?"""

from collections.abc import Sequence
from uuid import UUID

from app.domain.errors import NotFound
from app.storage.clicks import contact_clicks
from app.storage.contacts import read_contact
from app.storage.database import Database, Row


async def list_clicks(db: Database, *, workspace_id: UUID, contact_id: UUID, before: UUID | None, limit: int) -> Sequence[Row]:
    """A page of a contact's clicks, the last first. Raises NotFound."""
    async with db.transaction() as tx:
        if await read_contact(tx, workspace_id=workspace_id, contact_id=contact_id) is None:
            raise NotFound("no such contact", pointer="/path/contact_id")
        return await contact_clicks(tx, workspace_id=workspace_id, contact_id=contact_id, before=before, limit=limit)
