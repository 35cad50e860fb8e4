"""What may be sent to a number, and why? Consent as it stands, suppressions, and the ledger behind both."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.consent_end import end_of
from app.domain.errors import NotFound
from app.domain.message import Channel
from app.domain.number import number_facts
from app.storage.consents import read_consents
from app.storage.consents import read_ledger as read_ledger_page
from app.storage.contacts import read_contact, read_contact_by_phone
from app.storage.database import Row, Transaction
from app.storage.suppressions import read_suppressions
from app.usecases.consent_book import consent_of
from app.usecases.context import Context


@dataclass(frozen=True, slots=True)
class StandingConsent:
    """One consent as it is stored, and when it counts no more, by what."""

    row: Row
    ends_at: datetime | None
    ends_by: str


@dataclass(frozen=True, slots=True)
class Standing:
    """A number's consents and suppressions; `contact_id` is None for a number that is no contact's."""

    phone: str
    contact_id: UUID | None
    consents: list[StandingConsent]
    suppressions: list[Row]


async def read_number_consents(context: Context, *, workspace_id: UUID, phone: str) -> Standing:
    """Of any number (E.164), known or not."""
    async with context.db.transaction() as tx:
        contact = await read_contact_by_phone(tx, workspace_id=workspace_id, phone=phone)
        return await _standing(tx, workspace_id, phone, contact["id"] if contact else None, context.clock.now())


async def read_contact_consents(context: Context, *, workspace_id: UUID, contact_id: UUID) -> Standing:
    """Of a contact's number. Raises NotFound."""
    async with context.db.transaction() as tx:
        phone = await _phone_of(tx, workspace_id, contact_id)
        return await _standing(tx, workspace_id, phone, contact_id, context.clock.now())


async def read_ledger(context: Context, *, workspace_id: UUID, contact_id: UUID, before: UUID | None, limit: int) -> list[Row]:
    """The ledger of a contact's number, newest first. Raises NotFound."""
    async with context.db.transaction() as tx:
        phone = await _phone_of(tx, workspace_id, contact_id)
        return await read_ledger_page(tx, workspace_id=workspace_id, phone=phone, before=before, limit=limit)


async def _standing(tx: Transaction, workspace_id: UUID, phone: str, contact_id: UUID | None, now: datetime) -> Standing:
    rows = await read_consents(tx, workspace_id=workspace_id, phones=[phone])
    suppressions = await read_suppressions(tx, workspace_id=workspace_id, phones=[phone])
    return Standing(phone, contact_id, _ending(phone, rows, now), suppressions)


def _ending(phone: str, rows: Sequence[Row], now: datetime) -> list[StandingConsent]:
    if not rows:
        return []
    number = number_facts(phone)
    found = []
    for row in rows:
        consent = consent_of(row)
        recorded = consent.channel is Channel.VOICE
        end = end_of(consent, region=number.region, zones=number.zones, recorded=recorded, now=now)
        found.append(StandingConsent(row, end.at, end.source))
    return found


async def _phone_of(tx: Transaction, workspace_id: UUID, contact_id: UUID) -> str:
    contact = await read_contact(tx, workspace_id=workspace_id, contact_id=contact_id)
    if contact is None:
        raise NotFound("no such contact", pointer="/path/contact_id")
    return str(contact["phone"])
