"""How does a campaign stand? Its books from tallies kept by delta, its recipients one by one, and its progress as it happens."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.domain.errors import NotFound
from app.domain.lifecycle import CampaignState
from app.domain.message import State
from app.storage import campaigns
from app.storage.database import Database, Row
from app.storage.groups import count_groups
from app.storage.spending import read_spending
from app.usecases.campaigns import found_campaign
from app.usecases.context import Context

_POLL = 0.5
_HEARTBEAT_EVERY = 20  # polls: ten seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """A campaign's books at one instant.

    `audience` is counted by the launch as it reads members, `states` by what became of their messages: they must agree. `joined`
    of the audience came after the launch.
    `closed`: every member has a row in a final state.
    """

    campaign_state: CampaignState
    audience: int
    joined: int
    states: dict[str, int]
    reasons: dict[str, int]
    closed: bool

    @property
    def identity_holds(self) -> bool:
        """Whether the audience is the sum of the states."""
        return self.audience == sum(self.states.values())

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen, late receipts apart."""
        return self.closed and self.campaign_state in {CampaignState.COMPLETED, CampaignState.CANCELLED}


def _books(row: Row) -> Books:
    states: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for state, reason, count in row["counts"]:
        states[State(state).word] += count
        if reason:
            reasons[reason] += count
    all_final = all(State(state).is_final for state, _, _ in row["counts"])
    return Books(
        campaign_state=CampaignState(row["state"]),
        audience=row["members"],
        joined=row["joined"],
        states=dict(sorted(states.items())),
        reasons=dict(sorted(reasons.items())),
        closed=row["finished_at"] is not None and all_final,
    )


async def read_books(db: Database, *, workspace_id: UUID, campaign_id: UUID) -> Books:
    """A campaign's books. Raises NotFound."""
    async with db.transaction() as tx:
        row = await campaigns.read_tally(tx, workspace_id=workspace_id, campaign_id=campaign_id)
    if row is None:
        raise NotFound("no such campaign", pointer="/path/campaign_id")
    return _books(row)


async def follow_books(db: Database, *, workspace_id: UUID, campaign_id: UUID) -> AsyncIterator[Books | None]:
    """The books now, again whenever they change, and None now and then so that a connection stays alive; ends when all is over.

    Whoever stops reading stops the polling.
    """
    shown: Books | None = None
    quiet = 0
    while shown is None or not shown.is_over:
        found = await read_books(db, workspace_id=workspace_id, campaign_id=campaign_id)
        quiet += 1
        if found != shown:
            shown, quiet = found, 0
            yield found
        elif quiet >= _HEARTBEAT_EVERY:
            quiet = 0
            yield None
        if not found.is_over:
            await asyncio.sleep(_POLL)


async def compare_groups(context: Context, *, workspace_id: UUID, campaign_id: UUID, within: timedelta) -> Sequence[Row]:
    """How each variant and the holdout group did, so long after each message. Raises NotFound."""
    async with context.db.transaction() as tx:
        await found_campaign(tx, workspace_id=workspace_id, campaign_id=campaign_id)
        return await count_groups(tx, workspace_id=workspace_id, campaign_id=campaign_id, within=within)


async def read_spent(
    context: Context, *, workspace_id: UUID, campaign_id: UUID
) -> tuple[Mapping[str, Any] | None, dict[str, Decimal]]:
    """A campaign's budget as it is stored, and what is reserved of it by key. Raises NotFound."""
    async with context.db.transaction() as tx:
        row = await found_campaign(tx, workspace_id=workspace_id, campaign_id=campaign_id)
        return row["budget"], await read_spending(tx, workspace_id=workspace_id, campaign_id=campaign_id)


async def list_recipients(
    context: Context,
    *,
    workspace_id: UUID,
    campaign_id: UUID,
    after: str | None,
    limit: int,
    state: State | None = None,
    reason: str | None = None,
) -> Sequence[Row]:
    """A campaign's messages by number, above the given one. Raises NotFound."""
    async with context.db.transaction() as tx:
        await found_campaign(tx, workspace_id=workspace_id, campaign_id=campaign_id)
        return await campaigns.list_recipients(
            tx,
            workspace_id=workspace_id,
            campaign_id=campaign_id,
            after=after,
            limit=limit,
            state=state,
            reason=reason,
        )
