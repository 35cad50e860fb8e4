"""What do we hold about this person? Everything, whatever table it is in, for them to read or to take elsewhere."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.errors import NotFound
from app.storage.contacts import read_contact
from app.storage.database import Database, Row
from app.storage.exports import read_everything
from app.storage.merging import read_group

Held = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """The contact, and rows about the number by what they are (`app.storage.exports`); the same of contacts merged into it."""

    at: datetime
    contact: Row
    held: Held
    merged: list[tuple[Row, Held]]


async def export_person(db: Database, *, workspace_id: UUID, contact_id: UUID, now: datetime) -> Export:
    """Everything held about the person behind a contact. Raises NotFound."""
    async with db.transaction() as tx:
        contact = await read_contact(tx, workspace_id=workspace_id, contact_id=contact_id)
        if contact is None:
            raise NotFound("no such contact", pointer="/path/contact_id")
        held = await read_everything(tx, workspace_id=workspace_id, phone=contact["phone"])
        merged: list[tuple[Row, Held]] = []
        for row in await read_group(tx, workspace_id=workspace_id, contact_ids=[contact_id]):
            if row["merged_into"] == contact_id:
                other = await read_contact(tx, workspace_id=workspace_id, contact_id=row["id"])
                assert other is not None
                merged.append((other, await read_everything(tx, workspace_id=workspace_id, phone=row["phone"])))
    return Export(at=now, contact=contact, held=held, merged=merged)
