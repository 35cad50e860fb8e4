"""What was agreed to, and what is true of it now? The ledger, only ever appended to, and the consent it adds up to."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from app.storage.database import Row, Transaction

_APPEND = """
INSERT INTO consent_event (workspace_id, id, phone, kind, channel, purpose, topic, method, evidence, source, actor,
                           expires_at, occurred_at, recorded_at)
SELECT $1, u.id, u.phone, u.kind, u.channel, u.purpose, u.topic, u.method, u.evidence, $2, $3, u.expires_at, u.occurred_at, $4
FROM unnest($5::uuid[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::jsonb[],
            $13::timestamptz[], $14::timestamptz[])
  AS u(id, phone, kind, channel, purpose, topic, method, evidence, expires_at, occurred_at)
"""
_EVENTS = """
SELECT id, phone, kind, channel, purpose, topic, method, evidence, source, actor, expires_at, occurred_at, recorded_at
FROM consent_event
"""
_LEDGER = _EVENTS + "WHERE workspace_id = $1 AND phone = $2 AND ($3::uuid IS NULL OR id < $3) ORDER BY id DESC LIMIT $4"
_OF_NUMBERS = _EVENTS + "WHERE workspace_id = $1 AND phone = ANY($2::text[]) ORDER BY phone, id"
_CONSENTS = """
SELECT c.phone, c.channel, c.purpose, c.topic, c.state, c.since, c.expires_at, c.event_id, e.method
FROM consent c JOIN consent_event e ON e.workspace_id = c.workspace_id AND e.id = c.event_id
WHERE c.workspace_id = $1 AND c.phone = ANY($2::text[]) ORDER BY c.phone, c.purpose, c.topic, c.channel
"""
_WRITE = """
INSERT INTO consent (workspace_id, phone, channel, purpose, topic, state, since, expires_at, event_id)
SELECT $1, u.phone, u.channel, u.purpose, u.topic, u.state, u.since, u.expires_at, u.event_id
FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::timestamptz[], $9::uuid[])
  AS u(phone, channel, purpose, topic, state, since, expires_at, event_id)
ORDER BY u.phone, u.channel, u.purpose, u.topic
ON CONFLICT (workspace_id, phone, channel, purpose, topic, brand, basis) DO UPDATE
SET state = excluded.state, since = excluded.since, expires_at = excluded.expires_at, event_id = excluded.event_id
"""

# id, phone, kind, channel (None is all), purpose, topic, method, evidence as JSON text, expires at, occurred at
Event = tuple[UUID, str, str, str | None, str, str, str, str, datetime | None, datetime]
# phone, channel, purpose, topic, state, since, expires at, event
Standing = tuple[str, str, str, str, str, datetime, datetime | None, UUID]


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


async def append_events(
    tx: Transaction, *, workspace_id: UUID, rows: Sequence[Event], source: str, actor: str, now: datetime
) -> None:
    """Add lines to the ledger. Their numbers must have rows, and be held when consent is folded from them."""
    await tx.execute(_APPEND, workspace_id, source, actor, now, *_columns(rows))


async def write_consents(tx: Transaction, *, workspace_id: UUID, rows: Sequence[Standing]) -> None:
    """Make consent what the ledger adds up to. Each (phone, channel, purpose, topic) comes once."""
    await tx.execute(_WRITE, workspace_id, *_columns(rows))


async def read_consents(tx: Transaction, *, workspace_id: UUID, phones: Sequence[str]) -> list[Row]:
    """Consent as it stands, of these numbers, with the method of the event each stands on."""
    return list(await tx.fetch(_CONSENTS, workspace_id, phones))


async def read_events(tx: Transaction, *, workspace_id: UUID, phones: Sequence[str]) -> list[Row]:
    """The whole ledger of these numbers, in the order it was written."""
    return list(await tx.fetch(_OF_NUMBERS, workspace_id, phones))


async def read_ledger(tx: Transaction, *, workspace_id: UUID, phone: str, before: UUID | None, limit: int) -> list[Row]:
    """A page of one number's ledger, newest first, before the given event."""
    return list(await tx.fetch(_LEDGER, workspace_id, phone, before, limit))
