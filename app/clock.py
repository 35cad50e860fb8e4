"""What time is it, and what is a fresh id? The only file that reads the clock or draws randomness for ids."""

import os
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

__all__ = ["Clock", "new_id", "new_ids", "new_secret_number"]


class Clock:
    """The service's clock: the machine's, shifted by a fixed offset so that a demo or a rehearsal can be held at any hour.

    Time still passes at its usual speed, so every process started with the same offset agrees.
    """

    def __init__(self, offset: timedelta = timedelta()) -> None:
        self._offset = offset

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        return datetime.now(UTC) + self._offset


def new_id() -> UUID:
    """One UUIDv7 (RFC 9562 section 5.7): sorts by the millisecond of its making."""
    return new_ids(1)[0]


def new_ids(count: int) -> list[UUID]:
    """`count` UUIDv7 in ascending order: 48 bits of milliseconds, then a random start that counts upward within the call."""
    stamp = time.time_ns() // 1_000_000
    noise = int.from_bytes(os.urandom(10))
    rand_a, rand_b = noise >> 68, noise & ((1 << 61) - 1)
    head = (stamp << 80) | (7 << 76) | (rand_a << 64) | (2 << 62)
    return [UUID(int=head | (rand_b + step)) for step in range(count)]


def new_secret_number() -> int:
    """96 bits nobody can guess, for the code of a link."""
    return int.from_bytes(os.urandom(12))
