"""What did a campaign bring? Events are put down to the message whose link the person followed last, and added up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from app.domain.errors import NotFound
from app.domain.link_target import link_terms
from app.storage import conversions
from app.storage.campaigns import read_campaign
from app.storage.database import Database, Row
from app.usecases.context import Context

_PAGE = 5_000
_PAGES = 100  # of one workspace in one round
_SETTLED_AFTER = timedelta(minutes=3)  # by then the click before it has been judged a second time


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """A campaign's clicks, what was put down to them by kind, name and currency, and what was bought after a delivery."""

    clicks: Row
    conversions: Sequence[Row]
    after_delivery: Sequence[Row]
    days: int


async def put_down_events(context: Context) -> int:
    """Put new purchases and custom events down to messages; how many were. Every page is a transaction of its own."""
    before = context.clock.now() - _SETTLED_AFTER
    async with context.db.transaction() as tx:
        workspaces = await conversions.workspaces_with_news(tx, before=before)
    done = 0
    for workspace_id in workspaces:
        for _ in range(_PAGES):
            async with context.db.transaction() as tx:
                put, more = await conversions.put_down_page(tx, workspace_id=workspace_id, before=before, limit=_PAGE)
            done += put
            if not more or context.closing.is_set():
                break
    return done


async def read_results(db: Database, *, workspace_id: UUID, campaign_id: UUID) -> Results:
    """What a campaign brought so far. Raises NotFound."""
    ids = {"workspace_id": workspace_id, "campaign_id": campaign_id}
    async with db.transaction() as tx:
        await tx.one_snapshot()
        campaign = await read_campaign(tx, **ids)
        if campaign is None:
            raise NotFound("no such campaign", pointer="/path/campaign_id")
        days = link_terms(campaign["links"] or {}).conversion_days
        return Results(
            clicks=await conversions.campaign_clicks(tx, **ids),
            conversions=await conversions.campaign_conversions(tx, **ids),
            after_delivery=await conversions.bought_after_delivery(tx, **ids, days=days),
            days=days,
        )
