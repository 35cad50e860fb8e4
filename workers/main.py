"""What does a worker process run? arq answers bells; a loop of its own sweeps, so nothing waits on Redis to be found again."""

import asyncio
import contextlib
import gc
import signal
from collections.abc import Callable, Coroutine
from typing import Any
from uuid import UUID

import structlog
from arq.connections import RedisSettings
from arq.worker import Worker, func
from redis.exceptions import RedisError

from app.queue.doorbell import QUEUE
from app.runtime import open_runtime
from app.settings import Settings
from app.usecases.ask_carriers import ask_carriers
from app.usecases.cancel_campaign import cancel_rest
from app.usecases.context import Context
from app.usecases.dispatch_lane import dispatch_lane
from app.usecases.fall_back import fall_back_late
from app.usecases.join_campaign import join_campaign
from app.usecases.materialise import materialise
from app.usecases.measure_delivery import measure_delivery
from app.usecases.preflight_campaign import run_preflight
from app.usecases.put_down_events import put_down_events
from app.usecases.recall_messages import recall_messages
from app.usecases.run_import import run_import
from app.usecases.sweep import sweep

_log = structlog.get_logger()
_RARE_EVERY = 600
_ASK_EVERY = 30
_FALL_EVERY = 5
_PUT_DOWN_EVERY = 60
_MEASURE_EVERY = 60
_PATIENCE = 1.0
Bell = Callable[..., Coroutine[Any, Any, None]]


def _ids(key: str) -> tuple[UUID, UUID]:
    workspace_id, thing_id = key.split("/")[:2]
    return UUID(workspace_id), UUID(thing_id)


async def _dispatch(ctx: dict[str, Any], key: str) -> None:
    """Work a lane, unless this process works it already: the other bells of the lane are for other workers."""
    workspace_id, sender_id = _ids(key)
    busy: set[UUID] = ctx["lanes"]
    if sender_id in busy:
        return
    busy.add(sender_id)
    try:
        handed_over = await dispatch_lane(ctx["context"], workspace_id=workspace_id, sender_id=sender_id)
    finally:
        busy.discard(sender_id)
    if handed_over:
        _log.info("lane.worked", sender=str(sender_id), handed_over=handed_over)


async def _launch(ctx: dict[str, Any], key: str) -> None:
    workspace_id, campaign_id = _ids(key)
    await materialise(ctx["context"], workspace_id=workspace_id, campaign_id=campaign_id)


async def _join(ctx: dict[str, Any], key: str) -> None:
    workspace_id, campaign_id = _ids(key)
    await join_campaign(ctx["context"], workspace_id=workspace_id, campaign_id=campaign_id)


async def _cancel(ctx: dict[str, Any], key: str) -> None:
    workspace_id, campaign_id = _ids(key)
    await cancel_rest(ctx["context"], workspace_id=workspace_id, campaign_id=campaign_id)


async def _import(ctx: dict[str, Any], key: str) -> None:
    workspace_id, import_id = _ids(key)
    await run_import(ctx["context"], workspace_id=workspace_id, import_id=import_id)


async def _preflight(ctx: dict[str, Any], key: str) -> None:
    workspace_id, preflight_id = _ids(key)
    await run_preflight(ctx["context"], workspace_id=workspace_id, preflight_id=preflight_id)


async def _recall(ctx: dict[str, Any], key: str) -> None:
    workspace_id, event_id = _ids(key)
    await recall_messages(ctx["context"], workspace_id=workspace_id, event_id=event_id)


async def _ask(ctx: dict[str, Any], key: str) -> None:  # noqa: ARG001  # every bell has a key, and this one means everybody
    await ask_carriers(ctx["context"])


async def _fall_back(ctx: dict[str, Any], key: str) -> None:  # noqa: ARG001  # the same
    await fall_back_late(ctx["context"])


async def _put_down(ctx: dict[str, Any], key: str) -> None:  # noqa: ARG001  # the same
    await put_down_events(ctx["context"])


async def _measure(ctx: dict[str, Any], key: str) -> None:  # noqa: ARG001  # the same
    await measure_delivery(ctx["context"])


# Job name -> use case and its time-out in seconds. Long work is cut into jobs that resume from PostgreSQL.
JOBS: tuple[tuple[str, Bell, float], ...] = (
    ("dispatch_lane", _dispatch, 60),
    ("launch_campaign", _launch, 60),
    ("join_campaign", _join, 60),
    ("cancel_campaign", _cancel, 60),
    ("run_import", _import, 60),
    ("run_preflight", _preflight, 60),
    ("recall_messages", _recall, 60),
    ("ask_carriers", _ask, 60),
    ("fall_back", _fall_back, 60),
    ("put_down_events", _put_down, 300),
    ("measure_delivery", _measure, 300),
)


async def _sweep_forever(context: Context) -> None:
    rounds = 0
    while True:
        try:
            await sweep(context, rare=rounds % _RARE_EVERY == 0)
            if rounds % _ASK_EVERY == 0:
                await context.doorbell.ring("ask_carriers", "all")
            if rounds % _FALL_EVERY == 0:
                await context.doorbell.ring("fall_back", "all")
            if rounds % _PUT_DOWN_EVERY == 0:
                await context.doorbell.ring("put_down_events", "all")
            if rounds % _MEASURE_EVERY == 0:
                await context.doorbell.ring("measure_delivery", "all")
        except (OSError, TimeoutError) as error:
            _log.warning("sweep.unreachable", error=type(error).__name__)
        rounds += 1
        await asyncio.sleep(context.settings.sweep_seconds)


def build_worker(context: Context) -> Worker:
    """An arq worker over the runtime of this process. It polls often and keeps no results: a bell is only a hint."""
    return Worker(
        functions=[func(job, name=name, timeout=timeout, max_tries=1, keep_result=0) for name, job, timeout in JOBS],
        queue_name=QUEUE,
        redis_settings=RedisSettings.from_dsn(context.settings.redis_url or ""),
        ctx={"context": context, "lanes": set()},
        poll_delay=0.1,
        max_jobs=16,
        keep_result=0,
        job_completion_wait=30,
        handle_signals=True,
        health_check_interval=30,
    )


def _end_gently(worker: Worker, context: Context) -> None:
    """On SIGTERM or SIGINT: no new bells, lanes stop at their next group, and groups on the wire are recorded first."""

    def end(number: signal.Signals) -> None:
        context.closing.set()
        worker.handle_sig_wait_for_completion(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, end, number)


async def _answer_bells(context: Context) -> None:
    """Answer bells until a signal ends it. arq gives up when Redis goes; it is begun anew until Redis is back.

    What was under way is finished and recorded first: that needs PostgreSQL alone, and a lane without a rate ends by itself.
    """
    while not context.closing.is_set():
        worker = build_worker(context)
        _end_gently(worker, context)
        try:
            await worker.async_run()
        except asyncio.CancelledError:
            return
        except (RedisError, OSError) as error:
            _log.warning("redis.unreachable", error=type(error).__name__)
            await asyncio.gather(*worker.tasks.values(), return_exceptions=True)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(context.closing.wait(), _PATIENCE)
        finally:
            with contextlib.suppress(RedisError, OSError):
                await worker.close()


async def run_worker(settings: Settings) -> None:
    """Run until a signal ends it, then close everything."""
    async with open_runtime(settings, role="worker") as context:
        gc.collect()
        gc.freeze()  # what a worker starts with stays: the collector need not walk it again for every group
        sweeper = asyncio.create_task(_sweep_forever(context))
        _log.info("worker.ready", worker=context.worker)
        try:
            await _answer_bells(context)
        finally:
            sweeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await sweeper
