"""Who is in which sequence, and how far? Sequences, enrolments, and the timers that are due; set-based."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from app.storage.conflicts import unique
from app.storage.database import Row, Transaction
from app.storage.newest import newest_first
from app.storage.tables.rounds import enrolment, sequence

_NAME_TAKEN = "a sequence of this name exists already"
_SET_OFF = """
SELECT id, trigger_event, exit_event, audience_id, reenter_after_seconds, started_at FROM sequence
WHERE workspace_id = $1 AND state = 'running' AND (trigger_event = ANY($2::text[]) OR exit_event = ANY($2::text[]))
"""
# One way through at a time; another only where the sequence allows it, so long after the last one began. A contact's row lock
# keeps two events from setting the same person off twice.
_ENROL = """
INSERT INTO enrolment (workspace_id, id, sequence_id, contact_id, entry, step, state, due_at, event_id, created_at, updated_at)
SELECT $1, u.id, $2, u.contact_id, coalesce(l.entry + 1, 0), 0, 'waiting', $3, u.event_id, $3, $3
FROM unnest($5::uuid[], $6::uuid[], $7::uuid[]) AS u(id, contact_id, event_id)
LEFT JOIN LATERAL (
  SELECT e.entry, e.state, e.created_at FROM enrolment e
  WHERE e.workspace_id = $1 AND e.sequence_id = $2 AND e.contact_id = u.contact_id
  ORDER BY e.entry DESC LIMIT 1) l ON true
WHERE l.entry IS NULL
   OR l.state <> 'waiting' AND $4::int IS NOT NULL AND l.entry < 32000
      AND l.created_at <= $3::timestamptz - make_interval(secs => $4)
ON CONFLICT (workspace_id, sequence_id, contact_id, entry) DO NOTHING
RETURNING contact_id
"""
_HOLD_CONTACTS = """
SELECT id FROM contact WHERE workspace_id = $1 AND id = ANY($2::uuid[]) ORDER BY id FOR NO KEY UPDATE
"""
_ENDED = """
SELECT u.event_id FROM unnest($3::uuid[], $4::uuid[], $5::timestamptz[]) AS u(event_id, contact_id, at)
WHERE EXISTS (
  SELECT FROM event e WHERE e.workspace_id = $1 AND e.contact_id = u.contact_id AND e.name = $2 AND e.occurred_at > u.at)
"""
_LEAVE = """
UPDATE enrolment SET state = 'left', reason = $4, updated_at = $3
WHERE workspace_id = $1 AND sequence_id = $2 AND state = 'waiting' AND ($5::uuid[] IS NULL OR contact_id = ANY($5::uuid[]))
"""
# What happened before it began does not end it, however late it is told.
_LEAVE_BY_EVENT = """
UPDATE enrolment e SET state = 'left', reason = $4, updated_at = $3
FROM unnest($5::uuid[], $6::timestamptz[]) AS u(contact_id, at)
WHERE e.workspace_id = $1 AND e.sequence_id = $2 AND e.state = 'waiting' AND e.contact_id = u.contact_id
  AND u.at >= coalesce((SELECT v.occurred_at FROM event v WHERE v.workspace_id = $1 AND v.id = e.event_id), e.created_at)
"""
_DUE = """
SELECT e.workspace_id, e.id, e.sequence_id, e.contact_id, e.entry, e.step, s.steps
FROM enrolment e JOIN sequence s ON s.workspace_id = e.workspace_id AND s.id = e.sequence_id
WHERE e.state = 'waiting' AND e.due_at <= $1 AND s.state = 'running'
ORDER BY e.due_at LIMIT $2 FOR NO KEY UPDATE OF e SKIP LOCKED
"""
_MOVE = """
UPDATE enrolment e SET step = u.step, state = u.state, reason = u.reason, due_at = u.due_at, updated_at = $2
FROM unnest($3::uuid[], $4::int[], $5::text[], $6::text[], $7::timestamptz[]) AS u(id, step, state, reason, due_at)
WHERE e.workspace_id = $1 AND e.id = u.id
"""
_COUNTS = """
SELECT sequence_id, step, state, count(*) AS contacts FROM enrolment
WHERE workspace_id = $1 AND sequence_id = ANY($2::uuid[]) GROUP BY sequence_id, step, state ORDER BY step, state
"""


async def add_sequence(
    tx: Transaction, *, workspace_id: UUID, sequence_id: UUID, columns: Mapping[str, Any], now: datetime
) -> None:
    """Insert a draft. Raises Conflict when the name is taken."""
    row = {"workspace_id": workspace_id, "id": sequence_id, "state": "draft", **columns, "created_at": now, "updated_at": now}
    async with unique(tx, _NAME_TAKEN, pointer="/body/name"):
        await tx.run(insert(sequence).values(**row))


async def hold_sequence(tx: Transaction, *, workspace_id: UUID, sequence_id: UUID) -> Row | None:
    """One sequence, locked for a change."""
    found = select(sequence).where(sequence.c.workspace_id == workspace_id, sequence.c.id == sequence_id)
    return await tx.first(found.with_for_update(key_share=True))


async def find_sequence(tx: Transaction, *, workspace_id: UUID, sequence_id: UUID) -> Row | None:
    """One sequence."""
    return await tx.first(select(sequence).where(sequence.c.workspace_id == workspace_id, sequence.c.id == sequence_id))


async def list_sequences(tx: Transaction, *, workspace_id: UUID, before: UUID | None, limit: int) -> Sequence[Row]:
    """Sequences, newest first."""
    found = select(sequence).where(sequence.c.workspace_id == workspace_id)
    return await tx.rows(newest_first(found, sequence.c.id, before=before, limit=limit))


async def write_sequence(
    tx: Transaction, *, workspace_id: UUID, sequence_id: UUID, changes: Mapping[str, Any], now: datetime
) -> Row | None:
    """Replace the named columns; the sequence afterwards. Raises Conflict when the name is taken."""
    meant = update(sequence).where(sequence.c.workspace_id == workspace_id, sequence.c.id == sequence_id)
    async with unique(tx, _NAME_TAKEN, pointer="/body/name"):
        return await tx.first(meant.values(**changes, updated_at=now).returning(sequence))


async def count_enrolled(tx: Transaction, *, workspace_id: UUID, sequence_ids: Sequence[UUID]) -> Sequence[Row]:
    """(sequence, step, state, contacts) of each step."""
    return await tx.fetch(_COUNTS, workspace_id, list(sequence_ids))


async def list_enrolments(
    tx: Transaction, *, workspace_id: UUID, sequence_id: UUID, before: UUID | None, limit: int, state: str | None
) -> Sequence[Row]:
    """Enrolments of a sequence, newest first; in one state, if it is named."""
    found = select(enrolment).where(enrolment.c.workspace_id == workspace_id, enrolment.c.sequence_id == sequence_id)
    if state is not None:
        found = found.where(enrolment.c.state == state)
    return await tx.rows(newest_first(found, enrolment.c.id, before=before, limit=limit))


async def sequences_set_off(tx: Transaction, *, workspace_id: UUID, names: Sequence[str]) -> Sequence[Row]:
    """Running sequences that events of these names begin or end."""
    return await tx.fetch(_SET_OFF, workspace_id, list(names))


async def enrol(
    tx: Transaction,
    *,
    workspace_id: UUID,
    sequence_id: UUID,
    rows: Sequence[tuple[UUID, UUID, UUID | None]],
    reenter_after: int | None,
    now: datetime,
) -> set[UUID]:
    """Begin the sequence for contacts: (enrolment, contact, event); the contacts that were not in it, or may be again."""
    ids = sorted({contact_id for _, contact_id, _ in rows})
    await tx.fetch(_HOLD_CONTACTS, workspace_id, ids)
    columns = [list(column) for column in zip(*rows, strict=True)]
    return {row["contact_id"] for row in await tx.fetch(_ENROL, workspace_id, sequence_id, now, reenter_after, *columns)}


async def ended_after(
    tx: Transaction, *, workspace_id: UUID, exit_event: str, begun: Sequence[tuple[UUID, UUID, datetime]]
) -> set[UUID]:
    """Those of the events (id, contact, at) after which an event happened that ends the sequence, in whichever order we heard."""
    columns = (list(column) for column in zip(*begun, strict=True))
    return {row["event_id"] for row in await tx.fetch(_ENDED, workspace_id, exit_event, *columns)}


async def leave(
    tx: Transaction, *, workspace_id: UUID, sequence_id: UUID, contact_ids: Sequence[UUID] | None, reason: str, now: datetime
) -> int:
    """End the sequence for contacts, or for all (None); how many were in it."""
    ids = None if contact_ids is None else list(contact_ids)
    return await tx.execute(_LEAVE, workspace_id, sequence_id, now, reason, ids)


async def leave_by_event(
    tx: Transaction, *, workspace_id: UUID, sequence_id: UUID, exits: Mapping[UUID, datetime], reason: str, now: datetime
) -> int:
    """End the sequence for contacts for whom it began before they did what ends it (contact -> when); how many were in it."""
    columns = (list(exits), list(exits.values()))
    return await tx.execute(_LEAVE_BY_EVENT, workspace_id, sequence_id, now, reason, *columns)


async def due_enrolments(tx: Transaction, *, now: datetime, limit: int) -> Sequence[Row]:
    """Enrolments whose next step is due, locked; those another worker holds are left out."""
    return await tx.fetch(_DUE, now, limit)


async def move_enrolments(
    tx: Transaction, *, workspace_id: UUID, rows: Sequence[tuple[UUID, int, str, str, datetime]], now: datetime
) -> None:
    """Write how far each has come: (enrolment, next step, state, reason, due at)."""
    await tx.execute(_MOVE, workspace_id, now, *(list(column) for column in zip(*rows, strict=True)))
