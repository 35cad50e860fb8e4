"""What was decided of which message? The decision kept with every message, newest message first, by what may be asked."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.storage.database import Row, Transaction
from app.storage.newest import newest_first
from app.storage.tables.messages import message

_SHOWN = ("id", "campaign_id", "contact_id", "phone", "channel", "purpose", "origin", "state", "reason", "decision", "objected")


async def list_decisions(
    tx: Transaction,
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
    """Messages with a decision, newest first, before the given id.

    Only the filters given are in the statement, so that each is planned for its own index: a number's, a campaign's, a rule's.
    `since` and `until` are about the instant of the decision, half open.
    """
    at = message.c.decision["at"].astext.cast(message.c.updated_at.type)
    found = select(*(message.c[name] for name in _SHOWN))
    found = found.where(message.c.workspace_id == workspace_id, message.c.decision.isnot(None))
    if phone is not None:
        found = found.where(message.c.phone == phone)
    if campaign_id is not None:
        found = found.where(message.c.campaign_id == campaign_id)
    if rule is not None:
        found = found.where(message.c.objected.contains([rule]))
    if verdict is not None:
        found = found.where(message.c.decision["verdict"].astext == verdict)
    if rule is not None or verdict in {"wait", "never"}:
        found = found.where(message.c.objected != [])
    if since is not None:
        found = found.where(at >= since)
    if until is not None:
        found = found.where(at < until)
    return await tx.rows(newest_first(found, message.c.id, before=before, limit=limit))
