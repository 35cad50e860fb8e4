"""How is the simulated carrier served? By uvicorn, with one addition: a connection can be closed without an answer."""

import socket
from collections.abc import Callable

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.simulator.app import Simulator
from app.simulator.wire import HANG_UP


class _CanHangUp(HttpToolsProtocol):
    """Tells the app how to close the connection it is asked on."""

    def on_message_begin(self) -> None:
        """Add the extension to the fresh scope."""
        super().on_message_begin()
        self.scope["extensions"] = {HANG_UP: {"close": self.transport.close}}


class SimulatorServer(uvicorn.Server):
    """Serves until told to stop (`should_exit`, SIGTERM or SIGINT); calls `listening` with the port once it answers."""

    def __init__(self, app: Simulator, *, port: int, listening: Callable[[int], None], host: str = "127.0.0.1") -> None:
        super().__init__(
            uvicorn.Config(
                app,
                host=host,
                port=port,
                http=_CanHangUp,
                ws="none",
                lifespan="on",
                access_log=False,
                log_level="warning",
                timeout_graceful_shutdown=2,
                timeout_keep_alive=60,
            )
        )
        self._listening = listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then say so."""
        await super().startup(sockets)
        if self.started:
            self._listening(self.servers[0].sockets[0].getsockname()[1])
