"""How does a campaign end early? What waits is cancelled, some thousands with the answer and the rest by a job."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from app.domain.lifecycle import CampaignAction, CampaignState
from app.storage import campaign_moves
from app.storage.database import Row, Transaction
from app.usecases.campaigns import found_campaign
from app.usecases.context import Context
from app.usecases.steer_campaign import count_unsent, moved

CANCELLED_AT_ONCE = 5_000
_MOST_ROUNDS = 400


@dataclass(frozen=True, slots=True)
class Cancelled:
    """A cancelled campaign: `in_flight` had left already, `cancelled` are closed, `being_cancelled` will be within seconds."""

    campaign: Row
    in_flight: int
    cancelled: int
    being_cancelled: int


async def cancel_campaign(
    tx: Transaction, context: Context, *, workspace_id: UUID, campaign_id: UUID, now: datetime
) -> Cancelled:
    """End a campaign for good: what waits is cancelled, a first few thousand here and the rest by a job.

    Members that had no row yet get none. Raises NotFound and WrongState.
    """
    row = await moved(tx, CampaignAction.CANCEL, workspace_id=workspace_id, campaign_id=campaign_id, now=now)
    if row["launched_at"] is None:
        return Cancelled(row, 0, 0, 0)
    await campaign_moves.end_writing(tx, workspace_id=workspace_id, campaign_id=campaign_id, now=now)
    in_flight = await campaign_moves.count_in_flight(tx, workspace_id=workspace_id, campaign_id=campaign_id)
    cancelled = await campaign_moves.cancel_queued(
        tx,
        workspace_id=workspace_id,
        campaign_id=campaign_id,
        now=now,
        limit=CANCELLED_AT_ONCE,
    )
    left = await count_unsent(tx, workspace_id, campaign_id, in_flight=in_flight)
    if left:
        tx.after_commit(partial(context.doorbell.ring, "cancel_campaign", f"{workspace_id}/{campaign_id}"))
    return Cancelled(row, in_flight, cancelled, left)


async def cancel_rest(context: Context, *, workspace_id: UUID, campaign_id: UUID) -> int:
    """Cancel what still waits of a cancelled campaign, some thousands a transaction; how many.

    Rows that a claim holds at this moment are left; the sweep rings again for them when they are back in the queue.
    """
    cancelled = 0
    for _ in range(_MOST_ROUNDS):
        async with context.db.transaction() as tx:
            row = await found_campaign(tx, workspace_id=workspace_id, campaign_id=campaign_id)
            if row["state"] != CampaignState.CANCELLED:
                return cancelled
            closed = await campaign_moves.cancel_queued(
                tx,
                workspace_id=workspace_id,
                campaign_id=campaign_id,
                now=context.clock.now(),
                limit=CANCELLED_AT_ONCE,
            )
        cancelled += closed
        if closed < CANCELLED_AT_ONCE:
            break
    return cancelled
