"""Whom can a lane not reach by RCS? What is known is not asked again; who is not known is asked about, and in doubt it goes."""

import asyncio
from collections.abc import Mapping, Sequence

import structlog

from app.clock import new_id, new_ids
from app.domain.capability import CAPABLE_FOR, MISSING_FOR
from app.domain.delivery import Request, Response
from app.domain.message import Channel
from app.ports import ChecksCapabilities, ChecksCapability
from app.storage.capabilities import fresh_capabilities, keep_capabilities
from app.usecases.context import Context
from app.usecases.open_lane import Lane

_log = structlog.get_logger()
_AT_ONCE = 20
"""Questions on the wire at once, for one group of messages."""
_PATIENCE = 5.0
"""Seconds a group waits for its answers in all, well inside its lease: whoever is not known by then is simply handed over."""


async def without_rcs(context: Context, lane: Lane, phones: Sequence[str]) -> frozenset[str]:
    """Those of the numbers that the lane's sender certainly does not reach by RCS. On other channels nothing is looked at.

    Carriers are asked outside any transaction, and only about numbers of which nothing fresh is known. A question that fails
    says neither yes nor no and is not kept.
    """
    if lane.channel is not Channel.RCS:
        return frozenset()
    now = context.clock.now()
    keys = {"workspace_id": lane.workspace_id, "sender_id": lane.sender_id}
    async with context.db.transaction() as tx:
        known = await fresh_capabilities(
            tx, **keys, phones=phones, capable_since=now - CAPABLE_FOR, missing_since=now - MISSING_FOR
        )
    asked = sorted(set(phones) - known.keys())
    told = await _ask(context, lane, asked) if asked and not context.closing.is_set() else {}
    if told:
        async with context.db.transaction() as tx:
            await keep_capabilities(tx, **keys, said=told, ids=new_ids(len(told)), now=now)
    return frozenset(phone for phone, capable in {**known, **told}.items() if not capable)


async def _ask(context: Context, lane: Lane, phones: Sequence[str]) -> Mapping[str, bool]:
    """What the carrier says in time, of as many as it knows about."""
    provider = lane.provider
    told: dict[str, bool] = {}
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(provider: ChecksCapability, phone: str) -> None:
        answer = await send(provider.build_capability(phone, lane.address, str(new_id())))
        capable = provider.read_capability(answer) if isinstance(answer, Response) else None
        if capable is not None:
            told[phone] = capable

    async def many(provider: ChecksCapabilities, some: Sequence[str]) -> None:
        answer = await send(provider.build_capabilities(some, lane.address))
        said = provider.read_capabilities(some, answer) if isinstance(answer, Response) else {}
        told.update({phone: capable for phone, capable in said.items() if phone in some})

    async def send(request: Request) -> object:
        async with gate:
            return await context.http.send(lane.provider, request, account=lane.provider_id, timeout=_PATIENCE)

    if isinstance(provider, ChecksCapabilities):
        most = provider.capability_limit
        work = [many(provider, phones[start : start + most]) for start in range(0, len(phones), most)]
    elif isinstance(provider, ChecksCapability):
        work = [one(provider, phone) for phone in phones]
    else:
        return {}
    tasks = [asyncio.ensure_future(each) for each in work]
    try:
        done, _ = await asyncio.wait(tasks, timeout=_PATIENCE)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    failed = [error for task in done if not task.cancelled() and (error := task.exception()) is not None]
    if failed:  # one carrier's odd answer must not keep its messages
        _log.warning("capability.unreadable", failed=len(failed), error=type(failed[0]).__name__)
    return told
