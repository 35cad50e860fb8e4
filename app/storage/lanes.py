"""What does a lane need to know before it moves? The sender, its provider account, and each campaign's content and caps."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.storage.database import Row, Transaction

_SENDER = """
SELECT s.workspace_id, s.id, s.channel, s.kind, s.address, s.parts_per_second, s.registration, s.prices, s.held_until,
       p.id AS provider_id, p.kind AS provider_kind, p.calls_per_second, p.credentials, p.base_url,
       p.held_until AS provider_held_until,
       p.updated_at AS provider_updated_at,
       EXISTS (SELECT 1 FROM breaker b WHERE b.workspace_id = s.workspace_id AND b.subject_id IN (s.id, p.id)
               AND b.open_until IS NOT NULL) AS is_open
FROM sender s
JOIN provider p ON p.workspace_id = s.workspace_id AND p.id = s.provider_id
WHERE s.workspace_id = $1 AND s.id = $2
"""
# One row for each way of the campaign: the first, in each of its variants, and those it falls back to.
_CAMPAIGN = """
SELECT w.variant, w.hop, w.channel, c.purpose, c.caps, c.not_after, c.brand, c.topic, c.subject, c.technology, c.categories,
       c.links, c.budget, c.rule, c.membership, coalesce(o.body, v.body) AS template,
       CASE WHEN o.body IS NULL THEN v.content ELSE o.content END AS content,
       CASE WHEN o.body IS NULL THEN v.locales ELSE o.locales END AS locales
FROM campaign c
CROSS JOIN LATERAL (
  SELECT '' AS variant, 0 AS hop, c.channel, c.template_id, c.template_version
  UNION ALL
  SELECT v.one->>'name', 0, c.channel, (v.one->>'template_id')::uuid, (v.one->>'template_version')::int
  FROM jsonb_array_elements(c.split->'variants') AS v(one)
  UNION ALL
  SELECT '', h.place, h.way->>'channel', (h.way->>'template_id')::uuid, (h.way->>'template_version')::int
  FROM jsonb_array_elements(c.fallback->'hops') WITH ORDINALITY AS h(way, place)) w
JOIN template_version v
  ON v.workspace_id = c.workspace_id AND v.template_id = w.template_id AND v.version = w.template_version
LEFT JOIN LATERAL (  -- what the version has for another channel than its template's
  SELECT x->>'body' AS body, nullif(x->'content', 'null') AS content, nullif(x->'locales', 'null') AS locales
  FROM (SELECT v.channels->w.channel AS x) y) o ON true
WHERE c.workspace_id = $1 AND c.id = $2 AND ($3::text IS NULL OR w.channel = $3)
"""
_HOLD_SENDER = "UPDATE sender SET held_until = $3, hold_reason = $4, updated_at = $5 WHERE workspace_id = $1 AND id = $2"


async def read_sender(tx: Transaction, *, workspace_id: UUID, sender_id: UUID) -> Row | None:
    """A sender with its provider account (credentials still sealed)."""
    return await tx.fetch_row(_SENDER, workspace_id, sender_id)


async def read_campaign_contents(tx: Transaction, *, workspace_id: UUID, campaign_id: UUID, channel: str | None) -> Sequence[Row]:
    """What a campaign's messages share on each of its ways (by a channel): variant and hop, template, caps, what it is for."""
    return await tx.fetch(_CAMPAIGN, workspace_id, campaign_id, channel)


async def hold_sender(
    tx: Transaction, *, workspace_id: UUID, sender_id: UUID, until: datetime, reason: str, now: datetime
) -> None:
    """Hand nothing more over from this sender until then."""
    await tx.execute(_HOLD_SENDER, workspace_id, sender_id, until, reason, now)
