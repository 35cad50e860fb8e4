"""How do rows become contacts? In chunks, each one transaction with its checkpoint; while one is written the next are read."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from app.domain.import_plan import PLAN_LIFE, add_to_plan
from app.storage.database import UNSTORABLE, Transaction
from app.storage.imports import (
    Settled,
    advance_import,
    drop_chunk,
    end_import,
    finish_plan,
    hold_import,
    read_import,
    settle_rows,
    take_back_rows,
)
from app.storage.numbers import ensure_numbers
from app.storage.unread_rows import forgotten_lines
from app.usecases.context import Context
from app.usecases.read_ahead import Ahead, Job, read_ahead
from app.usecases.settle_chunk import settle_chunk

_log = structlog.get_logger()
_BUDGET = 20.0
_PATIENCE = 3.0  # seconds in which numbers made ahead are kept from others; a chunk takes a tenth of that
_OPEN = ("queued", "running")
_HOPELESS: tuple[type[Exception], ...] = (ValueError, TypeError, LookupError, *UNSTORABLE)  # trying again helps none of them


class _NotItsTurn(Exception):
    """The job ended, or these rows were written or changed by somebody else: what was made for them is rolled back."""


class _Turn:
    """When may the next chunk go on? With its numbers once those of this one are made, with its rows once this one is written."""

    def __init__(self) -> None:
        self.numbered = asyncio.Event()
        self.ended: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    async def over(self) -> None:
        """Wait until the chunk is written. Raises _NotItsTurn when it was the last, or could not be."""
        if not await asyncio.shield(self.ended):
            raise _NotItsTurn

    def end(self, *, goes_on: bool) -> None:
        """The chunk is written, or will not be."""
        self.numbered.set()
        self.ended.set_result(goes_on)


async def _take_turn(context: Context, job: Job, ahead: Ahead, before: _Turn | None, turn: _Turn) -> None:
    """Write a chunk when its turn comes.

    Its numbers are made while the chunk before is still written: they are a third of the work. But not before that one's: of two
    that make the same number the second waits until the first has committed, and that would wait for its turn. Nor for long: who
    waits for one of these numbers may hold what the chunk before needs, and the database does not see that we wait too.
    """
    goes_on = False
    try:
        if before is not None:
            await before.numbered.wait()
        try:
            goes_on = await _made_ahead(context, job, ahead, before, turn)
        except TimeoutError:
            if before is None:
                raise
            turn.numbered.clear()
            await before.over()
            goes_on = await _made_ahead(context, job, ahead, None, turn)
    except _NotItsTurn:
        pass
    finally:
        turn.end(goes_on=goes_on)


async def _made_ahead(context: Context, job: Job, ahead: Ahead, before: _Turn | None, turn: _Turn) -> bool:
    """Make a chunk's numbers, and write it once the one before is written; whether more is to come.

    Raises _NotItsTurn, and TimeoutError when that took too long; then nothing was made.
    """
    async with context.db.transaction() as tx:
        ahead = ahead.without(await _forgotten(tx, job, ahead))
        now, made = context.clock.now(), set[str]()
        if job.writes:
            made = await ensure_numbers(tx, workspace_id=job.workspace_id, numbers=ahead.numbers(), now=now)
        turn.numbered.set()
        if before is not None:
            async with asyncio.timeout(_PATIENCE):
                await before.over()
        return await _write(tx, context, job, ahead, now=now, made=made)


async def _write(tx: Transaction, context: Context, job: Job, ahead: Ahead, *, now: datetime, made: set[str]) -> bool:
    """Settle the chunk's rows and move the checkpoint; False when that was the end. Raises _NotItsTurn."""
    ids = {"workspace_id": job.workspace_id, "import_id": job.import_id}
    held = await hold_import(tx, **ids)
    if held is None or held["state"] not in _OPEN or held["next_line"] != ahead.after:
        raise _NotItsTurn
    if ahead.about(await _forgotten(tx, job, ahead)):
        raise _NotItsTurn  # erased while her number was waited for: the rows are read again, without her
    analysing = held["phase"] == "analyse"
    done = await settle_chunk(tx, job, ahead, counted=analysing, now=now, made=made)
    # Behind the locks on the numbers: an erasure holds hers before it touches the rows.
    planned = await _planned(tx, job, ahead) if held["phase"] == "apply" else {}
    await settle_rows(tx, **ids, rows=done.rows)
    plan = held["plan"]
    if analysing:
        plan = add_to_plan(plan, done.counts)
    else:
        await drop_chunk(tx, **ids, first_line=ahead.first_line)
    if planned:
        plan = add_to_plan(plan, {"came_out_otherwise": _drift(planned, done.rows)})
    over = ahead.last_line >= held["last_line"]
    if not over and not any(reading.stops or reading.opt_in for reading in ahead.readings):
        await tx.commit_without_waiting()  # rows and checkpoint are lost together in a crash, and done again
    await advance_import(
        tx,
        **ids,
        next_line=ahead.last_line,
        outcomes=Counter(held["outcomes"]) + Counter(row.outcome for row in done.rows),
        state="completed" if over and not analysing else "running",
        finished_at=context.clock.now() if over and not analysing else None,
        plan=plan,
    )
    if over and analysing:
        await _rest(tx, context, job)
    return not over


def _drift(planned: Mapping[int, str], rows: Sequence[Settled]) -> Counter[str]:
    """How many rows came out otherwise than the plan said, by how."""
    return Counter(f"{planned[row.line]} -> {row.outcome}" for row in rows if planned.get(row.line, row.outcome) != row.outcome)


async def _forgotten(tx: Transaction, job: Job, ahead: Ahead) -> set[int]:
    """Lines of a plan that were read before somebody they are about was erased."""
    if not job.applies:
        return set()
    lines = {"first_line": ahead.first_line, "last_line": ahead.last_line}
    return await forgotten_lines(tx, workspace_id=job.workspace_id, import_id=job.import_id, **lines)


async def _planned(tx: Transaction, job: Job, ahead: Ahead) -> dict[int, str]:
    """What the plan said of these rows; they are taken back, to be written as they come out."""
    lines = {"first_line": ahead.first_line, "last_line": ahead.last_line}
    return await take_back_rows(tx, workspace_id=job.workspace_id, import_id=job.import_id, **lines)


async def _rest(tx: Transaction, context: Context, job: Job) -> None:
    """A plan is made: it waits to be applied."""
    now = context.clock.now()
    await finish_plan(tx, workspace_id=job.workspace_id, import_id=job.import_id, now=now, expires_at=now + PLAN_LIFE)


async def _finish_empty(context: Context, job: Job) -> None:
    """A file with a header and nothing else is done at once."""
    ids = {"workspace_id": job.workspace_id, "import_id": job.import_id}
    async with context.db.transaction() as tx:
        held = await hold_import(tx, **ids)
        if held is None or held["state"] not in _OPEN:
            return
        if held["phase"] == "analyse":
            await _rest(tx, context, job)
            return
        now = context.clock.now()
        await advance_import(tx, **ids, next_line=0, outcomes={}, state="completed", finished_at=now, plan=held["plan"])


async def _run(context: Context, job: Job, row: Mapping[str, Any]) -> None:
    if row["total_rows"] == 0:
        await _finish_empty(context, job)
        return
    deadline = asyncio.get_running_loop().time() + _BUDGET
    before: _Turn | None = None
    ahead = await read_ahead(context, job, row["next_line"])
    async with asyncio.TaskGroup() as tasks:
        while ahead is not None and not context.closing.is_set() and asyncio.get_running_loop().time() < deadline:
            turn = _Turn()
            tasks.create_task(_take_turn(context, job, ahead, before, turn))
            ahead = await read_ahead(context, job, ahead.last_line)
            if before is not None and not await asyncio.shield(before.ended):
                return
            before = turn


async def run_import(context: Context, *, workspace_id: UUID, import_id: UUID) -> None:
    """Work on an import until it is complete, cancelled, or the job's time is up (the sweep then rings again).

    A crash loses nothing: rows and checkpoint are written together. Workers on the same import wait for each other, and the one
    that finds the checkpoint moved leaves the job to the other. A job whose rows cannot be read or stored fails, with the reason.
    """
    async with context.db.transaction() as tx:
        row = await read_import(tx, workspace_id=workspace_id, import_id=import_id)
    if row is not None and row["state"] == "planned":
        await _expire(context, workspace_id, row)
    if row is None or row["state"] not in _OPEN:
        return
    try:
        await _run(context, Job.of(workspace_id, row), row)
    except* _HOPELESS as errors:
        name = type(errors.exceptions[0]).__name__
        # The error's own text may quote a row, and with it a number: it stays out of the log.
        _log.error("import.failed", import_id=str(import_id), error=name)
        async with context.db.transaction() as tx:
            error = f"the rows cannot be used: {name}"
            now = context.clock.now()
            await end_import(tx, workspace_id=workspace_id, import_id=import_id, state="failed", error=error, now=now)


async def _expire(context: Context, workspace_id: UUID, row: Mapping[str, Any]) -> None:
    """Forget a plan that nobody applied in time."""
    now = context.clock.now()
    if row["expires_at"] > now:
        return
    async with context.db.transaction() as tx:
        await end_import(tx, workspace_id=workspace_id, import_id=row["id"], state="expired", now=now)
