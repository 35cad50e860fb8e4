"""What would happen if it went then? A small audience is decided at once, a large one by a job; both leave a report."""

import asyncio
from datetime import datetime
from functools import partial
from uuid import UUID

import structlog

from app.clock import new_id
from app.domain.errors import InvalidField
from app.domain.findings_by_way import FindingsByWay
from app.storage import preflights
from app.storage.database import UNSTORABLE, Row, Transaction
from app.storage.members import count_up_to
from app.usecases.audience_cost import check_cost
from app.usecases.campaigns import found_campaign
from app.usecases.context import Context
from app.usecases.count_members import count_page
from app.usecases.opt_out_link import blank_link
from app.usecases.preflight_plan import frozen_campaign, open_plan
from app.usecases.preflight_report import make_report
from app.usecases.read_preflights import preflight_of

_log = structlog.get_logger()
AT_ONCE = 20_000
"""Members up to which a preflight is answered with its report; more take a job, a million some minutes."""
_BUDGET = 20.0
_HOPELESS: tuple[type[Exception], ...] = (ValueError, TypeError, LookupError, InvalidField, *UNSTORABLE)


async def preflight_campaign(
    tx: Transaction,
    context: Context,
    *,
    workspace_id: UUID,
    campaign_id: UUID,
    at: datetime | None,
    wait: bool,
    now: datetime,
) -> Row:
    """Decide a campaign's whole audience for an instant (the one given, or when it is scheduled, or now); the job as it stands.

    It is complete when `wait` is true and the audience is small; otherwise it is queued, and a worker is rung for. The rules are
    those of the hand-over. Raises NotFound, InvalidField.
    """
    campaign = await found_campaign(tx, workspace_id=workspace_id, campaign_id=campaign_id)
    at = _instant(at, campaign["scheduled_at"], now)
    kept = await frozen_campaign(tx, campaign)
    plan = await open_plan(tx, context.provider_kinds, kept, workspace_id=workspace_id, at=at, now=now, **look_of_links(context))
    up_to, preflight_id = new_id(), new_id()
    await check_cost(tx, plan.asked, limit=context.settings.audience_cost)
    total = await count_up_to(tx, plan.asked, up_to=up_to)
    await preflights.add_preflight(
        tx,
        workspace_id=workspace_id,
        preflight_id=preflight_id,
        campaign_id=campaign_id,
        at=at,
        plan=kept,
        up_to_contact_id=up_to,
        total=total,
        now=now,
    )
    if not wait or total > AT_ONCE:
        tx.after_commit(partial(context.doorbell.ring, "run_preflight", f"{workspace_id}/{preflight_id}"))
    else:
        findings, last, more = FindingsByWay(len(plan.ways)), None, True
        while more:
            last, more = await count_page(tx, context, plan, findings, after=last, up_to=up_to)
        report = await make_report(tx, context, plan, findings)
        await preflights.complete_preflight(
            tx, workspace_id=workspace_id, preflight_id=preflight_id, report=report, members=findings.members, now=now
        )
    return await preflight_of(tx, workspace_id=workspace_id, campaign_id=campaign_id, preflight_id=preflight_id)


def look_of_links(context: Context) -> dict[str, str]:
    """What links in texts look like, to count parts with."""
    return {"own": context.settings.links_begin, "opt_out": blank_link(context)}


def _instant(at: datetime | None, scheduled_at: datetime | None, now: datetime) -> datetime:
    if at is None:
        return max(scheduled_at or now, now)
    if at < now:
        raise InvalidField("lies in the past; /v1/decisions explains those", pointer="/body/at", code="too_early")
    return at


async def _step(context: Context, *, workspace_id: UUID, preflight_id: UUID) -> bool:
    """Count one page and keep it with its checkpoint; False when the job has ended or is under way elsewhere."""
    ids = {"workspace_id": workspace_id, "preflight_id": preflight_id}
    now = context.clock.now()
    async with context.db.transaction() as tx:
        job = await preflights.hold_preflight(tx, **ids)
        if job is None:
            return False
        plan = await open_plan(
            tx, context.provider_kinds, job["plan"], workspace_id=workspace_id, at=job["at"], now=now, **look_of_links(context)
        )
        findings = FindingsByWay.from_json(job["findings"], ways=len(plan.ways))
        last, more = await count_page(tx, context, plan, findings, after=job["last_contact_id"], up_to=job["up_to_contact_id"])
        if more:
            await preflights.advance_preflight(
                tx, **ids, last_contact_id=last, members=findings.members, findings=findings.as_json()
            )
            return True
        report = await make_report(tx, context, plan, findings)
        await preflights.complete_preflight(tx, **ids, report=report, members=findings.members, now=now)
    _log.info("preflight.completed", preflight=str(preflight_id), members=findings.members)
    return False


async def run_preflight(context: Context, *, workspace_id: UUID, preflight_id: UUID) -> None:
    """Work on a preflight until it is complete, cancelled, or the job's seconds are up (the sweep then rings again).

    Count and checkpoint are kept together after each page, so a crash costs one page and counts nobody twice. One that cannot be
    done (its template no longer compiles, say) fails, with the reason.
    """
    deadline = asyncio.get_running_loop().time() + _BUDGET
    ids = {"workspace_id": workspace_id, "preflight_id": preflight_id}
    try:
        while await _step(context, **ids):
            if context.closing.is_set() or asyncio.get_running_loop().time() > deadline:
                return
    except _HOPELESS as error:
        # The error's own text may quote a member's value: it stays out of the log.
        _log.error("preflight.failed", preflight=str(preflight_id), error=type(error).__name__)
        told = error.detail if isinstance(error, InvalidField) else type(error).__name__
        async with context.db.transaction() as tx:
            await preflights.end_preflight(
                tx, **ids, state="failed", error=f"it cannot be decided: {told}", now=context.clock.now()
            )
