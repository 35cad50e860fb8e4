"""How is a transaction opened? One engine, one `transaction()`; leaving the block commits, raising rolls back."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

import asyncpg
import orjson
from sqlalchemy import Executable
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

Row = Mapping[str, Any]

_BY_KEYS = "SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off"
UNSTORABLE: tuple[type[Exception], ...] = (
    asyncpg.DataError,
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.ProgramLimitExceededError,  # a text too long for its index
)
"""What PostgreSQL raises for values it will never take, however often they are tried."""


class Transaction:
    """One open transaction.

    `rows`, `first` and `run` take SQLAlchemy Core statements (ordinary work); `fetch`, `fetch_row`, `fetch_value` and `execute`
    take SQL for asyncpg (set-based hot paths: `unnest`, SKIP LOCKED, COPY). Both run on the same connection.
    """

    def __init__(self, connection: AsyncConnection, driver: "asyncpg.Connection[asyncpg.Record]") -> None:
        self._connection = connection
        self.driver = driver
        self._after_commit: list[Callable[[], Awaitable[None]]] = []

    async def rows(self, statement: Executable) -> Sequence[Row]:
        """Every row of a Core statement, as mappings."""
        return cast("Sequence[Row]", (await self._connection.execute(statement)).mappings().all())

    async def first(self, statement: Executable) -> Row | None:
        """The first row of a Core statement, or None."""
        return cast("Row | None", (await self._connection.execute(statement)).mappings().first())

    async def run(self, statement: Executable) -> int:
        """Execute a Core statement; the number of rows it touched."""
        result = await self._connection.execute(statement)
        return int(getattr(result, "rowcount", 0))

    async def fetch(self, sql: str, *arguments: object) -> list[asyncpg.Record]:
        """Every row of a hot statement."""
        return cast("list[asyncpg.Record]", await self.driver.fetch(sql, *arguments))

    async def fetch_row(self, sql: str, *arguments: object) -> asyncpg.Record | None:
        """The first row of a hot statement, or None."""
        return await self.driver.fetchrow(sql, *arguments)

    async def fetch_value(self, sql: str, *arguments: object) -> Any:
        """The first column of the first row, or None."""
        return await self.driver.fetchval(sql, *arguments)

    async def execute(self, sql: str, *arguments: object) -> int:
        """Execute a hot statement; the number of rows it touched (0 when PostgreSQL gives none)."""
        status = await self.driver.execute(sql, *arguments)
        count = status.rpartition(" ")[2]
        return int(count) if count.isdigit() else 0

    async def by_keys(self) -> None:
        """Plan the rest of this transaction for look-ups by key.

        A batch names its few hundred rows. In a table of some ten thousand the planner would rather hash the whole of it for each
        batch, which costs ten times as much and grows with the table until its statistics are new.
        """
        await self.driver.execute(_BY_KEYS)

    async def commit_without_waiting(self) -> None:
        """Let this transaction's commit return before it is on disk.

        Only for what a crash of the database may safely forget, such as a claim: its messages are then simply queued again. A
        later commit that waits puts this one on disk too.
        """
        await self.driver.execute("SET LOCAL synchronous_commit = off")

    def after_commit(self, action: Callable[[], Awaitable[None]]) -> None:
        """Do `action` once the transaction has committed, never when it rolls back (a ring, mostly)."""
        self._after_commit.append(action)

    async def settle(self) -> None:
        """Run what `after_commit` collected. Called by `Database.transaction` alone."""
        for action in self._after_commit:
            await action()


class Database:
    """The pool.

    Every connection is in autocommit as SQLAlchemy sees it; `transaction()` says BEGIN itself, in plain sight, so that Core
    statements and raw asyncpg calls share one transaction.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @classmethod
    def open(cls, url: str, *, pool: int, name: str = "tactful") -> "Database":
        """A database at `url` (postgresql+asyncpg://...) with at most `pool` connections. Connects on first use."""
        engine = create_async_engine(
            url,
            pool_size=pool,
            max_overflow=0,
            pool_pre_ping=True,
            pool_timeout=30,
            isolation_level="AUTOCOMMIT",
            json_serializer=lambda value: orjson.dumps(value).decode(),
            json_deserializer=orjson.loads,
            connect_args={
                "server_settings": {"application_name": name, "jit": "off", "timezone": "UTC"},
                "command_timeout": 60,
                "timeout": 10,
            },
        )
        return cls(engine)

    async def close(self) -> None:
        """Close every connection."""
        await self._engine.dispose()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """One transaction at READ COMMITTED. No network call may stand inside the block."""
        async with self._engine.connect() as connection:
            raw = await connection.get_raw_connection()
            driver = raw.driver_connection
            assert driver is not None
            transaction = Transaction(connection, driver)
            async with driver.transaction():
                yield transaction
        await transaction.settle()
