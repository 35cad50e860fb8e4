"""Which message is a purchase put down to? The last one whose link the person followed, within its campaign's days."""

from datetime import datetime
from itertools import takewhile
from operator import itemgetter
from uuid import UUID

from app.storage.database import Row, Transaction

WHAT = "put_down"
_WORKSPACES = """
SELECT w.id, coalesce(r.up_to, '00000000-0000-0000-0000-000000000000') AS up_to
FROM workspace w LEFT JOIN retention_mark r ON r.workspace_id = w.id AND r.what = $1
WHERE EXISTS (SELECT 1 FROM event e WHERE e.workspace_id = w.id AND e.received_at < $2
              AND e.id > coalesce(r.up_to, '00000000-0000-0000-0000-000000000000'))
"""
_HOLD_MARK = """
INSERT INTO retention_mark (workspace_id, what, up_to) VALUES ($1, $2, '00000000-0000-0000-0000-000000000000')
ON CONFLICT (workspace_id, what) DO UPDATE SET up_to = retention_mark.up_to RETURNING up_to
"""
_MOVE_MARK = "UPDATE retention_mark SET up_to = $3 WHERE workspace_id = $1 AND what = $2"
_PAGE = "SELECT id, received_at < $3 AS is_due FROM event WHERE workspace_id = $1 AND id > $2 ORDER BY id LIMIT $4"
# A click stays with the contact it was; of one that became another's the purchases are that one's.
_PUT_DOWN = """
UPDATE event e SET message_id = c.message_id
FROM unnest($2::uuid[]) AS u(id)
JOIN event x ON x.workspace_id = $1 AND x.id = u.id
CROSS JOIN LATERAL (
  SELECT k.message_id FROM click k
  WHERE k.workspace_id = $1 AND k.human AND k.clicked_at <= x.occurred_at AND k.counts_until > x.occurred_at AND k.contact_id IN (
    SELECT o.id FROM contact o WHERE o.workspace_id = $1 AND (o.id = x.contact_id OR o.merged_into = x.contact_id))
  ORDER BY k.clicked_at DESC, k.id DESC LIMIT 1) c
WHERE e.workspace_id = $1 AND e.id = x.id AND e.kind <> 'page_view' AND e.message_id IS NULL
"""
_RESULTS = """
SELECT e.kind, e.name, e.currency, count(*) AS events, count(DISTINCT e.contact_id) AS people, sum(e.amount) AS amount
FROM message m JOIN event e ON e.workspace_id = m.workspace_id AND e.message_id = m.id
WHERE m.workspace_id = $1 AND m.campaign_id = $2
GROUP BY e.kind, e.name, e.currency ORDER BY e.kind DESC, e.name, e.currency
"""
# What people bought who had it delivered, whether or not they followed a link. No cause is claimed.
_AFTER_DELIVERY = """
SELECT e.currency, count(*) AS events, count(DISTINCT e.contact_id) AS people, sum(e.amount) AS amount
FROM message m JOIN contact c ON c.workspace_id = m.workspace_id AND c.id = m.contact_id
JOIN event e ON e.workspace_id = m.workspace_id AND e.contact_id = coalesce(c.merged_into, c.id) AND e.name = 'purchase'
  AND e.occurred_at >= m.handed_over_at AND e.occurred_at < m.handed_over_at + make_interval(days => $3)
WHERE m.workspace_id = $1 AND m.campaign_id = $2 AND m.state >= 80
GROUP BY e.currency ORDER BY e.currency
"""
_CLICKS = """
SELECT count(*) AS clicks, count(DISTINCT message_id) AS unique_clicks, count(*) FILTER (WHERE human) AS human_clicks,
       count(DISTINCT message_id) FILTER (WHERE human) AS unique_human_clicks
FROM click WHERE workspace_id = $1 AND campaign_id = $2
"""


async def workspaces_with_news(tx: Transaction, *, before: datetime) -> list[UUID]:
    """Workspaces with events that nobody has looked at, told before an instant."""
    return [row["id"] for row in await tx.fetch(_WORKSPACES, WHAT, before)]


async def put_down_page(tx: Transaction, *, workspace_id: UUID, before: datetime, limit: int) -> tuple[int, bool]:
    """Put the next page of a workspace's events down to messages: (how many were, whether there may be more).

    Each event is looked at once, in the order they came; page views are left alone.
    """
    mark = await tx.fetch_value(_HOLD_MARK, workspace_id, WHAT)
    page = await tx.fetch(_PAGE, workspace_id, mark, before, limit)
    ids = [row["id"] for row in takewhile(itemgetter("is_due"), page)]
    if not ids:
        return 0, False
    done = await tx.execute(_PUT_DOWN, workspace_id, ids)
    await tx.execute(_MOVE_MARK, workspace_id, WHAT, ids[-1])
    return done, len(ids) == limit


async def campaign_conversions(tx: Transaction, *, workspace_id: UUID, campaign_id: UUID) -> list[Row]:
    """What was put down to a campaign's messages, by kind, name and currency."""
    return list(await tx.fetch(_RESULTS, workspace_id, campaign_id))


async def bought_after_delivery(tx: Transaction, *, workspace_id: UUID, campaign_id: UUID, days: int) -> list[Row]:
    """What people bought within so many days after a campaign's message reached them, by currency."""
    return list(await tx.fetch(_AFTER_DELIVERY, workspace_id, campaign_id, days))


async def campaign_clicks(tx: Transaction, *, workspace_id: UUID, campaign_id: UUID) -> Row:
    """A campaign's clicks in all."""
    (row,) = await tx.fetch(_CLICKS, workspace_id, campaign_id)
    return dict(row)
