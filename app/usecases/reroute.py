"""What becomes of messages whose sender may not send? Those of a pool move to another member's lane, and say from where."""

import json
from functools import partial
from typing import Any
from uuid import UUID

import phonenumbers
import structlog

from app.domain.routing import Choice
from app.storage.campaign_moves import enter_lanes
from app.storage.database import Row, Transaction
from app.storage.rerouting import move_messages, pick_stranded, stranded
from app.usecases.context import Context
from app.usecases.route import Pool, open_pool, route

_log = structlog.get_logger()
_BATCH = 1_000
_REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
_MOST_MOVES = 8  # kept with a message; older ones are dropped


async def reroute(context: Context) -> int:
    """Move messages of pools out of the lanes of held senders, some thousands a round; how many.

    A number that no other member reaches keeps waiting where it is. The order of messages is kept: they are due as before.
    """
    async with context.db.transaction() as tx:
        found = await stranded(tx, now=context.clock.now())
    moved = 0
    for row in found:
        async with context.db.transaction() as tx:
            moved += await _move(tx, context, row)
    return moved


async def _move(tx: Transaction, context: Context, held: Row) -> int:
    now = context.clock.now()
    workspace_id, sender_id = held["workspace_id"], held["sender_id"]
    pool = await open_pool(tx, workspace_id=workspace_id, pool_id=held["pool_id"], now=now)
    regions = [region for region in _REGIONS if pool is not None and pool.router.reaches(region)]
    if pool is None or not regions:
        return 0
    picked = await pick_stranded(
        tx, workspace_id=workspace_id, sender_id=sender_id, pool_id=pool.id, regions=regions, limit=_BATCH
    )
    if not picked:
        return 0
    choices = await route(tx, pool, numbers=[(row["phone"], row["region"]) for row in picked])
    going = [(row, choices[row["phone"]]) for row in picked if choices[row["phone"]].sender_id not in {None, sender_id}]
    if not going:
        return 0
    at = now.isoformat()
    rows = [(row["id"], _to(choice), _written(pool, row, choice, sender_id, at)) for row, choice in going]
    moved = await move_messages(tx, workspace_id=workspace_id, rows=rows, now=now)
    lanes: dict[UUID, set[UUID]] = {}
    for row, choice in going:
        if row["campaign_id"] is not None:
            lanes.setdefault(row["campaign_id"], set()).add(_to(choice))
    for campaign_id, sender_ids in sorted(lanes.items()):
        await enter_lanes(tx, workspace_id=workspace_id, campaign_id=campaign_id, sender_ids=sender_ids)
    for chosen in {_to(choice) for _, choice in going}:
        tx.after_commit(partial(context.doorbell.ring, "dispatch_lane", f"{workspace_id}/{chosen}/0"))
    _log.info("messages.rerouted", sender=str(sender_id), messages=moved)
    return moved


def _to(choice: Choice) -> UUID:
    assert choice.sender_id is not None
    return choice.sender_id


def _written(pool: Pool, row: Row, choice: Choice, sender_id: UUID, at: str) -> str:
    """The new choice, and where the message waited before."""
    earlier: list[Any] = (row["route"] or {}).get("moved", [])
    why = next((one.why for one in choice.passed_over if one.sender_id == sender_id), "route.held")
    moved = [*earlier, {"from_sender_id": str(sender_id), "why": why, "at": at}][-_MOST_MOVES:]
    return json.dumps({**json.loads(pool.route_json(choice)), "moved": moved})
