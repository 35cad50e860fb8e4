"""What becomes of a chunk's rows? Written with their yes and no; or, for a plan, found out and undone."""

from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime

from app.domain.contact import BadField, Change
from app.domain.household import told_before
from app.domain.import_plan import count_outcomes, overwritten
from app.storage.acquired import mark_acquired
from app.storage.database import Transaction
from app.storage.imports import Place, Settled, earlier_rows
from app.storage.numbers import ensure_numbers
from app.storage.suppressions import count_suppressed
from app.usecases.read_ahead import Ahead, Job, Reading
from app.usecases.record_opt_ins import OptInResult, record_opt_ins
from app.usecases.record_opt_outs import OptOut, record_opt_outs
from app.usecases.upsert_contact import Held, Upserted, preview_rounds, upsert_contacts


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a chunk came to: its rows, and for a plan their counts."""

    rows: list[Settled]
    counts: Mapping[str, Mapping[str, int] | int] = field(default_factory=dict)


async def settle_chunk(
    tx: Transaction, job: Job, ahead: Ahead, *, counted: bool, now: datetime, made: AbstractSet[str]
) -> Outcome:
    """Write a chunk's contacts, opt-outs and opt-ins, or only say what they would be. `counted` asks for a plan's counts.

    To be written, its numbers must have rows; those that had none, `made`, were given them in this transaction, at `now`.
    """
    told = await _sort(tx, job, ahead, made)
    if job.writes:
        await _opt_outs(tx, job, ahead.readings, now)
        done = await _upsert(tx, job, told, now, made)
        yeses = await _opt_ins(tx, job, told, done, now)
        return Outcome(_settled(ahead.readings, told, done, yeses))
    previewed, held = await preview_rounds(tx, workspace_id=job.workspace_id, rounds=told.changes())
    done = _by_line(told, previewed)
    yeses = await _try_opt_ins(tx, job, ahead, told, done, now)
    rows = _settled(ahead.readings, told, done, yeses)
    if not counted:
        return Outcome(rows)
    phones = list(told.rounds[0]) if told.rounds else []
    suppressed = await count_suppressed(tx, workspace_id=job.workspace_id, phones=phones)
    return Outcome(rows, _counts(ahead, told, rows, held, yeses) | {"suppressed": suppressed})


Done = Mapping[int, Upserted]  # line -> what became of it


@dataclass(frozen=True, slots=True)
class _Sorted:
    """Rows that say something new, lines that say again what another did, and lines that cannot be taken.

    A round has a number once. The first is of the first row with each number in the import, further ones of rows that tell of
    other people on it.
    """

    rounds: list[dict[str, Reading]]
    before: dict[int, Place]
    refused: dict[int, str]

    @property
    def rows(self) -> list[Reading]:
        return [reading for told in self.rounds for reading in told.values()]

    def changes(self) -> list[dict[str, Change]]:
        return [{phone: reading.change for phone, reading in told.items() if reading.change} for told in self.rounds]


async def _sort(tx: Transaction, job: Job, ahead: Ahead, made: AbstractSet[str]) -> _Sorted:
    known = list({reading.number.e164 for reading in ahead.readings if reading.number and reading.number.e164 not in made})
    ids = {"workspace_id": job.workspace_id, "import_id": job.import_id}
    seen = await earlier_rows(tx, **ids, phones=known, before=ahead.first_line) if known else {}
    told = _Sorted([], {}, {})
    places: dict[str, int] = {}  # in which round a number comes next
    for reading in ahead.readings:
        if reading.number is None or reading.change is None:
            continue
        phone, person = reading.number.e164, reading.change.person or ""
        people = seen.setdefault(phone, {})
        try:
            before = told_before(people, person)
        except BadField as problem:
            told.refused[reading.line] = f"{problem.code}: {problem.detail}"
            continue
        if before is not None:
            told.before[reading.line] = before
            continue
        people[person] = (reading.line, None)
        place = places[phone] = places.get(phone, -1) + 1
        if place == len(told.rounds):
            told.rounds.append({})
        told.rounds[place][phone] = reading
    return told


def _by_line(told: _Sorted, done: Sequence[Mapping[str, Upserted]]) -> dict[int, Upserted]:
    return {
        reading.line: became[phone]
        for readings, became in zip(told.rounds, done, strict=True)
        for phone, reading in readings.items()
    }


async def _upsert(tx: Transaction, job: Job, told: _Sorted, now: datetime, made: AbstractSet[str]) -> dict[int, Upserted]:
    words = {reading.number.e164: reading.acquired for reading in reversed(told.rows) if reading.acquired and reading.number}
    if words:
        await mark_acquired(tx, workspace_id=job.workspace_id, words=words, now=now)
    done: list[dict[str, Upserted]] = []
    for readings, changes in zip(told.rounds, told.changes(), strict=True):
        fresh = {phone: reading.fresh for phone, reading in readings.items() if reading.fresh is not None}
        new = () if done else made
        done.append(await upsert_contacts(tx, workspace_id=job.workspace_id, changes=changes, now=now, fresh=fresh, made=new))
    return _by_line(told, done)


async def _opt_outs(tx: Transaction, job: Job, readings: Sequence[Reading], now: datetime) -> None:
    """Every "no" of the file, in whichever row of a number it stands. A file never says that a "no" is over."""
    lines = {(reading.stops.e164, _person(reading)): reading.line for reading in readings if reading.stops}
    if not lines:
        return
    import_id = str(job.import_id)
    items = [
        OptOut(
            phone=phone,
            method="import",
            evidence={"import": import_id, "line": line, "source": job.shared.origin},
            person=person,
        )
        for (phone, person), line in sorted(lines.items(), key=str)
    ]
    await record_opt_outs(tx, workspace_id=job.workspace_id, items=items, now=now, actor=f"import:{import_id}", source="import")


def _person(reading: Reading) -> str | None:
    return reading.change.person or None if reading.change else None


async def _opt_ins(tx: Transaction, job: Job, told: _Sorted, done: Done, now: datetime) -> dict[int, OptInResult]:
    """Every "yes" of the rows that went in, under the same proof as any other; what each came to, by line."""
    rows = [reading for reading in told.rows if reading.opt_in is not None and done[reading.line].problem is None]
    items = [replace(reading.opt_in, person=_person(reading)) for reading in rows if reading.opt_in is not None]
    if not items:
        return {}
    actor = f"import:{job.import_id}"
    results = await record_opt_ins(tx, workspace_id=job.workspace_id, items=items, now=now, actor=actor, source="import")
    return {reading.line: result for reading, result in zip(rows, results, strict=True)}


async def _try_opt_ins(
    tx: Transaction, job: Job, ahead: Ahead, told: _Sorted, done: Done, now: datetime
) -> dict[int, OptInResult]:
    """What the "yes"es would come to: recorded behind the "no"s, as they would be, and undone."""
    if not any(reading.opt_in for reading in told.rows):
        return {}
    async with tx.undone():
        made = await ensure_numbers(tx, workspace_id=job.workspace_id, numbers=ahead.numbers(), now=now)
        await _opt_outs(tx, job, ahead.readings, now)
        await _upsert(tx, job, told, now, made)
        return await _opt_ins(tx, job, told, done, now)


def _join(*texts: str) -> str:
    return "; ".join(text for text in texts if text)


def _told(result: OptInResult | None) -> str:
    """What a report says of a row's "yes"; nothing where it simply stands now."""
    if result is None or result.outcome in {"recorded", "already"}:
        return ""
    code = f"{result.problem.code}: " if result.problem else ""
    return f"the opt-in was not recorded: {code}{result.reason}"


def _settled(readings: Sequence[Reading], told: _Sorted, done: Done, yeses: Mapping[int, OptInResult]) -> list[Settled]:
    """What became of each row: the first that tells of a person on a number decides, later ones are duplicates of it."""
    rows: list[Settled] = []
    for reading in readings:
        line, written, note = reading.line, reading.written, reading.note
        if reading.number is None or line in told.refused:
            rows.append(Settled(line, "rejected", told.refused.get(line, reading.problem), None, None, written))
            continue
        first, contact_id = told.before.get(line, (line, None))
        became = done.get(first)
        if became is not None:
            contact_id = became.contact_id
        if became is not None and (problem := became.problem) is not None:
            rows.append(Settled(line, "rejected", _join(f"{problem.code}: {problem.detail}", note), contact_id, None, written))
        elif became is None or first != line:
            rows.append(Settled(line, "duplicate", _join(f"same number as line {first}", note), contact_id, None, written))
        else:
            note = _join(note, _told(yeses.get(line))) if yeses else note
            person = _person(reading) or ""
            rows.append(Settled(line, became.outcome, note, contact_id, reading.number.e164, written, person))
    return rows


def _counts(
    ahead: Ahead, told: _Sorted, rows: Sequence[Settled], held: Held, yeses: Mapping[int, OptInResult]
) -> dict[str, Mapping[str, int] | int]:
    first = told.rounds[0] if told.rounds else {}
    conflicts = Counter(
        name
        for phone, (_, kept) in held.items()
        if phone in first and (change := first[phone].change) is not None
        for name in overwritten(kept, change)
    )
    recorded = [result for result in yeses.values() if result.outcome == "recorded"]
    return {
        **count_outcomes((row.outcome, row.reason) for row in rows),
        "opted_out": len({reading.stops.e164 for reading in ahead.readings if reading.stops}),
        "newly_marketable": Counter(str(result.basis) for result in recorded),
        "opt_ins": Counter(result.outcome for result in yeses.values()),
        "opt_in_problems": Counter(result.problem.code for result in yeses.values() if result.problem),
        "acquired": Counter(reading.acquired for reading in first.values() if reading.acquired),
        "conflicts": conflicts,
    }
