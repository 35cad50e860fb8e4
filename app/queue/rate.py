"""How fast may a sender go? Token buckets in Redis, in parts, shared by all workers; losing them costs one burst."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from redis.asyncio import Redis
from redis.exceptions import RedisError

# KEYS[1] bucket; ARGV: now (s), rate (parts/s), burst (parts), wanted, floor (parts a low priority must leave untouched).
# Answer: granted, then milliseconds until at least one more part could be granted.
_TAKE = """
local rate, burst, wanted, floor = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local now = tonumber(ARGV[1])
local state = redis.call('HMGET', KEYS[1], 'tokens', 'at', 'closed')
local tokens, at, closed = tonumber(state[1]) or burst, tonumber(state[2]) or now, tonumber(state[3]) or 0
if now > at then tokens = math.min(burst, tokens + (now - at) * rate) else now = at end
local granted, wait = 0, 0
if closed > now then
  wait = closed - now
else
  granted = math.max(0, math.min(wanted, math.floor(tokens - floor + 1e-9)))
  tokens = tokens - granted
  if granted < wanted then wait = math.max(0, (floor + 1 - tokens) / rate) end
end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', tostring(now))
redis.call('PEXPIRE', KEYS[1], math.max(600000, math.ceil((closed - now) * 1000)))  -- a carrier may ask for an hour
return {granted, math.ceil(wait * 1000)}
"""
_SETTLE = """
local tokens = tonumber(redis.call('HGET', KEYS[1], 'tokens'))
if tokens then redis.call('HSET', KEYS[1], 'tokens', tostring(math.min(tonumber(ARGV[2]), tokens + tonumber(ARGV[1])))) end
return 1
"""
_CLOSE = """
local closed = tonumber(redis.call('HGET', KEYS[1], 'closed')) or 0
local until_ = tonumber(ARGV[1])
redis.call('HSET', KEYS[1], 'tokens', '0', 'at', ARGV[2])
if until_ > closed then redis.call('HSET', KEYS[1], 'closed', ARGV[1]) end
redis.call('PEXPIRE', KEYS[1], math.max(600000, math.ceil((math.max(until_, closed) - tonumber(ARGV[2])) * 1000)))
return 1
"""


class RatesUnavailable(Exception):
    """Redis cannot be asked, so no rate can be kept: nothing may be handed over until it can."""


@dataclass(frozen=True, slots=True)
class Grant:
    """`parts` may be handed over now; when fewer than asked, try again after `wait` seconds."""

    parts: int
    wait: float


@dataclass(frozen=True, slots=True)
class Bucket:
    """What parts are taken from: a name, parts per second, and how many may leave at once (None: `RateBuckets.burst`)."""

    name: str
    rate: float
    burst: float | None = None


class RateBuckets:
    """One bucket a sender, refilled at its rate. The burst is a fifth of a second's worth, at least one part.

    A carrier that counts calls by the second gets one bucket an account beside, whose burst is one call: N calls spread over
    a second are N in any second, and a burst before them would be refused.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._take = redis.register_script(_TAKE)
        self._settle = redis.register_script(_SETTLE)
        self._close = redis.register_script(_CLOSE)

    @staticmethod
    def burst(rate: float) -> float:
        """How many parts may leave at once at a rate of parts per second."""
        return max(1.0, rate / 5)

    async def take(
        self, sender: str, *, rate: float, parts: int, now: datetime, reserved: float = 0.0, burst: float | None = None
    ) -> Grant:
        """Take up to `parts`. `reserved` is the share of the burst (0..1) left for higher priorities."""
        burst = burst or self.burst(rate)
        floor = 0.0 if burst < 2 else burst * reserved
        try:
            granted, wait = await self._take(keys=[f"rate:{sender}"], args=[f"{now.timestamp():.6f}", rate, burst, parts, floor])
        except (RedisError, OSError) as error:
            raise RatesUnavailable(type(error).__name__) from error
        return Grant(int(granted), int(wait) / 1000)

    async def take_all(self, buckets: Sequence[Bucket], *, parts: int, now: datetime, reserved: float = 0.0) -> Grant:
        """Take up to `parts` from every bucket alike: what one does not grant goes back to those before it."""
        taken: list[Bucket] = []
        grant = Grant(parts, 0.0)
        for each in buckets:
            before, grant = (
                grant.parts,
                await self.take(each.name, rate=each.rate, parts=grant.parts, now=now, reserved=reserved, burst=each.burst),
            )
            await self.settle_all(taken, taken=before, used=grant.parts)
            if grant.parts == 0:
                break
            taken.append(each)
        return grant

    async def settle_all(self, buckets: Sequence[Bucket], *, taken: int, used: int) -> None:
        """Settle what was taken from several buckets alike."""
        for each in buckets:
            await self.settle(each.name, rate=each.rate, taken=taken, used=used, burst=each.burst)

    async def settle(self, sender: str, *, rate: float, taken: int, used: int, burst: float | None = None) -> None:
        """Return parts that were taken and not used; or owe those used beyond, when one message is longer than the burst."""
        if taken != used:
            with suppress(RedisError, OSError):  # a bucket that is gone has nothing to settle
                await self._settle(keys=[f"rate:{sender}"], args=[taken - used, burst or self.burst(rate)])

    async def slow(self, sender: str, *, seconds: float, now: datetime) -> None:
        """Grant nothing for `seconds`: the provider said that it was too fast."""
        at = now.timestamp()
        with suppress(RedisError, OSError):
            await self._close(keys=[f"rate:{sender}"], args=[f"{at + seconds:.6f}", f"{at:.6f}"])
