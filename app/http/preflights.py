"""What would a campaign do? Its audience decided without acting, at once or by a job; kept, and held against what happened."""

from typing import Annotated, Any

from fastapi import APIRouter, Response
from fastapi.responses import StreamingResponse

from app.http.comparison_shapes import ComparisonView, comparison_view
from app.http.deps import ContextDep, Cursor, Limit, PostingDep, caller_with
from app.http.event_stream import documented_stream, event_stream
from app.http.ids import CampaignId, PreflightId
from app.http.preflight_shapes import (
    PreflightFound,
    PreflightIn,
    PreflightJobView,
    PreflightView,
    found_view,
    job_view,
    report_view,
)
from app.http.problems import documented
from app.http.shapes import Page, page_of, read_id_cursor
from app.storage.database import Transaction
from app.usecases.authenticate import Caller
from app.usecases.preflight_campaign import preflight_campaign
from app.usecases.read_preflights import (
    cancel_preflight,
    compare_preflight,
    follow_preflight,
    list_preflights,
    read_preflight,
)
from app.usecases.ready_audiences import ready_audiences

router = APIRouter(prefix="/campaigns", tags=["campaigns"])
Reader = Annotated[Caller, caller_with("campaigns:read")]

_LATER: dict[int | str, dict[str, Any]] = {
    202: {"model": PreflightJobView, "description": "The audience is large, or `wait` is false: a job, to be followed"}
}


@router.post(
    "/{campaign_id}/preflight",
    status_code=200,
    summary="What would happen?",
    response_model=PreflightView,
    responses={**_LATER, **documented(404, 409)},
)
async def preflight(
    campaign_id: CampaignId, body: PreflightIn, caller: Reader, posting: PostingDep, context: ContextDep
) -> Response:
    """Decides the whole audience for an instant with the rules of the hand-over, and sends nothing.

    Who would get it, who would wait and until when, who never and why; parts and cost; who lacks a value; when the last of them
    would be gone. Up to 20,000 members are answered at once with 200; more, or `"wait": false`, take a job: 202, and its report
    is at /v1/campaigns/{campaign_id}/preflights/{preflight_id}. Every report is kept.
    """
    now = context.clock.now()
    await ready_audiences(context.db)

    async def work(tx: Transaction) -> tuple[int, PreflightView | PreflightJobView]:
        row = await preflight_campaign(
            tx,
            context,
            workspace_id=caller.workspace_id,
            campaign_id=campaign_id,
            at=body.at,
            wait=body.wait,
            now=now,
        )
        return (200, report_view(row)) if row["report"] is not None else (202, job_view(row))

    return await posting.answer(caller, work, status=200)


@router.get("/{campaign_id}/preflights", summary="List a campaign's preflights", responses=documented(404))
async def list_all(
    campaign_id: CampaignId, context: ContextDep, caller: Reader, limit: Limit = 50, cursor: Cursor = None
) -> Page[PreflightJobView]:
    """Every preflight of the campaign, newest first, each with how far it is; their reports are read one by one."""
    filters: dict[str, Any] = {"list": "preflights", "campaign": campaign_id}
    rows = await list_preflights(
        context,
        workspace_id=caller.workspace_id,
        campaign_id=campaign_id,
        before=read_id_cursor(cursor, filters=filters),
        limit=limit + 1,
    )
    return Page(**page_of(rows, limit=limit, shape=job_view, key=lambda row: str(row["id"]), filters=filters))


@router.get("/{campaign_id}/preflights/{preflight_id}", summary="A preflight with its report", responses=documented(404))
async def get(campaign_id: CampaignId, preflight_id: PreflightId, context: ContextDep, caller: Reader) -> PreflightFound:
    """How far it is, and its report once it is complete. Members who are gone since are no longer among the samples."""
    ids = {"campaign_id": campaign_id, "preflight_id": preflight_id}
    return found_view(await read_preflight(context.db, workspace_id=caller.workspace_id, **ids))


@router.get(
    "/{campaign_id}/preflights/{preflight_id}/comparison",
    summary="What was foreseen, and what happened",
    responses=documented(404, 409),
)
async def comparison(campaign_id: CampaignId, preflight_id: PreflightId, context: ContextDep, caller: Reader) -> ComparisonView:
    """The report beside the campaign's books as they stand. 409 while there is no report."""
    ids = {"campaign_id": campaign_id, "preflight_id": preflight_id}
    return comparison_view(await compare_preflight(context.db, workspace_id=caller.workspace_id, **ids), ids)


@router.post(
    "/{campaign_id}/preflights/{preflight_id}/cancel",
    status_code=200,
    summary="Stop a preflight",
    response_model=PreflightJobView,
    responses=documented(404, 409),
)
async def cancel(
    campaign_id: CampaignId, preflight_id: PreflightId, caller: Reader, posting: PostingDep, context: ContextDep
) -> Response:
    """Stops it after the members under way. It then has no report. 409 when it has ended."""
    now = context.clock.now()
    ids = {"campaign_id": campaign_id, "preflight_id": preflight_id}

    async def work(tx: Transaction) -> PreflightJobView:
        return job_view(await cancel_preflight(tx, workspace_id=caller.workspace_id, **ids, now=now))

    return await posting.answer(caller, work, status=200)


_STREAM = documented_stream(PreflightJobView, what="the job", example='{"progress": 0.3, ...}')


@router.get(
    "/{campaign_id}/preflights/{preflight_id}/progress",
    summary="Follow a preflight live",
    response_class=StreamingResponse,
    responses={**_STREAM, **documented(404)},
)
async def progress(campaign_id: CampaignId, preflight_id: PreflightId, context: ContextDep, caller: Reader) -> StreamingResponse:
    """Server-sent events: `progress` with the job whenever it has moved, `end` when it has ended; then read its report.

    A comment every ten seconds keeps the connection alive. Reconnecting is safe: the first event has everything.
    """
    ids = {"workspace_id": caller.workspace_id, "campaign_id": campaign_id, "preflight_id": preflight_id}
    await read_preflight(context.db, **ids)  # 404 before a stream begins
    return event_stream(follow_preflight(context.db, **ids), job_view)
