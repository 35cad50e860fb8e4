"""What does a transaction leave behind that is cancelled half-way? No lock, no change, and a pool whose commits are commits."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from app.storage.database import Database, Transaction
from tests.storage.gate import Gate, gate_to

_ADD = "UPDATE thing SET n = n + 1"
_TAKE = "SELECT n FROM thing FOR UPDATE NOWAIT"  # an error at once where somebody else has the row


class _Change(Exception):
    """Something that makes a transaction roll back."""


@dataclass(slots=True)
class Stand:
    """A pool of one connection behind a gate, and another connection straight to the server, which sees what is committed."""

    gate: Gate
    pool: Database
    beside: Database

    async def add(self, *, undone: bool) -> None:
        """One transaction of the pool: it takes the row, and commits or rolls back."""
        async with self.pool.transaction() as tx:
            await tx.execute(_ADD)
            if undone:
                raise _Change

    async def cut(self, work: asyncio.Task[None], *, again: bool) -> None:
        """Cancel what stands before the gate, or as often as it takes, as a cancel scope does; return when it has ended."""
        await self.gate.reached.wait()
        work.cancel()
        if again:
            for _ in range(20):
                await asyncio.sleep(0)
                work.cancel()
        self.gate.open()
        while again and not work.done():
            await asyncio.sleep(0)
            work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await work
        assert work.cancelled()

    async def is_sound(self) -> int:
        """What the row holds, after the row was free at once, and the next users of the pool worked as on the first day."""
        async with self.beside.transaction() as tx:
            found = int(await tx.fetch_value(_TAKE))
        for number in (100, 200):
            async with self.pool.transaction() as tx:
                await tx.fetch_value(_TAKE)
                await tx.execute("UPDATE thing SET n = $1", number)
            async with self.beside.transaction() as tx:
                assert await tx.fetch_value(_TAKE) == number, "what was committed is not there"
        with contextlib.suppress(_Change):
            await self.add(undone=True)
        async with self.beside.transaction() as tx:
            assert await tx.fetch_value(_TAKE) == 200, "what was rolled back is there"
        return found


@pytest.fixture
async def stand(database_url: str) -> AsyncIterator[Stand]:
    async with gate_to(database_url) as (gate, through):
        pool, beside = Database.open(through, pool=1), Database.open(database_url, pool=1)
        async with beside.transaction() as tx:
            await tx.execute("CREATE TABLE thing (n int NOT NULL)")
            await tx.execute("INSERT INTO thing VALUES (0)")
        yield Stand(gate, pool, beside)
        gate.open()
        await pool.close()
        await beside.close()


@pytest.mark.parametrize("again", [False, True], ids=["once", "again and again"])
@pytest.mark.parametrize("answer", [False, True], ids=["before it is heard", "before it is answered"])
@pytest.mark.parametrize("word", ["BEGIN", "UPDATE", "COMMIT", "ROLLBACK"])
async def test_whatever_it_is_cut_in_nothing_of_it_is_left(stand: Stand, word: str, *, answer: bool, again: bool) -> None:
    async with stand.pool.transaction() as tx:
        await tx.fetch_value("SELECT n FROM thing")  # the connection is there, and known to work
    stand.gate.hold(word, answer=answer)
    await stand.cut(asyncio.create_task(stand.add(undone=word == "ROLLBACK")), again=again)
    assert await stand.is_sound() in ({0, 1} if word == "COMMIT" else {0})


@pytest.mark.parametrize("again", [False, True], ids=["once", "again and again"])
@pytest.mark.parametrize("answer", [False, True], ids=["before it is heard", "before it is answered"])
@pytest.mark.parametrize("word", ["user\0", "\0;\0"], ids=["the greeting", "the look whether it still works"])
async def test_a_connection_that_is_cut_before_it_is_had_costs_the_pool_none(
    stand: Stand, word: str, *, answer: bool, again: bool
) -> None:
    if word != "user\0":
        async with stand.pool.transaction() as tx:
            await tx.fetch_value("SELECT n FROM thing")
    stand.gate.hold(word, answer=answer)
    await stand.cut(asyncio.create_task(stand.add(undone=False)), again=again)
    assert await stand.is_sound() == 0


@pytest.mark.parametrize("again", [False, True], ids=["once", "again and again"])
@pytest.mark.parametrize("answer", [False, True], ids=["before it is heard", "before it is answered"])
async def test_so_it_is_with_a_statement_of_ordinary_work(stand: Stand, *, answer: bool, again: bool) -> None:
    async def change() -> None:
        async with stand.pool.transaction() as tx:
            await tx.execute(_ADD)
            await tx.run(sa.text("DELETE FROM thing"))

    stand.gate.hold("DELETE", answer=answer)
    await stand.cut(asyncio.create_task(change()), again=again)
    assert await stand.is_sound() == 0


@pytest.mark.parametrize("again", [False, True], ids=["once", "again and again"])
@pytest.mark.parametrize("ordinary", [False, True], ids=["hot", "ordinary"])
async def test_a_statement_that_takes_long_is_ended_at_the_server_too(stand: Stand, *, ordinary: bool, again: bool) -> None:
    async def long() -> None:
        async with stand.pool.transaction() as tx:
            await tx.execute(_ADD)
            if ordinary:
                await tx.rows(sa.text("SELECT pg_sleep(600)"))
            await tx.execute("SELECT pg_sleep(600)")

    work = asyncio.create_task(long())
    async with stand.beside.transaction() as tx:
        while not await tx.fetch_value("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"):
            await tx.execute("SELECT pg_stat_clear_snapshot()")
    stand.gate.reached.set()
    await stand.cut(work, again=again)
    assert await stand.is_sound() == 0


async def _process(tx: Transaction) -> int:
    return int(await tx.fetch_value("SELECT pg_backend_pid()"))


async def test_the_other_connections_of_the_pool_stay(database_url: str) -> None:
    async with gate_to(database_url) as (gate, through):
        pool = Database.open(through, pool=2)
        async with pool.transaction() as one, pool.transaction() as two:
            before = {await _process(one), await _process(two)}
        gate.hold("BEGIN", answer=True)
        work = asyncio.create_task(_begin(pool))
        await gate.reached.wait()
        work.cancel()
        gate.open()
        with contextlib.suppress(asyncio.CancelledError):
            await work
        async with pool.transaction() as one, pool.transaction() as two:
            after = {await _process(one), await _process(two)}
        await pool.close()
    assert len(before & after) == 1


async def _begin(pool: Database) -> None:
    async with pool.transaction():
        pass
