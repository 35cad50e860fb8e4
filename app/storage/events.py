"""Which events are kept? Written in sets for contacts that are held, each once by the caller's id, and read in pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson

from app.domain.event import Event
from app.storage.database import Row, Transaction

_COLUMNS = (
    "id, contact_id, person, kind, name, occurred_at, received_at, caller_id, amount, currency, items, properties, message_id"
)
_BY_PHONE = "SELECT phone, id FROM contact WHERE workspace_id = $1 AND phone = ANY($2::text[])"
_BY_PERSON = """
SELECT DISTINCT ON (person) person, id FROM (
  SELECT person, id FROM contact WHERE workspace_id = $1 AND person = ANY($2::text[])
  UNION ALL
  SELECT q.person, c.id FROM number_person q JOIN contact c ON c.workspace_id = $1 AND c.phone = q.phone
  WHERE q.workspace_id = $1 AND q.person = ANY($2::text[]) AND q.left_at IS NULL) x
ORDER BY person, id
"""
# As a foreign key does, and in one order: who erases or merges one of these waits for us, or we find what they left.
_PIN = """
SELECT id, coalesce(merged_into, id) AS stands FROM contact
WHERE workspace_id = $1 AND id = ANY($2::uuid[]) ORDER BY id FOR KEY SHARE
"""
_ADD = """
INSERT INTO event (workspace_id, received_at, id, contact_id, person, kind, name, occurred_at, caller_id, amount, currency, items,
                   properties)
SELECT $1, $2, u.*
FROM unnest($3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::timestamptz[], $9::text[], $10::numeric[],
            $11::char(3)[], $12::jsonb[], $13::jsonb[]) AS u
ON CONFLICT (workspace_id, caller_id) DO NOTHING
RETURNING id
"""
_KEPT = f"SELECT {_COLUMNS} FROM event WHERE workspace_id = $1 AND caller_id = ANY($2::text[])"  # noqa: S608
_READ = f"SELECT {_COLUMNS} FROM event WHERE workspace_id = $1 AND id = $2"  # noqa: S608
_LIST = f"""
SELECT {_COLUMNS} FROM event
WHERE workspace_id = $1 AND ($2::uuid IS NULL OR id < $2) AND ($3::uuid IS NULL OR contact_id = $3)
  AND ($4::text IS NULL OR name = $4) AND ($5::timestamptz IS NULL OR occurred_at >= $5)
  AND ($6::timestamptz IS NULL OR occurred_at < $6)
ORDER BY id DESC LIMIT $7
"""  # noqa: S608

Written = tuple[UUID, UUID, Event]  # id, contact, what it did


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which events a list is of. The times are of what happened, the second one excluded."""

    contact_id: UUID | None = None
    name: str | None = None
    since: datetime | None = None
    until: datetime | None = None


async def contacts_by_phone(tx: Transaction, *, workspace_id: UUID, phones: Sequence[str]) -> dict[str, UUID]:
    """The contacts of numbers (E.164)."""
    return {row["phone"]: row["id"] for row in await tx.fetch(_BY_PHONE, workspace_id, phones)}


async def contacts_by_person(tx: Transaction, *, workspace_id: UUID, persons: Sequence[str]) -> dict[str, UUID]:
    """The contacts of the caller's people; of several of one person the one that was made first."""
    return {row["person"]: row["id"] for row in await tx.fetch(_BY_PERSON, workspace_id, persons)}


async def pin_contacts(tx: Transaction, *, workspace_id: UUID, contact_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """Those of the contacts that exist, each with the one that speaks for it; they stay until the transaction ends."""
    return {row["id"]: row["stands"] for row in await tx.fetch(_PIN, workspace_id, contact_ids)}


async def add_events(tx: Transaction, *, workspace_id: UUID, rows: Sequence[Written], now: datetime) -> set[UUID]:
    """Insert events of pinned contacts; the ids that went in. One whose caller's id is taken is left out."""
    events = [event for _, _, event in rows]
    added = await tx.fetch(
        _ADD,
        workspace_id,
        now,
        [event_id for event_id, _, _ in rows],
        [contact_id for _, contact_id, _ in rows],
        [event.person for event in events],
        [event.kind for event in events],
        [event.name for event in events],
        [event.occurred_at for event in events],
        [event.caller_id for event in events],
        [event.amount for event in events],
        [event.currency for event in events],
        [orjson.dumps(event.items).decode() for event in events],
        [orjson.dumps(event.properties).decode() for event in events],
    )
    return {row["id"] for row in added}


async def kept_events(tx: Transaction, *, workspace_id: UUID, caller_ids: Sequence[str]) -> Mapping[str, Row]:
    """Events by the caller's ids."""
    return {row["caller_id"]: row for row in await tx.fetch(_KEPT, workspace_id, caller_ids)}


async def read_event(tx: Transaction, *, workspace_id: UUID, event_id: UUID) -> Row | None:
    """One event."""
    return await tx.fetch_row(_READ, workspace_id, event_id)


async def list_events(tx: Transaction, *, workspace_id: UUID, before: UUID | None, limit: int, wanted: Wanted) -> list[Row]:
    """Events, those received last first, before the given id."""
    of = (wanted.contact_id, wanted.name, wanted.since, wanted.until)
    return list(await tx.fetch(_LIST, workspace_id, before, *of, limit))
