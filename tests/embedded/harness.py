"""How does a test put the engines to work? Folders to keep them in, programs that use them, questions to ask them."""

import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import asyncpg
from redis import Redis
from sqlalchemy import make_url

from app.embedded import process
from app.embedded.engines import Engines, stop
from app.embedded.places import places_of
from app.embedded.postgres import postgres
from app.embedded.valkey import valkey

ROOT = Path(__file__).resolve().parents[2]
Program = subprocess.Popen[str]


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder with a short path that other users may pass through; engines left in it are stopped."""
    made = Path(tempfile.mkdtemp(prefix="tt-"))
    made.chmod(0o755)
    try:
        yield made
    finally:
        stop(made / "var")
        shutil.rmtree(made)


@contextmanager
def launch(folder: Path, *words: str, module: str = "tests.embedded.user") -> Iterator[Program]:
    """Run a program that uses the engines; it is over when the block is."""
    command = [sys.executable, "-m", module, str(folder), *words]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=ROOT, preexec_fn=_hear_hangups, **pipes) as program:  # noqa: PLW1509
        try:
            yield program
        finally:
            program.kill()


def _hear_hangups() -> None:
    """Take SIGHUP as usual in the program, though these tests may run under `nohup`."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def finish(program: Program) -> int:
    """Let a program come to its end; its exit status."""
    assert program.stdin is not None
    program.stdin.close()
    return program.wait(60)


def pids_of(folder: Path) -> tuple[int | None, int | None]:
    """The processes of a folder's PostgreSQL and Valkey."""
    places = places_of(folder)
    return process.find(postgres(places, durable=True)), process.find(valkey(places, durable=True))


async def ask(servers: Engines, question: str, *arguments: object) -> object:
    """One value from PostgreSQL."""
    url = make_url(servers.database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(url, timeout=10)
    try:
        return await connection.fetchval(question, *arguments)
    finally:
        await connection.close()


def redis_of(servers: Engines) -> "closing[Redis]":
    """A client of Valkey, closed after the block."""
    return closing(Redis.from_url(servers.redis_url))
