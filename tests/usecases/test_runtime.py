"""Is everything a process opened closed again? Whoever leaves connections behind is told of it by someone else's warning."""

from redis.asyncio import Redis

from app.runtime import open_runtime
from app.settings import Settings


async def _clients(url: str) -> set[str]:
    redis = Redis.from_url(url)
    try:
        return {client["id"] for client in await redis.client_list() if client["cmd"] != "client|list"}
    finally:
        await redis.aclose()


async def test_no_connection_to_redis_outlives_its_process(settings: Settings) -> None:
    assert settings.redis_url is not None
    before = await _clients(settings.redis_url)
    async with open_runtime(settings, role="test") as context:
        await context.doorbell.ring("dispatch_lane", "nobody/nothing")
        assert await _clients(settings.redis_url) - before, "the ring opened a connection"
    assert not await _clients(settings.redis_url) - before
