"""How does a test stop a program in the middle of a BEGIN? A gate on the way to PostgreSQL that holds one message until told."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from sqlalchemy import make_url


class Gate:
    """Everything passes, apart from the next message with the word that is waited for: it, or the answer to it, is held."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self._open = asyncio.Event()
        self._word = b""
        self._holds_answer = False
        self._links: set[asyncio.Task[None]] = set()

    def hold(self, word: str, *, answer: bool) -> None:
        """Wait for a word on its way to the server; `answer` lets it through and holds what the server says to it."""
        self._word, self._holds_answer = word.encode(), answer

    def open(self) -> None:
        """Let through what is held, and all that comes."""
        self._open.set()

    async def _stop(self) -> None:
        self.reached.set()
        await self._open.wait()

    async def _carry(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, asked: asyncio.Event, *, up: bool) -> None:
        """Carry one direction of one connection until either end is gone. `asked` says that the next answer is to be held."""
        with contextlib.suppress(ConnectionError):
            while data := await source.read(65_536):
                if up and self._word and self._word in data:
                    self._word = b""
                    if self._holds_answer:
                        asked.set()
                    else:
                        await self._stop()
                elif not up and asked.is_set():
                    asked.clear()
                    await self._stop()
                sink.write(data)
                await sink.drain()
        sink.close()

    async def link(self, url: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection: the program's other end is the server at `url`."""
        there = make_url(url)
        folder = there.query.get("host")
        port = there.port or 5432
        if isinstance(folder, str) and folder.startswith("/"):
            answers, asks = await asyncio.open_unix_connection(f"{folder}/.s.PGSQL.{there.query.get('port', port)}")
        else:
            answers, asks = await asyncio.open_connection(there.host, port)
        asked = asyncio.Event()
        async with asyncio.TaskGroup() as both:
            both.create_task(self._carry(reader, asks, asked, up=True))
            both.create_task(self._carry(answers, writer, asked, up=False))


@contextlib.asynccontextmanager
async def gate_to(url: str) -> AsyncIterator[tuple[Gate, str]]:
    """A gate before the server of a database, and the database's URL through it."""
    gate = Gate()
    server = await asyncio.start_server(lambda reader, writer: gate.link(url, reader, writer), "127.0.0.1")
    port = server.sockets[0].getsockname()[1]
    through = make_url(url).set(host="127.0.0.1", port=port, query={"ssl": "disable"})
    try:
        yield gate, through.render_as_string(hide_password=False)
    finally:
        gate.open()
        server.close()
