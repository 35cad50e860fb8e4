"""What happens to the engines when processes are killed, files are left behind and numbers are used again?"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.embedded import process
from app.embedded.engines import engines, running, start, stop
from app.embedded.places import places_of
from tests.embedded.harness import ROOT, Program, ask, launch, pids_of, redis_of, scratch

INTERRUPTED = -signal.SIGINT  # how Python ends on a KeyboardInterrupt that nobody caught


def until(condition: Callable[[], bool], *, seconds: float = 30) -> bool:
    """Wait for a condition; whether it came true."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.001)
    return True


@contextmanager
def stranger() -> Iterator[int]:
    """The pid of a process that has nothing to do with the engines."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        yield other.pid
        assert other.poll() is None, "a process that was none of ours has been ended"
        other.kill()


async def test_pid_files_whose_numbers_belong_to_another_process_now_neither_block_nor_kill(folder: Path) -> None:
    with engines(folder) as servers:
        await ask(servers, "CREATE TABLE before_the_crash AS SELECT 7 AS answer")
        pids = [pid for pid in pids_of(folder) if pid]
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        assert until(lambda: pids_of(folder) == (None, None))
    places = places_of(folder)
    with stranger() as pid:
        left = (places.cluster / "postmaster.pid", places.sockets / ".s.PGSQL.5432.lock", places.valkey / "valkey.pid")
        for file in left:
            _, _, rest = file.read_text("utf-8").partition("\n")
            file.write_text(f"{pid}\n{rest}", "utf-8")
        assert not running(folder)
        stop(folder)
        with engines(folder) as servers:
            assert await ask(servers, "SELECT answer FROM before_the_crash") == 7


@pytest.mark.parametrize("victim", [0, 1], ids=["PostgreSQL", "Valkey"])
async def test_an_engine_that_was_killed_is_replaced_beside_the_one_that_lives(folder: Path, victim: int) -> None:
    start(folder, durable=False)
    before = pids_of(folder)
    killed = before[victim]
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    assert until(lambda: pids_of(folder)[victim] is None)
    servers = start(folder, durable=False)
    after = pids_of(folder)
    assert after[1 - victim] == before[1 - victim]
    assert await ask(servers, "SELECT 1") == 1
    with redis_of(servers) as redis:
        assert redis.ping()


async def test_engines_whose_sockets_were_deleted_are_replaced(folder: Path) -> None:
    start(folder, durable=False)
    before = pids_of(folder)
    shutil.rmtree(places_of(folder).sockets)
    servers = start(folder, durable=False)
    assert all(old != new and new is not None for old, new in zip(before, pids_of(folder), strict=True))
    assert await ask(servers, "SELECT 1") == 1


def test_a_user_that_was_killed_is_not_waited_for_and_its_engines_are_taken_over(
    folder: Path, use: Callable[[Path], Program]
) -> None:
    user = use(folder)
    pids = pids_of(folder)
    user.kill()
    user.wait()
    assert running(folder)
    with engines(folder, durable=False):
        assert pids_of(folder) == pids
    assert pids_of(folder) == (None, None)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_ended_program_leaves_no_engine(folder: Path, use: Callable[[Path], Program], number: signal.Signals) -> None:
    user = use(folder)
    assert running(folder)
    user.send_signal(number)
    assert user.wait(60) == INTERRUPTED
    assert pids_of(folder) == (None, None)


def test_pressing_ctrl_c_again_and_again_does_not_stop_the_stopping(folder: Path, use: Callable[[Path], Program]) -> None:
    user = use(folder)
    for _ in range(4):
        user.send_signal(signal.SIGINT)
        until(lambda: user.poll() is not None, seconds=0.02)
    assert user.wait(60) == INTERRUPTED
    assert pids_of(folder) == (None, None)


@pytest.mark.parametrize("sight", ["engines.lock", "postgres.unfinished", "postgres/postmaster.pid", "valkey/valkey.pid"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_program_that_is_ended_while_it_starts_leaves_no_engine(sight: str, number: signal.Signals) -> None:
    with scratch() as parent, launch(parent / "var") as user:
        assert until((parent / "var" / sight).exists)
        user.send_signal(number)
        assert user.wait(60) == INTERRUPTED
        assert pids_of(parent / "var") == (None, None)
        assert not any(str(parent) in " ".join(words) for words in every_command_line())


def test_ctrl_c_under_a_running_loop_is_neither_swallowed_nor_leaves_an_engine(folder: Path) -> None:
    with launch(folder, module="tests.embedded.async_user") as user:
        assert until((folder / "postgres" / "postmaster.pid").exists)
        user.send_signal(signal.SIGINT)
        assert user.wait(60) == INTERRUPTED
    assert pids_of(folder) == (None, None)


@pytest.mark.parametrize(
    "sight", ["postgres.unfinished/PG_VERSION", "postgres.life", "postgres/postmaster.pid", "valkey.life", "valkey/valkey.pid"]
)
def test_a_program_that_is_killed_while_it_starts_does_not_block_the_next(sight: str) -> None:
    with scratch() as parent:
        with launch(parent / "var") as user:
            assert until((parent / "var" / sight).exists)
            user.kill()
        with engines(parent / "var", durable=False):
            assert running(parent / "var")
        assert not any(str(parent) in " ".join(words) for words in every_command_line())


def test_a_half_made_cluster_is_made_anew() -> None:
    with scratch() as parent:
        for half_made in ("postgres/base", "postgres.unfinished/base"):
            (parent / "var" / half_made).mkdir(parents=True)
        with engines(parent / "var", durable=False):
            assert running(parent / "var")


def test_the_last_words_of_an_engine_that_does_not_start_are_told(folder: Path) -> None:
    start(folder, durable=False)
    stop(folder)
    configuration = folder / "postgres" / "postgresql.conf"
    good = configuration.read_text("utf-8")
    configuration.write_text(good + "\nno_such_setting_at_all = 1\n", "utf-8")
    try:
        with pytest.raises(RuntimeError, match="no_such_setting_at_all"):
            start(folder, durable=False)
    finally:
        configuration.write_text(good, "utf-8")
    assert pids_of(folder) == (None, None)


def every_command_line() -> list[list[str]]:
    """Of all processes of the machine."""
    if Path("/proc/self").exists():
        return [process.command_line(int(entry.name)) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return [
        line.split()
        for line in subprocess.run(["/bin/ps", "-axww"], check=True, capture_output=True, text=True).stdout.split("\n")
    ]


def test_the_search_for_left_processes_finds_what_there_is() -> None:
    command = [sys.executable, "-c", "input()", str(ROOT / "a-mark")]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as other:
        assert until(lambda: any(str(ROOT / "a-mark") in words for words in every_command_line()))
        other.kill()
