"""How did each group of a campaign do? One row a variant and one for those held out, counted from their messages."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from app.storage.database import Row, Transaction

# Those held out were not sent anything: their days run from the launch.
_GROUPS = """
SELECT m.variant, m.reason = 'campaign.holdout' AS held_out, count(*) AS members,
       count(*) FILTER (WHERE m.handed_over_at IS NOT NULL) AS handed_over,
       count(*) FILTER (WHERE m.state >= 80) AS delivered,
       count(*) FILTER (WHERE m.state >= 90) AS read,
       count(*) FILTER (WHERE EXISTS (
         SELECT 1 FROM inbound i
         WHERE i.workspace_id = m.workspace_id AND i.phone = m.phone AND i.received_at >= m.handed_over_at
           AND i.received_at < m.handed_over_at + $3::interval)) AS replied,
       count(*) FILTER (WHERE EXISTS (
         SELECT 1 FROM click k
         WHERE k.workspace_id = m.workspace_id AND k.message_id = m.id AND k.human
           AND k.clicked_at < m.handed_over_at + $3::interval)) AS clicked,
       count(*) FILTER (WHERE EXISTS (
         SELECT 1 FROM consent_event e
         WHERE e.workspace_id = m.workspace_id AND e.phone = m.phone AND e.kind = 'revoked' AND e.occurred_at >= m.handed_over_at
           AND e.occurred_at < m.handed_over_at + $3::interval)) AS opted_out,
       count(*) FILTER (WHERE EXISTS (
         SELECT 1 FROM event v
         WHERE v.workspace_id = m.workspace_id AND v.name = 'purchase' AND v.contact_id = m.contact_id
           AND v.occurred_at >= coalesce(m.handed_over_at, c.launched_at)
           AND v.occurred_at < coalesce(m.handed_over_at, c.launched_at) + $3::interval)) AS bought
FROM message m JOIN campaign c ON c.workspace_id = m.workspace_id AND c.id = m.campaign_id
WHERE m.workspace_id = $1 AND m.campaign_id = $2
GROUP BY m.variant, held_out
ORDER BY held_out, m.variant
"""


async def count_groups(tx: Transaction, *, workspace_id: UUID, campaign_id: UUID, within: timedelta) -> Sequence[Row]:
    """Each group's members, and how many of them were reached, and did something within so long after it."""
    return await tx.fetch(_GROUPS, workspace_id, campaign_id, within)
