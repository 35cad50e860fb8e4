"""How does a lane move? Groups in flight side by side, fair between campaigns, within the sender's rate, until nothing is due."""

import asyncio
from dataclasses import dataclass, field
from uuid import UUID

import structlog

from app.domain.breaker import Condition
from app.queue.rate import RatesUnavailable
from app.storage.claims import due_work
from app.usecases.claim_group import claim_group
from app.usecases.context import Context
from app.usecases.hand_over import hand_over
from app.usecases.open_lane import CampaignContents, Lane, open_content, open_lane
from app.usecases.record_outcomes import record_group

_log = structlog.get_logger()
_RESERVED_FOR_SINGLES = 0.1  # of the burst: a campaign leaves this to transactional messages
_LONGEST_NAP = 1.0
_INTERRUPTIONS = (RatesUnavailable, OSError)


@dataclass(slots=True)
class _Run:
    """One lane job: its deadline, the work it knows of, and how it stands."""

    context: Context
    lane: Lane
    deadline: float
    contents: dict[UUID, CampaignContents] = field(default_factory=dict)
    queue: list[UUID | None] = field(default_factory=list)
    parts_each: float = 1.0
    handed_over: int = 0
    over: bool = False

    def open(self) -> bool:
        return not self.over and not self.context.closing.is_set() and asyncio.get_running_loop().time() < self.deadline

    async def next_work(self) -> UUID | bool | None:
        """The next campaign (or None for single messages) in turn; False when nothing is due."""
        if not self.queue:
            async with self.context.db.transaction() as tx:
                found = await due_work(tx, sender_id=self.lane.sender_id, now=self.context.clock.now())
            # Kept when nothing is awaited any more: another that looks at the same time would take what this one found.
            self.queue = sorted(found, key=lambda work: work is None)  # popped from the end: single messages first
        return self.queue.pop() if self.queue else False

    async def content(self, campaign_id: UUID) -> CampaignContents | None:
        if campaign_id not in self.contents:
            found = await open_content(self.context, self.lane, campaign_id)
            if found is None:
                return None
            self.contents[campaign_id] = found
        return self.contents[campaign_id]


async def _one_group(run: _Run, work: UUID | None) -> bool:
    """Take rate, claim, hand over, record one group. False when this work had nothing that could move."""
    context, lane = run.context, run.lane
    content = await run.content(work) if work is not None else None
    if work is not None and content is None:
        return False
    wanted = 1 if lane.half_open else max(1, round(context.settings.group_size * run.parts_each))
    grant = await context.rates.take_all(
        lane.buckets,
        parts=wanted,
        now=context.clock.now(),
        reserved=0.0 if work is None else _RESERVED_FOR_SINGLES,
    )
    if grant.parts == 0:
        await asyncio.sleep(min(grant.wait + 0.001, _LONGEST_NAP))
        return True
    limit = max(1, min(context.settings.group_size, round(grant.parts / run.parts_each)))
    used = 0
    try:
        claim = await claim_group(context, lane, content, limit=limit, parts=grant.parts, now=context.clock.now())
        if claim.group is None:
            return claim.settled > 0
        departed = await hand_over(context, lane, claim.group)
        if departed is None:
            return False
        used = claim.parts - departed.spared
    finally:
        await context.rates.settle_all(lane.buckets, taken=grant.parts, used=used)
    run.parts_each = claim.parts / len(claim.group.members)
    run.handed_over += len(departed.outcomes)
    stands = await record_group(context, lane, claim.group, departed)
    run.over |= lane.half_open or stands is not Condition.CLOSED  # what was half-open is opened anew, or rests
    return True


async def _work(run: _Run) -> None:
    """Group after group. One that fails lets the others end theirs: what left must be recorded, or nobody knows of it."""
    idle = 0
    try:
        while run.open() and idle < 2:
            work = await run.next_work()
            if isinstance(work, bool):
                return
            idle = 0 if await _one_group(run, work) else idle + 1
    except BaseException:
        run.over = True
        raise


async def dispatch_lane(context: Context, *, workspace_id: UUID, sender_id: UUID) -> int:
    """Work one lane until nothing is due, it is held, or the job's time is up; the number of messages handed over.

    Any number of workers may work the same lane: claims skip what another holds, and the rate is shared. When time is up the
    sweep rings again. Without Redis nothing is handed over, because the rate could not be kept.
    """
    lane = await open_lane(context, workspace_id=workspace_id, sender_id=sender_id, now=context.clock.now())
    if lane is None:
        return 0
    run = _Run(context, lane, asyncio.get_running_loop().time() + context.settings.lane_budget_seconds)
    groups = 1 if lane.half_open else context.settings.worker_groups
    ends = await asyncio.gather(*(_work(run) for _ in range(groups)), return_exceptions=True)
    for error in ends:
        if isinstance(error, BaseException) and not isinstance(error, _INTERRUPTIONS):
            raise error
    names = [type(error).__name__ for error in ends if error is not None]
    if names:
        _log.warning("lane.interrupted", sender=str(sender_id), error=names[0])
    return run.handed_over
