"""Which process is an engine's, and how is it brought up and down? The same steps for PostgreSQL and Valkey; rows differ."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from app.embedded.errors import EngineError
from app.embedded.unroot import Way

_POLL_SECONDS = 0.01
_START_SECONDS = 120  # recovery after a crash replays the log first
_SOCKET_SECONDS = 2  # from the pid file to the socket takes milliseconds
_LOG_BYTES = 10_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """One engine of one data folder: how it is run and recognised.

    `home` is one of the program's arguments, and is what tells this engine's process from every other. `endings` are signals
    with the seconds each is given, mildest first. `passing` are words of its log for failures that go away by themselves.
    """

    title: str
    program: Path
    arguments: tuple[str, ...]
    home: Path
    pid_file: Path
    socket: Path
    log: Path
    ready: Callable[[], bool]
    endings: tuple[tuple[signal.Signals, float], ...]
    passing: str = ""


def find(engine: Engine) -> int | None:
    """The pid of this very engine, or None.

    A pid file may outlive its process, and the number may be another process's by now: the command line decides.
    """
    try:
        pid = int(engine.pid_file.read_text("utf-8").split("\n", 1)[0])
    except (OSError, ValueError):
        return None
    words = command_line(pid) if pid > 0 else []
    ours = bool(words) and Path(words[0]).name == engine.program.name and str(engine.home) in words
    return pid if ours else None


def command_line(pid: int) -> list[str]:
    """The words a process was started with; empty for no process, a dead one not yet reaped, or another user's hidden one."""
    if Path("/proc/self/cmdline").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "surrogateescape").split("\0")[:-1]
        except OSError:
            return []
    listed = subprocess.run(["/bin/ps", "-ww", "-o", "command=", "-p", str(pid)], check=False, capture_output=True, text=True)
    return listed.stdout.split()


def bring_up(engine: Engine, *, way: Way, given_up: Callable[[], bool]) -> None:
    """Return when the engine is ready: the one that runs already, or a new one.

    Raises EngineError with the end of its log when it does not come up, and KeyboardInterrupt when `given_up` turns true.
    """
    if _adopt(engine, given_up):
        return
    bring_down(engine)  # alive and out of reach: its socket was removed under it
    deadline = time.monotonic() + _START_SECONDS
    while complaint := _launch(engine, way, given_up):
        if not (engine.passing and engine.passing in complaint and time.monotonic() < deadline):
            raise EngineError(f"{engine.title} did not start; the end of {engine.log} says:\n{complaint}")
        time.sleep(10 * _POLL_SECONDS)


def bring_down(engine: Engine) -> None:
    """End the engine if it runs; return when it is gone. Raises EngineError when nothing ends it."""
    pid = find(engine)
    if pid is None:
        return
    if not _end(pid, engine.endings, lambda: find(engine) == pid):
        raise EngineError(f"{engine.title} (process {pid}) does not stop; see {engine.log}")
    with suppress(ChildProcessError):  # it was started by another process
        os.waitpid(pid, os.WNOHANG)


def accepts(path: Path) -> bool:
    """Does something listen at this unix socket?"""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(5)
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True


def _adopt(engine: Engine, given_up: Callable[[], bool]) -> bool:
    patience = time.monotonic() + _SOCKET_SECONDS

    def out_of_reach() -> bool:
        return find(engine) is None or (time.monotonic() > patience and not accepts(engine.socket))

    return find(engine) is not None and _comes_up(engine, given_up=given_up, unless=out_of_reach)


def _launch(engine: Engine, way: Way, given_up: Callable[[], bool]) -> str:
    """Start the program and wait for it: an empty text, or what it said before it failed."""
    if engine.log.exists() and engine.log.stat().st_size > _LOG_BYTES:
        engine.log.replace(engine.log.with_suffix(".log.1"))
    with engine.log.open("ab") as log:
        said = log.tell()
        command = [*way.prefix, str(engine.program), *engine.arguments]
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, **way.options())
    up = False
    try:
        # When our process ends at once because another launcher's was quicker, that one is waited for.
        up = _comes_up(engine, given_up=given_up, unless=lambda: process.poll() is not None and find(engine) is None)
    finally:
        if not up:
            _end(process.pid, engine.endings, lambda: process.poll() is None)
        elif process.poll() is None:
            process.returncode = 0  # it may outlive us on purpose: Popen need not warn of a forgotten child
    return "" if up else _said_since(engine.log, said) or "(nothing)"


def _comes_up(engine: Engine, *, given_up: Callable[[], bool], unless: Callable[[], bool]) -> bool:
    """Wait until the engine is ready; false when `unless` says that there is no point in waiting, or after a long time."""
    deadline = time.monotonic() + _START_SECONDS
    while not (engine.ready() and find(engine) is not None):
        if given_up():
            raise KeyboardInterrupt(f"the start of {engine.title} was interrupted")
        if unless() or time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def _end(pid: int, endings: tuple[tuple[signal.Signals, float], ...], alive: Callable[[], bool]) -> bool:
    for number, seconds in endings:
        if alive():
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        deadline = time.monotonic() + seconds
        while alive() and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)
        if not alive():
            return True
    return False


def _said_since(log: Path, position: int) -> str:
    with log.open("rb") as file:
        file.seek(position)
        return file.read()[-2000:].decode("utf-8", "replace").strip()
