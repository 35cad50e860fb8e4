"""Who is known? One contact, or a page of them."""

from uuid import UUID

from app.domain.errors import NotFound
from app.storage import contacts
from app.storage.database import Row
from app.usecases.context import Context


async def read_contact(context: Context, *, workspace_id: UUID, contact_id: UUID) -> Row:
    """One contact with what is known of its number. Raises NotFound."""
    async with context.db.transaction() as tx:
        row = await contacts.read_contact(tx, workspace_id=workspace_id, contact_id=contact_id)
    if row is None:
        raise NotFound("no such contact", pointer="/path/contact_id")
    return row


async def list_contacts(
    context: Context,
    *,
    workspace_id: UUID,
    before: UUID | None,
    limit: int,
    phone: str | None = None,
    country: str | None = None,
    tag: str | None = None,
    person: str | None = None,
) -> list[Row]:
    """Contacts, newest first."""
    async with context.db.transaction() as tx:
        return await contacts.list_contacts(
            tx, workspace_id=workspace_id, before=before, limit=limit, phone=phone, country=country, tag=tag, person=person
        )
