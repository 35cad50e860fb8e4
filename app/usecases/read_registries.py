"""How old is what is known of the registries, and what does each say of a number? Rows of the book beside what was loaded."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.domain.number import number_facts
from app.domain.registries import BY_NAME, NAMES, Registry, regions_of, registries_of
from app.storage.contacts import read_contact_by_phone
from app.storage.database import Row
from app.storage.number_life import read_lives
from app.storage.registries import read_counting_files, read_files, read_number_answers, read_summary
from app.usecases.context import Context


@dataclass(frozen=True, slots=True)
class RegistryStatus:
    """A registry's row, the file that counts if one was loaded, and how many numbers it is known to speak of."""

    registry: Registry
    file: Row | None
    entries: int
    listed: int
    newest: datetime | None
    due_at: datetime | None
    stale: bool


@dataclass(frozen=True, slots=True)
class Lookup:
    """What one registry says of a number. `answer` is listed, clear or unknown; `by` is "answer", "file" or ""."""

    registry: Registry
    answer: str
    by: str
    as_of: datetime | None
    asked_about: datetime | None
    due_at: datetime | None
    stale: bool


@dataclass(frozen=True, slots=True)
class NumberLookup:
    """Every registry that speaks of such a number, and what is known of the number's life (None: it is not known here)."""

    phone: str
    lookups: list[Lookup]
    life: Row | None


def due_at(registry: Registry, as_of: datetime | None) -> datetime | None:
    """The first instant at which what was known at `as_of` is too old: the days count whole, in UTC."""
    if as_of is None or registry.longest_age is None:
        return None
    return as_of.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=registry.longest_age + 1)


async def list_registries(context: Context, *, workspace_id: UUID, after: str | None, limit: int) -> list[RegistryStatus]:
    """A page of the registries, by name, after the given one."""
    now = context.clock.now()
    async with context.db.transaction() as tx:
        entries = await read_summary(tx, workspace_id=workspace_id)
        files = await read_counting_files(tx, workspace_id=workspace_id)
    names = [name for name in NAMES if after is None or name > after][:limit]
    return [_status(BY_NAME[name], entries.get(name), files.get(name), now) for name in names]


def _status(registry: Registry, known: Row | None, file: Row | None, now: datetime) -> RegistryStatus:
    counting = file if file is not None and file["whole"] else None
    as_of = counting["as_of"] if counting else None
    return RegistryStatus(
        registry,
        file,
        known["entries"] if known else 0,
        known["listed"] if known else 0,
        known["newest"] if known else None,
        due_at(registry, as_of),
        as_of is not None and registry.is_stale(as_of, now=now),
    )


async def list_registry_files(
    context: Context, *, workspace_id: UUID, registry: str, before: UUID | None, limit: int
) -> list[Row]:
    """A page of a registry's loaded files, newest first. Whole files replace one another; what they replaced is not kept."""
    async with context.db.transaction() as tx:
        return list(await read_files(tx, workspace_id=workspace_id, registry=registry, before=before, limit=limit))


async def look_up_number(context: Context, *, workspace_id: UUID, phone: str) -> NumberLookup:
    """What every registry says of a number (E.164), known or not. Raises NumberProblem."""
    now, number = context.clock.now(), number_facts(phone)
    async with context.db.transaction() as tx:
        answers = await read_number_answers(tx, workspace_id=workspace_id, phone=phone)
        files = await read_counting_files(tx, workspace_id=workspace_id)
        lives = await read_lives(tx, workspace_id=workspace_id, phones=[phone])
        contact = await read_contact_by_phone(tx, workspace_id=workspace_id, phone=phone)
    places = [place["region"] for place in (contact["places"] if contact and "places" in contact else None) or ()]
    speaking = registries_of(regions_of(number.region, number.subdivision, places))
    others = [BY_NAME[name] for name in answers if name in BY_NAME and BY_NAME[name] not in speaking]
    found = [_look_up(row, answers.get(row.name), files, now) for row in (*speaking, *others)]
    return NumberLookup(phone, found, lives.get(phone))


def _look_up(registry: Registry, answer: Row | None, files: Mapping[str, Row], now: datetime) -> Lookup:
    file = files.get(registry.name)
    as_of, said, by, asked = None, "unknown", "", None
    if file is not None and file["whole"]:
        as_of, said, by = file["as_of"], "clear", "file"
    if answer is not None and (as_of is None or answer["as_of"] >= as_of):
        by = "file" if answer["as_of"] == as_of else "answer"
        as_of, said, asked = answer["as_of"], answer["answer"], answer["asked_about"]
    stale = as_of is not None and registry.is_stale(as_of, now=now)
    return Lookup(registry, said, by, as_of, asked, due_at(registry, as_of), stale)
