"""What can be done with campaigns? Draft, change, schedule, launch, pause, resume, cancel."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from app.domain.lifecycle import CampaignState
from app.http.campaign_shapes import (
    CampaignIn,
    CampaignPatch,
    CampaignView,
    CancelledView,
    PausedView,
    ScheduleIn,
    campaign_view,
)
from app.http.deps import ContextDep, Cursor, Limit, PostingDep, caller_with
from app.http.ids import CampaignId
from app.http.problems import documented
from app.http.shapes import Page, page_of, read_id_cursor
from app.storage.database import Transaction
from app.usecases.authenticate import Caller
from app.usecases.campaigns import change_campaign, create_campaign, list_campaigns, read_campaign
from app.usecases.cancel_campaign import cancel_campaign
from app.usecases.launch_campaign import launch_campaign
from app.usecases.steer_campaign import pause_campaign, resume_campaign, schedule_campaign, unschedule_campaign

router = APIRouter(prefix="/campaigns", tags=["campaigns"])
Writer = Annotated[Caller, caller_with("campaigns:write")]
Reader = Annotated[Caller, caller_with("campaigns:read")]


@router.post("", status_code=201, summary="Make a campaign", response_model=CampaignView, responses=documented(404, 409))
async def create(body: CampaignIn, caller: Writer, posting: PostingDep, context: ContextDep) -> Response:
    """Makes a draft: nothing goes until it is launched. What it names must exist and share one channel."""
    now = context.clock.now()

    async def work(tx: Transaction) -> CampaignView:
        return campaign_view(await create_campaign(tx, workspace_id=caller.workspace_id, columns=body.columns(), now=now))

    return await posting.answer(caller, work)


@router.get("", summary="List campaigns", responses=documented())
async def list_(
    context: ContextDep,
    caller: Reader,
    state: Annotated[CampaignState | None, Query(description="Only those in this state")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[CampaignView]:
    """Every campaign of the workspace, newest first, each with where it stands."""
    filters: dict[str, Any] = {"list": "campaigns", "state": state}
    before = read_id_cursor(cursor, filters=filters)
    rows = await list_campaigns(context, workspace_id=caller.workspace_id, before=before, limit=limit + 1, state=state)
    return Page(**page_of(list(rows), limit=limit, shape=campaign_view, key=lambda row: str(row["id"]), filters=filters))


@router.get("/{campaign_id}", summary="Get a campaign", responses=documented(404))
async def get(campaign_id: CampaignId, context: ContextDep, caller: Reader) -> CampaignView:
    """One campaign, its state, and what can be asked of it."""
    return campaign_view(await read_campaign(context, workspace_id=caller.workspace_id, campaign_id=campaign_id))


@router.patch("/{campaign_id}", summary="Change a draft", responses=documented(404, 409))
async def patch(campaign_id: CampaignId, body: CampaignPatch, context: ContextDep, caller: Writer) -> CampaignView:
    """Changes a draft. 409 once it is scheduled (unschedule it first) or launched."""
    row = await change_campaign(
        context,
        workspace_id=caller.workspace_id,
        campaign_id=campaign_id,
        changes=body.columns(),
        now=context.clock.now(),
    )
    return campaign_view(row)


@router.post(
    "/{campaign_id}/schedule",
    status_code=200,
    summary="Schedule a campaign",
    response_model=CampaignView,
    responses=documented(404, 409),
)
async def schedule(
    campaign_id: CampaignId, body: ScheduleIn, caller: Writer, posting: PostingDep, context: ContextDep
) -> Response:
    """Has it launched at an instant, within a second or two. Scheduling again moves it.

    A campaign that cannot be sent when its time comes (its not-after has passed) becomes a draft again.
    """
    now = context.clock.now()

    async def work(tx: Transaction) -> CampaignView:
        row = await schedule_campaign(
            tx, workspace_id=caller.workspace_id, campaign_id=campaign_id, scheduled_at=body.scheduled_at, now=now
        )
        return campaign_view(row)

    return await posting.answer(caller, work, status=200)


@router.post(
    "/{campaign_id}/unschedule",
    status_code=200,
    summary="Take a scheduled campaign back",
    response_model=CampaignView,
    responses=documented(404, 409),
)
async def unschedule(campaign_id: CampaignId, caller: Writer, posting: PostingDep, context: ContextDep) -> Response:
    """Makes it a draft again, which can be changed."""
    now = context.clock.now()

    async def work(tx: Transaction) -> CampaignView:
        return campaign_view(await unschedule_campaign(tx, workspace_id=caller.workspace_id, campaign_id=campaign_id, now=now))

    return await posting.answer(caller, work, status=200)


@router.post(
    "/{campaign_id}/launch",
    status_code=202,
    summary="Launch a campaign",
    response_model=CampaignView,
    responses=documented(404, 409),
)
async def launch(campaign_id: CampaignId, caller: Writer, posting: PostingDep, context: ContextDep) -> Response:
    """Starts it for everyone its audience's rule holds for now. Of several launches one wins; the others get 409.

    Each member gets a row with a state and a reason; sending begins with the first few thousand, while the rest are written.
    Consent, suppressions, hours and caps are decided again at the instant each message goes.
    """
    now = context.clock.now()

    async def work(tx: Transaction) -> CampaignView:
        return campaign_view(
            await launch_campaign(tx, context, workspace_id=caller.workspace_id, campaign_id=campaign_id, now=now)
        )

    return await posting.answer(caller, work, status=202)


@router.post(
    "/{campaign_id}/pause",
    status_code=200,
    summary="Pause a campaign",
    response_model=PausedView,
    responses=documented(404, 409),
)
async def pause(campaign_id: CampaignId, caller: Writer, posting: PostingDep, context: ContextDep) -> Response:
    """Stops hand-overs. After this answer nothing more of it leaves; `in_flight` had left before."""
    now = context.clock.now()

    async def work(tx: Transaction) -> PausedView:
        paused = await pause_campaign(tx, workspace_id=caller.workspace_id, campaign_id=campaign_id, now=now)
        return PausedView(campaign=campaign_view(paused.campaign), in_flight=paused.in_flight, queued=paused.queued)

    return await posting.answer(caller, work, status=200)


@router.post(
    "/{campaign_id}/resume",
    status_code=200,
    summary="Resume a campaign",
    response_model=CampaignView,
    responses=documented(404, 409),
)
async def resume(campaign_id: CampaignId, caller: Writer, posting: PostingDep, context: ContextDep) -> Response:
    """Goes on where the pause stopped; nobody is messaged again."""
    now = context.clock.now()

    async def work(tx: Transaction) -> CampaignView:
        return campaign_view(
            await resume_campaign(tx, context, workspace_id=caller.workspace_id, campaign_id=campaign_id, now=now)
        )

    return await posting.answer(caller, work, status=200)


@router.post(
    "/{campaign_id}/cancel",
    status_code=200,
    summary="Cancel a campaign",
    response_model=CancelledView,
    responses=documented(404, 409),
)
async def cancel(campaign_id: CampaignId, caller: Writer, posting: PostingDep, context: ContextDep) -> Response:
    """Ends it for good. After this answer nothing more of it leaves; what waits is closed as `cancelled`."""
    now = context.clock.now()

    async def work(tx: Transaction) -> CancelledView:
        met = await cancel_campaign(tx, context, workspace_id=caller.workspace_id, campaign_id=campaign_id, now=now)
        return CancelledView(
            campaign=campaign_view(met.campaign),
            in_flight=met.in_flight,
            cancelled=met.cancelled,
            being_cancelled=met.being_cancelled,
        )

    return await posting.answer(caller, work, status=200)
