"""What do the next rows of an import say? Read while the rows before them are written: a number, a change, a yes or a no."""

import asyncio
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.contact import BadField, Change, Profile, complete, merge, without_unstorable
from app.domain.errors import InvalidField
from app.domain.facts import NumberFacts
from app.domain.import_columns import Columns
from app.domain.import_opt_in import read_opt_in
from app.domain.import_rows import NOTHING_BESIDE, Shared, phone_text, read_beside, read_row, says_no
from app.domain.number import NumberProblem, read_number
from app.domain.opt_in import OptIn
from app.domain.provenance import ProvenanceKind, acquired_word, check_provenance, told
from app.storage.imports import next_chunk
from app.storage.unread_rows import ERASED
from app.usecases.context import Context

_SLICE = 20  # rows read before the loop may do something else: less than a millisecond


@dataclass(frozen=True, slots=True)
class Job:
    """What every row of an import is read by: `writes` tells it from one that only says what it would do, `applies` a plan's."""

    workspace_id: UUID
    import_id: UUID
    columns: Columns
    default_region: str | None
    shared: Shared
    kind: ProvenanceKind | None
    reference: str
    writes: bool
    applies: bool = False

    @classmethod
    def of(cls, workspace_id: UUID, row: Mapping[str, Any]) -> "Job":
        """A job's row."""
        kind = ProvenanceKind(row["provenance_kind"]) if row["provenance_kind"] else None
        reference = row["provenance_reference"]
        columns = Columns.from_json(row["columns"])
        shared = Shared(tuple(row["tags"]), told(kind, reference, row["provenance"]), columns.format == "csv" and columns.simple)
        writes = not row["dry_run"] and row["phase"] != "analyse"
        applies = row["phase"] == "apply"
        return cls(workspace_id, row["id"], columns, row["default_region"], shared, kind, reference, writes, applies)


@dataclass(frozen=True, slots=True)
class Reading:
    """One row, read: a number and a change, or the problem with it. `note` is told whatever becomes of it.

    `stops` is the number of a person who opted out; it is known even where the rest of the row cannot be used. `acquired` is the
    word for a number its owner did not give, `opt_in` what the row says that the person agreed to, and
    `fresh` what its contact would be if there was none.
    """

    line: int
    written: str
    number: NumberFacts | None = None
    stops: NumberFacts | None = None
    change: Change | None = None
    problem: str = ""
    note: str = ""
    opt_in: OptIn | None = None
    acquired: str = ""
    fresh: Profile | None = None


@dataclass(frozen=True, slots=True)
class Ahead:
    """Rows read ahead, after the line `after`. The last line tells whether they are the last ones."""

    after: int
    first_line: int
    last_line: int
    readings: list[Reading]

    def numbers(self) -> list[NumberFacts]:
        """All that will be written about, each once: of rows that could be read, and of a "no" in one that could not."""
        told = (reading.number or reading.stops for reading in self.readings)
        return list({number.e164: number for number in told if number}.values())

    def about(self, lines: AbstractSet[int]) -> bool:
        """Whether any of these lines still says something of somebody."""
        return any(reading.line in lines for reading in self.readings if reading.number or reading.stops)

    def without(self, lines: AbstractSet[int]) -> "Ahead":
        """As if nothing had ever stood in these lines."""
        readings = [Reading(one.line, "", problem=ERASED) if one.line in lines else one for one in self.readings]
        return replace(self, readings=readings)


async def read_ahead(context: Context, job: Job, after: int) -> Ahead | None:
    """The next chunk, read; None when there is none: another worker was here, or the job has ended."""
    async with context.db.transaction() as tx:
        chunk = await next_chunk(tx, workspace_id=job.workspace_id, import_id=job.import_id, after=after)
    if chunk is None:
        return None
    readings: list[Reading] = []
    now = context.clock.now()
    for start in range(0, len(chunk.rows), _SLICE):
        readings += [_read(job, line, found, now) for line, found in chunk.rows[start : start + _SLICE]]
        await asyncio.sleep(0)
    return Ahead(after, chunk.first_line, chunk.last_line, readings)


def _read(job: Job, line: int, cells: list[str] | str, now: datetime) -> Reading:
    if isinstance(cells, str):
        return Reading(line, "", problem=cells)
    try:
        written, change = read_row(cells, job.columns, job.shared)
        number = read_number(written, default_region=job.default_region)
        change = complete(change, country=job.default_region or number.facts.region, now=now)
        note = "the extension was dropped" if number.extension else ""
        stops = number.facts if change.opted_out else None
        found = Reading(
            line, written, number.facts, stops, change, note=note, acquired=acquired_word(job.kind), fresh=_fresh(change)
        )
        return _with_beside(job, found, cells)
    except (BadField, NumberProblem) as problem:
        detail = without_unstorable(problem.detail)
        stops = _stops(job, cells)
        said = f"{problem.code}: {detail}" + ("; the opt-out was recorded" if stops else "")
        return Reading(line, phone_text(cells, job.columns), stops=stops, problem=said)


def _with_beside(job: Job, found: Reading, cells: list[str]) -> Reading:
    """The reading with what the row says beside its contact. Raises BadField for a provenance that cannot be."""
    beside = read_beside(cells, job.columns)
    if beside is NOTHING_BESIDE:
        return found
    assert found.number is not None
    assert found.change is not None
    phone = found.number.e164
    if beside.provenance_kind or beside.provenance_reference:
        reference = beside.provenance_reference or job.reference
        kind, reference = check_provenance(beside.provenance_kind or str(job.kind or ""), reference)
        change = replace(found.change, origin=told(kind, reference, reference or job.shared.origin))
        found = replace(found, change=change, acquired=acquired_word(kind), fresh=None)
    try:
        opt_in = None if found.stops else read_opt_in(beside.opt_in, phone=phone)
        return replace(found, opt_in=opt_in)
    except InvalidField as problem:
        note = f"{found.note}; " if found.note else ""
        said = f"the opt-in was not recorded: {problem.code}: {(problem.pointer or '/')[1:]} {problem.detail}"
        return replace(found, note=note + without_unstorable(said))


def _fresh(change: Change) -> Profile | None:
    """What a contact would be if it is new: found out while the database is busy with the rows before."""
    try:
        return merge(None, change)
    except BadField:
        return None  # told where it is known to be new


def _stops(job: Job, cells: list[str]) -> NumberFacts | None:
    """Whose "no" a row holds that cannot be used otherwise: a bad birth date must not cost a person her opt-out."""
    if not says_no(cells, job.columns):
        return None
    try:
        return read_number(phone_text(cells, job.columns), default_region=job.default_region).facts
    except NumberProblem:
        return None
