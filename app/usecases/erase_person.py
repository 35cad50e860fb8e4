"""How is a person forgotten and the no kept? What is on its way is stopped, all data goes, a keyed hash stays with the no."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog

from app.domain.errors import NotFound
from app.domain.number import number_facts
from app.storage.contacts import read_contact, read_contact_by_phone
from app.storage.database import Transaction
from app.storage.erasing import close_messages, empty_number, rename_number, take_number
from app.storage.numbers import ensure_numbers
from app.usecases.context import Context
from app.usecases.record_opt_outs import OptOut, record_opt_outs

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What an erasure did: whether there was a contact, what was on its way, and rows emptied or removed, by what they were.

    `beyond_recall` messages had left: a carrier may still deliver them.
    """

    at: datetime
    was_contact: bool
    cancelled: int
    stopped: int
    beyond_recall: int
    emptied: dict[str, int]


async def erase_contact(
    tx: Transaction, context: Context, *, workspace_id: UUID, contact_id: UUID, now: datetime, actor: str
) -> Erased:
    """Erase the person behind a contact. Raises NotFound."""
    row = await read_contact(tx, workspace_id=workspace_id, contact_id=contact_id)
    if row is None:
        raise NotFound("no such contact", pointer="/path/contact_id")
    return await erase_number(tx, context, workspace_id=workspace_id, phone=row["phone"], now=now, actor=actor)


async def erase_number(tx: Transaction, context: Context, *, workspace_id: UUID, phone: str, now: datetime, actor: str) -> Erased:
    """Erase whoever has an E.164 number, known as a contact or not, in the caller's transaction.

    It is a no first, by the same barrier as any other: claims are stopped, departures waited for, the ledger keeps the line. Then
    what is known goes, and the number becomes its keyed hash in every table: a number that is never named again, but recognised
    when it comes back, with all its noes. Locks numbers, then leases, then messages.
    """
    if not await take_number(tx, workspace_id=workspace_id, phone=phone):
        await ensure_numbers(tx, workspace_id=workspace_id, numbers=[number_facts(phone)], now=now)
    was_contact = await read_contact_by_phone(tx, workspace_id=workspace_id, phone=phone) is not None
    said = OptOut(phone=phone, method="erasure")
    (silenced,) = await record_opt_outs(
        tx, workspace_id=workspace_id, items=[said], now=now, actor=actor, source="erasure", metrics=context.metrics
    )
    cancelled, stopped, beyond = await close_messages(tx, workspace_id=workspace_id, phone=phone, now=now)
    emptied = await empty_number(tx, workspace_id=workspace_id, phone=phone, now=now)
    await rename_number(tx, workspace_id=workspace_id, phone=phone, source="erasure", now=now)
    _log.info("person.erased", **{f"rows_{name}": count for name, count in emptied.items() if count})
    return Erased(
        at=now,
        was_contact=was_contact,
        cancelled=silenced.cancelled + cancelled,
        stopped=silenced.stopped + stopped,
        beyond_recall=beyond,
        emptied={name: count for name, count in emptied.items() if count},
    )
