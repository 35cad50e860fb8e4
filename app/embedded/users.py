"""Who may start and stop, and who is still using the engines? File locks answer: the kernel drops them with the process."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from app.embedded.errors import EngineError

_POLL_SECONDS = 0.01


@contextmanager
def alone(path: Path, *, seconds: float = 180, given_up: Callable[[], bool]) -> Iterator[int]:
    """Hold `path` exclusively; gives the open descriptor, which a child may inherit to prolong the hold.

    Raises EngineError when another process holds it for longer than `seconds`, and KeyboardInterrupt when `given_up` turns true.
    """
    with _opened(path) as descriptor:
        _take(descriptor, fcntl.LOCK_EX, path, seconds=seconds, given_up=given_up)
        yield descriptor


@contextmanager
def one_more(path: Path, *, seconds: float = 180) -> Iterator[Callable[[], bool]]:
    """Count as a user while the block runs. Gives a function that tries to become the only one: true when nobody else is left.

    After it said true nobody can join until the block ends.
    """
    with _opened(path) as descriptor:
        _take(descriptor, fcntl.LOCK_SH, path, seconds=seconds, given_up=lambda: False)
        yield lambda: _try(descriptor, fcntl.LOCK_EX)


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except PermissionError as error:
        raise EngineError(f"{path.parent} belongs to another user: work as that user, or choose another data folder") from error
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _take(descriptor: int, kind: int, path: Path, *, seconds: float, given_up: Callable[[], bool]) -> None:
    deadline = time.monotonic() + seconds
    while not _try(descriptor, kind):
        if given_up():
            raise KeyboardInterrupt(f"the wait for {path} was interrupted")
        if time.monotonic() > deadline:
            raise EngineError(f"another process is still starting or stopping the engines: it holds {path}")
        time.sleep(_POLL_SECONDS)


def _try(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
