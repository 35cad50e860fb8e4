"""P9: PostgreSQL is the only truth. FLUSHALL at any moment costs seconds, nothing else."""

import asyncio
from collections import Counter

from redis.asyncio import Redis

from app.domain.message import State
from tests.promises.world import numbers, wait_until


async def test_p9_flushall_in_mid_campaign_loses_nothing_and_doubles_nothing(start):
    world = await start(latency_mean=0.02)
    await world.people(numbers(300))
    sender = await world.sender(rate=100)
    campaign = await world.campaign(sender_id=sender)
    await world.workers(2)
    await world.launch(campaign)
    redis = Redis.from_url(world.environment["REDIS_URL"])
    try:
        for handed_over in (5, 60, 120, 200):
            await world.handed_over(handed_over)
            await redis.flushall()
    finally:
        await redis.aclose()
    assert await world.closed(campaign) == {State.DELIVERED: 300}
    assert max(Counter(message["to"] for message in await world.received()).values()) == 1


async def test_p9_a_bell_lost_between_launch_and_worker_is_rung_again_by_the_sweep(start):
    world = await start()
    await world.people(numbers(20))
    campaign = await world.campaign()
    await world.launch(campaign)
    redis = Redis.from_url(world.environment["REDIS_URL"])
    await redis.flushall()
    await redis.aclose()
    await world.workers(1)
    assert await world.closed(campaign) == {State.DELIVERED: 20}


async def test_p9_caps_hold_when_redis_is_emptied_between_two_campaigns(start):
    world = await start()
    await world.people(numbers(10))
    await world.value(
        'UPDATE workspace SET policy = \'{"caps": [{"limit": 1, "window_seconds": 3600}]}\' WHERE id = $1 RETURNING 1',
        world.workspace_id,
    )
    await world.workers(1)
    first = await world.campaign()
    await world.launch(first)
    await world.closed(first)
    redis = Redis.from_url(world.environment["REDIS_URL"])
    await redis.flushall()
    await redis.aclose()
    second = await world.campaign()
    await world.launch(second)
    await wait_until(
        lambda: world.value("SELECT count(*) = 10 FROM message WHERE campaign_id = $1 AND decision->>'verdict' = 'wait'", second),
        what="the second campaign to be put off",
    )
    await asyncio.sleep(0)
    assert len(await world.received()) == 10
