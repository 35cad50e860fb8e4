"""How is a person forgotten and the no kept? What is on its way is stopped, all data goes, a keyed hash stays with the no."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog

from app.domain.errors import Conflict, NotFound
from app.domain.number import number_facts
from app.storage.contacts import read_contact, read_contact_by_phone
from app.storage.database import Transaction
from app.storage.erasing import close_messages, empty_number, rename_number, take_number
from app.storage.merging import numbers_of_person
from app.storage.numbers import ensure_numbers
from app.storage.unread_rows import forget_unread
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
    when it comes back, with all its noes. Numbers of contacts that were merged with this one's are the same person's, and go
    too. Locks numbers, then leases, then messages. Raises Conflict when the person is being merged at this moment.
    """
    numbers = await numbers_of_person(tx, workspace_id=workspace_id, phone=phone)
    for each in numbers:
        if not await take_number(tx, workspace_id=workspace_id, phone=each):
            await ensure_numbers(tx, workspace_id=workspace_id, numbers=[number_facts(each)], now=now)
            await take_number(tx, workspace_id=workspace_id, phone=each)  # somebody else may just have made it
    if await numbers_of_person(tx, workspace_id=workspace_id, phone=phone) != numbers:
        raise Conflict("the contact is just being merged; send the request again", code="in_motion")
    was_contact = await read_contact_by_phone(tx, workspace_id=workspace_id, phone=phone) is not None
    silenced = await record_opt_outs(
        tx,
        workspace_id=workspace_id,
        items=[OptOut(phone=each, method="erasure") for each in numbers],
        now=now,
        actor=actor,
        source="erasure",
        metrics=context.metrics,
    )
    total = Counter(cancelled=sum(one.cancelled for one in silenced), stopped=sum(one.stopped for one in silenced))
    emptied: Counter[str] = Counter()
    for each in sorted(numbers, key=numbers.__getitem__):  # who speaks for the others goes last, and takes their rows along
        cancelled, stopped, beyond = await close_messages(tx, workspace_id=workspace_id, phone=each, now=now)
        total.update(cancelled=cancelled, stopped=stopped, beyond_recall=beyond)
        emptied.update(waiting_rows=await forget_unread(tx, workspace_id=workspace_id, phone=each))
        emptied.update(await empty_number(tx, workspace_id=workspace_id, phone=each, now=now))
        await rename_number(tx, workspace_id=workspace_id, phone=each, source="erasure", now=now)
    gone = {name: count for name, count in emptied.items() if count}
    _log.info("person.erased", **{f"rows_{name}": count for name, count in gone.items()})
    return Erased(
        at=now,
        was_contact=was_contact,
        cancelled=total["cancelled"],
        stopped=total["stopped"],
        beyond_recall=total["beyond_recall"],
        emptied=gone,
    )
