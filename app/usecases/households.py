"""Who shares a number with a contact? Further people of the caller's, each with what is known of them and a word of their own."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from app.domain.contact import AttributeValue, BadField
from app.domain.errors import Conflict, NotFound
from app.domain.household import check_joining
from app.storage.contacts import hold_contact, read_contact
from app.storage.database import Row, Transaction
from app.storage.households import join_people, leave, list_people, other_ids, people_on
from app.usecases.context import Context

_AT = "/path/contact_id"


async def put_person(
    tx: Transaction,
    *,
    workspace_id: UUID,
    contact_id: UUID,
    person: str,
    attributes: Mapping[str, AttributeValue],
    now: datetime,
) -> tuple[bool, Row]:
    """Put somebody on a contact's number, or change what is known of them: (whether they are new, their row).

    Raises NotFound, and Conflict for the person the contact itself is, for a contact that names nobody, and for too many.
    """
    held = await hold_contact(tx, workspace_id=workspace_id, contact_id=contact_id)
    if held is None:
        raise NotFound("no such contact", pointer=_AT)
    first = held[1].person
    if first is None:
        raise Conflict("say first who the contact itself is, by its `person`", pointer=_AT, code="unnamed_contact")
    known_as = await other_ids(tx, workspace_id=workspace_id, contact_ids=[contact_id])
    if person in {first, *known_as.get(contact_id, ())}:
        raise Conflict("this is the person the contact itself is: change the contact", pointer="/body/person", code="is_contact")
    phone = held[0]
    known = (await people_on(tx, workspace_id=workspace_id, phones=[phone])).get(phone, {})
    try:
        check_joining(known, person, attributes)
    except BadField as problem:
        raise Conflict(
            problem.detail, pointer="/body/person" if problem.code == "too_many_people" else "/body/attributes", code=problem.code
        ) from problem
    await join_people(tx, workspace_id=workspace_id, rows=[(phone, person, attributes)], now=now)
    rows = {row["person"]: row for row in await list_people(tx, workspace_id=workspace_id, phone=phone)}
    return person not in known, rows[person]


async def remove_person(
    tx: Transaction, *, workspace_id: UUID, contact_id: UUID, person: str, now: datetime
) -> tuple[Row, list[Row]]:
    """Take somebody off a contact's number, and what is known of them; the contact and its people then.

    Nothing changes where nobody such is there. Raises NotFound, and Conflict for the person the contact itself is.
    The number stays one that was shared: what they agreed to must not come to speak for who is left.
    """
    held = await hold_contact(tx, workspace_id=workspace_id, contact_id=contact_id)
    if held is None:
        raise NotFound("no such contact", pointer=_AT)
    if person == held[1].person:
        raise Conflict("this is the person the contact itself is: change the contact", pointer="/body/person", code="is_contact")
    await leave(tx, workspace_id=workspace_id, phone=held[0], person=person, now=now)
    return await _people(tx, workspace_id, contact_id)


async def read_people(context: Context, *, workspace_id: UUID, contact_id: UUID) -> tuple[Row, list[Row]]:
    """A contact, and the further people of its number. Raises NotFound."""
    async with context.db.transaction() as tx:
        return await _people(tx, workspace_id, contact_id)


async def _people(tx: Transaction, workspace_id: UUID, contact_id: UUID) -> tuple[Row, list[Row]]:
    contact = await read_contact(tx, workspace_id=workspace_id, contact_id=contact_id)
    if contact is None:
        raise NotFound("no such contact", pointer=_AT)
    people = await list_people(tx, workspace_id=workspace_id, phone=contact["phone"])
    return contact, [row for row in people if row["person"] != contact["person"]]
