"""How does a registry's file get in? Read in a thread, copied in batches, laid over what was known; all of it or nothing."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import TypedDict
from uuid import UUID

from app.clock import new_id
from app.domain.errors import InvalidField, NotFound
from app.domain.import_file import UnusableFile, check_encoding
from app.domain.registries import Registry, RegistryKind
from app.domain.registry_file import RegistryFile, RegistryLine, open_registry_file
from app.storage.database import Row, Transaction
from app.storage.registries import (
    contradiction,
    drop_file,
    drop_unlisted,
    hold_registry,
    known_listed,
    lay_lines,
    load_lines,
    newest_file,
    open_load,
    read_file,
    same_file,
    write_file,
)
from app.usecases.end_tenure import TenureEnd, end_tenures

_BATCH = 20_000
_SLICE = 100_000
MOST_LINES = 5_000_000
MOST_REJECTS_TOLD = 1_000


class _Ids(TypedDict):
    workspace_id: UUID
    registry: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadFile:
    """A file of a registry as of an instant. `adds` makes it a further part of the whole file of exactly that instant."""

    workspace_id: UUID
    registry: Registry
    file: RegistryFile
    as_of: datetime
    adds: bool
    now: datetime
    actor: str


@dataclass(slots=True)
class Loaded:
    """What came of a file: its row, how many lines were taken and refused, the first refusals, and how many tenures ended."""

    row: Row
    taken: int = 0
    rejected: int = 0
    rejects: list[RegistryLine] = field(default_factory=list)
    tenures_ended: int = 0


def open_file(body: bytes, *, registry: Registry, ndjson: bool) -> RegistryFile:
    """Look at a file's encoding and layout. Pure but slow for large files: call it in a thread. Raises InvalidField."""
    try:
        return open_registry_file(check_encoding(body), registry=registry, ndjson=ndjson)
    except UnusableFile as error:
        raise InvalidField(error.detail, pointer="/body", code=error.code) from error


def check_as_of(registry: Registry, as_of: datetime, *, now: datetime, pointer: str) -> None:
    """Whether a registry can have said something at an instant. Raises InvalidField at `pointer`."""
    if as_of > now:
        raise InvalidField("lies in the future: nobody can know it yet", pointer=pointer, code="in_the_future")
    if not registry.holds(as_of):
        detail = f"the {registry.title} did not exist then: it ran from {registry.valid_from} until {registry.valid_to}"
        raise InvalidField(detail, pointer=pointer, code="registry_ended")


async def load_registry_file(tx: Transaction, command: LoadFile) -> Loaded:
    """Load a file in the caller's transaction. Lines that cannot be read are counted and told of; the others go in.

    A whole file replaces what older ones said, so that a number it does not hold is clear as of its date; a file of answers, or
    of a registry that has no whole files, only adds. Loading the same file again changes nothing. Numbers that a reassignment or
    deactivation file ends lose their consents in the same transaction. Raises InvalidField: a date that cannot be, an older file
    than the one that counts, no readable number, too many lines, two lines that contradict one another.
    """
    registry = command.registry
    ids: _Ids = {"workspace_id": command.workspace_id, "registry": registry.name}
    check_as_of(registry, command.as_of, now=command.now, pointer="/query/as_of")
    whole = registry.whole and not command.file.results
    await hold_registry(tx, **ids)
    if whole:
        await _check_order(tx, command)
    loaded, last_line = await _copy(tx, command)
    if not loaded.taken:
        raise InvalidField(_nothing(loaded), pointer="/body", code="no_numbers")
    if command.file.results and (lines := await contradiction(tx)) is not None:
        detail = f"lines {lines[0]} and {lines[1]} say different things of one number"
        raise InvalidField(detail, pointer="/body", code="contradictory")
    await lay_lines(tx, **ids, as_of=command.as_of, now=command.now, last_line=last_line, step=_SLICE)
    if whole:
        await drop_unlisted(tx, **ids, as_of=command.as_of, adds=command.adds)
    loaded.row = await _record(tx, command, loaded, whole=whole)
    if registry.kind is not RegistryKind.DO_NOT_CALL:
        phones = await known_listed(tx, workspace_id=command.workspace_id)
        loaded.tenures_ended = await end_listed(
            tx,
            workspace_id=command.workspace_id,
            registry=registry,
            listed=[(phone, command.as_of) for phone in phones],
            now=command.now,
            actor=command.actor,
        )
    return loaded


async def end_listed(
    tx: Transaction,
    *,
    workspace_id: UUID,
    registry: Registry,
    listed: Sequence[tuple[str, datetime]],
    now: datetime,
    actor: str,
) -> int:
    """End the tenures of known numbers a registry calls reassigned or out of service, each as of an instant; how many ended."""
    if not listed:
        return 0
    ends = [
        TenureEnd(phone=phone, method=registry.kind, at=as_of, reason=registry.kind, evidence={"registry": registry.name})
        for phone, as_of in listed
    ]
    source = f"registry:{registry.name}"
    results = await end_tenures(tx, workspace_id=workspace_id, ends=ends, now=now, actor=actor, source=source)
    return sum(result.ended for result in results)


async def forget_file(tx: Transaction, *, workspace_id: UUID, registry: str, file_id: UUID) -> int:
    """Forget a file and what it said; how many numbers that were. Ended tenures stay ended. Raises NotFound."""
    await hold_registry(tx, workspace_id=workspace_id, registry=registry)
    row = await read_file(tx, workspace_id=workspace_id, registry=registry, file_id=file_id)
    if row is None:
        raise NotFound("no such file of this registry", pointer="/path/file_id")
    return await drop_file(tx, workspace_id=workspace_id, row=row)


async def _check_order(tx: Transaction, command: LoadFile) -> None:
    newest = await newest_file(tx, workspace_id=command.workspace_id, registry=command.registry.name)
    if newest is not None and newest["as_of"] > command.as_of:
        detail = f"a file of {newest['as_of'].isoformat()} counts already, and an older one would bring back what has changed"
        raise InvalidField(detail, pointer="/query/as_of", code="older_file")


async def _copy(tx: Transaction, command: LoadFile) -> tuple[Loaded, int]:
    """Copy the readable lines beside the transaction; what was counted, and the last line's number. Memory holds one batch."""
    await open_load(tx)
    loaded, lines, last = Loaded({}), command.file.lines(), 0
    while batch := await asyncio.to_thread(_next, lines, command.as_of):
        last = batch[-1].line
        good = [(line.line, line.phone, line.answer, line.asked_about) for line in batch if not line.problem]
        bad = [line for line in batch if line.problem]
        loaded.taken += len(good)
        loaded.rejected += len(bad)
        loaded.rejects += bad[: MOST_REJECTS_TOLD - len(loaded.rejects)]
        if loaded.taken + loaded.rejected > MOST_LINES:
            raise InvalidField(f"more than {MOST_LINES} lines; split the file", pointer="/body", code="too_many_lines")
        await load_lines(tx, good)
    return loaded, last


def _next(lines: Iterator[RegistryLine], as_of: datetime) -> list[RegistryLine]:
    return [
        RegistryLine(line.line, problem="asked_in_the_future: asked about a day after the answer itself")
        if line.asked_about is not None and line.asked_about > as_of
        else line
        for line in islice(lines, _BATCH)
    ]


def _nothing(loaded: Loaded) -> str:
    if not loaded.rejects:
        return "there is no number in the file"
    first = loaded.rejects[0]
    return f"no line can be used; line {first.line}: {first.problem}"


async def _record(tx: Transaction, command: LoadFile, loaded: Loaded, *, whole: bool) -> Row:
    ids: _Ids = {"workspace_id": command.workspace_id, "registry": command.registry.name}
    before = await same_file(tx, **ids, as_of=command.as_of, whole=whole)
    file_id = before["id"] if before else new_id()
    part = before if before and command.adds else {"lines": 0, "rejected": 0}
    await write_file(
        tx,
        **ids,
        file_id=file_id,
        as_of=command.as_of,
        lines=part["lines"] + loaded.taken,
        rejected=part["rejected"] + loaded.rejected,
        whole=whole,
        now=command.now,
    )
    row = await read_file(tx, **ids, file_id=file_id)
    assert row is not None
    return row
