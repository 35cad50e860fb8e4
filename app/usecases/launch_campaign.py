"""How does a campaign begin? Of many launches one wins; its audience's rule is taken as it stands, the writing is rung for."""

from datetime import datetime
from functools import partial
from uuid import UUID

import structlog

from app.clock import new_id
from app.domain.audience.reading import rule_json
from app.domain.audience.references import audiences_in, frozen
from app.domain.errors import InvalidField, NotFound, WrongState
from app.domain.lifecycle import CAMPAIGN_MOVES, CampaignAction, CampaignState, move_campaign
from app.storage import campaign_moves
from app.storage.database import Row, Transaction
from app.usecases.audience_rules import complete_rule, read_rule
from app.usecases.campaigns import found_campaign
from app.usecases.check_campaign import check_campaign
from app.usecases.context import Context

_log = structlog.get_logger()
_DUE_AT_ONCE = 50


async def launch_campaign(
    tx: Transaction,
    context: Context,
    *,
    workspace_id: UUID,
    campaign_id: UUID,
    now: datetime,
    action: CampaignAction = CampaignAction.LAUNCH,
) -> Row:
    """Start a campaign; it as it is afterwards. Its members are those known to the workspace at this moment.

    The row is taken first and everything is checked after, so that nobody can change what was checked; an error gives it back.
    Raises NotFound, WrongState when it is launched already, InvalidField when it cannot be sent as it is.
    """
    row = await campaign_moves.launch(
        tx,
        workspace_id=workspace_id,
        campaign_id=campaign_id,
        out_of=list(CAMPAIGN_MOVES[action]),
        up_to_contact_id=new_id(),
        now=now,
    )
    if row is None:
        present = await found_campaign(tx, workspace_id=workspace_id, campaign_id=campaign_id)
        move_campaign(CampaignState(present["state"]), action)
        raise WrongState("the campaign was changed at this very moment; look again")
    await check_campaign(tx, workspace_id=workspace_id, columns={**row, "scheduled_at": None}, now=now)
    await _freeze_audience(tx, row)
    tx.after_commit(partial(context.doorbell.ring, "launch_campaign", f"{workspace_id}/{campaign_id}"))
    return row


async def _freeze_audience(tx: Transaction, campaign: Row) -> None:
    """Put the rules of other audiences in the places where the campaign's rule names them: they may change, it may not."""
    node = read_rule(campaign["rule"])
    if not audiences_in(node):
        return
    ids = {"workspace_id": campaign["workspace_id"], "audience_id": campaign["audience_id"]}
    kept = rule_json(frozen(await complete_rule(tx, node, **ids)))
    await campaign_moves.keep_rule(tx, workspace_id=campaign["workspace_id"], campaign_id=campaign["id"], rule=kept)


async def launch_due_campaigns(context: Context, *, now: datetime) -> int:
    """Start the scheduled campaigns whose time has come, each in a transaction of its own; how many.

    One that cannot be sent any more (its not-after has passed, say) goes back to being a draft: it was not sent, and shows it.
    """
    async with context.db.transaction() as tx:
        due = await campaign_moves.due_campaigns(tx, now=now, limit=_DUE_AT_ONCE)
    started = 0
    for workspace_id, campaign_id in due:
        try:
            async with context.db.transaction() as tx:
                await launch_campaign(
                    tx,
                    context,
                    workspace_id=workspace_id,
                    campaign_id=campaign_id,
                    now=now,
                    action=CampaignAction.START,
                )
            started += 1
        except WrongState:
            continue  # launched or taken back in this very moment
        except (InvalidField, NotFound) as problem:
            _log.warning("campaign.launch_refused", campaign=str(campaign_id), pointer=problem.pointer, detail=problem.detail)
            await _take_back(context, workspace_id=workspace_id, campaign_id=campaign_id, now=now)
    return started


async def _take_back(context: Context, *, workspace_id: UUID, campaign_id: UUID, now: datetime) -> None:
    async with context.db.transaction() as tx:
        await campaign_moves.move(
            tx,
            workspace_id=workspace_id,
            campaign_id=campaign_id,
            to=CampaignState.DRAFT,
            out_of=list(CAMPAIGN_MOVES[CampaignAction.UNSCHEDULE]),
            now=now,
        )
