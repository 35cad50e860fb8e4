"""How is a worker woken? One arq job a bell; a bell already waiting is not rung twice, and a lost one costs seconds."""

from datetime import timedelta

from arq.connections import ArqRedis, RedisSettings, create_pool
from redis.exceptions import RedisError

QUEUE = "tactful:bells"


class ArqDoorbell:
    """Rings through Redis. When Redis cannot be reached the ring is dropped: the sweep finds what is due in PostgreSQL."""

    def __init__(self, redis: ArqRedis) -> None:
        self._redis = redis

    async def ring(self, job: str, key: str, *, delay: float = 0.0) -> None:
        """Ask for `job(key)`; the same bell while one waits or runs is the same ring."""
        try:
            await self._redis.enqueue_job(
                job,
                key,
                _job_id=f"{job}:{key}:{'later' if delay else 'now'}",
                _queue_name=QUEUE,
                _defer_by=timedelta(seconds=delay) if delay else None,
                _expires=timedelta(seconds=delay + 600),
            )
        except (RedisError, OSError):
            return


async def open_redis(url: str) -> ArqRedis:
    """A pooled connection to Redis (TCP, TLS or unix socket)."""
    return await create_pool(RedisSettings.from_dsn(url), default_queue_name=QUEUE)
