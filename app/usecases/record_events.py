"""What becomes of an event that is told? Recorded, a duplicate of one told before, or rejected with the reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from app.clock import new_ids
from app.domain.errors import Conflict, NotFound, TactfulError
from app.domain.event import Event, same_event
from app.storage.database import Row, Transaction
from app.storage.events import add_events, contacts_by_person, contacts_by_phone, kept_events, pin_contacts, read_event
from app.usecases.run_sequences import set_off

EventOutcome = Literal["recorded", "duplicate", "rejected"]
_DIFFERS = "this id was used for an event of other content"


@dataclass(frozen=True, slots=True)
class Recorded:
    """What one event came to. `problem` is set when it was rejected; its pointer is a field of the event."""

    outcome: EventOutcome
    event_id: UUID | None
    problem: TactfulError | None = None


async def record_events(tx: Transaction, *, workspace_id: UUID, events: Sequence[Event], now: datetime) -> list[Recorded]:
    """Record events in the caller's transaction, in four statements however many they are; what became of each, in order.

    Nothing is overwritten: the same id with the same content is a duplicate, with other content rejected, within the list too. A
    contact that is not known is not made: contacts come in by doors that ask where they are from.
    """
    settled: dict[int, Recorded] = {}
    whose = await _contacts(tx, workspace_id, events)
    first: dict[str, int] = {}  # caller's id -> the first event in the list that can be recorded under it
    rows: dict[int, tuple[UUID, UUID, Event]] = {}
    for place, (event, event_id) in enumerate(zip(events, new_ids(len(events)), strict=True)):
        contact_id = whose[place]
        if contact_id is None:
            settled[place] = Recorded("rejected", None, _unknown(event))
        elif first.setdefault(event.caller_id, place) == place:
            rows[place] = (event_id, contact_id, event)
    ordered = sorted(rows.values(), key=lambda row: row[2].caller_id)  # two that tell the same then wait, and do not deadlock
    added = await add_events(tx, workspace_id=workspace_id, rows=ordered, now=now) if rows else set()
    settled |= {place: Recorded("recorded", event_id) for place, (event_id, _, _) in rows.items() if event_id in added}
    told = [row for row in rows.values() if row[0] in added]
    await set_off(tx, workspace_id=workspace_id, told=told, now=now)
    repeated = [place for place in range(len(events)) if place not in settled]
    if repeated:
        ids = list({events[place].caller_id for place in repeated})
        kept = await kept_events(tx, workspace_id=workspace_id, caller_ids=ids)
        for place in repeated:
            row, contact_id = kept.get(events[place].caller_id), whose[place]
            assert contact_id is not None
            if row is not None and same_event(events[place], row, contact_id=contact_id):
                settled[place] = Recorded("duplicate", row["id"])
            else:
                settled[place] = Recorded("rejected", None, Conflict(_DIFFERS, pointer="caller_id", code="event_differs"))
    return [settled[place] for place in range(len(events))]


async def record_event(tx: Transaction, *, workspace_id: UUID, event: Event, now: datetime) -> tuple[EventOutcome, Row]:
    """Record one event: what became of it, and its row. Raises NotFound and Conflict, their pointers in the body."""
    (result,) = await record_events(tx, workspace_id=workspace_id, events=[event], now=now)
    if result.problem is not None:
        result.problem.pointer = f"/body/{result.problem.pointer}"
        raise result.problem
    assert result.event_id is not None
    row = await read_event(tx, workspace_id=workspace_id, event_id=result.event_id)
    assert row is not None
    return result.outcome, row


async def _contacts(tx: Transaction, workspace_id: UUID, events: Sequence[Event]) -> list[UUID | None]:
    """Whose each event is, pinned; None where nobody is known by what it says."""
    phones = list({event.phone for event in events if event.phone is not None})
    persons = list({event.person for event in events if event.person and event.phone is None and event.contact_id is None})
    by_phone = await contacts_by_phone(tx, workspace_id=workspace_id, phones=phones) if phones else {}
    by_person = await contacts_by_person(tx, workspace_id=workspace_id, persons=persons) if persons else {}
    meant = [_meant(event, by_phone, by_person) for event in events]
    there = await pin_contacts(tx, workspace_id=workspace_id, contact_ids=list({each for each in meant if each is not None}))
    return [None if contact_id is None else there.get(contact_id) for contact_id in meant]


def _meant(event: Event, by_phone: dict[str, UUID], by_person: dict[str, UUID]) -> UUID | None:
    if event.contact_id is not None:
        return event.contact_id
    return by_person.get(event.person or "") if event.phone is None else by_phone.get(event.phone)


def _unknown(event: Event) -> NotFound:
    if event.contact_id is not None:
        return NotFound("no such contact", pointer="contact_id", code="unknown_contact")
    if event.phone is not None:
        return NotFound("no contact has this number: make the contact first", pointer="phone", code="unknown_contact")
    return NotFound("no contact is this person: make the contact first", pointer="person", code="unknown_contact")
