"""What if nothing is heard on one way? It is taken back where the carrier can, and the next is tried; in doubt the plan says."""

import asyncio

import structlog

from app.domain.fallback import WhenUnsure, read_plan
from app.domain.message import State
from app.storage.database import Row
from app.storage.falling import fall_from_held, go_on, stop_fall_clock, take_late
from app.storage.receipts import apply_states
from app.usecases.context import Context
from app.usecases.recall_messages import take_back

_log = structlog.get_logger()
_TOGETHER = 50
_BUDGET = 20.0
_TAKEN_BACK = "campaign.cancelled"
_FROM_HELD, _ROUNDS = 1_000, 10


async def fall_back_late(context: Context) -> int:
    """Move messages on whose way is out of time; how many were.

    A way that was certainly taken back is left for the next. One that may still deliver is left only if the message's plan says
    so, and the message then says that two deliveries could not be excluded; else it stays. A carrier that answered neither yes
    nor no is asked again, and so it is where a worker ended before it wrote down what came of the question. What has not left at
    all, because its sender or account is held, goes on after the same time.
    """
    await _leave_held(context)
    deadline, late, moved = asyncio.get_running_loop().time() + _BUDGET, 0, 0
    while True:
        async with context.db.transaction() as tx:
            rows = await take_late(tx, now=context.clock.now(), limit=_TOGETHER)
        recalled = await asyncio.gather(*(take_back(context, row) for row in rows))
        for row, is_back in zip(rows, recalled, strict=True):
            moved += await _move(context, row, is_back=is_back)
        late += len(rows)
        if len(rows) < _TOGETHER or context.closing.is_set() or asyncio.get_running_loop().time() > deadline:
            break
    if late:
        _log.info("messages.late", late=late, moved_on=moved)
    return moved


async def _move(context: Context, row: Row, *, is_back: bool | None) -> bool:
    """Whether a late message went on. One that was taken back and has no next way any more is cancelled."""
    plan, now = read_plan(row["plan"]), context.clock.now()
    ids = {"workspace_id": row["workspace_id"], "message_id": row["id"], "hop": row["hop"]}
    goes = plan is not None and (bool(is_back) or plan.when_unsure is WhenUnsure.GO_ON)
    if not goes and is_back is None:
        return False
    async with context.db.transaction() as tx:
        lane = await go_on(tx, **ids, maybe_twice=not is_back, now=now) if goes else None
        if lane is None:
            await stop_fall_clock(tx, **ids)
        if lane is None and is_back:
            moves = [(row["workspace_id"], row["id"], row["attempts"], int(State.CANCELLED), _TAKEN_BACK)]
            await apply_states(tx, now=now, rows=moves)
    if lane is not None:
        await context.doorbell.ring("dispatch_lane", f"{lane[0]}/{lane[1]}/0")
    return lane is not None


async def _leave_held(context: Context) -> None:
    for _ in range(_ROUNDS):
        async with context.db.transaction() as tx:
            lanes = await fall_from_held(tx, now=context.clock.now(), limit=_FROM_HELD)
        if not lanes:
            return
        for workspace_id, sender_id in lanes:
            await context.doorbell.ring("dispatch_lane", f"{workspace_id}/{sender_id}/0")
