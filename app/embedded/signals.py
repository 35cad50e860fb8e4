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
    with _handled(lambda number, _frame: came.append(number), only_default=False):
        yield lambda: bool(came)
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
    before = {number: signal.getsignal(number) for number in _ENDING}
    # None: installed by something that is not Python, and not ours to replace.
    mine = [number for number, old in before.items() if old == signal.SIG_DFL or not (only_default or old in (None, signal.SIG_IGN))]
    for number in mine:
        signal.signal(number, handler)
    try:
        yield
    finally:
        for number in mine:
            signal.signal(number, before[number])
