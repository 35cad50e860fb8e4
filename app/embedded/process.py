"""Which process is an engine's, and how is it brought up and down? The same steps for PostgreSQL and Valkey; rows differ."""

import fcntl
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
_SOON_SECONDS = 2  # from the fork to the pid file and to the socket takes milliseconds
_LOG_BYTES = 10_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """One engine of one data folder: how it is run and recognised.

    `home` is one of the program's arguments and tells this engine's process from every other. `life` is a file on which the
    engine's processes hold a lock from the fork to the end of the last of them. `prepare` is called when none lives, before one
    is started. `endings` are signals with the seconds each is given, mildest first.
    """

    title: str
    program: Path
    arguments: tuple[str, ...]
    home: Path
    life: Path
    pid_file: Path
    socket: Path
    log: Path
    prepare: Callable[[], None]
    ready: Callable[[], bool]
    endings: tuple[tuple[signal.Signals, float], ...]


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


def lives(engine: Engine) -> bool:
    """Is there a process of this engine: starting, serving, or a last child of one that was killed?"""
    try:
        descriptor = os.open(engine.life, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return find(engine) is not None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return find(engine) is not None


def bring_up(engine: Engine, *, way: Way, given_up: Callable[[], bool]) -> None:
    """Return when the engine is ready: the one that lives already, or a new one.

    Raises EngineError with the end of its log when it does not come up, and KeyboardInterrupt when `given_up` turns true.
    """
    if lives(engine):
        soon = time.monotonic() + _SOON_SECONDS
        if _comes_up(engine, given_up=given_up, hopeless=lambda: time.monotonic() > soon and not accepts(engine.socket)):
            return
        bring_down(engine)  # its socket was removed under it
        if not _wait(lambda: not lives(engine), seconds=_START_SECONDS, given_up=given_up):
            raise EngineError(f"processes of an earlier {engine.title} still use {engine.home}; see {engine.log}")
    engine.prepare()
    _launch(engine, way=way, given_up=given_up)


def bring_down(engine: Engine) -> None:
    """End the engine if it lives; return when it is gone. Raises EngineError when nothing ends it."""
    _wait(lambda: find(engine) is not None or not lives(engine), seconds=_SOON_SECONDS)  # it may have been forked just now
    pid = find(engine)
    if pid is None:
        return
    if not _end(engine, pid):
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


def _launch(engine: Engine, *, way: Way, given_up: Callable[[], bool]) -> None:
    if engine.log.exists() and engine.log.stat().st_size > _LOG_BYTES:
        engine.log.replace(engine.log.with_suffix(".log.1"))
    with engine.log.open("ab") as log, engine.life.open("ab") as life:
        said = log.tell()
        fcntl.flock(life, fcntl.LOCK_EX | fcntl.LOCK_NB)  # inherited: it ends with the last process that has it
        process = subprocess.Popen(
            [*way.prefix, str(engine.program), *engine.arguments],
            stdout=log,
            stderr=subprocess.STDOUT,
            pass_fds=(life.fileno(),),
            **way.options(),
        )
    up = False
    try:
        up = _comes_up(engine, given_up=given_up, hopeless=lambda: process.poll() is not None)
    finally:
        if up:
            process.returncode = 0  # it may outlive us on purpose: Popen need not warn of a forgotten child
        else:
            _end(engine, process.pid)
            process.poll()
    if not up:
        raise EngineError(f"{engine.title} did not start; the end of {engine.log} says:\n{_said_since(engine.log, said)}")


def _comes_up(engine: Engine, *, given_up: Callable[[], bool], hopeless: Callable[[], bool]) -> bool:
    """Wait until the engine is ready; false when it dies, when `hopeless` says so, or after a long time."""

    def ready() -> bool:
        return engine.ready() and find(engine) is not None

    return _wait(lambda: ready() or not lives(engine) or hopeless(), seconds=_START_SECONDS, given_up=given_up) and ready()


def _end(engine: Engine, pid: int) -> bool:
    """Send the signals in turn to `pid`, as long as the engine lives; whether it does not live any more."""
    for number, seconds in engine.endings:
        if lives(engine):
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        if _wait(lambda: not lives(engine), seconds=seconds):
            return True
    return False


def _wait(condition: Callable[[], bool], *, seconds: float, given_up: Callable[[], bool] = lambda: False) -> bool:
    """Wait for a condition; whether it came true in time. Raises KeyboardInterrupt when `given_up` turns true."""
    deadline = time.monotonic() + seconds
    while not condition():
        if given_up():
            raise KeyboardInterrupt("the start of an engine was interrupted")
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def _said_since(log: Path, position: int) -> str:
    with log.open("rb") as file:
        file.seek(position)
        return file.read()[-2000:].decode("utf-8", "replace").strip() or "(nothing)"
