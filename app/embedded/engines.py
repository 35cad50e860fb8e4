"""How does the service get a real PostgreSQL and a real Redis when none is configured? They are started from wheels here.

Both listen on unix sockets only, run as an unprivileged user, and keep their data in one folder. Any number of processes may
share them: `engines` counts its users and the last one out stops them; `start` leaves them up until `stop`.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

from app.embedded import postgres, process, valkey
from app.embedded.errors import EngineError
from app.embedded.places import Places, make_places, places_of
from app.embedded.signals import ending_as_interrupt, held_back
from app.embedded.unroot import Way, choose, ways_here
from app.embedded.users import alone, one_more

__all__ = ["EngineError", "Engines", "database_url_for", "engines", "running", "start", "stop"]


@dataclass(frozen=True, slots=True)
class Engines:
    """Where the two servers can be reached: a SQLAlchemy URL (asyncpg) and a redis-py URL."""

    database_url: str
    redis_url: str


def database_url_for(servers: Engines, name: str) -> str:
    """The URL of another database of the same server."""
    return urlsplit(servers.database_url)._replace(path="/" + quote(name, safe="")).geturl()


def start(folder: Path, *, durable: bool = True) -> Engines:
    """Start the engines of a data folder, or find them running; they stay up until `stop`, whoever else uses them.

    `durable=False` trades the data's safety for speed and is for tests. Raises EngineError.
    """
    with _using(folder, durable=durable, ways=ways_here()) as (places, servers):
        places.kept.write_text(postgres.started_at(places), "utf-8")
        return servers


def stop(folder: Path) -> None:
    """Stop the engines of a data folder whoever uses them. Nothing happens when none run. Raises EngineError."""
    places = places_of(folder)
    if not places.folder.is_dir():
        return
    with held_back(), alone(places.lock, given_up=lambda: False):
        _bring_down(places)


def running(folder: Path) -> bool:
    """Are both engines of a data folder up and answering?"""
    places = places_of(folder)
    rows = _rows(places)
    return all(process.find(row) is not None and row.ready() for row in rows)


@contextmanager
def engines(folder: Path, *, durable: bool = True, ways: tuple[Way, ...] | None = None) -> Iterator[Engines]:
    """The engines of a data folder for as long as the block runs; the last user stops them.

    Inside the block SIGTERM and SIGHUP end the program as Ctrl-C does. A user that is killed is not counted any more; if it was
    the last, the engines go on and the next start takes them over. `ways` limits how root may run them. Raises EngineError.
    """
    with _using(folder, durable=durable, ways=ways or ways_here()) as (_, servers):
        yield servers


@contextmanager
def _using(folder: Path, *, durable: bool, ways: tuple[Way, ...]) -> Iterator[tuple[Places, Engines]]:
    places = places_of(folder)
    make_places(places)
    with ending_as_interrupt(), one_more(places.users) as last_one:
        try:
            yield places, _bring_up(places, durable=durable, ways=ways)
        finally:
            with held_back(), alone(places.lock, given_up=lambda: False):
                if last_one() and not _is_kept(places):
                    _bring_down(places)


def _bring_up(places: Places, *, durable: bool, ways: tuple[Way, ...]) -> Engines:
    with held_back() as given_up, alone(places.lock, given_up=given_up) as lock:
        way = choose(places, postgres.binary("postgres"), ways=ways)
        postgres.start(places, durable=durable, way=way, lock=lock, given_up=given_up)
        valkey.start(places, durable=durable, way=way, given_up=given_up)
    host = quote(str(places.sockets), safe="/")
    return Engines(f"postgresql+asyncpg://postgres@/postgres?host={host}", f"unix://{valkey.socket_of(places)}")


def _bring_down(places: Places) -> None:
    for row in _rows(places):
        process.bring_down(row)
    places.kept.unlink(missing_ok=True)
    if places.sockets.parent != places.folder:
        with suppress(OSError):  # gone, or somebody put something into it
            places.sockets.rmdir()


def _rows(places: Places) -> tuple[process.Engine, ...]:
    """Last started, first stopped."""
    return valkey.valkey(places, durable=True), postgres.postgres(places, durable=True)


def _is_kept(places: Places) -> bool:
    """A mark left by an earlier life of the server (it crashed, the machine restarted) keeps nothing up."""
    try:
        return places.kept.read_text("utf-8") == postgres.started_at(places) != ""
    except OSError:
        return False
