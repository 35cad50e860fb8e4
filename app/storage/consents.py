"""What was agreed to, and what is true of it now? The ledger, only ever appended to, and the consent it adds up to."""

import asyncio
import os
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.ledger import NOTHING, SALT_BYTES, Event, Head, Link, chain
from app.storage.database import Row, Transaction

# The rows come in the order of the chain, and are kept in it.
_APPEND = """
INSERT INTO consent_event (workspace_id, id, phone, kind, channel, purpose, topic, brand, basis, tenure, method, evidence, source,
                           actor, expires_at, occurred_at, recorded_at, seq, number_seq, salt, number_hash, evidence_hash,
                           previous, number_previous, hash)
SELECT $1, u.id, u.phone, u.kind, u.channel, u.purpose, u.topic, u.brand, u.basis, u.tenure, u.method, u.evidence::jsonb, $2, $3,
       u.expires_at, u.occurred_at, $4, u.seq, u.number_seq, u.salt, u.number_hash, u.evidence_hash, u.previous,
       u.number_previous, u.hash
FROM unnest($5::uuid[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::int[],
            $14::text[], $15::timestamptz[], $16::timestamptz[], $17::bytea[], $18::bigint[], $19::int[], $20::bytea[],
            $21::bytea[], $22::bytea[], $23::bytea[], $24::bytea[], $25::text[])
  AS u(id, phone, kind, channel, purpose, topic, brand, basis, tenure, method, expires_at, occurred_at, salt, seq, number_seq,
       number_hash, evidence_hash, previous, number_previous, hash, evidence)
"""
_NUMBER_ENDS = """
SELECT p.phone, e.number_seq, e.hash
FROM unnest($2::text[]) AS p(phone) CROSS JOIN LATERAL (
  SELECT number_seq, hash FROM consent_event
  WHERE workspace_id = $1 AND phone = p.phone ORDER BY number_seq DESC LIMIT 1) e
"""
_FIRST_HEAD = "INSERT INTO ledger_head (workspace_id, seq, hash) VALUES ($1, 0, $2) ON CONFLICT DO NOTHING"
_HOLD_HEAD = "SELECT seq, hash FROM ledger_head WHERE workspace_id = $1 FOR NO KEY UPDATE"
_MOVE_HEAD = "UPDATE ledger_head SET seq = $2, hash = $3 WHERE workspace_id = $1"
_EVENTS = """
SELECT id, phone, kind, channel, purpose, topic, brand, basis, tenure, method, evidence, source, actor, expires_at, occurred_at,
       recorded_at, seq, number_seq, salt, number_hash, evidence_hash, previous, number_previous, hash
FROM consent_event
"""
_LEDGER = f"""{_EVENTS}
WHERE workspace_id = $1 AND phone = $2 AND ($3::uuid IS NULL OR seq < (
  SELECT seq FROM consent_event WHERE workspace_id = $1 AND id = $3)) ORDER BY seq DESC LIMIT $4
"""  # noqa: S608
_OF_NUMBERS = _EVENTS + "WHERE workspace_id = $1 AND phone = ANY($2::text[]) ORDER BY phone, seq"
_CONSENTS = """
SELECT c.phone, c.channel, c.purpose, c.topic, c.brand, c.basis, c.state, c.since, c.expires_at, c.flags, c.event_id, e.method
FROM consent c JOIN consent_event e ON e.workspace_id = c.workspace_id AND e.id = c.event_id
WHERE c.workspace_id = $1 AND c.phone = ANY($2::text[])
ORDER BY c.phone, c.purpose, c.topic, c.brand, c.channel, c.basis
"""
_LATEST_NOES = """
SELECT phone, channel, purpose, topic, brand, max(occurred_at) AS at FROM consent_event
WHERE workspace_id = $1 AND phone = ANY($2::text[]) AND kind IN ('revoked', 'declined')
GROUP BY phone, channel, purpose, topic, brand
"""
_COUNT_STANDING = """
SELECT count(*) FROM consent WHERE workspace_id = $1 AND phone = ANY($2::text[]) AND state IN ('given', 'pending')
"""
_WRITE = """
INSERT INTO consent (workspace_id, phone, channel, purpose, topic, brand, basis, state, since, expires_at, flags, event_id)
SELECT $1, u.phone, u.channel, u.purpose, u.topic, u.brand, u.basis, u.state, u.since, u.expires_at,
       string_to_array(u.flags, ','), u.event_id
FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::timestamptz[],
            $10::timestamptz[], $11::text[], $12::uuid[])
  AS u(phone, channel, purpose, topic, brand, basis, state, since, expires_at, flags, event_id)
ORDER BY u.phone, u.channel, u.purpose, u.topic, u.brand, u.basis
ON CONFLICT (workspace_id, phone, channel, purpose, topic, brand, basis) DO UPDATE
SET state = excluded.state, since = excluded.since, expires_at = excluded.expires_at, flags = excluded.flags,
    event_id = excluded.event_id
"""

# phone, channel, purpose, topic, brand, basis, state, since, expires at, flags (joined by commas), event
Standing = tuple[str, str, str, str, str, str, str, datetime, datetime | None, str, UUID]


_CHUNK = 1_000
_OF_EVENT = tuple("id phone kind channel purpose topic brand basis tenure method expires_at occurred_at".split())


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


async def hold_head(tx: Transaction, *, workspace_id: UUID) -> Head:
    """Where the workspace's chain ends. Nobody else adds to it until the transaction ends."""
    row = await tx.fetch_row(_HOLD_HEAD, workspace_id)
    if row is None:
        await tx.execute(_FIRST_HEAD, workspace_id, NOTHING)
        row = await tx.fetch_row(_HOLD_HEAD, workspace_id)
        assert row is not None
    return Head(row["seq"], row["hash"])


async def append_events(
    tx: Transaction, *, workspace_id: UUID, rows: Sequence[Event], source: str, actor: str, now: datetime
) -> None:
    """Add lines to the ledger, in this order. The only way in: each is chained to the one before.

    Their numbers must have rows and be held. The workspace's head stays locked until the transaction ends, so whatever else it
    needs to lock on numbers and leases must be locked before, and workspaces must come in the order of their ids; message rows
    may follow. `evidence` is made canonical here.
    """
    head = await hold_head(tx, workspace_id=workspace_id)
    ends = await tx.fetch(_NUMBER_ENDS, workspace_id, list({row.phone for row in rows}))
    numbers = {end["phone"]: Head(end["number_seq"], end["hash"]) for end in ends}
    writing: asyncio.Task[int] | None = None
    try:
        for start in range(0, len(rows), _CHUNK):
            chunk = rows[start : start + _CHUNK]
            salts = _salts(len(chunk))
            links = list(
                chain(
                    chunk,
                    workspace_id=workspace_id,
                    head=head,
                    numbers=numbers,
                    salts=salts,
                    source=source,
                    actor=actor,
                    recorded_at=now,
                )
            )
            head = Head(links[-1].seq, links[-1].hash)
            if writing is not None:
                await writing
            # The database writes this chunk while the next one is hashed.
            columns = _stored(chunk, salts, links)
            writing = asyncio.create_task(tx.execute(_APPEND, workspace_id, source, actor, now, *columns))
            await asyncio.sleep(0)
    finally:
        if writing is not None:
            await writing
    await tx.execute(_MOVE_HEAD, workspace_id, head.seq, head.hash)


def _salts(count: int) -> list[bytes]:
    noise = os.urandom(SALT_BYTES * count)
    return [noise[at : at + SALT_BYTES] for at in range(0, len(noise), SALT_BYTES)]


def _stored(events: Sequence[Event], salts: list[bytes], links: Sequence[Link]) -> list[Sequence[Any]]:
    """The columns of `_APPEND`."""
    return [*([getattr(event, name) for event in events] for name in _OF_EVENT), salts, *zip(*links, strict=True)]


async def write_consents(tx: Transaction, *, workspace_id: UUID, rows: Sequence[Standing]) -> None:
    """Make consent what the ledger adds up to. Each key, up to its basis, comes once."""
    await tx.execute(_WRITE, workspace_id, *_columns(rows))


async def read_consents(tx: Transaction, *, workspace_id: UUID, phones: Sequence[str]) -> list[Row]:
    """Consent as it stands, of these numbers, with the method of the event each stands on."""
    return list(await tx.fetch(_CONSENTS, workspace_id, phones))


async def latest_noes(tx: Transaction, *, workspace_id: UUID, phones: Sequence[str]) -> list[Row]:
    """When these numbers last said no, to each channel (null is all), purpose, topic and brand ("" is all of them)."""
    return list(await tx.fetch(_LATEST_NOES, workspace_id, phones))


async def read_events(tx: Transaction, *, workspace_id: UUID, phones: Sequence[str]) -> list[Row]:
    """The whole ledger of these numbers, in the order it was written."""
    return list(await tx.fetch(_OF_NUMBERS, workspace_id, phones))


async def read_ledger(tx: Transaction, *, workspace_id: UUID, phone: str, before: UUID | None, limit: int) -> list[Row]:
    """A page of one number's ledger, newest first, before the given event."""
    return list(await tx.fetch(_LEDGER, workspace_id, phone, before, limit))


async def count_standing(tx: Transaction, *, workspace_id: UUID, phones: Sequence[str]) -> int:
    """How many consents of these numbers are given or asked for."""
    return int(await tx.fetch_value(_COUNT_STANDING, workspace_id, phones))
