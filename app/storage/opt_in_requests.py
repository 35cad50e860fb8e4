"""Who was asked to confirm, and did they answer in time? Requests for consent, of whose tokens only the hash is kept."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from app.storage.database import Row, Transaction

_COLUMNS = (
    "workspace_id, id, phone, channels, purpose, topic, brand, evidence, message_id, state, asked_at, expires_at, answered_at"
)
_ADD = """
INSERT INTO double_opt_in (workspace_id, id, phone, channels, purpose, topic, brand, token_hash, evidence, state, asked_at,
                           expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::text::jsonb, 'asked', $10, $11)
"""
_LAPSE = """
UPDATE double_opt_in SET state = 'expired'
WHERE workspace_id = $1 AND phone = $2 AND state = 'asked' AND expires_at <= $3
"""
_SETTLE = """
UPDATE double_opt_in SET state = $3, answered_at = $4
WHERE workspace_id = $1 AND id = $2 AND state = 'asked' AND expires_at > $4 RETURNING true
"""
_OF_THE_PAST = """
UPDATE double_opt_in d SET state = 'expired'
FROM unnest($2::text[], $3::timestamptz[]) AS u(phone, at)
WHERE d.workspace_id = $1 AND d.phone = u.phone AND d.state = 'asked' AND d.asked_at <= u.at
"""
_OF_TOKEN = f"""
SELECT {_COLUMNS}, (SELECT name FROM workspace w WHERE w.id = r.workspace_id) AS workspace_name
FROM double_opt_in r WHERE token_hash = $1 AND ($2::uuid IS NULL OR workspace_id = $2)
"""  # noqa: S608
_LAST = f"""
SELECT {", ".join("r." + name for name in _COLUMNS.split(", "))} FROM double_opt_in r
JOIN message m ON m.workspace_id = r.workspace_id AND m.id = r.message_id
WHERE r.workspace_id = $1 AND r.phone = $2 AND m.sender_id = $3 AND NOT EXISTS (
  SELECT 1 FROM message n WHERE n.workspace_id = m.workspace_id AND n.phone = m.phone AND n.sender_id = m.sender_id
    AND n.origin <> 'reply' AND n.id <> m.id AND n.handed_over_at > coalesce(m.handed_over_at, m.created_at))
ORDER BY r.asked_at DESC, r.id DESC LIMIT 1
"""  # noqa: S608
_LIST = f"""
SELECT {_COLUMNS} FROM double_opt_in
WHERE workspace_id = $1 AND ($2::text IS NULL OR phone = $2) AND ($3::uuid IS NULL OR id < $3)
ORDER BY id DESC LIMIT $4
"""  # noqa: S608


async def add_request(
    tx: Transaction,
    *,
    workspace_id: UUID,
    request_id: UUID,
    phone: str,
    channels: Sequence[str],
    purpose: str,
    topic: str,
    brand: str,
    token_hash: bytes,
    evidence: Mapping[str, Any],
    now: datetime,
    expires_at: datetime,
) -> None:
    """Write down that a number, which is held, is asked. A key lets one be open for its purpose, topic and brand."""
    kept = orjson.dumps(evidence).decode()
    of = (workspace_id, request_id, phone, list(channels), purpose, topic, brand, token_hash, kept, now, expires_at)
    await tx.execute(_ADD, *of)


async def tie_message(tx: Transaction, *, workspace_id: UUID, request_id: UUID, message_id: UUID) -> None:
    """Say which message asked."""
    sql = "UPDATE double_opt_in SET message_id = $3 WHERE workspace_id = $1 AND id = $2"
    await tx.execute(sql, workspace_id, request_id, message_id)


async def lapse_requests(tx: Transaction, *, workspace_id: UUID, phone: str, now: datetime) -> None:
    """Close the requests to a number that nobody answered in time."""
    await tx.execute(_LAPSE, workspace_id, phone, now)


async def settle_request(tx: Transaction, *, workspace_id: UUID, request_id: UUID, state: str, now: datetime) -> bool:
    """Answer an open request, once and in time; False when it was answered before or has lapsed. Its number is held."""
    return bool(await tx.fetch_value(_SETTLE, workspace_id, request_id, state, now))


async def request_state(tx: Transaction, *, workspace_id: UUID, request_id: UUID) -> str:
    """Where a request stands, as it is written down."""
    sql = "SELECT state FROM double_opt_in WHERE workspace_id = $1 AND id = $2"
    return str(await tx.fetch_value(sql, workspace_id, request_id))


async def request_of_token(tx: Transaction, *, token_hash: bytes, workspace_id: UUID | None) -> Row | None:
    """The request a token belongs to, with its workspace's name; of any workspace when none is given."""
    return await tx.fetch_row(_OF_TOKEN, token_hash, workspace_id)


async def last_request(tx: Transaction, *, workspace_id: UUID, phone: str, sender_id: UUID) -> Row | None:
    """The last request a sender made of a number, unless it has written of something else since: a yes then answers that."""
    return await tx.fetch_row(_LAST, workspace_id, phone, sender_id)


async def list_requests(tx: Transaction, *, workspace_id: UUID, phone: str | None, before: UUID | None, limit: int) -> list[Row]:
    """Requests, newest first, before the given id."""
    return list(await tx.fetch(_LIST, workspace_id, phone, before, limit))


async def end_requests(tx: Transaction, *, workspace_id: UUID, ends: Sequence[tuple[str, datetime]]) -> None:
    """End what was asked of numbers up to an instant each: (phone, at). A token is nothing in another's hands."""
    await tx.execute(_OF_THE_PAST, workspace_id, *(list(column) for column in zip(*ends, strict=True)))
