"""What came in by webhook besides receipts? Accounts to verify with, inbound texts, and what was signed but not understood."""

from datetime import datetime
from uuid import UUID

from app.storage.database import Row, Transaction

_ACCOUNT = "SELECT workspace_id, id, kind, credentials, base_url, opt_out_replies FROM provider WHERE id = $1"
_KEEP_INBOUND = """
INSERT INTO inbound (workspace_id, id, provider_id, event_key, phone, to_address, channel, body, keyword, received_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (workspace_id, provider_id, event_key) DO UPDATE SET copies = inbound.copies + 1
RETURNING (xmax = 0)
"""
_SENDER_BY_ADDRESS = """
SELECT s.id, s.registration, w.name AS workspace_name FROM sender s JOIN workspace w ON w.id = s.workspace_id
WHERE s.workspace_id = $1 AND s.provider_id = $2 AND s.channel = $3
  AND (s.address = $4 OR s.kind = 'messaging_service')
ORDER BY (s.address = $4) DESC LIMIT 1
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
) -> bool:
    """Keep an inbound text. False when this very event was kept before: nothing may be done twice."""
    return bool(
        await tx.fetch_value(
            _KEEP_INBOUND, workspace_id, inbound_id, provider_id, event_key, phone, to_address, channel, body, keyword, now
        )
    )


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
