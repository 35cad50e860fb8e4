"""Who shares a number? The caller's people on it, as far as they were named."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from app.domain.household import Known
from app.storage.database import Row, Transaction

_COLUMNS = "person, attributes, created_at, updated_at, left_at"
_LIST = f"SELECT {_COLUMNS} FROM number_person WHERE workspace_id = $1 AND phone = $2 ORDER BY created_at, person"  # noqa: S608
# A null of the change takes an attribute away; who had left is there again.
_JOIN = """
INSERT INTO number_person (workspace_id, phone, person, attributes, created_at, updated_at)
SELECT $1, u.phone, u.person, jsonb_strip_nulls(u.attributes), $2, $2
FROM unnest($3::text[], $4::text[], $5::jsonb[]) AS u(phone, person, attributes)
ORDER BY u.phone, u.person
ON CONFLICT (workspace_id, phone, person) DO UPDATE
SET attributes = jsonb_strip_nulls(number_person.attributes || excluded.attributes), updated_at = excluded.updated_at,
    left_at = NULL
"""
_NAME = """
INSERT INTO number_person (workspace_id, phone, person, created_at, updated_at)
SELECT DISTINCT $1::uuid, u.phone, u.person, $4::timestamptz, $4::timestamptz
FROM unnest($2::text[], $3::text[]) AS u(phone, person)
ORDER BY u.phone, u.person
ON CONFLICT (workspace_id, phone, person) DO UPDATE SET left_at = NULL WHERE number_person.left_at IS NOT NULL
"""
_LEAVE = """
UPDATE number_person SET attributes = '{}', left_at = coalesce(left_at, $4), updated_at = $4
WHERE workspace_id = $1 AND phone = $2 AND person = $3
"""
_FORGET_EVENTS = """
DELETE FROM event e USING contact c
WHERE c.workspace_id = $1 AND c.phone = $2 AND e.workspace_id = $1 AND e.contact_id = c.id AND e.person = $3
"""
_SHARED = """
SELECT DISTINCT q.phone FROM number_person q LEFT JOIN contact c ON c.workspace_id = $1 AND c.phone = q.phone
WHERE q.workspace_id = $1 AND q.phone = ANY($2::text[]) AND q.person <> coalesce(c.person, (
  SELECT min(z.person) FROM number_person z WHERE z.workspace_id = $1 AND z.phone = q.phone))
"""

_ON = """
SELECT phone, person, attributes, left_at IS NOT NULL AS has_left FROM number_person
WHERE workspace_id = $1 AND phone = ANY($2::text[])
"""

# Ids of a person whose contacts were merged: on each number she is known by the one of its contact.
_MEANT = """
SELECT DISTINCT u.phone, u.person, c.person AS known_as
FROM unnest($2::text[], $3::text[]) AS u(phone, person)
JOIN contact c ON c.workspace_id = $1 AND c.phone = u.phone AND c.person <> u.person
JOIN contact o ON o.workspace_id = $1 AND o.person = u.person
  AND coalesce(o.merged_into, o.id) = coalesce(c.merged_into, c.id)
"""
_OTHER_IDS = """
SELECT merged_into AS id, person FROM contact
WHERE workspace_id = $1 AND merged_into = ANY($2::uuid[]) AND person IS NOT NULL
"""

Joining = tuple[str, str, Mapping[str, Any]]  # phone, person, attributes


async def list_people(tx: Transaction, *, workspace_id: UUID, phone: str) -> list[Row]:
    """The people named on a number, those who left too, in the order they became known."""
    return list(await tx.fetch(_LIST, workspace_id, phone))


async def people_on(tx: Transaction, *, workspace_id: UUID, phones: Sequence[str]) -> dict[str, dict[str, Known]]:
    """The people named on numbers: phone -> person -> what is known of them."""
    found: dict[str, dict[str, Known]] = {}
    for row in await tx.fetch(_ON, workspace_id, phones):
        found.setdefault(row["phone"], {})[row["person"]] = Known(row["attributes"], has_left=row["has_left"])
    return found


async def persons_meant(
    tx: Transaction, *, workspace_id: UUID, named: Sequence[tuple[str, str | None]]
) -> dict[tuple[str, str | None], str]:
    """Of (phone, person) those that name the number's contact by another id, since contacts were merged, with the one it has."""
    given = [(phone, person) for phone, person in named if person is not None]
    if not given:
        return {}
    rows = await tx.fetch(_MEANT, workspace_id, [phone for phone, _ in given], [person for _, person in given])
    return {(row["phone"], row["person"]): row["known_as"] for row in rows}


async def other_ids(tx: Transaction, *, workspace_id: UUID, contact_ids: Sequence[UUID]) -> dict[UUID, set[str]]:
    """By which ids of the caller's these contacts are known besides, since others were merged into them."""
    found: dict[UUID, set[str]] = {}
    for row in await tx.fetch(_OTHER_IDS, workspace_id, contact_ids):
        found.setdefault(row["id"], set()).add(row["person"])
    return found


async def join_people(tx: Transaction, *, workspace_id: UUID, rows: Sequence[Joining], now: datetime) -> None:
    """Put people on numbers that have rows, or change what is known of them; each of them once."""
    attributes = [orjson.dumps(given).decode() for _, _, given in rows]
    await tx.execute(_JOIN, workspace_id, now, [row[0] for row in rows], [row[1] for row in rows], attributes)


async def name_people(tx: Transaction, *, workspace_id: UUID, named: Sequence[tuple[str, str]], now: datetime) -> None:
    """Make people who agreed or refused by name known on their numbers: (phone, person)."""
    await tx.execute(_NAME, workspace_id, [phone for phone, _ in named], [person for _, person in named], now)


async def leave(tx: Transaction, *, workspace_id: UUID, phone: str, person: str, now: datetime) -> bool:
    """Take somebody off a number, with what they were and did; that it was shared stays. False when nobody such is there."""
    left = await tx.execute(_LEAVE, workspace_id, phone, person, now)
    await tx.execute(_FORGET_EVENTS, workspace_id, phone, person)
    return left > 0


async def shared_numbers(tx: Transaction, *, workspace_id: UUID, phones: Sequence[str]) -> set[str]:
    """Those of the numbers on which two people are named, or ever were."""
    return {row["phone"] for row in await tx.fetch(_SHARED, workspace_id, phones)}
