"""What does a lane need to know before it moves? The sender, its provider account, and each campaign's content and caps."""

from datetime import datetime
from uuid import UUID

from app.storage.database import Row, Transaction

_SENDER = """
SELECT s.workspace_id, s.id, s.channel, s.kind, s.address, s.parts_per_second, s.registration, s.held_until,
       p.id AS provider_id, p.kind AS provider_kind, p.credentials, p.base_url, p.held_until AS provider_held_until,
       p.updated_at AS provider_updated_at,
       EXISTS (SELECT 1 FROM breaker b WHERE b.workspace_id = s.workspace_id AND b.subject_id IN (s.id, p.id)
               AND b.open_until IS NOT NULL) AS is_open
FROM sender s
JOIN provider p ON p.workspace_id = s.workspace_id AND p.id = s.provider_id
WHERE s.workspace_id = $1 AND s.id = $2
"""
_CAMPAIGN = """
SELECT c.id, c.channel, c.purpose, c.caps, c.not_after, c.brand, c.topic, c.subject, c.technology, c.categories,
       v.body AS template, v.content
FROM campaign c
JOIN template_version v
  ON v.workspace_id = c.workspace_id AND v.template_id = c.template_id AND v.version = c.template_version
WHERE c.workspace_id = $1 AND c.id = $2
"""
_HOLD_SENDER = "UPDATE sender SET held_until = $3, hold_reason = $4, updated_at = $5 WHERE workspace_id = $1 AND id = $2"


async def read_sender(tx: Transaction, *, workspace_id: UUID, sender_id: UUID) -> Row | None:
    """A sender with its provider account (credentials still sealed)."""
    return await tx.fetch_row(_SENDER, workspace_id, sender_id)


async def read_campaign_content(tx: Transaction, *, workspace_id: UUID, campaign_id: UUID) -> Row | None:
    """What a campaign's messages share: template source, caps, not-after, what it is for."""
    return await tx.fetch_row(_CAMPAIGN, workspace_id, campaign_id)


async def hold_sender(
    tx: Transaction, *, workspace_id: UUID, sender_id: UUID, until: datetime, reason: str, now: datetime
) -> None:
    """Hand nothing more over from this sender until then."""
    await tx.execute(_HOLD_SENDER, workspace_id, sender_id, until, reason, now)
