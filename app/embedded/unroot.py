"""As whom does an engine run? As ourselves; or, because PostgreSQL refuses root, as nobody in one of two ways."""

import os
import pwd
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.embedded import namespace
from app.embedded.errors import EngineError
from app.embedded.places import Places

_NOT_ROOT_AND_AT_HOME = 'test "$(id -u)" -ne 0 && test -w "$1" && exec "$2" --version'


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How to run a program: the words before its own, the uid and gid to take first (None: keep ours), who owns its files."""

    name: str
    prefix: tuple[str, ...] = ()
    takes: tuple[int, int] | None = None
    owner: int

    def options(self) -> dict[str, Any]:
        """What subprocess needs to hear. Nothing of our environment, groups or working directory goes along."""
        options: dict[str, Any] = {
            "cwd": "/",
            "env": {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
            "stdin": subprocess.DEVNULL,
            "umask": 0o077,
            "start_new_session": True,  # the terminal's Ctrl-C is for us; what it means for the engines is ours to say
        }
        if self.takes is not None:
            options |= {"user": self.takes[0], "group": self.takes[1], "extra_groups": []}
        return options


def ways_here() -> tuple[Way, ...]:
    """The ways worth trying on this machine for this user, best first."""
    if os.geteuid() != 0:
        return (Way(name="as ourselves", owner=os.geteuid()),)
    uid, gid = _nobody()
    as_nobody = Way(name="as nobody", takes=(uid, gid), owner=uid)
    if sys.platform != "linux":
        return (as_nobody,)
    shim = (sys.executable, "-I", "-S", namespace.__file__, str(uid))
    return (Way(name="in a user namespace", prefix=shim, owner=0), as_nobody)


def choose(places: Places, program: Path, *, ways: Sequence[Way]) -> Way:
    """The first way in which `program` runs and may write to the engines' folders, which are then that way's owner's.

    Raises EngineError when there is none, or when the folders belong to a third user.
    """
    _refuse_strangers(places)
    if os.geteuid() != 0:
        return ways[0]
    for way in ways:
        _hand_over(places, way.owner)
        if _works(way, places, program):
            return way
    tried = " or ".join(way.name for way in ways)
    raise EngineError(
        f"PostgreSQL refuses to run as root, and {tried} it cannot reach {places.folder} or {program}: "
        "run as an ordinary user, or set DATABASE_URL and REDIS_URL"
    )


def give(folder: Path, owner: int) -> None:
    """Make `owner` the owner of a folder and all in it. Does nothing when that is so already."""
    if not folder.exists() or folder.stat().st_uid == owner:
        return
    for parent, _, names in os.walk(folder, topdown=False):
        for name in names:
            os.chown(Path(parent, name), owner, -1, follow_symlinks=False)
        os.chown(parent, owner, -1)  # the folder after what is in it: an interrupted change is taken up again


def _refuse_strangers(places: Places) -> None:
    owners = {way.owner for way in ways_here()}
    for path in (places.sockets, places.cluster, places.valkey):
        if path.exists() and path.stat().st_uid not in owners:
            raise EngineError(f"{path} belongs to another user: work as that user, or choose another data folder")


def _hand_over(places: Places, owner: int) -> None:
    for path in (places.sockets, places.cluster, places.valkey):
        give(path, owner)
    if owner != os.geteuid():
        places.folder.chmod(0o711)  # it may pass through this folder, and list nothing


def _works(way: Way, places: Places, program: Path) -> bool:
    probe = [*way.prefix, "/bin/sh", "-c", _NOT_ROOT_AND_AT_HOME, "sh", str(places.sockets), str(program)]
    try:
        done = subprocess.run(
            probe, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=30, **way.options()
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


def _nobody() -> tuple[int, int]:
    """Nobody's uid and gid. initdb refuses a uid that has no line in the user database, so the name is looked up first."""
    try:
        line = pwd.getpwnam("nobody")
    except KeyError:
        return 65534, 65534
    return line.pw_uid, line.pw_gid
