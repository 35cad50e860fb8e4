"""Which links does a campaign have, and whose code is whose? One statement for all codes of a claimed group."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.storage.database import Row, Transaction

# A draft's links may still change where they lead: what was tested with it follows. Nothing is locked while nothing is new: the
# lanes of one campaign's ways ask for its links in different orders.
_ENSURE = """
INSERT INTO link (workspace_id, id, campaign_id, written, target, conversion_days, created_at)
SELECT $1, u.id, $2, u.written, u.target, $6, $7 FROM unnest($3::uuid[], $4::text[], $5::text[]) AS u(id, written, target)
ORDER BY u.written
ON CONFLICT (workspace_id, campaign_id, written)
DO UPDATE SET target = excluded.target, conversion_days = excluded.conversion_days
WHERE (link.target, link.conversion_days) IS DISTINCT FROM (excluded.target, excluded.conversion_days)
"""
_KNOWN = """
SELECT written, id, target, conversion_days FROM link
WHERE workspace_id = $1 AND campaign_id IS NOT DISTINCT FROM $2 AND written = ANY($3::text[])
"""
_CODES = """
INSERT INTO link_code (code, workspace_id, link_id, message_id, target, expires_at)
SELECT u.code, $1, u.link_id, u.message_id, u.target, $2
FROM unnest($3::text[], $4::uuid[], $5::uuid[], $6::text[]) AS u(code, link_id, message_id, target)
"""
_OF_CAMPAIGN = """
SELECT l.id, l.written, l.target, count(c.id) AS clicks, count(DISTINCT c.message_id) AS unique_clicks,
       count(c.id) FILTER (WHERE c.human) AS human_clicks,
       count(DISTINCT c.message_id) FILTER (WHERE c.human) AS unique_human_clicks,
       max(c.clicked_at) FILTER (WHERE c.human) AS last_human_click_at
FROM link l LEFT JOIN click c ON c.workspace_id = l.workspace_id AND c.campaign_id = l.campaign_id AND c.link_id = l.id
WHERE l.workspace_id = $1 AND l.campaign_id = $2
GROUP BY l.id, l.written, l.target ORDER BY l.id
"""


async def ensure_links(
    tx: Transaction,
    *,
    workspace_id: UUID,
    campaign_id: UUID | None,
    links: Sequence[tuple[UUID, str, str | None]],
    conversion_days: int,
    now: datetime,
) -> dict[str, UUID]:
    """Have a row for each (id for a new one, address as written, where it leads); the ids, by the address."""
    if not links:
        return {}
    ids, written, targets = (list(column) for column in zip(*links, strict=True))
    wanted = {one: (target, conversion_days) for one, target in zip(written, targets, strict=True)}
    known = await tx.fetch(_KNOWN, workspace_id, campaign_id, written)
    if wanted != {row["written"]: (row["target"], row["conversion_days"]) for row in known}:
        await tx.execute(_ENSURE, workspace_id, campaign_id, ids, written, targets, conversion_days, now)
        known = await tx.fetch(_KNOWN, workspace_id, campaign_id, written)
    return {row["written"]: row["id"] for row in known}


async def add_codes(
    tx: Transaction, *, workspace_id: UUID, codes: Sequence[tuple[str, UUID, UUID, str | None]], expires_at: datetime
) -> None:
    """Write the codes of many messages: (code, link, message, the person's own target)."""
    if codes:
        await tx.execute(_CODES, workspace_id, expires_at, *(list(column) for column in zip(*codes, strict=True)))


async def campaign_links(tx: Transaction, *, workspace_id: UUID, campaign_id: UUID) -> list[Row]:
    """A campaign's links with their clicks, tests left out: all, and those that a person made."""
    return list(await tx.fetch(_OF_CAMPAIGN, workspace_id, campaign_id))
