"""What would be forgotten if nobody looked? Once a second one worker looks: leases, lanes, expiry, closing, tallies."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import structlog

from app.storage.campaigns import fold_tallies
from app.storage.claims import due_lanes
from app.storage.database import Transaction
from app.storage.handovers import expired_leases, settle_expired
from app.storage.idempotency import prune_keys
from app.storage.nonces import prune_nonces
from app.storage.preflights import unfinished_preflights
from app.storage.sender_days import forget_days
from app.storage.spending import budgeted_campaigns, recount_spending
from app.storage.sweeping import (
    cancelled_leftovers,
    close_unconfirmed,
    expire_overdue,
    open_to_join,
    settle_campaigns,
    try_sweep_lock,
    unfinished_imports,
    unfinished_launches,
)
from app.usecases.campaign_series import launch_series
from app.usecases.context import Context
from app.usecases.follow_links import judge_clicks
from app.usecases.launch_campaign import launch_due_campaigns
from app.usecases.ledger import publish_heads
from app.usecases.purge import purge
from app.usecases.record_receipts import match_parked, pay_what_is_owed
from app.usecases.reroute import reroute
from app.usecases.run_sequences import advance_sequences

_log = structlog.get_logger()
_BATCH = 1000
_KEYS_KEPT = timedelta(hours=48)
_DAYS_KEPT = timedelta(days=7)
_NONCES_KEPT = timedelta(days=1)
_MATCHED_FOR = timedelta(days=7)  # a receipt whose attempt is not known by then is kept as it is, and not looked at again
_NEWEST_PARKED = 5_000  # looked at every second; all of them with the rare chores
LANE_SLOTS = 4  # workers that may share one lane


async def _leases(context: Context) -> None:
    async with context.db.transaction() as tx:
        now = context.clock.now()
        for lease_id in await expired_leases(tx, now=now, limit=50):
            back, unknown = await settle_expired(tx, lease_id=lease_id, now=now)
            _log.warning("lease.expired", lease=str(lease_id), back_in_queue=back, unknown=unknown)


async def _expiry(context: Context) -> None:
    async with context.db.transaction() as tx:
        await expire_overdue(tx, now=context.clock.now(), limit=_BATCH)


async def _unconfirmed(context: Context) -> None:
    now = context.clock.now()
    silent_since = now - timedelta(hours=context.settings.receipt_wait_hours)
    async with context.db.transaction() as tx:
        await close_unconfirmed(tx, silent_since=silent_since, now=now, limit=_BATCH)


async def _parked(context: Context) -> None:
    await _match(context, newest=_NEWEST_PARKED)


async def _all_parked(context: Context) -> None:
    await _match(context, newest=None)


async def _match(context: Context, *, newest: int | None) -> None:
    now = context.clock.now()
    async with context.db.transaction() as tx:
        await match_parked(tx, context, now=now, limit=_BATCH, since=now - _MATCHED_FOR, newest=newest)
    await pay_what_is_owed(context, limit=_BATCH)


async def _tallies(context: Context) -> None:
    async with context.db.transaction() as tx:
        await fold_tallies(tx, limit=10 * _BATCH)


async def _campaigns(context: Context) -> None:
    async with context.db.transaction() as tx:
        await settle_campaigns(tx, now=context.clock.now())


async def _scheduled(context: Context) -> None:
    await launch_due_campaigns(context, now=context.clock.now())


async def _series(context: Context) -> None:
    await launch_series(context)


async def _sequences(context: Context) -> None:
    await advance_sequences(context)


async def _keys(context: Context) -> None:
    async with context.db.transaction() as tx:
        await prune_keys(tx, before=context.clock.now() - _KEYS_KEPT)
        await forget_days(tx, before=(context.clock.now() - _DAYS_KEPT).date())


async def _nonces(context: Context) -> None:
    async with context.db.transaction() as tx:
        await prune_nonces(tx, before=context.clock.now() - _NONCES_KEPT, limit=100 * _BATCH)


async def _bells(context: Context) -> None:
    async def keys(read: Callable[[Transaction], Awaitable[list[tuple[UUID, UUID]]]]) -> list[tuple[UUID, UUID]]:
        async with context.db.transaction() as tx:
            return await read(tx)

    async def lanes(tx: Transaction) -> list[tuple[UUID, UUID]]:
        return await due_lanes(tx, now=context.clock.now())

    async def imports(tx: Transaction) -> list[tuple[UUID, UUID]]:
        return await unfinished_imports(tx, now=context.clock.now())

    async def joins(tx: Transaction) -> list[tuple[UUID, UUID]]:
        return await open_to_join(tx, now=context.clock.now())

    for workspace_id, sender_id in await keys(lanes):
        for slot in range(LANE_SLOTS):
            await context.doorbell.ring("dispatch_lane", f"{workspace_id}/{sender_id}/{slot}")
    for job, read in (
        ("launch_campaign", unfinished_launches),
        ("join_campaign", joins),
        ("cancel_campaign", cancelled_leftovers),
        ("run_import", imports),
        ("run_preflight", unfinished_preflights),
    ):
        for workspace_id, key in await keys(read):
            await context.doorbell.ring(job, f"{workspace_id}/{key}")


async def _clicks(context: Context) -> None:
    await judge_clicks(context)


async def _spending(context: Context) -> None:
    async with context.db.transaction() as tx:
        found = await budgeted_campaigns(tx)
    for workspace_id, campaign_id in found:
        async with context.db.transaction() as tx:
            await recount_spending(tx, workspace_id=workspace_id, campaign_id=campaign_id)


async def _retention(context: Context) -> None:
    await purge(context)


async def _reroute(context: Context) -> None:
    await reroute(context)


CHORES: tuple[Callable[[Context], Awaitable[None]], ...] = (
    _leases,
    _scheduled,
    _series,
    _sequences,
    _parked,
    _expiry,
    _unconfirmed,
    _campaigns,
    _tallies,
    _reroute,
    _clicks,
    _bells,
)
RARE_CHORES: tuple[Callable[[Context], Awaitable[None]], ...] = (
    _keys,
    _nonces,
    publish_heads,
    _spending,
    _retention,
    _all_parked,
)


async def sweep(context: Context, *, rare: bool = False) -> bool:
    """Do every chore once, each in transactions of its own; False when another worker is sweeping.

    A chore that fails is logged and does not keep the others from running: the next sweep tries again.
    """
    async with context.db.transaction() as tx:
        if not await try_sweep_lock(tx):
            return False
        for chore in (*CHORES, *(RARE_CHORES if rare else ())):
            try:
                await chore(context)
            except Exception:  # noqa: BLE001  # whatever a chore ran into is logged; the others, and the next sweep, go on
                _log.exception("sweep.failed", chore=chore.__name__)
    return True
