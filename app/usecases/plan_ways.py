"""Which ways may a message fall back to? A plan is checked when it is given, and gets a sender for each way and number."""

import json
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from app.domain.errors import InvalidField, NotFound
from app.domain.fallback import Chosen, Hop, Plan, plan_json
from app.domain.rich import check_content
from app.storage.carriers import find_sender
from app.storage.database import Transaction
from app.storage.pools import find_pool
from app.usecases.route import Pool, open_pool, route


async def check_ways(tx: Transaction, plan: Plan | None, *, workspace_id: UUID, first: Collection[UUID]) -> None:
    """Every way has a sender or pool of its channel that was not tried before, and content the channel carries.

    `first` are the sender and pool of the message itself. Raises NotFound and InvalidField.
    """
    seen = set(first)
    for place, hop in enumerate(plan.hops if plan else ()):
        pointer = f"/body/fallback/{place}"
        what, field, key = (
            ("sender pool", "sender_pool_id", hop.pool_id) if hop.pool_id else ("sender", "sender_id", hop.sender_id)
        )
        assert key is not None
        find = find_pool(tx, workspace_id=workspace_id, pool_id=key) if hop.pool_id else None
        found = await (find or find_sender(tx, workspace_id=workspace_id, sender_id=key))
        if found is None:
            raise NotFound(f"no such {what}", pointer=f"{pointer}/{field}")
        if found["channel"] != hop.channel:
            raise InvalidField(f"this {what} is for {found['channel']}", pointer=f"{pointer}/channel")
        if key in seen:
            raise InvalidField(f"this {what} was tried before", pointer=f"{pointer}/{field}")
        if hop.template_id is None:
            check_content(hop.content, hop.channel, pointer=f"{pointer}/content")
        seen.add(key)


async def choose_ways(
    tx: Transaction, plan: Plan | None, *, workspace_id: UUID, numbers: Sequence[tuple[str, str]], now: datetime
) -> dict[str, str | None]:
    """The plan of each (phone, region) as JSON, with a sender for every way; a way that no sender can go is left out."""
    if plan is None:
        return {}
    pools = {
        hop.pool_id: await open_pool(tx, workspace_id=workspace_id, pool_id=hop.pool_id, now=now)
        for hop in plan.hops
        if hop.pool_id
    }
    if not pools:
        constant = json.dumps(plan_json(plan))
        return {phone: constant for phone, _ in numbers}
    chosen = {pool_id: await route(tx, pool, numbers=numbers) for pool_id, pool in pools.items() if pool is not None}

    def side(hop: Hop, phone: str) -> Chosen | None:
        pool: Pool | None = pools.get(hop.pool_id) if hop.pool_id else None
        if pool is None:
            return (hop.sender_id, None) if hop.sender_id else None
        choice = chosen[pool.id][phone]
        return None if choice.sender_id is None else (choice.sender_id, json.loads(pool.route_json(choice)))

    def written(phone: str) -> str | None:
        placed = [replace(hop, place=place) for place, hop in enumerate(plan.hops, start=1)]
        ways = [(hop, found) for hop in placed if (found := side(hop, phone)) is not None]
        stored = plan_json(replace(plan, hops=tuple(hop for hop, _ in ways)), [found for _, found in ways])
        return None if stored is None else json.dumps(stored)

    return {phone: written(phone) for phone, _ in numbers}
