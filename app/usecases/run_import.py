"""How do rows become contacts? In chunks, each one transaction with its checkpoint; while one is written the next is read."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from app.domain.contact import BadField, Change, complete, without_unstorable
from app.domain.facts import NumberFacts
from app.domain.import_columns import Columns
from app.domain.import_rows import Shared, phone_text, read_row, says_no
from app.domain.number import NumberProblem, read_number
from app.storage.database import UNSTORABLE, Transaction
from app.storage.imports import (
    Settled,
    advance_import,
    drop_chunk,
    earlier_rows,
    end_import,
    hold_import,
    next_chunk,
    read_import,
    settle_rows,
)
from app.storage.numbers import ensure_numbers
from app.usecases.context import Context
from app.usecases.record_opt_outs import OptOut, record_opt_outs
from app.usecases.upsert_contact import Upserted, preview_contacts, upsert_contacts

_log = structlog.get_logger()
_SLICE = 20  # rows read before the loop may do something else: about a millisecond
_BUDGET = 20.0
_OPEN = ("queued", "running")
_HOPELESS: tuple[type[Exception], ...] = (ValueError, TypeError, LookupError, *UNSTORABLE)  # trying again helps none of them


@dataclass(frozen=True, slots=True)
class _Job:
    """What every row of an import is read by."""

    workspace_id: UUID
    import_id: UUID
    columns: Columns
    default_region: str | None
    shared: Shared

    @classmethod
    def of(cls, workspace_id: UUID, row: Mapping[str, Any]) -> "_Job":
        return cls(
            workspace_id,
            row["id"],
            Columns.from_json(row["columns"]),
            row["default_region"],
            Shared(tuple(row["tags"]), row["provenance"]),
        )


@dataclass(frozen=True, slots=True)
class _Reading:
    """One row, read: a number and a change, or the problem with it. `note` is told whatever becomes of it.

    `stops` is the number of a person who opted out; it is known even where the rest of the row cannot be used.
    """

    line: int
    written: str
    number: NumberFacts | None = None
    stops: NumberFacts | None = None
    change: Change | None = None
    problem: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Ahead:
    """Rows read ahead, after the line `after`. The last line tells whether they are the last ones."""

    after: int
    first_line: int
    last_line: int
    readings: list[_Reading]


def _read(job: _Job, line: int, found: list[str] | str, now: datetime) -> _Reading:
    if isinstance(found, str):
        return _Reading(line, "", problem=found)
    cells = found
    try:
        written, change = read_row(cells, job.columns, job.shared)
        number = read_number(written, default_region=job.default_region)
        change = complete(change, country=job.default_region or number.facts.region, now=now)
    except (BadField, NumberProblem) as problem:
        detail = without_unstorable(problem.detail)
        stops = _stops(job, cells)
        told = f"{problem.code}: {detail}" + ("; the opt-out was recorded" if stops else "")
        return _Reading(line, phone_text(cells, job.columns), stops=stops, problem=told)
    note = "the extension was dropped" if number.extension else ""
    return _Reading(line, written, number.facts, number.facts if change.opted_out else None, change, note=note)


def _stops(job: _Job, cells: list[str]) -> NumberFacts | None:
    """Whose "no" a row holds that cannot be used otherwise: a bad birth date must not cost a person her opt-out."""
    if not says_no(cells, job.columns):
        return None
    try:
        return read_number(phone_text(cells, job.columns), default_region=job.default_region).facts
    except NumberProblem:
        return None


async def _read_ahead(context: Context, job: _Job, after: int) -> _Ahead | None:
    """The next chunk, read; None when there is none: another worker was here, or the job has ended."""
    async with context.db.transaction() as tx:
        chunk = await next_chunk(tx, workspace_id=job.workspace_id, import_id=job.import_id, after=after)
    if chunk is None:
        return None
    readings: list[_Reading] = []
    now = context.clock.now()
    for start in range(0, len(chunk.rows), _SLICE):
        readings += [_read(job, line, found, now) for line, found in chunk.rows[start : start + _SLICE]]
        await asyncio.sleep(0)
    return _Ahead(after, chunk.first_line, chunk.last_line, readings)


def _join(*texts: str) -> str:
    return "; ".join(text for text in texts if text)


def _settled(
    readings: Sequence[_Reading], earlier: Mapping[str, tuple[int, UUID | None]], done: Mapping[str, Upserted]
) -> list[Settled]:
    """What became of each row: the first row with a number decides, later ones are duplicates of it."""
    first = dict(earlier)
    rows: list[Settled] = []
    for reading in readings:
        phone = reading.number.e164 if reading.number else None
        if phone is None:
            rows.append((reading.line, "rejected", reading.problem, None, None, reading.written))
        elif phone in first:
            line, contact_id = first[phone]
            reason = _join(f"same number as line {line}", reading.note)
            rows.append((reading.line, "duplicate", reason, contact_id, None, reading.written))
        elif (problem := done[phone].problem) is not None:
            reason = _join(f"{problem.code}: {problem.detail}", reading.note)
            rows.append((reading.line, "rejected", reason, done[phone].contact_id, None, reading.written))
        else:
            contact_id = done[phone].contact_id
            first[phone] = (reading.line, contact_id)
            rows.append((reading.line, done[phone].outcome, reading.note, contact_id, phone, reading.written))
    return rows


async def _upsert(tx: Transaction, job: _Job, first: Mapping[str, _Reading], context: Context) -> dict[str, Upserted]:
    numbers = [reading.number for reading in first.values() if reading.number]
    now = context.clock.now()
    await ensure_numbers(tx, workspace_id=job.workspace_id, numbers=numbers, now=now)
    return await upsert_contacts(tx, workspace_id=job.workspace_id, changes=_changes(first), now=now)


async def _opt_outs(tx: Transaction, context: Context, job: _Job, readings: Sequence[_Reading]) -> None:
    """Every "no" of the file, in whichever row of a number it stands. A file never says that a "no" is over."""
    lines = {reading.stops.e164: reading.line for reading in readings if reading.stops}
    if not lines:
        return
    now, import_id = context.clock.now(), str(job.import_id)
    items = [
        OptOut(phone=phone, method="import", evidence={"import": import_id, "line": line, "source": job.shared.origin})
        for phone, line in sorted(lines.items())
    ]
    await record_opt_outs(tx, workspace_id=job.workspace_id, items=items, now=now, actor=f"import:{import_id}", source="import")


def _changes(first: Mapping[str, _Reading]) -> dict[str, Change]:
    return {phone: reading.change for phone, reading in first.items() if reading.change is not None}


async def _write(context: Context, job: _Job, ahead: _Ahead) -> bool:
    """Settle the chunk's rows and move the checkpoint; False when that was the end, or another worker was here before."""
    ids = {"workspace_id": job.workspace_id, "import_id": job.import_id}
    async with context.db.transaction() as tx:
        held = await hold_import(tx, **ids)
        if held is None or held["state"] not in _OPEN or held["next_line"] != ahead.after:
            return False
        first: dict[str, _Reading] = {}
        for reading in ahead.readings:
            if reading.number is not None:
                first.setdefault(reading.number.e164, reading)
        earlier = await earlier_rows(tx, **ids, phones=list(first), before=ahead.first_line)
        first = {phone: reading for phone, reading in first.items() if phone not in earlier}
        if held["dry_run"]:
            done = await preview_contacts(tx, workspace_id=job.workspace_id, changes=_changes(first))
        else:
            await _opt_outs(tx, context, job, ahead.readings)
            done = await _upsert(tx, job, first, context)
        rows = _settled(ahead.readings, earlier, done)
        await settle_rows(tx, **ids, rows=rows)
        await drop_chunk(tx, **ids, first_line=ahead.first_line)
        over = ahead.last_line >= held["last_line"]
        await advance_import(
            tx,
            **ids,
            next_line=ahead.last_line,
            outcomes=Counter(held["outcomes"]) + Counter(row[1] for row in rows),
            state="completed" if over else "running",
            finished_at=context.clock.now() if over else None,
            plan=None,
        )
    return not over


async def _finish_empty(context: Context, job: _Job) -> None:
    """A file with a header and nothing else is done at once."""
    ids = {"workspace_id": job.workspace_id, "import_id": job.import_id}
    async with context.db.transaction() as tx:
        held = await hold_import(tx, **ids)
        if held is not None and held["state"] in _OPEN:
            now = context.clock.now()
            await advance_import(tx, **ids, next_line=0, outcomes={}, state="completed", finished_at=now, plan=None)


async def _run(context: Context, job: _Job, row: Mapping[str, Any]) -> None:
    if row["total_rows"] == 0:
        await _finish_empty(context, job)
        return
    deadline = asyncio.get_running_loop().time() + _BUDGET
    ahead = await _read_ahead(context, job, row["next_line"])
    while ahead is not None:
        async with asyncio.TaskGroup() as tasks:
            reading = tasks.create_task(_read_ahead(context, job, ahead.last_line))
            more = await _write(context, job, ahead)
            if not more:
                reading.cancel()
        if not more or context.closing.is_set() or asyncio.get_running_loop().time() > deadline:
            return
        ahead = reading.result()


async def run_import(context: Context, *, workspace_id: UUID, import_id: UUID) -> None:
    """Work on an import until it is complete, cancelled, or the job's time is up (the sweep then rings again).

    A crash loses nothing: rows and checkpoint are written together. Workers on the same import wait for each other, and the one
    that finds the checkpoint moved leaves the job to the other. A job whose rows cannot be read or stored fails, with the reason.
    """
    async with context.db.transaction() as tx:
        row = await read_import(tx, workspace_id=workspace_id, import_id=import_id)
    if row is None or row["state"] not in _OPEN:
        return
    try:
        await _run(context, _Job.of(workspace_id, row), row)
    except* _HOPELESS as errors:
        name = type(errors.exceptions[0]).__name__
        # The error's own text may quote a row, and with it a number: it stays out of the log.
        _log.error("import.failed", import_id=str(import_id), error=name)
        async with context.db.transaction() as tx:
            error = f"the rows cannot be used: {name}"
            now = context.clock.now()
            await end_import(tx, workspace_id=workspace_id, import_id=import_id, state="failed", error=error, now=now)
