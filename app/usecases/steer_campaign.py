"""How is a campaign steered? Schedule, unschedule, pause, resume: each is one conditional move, answered with what it met."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from app.domain.errors import InvalidField, WrongState
from app.domain.lifecycle import CAMPAIGN_MOVES, CampaignAction, CampaignState, move_campaign
from app.domain.message import State
from app.storage import campaign_moves
from app.storage.campaigns import read_tally
from app.storage.database import Row, Transaction
from app.usecases.campaigns import found_campaign
from app.usecases.check_campaign import check_campaign
from app.usecases.context import Context


@dataclass(frozen=True, slots=True)
class Paused:
    """A paused campaign: `in_flight` messages had left already, `queued` wait for a resume."""

    campaign: Row
    in_flight: int
    queued: int


async def moved(
    tx: Transaction,
    action: CampaignAction,
    *,
    workspace_id: UUID,
    campaign_id: UUID,
    now: datetime,
    scheduled_at: datetime | None = None,
) -> Row:
    """The campaign after an action that leads to one state. Raises NotFound and WrongState."""
    moves = CAMPAIGN_MOVES[action]
    (to,) = set(moves.values())
    row = await campaign_moves.move(
        tx,
        workspace_id=workspace_id,
        campaign_id=campaign_id,
        to=to,
        out_of=list(moves),
        now=now,
        scheduled_at=scheduled_at,
    )
    if row is None:
        present = await found_campaign(tx, workspace_id=workspace_id, campaign_id=campaign_id)
        move_campaign(CampaignState(present["state"]), action)
        raise WrongState("the campaign was changed at this very moment; look again")
    return row


async def schedule_campaign(
    tx: Transaction, *, workspace_id: UUID, campaign_id: UUID, scheduled_at: datetime | None, now: datetime
) -> Row:
    """Have a campaign launched at an instant (the draft's own without one). Raises NotFound, WrongState, InvalidField."""
    draft = await found_campaign(tx, workspace_id=workspace_id, campaign_id=campaign_id)
    at = scheduled_at or draft["scheduled_at"]
    if at is None:
        raise InvalidField("say when", pointer="/body/scheduled_at", code="missing")
    if at <= now:
        raise InvalidField("lies in the past; launch it instead", pointer="/body/scheduled_at", code="too_late")
    row = await moved(tx, CampaignAction.SCHEDULE, workspace_id=workspace_id, campaign_id=campaign_id, now=now, scheduled_at=at)
    await check_campaign(tx, workspace_id=workspace_id, columns=row, now=now)
    return row


async def unschedule_campaign(tx: Transaction, *, workspace_id: UUID, campaign_id: UUID, now: datetime) -> Row:
    """Make a scheduled campaign a draft again. Raises NotFound and WrongState."""
    return await moved(tx, CampaignAction.UNSCHEDULE, workspace_id=workspace_id, campaign_id=campaign_id, now=now)


async def pause_campaign(tx: Transaction, *, workspace_id: UUID, campaign_id: UUID, now: datetime) -> Paused:
    """Stop hand-overs. Once this has committed nothing more of the campaign departs; what has departed is counted.

    Raises NotFound and WrongState.
    """
    row = await moved(tx, CampaignAction.PAUSE, workspace_id=workspace_id, campaign_id=campaign_id, now=now)
    # A statement of its own: the move has waited for departures under way, and only a later snapshot sees them.
    in_flight = await campaign_moves.count_in_flight(tx, workspace_id=workspace_id, campaign_id=campaign_id)
    return Paused(row, in_flight, await count_unsent(tx, workspace_id, campaign_id, in_flight=in_flight))


async def count_unsent(tx: Transaction, workspace_id: UUID, campaign_id: UUID, *, in_flight: int) -> int:
    """Messages that have not left: queued, or claimed by a worker that will have to give them back."""
    books = await read_tally(tx, workspace_id=workspace_id, campaign_id=campaign_id)
    counts = books["counts"] if books else []
    waiting: int = sum(count for state, _, count in counts if state <= State.SENDING)
    return max(0, waiting - in_flight)


async def resume_campaign(tx: Transaction, context: Context, *, workspace_id: UUID, campaign_id: UUID, now: datetime) -> Row:
    """Go on where the pause stopped. Raises NotFound and WrongState."""
    row = await moved(tx, CampaignAction.RESUME, workspace_id=workspace_id, campaign_id=campaign_id, now=now)
    ring = context.doorbell.ring
    tx.after_commit(partial(ring, "dispatch_lane", f"{workspace_id}/{row['sender_id']}/0"))
    if not await campaign_moves.is_written(tx, workspace_id=workspace_id, campaign_id=campaign_id):
        tx.after_commit(partial(ring, "launch_campaign", f"{workspace_id}/{campaign_id}"))
    return row
