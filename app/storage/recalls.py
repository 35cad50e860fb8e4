"""Which messages did a carrier accept before somebody said no? Those it may not have sent yet, with the account to ask."""

from uuid import UUID

from app.storage.database import Row, Transaction

# A "no" speaks of a purpose, and of a channel or all of them; answers to keywords still go.
_ACCEPTED = """
SELECT m.id, m.attempts, m.phone, m.channel, m.content, a.provider_message_id,
  p.id AS provider_id, p.kind, p.credentials, p.base_url
FROM consent_event e
JOIN message m ON m.workspace_id = e.workspace_id AND m.phone = e.phone AND m.purpose = e.purpose
  AND (e.channel IS NULL OR m.channel = e.channel) AND m.state = 30 AND m.origin <> 'reply'
JOIN attempt a ON a.workspace_id = m.workspace_id AND a.message_id = m.id AND a.number = m.attempts
  AND a.provider_message_id IS NOT NULL
JOIN provider p ON p.workspace_id = m.workspace_id AND p.id = a.provider_id
WHERE e.workspace_id = $1 AND e.id = $2 AND e.kind = 'revoked'
ORDER BY m.id LIMIT $3
"""


async def accepted_before(tx: Transaction, *, workspace_id: UUID, event_id: UUID, limit: int) -> list[Row]:
    """Messages submitted and not yet sent, as far as we were told, that a recorded "no" would have stopped."""
    return list(await tx.fetch(_ACCEPTED, workspace_id, event_id, limit))
