"""What is wrong with the database? The two troubles whoever runs it can do something about, told apart from faults of ours."""

import asyncpg
from sqlalchemy.exc import DBAPIError

_UNDEFINED_TABLE = "42P01"


def trouble(error: Exception) -> str | None:
    """A sentence when the database cannot be reached or has no schema yet, None for anything else."""
    cause = getattr(error, "orig", error) if isinstance(error, DBAPIError) else error
    if getattr(cause, "sqlstate", None) == _UNDEFINED_TABLE:
        return "the database has no schema yet; run `python -m app migrate`"
    if isinstance(error, OSError | asyncpg.PostgresConnectionError | asyncpg.InvalidCatalogNameError):
        return f"the database cannot be reached: {error}"
    if isinstance(error, asyncpg.InvalidAuthorizationSpecificationError):
        return f"the database refuses us: {error}"
    return None
