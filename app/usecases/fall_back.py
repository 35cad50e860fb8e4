"""What if nothing is heard on one way? It is taken back where the carrier can, and the next is tried; in doubt the plan says."""

import asyncio

import structlog

from app.domain.delivery import Response
from app.domain.fallback import WhenUnsure, read_plan
from app.domain.media import leaves_as
from app.domain.message import Channel
from app.domain.rich import read_content
from app.ports import Account, Recalls
from app.storage.database import Row
from app.storage.falling import go_on, take_late
from app.usecases.context import Context

_log = structlog.get_logger()
_TOGETHER = 50


async def fall_back_late(context: Context) -> int:
    """Move messages on whose way is out of time; how many were.

    A way that was certainly taken back is left for the next. One that may still deliver is left only if the message's plan says
    so, and the message then says that two deliveries could not be excluded.
    """
    async with context.db.transaction() as tx:
        rows = await take_late(tx, now=context.clock.now(), limit=_TOGETHER)
    recalled = await asyncio.gather(*(_take_back(context, row) for row in rows))
    moved = 0
    for row, is_back in zip(rows, recalled, strict=True):
        plan = read_plan(row["plan"])
        if plan is None or not (is_back or plan.when_unsure is WhenUnsure.GO_ON):
            continue
        ids = {"workspace_id": row["workspace_id"], "message_id": row["id"], "hop": row["hop"]}
        async with context.db.transaction() as tx:
            lane = await go_on(tx, **ids, maybe_twice=not is_back, now=context.clock.now())
        if lane is not None:
            moved += 1
            await context.doorbell.ring("dispatch_lane", f"{lane[0]}/{lane[1]}/0")
    if rows:
        _log.info("messages.late", late=len(rows), moved_on=moved)
    return moved


async def _take_back(context: Context, row: Row) -> bool:
    """Whether the carrier said that the message will not be delivered any more."""
    kind = context.provider_kinds.get(row["kind"])
    if kind is None or row["provider_message_id"] is None:
        return False
    provider = kind(Account(context.vault.open(row["credentials"], row=row["provider_id"]), row["base_url"]))
    if not isinstance(provider, Recalls):
        return False
    channel = leaves_as(Channel(row["channel"]), read_content(row["content"]), offered=provider.channels)
    request = provider.build_cancel(row["provider_message_id"], to=row["phone"], channel=channel)
    if request is None:
        return False
    seconds = context.settings.handover_timeout_seconds
    answer = await context.http.send(provider, request, account=row["provider_id"], timeout=seconds)
    return isinstance(answer, Response) and provider.read_cancel(answer)
