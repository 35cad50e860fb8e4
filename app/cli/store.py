"""Which database does a command work on? DATABASE_URL's, or the data folder's embedded one, started for as long as needed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TypeVar

import typer

from app.domain.errors import TactfulError
from app.embedded.engines import engines
from app.settings import Settings
from app.storage.database import Database
from app.storage.troubles import trouble

Result = TypeVar("Result")


@contextmanager
def database_url(settings: Settings) -> Iterator[str]:
    """The URL to use inside the block. Embedded engines that run already (under `up`, say) are shared, not started twice."""
    if settings.database_url is not None:
        yield settings.database_url
        return
    with engines(settings.data_folder / "engines") as started:
        yield started.database_url


@asynccontextmanager
async def _opened(url: str) -> AsyncIterator[Database]:
    db = Database.open(url, pool=1, name="tactful-cli")
    try:
        yield db
    finally:
        await db.close()


def with_database(settings: Settings, work: Callable[[Database], Awaitable[Result]]) -> Result:
    """Do `work` on the database. What goes wrong is said in a sentence, and the command ends with status 1."""

    async def run(url: str) -> Result:
        async with _opened(url) as db:
            return await work(db)

    try:
        with database_url(settings) as url:
            return asyncio.run(run(url))
    except TactfulError as error:
        typer.echo(error.detail, err=True)
        raise typer.Exit(1) from error
    except Exception as error:
        said = trouble(error)
        if said is None:
            raise
        typer.echo(said, err=True)
        raise typer.Exit(1) from error
