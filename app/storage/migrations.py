"""Is the schema up to date, and how is it brought there? Alembic, configured in code so that every door uses the same."""

from pathlib import Path

from alembic import command
from alembic.config import Config

_SCRIPTS = Path(__file__).resolve().parents[2] / "alembic"


def config(database_url: str) -> Config:
    """What Alembic works with, for commands other than those below."""
    made = Config()
    made.set_main_option("script_location", str(_SCRIPTS))
    made.set_main_option("sqlalchemy.url", database_url.replace("%", "%%"))
    return made


def upgrade(database_url: str) -> None:
    """Bring the database to the newest revision. Blocking, and runs a loop of its own: call it in a thread from async code."""
    command.upgrade(config(database_url), "head")


def check(database_url: str) -> None:
    """Raise `alembic.util.CommandError` when the tables in code and the migrated database differ."""
    command.check(config(database_url))
