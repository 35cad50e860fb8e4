"""How is a worker woken? One arq job a bell; a bell already waiting is not rung twice, and a lost one costs seconds."""

from collections.abc import Callable
from datetime import datetime, timedelta

from arq.connections import ArqRedis
from redis.asyncio import ConnectionPool
from redis.exceptions import RedisError

QUEUE = "tactful:bells"


_SAME_BELL_SECONDS = 5
_CONNECT_SECONDS, _ANSWER_SECONDS = 1.0, 2.0


class ArqDoorbell:
    """Rings through Redis. When Redis cannot be reached the ring is dropped: the sweep finds what is due in PostgreSQL.

    arq holds a job's id until its time-out when the worker was killed, so an id is good for some seconds only: bells of the same
    seconds are one, and a dead worker's bell does not silence its lane for a minute.
    """

    def __init__(self, redis: ArqRedis, clock: Callable[[], datetime]) -> None:
        self._redis = redis
        self._clock = clock

    async def ring(self, job: str, key: str, *, delay: float = 0.0) -> None:
        """Ask for `job(key)`; bells of the same few seconds are the same ring."""
        try:
            await self._redis.enqueue_job(
                job,
                key,
                _job_id=f"{job}:{key}:{int(self._clock().timestamp() + delay) // _SAME_BELL_SECONDS}",
                _queue_name=QUEUE,
                _defer_by=timedelta(seconds=delay) if delay else None,
                _expires=timedelta(seconds=delay + 600),
            )
        except (RedisError, OSError):
            return


def open_redis(url: str) -> ArqRedis:
    """A pool of connections to Redis (TCP, TLS or unix socket), made as they are used: Redis may be away at this moment.

    One that hangs is given up after two seconds: nobody's answer waits for a hint.
    """
    pool = ConnectionPool.from_url(url, socket_connect_timeout=_CONNECT_SECONDS, socket_timeout=_ANSWER_SECONDS)
    return ArqRedis(pool, default_queue_name=QUEUE)
