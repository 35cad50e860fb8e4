"""What came in by webhook besides receipts? Accounts to verify with, what people said, calls, and what was not understood."""

from datetime import datetime
from uuid import UUID

from app.storage.database import Row, Transaction

_ACCOUNT = "SELECT workspace_id, id, kind, credentials, base_url, opt_out_replies FROM provider WHERE id = $1"
_KEEP_INBOUND = """
INSERT INTO inbound (workspace_id, id, provider_id, event_key, phone, to_address, channel, body, keyword, received_at, kind,
                     payload, media, message_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13::text::jsonb, $14)
ON CONFLICT (workspace_id, provider_id, event_key) DO UPDATE SET copies = inbound.copies + 1
RETURNING (xmax = 0)
"""
# A number takes texts and pictures alike: either is heard by the sender of the other, where it has none of its own.
_SENDER_BY_ADDRESS = """
SELECT s.id, s.channel, s.registration, w.name AS workspace_name FROM sender s JOIN workspace w ON w.id = s.workspace_id
WHERE s.workspace_id = $1 AND s.provider_id = $2
  AND (s.channel = $3 OR $3 IN ('sms', 'mms') AND s.channel IN ('sms', 'mms'))
  AND (s.address = $4 OR s.kind = 'messaging_service')
ORDER BY (s.address = $4) DESC, (s.channel = $3) DESC LIMIT 1
"""
# What a call said is beside its message's plan when that has gone on (see storage/falling).
_ANSWERED = """
SELECT id, phone, purpose, CASE WHEN channel <> 'voice' AND plan ? 'call' THEN plan->'call'->'content' ELSE content END AS content
FROM message WHERE workspace_id = $1 AND id = $2
"""
# One row by its key: a call waits for it.
_CALL = """
SELECT m.id, m.phone, c.body, c.content, m.purpose, m.brand, m.attempts, m.state, s.address, w.name AS workspace_name
FROM (
  SELECT $3::uuid AS message_id WHERE $3::uuid IS NOT NULL
  UNION ALL
  SELECT a.message_id FROM attempt a WHERE $3::uuid IS NULL AND a.provider_id = $2 AND a.provider_message_id = $4
) named
JOIN message m ON m.workspace_id = $1 AND m.id = named.message_id
CROSS JOIN LATERAL (
  SELECT m.body, m.content, m.sender_id WHERE m.channel = 'voice'
  UNION ALL
  SELECT m.plan->'call'->>'body', m.plan->'call'->'content', (m.plan->'call'->>'sender_id')::uuid
  WHERE m.channel <> 'voice' AND m.plan ? 'call'
) c
JOIN sender s ON s.workspace_id = $1 AND s.id = c.sender_id
JOIN workspace w ON w.id = $1
"""
_KEEP_UNREAD = """
INSERT INTO unread_webhook (workspace_id, id, provider_id, method, query, content_type, body, received_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""


async def read_account(tx: Transaction, *, provider_id: UUID) -> Row | None:
    """A provider account by its id alone: the webhook's URL names it, the signature proves it."""
    return await tx.fetch_row(_ACCOUNT, provider_id)


async def keep_inbound(
    tx: Transaction,
    *,
    workspace_id: UUID,
    inbound_id: UUID,
    provider_id: UUID,
    event_key: str,
    phone: str,
    to_address: str,
    channel: str,
    body: str,
    keyword: str,
    now: datetime,
    kind: str = "text",
    payload: str | None = None,
    media: str = "[]",
    message_id: UUID | None = None,
) -> bool:
    """Keep what a person said. False when this very event was kept before: nothing may be done twice. `media` is JSON."""
    return bool(
        await tx.fetch_value(
            _KEEP_INBOUND,
            workspace_id,
            inbound_id,
            provider_id,
            event_key,
            phone,
            to_address,
            channel,
            body,
            keyword,
            now,
            kind,
            payload,
            media,
            message_id,
        )
    )


async def read_answered(tx: Transaction, *, workspace_id: UUID, message_id: UUID) -> Row | None:
    """What an inbound needs to know of the message it answers."""
    return await tx.fetch_row(_ANSWERED, workspace_id, message_id)


async def read_call(
    tx: Transaction, *, workspace_id: UUID, provider_id: UUID, message_id: UUID | None, provider_call_id: str | None
) -> Row | None:
    """What is said in a call, by our own name of its message or, without one, by the provider's id of the call."""
    return await tx.fetch_row(_CALL, workspace_id, provider_id, message_id, provider_call_id)


async def note_reply(tx: Transaction, *, workspace_id: UUID, inbound_id: UUID, message_id: UUID) -> None:
    """Tie our answer to the text it answers."""
    await tx.execute(
        "UPDATE inbound SET reply_message_id = $3 WHERE workspace_id = $1 AND id = $2", workspace_id, inbound_id, message_id
    )


async def sender_of_address(tx: Transaction, *, workspace_id: UUID, provider_id: UUID, channel: str, address: str) -> Row | None:
    """The sender a text was written to, with its registration and the workspace's name."""
    return await tx.fetch_row(_SENDER_BY_ADDRESS, workspace_id, provider_id, channel, address)


async def keep_unread(
    tx: Transaction,
    *,
    workspace_id: UUID,
    row_id: UUID,
    provider_id: UUID,
    method: str,
    query: str,
    content_type: str,
    body: bytes,
    now: datetime,
) -> None:
    """Keep a signed webhook we could not read, whole."""
    await tx.execute(_KEEP_UNREAD, workspace_id, row_id, provider_id, method, query, content_type, body, now)
