"""Who does a workspace know? Contacts, read one by one or as a filtered list, written in sets."""

from collections.abc import Sequence
from datetime import datetime
from itertools import repeat
from typing import Any
from uuid import UUID

import orjson

from app.domain.contact import Profile
from app.domain.errors import Conflict
from app.storage.database import Row, Transaction

SHOWN = (
    "c.id, c.phone, c.attributes, c.tags, c.locale, c.time_zone, c.provenance, c.created_at, c.updated_at, "
    "c.places, c.birth_date, c.age_verified, c.person, c.merged_into, n.region, n.kind, n.zones"
)
WITH_NUMBER = "FROM contact c JOIN number n ON n.workspace_id = c.workspace_id AND n.phone = c.phone"
"""A contact as it is shown is `SHOWN` of this."""
_READ = f"SELECT {SHOWN} {WITH_NUMBER} WHERE c.workspace_id = $1 AND c.id = $2"
_SAMPLE = """
WITH newest AS (SELECT id FROM contact WHERE workspace_id = $1 AND merged_into IS NULL ORDER BY id DESC LIMIT $2 - $2 / 2),
  oldest AS (SELECT id FROM contact WHERE workspace_id = $1 AND merged_into IS NULL ORDER BY id LIMIT $2 / 2)
SELECT attributes, phone, locale FROM contact
WHERE workspace_id = $1 AND id IN (SELECT id FROM newest UNION SELECT id FROM oldest)
"""
_READ_BY_PHONE = f"SELECT {SHOWN} {WITH_NUMBER} WHERE c.workspace_id = $1 AND c.phone = $2"
_LIST = f"""
SELECT {SHOWN} {WITH_NUMBER}
WHERE c.workspace_id = $1 AND ($2::uuid IS NULL OR c.id < $2) AND ($3::text IS NULL OR c.phone = $3)
  AND ($4::text IS NULL OR n.region = $4) AND ($5::text IS NULL OR c.tags @> ARRAY[$5])
  AND ($6::text IS NULL OR c.person = $6) AND (c.merged_into IS NULL OR coalesce($3, $6) IS NOT NULL)
ORDER BY c.id DESC LIMIT $7
"""
_WRITTEN = (
    "id",
    "phone",
    "attributes",
    "tags",
    "locale",
    "time_zone",
    "provenance",
    "places",
    "birth_date",
    "age_verified",
    "person",
)
_HELD = f"{', '.join(_WRITTEN)}, merged_into"
_HOLD = f"""
SELECT {_HELD}
FROM contact WHERE workspace_id = $1 AND phone = ANY($2::text[])
ORDER BY id FOR NO KEY UPDATE
"""  # noqa: S608
_HOLD_ONE = f"""
SELECT {_HELD}
FROM contact WHERE workspace_id = $1 AND id = $2 FOR NO KEY UPDATE
"""  # noqa: S608
_ANY_MERGED = "SELECT EXISTS (SELECT 1 FROM contact WHERE workspace_id = $1 AND merged_into IS NOT NULL)"
_SPOKEN_FOR = """
SELECT a.phone, c.phone AS spoken_for_by FROM contact a JOIN contact c ON c.workspace_id = $1 AND c.id = a.merged_into
WHERE a.workspace_id = $1 AND a.phone = ANY($2::text[]) AND a.merged_into IS NOT NULL
"""
_UNNESTED = """$3::uuid[], $4::text[], $5::jsonb[], $6::text[], $7::text[], $8::text[], $9::text[], $10::jsonb[], $11::date[],
            $12::boolean[], $13::text[])
  AS u(id, phone, attributes, tags, locale, time_zone, provenance, places, birth_date, age_verified, person)"""
# Nearly always all go in, and then there is nothing to tell.
_ADD = f"""
WITH added AS (
INSERT INTO contact (workspace_id, id, phone, attributes, tags, locale, time_zone, provenance, places, birth_date, age_verified,
                     person, created_at, updated_at)
SELECT $1, u.id, u.phone, u.attributes, string_to_array(u.tags, E'\\x1f'), u.locale, u.time_zone, u.provenance, u.places,
       u.birth_date, u.age_verified, u.person, $2, $2
FROM unnest({_UNNESTED}
ORDER BY u.phone
ON CONFLICT (workspace_id, phone) DO NOTHING
RETURNING id)
SELECT count(*) = cardinality($3::uuid[]) AS every, CASE WHEN count(*) < cardinality($3::uuid[]) THEN array_agg(id) END AS ids
FROM added
"""  # noqa: S608
_WRITE = f"""
UPDATE contact c
SET attributes = u.attributes, tags = string_to_array(u.tags, E'\\x1f'), locale = u.locale, time_zone = u.time_zone,
    provenance = u.provenance, places = u.places, birth_date = u.birth_date, age_verified = u.age_verified, person = u.person,
    updated_at = $2
FROM unnest({_UNNESTED}
WHERE c.workspace_id = $1 AND c.id = u.id
"""  # noqa: S608

Written = tuple[UUID, str, Profile]  # id, phone, what it holds


def profile_of(row: Row) -> Profile:
    """The changeable part of a stored contact."""
    return Profile(
        attributes=row["attributes"],
        tags=tuple(row["tags"]),
        locale=row["locale"],
        time_zone=row["time_zone"],
        provenance=row["provenance"],
        places=tuple(row["places"]),
        birth_date=row["birth_date"],
        age_verified=row["age_verified"],
        person=row["person"],
    )


def _columns(rows: Sequence[Written]) -> tuple[list[Any], ...]:
    # Arrays of arrays must be rectangular in PostgreSQL, so tags travel as text, with a separator no tag can hold.
    return (
        [contact_id for contact_id, _, _ in rows],
        [phone for _, phone, _ in rows],
        [orjson.dumps(profile.attributes).decode() for _, _, profile in rows],
        ["\x1f".join(profile.tags) for _, _, profile in rows],
        [profile.locale for _, _, profile in rows],
        [profile.time_zone for _, _, profile in rows],
        [profile.provenance for _, _, profile in rows],
        [orjson.dumps(profile.places).decode() for _, _, profile in rows],
        [profile.birth_date for _, _, profile in rows],
        [profile.age_verified for _, _, profile in rows],
        [profile.person for _, _, profile in rows],
    )


async def read_contact(tx: Transaction, *, workspace_id: UUID, contact_id: UUID) -> Row | None:
    """One contact with what is known of its number."""
    return await tx.fetch_row(_READ, workspace_id, contact_id)


async def sample_contacts(tx: Transaction, *, workspace_id: UUID, limit: int) -> Sequence[Row]:
    """What texts may say of some contacts, half of them added last and half first: attributes, phone, locale.

    Those of one import are alike: the last alone would not tell what the others have.
    """
    return await tx.fetch(_SAMPLE, workspace_id, limit)


async def read_contact_by_phone(tx: Transaction, *, workspace_id: UUID, phone: str) -> Row | None:
    """The contact of a number."""
    return await tx.fetch_row(_READ_BY_PHONE, workspace_id, phone)


async def list_contacts(
    tx: Transaction,
    *,
    workspace_id: UUID,
    before: UUID | None,
    limit: int,
    phone: str | None = None,
    country: str | None = None,
    tag: str | None = None,
    person: str | None = None,
) -> list[Row]:
    """Contacts, newest first, before the given id. `country` is the number's region (ISO 3166 alpha-2)."""
    return list(await tx.fetch(_LIST, workspace_id, before, phone, country, tag, person, limit))


async def hold_contacts(tx: Transaction, *, workspace_id: UUID, phones: Sequence[str]) -> dict[str, tuple[UUID, Profile]]:
    """The contacts of these numbers, locked in the order of their ids, as everybody does: phone -> (id, what it holds).

    One that was merged into another is found as the other.
    """
    spoken_for: dict[str, str] = {}
    if await tx.fetch_value(_ANY_MERGED, workspace_id):
        found = await tx.fetch(_SPOKEN_FOR, workspace_id, phones)
        spoken_for = {row["phone"]: row["spoken_for_by"] for row in found}
    meant = {phone: spoken_for.get(phone, phone) for phone in phones}
    rows = {row["phone"]: row for row in await tx.fetch(_HOLD, workspace_id, list(set(meant.values())))}
    if any(row["merged_into"] for row in rows.values()):  # merged while we waited for it
        return await hold_contacts(tx, workspace_id=workspace_id, phones=phones)
    return {phone: (rows[other]["id"], profile_of(rows[other])) for phone, other in meant.items() if other in rows}


async def hold_contact(tx: Transaction, *, workspace_id: UUID, contact_id: UUID) -> tuple[str, Profile] | None:
    """One contact, locked: (phone, what it holds). Raises Conflict `merged` when another speaks for it."""
    row = await tx.fetch_row(_HOLD_ONE, workspace_id, contact_id)
    if row is not None and row["merged_into"] is not None:
        raise Conflict("this contact was merged into another: change that one", pointer="/path/contact_id", code="merged")
    return None if row is None else (row["phone"], profile_of(row))


async def add_contacts(tx: Transaction, *, workspace_id: UUID, rows: Sequence[Written], now: datetime) -> set[UUID]:
    """Insert contacts whose numbers have rows; the ids that went in. One whose number another transaction took is left out."""
    row = await tx.fetch_row(_ADD, workspace_id, now, *_columns(rows))
    assert row is not None
    return {contact_id for contact_id, _, _ in rows} if row["every"] else set(row["ids"] or ())


async def copy_contacts(tx: Transaction, *, workspace_id: UUID, rows: Sequence[Written], now: datetime) -> None:
    """Insert contacts whose numbers were made in this transaction, as a copy: nobody else can be inserting one of them."""
    columns = (*_WRITTEN, "workspace_id", "created_at", "updated_at")
    ids, phones, attributes, _, *rest = _columns(rows)
    tags = [profile.tags for _, _, profile in rows]
    records = zip(ids, phones, attributes, tags, *rest, repeat(workspace_id), repeat(now), repeat(now))
    await tx.driver.copy_records_to_table("contact", columns=columns, records=records)


async def write_contacts(tx: Transaction, *, workspace_id: UUID, rows: Sequence[Written], now: datetime) -> None:
    """Replace what contacts hold. They must be held by this transaction."""
    await tx.execute(_WRITE, workspace_id, now, *_columns(rows))
