"""An import over many chunks: killed, doubled, cancelled or broken, every row is settled once and the numbers add up."""

import asyncio
import contextlib
import gzip
from collections import Counter
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from app.domain.contact import Change
from app.domain.number import number_facts
from app.storage.database import Transaction
from app.storage.imports import hold_import
from app.storage.numbers import ensure_numbers
from app.usecases.cancel_import import cancel_import
from app.usecases.context import Context
from app.usecases.intake_file import Intake
from app.usecases.record_opt_outs import OptOut, record_opt_outs
from app.usecases.run_import import run_import
from app.usecases.start_import import CHUNK_ROWS, StartImport, start_import
from app.usecases.upsert_contact import upsert_contact
from tests.factories import make_workspace

ROWS = 6_500


def table(rows: int = ROWS) -> bytes:
    """A CSV of distinct numbers, every hundredth row once more at the end."""
    phones = [f"+1415{5550000 + n}" for n in range(rows)]
    lines = [f"{phone},Name {n}" for n, phone in enumerate(phones)] + [f"{phone},Double" for phone in phones[::100]]
    return ("phone,name\n" + "\n".join(lines)).encode()


@dataclass(slots=True)
class Job:
    """One import of a workspace."""

    context: Context
    workspace_id: UUID
    import_id: UUID

    async def run(self) -> None:
        await run_import(self.context, workspace_id=self.workspace_id, import_id=self.import_id)

    async def row(self) -> dict[str, Any]:
        async with self.context.db.transaction() as tx:
            found = await tx.fetch_row("SELECT * FROM import_job WHERE id = $1", self.import_id)
        assert found is not None
        return dict(found)

    async def until_under_way(self) -> None:
        """Return once the first chunk is committed."""
        while (await self.row())["next_line"] == 0:
            await asyncio.sleep(0.002)

    async def books(self) -> dict[str, Any]:
        """Everything that must agree."""
        async with self.context.db.transaction() as tx:
            rows = await tx.fetch("SELECT outcome, count(*) AS n FROM import_row GROUP BY 1")
            contacts = await tx.fetch_value("SELECT count(*) FROM contact")
            names = await tx.fetch_value("SELECT count(*) FROM contact WHERE attributes->>'name' = 'Double'")
            numbers = await tx.fetch_value("SELECT count(*) FROM number")
        job = await self.row()
        return {
            "rows": {row["outcome"]: row["n"] for row in rows},
            "job": dict(job["outcomes"]),
            "state": job["state"],
            "contacts": contacts,
            "numbers": numbers,
            "doubles": names,
        }


COMPLETE = {
    "rows": {"created": ROWS, "duplicate": ROWS // 100},
    "job": {"created": ROWS, "duplicate": ROWS // 100},
    "state": "completed",
    "contacts": ROWS,
    "numbers": ROWS,
    "doubles": 0,
}


@pytest.fixture
async def job(context: Context) -> Job:
    return await start(context, await make_workspace(context), gzip.compress(table(), mtime=0))


async def start(context: Context, workspace_id: UUID, body: bytes) -> Job:
    with Intake.of(body) as intake:
        command = StartImport(
            workspace_id=workspace_id,
            file=intake.open(format="csv").mapped(),
            default_region=None,
            provenance="test",
            tags=(),
            dry_run=False,
            now=context.clock.now(),
        )
        async with context.db.transaction() as tx:
            row = await start_import(tx, context, command)
    return Job(context, workspace_id, row["id"])


async def test_chunks_add_up_and_doubles_are_found_across_them(job: Job) -> None:
    await job.run()
    assert await job.books() == COMPLETE
    async with job.context.db.transaction() as tx:
        reason = await tx.fetch_value("SELECT reason FROM import_row WHERE line = $1", ROWS + 3)
        kept = await tx.fetch("SELECT DISTINCT cardinality(fields) AS cells FROM import_row")
    assert reason == "same number as line 102"
    assert [row["cells"] for row in kept] == [1]


async def test_an_import_killed_between_chunks_resumes_where_it_stood(job: Job) -> None:
    for _ in range(2):
        work = asyncio.create_task(job.run())
        await job.until_under_way()
        work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await work
    halfway = await job.row()
    assert halfway["state"] == "running"
    assert sum(halfway["outcomes"].values()) % CHUNK_ROWS == 0
    await job.run()
    assert await job.books() == COMPLETE


async def test_workers_on_one_import_settle_every_row_once(job: Job) -> None:
    await asyncio.gather(*(job.run() for _ in range(3)))
    while (await job.row())["state"] != "completed":
        await asyncio.sleep(0.01)
    assert await job.books() == COMPLETE


async def test_an_ended_import_is_left_alone(job: Job) -> None:
    await job.run()
    before = await job.row()
    await job.run()
    assert await job.row() == before


async def test_a_cancel_stops_before_the_next_chunk(job: Job) -> None:
    work = asyncio.create_task(job.run())
    await job.until_under_way()
    async with job.context.db.transaction() as tx:
        cancelled = await cancel_import(tx, workspace_id=job.workspace_id, import_id=job.import_id, now=job.context.clock.now())
    await work
    books = await job.books()
    assert (books["state"], books["job"]) == ("cancelled", dict(cancelled["outcomes"]))
    # Nor are the numbers known of the rows that were ready to be written next.
    assert books["contacts"] == books["numbers"] == sum(cancelled["outcomes"].values())


async def test_two_imports_and_a_caller_of_the_same_numbers_lose_nothing(job: Job) -> None:
    twin = await start(job.context, job.workspace_id, table().replace(b"phone,name", b"phone,nick"))

    async def call(phone: str) -> None:
        async with job.context.db.transaction() as tx:
            await upsert_contact(
                tx,
                workspace_id=job.workspace_id,
                phone=phone,
                change=Change(attributes={"called": True}, origin="api"),
                now=job.context.clock.now(),
            )

    await asyncio.gather(job.run(), twin.run(), *(call(f"+1415{5550000 + n}") for n in range(0, ROWS, 50)))
    async with job.context.db.transaction() as tx:
        rows = await tx.fetch(
            "SELECT attributes ? 'name' AND attributes ? 'nick' AS both, attributes ? 'called' AS called FROM contact"
        )
        outcomes = await tx.fetch("SELECT outcome FROM import_row")
    assert Counter(row["both"] for row in rows) == {True: ROWS}
    assert Counter(row["called"] for row in rows)[True] == ROWS // 50
    found = Counter(row["outcome"] for row in outcomes)
    assert found["duplicate"] == 2 * (ROWS // 100)
    assert found["created"] + found["updated"] == 2 * ROWS


async def test_a_no_in_a_row_that_is_no_use_otherwise_does_not_wait_for_its_number_in_the_next_rows(context: Context) -> None:
    phone = "+12015550100"
    rows = [f"{phone},1990-13-01,yes", *(f"+1415{5550000 + n},," for n in range(1, CHUNK_ROWS)), f"{phone},,"]
    job = await start(context, await make_workspace(context), "\n".join(["phone,birth_date,opted_out", *rows]).encode())
    async with asyncio.timeout(20):
        async with context.db.transaction() as tx:
            await hold_import(tx, workspace_id=job.workspace_id, import_id=job.import_id)
            work = asyncio.create_task(job.run())
            await asyncio.sleep(1)  # the numbers of both chunks are made, or wait for each other
        await work
    assert (await job.row())["state"] == "completed"
    async with context.db.transaction() as tx:
        said_no = await tx.fetch_value("SELECT count(*) FROM suppression WHERE phone = $1", phone)
    assert said_no == 1


async def test_numbers_made_ahead_are_given_back_when_the_chunk_before_takes_long(context: Context) -> None:
    rows = ["+12015550100,yes", *(f"+1415{5550000 + n}," for n in range(CHUNK_ROWS))]
    job = await start(context, await make_workspace(context), "\n".join(["phone,opted_out", *rows]).encode())
    workspace_id, now = job.workspace_id, context.clock.now()
    async with asyncio.timeout(20):
        async with context.db.transaction() as other:
            no = OptOut(phone="+12015550199", method="import")
            # It holds the ledger's end.
            await record_opt_outs(other, workspace_id=workspace_id, items=[no], now=now, actor="test", source="import")
            work = asyncio.create_task(job.run())
            await asyncio.sleep(1)  # the first chunk waits for the ledger, and the last row's number is made
            last = number_facts(f"+1415{5550000 + CHUNK_ROWS - 1}")
            assert await ensure_numbers(other, workspace_id=workspace_id, numbers=[last], now=now) == {last.e164}
        await work
    while (await job.row())["state"] != "completed":
        await job.run()
    assert (await job.row())["outcomes"] == {"created": CHUNK_ROWS + 1}


async def test_rows_that_can_never_be_read_fail_the_job_instead_of_ringing_for_ever(job: Job) -> None:
    async with job.context.db.transaction() as tx:
        await _break_columns(tx, job.import_id)
    await job.run()
    row = await job.row()
    assert (row["state"], row["error"]) == ("failed", "the rows cannot be used: TypeError")
    assert row["finished_at"] is not None


async def _break_columns(tx: Transaction, import_id: UUID) -> None:
    """As a later version of the service might have written them."""
    await tx.execute("UPDATE import_job SET columns = columns || '{\"unheard_of\": 1}'::text::jsonb WHERE id = $1", import_id)
