"""What does Ctrl-C do in the middle of a start or a stop? It waits for a moment at which nothing is left behind."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def held_back() -> Iterator[Callable[[], bool]]:
    """Hold back Ctrl-C, SIGTERM and SIGHUP inside the block and deliver the first of them after it.

    Gives a function that says whether one has come, for loops that should not make it wait. Outside the main thread,
    where Python delivers no signals, nothing is held back.
    """
    came: list[int] = []
    try:
        with _handled(lambda number, _frame: came.append(number), only_default=False):
            yield lambda: bool(came)
    finally:
        if came:
            signal.raise_signal(came[0])


@contextmanager
def ending_as_interrupt() -> Iterator[None]:
    """Inside the block SIGTERM and SIGHUP end the program the way Ctrl-C does, so that `finally` blocks run.

    A program that handles them itself keeps its own way.
    """

    def interrupt(number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt(signal.Signals(number).name)

    with _handled(interrupt, only_default=True):
        yield


@contextmanager
def _handled(handler: Callable[[int, FrameType | None], None], *, only_default: bool) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    found = {number: signal.getsignal(number) for number in _ENDING}
    # SIG_IGN is someone's wish (nohup), None was installed by something that is not Python: neither is ours to replace.
    kept_back = (None, signal.SIG_IGN)
    mine = {number: old for number, old in found.items() if old == signal.SIG_DFL or not (only_default or old in kept_back)}
    for number in mine:
        signal.signal(number, handler)
    try:
        yield
    finally:
        for number, old in mine.items():
            signal.signal(number, old)
