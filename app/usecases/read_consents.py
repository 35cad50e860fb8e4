"""What may be sent to a number, and why? Consent as it stands, suppressions, and the ledger behind both."""

from dataclasses import dataclass
from uuid import UUID

from app.domain.errors import NotFound
from app.storage.consents import read_consents
from app.storage.consents import read_ledger as read_ledger_page
from app.storage.contacts import read_contact, read_contact_by_phone
from app.storage.database import Row, Transaction
from app.storage.suppressions import read_suppressions
from app.usecases.context import Context


@dataclass(frozen=True, slots=True)
class Standing:
    """A number's consents and suppressions; `contact_id` is None for a number that is no contact's."""

    phone: str
    contact_id: UUID | None
    consents: list[Row]
    suppressions: list[Row]


async def read_number_consents(context: Context, *, workspace_id: UUID, phone: str) -> Standing:
    """Of any number (E.164), known or not."""
    async with context.db.transaction() as tx:
        contact = await read_contact_by_phone(tx, workspace_id=workspace_id, phone=phone)
        return await _standing(tx, workspace_id, phone, contact["id"] if contact else None)


async def read_contact_consents(context: Context, *, workspace_id: UUID, contact_id: UUID) -> Standing:
    """Of a contact's number. Raises NotFound."""
    async with context.db.transaction() as tx:
        return await _standing(tx, workspace_id, await _phone_of(tx, workspace_id, contact_id), contact_id)


async def read_ledger(context: Context, *, workspace_id: UUID, contact_id: UUID, before: UUID | None, limit: int) -> list[Row]:
    """The ledger of a contact's number, newest first. Raises NotFound."""
    async with context.db.transaction() as tx:
        phone = await _phone_of(tx, workspace_id, contact_id)
        return await read_ledger_page(tx, workspace_id=workspace_id, phone=phone, before=before, limit=limit)


async def _standing(tx: Transaction, workspace_id: UUID, phone: str, contact_id: UUID | None) -> Standing:
    consents = await read_consents(tx, workspace_id=workspace_id, phones=[phone])
    return Standing(phone, contact_id, consents, await read_suppressions(tx, workspace_id=workspace_id, phones=[phone]))


async def _phone_of(tx: Transaction, workspace_id: UUID, contact_id: UUID) -> str:
    contact = await read_contact(tx, workspace_id=workspace_id, contact_id=contact_id)
    if contact is None:
        raise NotFound("no such contact", pointer="/path/contact_id")
    return str(contact["phone"])
