"""What if a key says no? The one statement is undone, the transaction lives on, and the caller hears which field it was."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import asyncpg
from sqlalchemy.exc import DBAPIError

from app.domain.errors import Conflict
from app.storage.database import Transaction

_UNIQUE_VIOLATION = "23505"
_FOREIGN_KEY_VIOLATION = "23503"


def _sqlstate(error: Exception) -> str | None:
    cause = getattr(error, "orig", error)
    found: str | None = getattr(cause, "sqlstate", None)
    return found


@asynccontextmanager
async def _guarded(tx: Transaction, sqlstate: str, conflict: Conflict) -> AsyncIterator[None]:
    try:
        async with tx.driver.transaction():
            yield
    except (DBAPIError, asyncpg.PostgresError) as error:
        if _sqlstate(error) == sqlstate:
            raise conflict from error
        raise


def unique(tx: Transaction, detail: str, *, pointer: str) -> AbstractAsyncContextManager[None, bool | None]:
    """Guard one statement: Conflict `already_exists` when a unique key refuses it."""
    return _guarded(tx, _UNIQUE_VIOLATION, Conflict(detail, pointer=pointer, code="already_exists"))


def unreferenced(tx: Transaction, detail: str) -> AbstractAsyncContextManager[None, bool | None]:
    """Guard one deletion: Conflict `in_use` when other rows still point at the row."""
    return _guarded(tx, _FOREIGN_KEY_VIOLATION, Conflict(detail, code="in_use"))
