"""How are several processes run as one? Started in order, watched together, ended together, whatever ends the parent."""

import asyncio
import contextlib
import ctypes
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

_PR_SET_PDEATHSIG = 1
_GRACE = 12.0


class ChildEnded(Exception):
    """A child process ended though it was meant to stay."""


def _die_with_parent() -> None:
    """Runs in the child: ask Linux for SIGTERM should the parent vanish without saying goodbye."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def free_port() -> int:
    """A loopback TCP port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(slots=True)
class Processes:
    """Children of this process, each with a log file, each a session of its own so that Ctrl-C reaches only the parent."""

    logs: Path
    _children: dict[str, asyncio.subprocess.Process] = field(default_factory=dict)
    _ended: list[asyncio.subprocess.Process] = field(default_factory=list)

    async def start(self, name: str, arguments: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start `python -m <arguments>`; its output goes to `<logs>/<name>.log`."""
        self.logs.mkdir(parents=True, exist_ok=True)
        with (self.logs / f"{name}.log").open("wb") as log:
            self._children[name] = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                *arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=asyncio.subprocess.STDOUT,
                env=dict(environment),
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )

    def pid(self, name: str) -> int:
        """The pid of a child."""
        return self._children[name].pid

    def forget(self, name: str) -> None:
        """Stop watching a child that was ended on purpose."""
        self._ended.append(self._children.pop(name))

    def check(self) -> None:
        """Raise ChildEnded when one is gone, with the end of its log."""
        for name, child in self._children.items():
            if child.returncode is not None:
                tail = (self.logs / f"{name}.log").read_text("utf-8", "replace")[-2000:]
                raise ChildEnded(f"{name} ended with status {child.returncode}; the end of its log:\n{tail}")

    async def until_answering(self, url: str, *, seconds: float = 30.0) -> None:
        """Wait until GET `url` answers 2xx, watching the children. Raises ChildEnded or TimeoutError."""
        async with asyncio.timeout(seconds), httpx.AsyncClient(timeout=2.0) as client:
            while True:
                self.check()
                with contextlib.suppress(httpx.HTTPError):
                    if (await client.get(url)).is_success:
                        return
                await asyncio.sleep(0.05)

    async def stop(self) -> None:
        """End every child: SIGTERM to all, then SIGKILL to whoever is left after the grace."""
        for child in self._children.values():
            if child.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    child.terminate()
        for child in self._children.values():
            try:
                await asyncio.wait_for(child.wait(), _GRACE)
            except TimeoutError:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(child.pid, signal.SIGKILL)
                await child.wait()
        for child in self._ended:
            await child.wait()
        self._children.clear()


@asynccontextmanager
async def processes(logs: Path) -> AsyncIterator[Processes]:
    """Children that never outlive the block."""
    group = Processes(logs)
    try:
        yield group
    finally:
        await asyncio.shield(group.stop())
