"""What happened to a message? One with its timeline, a page of them, and the last chance to cancel one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.errors import NotFound, WrongState
from app.domain.message import State
from app.storage.clicks import message_clicks
from app.storage.database import Database, Row, Transaction
from app.storage.messages import cancel_message as cancel_row
from app.storage.messages import list_messages as list_rows
from app.storage.messages import read_answers, read_attempts, read_receipts
from app.storage.messages import read_message as read_row


@dataclass(frozen=True, slots=True)
class Timeline:
    """A message, its attempts, every receipt kept for it, what the person answered, and who followed its links."""

    message: Row
    attempts: Sequence[Row]
    receipts: Sequence[Row]
    answers: Sequence[Row]
    clicks: Sequence[Row]


async def read_message(db: Database, *, workspace_id: UUID, message_id: UUID) -> Timeline:
    """One message with its timeline. Raises NotFound."""
    async with db.transaction() as tx:
        row = await read_row(tx, workspace_id=workspace_id, message_id=message_id)
        if row is None:
            raise NotFound("no such message", pointer="/path/message_id")
        return Timeline(
            row,
            await read_attempts(tx, workspace_id=workspace_id, message_id=message_id),
            await read_receipts(tx, workspace_id=workspace_id, message_id=message_id),
            await read_answers(tx, workspace_id=workspace_id, message_id=message_id),
            await message_clicks(tx, workspace_id=workspace_id, message_id=message_id),
        )


async def list_messages(
    db: Database,
    *,
    workspace_id: UUID,
    before: UUID | None,
    limit: int,
    phone: str | None = None,
    state: State | None = None,
    campaign_id: UUID | None = None,
) -> list[Row]:
    """A page of messages, newest first."""
    async with db.transaction() as tx:
        return await list_rows(
            tx,
            workspace_id=workspace_id,
            before=before,
            limit=limit,
            phone=phone,
            states=None if state is None else [state],
            campaign_id=campaign_id,
        )


async def cancel_message(tx: Transaction, *, workspace_id: UUID, message_id: UUID, now: datetime) -> Row:
    """Cancel a message that waits, or is claimed and has not left. Raises NotFound, or WrongState when it is beyond recall."""
    row = await read_row(tx, workspace_id=workspace_id, message_id=message_id)
    if row is None:
        raise NotFound("no such message", pointer="/path/message_id")
    if not await cancel_row(tx, workspace_id=workspace_id, message_id=message_id, now=now):
        state = State(row["state"])
        raise WrongState(f"the message is {state.word}" + ("" if state.is_final else " and beyond recall"))
    cancelled = await read_row(tx, workspace_id=workspace_id, message_id=message_id)
    assert cancelled is not None
    return cancelled
