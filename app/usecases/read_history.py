"""What happened with a contact: what it agreed to, was sent, answered, clicked and did?"""

from collections.abc import Sequence
from uuid import UUID

from app.domain.errors import NotFound
from app.storage.contact_history import contact_history
from app.storage.contacts import read_contact
from app.storage.database import Database, Row


async def list_history(db: Database, *, workspace_id: UUID, contact_id: UUID, before: UUID | None, limit: int) -> Sequence[Row]:
    """A page of a contact's history, the last first. Raises NotFound."""
    async with db.transaction() as tx:
        contact = await read_contact(tx, workspace_id=workspace_id, contact_id=contact_id)
        if contact is None:
            raise NotFound("no such contact", pointer="/path/contact_id")
        ids = {"workspace_id": workspace_id, "contact_id": contact_id}
        return await contact_history(tx, **ids, phone=contact["phone"], before=before, limit=limit)
