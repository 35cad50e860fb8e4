"""handover_vs_naive: the same messages through one naive worker process, one arq job each."""

import asyncio
import time

from arq.connections import RedisSettings, create_pool

from bench.figure import report
from bench.naive import QUEUE
from bench.stand import Stand


async def _naive(stand: Stand) -> float:
    await stand.hold(held=True)
    campaign_id = await stand.campaign()
    await stand.materialise(campaign_id)
    ids = await stand.value("SELECT array_agg(id::text) FROM message WHERE campaign_id = $1 AND state = 10", campaign_id)
    assert isinstance(ids, list)
    redis = await create_pool(RedisSettings.from_dsn(stand.settings.redis_url or ""), default_queue_name=QUEUE)
    try:
        began = time.perf_counter()
        for message_id in ids:
            await redis.enqueue_job("send_one", message_id)
        async with asyncio.timeout(240):
            while await stand.value("SELECT count(*) FROM message WHERE campaign_id = $1 AND state < 30", campaign_id):
                stand.children.check()
                await asyncio.sleep(0.1)
        return len(ids) / (time.perf_counter() - began)
    finally:
        await redis.aclose()


async def measure(stand: Stand, *, pipeline: list[float], count: int) -> None:
    """Print handover_vs_naive, given the pipeline's own runs."""
    environment = {
        **stand.environment,
        "BENCH_SINK": f"http://127.0.0.1:{stand.sink_port}",
        "BENCH_PROVIDER": str(stand.provider_id),
    }
    await stand.children.start("naive", ["arq", "bench.naive.WorkerSettings"], environment)
    await stand.people(count)
    naive = await _naive(stand)
    report("handover_vs_naive", values=pipeline, bounds=[naive], unit="messages/s", bound_name="one arq job a message", n=count)
