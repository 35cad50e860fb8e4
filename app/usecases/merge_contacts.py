"""What if two contacts are one person? One speaks for both: what is known is joined, consent stays with each number."""

from datetime import datetime, timedelta
from uuid import UUID

import structlog

from app.clock import new_id
from app.domain.contact import BadField
from app.domain.errors import Conflict, NotFound
from app.domain.merging import United, differences_json, unite
from app.storage.contacts import read_contact, write_contacts
from app.storage.database import Row, Transaction
from app.storage.households import shared_numbers
from app.storage.merging import (
    close_doubles,
    hold_for_merge,
    hold_launches,
    join_contacts,
    join_ways,
    keep_merge,
    list_merges,
    read_group,
    read_merge,
)
from app.storage.numbers import hold_numbers
from app.storage.silencing import latest_departure
from app.usecases.context import Context

_log = structlog.get_logger()
_MOST_NUMBERS = 20
_AT = "/path/contact_id"
_FROM = "/body/from_contact_id"


async def merge_contacts(tx: Transaction, *, workspace_id: UUID, into: UUID, joining: UUID, actor: str, now: datetime) -> Row:
    """Merge one contact into another that stays; the kept record of it.

    The number of the one that stays is written to from now on; the other keeps its own, with its consents and suppressions, and
    gets nothing new. Events move, and places in sequences and on lists. Of a campaign whose messages wait on both numbers one
    goes on. Merging the same two again changes nothing. There is no way back.

    Locks numbers, then launches, contacts, leases and messages.
    Raises NotFound and Conflict.
    """
    numbers = await _hold(tx, workspace_id, into, joining)
    held = await hold_for_merge(tx, workspace_id=workspace_id, contact_ids=list(numbers))
    earlier = _check(held[into][1], held[joining][1], into, joining)
    if earlier:
        kept = await read_merge(tx, workspace_id=workspace_id, joining=joining)
        assert kept is not None
        return kept
    if await shared_numbers(tx, workspace_id=workspace_id, phones=list(numbers.values())):
        detail = "several people share one of the numbers: which of them is the other contact?"
        raise Conflict(detail, pointer=_FROM, code="shared_number")
    if len(numbers) > _MOST_NUMBERS:
        raise Conflict(f"a person would have more than {_MOST_NUMBERS} numbers", pointer=_FROM, code="too_many_numbers")
    try:
        united = unite(held[into][0], held[joining][0])
    except BadField as problem:
        raise Conflict(problem.detail, pointer=_FROM, code=problem.code) from problem
    first, phones = numbers[into], list(numbers.values())
    departed = await latest_departure(tx, workspace_id=workspace_id, phones=phones)
    if departed is not None:  # while the merge waited for it, a message left: it belongs before
        now = max(now, departed + timedelta(microseconds=1))
    await write_contacts(tx, workspace_id=workspace_id, rows=[(into, first, united.profile)], now=now)
    await join_ways(tx, workspace_id=workspace_id, into=into, joining=joining, now=now)
    moved = await join_contacts(tx, workspace_id=workspace_id, into=into, joining=joining, now=now)
    closed = await close_doubles(tx, workspace_id=workspace_id, phones=phones, first=first, now=now)
    _log.info("contact.merged", contact=str(into), joined=str(joining), events=moved, closed=closed)
    return await keep_merge(
        tx,
        workspace_id=workspace_id,
        merge_id=new_id(),
        into=into,
        joining=joining,
        actor=actor,
        report=_report(united, moved, closed),
        now=now,
    )


async def _hold(tx: Transaction, workspace_id: UUID, into: UUID, joining: UUID) -> dict[UUID, str]:
    """Both contacts and all merged into them, with their numbers held, and no launch writing: id -> phone."""
    pair = [into, joining]
    phones = {row["id"]: row["phone"] for row in await read_group(tx, workspace_id=workspace_id, contact_ids=pair)}
    for contact_id, pointer in ((into, _AT), (joining, _FROM)):
        if contact_id not in phones:
            raise NotFound("no such contact", pointer=pointer)
    await hold_numbers(tx, workspace_id=workspace_id, phones=phones.values())
    await hold_launches(tx, workspace_id=workspace_id)
    again = {row["id"]: row["phone"] for row in await read_group(tx, workspace_id=workspace_id, contact_ids=pair)}
    if again != phones:
        raise Conflict("one of them is just being merged or erased; send the request again", pointer=_FROM, code="in_motion")
    return phones


def _check(into_of: UUID | None, joining_of: UUID | None, into: UUID, joining: UUID) -> bool:
    """Whether it was done before. Raises Conflict where it cannot be done."""
    if into == joining:
        raise Conflict("a contact cannot be merged into itself", pointer=_FROM, code="same_contact")
    if joining_of == into:
        return True
    if into_of is not None:
        raise Conflict("this contact was merged into another: merge into that one", pointer=_AT, code="merged")
    if joining_of is not None:
        raise Conflict("this contact was merged into another already", pointer=_FROM, code="merged")
    return False


def _report(united: United, moved: int, closed: int) -> dict[str, object]:
    return {
        "taken": list(united.taken),
        "differences": differences_json(united.differences),
        "events_moved": moved,
        "messages_closed": closed,
    }


async def read_merges(context: Context, *, workspace_id: UUID, contact_id: UUID, before: UUID | None, limit: int) -> list[Row]:
    """What was merged into a contact, newest first. Raises NotFound."""
    async with context.db.transaction() as tx:
        if await read_contact(tx, workspace_id=workspace_id, contact_id=contact_id) is None:
            raise NotFound("no such contact", pointer=_AT)
        return await list_merges(tx, workspace_id=workspace_id, contact_id=contact_id, before=before, limit=limit)
