"""How do two contacts become one person's? Held in the one order there is, joined, and what waits twice is closed once."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from app.domain.contact import Profile
from app.domain.errors import Conflict
from app.storage.contacts import profile_of
from app.storage.database import Row, Transaction

_GROUP = """
SELECT id, phone, merged_into FROM contact
WHERE workspace_id = $1 AND (id = ANY($2::uuid[]) OR merged_into = ANY($2::uuid[])) ORDER BY id
"""
# Chunks of launches hold their checkpoint and then want the contacts they name: whoever wants both takes the checkpoint first.
_HOLD_LAUNCHES = "SELECT 1 FROM materialisation WHERE workspace_id = $1 AND finished_at IS NULL ORDER BY campaign_id FOR UPDATE"
# Against foreign keys too: an event that is being recorded is waited for, and moves along.
_HOLD = """
SELECT id, phone, attributes, tags, locale, time_zone, provenance, places, birth_date, age_verified, person, merged_into
FROM contact WHERE workspace_id = $1 AND id = ANY($2::uuid[]) ORDER BY id FOR UPDATE
"""
_JOIN = "UPDATE contact SET merged_into = $2, updated_at = $4 WHERE workspace_id = $1 AND (id = $3 OR merged_into = $3)"
_MOVE_EVENTS = "UPDATE event SET contact_id = $2 WHERE workspace_id = $1 AND contact_id = $3"
# Of the messages of a campaign to one person's numbers, the one that is furthest stays, else that to the first number given.
# What has left is looked at and not locked: who records its outcome holds it, and then wants the lease that we hold.
_CLOSE_DOUBLES = """
WITH live AS (
  SELECT m.id, m.campaign_id, m.phone, m.state IN (0, 10) OR m.state = 20 AND EXISTS (
           SELECT 1 FROM lease l WHERE l.id = m.lease_id AND l.departed_at IS NULL) AS waits
  FROM message m
  WHERE m.workspace_id = $1 AND m.phone = ANY($2::text[]) AND m.campaign_id IS NOT NULL AND m.state NOT IN (50, 51, 52, 54, 56)
), ranked AS (
  SELECT id, waits, row_number() OVER (PARTITION BY campaign_id ORDER BY waits, phone <> $3, id) AS place FROM live
), doubles AS (
  SELECT m.id FROM ranked r JOIN message m ON m.workspace_id = $1 AND m.id = r.id
  WHERE r.place > 1 AND r.waits AND m.state IN (0, 10, 20) ORDER BY m.id FOR NO KEY UPDATE OF m
)
UPDATE message m SET state = 51, reason = 'suppress.same_person', lease_id = NULL, counted_at = NULL, updated_at = $4
FROM doubles d WHERE m.workspace_id = $1 AND m.id = d.id
"""
# Who takes steps holds these and then wants the contacts that we hold: nobody waits.
_HOLD_ENROLMENTS = """
SELECT id FROM enrolment WHERE workspace_id = $1 AND contact_id = $2 AND state = 'waiting' ORDER BY id FOR NO KEY UPDATE NOWAIT
"""
_END_DOUBLES = """
UPDATE enrolment e SET state = 'left', reason = 'sequence.same_person', updated_at = $4
WHERE e.workspace_id = $1 AND e.contact_id = $3 AND e.state = 'waiting' AND EXISTS (
  SELECT FROM enrolment o
  WHERE o.workspace_id = $1 AND o.contact_id = $2 AND o.sequence_id = e.sequence_id AND o.state = 'waiting')
"""
_JOIN_ENROLMENTS = """
UPDATE enrolment e SET contact_id = $2, entry = e.entry + coalesce(o.entry + 1, 0), updated_at = $4
FROM (SELECT DISTINCT sequence_id FROM enrolment WHERE workspace_id = $1 AND contact_id = $3) s
LEFT JOIN LATERAL (
  SELECT max(x.entry) AS entry FROM enrolment x WHERE x.workspace_id = $1 AND x.contact_id = $2 AND x.sequence_id = s.sequence_id
) o ON true
WHERE e.workspace_id = $1 AND e.contact_id = $3 AND e.sequence_id = s.sequence_id AND (e.state = 'waiting' OR o.entry IS NULL)
"""
_JOIN_LISTS = """
INSERT INTO audience_list_member (workspace_id, list_id, contact_id)
SELECT workspace_id, list_id, $2 FROM audience_list_member WHERE workspace_id = $1 AND contact_id = $3
ON CONFLICT DO NOTHING
"""
_KEEP = """
INSERT INTO contact_merge (workspace_id, id, contact_id, from_contact_id, actor, report, merged_at)
VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7)
"""
_SPEAK_FOR = "UPDATE contact_merge SET contact_id = $2 WHERE workspace_id = $1 AND contact_id = $3"
_COLUMNS = "id, contact_id, from_contact_id, actor, report, merged_at"
_OF_FROM = f"SELECT {_COLUMNS} FROM contact_merge WHERE workspace_id = $1 AND from_contact_id = $2"  # noqa: S608
_LIST = f"""
SELECT {_COLUMNS} FROM contact_merge
WHERE workspace_id = $1 AND contact_id = $2 AND ($3::uuid IS NULL OR id < $3) ORDER BY id DESC LIMIT $4
"""  # noqa: S608
_NUMBERS = """
SELECT o.phone, o.merged_into IS NULL AS speaks FROM contact c JOIN contact o ON o.workspace_id = c.workspace_id
  AND (o.id = coalesce(c.merged_into, c.id) OR o.merged_into = coalesce(c.merged_into, c.id))
WHERE c.workspace_id = $1 AND c.phone = $2 ORDER BY o.phone
"""


async def read_group(tx: Transaction, *, workspace_id: UUID, contact_ids: Sequence[UUID]) -> list[Row]:
    """These contacts and all that were merged into one of them: id, phone, merged_into."""
    return list(await tx.fetch(_GROUP, workspace_id, contact_ids))


async def numbers_of_person(tx: Transaction, *, workspace_id: UUID, phone: str) -> dict[str, bool]:
    """Every number of the person with this one, as far as their contacts were merged, in order: whether it speaks for the others.

    Just this one where there is no contact.
    """
    return {row["phone"]: row["speaks"] for row in await tx.fetch(_NUMBERS, workspace_id, phone)} or {phone: True}


async def hold_launches(tx: Transaction, *, workspace_id: UUID) -> None:
    """Wait for the chunks that launches are writing, and let none begin; after numbers, before contacts."""
    await tx.execute(_HOLD_LAUNCHES, workspace_id)


async def hold_for_merge(
    tx: Transaction, *, workspace_id: UUID, contact_ids: Sequence[UUID]
) -> Mapping[UUID, tuple[Profile, UUID | None]]:
    """Contacts locked against everybody, whoever writes about them included: id -> (what it holds, whom it was merged into)."""
    rows = await tx.fetch(_HOLD, workspace_id, contact_ids)
    return {row["id"]: (profile_of(row), row["merged_into"]) for row in rows}


async def join_ways(tx: Transaction, *, workspace_id: UUID, into: UUID, joining: UUID, now: datetime) -> None:
    """Let one contact go on where the other was in a sequence, and stand on its lists; both must be held.

    Who was in a sequence as both goes on as the one that stays. Raises Conflict `in_motion` where a step is just being taken.
    """
    try:
        async with tx.driver.transaction():
            await tx.fetch(_HOLD_ENROLMENTS, workspace_id, joining)
    except asyncpg.LockNotAvailableError as error:
        detail = "the contact is just taken further in a sequence; send the request again"
        raise Conflict(detail, pointer="/body/from_contact_id", code="in_motion") from error
    await tx.execute(_END_DOUBLES, workspace_id, into, joining, now)
    await tx.execute(_JOIN_ENROLMENTS, workspace_id, into, joining, now)
    await tx.execute(_JOIN_LISTS, workspace_id, into, joining)


async def join_contacts(tx: Transaction, *, workspace_id: UUID, into: UUID, joining: UUID, now: datetime) -> int:
    """Let one contact speak for another, and for all that were merged into that; how many events moved."""
    await tx.execute(_JOIN, workspace_id, into, joining, now)
    await tx.execute(_SPEAK_FOR, workspace_id, into, joining)
    return await tx.execute(_MOVE_EVENTS, workspace_id, into, joining)


async def close_doubles(tx: Transaction, *, workspace_id: UUID, phones: Sequence[str], first: str, now: datetime) -> int:
    """Close what waits to reach one person twice in a campaign; how many messages.

    The numbers must be held and their departures waited for by this transaction.
    """
    return await tx.execute(_CLOSE_DOUBLES, workspace_id, phones, first, now)


async def keep_merge(
    tx: Transaction,
    *,
    workspace_id: UUID,
    merge_id: UUID,
    into: UUID,
    joining: UUID,
    actor: str,
    report: Mapping[str, Any],
    now: datetime,
) -> Row:
    """Keep who merged what, and what came of it; the row."""
    await tx.execute(_KEEP, workspace_id, merge_id, into, joining, actor, orjson.dumps(report).decode(), now)
    row = await read_merge(tx, workspace_id=workspace_id, joining=joining)
    assert row is not None
    return row


async def read_merge(tx: Transaction, *, workspace_id: UUID, joining: UUID) -> Row | None:
    """How a contact was merged into another."""
    return await tx.fetch_row(_OF_FROM, workspace_id, joining)


async def list_merges(tx: Transaction, *, workspace_id: UUID, contact_id: UUID, before: UUID | None, limit: int) -> list[Row]:
    """Merges into a contact, newest first."""
    return list(await tx.fetch(_LIST, workspace_id, contact_id, before, limit))
