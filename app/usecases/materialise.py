"""Who is in this campaign? Its audience becomes message rows in chunks, each with its decision, resumable from a checkpoint."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import structlog

from app.domain.audience.reading import parse_frozen
from app.domain.fallback import read_plan
from app.storage.audience_sql.writing import Asked
from app.storage.campaign_moves import enter_lanes
from app.storage.claims import read_facts
from app.storage.database import Row, Transaction
from app.storage.falling import fall_refused
from app.storage.launching import Launch, add_campaign_messages, keep_checkpoint, lock_launch, refresh_statistics
from app.storage.members import audience_page
from app.usecases.context import Context
from app.usecases.decide_alike import Decider
from app.usecases.gather_facts import Terms, technology_of
from app.usecases.member_rows import Kinds, Sides, Turns, Written, written_rows
from app.usecases.plan_ways import choose_ways
from app.usecases.policies import Policy, read_policy
from app.usecases.route import open_pool, route

_log = structlog.get_logger()
_CHUNK = 5000
_BUDGET = 20.0


def terms_of(launch: Launch, policy: Policy) -> Terms:
    """The campaign's side of every decision. Caps are left to the hand-over, where they are exact."""
    return Terms(
        channel=launch.channel,
        purpose=launch.purpose,
        own_hours=policy.own_hours,
        not_after=launch.not_after,
        market=policy.market,
        technology=technology_of(launch.technology, launch.channel),
        brand=launch.brand,
        topic=launch.topic,
        subject=launch.subject,
        counts=False,
    )


async def _sides(tx: Transaction, launch: Launch, facts: Mapping[str, Mapping[str, Any]], now: datetime) -> Sides:
    numbers = [(phone, row["region"]) for phone, row in facts.items()]
    plan, ids = read_plan(launch.fallback), {"workspace_id": launch.workspace_id}
    plans = await choose_ways(tx, plan, **ids, numbers=numbers, now=now)
    if launch.pool_id is None:
        return Sides(launch.sender_id, None, {}, plans)
    pool = await open_pool(tx, **ids, pool_id=launch.pool_id, now=now)
    assert pool is not None  # campaigns hold on to their pool
    return Sides(launch.sender_id, pool, await route(tx, pool, numbers=numbers), plans)


async def write_members(
    tx: Transaction, context: Context, launch: Launch, page: Sequence[tuple[UUID, str]], now: datetime
) -> int:
    """Write the rows of one page of members (contact, phone), ring for every sender that has some; how many are new."""
    terms = terms_of(launch, await read_policy(tx, workspace_id=launch.workspace_id, now=now))
    blocked_at = None if launch.pool_id else launch.sender_id  # a pool chooses around those that are blocked
    phones = [phone for _, phone in page]
    ids = {"workspace_id": launch.workspace_id, "campaign_id": launch.campaign_id}
    facts = await facts_by_phone(tx, terms, **ids, sender_id=blocked_at, phones=phones, now=now)
    kinds, sides = Kinds(context.book, now), await _sides(tx, launch, facts, now)
    rows = written_rows(page, facts, Decider(context.rules, terms, now=now), kinds=kinds, sides=sides, turns=Turns(launch))
    written = await add_campaign_messages(tx, launch, kinds=kinds.rows, sides=sides.rows, rows=rows, now=now)
    lanes = {(launch.workspace_id, sender_id) for _, sender_id, *_ in sides.rows}
    if launch.pool_id is not None:
        await enter_lanes(tx, **ids, sender_ids={sender_id for _, sender_id in lanes})
    for lane in lanes | await _fall(tx, launch, rows, kinds, now):
        tx.after_commit(partial(context.doorbell.ring, "dispatch_lane", f"{lane[0]}/{lane[1]}/0"))
    return written


async def _fall(tx: Transaction, launch: Launch, rows: Sequence[Written], kinds: Kinds, now: datetime) -> set[tuple[UUID, UUID]]:
    """Who cannot be reached on the first way goes on to the next at once, where that may come to something else."""
    plan = read_plan(launch.fallback)
    if plan is None:
        return set()
    falling = kinds.falling(changes_family=plan.changes_family(launch.channel))
    ids = [row[0] for row in rows if row[3] in falling]
    return await fall_refused(tx, workspace_id=launch.workspace_id, message_ids=ids, now=now) if ids else set()


async def facts_by_phone(
    tx: Transaction,
    terms: Terms,
    *,
    workspace_id: UUID,
    sender_id: UUID | None,
    phones: Sequence[str],
    now: datetime,
    campaign_id: UUID | None = None,
) -> dict[str, Row]:
    """What is true of an audience's numbers, in one round trip; with a campaign, which of them another number stands in for."""
    rows = await read_facts(
        tx,
        workspace_id=workspace_id,
        phones=phones,
        channels=terms.family,
        purpose=terms.purpose,
        campaign_id=campaign_id,
        sender_id=sender_id,
        sends_since=terms.sends_since(now),
    )
    return {row["phone"]: row for row in rows}


async def _chunk(context: Context, *, workspace_id: UUID, campaign_id: UUID) -> bool:
    """Write one chunk and its checkpoint; False when the launch is finished or may not go on."""
    now = context.clock.now()
    async with context.db.transaction() as tx:
        launch = await lock_launch(tx, workspace_id=workspace_id, campaign_id=campaign_id)
        if launch is None:
            return False
        # Every chunk asks as of the launch: "in the last 30 days" means the same to all of them.
        asked = Asked(workspace_id=workspace_id, node=parse_frozen(launch.rule), now=launch.launched_at)
        page = await audience_page(tx, asked, after=launch.last_contact_id, up_to=launch.up_to_contact_id, limit=_CHUNK)
        if page:
            await write_members(tx, context, launch, page, now)
        finished = len(page) < _CHUNK
        last = page[-1][0] if page else launch.last_contact_id
        await keep_checkpoint(tx, launch, last_contact_id=last, finished_at=now if finished else None, members=len(page))
    return not finished


async def materialise(context: Context, *, workspace_id: UUID, campaign_id: UUID) -> None:
    """Write the audience's messages until it is finished or the job's time is up (the sweep then rings again).

    Every member gets a row: queued now, queued for when the rules open, or closed with its reason. A crash resumes after the last
    committed chunk, and a row that exists already stays as it is, so no one is in a campaign twice. Of two workers
    on one launch the second leaves it to the first.
    """
    async with context.db.transaction() as tx:
        await refresh_statistics(tx)
    deadline = asyncio.get_running_loop().time() + _BUDGET
    while await _chunk(context, workspace_id=workspace_id, campaign_id=campaign_id):
        if context.closing.is_set() or asyncio.get_running_loop().time() > deadline:
            return
    _log.info("campaign.materialised", campaign=str(campaign_id))
