"""What becomes of a chunk's rows? Written with their yes and no; or, for a plan, found out and undone."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from app.domain.contact import Change
from app.domain.import_plan import count_outcomes, overwritten
from app.storage.acquired import mark_acquired
from app.storage.database import Transaction
from app.storage.imports import Settled, earlier_rows
from app.storage.numbers import ensure_numbers
from app.storage.suppressions import count_suppressed
from app.usecases.context import Context
from app.usecases.read_ahead import Ahead, Job, Reading
from app.usecases.record_opt_ins import OptInResult, record_opt_ins
from app.usecases.record_opt_outs import OptOut, record_opt_outs
from app.usecases.upsert_contact import Held, Upserted, preview_contacts, upsert_contacts


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a chunk came to: its rows, and for a plan their counts."""

    rows: list[Settled]
    counts: Mapping[str, Mapping[str, int] | int] = field(default_factory=dict)


async def settle_chunk(tx: Transaction, context: Context, job: Job, ahead: Ahead, *, dry_run: bool, counted: bool) -> Outcome:
    """Write a chunk's contacts, opt-outs and opt-ins, or only say what they would be. `counted` asks for a plan's counts."""
    first = await _first_rows(tx, job, ahead)
    if not dry_run:
        await _opt_outs(tx, context, job, ahead.readings)
        done = await _upsert(tx, context, job, first.rows)
        yeses = await _opt_ins(tx, context, job, first.rows, done)
        return Outcome(_settled(ahead.readings, first.earlier, done, yeses))
    done, held = await preview_contacts(tx, workspace_id=job.workspace_id, changes=_changes(first.rows))
    yeses = await _try_opt_ins(tx, context, job, ahead, first.rows, done)
    rows = _settled(ahead.readings, first.earlier, done, yeses)
    if not counted:
        return Outcome(rows)
    suppressed = await count_suppressed(tx, workspace_id=job.workspace_id, phones=list(first.rows))
    return Outcome(rows, _counts(ahead, first.rows, rows, held, yeses) | {"suppressed": suppressed})


@dataclass(frozen=True, slots=True)
class _First:
    """The first row of each number in this chunk, and the numbers that earlier rows of the import had."""

    rows: dict[str, Reading]
    earlier: dict[str, tuple[int, UUID | None]]


async def _first_rows(tx: Transaction, job: Job, ahead: Ahead) -> _First:
    first: dict[str, Reading] = {}
    for reading in ahead.readings:
        if reading.number is not None:
            first.setdefault(reading.number.e164, reading)
    ids = {"workspace_id": job.workspace_id, "import_id": job.import_id}
    earlier = await earlier_rows(tx, **ids, phones=list(first), before=ahead.first_line)
    return _First({phone: reading for phone, reading in first.items() if phone not in earlier}, earlier)


def _changes(first: Mapping[str, Reading]) -> dict[str, Change]:
    return {phone: reading.change for phone, reading in first.items() if reading.change is not None}


async def _upsert(tx: Transaction, context: Context, job: Job, first: Mapping[str, Reading]) -> dict[str, Upserted]:
    now = context.clock.now()
    numbers = [reading.number for reading in first.values() if reading.number]
    await ensure_numbers(tx, workspace_id=job.workspace_id, numbers=numbers, now=now)
    words = {phone: reading.acquired for phone, reading in first.items() if reading.acquired}
    if words:
        await mark_acquired(tx, workspace_id=job.workspace_id, words=words, now=now)
    fresh = {phone: reading.fresh for phone, reading in first.items() if reading.fresh is not None}
    return await upsert_contacts(tx, workspace_id=job.workspace_id, changes=_changes(first), now=now, fresh=fresh)


async def _opt_outs(tx: Transaction, context: Context, job: Job, readings: Sequence[Reading]) -> None:
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


async def _opt_ins(
    tx: Transaction, context: Context, job: Job, first: Mapping[str, Reading], done: Mapping[str, Upserted]
) -> dict[str, OptInResult]:
    """Every "yes" of the rows that went in, under the same proof as any other; what each came to."""
    items = [
        reading.opt_in for phone, reading in sorted(first.items()) if reading.opt_in is not None and done[phone].problem is None
    ]
    if not items:
        return {}
    actor = f"import:{job.import_id}"
    now = context.clock.now()
    results = await record_opt_ins(tx, workspace_id=job.workspace_id, items=items, now=now, actor=actor, source="import")
    return {result.phone: result for result in results}


async def _try_opt_ins(
    tx: Transaction, context: Context, job: Job, ahead: Ahead, first: Mapping[str, Reading], done: Mapping[str, Upserted]
) -> dict[str, OptInResult]:
    """What the "yes"es would come to: recorded behind the "no"s, as they would be, and undone."""
    if not any(reading.opt_in for reading in first.values()):
        return {}
    async with tx.undone():
        await _opt_outs(tx, context, job, ahead.readings)
        await _upsert(tx, context, job, first)
        return await _opt_ins(tx, context, job, first, done)


def _join(*texts: str) -> str:
    return "; ".join(text for text in texts if text)


def _told(result: OptInResult | None) -> str:
    """What a report says of a row's "yes"; nothing where it simply stands now."""
    if result is None or result.outcome in {"recorded", "already"}:
        return ""
    code = f"{result.problem.code}: " if result.problem else ""
    return f"the opt-in was not recorded: {code}{result.reason}"


def _settled(
    readings: Sequence[Reading],
    earlier: Mapping[str, tuple[int, UUID | None]],
    done: Mapping[str, Upserted],
    yeses: Mapping[str, OptInResult],
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
            note = _join(reading.note, _told(yeses.get(phone))) if yeses else reading.note
            rows.append((reading.line, done[phone].outcome, note, contact_id, phone, reading.written))
    return rows


def _counts(
    ahead: Ahead, first: Mapping[str, Reading], rows: Sequence[Settled], held: Held, yeses: Mapping[str, OptInResult]
) -> dict[str, Mapping[str, int] | int]:
    conflicts = Counter(
        name
        for phone, (_, kept) in held.items()
        if phone in first and (change := first[phone].change) is not None
        for name in overwritten(kept, change)
    )
    recorded = [result for result in yeses.values() if result.outcome == "recorded"]
    return {
        **count_outcomes((row[1], row[2]) for row in rows),
        "opted_out": len({reading.stops.e164 for reading in ahead.readings if reading.stops}),
        "newly_marketable": Counter(str(result.basis) for result in recorded),
        "opt_ins": Counter(result.outcome for result in yeses.values()),
        "opt_in_problems": Counter(result.problem.code for result in yeses.values() if result.problem),
        "acquired": Counter(reading.acquired for reading in first.values() if reading.acquired),
        "conflicts": conflicts,
    }
