"""Who came to the audience of a live campaign since its launch? From time to time it looks again, and writes to them as well."""

import asyncio
from datetime import timedelta
from uuid import UUID

import structlog

from app.domain.audience.reading import parse_frozen
from app.storage.audience_sql.writing import Asked
from app.storage.launching import erased_members, keep_joined, lock_joining
from app.storage.members import newcomers
from app.usecases.context import Context
from app.usecases.materialise import write_members

_log = structlog.get_logger()
_CHUNK = 5000
_BUDGET = 20.0
_SHARE = 20  # a look that took a second is followed by twenty without one: many contacts must not keep the database busy


async def _look(context: Context, *, workspace_id: UUID, campaign_id: UUID) -> bool:
    """Write one page of those who came; False when that were all, or it is not the time for it."""
    began, now = asyncio.get_running_loop().time(), context.clock.now()
    async with context.db.transaction() as tx:
        launch = await lock_joining(tx, workspace_id=workspace_id, campaign_id=campaign_id, now=now)
        if launch is None:
            return False
        asked = Asked(workspace_id=workspace_id, node=parse_frozen(launch.rule), now=now)
        page = await newcomers(tx, asked, campaign_id=campaign_id, limit=_CHUNK)
        erased = await erased_members(tx, launch, phones=[phone for _, phone in page])
        new = [(contact_id, phone) for contact_id, phone in page if phone not in erased]
        written = await write_members(tx, context, launch, new, now) if new else 0
        took = asyncio.get_running_loop().time() - began
        pause = timedelta(seconds=max(context.settings.join_seconds, _SHARE * took))
        more = written > 0 and len(page) == _CHUNK
        await keep_joined(tx, launch, members=written, next_at=now if more else now + pause)
    if written:
        _log.info("campaign.joined", campaign=str(campaign_id), members=written)
    return more


async def join_campaign(context: Context, *, workspace_id: UUID, campaign_id: UUID) -> None:
    """Write the messages of those who are in a running campaign's audience now and have none of it, until its `joins_until`.

    They are decided, split into variants and counted as those of the launch. Whoever has a row already is in the campaign,
    whatever became of it: who left and comes again, or comes again after an erasure, is not written to again. Of two workers the
    second leaves it to the first.
    """
    deadline = asyncio.get_running_loop().time() + _BUDGET
    while await _look(context, workspace_id=workspace_id, campaign_id=campaign_id):
        if context.closing.is_set() or asyncio.get_running_loop().time() > deadline:
            return
