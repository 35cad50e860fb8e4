"""How is a transaction opened? One engine, one `transaction()`; leaving the block commits, raising rolls back."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any, cast

import asyncpg
import orjson
from sqlalchemy import Executable, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from app.domain.errors import Unavailable
from app.domain.stand_ins import NO_STAND_INS, StandIns

Row = Mapping[str, Any]

_BY_KEYS = "SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off"
UNSTORABLE: tuple[type[Exception], ...] = (
    asyncpg.DataError,
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.ProgramLimitExceededError,  # a text too long for its index
)
"""What PostgreSQL raises for values it will never take, however often they are tried."""
_LOST: tuple[type[Exception], ...] = (
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.DatabaseDroppedError,
    asyncpg.TooManyConnectionsError,
)
# The last of asyncpg's is what a database that takes nobody in answers; inside a transaction it means other things.
_NOT_CONNECTED = (*_LOST, asyncpg.ObjectNotInPrerequisiteStateError, PoolTimeoutError, OSError, TimeoutError)
_OF_THE_DRIVER = (asyncpg.PostgresError, asyncpg.InterfaceError, DBAPIError, OSError)

_PATIENCE = 5.0  # seconds for the ROLLBACK of what was cut off


class Unreachable(Unavailable, ConnectionError):
    """PostgreSQL cannot be reached, or was lost on the way; also an OSError, as every other lost connection is."""

    def __init__(self, cause: BaseException | None) -> None:
        super().__init__(f"the database cannot be reached just now ({type(cause).__name__})")


class Contended(Unreachable):
    """Two transactions waited for each other, and PostgreSQL ended this one: nothing of it happened, and it may be done again."""

    def __init__(self) -> None:
        Unavailable.__init__(self, "somebody else is just changing the same; send the request again")


def _told_by_driver(error: BaseException) -> BaseException | None:
    """What asyncpg said, where SQLAlchemy has put words of its own around it."""
    return error.driver_exception if isinstance(error, DBAPIError) else error


def _leave_open(context: ExceptionContext) -> None:
    """SQLAlchemy would close a connection whose statement is cancelled; the block around it then found no one to roll back."""
    if isinstance(context.original_exception, asyncio.CancelledError):
        context.is_disconnect = False


async def _let_go(connection: AsyncConnection, driver: "asyncpg.Connection[asyncpg.Record]") -> None:
    """End what was cut off, at the server too, and take the connection out of the pool. Whoever cancels meanwhile waits."""
    ending = asyncio.ensure_future(_end(driver))
    cut: asyncio.CancelledError | None = None
    while not ending.done():
        try:
            await asyncio.wait({ending})
        except asyncio.CancelledError as error:
            cut = error
    assert connection.sync_connection is not None
    connection.sync_connection.invalidate()  # only this one: a dead one found in the pool would empty all of it
    if cut is not None:
        raise cut


async def _end(driver: "asyncpg.Connection[asyncpg.Record]") -> None:
    """The driver first waits until the server has heard that what it was doing is cancelled; its locks go with the ROLLBACK."""
    with suppress(*_OF_THE_DRIVER):
        await driver.execute("ROLLBACK", timeout=_PATIENCE)


class Transaction:
    """One open transaction.

    `rows`, `first` and `run` take SQLAlchemy Core statements (ordinary work); `fetch`, `fetch_row`, `fetch_value` and `execute`
    take SQL for asyncpg (set-based hot paths: `unnest`, SKIP LOCKED, COPY). Both run on the same connection.
    """

    def __init__(
        self,
        connection: AsyncConnection,
        driver: "asyncpg.Connection[asyncpg.Record]",
        stand_ins: StandIns = NO_STAND_INS,
    ) -> None:
        self._connection = connection
        self.driver = driver
        self.stand_ins = stand_ins
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

    async def one_snapshot(self) -> None:
        """Let every statement of this transaction see the same instant; it may only read. Must come first in it."""
        await self.driver.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")

    async def commit_without_waiting(self) -> None:
        """Let this transaction's commit return before it is on disk.

        Only for what a crash of the database may safely forget, such as a claim: its messages are then simply queued again. A
        later commit that waits puts this one on disk too.
        """
        await self.driver.execute("SET LOCAL synchronous_commit = off")

    @asynccontextmanager
    async def undone(self) -> AsyncIterator[None]:
        """Undo whatever the block does, at its end; its answers stay true for the transaction around it."""
        savepoint = self.driver.transaction()
        await savepoint.start()
        try:
            yield
        finally:
            await savepoint.rollback()

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

    def __init__(self, engine: AsyncEngine, stand_ins: StandIns = NO_STAND_INS) -> None:
        self._engine = engine
        self._stand_ins = stand_ins

    @classmethod
    def open(cls, url: str, *, pool: int, name: str = "tactful", stand_ins: StandIns = NO_STAND_INS) -> "Database":
        """A database at `url` (postgresql+asyncpg://...) with at most `pool` connections. Connects on first use.

        `stand_ins` recognises erased numbers: whoever makes numbers needs it.
        """
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
        event.listen(engine.sync_engine, "handle_error", _leave_open)
        return cls(engine, stand_ins)

    async def close(self) -> None:
        """Close every connection."""
        await self._engine.dispose()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """One transaction at READ COMMITTED. No network call may stand inside the block. Raises Unreachable."""
        async with AsyncExitStack() as stack:
            try:
                connection = await stack.enter_async_context(self._engine.connect())
                driver = (await connection.get_raw_connection()).driver_connection
            except (*_NOT_CONNECTED, DBAPIError) as error:
                if isinstance(told := _told_by_driver(error), _NOT_CONNECTED):
                    raise Unreachable(told) from error
                raise
            assert driver is not None
            transaction = Transaction(connection, driver, self._stand_ins)
            begun = False
            try:
                async with driver.transaction():
                    begun = True
                    yield transaction
            except _OF_THE_DRIVER as error:
                told = _told_by_driver(error)
                if driver.is_closed() or isinstance(told, _LOST):
                    raise Unreachable(told) from error
                if isinstance(told, asyncpg.DeadlockDetectedError):
                    raise Contended from error
                raise
            finally:
                # Cancelled in the middle of COMMIT or ROLLBACK it may be open still; in the middle of BEGIN the driver would take
                # every later transaction for a part of this one, and none of them would ever be committed.
                if not driver.is_closed() and (not begun or driver.is_in_transaction()):
                    await _let_go(connection, driver)
        await transaction.settle()
