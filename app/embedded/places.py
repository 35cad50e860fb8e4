"""Where does everything of one set of engines live? A data folder, and a folder for sockets that is short enough."""

import hashlib
import os
import re
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from app.embedded.errors import EngineError

_SOCKET_BYTES = 100  # the kernel takes 107 bytes on Linux and 103 on macOS, the closing zero not counted
_LONGEST_SOCKET = ".s.PGSQL.5432.lock"
_PLAIN = re.compile(r"[A-Za-z0-9/._-]+")  # not every client decodes %20 in a socket's URL


@dataclass(frozen=True, slots=True)
class Places:
    """The paths of one set of engines; `folder` is absolute and free of symbolic links, so that it can name them."""

    folder: Path
    sockets: Path

    @property
    def cluster(self) -> Path:
        """PostgreSQL's data directory."""
        return self.folder / "postgres"

    @property
    def valkey(self) -> Path:
        """Valkey's working directory: its append-only file."""
        return self.folder / "valkey"

    @property
    def lock(self) -> Path:
        """Held exclusively while engines are started or stopped."""
        return self.folder / "engines.lock"

    @property
    def users(self) -> Path:
        """Held shared by every process that uses the engines; the kernel lets go for a process that dies."""
        return self.folder / "engines.users"

    @property
    def kept(self) -> Path:
        """Names the start after which the engines stay up until they are stopped by name."""
        return self.folder / "engines.kept"

    def life(self, engine: str) -> Path:
        """Held by an engine's processes as long as one of them lives."""
        return self.folder / f"{engine}.life"

    def log(self, engine: str) -> Path:
        """What an engine says."""
        return self.folder / f"{engine}.log"


def places_of(folder: Path) -> Places:
    """The places below `folder`. Makes nothing but reads where the sockets went when they did not fit into it."""
    home = folder.resolve()
    inside = home / "sockets"
    return Places(home, inside if _usable(inside) else _elsewhere(home))


def make_places(places: Places) -> None:
    """Make the folders, private to us. Raises EngineError when the socket folder belongs to someone else."""
    try:
        places.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        places.sockets.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise EngineError(f"the engines' folder cannot be made: {error}") from error
    if places.sockets.parent != places.folder:
        # The temp directory is everyone's: a folder put there in advance by another user must not be trusted.
        found = places.sockets.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_mode & 0o077 or (os.geteuid() != 0 and found.st_uid != os.geteuid()):
            raise EngineError(f"{places.sockets} is not a private folder of ours: remove it, or set TMPDIR to another place")
        _record(places.folder).write_text(str(places.sockets), "utf-8")


def _usable(sockets: Path) -> bool:
    return len(os.fsencode(sockets / _LONGEST_SOCKET)) <= _SOCKET_BYTES and bool(_PLAIN.fullmatch(str(sockets)))


def _elsewhere(home: Path) -> Path:
    """A short folder under the temp directory. The first choice is remembered: TMPDIR may differ between two processes."""
    try:
        remembered = Path(_record(home).read_text("utf-8"))
        if remembered.is_dir():
            return remembered
    except (OSError, ValueError):
        pass  # nothing remembered yet
    name = f"tactful-{os.geteuid()}-{hashlib.sha256(os.fsencode(home)).hexdigest()[:16]}"
    for parent in (Path(tempfile.gettempdir()), Path("/tmp")):  # noqa: S108 - make_places refuses what is not private to us
        if _usable(parent / name):
            return parent / name
    raise EngineError(f"no folder is short enough for unix sockets: {tempfile.gettempdir()} is too long and so is {home}")


def _record(home: Path) -> Path:
    return home / "engines.sockets"
