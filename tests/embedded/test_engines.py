"""Do the embedded engines start, serve, share and stop as promised?"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from arq.connections import RedisSettings, create_pool

from app.embedded import process
from app.embedded.engines import EngineError, engines, running, start, stop
from app.embedded.places import places_of
from tests.embedded.harness import ROOT, Program, ask, finish, launch, pids_of, redis_of, scratch


async def test_both_answer_while_the_block_runs_and_are_gone_after_it(folder: Path) -> None:
    with engines(folder, durable=False) as servers:
        assert await ask(servers, "SELECT 1") == 1
        with redis_of(servers) as redis:
            assert redis.ping()
        assert running(folder)
        pids = [pid for pid in pids_of(folder) if pid]
        assert len(pids) == 2
    assert not running(folder)
    assert [pid for pid in pids if process.command_line(pid)] == []


async def test_what_was_written_is_there_after_a_stop_and_a_start(folder: Path) -> None:
    with engines(folder) as servers:
        await ask(servers, "CREATE TABLE kept AS SELECT 7 AS answer")
        with redis_of(servers) as redis:
            redis.set("kept", "7")
    with engines(folder) as servers:
        assert await ask(servers, "SELECT answer FROM kept") == 7
        with redis_of(servers) as redis:
            assert redis.get("kept") == b"7"


def test_a_second_start_finds_the_first_and_stop_may_come_twice(folder: Path) -> None:
    first, before = start(folder, durable=False), pids_of(folder)
    second, after = start(folder, durable=False), pids_of(folder)
    assert (first, before) == (second, after)
    with engines(folder, durable=False) as third:
        assert third == first
    assert running(folder), "start() outlives a user that leaves"
    stop(folder)
    stop(folder)
    assert pids_of(folder) == (None, None)


def test_the_mark_of_an_earlier_start_keeps_nothing_up(folder: Path) -> None:
    start(folder, durable=False)
    pids = [pid for pid in pids_of(folder) if pid]
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    with engines(folder, durable=False):
        pass
    assert pids_of(folder) == (None, None)


def test_stopping_a_folder_that_never_was_makes_nothing(tmp_path: Path) -> None:
    stop(tmp_path / "nothing")
    assert not (tmp_path / "nothing").exists()


def test_two_processes_share_and_the_last_one_out_stops_them(folder: Path, use: Callable[[Path], Program]) -> None:
    one, other = use(folder), use(folder)
    pids = pids_of(folder)
    assert finish(one) == 0
    assert running(folder)
    assert pids_of(folder) == pids
    assert finish(other) == 0
    assert pids_of(folder) == (None, None)


def test_processes_that_start_in_the_same_instant_get_one_pair_of_engines(folder: Path) -> None:
    with launch(folder) as one, launch(folder) as two, launch(folder) as three:
        together = (one, two, three)
        said = {program.stdout.readline() for program in together if program.stdout is not None}
        assert len(said) == 1
        assert running(folder)
        assert [finish(program) for program in together] == [0, 0, 0]
    assert pids_of(folder) == (None, None)


def test_asking_for_safe_storage_of_a_throwaway_server_is_refused(folder: Path) -> None:
    with engines(folder, durable=False), pytest.raises(EngineError, match="without flushing"), engines(folder):
        pass


def test_data_of_another_major_version_is_named_and_left_alone(folder: Path) -> None:
    start(folder, durable=False)
    stop(folder)
    version = folder / "postgres" / "PG_VERSION"
    ours = version.read_text("ascii")
    version.write_text("12\n", "ascii")
    with pytest.raises(EngineError, match=f"made by PostgreSQL 12 and this is {ours.strip()}"):
        start(folder, durable=False)
    assert version.read_text("ascii") == "12\n"
    version.write_text(ours, "ascii")
    start(folder, durable=False)


@pytest.mark.parametrize("name", ["n" * 120, "a folder/50% of äöü"])
async def test_a_folder_whose_sockets_would_not_fit_is_served_from_a_short_one(name: str) -> None:
    with scratch() as parent:
        sockets = places_of(parent / name / "var").sockets
        assert parent not in sockets.parents
        with engines(parent / name / "var", durable=False) as servers:
            assert sockets.stat().st_mode & 0o077 == 0
            assert await ask(servers, "SELECT 1") == 1
            pool = await create_pool(RedisSettings.from_dsn(servers.redis_url))
            assert await pool.ping()
            await pool.aclose()
    assert not sockets.exists()


def test_a_socket_folder_that_others_may_enter_is_not_used() -> None:
    with scratch() as parent:
        folder = parent / ("n" * 120) / "var"
        sockets = places_of(folder).sockets
        sockets.mkdir(mode=0o755)
        try:
            with pytest.raises(EngineError, match="not a private folder"):
                start(folder, durable=False)
        finally:
            sockets.rmdir()


def test_the_command_starts_reports_and_stops(folder: Path) -> None:
    def run(word: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "app.embedded", word, str(folder)]
        return subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT)

    assert run("status").returncode == 1
    assert run("start").stdout.startswith("DATABASE_URL=postgresql+asyncpg://")
    assert run("status").returncode == 0
    assert run("stop").returncode == 0
    assert run("status").returncode == 1
    assert run("begin").returncode == 2
