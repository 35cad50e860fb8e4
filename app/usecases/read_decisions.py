"""What was decided, of whom, and which rule objected? The log of decisions: one a message, always."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.storage import decisions
from app.storage.database import Database, Row


async def list_decisions(
    db: Database,
    *,
    workspace_id: UUID,
    before: UUID | None,
    limit: int,
    phone: str | None = None,
    campaign_id: UUID | None = None,
    rule: str | None = None,
    verdict: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Sequence[Row]:
    """A page of messages with their decisions, newest message first; `since` and `until` bound the decision's instant."""
    async with db.transaction() as tx:
        return await decisions.list_decisions(
            tx,
            workspace_id=workspace_id,
            before=before,
            limit=limit,
            phone=phone,
            campaign_id=campaign_id,
            rule=rule,
            verdict=verdict,
            since=since,
            until=until,
        )
