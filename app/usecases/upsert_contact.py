"""What becomes of a contact that is told again? Created, updated or unchanged; the same for one and for a thousand."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Literal
from uuid import UUID

from app.clock import new_ids
from app.domain.contact import BadField, Change, Profile, merge, same
from app.domain.errors import InvalidField
from app.domain.facts import NumberFacts
from app.domain.household import check_joining
from app.domain.number import number_facts
from app.storage.contacts import Written, add_contacts, copy_contacts, hold_contacts, read_contact, write_contacts
from app.storage.database import Row, Transaction
from app.storage.households import Joining, join_people, other_ids, people_on
from app.storage.numbers import ensure_numbers

Outcome = Literal["created", "updated", "unchanged", "rejected"]
Held = Mapping[str, tuple[UUID, Profile]]
Rounds = Sequence[Mapping[str, Change]]
"""What is told of numbers in one go, each once a round: the second tells of another person on the number, and so on."""


@dataclass(frozen=True, slots=True)
class Upserted:
    """What became of one number's contact. `problem` is set when the change was rejected; then nothing was written."""

    outcome: Outcome
    contact_id: UUID | None
    problem: BadField | None = None


@dataclass(frozen=True, slots=True)
class _Plan:
    settled: dict[str, Upserted]
    add: list[Written]
    write: list[Written]
    join: list[Joining]


def _plan(held: Held, changes: Mapping[str, Change], fresh: Mapping[str, Profile] = MappingProxyType({})) -> _Plan:
    plan = _Plan({}, [], [], [])
    ids = iter(new_ids(len(changes)))
    latest: dict[UUID, Profile] = {}  # two numbers may be one contact's, since it was merged
    for phone, change in changes.items():
        contact_id, kept = held.get(phone, (None, None))
        if contact_id is not None:
            kept = latest.get(contact_id, kept)
        if kept is not None and contact_id is not None and _is_another(kept, change):
            assert change.person
            plan.join.append((phone, change.person, change.attributes))
            plan.settled[phone] = Upserted("updated", contact_id)
            continue
        try:
            merged = fresh.get(phone) or merge(None, change) if kept is None else merge(kept, change)
        except BadField as problem:
            plan.settled[phone] = Upserted("rejected", contact_id, problem)
            continue
        if contact_id is None or kept is None:
            plan.add.append((next(ids), phone, merged))
        elif same(kept, merged):
            plan.settled[phone] = Upserted("unchanged", contact_id)
        else:
            latest[contact_id] = merged
            plan.settled[phone] = Upserted("updated", contact_id)
    plan.write.extend((contact_id, "", merged) for contact_id, merged in latest.items())  # the number is not written
    return plan


async def _add(tx: Transaction, *, workspace_id: UUID, rows: list[Written], made: Collection[str], now: datetime) -> set[UUID]:
    """Insert contacts; the ids that went in."""
    new = [row for row in rows if row[1] in made]
    if new:
        await copy_contacts(tx, workspace_id=workspace_id, rows=new, now=now)
    added = {contact_id for contact_id, _, _ in new}
    if len(new) < len(rows):
        others = [row for row in rows if row[1] not in made]
        added |= await add_contacts(tx, workspace_id=workspace_id, rows=others, now=now)
    return added


def _is_another(kept: Profile, change: Change) -> bool:
    """Whether it is told of another person on the contact's number, rather than of the contact."""
    return bool(change.person and kept.person and change.person != kept.person)


async def _as_held(tx: Transaction, workspace_id: UUID, held: Held, changes: Mapping[str, Change]) -> Mapping[str, Change]:
    """The changes, with nobody named where it is the contact by an id it had before contacts were merged."""
    others = {phone: held[phone][0] for phone, change in changes.items() if phone in held and _is_another(held[phone][1], change)}
    if not others:
        return changes
    known = await other_ids(tx, workspace_id=workspace_id, contact_ids=list(set(others.values())))
    own = {phone for phone, contact_id in others.items() if changes[phone].person in known.get(contact_id, ())}
    return {phone: replace(change, person=None) if phone in own else change for phone, change in changes.items()}


async def _told_anew(tx: Transaction, workspace_id: UUID, plan: _Plan) -> list[Joining]:
    """Of the people told of on others' numbers those about whom something is new; of the rest it is settled why not."""
    if not plan.join:
        return []
    known = await people_on(tx, workspace_id=workspace_id, phones=[phone for phone, _, _ in plan.join])
    news: list[Joining] = []
    for phone, person, attributes in plan.join:
        became = plan.settled[phone]
        try:
            if check_joining(known.get(phone, {}), person, attributes):
                news.append((phone, person, attributes))
            else:
                plan.settled[phone] = replace(became, outcome="unchanged")
        except BadField as problem:
            plan.settled[phone] = replace(became, outcome="rejected", problem=problem)
    return news


async def upsert_contacts(
    tx: Transaction,
    *,
    workspace_id: UUID,
    changes: Mapping[str, Change],
    now: datetime,
    fresh: Mapping[str, Profile] = MappingProxyType({}),
    made: Collection[str] = (),
) -> dict[str, Upserted]:
    """Create or change the contacts of numbers (E.164, with rows already); what became of each.

    `fresh` is what new ones would be, where the caller has had the time to find out, `made` the numbers whose rows were made in
    this transaction: no contact can have them yet.

    A change that names another person than the contact puts that person on the number, with the change's attributes, and changes
    nothing of the contact. A contact another transaction makes between our look and our insert is changed in a second round, not
    lost.
    """
    settled: dict[str, Upserted] = {}
    pending = dict(changes)
    while pending:
        known = [phone for phone in pending if phone not in made]
        held = await hold_contacts(tx, workspace_id=workspace_id, phones=known) if known else {}
        plan = _plan(held, await _as_held(tx, workspace_id, held, pending), fresh)
        if plan.write:
            await write_contacts(tx, workspace_id=workspace_id, rows=plan.write, now=now)
        if news := await _told_anew(tx, workspace_id, plan):
            await join_people(tx, workspace_id=workspace_id, rows=news, now=now)
        settled |= plan.settled
        added = await _add(tx, workspace_id=workspace_id, rows=plan.add, made=made, now=now)
        settled |= {phone: Upserted("created", contact_id) for contact_id, phone, _ in plan.add if contact_id in added}
        pending = {phone: pending[phone] for contact_id, phone, _ in plan.add if contact_id not in added}
        made = ()
    return settled


async def preview_rounds(tx: Transaction, *, workspace_id: UUID, rounds: Rounds) -> tuple[list[dict[str, Upserted]], Held]:
    """What `upsert_rounds` would make of these changes, and of what; nothing is written, and created ones have no id."""
    settled: list[dict[str, Upserted]] = []
    held: Held = {}
    made: set[str] = set()
    for changes in rounds:
        done, found = await _preview(tx, workspace_id=workspace_id, changes=changes)
        # Whoever is told of after the contact was made joins it.
        settled.append(done | {phone: Upserted("updated", None) for phone in changes if phone in made})
        made |= {phone for phone, became in settled[-1].items() if became.outcome == "created"}
        held = held or found
    return settled, held


async def _preview(tx: Transaction, *, workspace_id: UUID, changes: Mapping[str, Change]) -> tuple[dict[str, Upserted], Held]:
    held = await hold_contacts(tx, workspace_id=workspace_id, phones=list(changes))
    plan = _plan(held, await _as_held(tx, workspace_id, held, changes))
    await _told_anew(tx, workspace_id, plan)
    return plan.settled | {phone: Upserted("created", None) for _, phone, _ in plan.add}, held


async def upsert_rounds(
    tx: Transaction, *, workspace_id: UUID, numbers: Sequence[NumberFacts], rounds: Rounds, now: datetime
) -> list[dict[str, Upserted]]:
    """Create or change the contacts of numbers that may be new here, one round after another; what became of each in each."""
    made = await ensure_numbers(tx, workspace_id=workspace_id, numbers=numbers, now=now)
    settled: list[dict[str, Upserted]] = []
    for changes in rounds:
        settled.append(await upsert_contacts(tx, workspace_id=workspace_id, changes=changes, now=now, made=made))
        made = set()
    return settled


async def upsert_contact(
    tx: Transaction, *, workspace_id: UUID, phone: str, change: Change, now: datetime
) -> tuple[Outcome, Row]:
    """Create or change the contact of a number (E.164): what became of it, and its row. Raises InvalidField."""
    await ensure_numbers(tx, workspace_id=workspace_id, numbers=[number_facts(phone)], now=now)
    upserted = (await upsert_contacts(tx, workspace_id=workspace_id, changes={phone: change}, now=now))[phone]
    if upserted.problem is not None:
        raise InvalidField(upserted.problem.detail, pointer=pointer_of(upserted.problem), code=upserted.problem.code)
    assert upserted.contact_id is not None
    row = await read_contact(tx, workspace_id=workspace_id, contact_id=upserted.contact_id)
    assert row is not None
    return upserted.outcome, row


def pointer_of(problem: BadField) -> str:
    """The field of the request body a merge's problem is about."""
    if problem.code == "too_many_people":
        return "/body/person"
    return "/body/tags" if "tag" in problem.code else "/body/attributes"
