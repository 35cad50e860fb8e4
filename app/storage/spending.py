"""What has a campaign's money been set aside for? Sums under one lock, and a recount of what its messages really hold."""

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from app.storage.database import Transaction

_OPEN = """
INSERT INTO campaign_spend (workspace_id, campaign_id, key) VALUES ($1, $2, 'total')
ON CONFLICT (workspace_id, campaign_id, key) DO NOTHING
"""
_LOCK = "SELECT 1 FROM campaign_spend WHERE workspace_id = $1 AND campaign_id = $2 AND key = 'total' FOR NO KEY UPDATE"
_READ = "SELECT key, amount FROM campaign_spend WHERE workspace_id = $1 AND campaign_id = $2"
_ADD = """
INSERT INTO campaign_spend AS s (workspace_id, campaign_id, key, amount)
SELECT $1, $2, u.key, u.amount FROM unnest($3::text[], $4::numeric[]) AS u(key, amount)
ON CONFLICT (workspace_id, campaign_id, key) DO UPDATE SET amount = s.amount + excluded.amount
"""
_WITH_BUDGETS = """
SELECT workspace_id, id FROM campaign WHERE budget IS NOT NULL AND launched_at IS NOT NULL AND finished_at IS NULL
"""
# A message that was refused or stopped holds no money any more: its cost was taken off it.
_RECOUNT = """
WITH held AS (
  SELECT m.cost, n.region, to_char(coalesce(m.handed_over_at, m.updated_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day
  FROM message m JOIN number n ON n.workspace_id = m.workspace_id AND n.phone = m.phone
  WHERE m.workspace_id = $1 AND m.campaign_id = $2 AND m.cost IS NOT NULL
), sums AS (
  SELECT 'total' AS key, sum(cost) AS amount FROM held
  UNION ALL SELECT 'day:' || day, sum(cost) FROM held GROUP BY day
  UNION ALL SELECT 'country:' || region, sum(cost) FROM held GROUP BY region
)
UPDATE campaign_spend s SET amount = coalesce((SELECT x.amount FROM sums x WHERE x.key = s.key), 0)
WHERE s.workspace_id = $1 AND s.campaign_id = $2
"""


async def hold_spending(tx: Transaction, *, workspace_id: UUID, campaign_id: UUID) -> dict[str, Decimal]:
    """What is reserved so far, by key, held until the transaction ends: nobody else reserves meanwhile."""
    await tx.execute(_OPEN, workspace_id, campaign_id)
    await tx.fetch(_LOCK, workspace_id, campaign_id)
    return await read_spending(tx, workspace_id=workspace_id, campaign_id=campaign_id)


async def read_spending(tx: Transaction, *, workspace_id: UUID, campaign_id: UUID) -> dict[str, Decimal]:
    """What is reserved so far, by key."""
    return {row["key"]: row["amount"] for row in await tx.fetch(_READ, workspace_id, campaign_id)}


async def add_spending(tx: Transaction, *, workspace_id: UUID, campaign_id: UUID, reserved: Mapping[str, Decimal]) -> None:
    """Add to the sums; they must be held."""
    await tx.execute(_ADD, workspace_id, campaign_id, list(reserved), list(reserved.values()))


async def budgeted_campaigns(tx: Transaction) -> list[tuple[UUID, UUID]]:
    """Campaigns with a budget that are under way."""
    return [(row["workspace_id"], row["id"]) for row in await tx.fetch(_WITH_BUDGETS)]


async def recount_spending(tx: Transaction, *, workspace_id: UUID, campaign_id: UUID) -> None:
    """Put what the messages hold in the place of the sums, under their lock."""
    await hold_spending(tx, workspace_id=workspace_id, campaign_id=campaign_id)
    await tx.execute(_RECOUNT, workspace_id, campaign_id)
