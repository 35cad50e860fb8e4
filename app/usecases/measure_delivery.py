"""How well do senders deliver? One worker counts hour by hour what became of their attempts, and anew as receipts come in."""

from datetime import datetime, timedelta
from uuid import UUID

import structlog

from app.domain.deliverability import KEPT, OLDEST, Tried, due_hours
from app.domain.errors import NotFound
from app.storage.carriers import find_sender
from app.storage.delivery_stats import forget_hours, measure_hour, read_measured, read_places, try_measure_lock
from app.usecases.context import Context

_log = structlog.get_logger()


async def measure_delivery(context: Context) -> int:
    """Measure the hours that are due, each in a transaction of its own, until another worker does or the process ends; how many.

    An hour is counted from the beginning each time, so whatever broke off is simply done again.
    """
    measured = 0
    while not context.closing.is_set():
        now = context.clock.now()
        async with context.db.transaction() as tx:
            if not await try_measure_lock(tx):
                break
            due = due_hours(await read_measured(tx, since=now - 2 * OLDEST), now=now)
            if not due:
                await forget_hours(tx, before=now - KEPT)
                break
            await measure_hour(tx, hour=due[0], now=now)
        measured += 1
    if measured:
        _log.info("delivery.measured", hours=measured)
    return measured


async def read_deliverability(context: Context, *, workspace_id: UUID, sender_id: UUID, days: int, now: datetime) -> list[Tried]:
    """What became of a sender's attempts in the last days, by place, the busiest first. Raises NotFound."""
    async with context.db.transaction() as tx:
        if await find_sender(tx, workspace_id=workspace_id, sender_id=sender_id) is None:
            raise NotFound("no such sender", pointer="/path/sender_id")
        since = now - timedelta(days=days)
        return (await read_places(tx, workspace_id=workspace_id, sender_ids=[sender_id], since=since))[sender_id]
