"""What a newcomer types first: `demo` proves its books, `up` says where it is, and Ctrl-C leaves nothing behind."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

_ROOT = Path(__file__).resolve().parents[2]
_MARK = "TACTFUL_TEST_MARK"


def marked(mark: str) -> list[str]:
    """The command lines of every process that carries this mark in its environment."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environment = (folder / "environ").read_bytes()
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if f"{_MARK}={mark}".encode() in environment.split(b"\0") and command:
            found.append(command.replace(b"\0", b" ").decode("utf-8", "replace"))
    return found


class Command:
    """One `python -m app ...` under way, its output readable line by line."""

    def __init__(self, process: asyncio.subprocess.Process, mark: str) -> None:
        self.process = process
        self.mark = mark
        self.lines: list[str] = []

    async def until(self, wanted: Callable[[str], bool]) -> str:
        """Read until a line is as wanted."""
        assert self.process.stdout is not None
        while True:
            line = (await self.process.stdout.readline()).decode()
            assert line, "the command ended; it said: " + "".join(self.lines[-30:])
            self.lines.append(line)
            if wanted(line):
                return line

    async def rest(self) -> list[str]:
        """Every line until the end."""
        assert self.process.stdout is not None
        self.lines += (await self.process.stdout.read()).decode().splitlines(keepends=True)
        return self.lines


@pytest.fixture
async def run(servers: tuple[str, str], database_url: str, tmp_path: Path) -> AsyncIterator[Callable[..., object]]:
    """Start a command in a data folder of its own; embedded engines too, unless the tests were given servers."""
    started: list[Command] = []

    async def start(*arguments: str, engines: bool = False) -> Command:
        mark = uuid4().hex
        environment = {**os.environ, _MARK: mark, "TACTFUL_DATA_FOLDER": str(tmp_path / "data")}
        if not engines:
            environment |= {"DATABASE_URL": database_url, "REDIS_URL": servers[1]}
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "app",
            *arguments,
            cwd=_ROOT,
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            limit=1_000_000,
        )
        started.append(Command(process, mark))
        return started[-1]

    yield start
    for command in started:
        if command.process.returncode is None:
            command.process.kill()
            await command.process.wait()


async def _nothing_left(mark: str) -> None:
    async with asyncio.timeout(20):
        while marked(mark):
            await asyncio.sleep(0.1)


@pytest.mark.timeout(240)
async def test_the_demo_ends_with_books_that_close_and_leaves_nothing_behind(run):
    demo = await run("demo")
    lines = await demo.rest()
    assert await demo.process.wait() == 0, "".join(lines[-30:])
    books = json.loads(lines[-1])
    assert set(books) == {
        "audience",
        "states",
        "reasons",
        "handed_over",
        "distinct_numbers_handed_over",
        "sent_after_opt_out",
        "closed",
        "seconds",
    }
    assert books["closed"] is True and books["sent_after_opt_out"] == 0
    assert books["audience"] == sum(books["states"].values()) >= 1_500
    assert books["handed_over"] == books["distinct_numbers_handed_over"] > 1_000
    await _nothing_left(demo.mark)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.timeout(120)
async def test_interrupting_the_demo_in_mid_campaign_leaves_no_process_behind(run, number):
    demo = await run("demo", engines=True)
    await demo.until(lambda line: "preflight" in line)
    assert len(marked(demo.mark)) > 4
    demo.process.send_signal(number)
    await demo.rest()
    assert await demo.process.wait() != 0
    await _nothing_left(demo.mark)


@pytest.mark.timeout(120)
async def test_interrupting_the_demo_while_it_starts_leaves_no_process_behind(run):
    demo = await run("demo", engines=True)
    await demo.until(lambda line: "Starting" in line)
    demo.process.send_signal(signal.SIGINT)
    await demo.rest()
    await demo.process.wait()
    await _nothing_left(demo.mark)


@pytest.mark.timeout(120)
async def test_up_says_where_it_is_in_one_line_answers_and_ends_on_ctrl_c(run):
    for _ in range(2):  # and works again after itself
        up = await run("up", "--port", "0", engines=True)
        ready = json.loads(await up.until(lambda line: line.startswith("{")))
        assert set(ready) == {"url", "docs", "api_key", "simulator"}
        async with httpx.AsyncClient() as client:
            assert (await client.get(ready["docs"])).status_code == 200
            assert (await client.get(f"{ready['simulator']}/admin/summary")).json()["accepted"] == 0
            answer = await client.get(f"{ready['url']}/v1/contacts", headers={"Authorization": f"Bearer {ready['api_key']}"})
            assert answer.json() == {"items": [], "next_cursor": None}
        up.process.send_signal(signal.SIGINT)
        await up.rest()
        assert await up.process.wait() == 0, "".join(up.lines[-20:])
        await _nothing_left(up.mark)
