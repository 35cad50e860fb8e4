"""What is known of one number? Everything a dossier holds besides the ledger's entries, in one snapshot."""

from uuid import UUID

from app.storage.database import Row, Transaction

_NUMBER = """
SELECT n.region, n.kind, n.line_type, n.zones, n.tenure, n.tenure_since, n.proved_at, n.hard_bounces, n.soft_bounces,
       n.created_at, c.id AS contact_id
FROM number n LEFT JOIN contact c ON c.workspace_id = n.workspace_id AND c.phone = n.phone
WHERE n.workspace_id = $1 AND n.phone = $2
"""
_CONSENTS = """
SELECT channel, purpose, topic, brand, basis, state, since, expires_at, flags, event_id FROM consent
WHERE workspace_id = $1 AND phone = $2 ORDER BY purpose, channel, topic, brand, basis
"""
_SUPPRESSIONS = """
SELECT reason, channel, scope, source, method, via, answered, since FROM suppression
WHERE workspace_id = $1 AND phone = $2 ORDER BY since, reason, channel
"""
_MESSAGES = """
SELECT id, campaign_id, contact_id, sender_id, channel, purpose, origin, reply_to, brand, topic, subject, ground, state, reason,
       decision, objected, body, parts, plan->'said' AS said_before, due_at, not_after, handed_over_at, created_at, updated_at
FROM message WHERE workspace_id = $1 AND phone = $2 ORDER BY created_at, id
"""
_ATTEMPTS = """
SELECT a.message_id, a.number, a.provider_id, a.sender_id, a.outcome, a.provider_message_id, a.error_class, a.error_code,
       a.detail, a.handed_over_at, a.answered_at
FROM message m JOIN attempt a ON a.workspace_id = m.workspace_id AND a.message_id = m.id
WHERE m.workspace_id = $1 AND m.phone = $2 ORDER BY a.message_id, a.number
"""
_RECEIPTS = """
SELECT r.message_id, r.id, r.attempt_number, r.provider_message_id, r.raw_status, r.state, r.error_class, r.error_code,
       r.occurred_at, r.received_at, r.copies
FROM message m JOIN receipt r ON r.workspace_id = m.workspace_id AND r.message_id = m.id
WHERE m.workspace_id = $1 AND m.phone = $2 ORDER BY r.message_id, r.received_at, r.id
"""
_REPLIES = """
SELECT id, provider_id, to_address, channel, body, keyword, reply_message_id, received_at, copies FROM inbound
WHERE workspace_id = $1 AND phone = $2 ORDER BY received_at, id
"""
_SIZE = """
SELECT (SELECT count(*) FROM (SELECT 1 FROM message WHERE workspace_id = $1 AND phone = $2 LIMIT $3) m)
     + (SELECT count(*) FROM (SELECT 1 FROM consent_event WHERE workspace_id = $1 AND phone = $2 LIMIT $3) e)
     + (SELECT count(*) FROM (SELECT 1 FROM inbound WHERE workspace_id = $1 AND phone = $2 LIMIT $3) i)
"""


async def is_larger_than(tx: Transaction, most: int, *, workspace_id: UUID, phone: str) -> bool:
    """Whether events, messages and replies of the number are more than `most` together."""
    return int(await tx.fetch_value(_SIZE, workspace_id, phone, most + 1)) > most


async def read_known(tx: Transaction, *, workspace_id: UUID, phone: str) -> dict[str, list[Row]]:
    """Rows by name: number, consents, suppressions, messages, attempts, receipts, replies."""
    statements = {
        "number": _NUMBER,
        "consents": _CONSENTS,
        "suppressions": _SUPPRESSIONS,
        "messages": _MESSAGES,
        "attempts": _ATTEMPTS,
        "receipts": _RECEIPTS,
        "replies": _REPLIES,
    }
    return {name: list(await tx.fetch(sql, workspace_id, phone)) for name, sql in statements.items()}
