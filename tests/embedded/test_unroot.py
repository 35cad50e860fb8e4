"""As whom do the engines run, and does the data survive a change of that?"""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from app.embedded.engines import EngineError, engines
from app.embedded.places import make_places, places_of
from app.embedded.postgres import binary
from app.embedded.unroot import Way, choose, ways_here
from tests.embedded.harness import Program, ask, finish, pids_of, scratch

as_root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


def namespaces_work() -> bool:
    """May root make a user namespace here? Many containers forbid it."""
    with scratch() as parent:
        places = places_of(parent / "var")
        make_places(places)
        try:
            return choose(places, binary("postgres"), ways=ways_here()).prefix != ()
        except EngineError:
            return False


@as_root_only
async def test_root_has_two_ways_and_the_data_follows_from_one_to_the_other(folder: Path) -> None:
    if not namespaces_work():
        pytest.skip("user namespaces are forbidden here")
    in_a_namespace, as_nobody = ways_here()
    for turn, way in enumerate((in_a_namespace, as_nobody, in_a_namespace)):
        with engines(folder, durable=False, ways=(way,)) as servers:
            assert (folder / "postgres").stat().st_uid == way.owner
            await ask(servers, "CREATE TABLE IF NOT EXISTS turns (turn int)")
            assert await ask(servers, "SELECT count(*) FROM turns") == turn
            await ask(servers, "INSERT INTO turns VALUES ($1)", turn)


@as_root_only
async def test_root_becomes_nobody_where_namespaces_are_forbidden(folder: Path) -> None:
    as_nobody = ways_here()[-1]
    with engines(folder, durable=False, ways=(refused(), as_nobody)) as servers:
        assert await ask(servers, "SELECT 1") == 1
        assert owners_of(folder) == {as_nobody.owner} != {0}


@as_root_only
def test_where_root_has_no_way_the_error_says_what_to_do() -> None:
    with scratch() as parent:
        parent.chmod(0o700)
        with (
            pytest.raises(EngineError, match="run as an ordinary user, or set DATABASE_URL"),
            engines(parent / "var", ways=(refused(), ways_here()[-1])),
        ):
            pass


@as_root_only
def test_an_ordinary_user_needs_no_way_at_all(use: Callable[..., Program]) -> None:
    nobody = ways_here()[-1].owner
    with scratch() as parent:
        os.chown(parent, nobody, -1)
        user = use(parent / "var", str(nobody))
        assert (parent / "var" / "postgres").stat().st_uid == nobody
        assert owners_of(parent / "var") == {nobody}
        assert finish(user) == 0
        assert pids_of(parent / "var") == (None, None)


@as_root_only
def test_a_third_user_s_data_is_not_taken() -> None:
    with scratch() as parent:
        places = places_of(parent / "var")
        make_places(places)
        os.chown(places.sockets, 12345, -1)
        with pytest.raises(EngineError, match="belongs to another user"), engines(parent / "var"):
            pass
        assert places.sockets.stat().st_uid == 12345


def owners_of(folder: Path) -> set[int]:
    """Whose the engines' processes are."""
    return {Path(f"/proc/{pid}").stat().st_uid for pid in pids_of(folder)}


def refused() -> Way:
    """A way that a container forbids: its first word always fails."""
    never = shutil.which("false")
    assert never is not None
    return Way(name="in a user namespace", prefix=(never,), owner=0)
