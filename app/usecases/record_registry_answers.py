"""What did a registry answer? Query results, many at once: kept with their dates, or all refused, naming the one at fault."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.errors import InvalidField
from app.domain.registries import Registry, RegistryKind
from app.storage.database import Transaction
from app.storage.numbers import known_numbers
from app.storage.registries import hold_registry, write_answers
from app.usecases.load_registry_file import check_as_of, end_listed


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryAnswer:
    """What a registry said of one number. `answer` is listed, clear or unknown; `asked_about` the date it was asked with."""

    phone: str
    answer: str
    as_of: datetime
    asked_about: datetime | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """Per answer whether it counts (an older one does not), and how many tenures ended."""

    counts: list[bool]
    tenures_ended: int


def check_answers(registry: Registry, answers: Sequence[RegistryAnswer], *, now: datetime) -> None:
    """Whether the answers can all be true. Raises InvalidField, naming the item: a date that cannot be, or a contradiction."""
    first: dict[tuple[str, datetime], int] = {}
    for place, answer in enumerate(answers):
        check_as_of(registry, answer.as_of, now=now, pointer=f"/body/items/{place}/as_of")
        if answer.asked_about is not None and answer.asked_about > answer.as_of:
            pointer = f"/body/items/{place}/asked_about"
            raise InvalidField("lies after the answer itself", pointer=pointer, code="in_the_future")
        before = first.setdefault((answer.phone, answer.as_of), place)
        if answers[before].answer != answer.answer:
            detail = f"item {before} says {answers[before].answer} of the same number at the same time"
            raise InvalidField(detail, pointer=f"/body/items/{place}/answer", code="contradictory")


def _latest(answers: Sequence[RegistryAnswer]) -> Mapping[str, RegistryAnswer]:
    latest: dict[str, RegistryAnswer] = {}
    for answer in answers:
        if answer.phone not in latest or latest[answer.phone].as_of < answer.as_of:
            latest[answer.phone] = answer
    return latest


async def record_registry_answers(
    tx: Transaction,
    *,
    workspace_id: UUID,
    registry: Registry,
    answers: Sequence[RegistryAnswer],
    now: datetime,
    actor: str,
) -> Recorded:
    """Keep answers in the caller's transaction, all or none. An answer older than what is known is passed over.

    A known number that is reassigned or out of service loses its consents here and now. Raises InvalidField, naming the item.
    """
    check_answers(registry, answers, now=now)
    await hold_registry(tx, workspace_id=workspace_id, registry=registry.name)
    latest = _latest(answers)
    rows = [(answer.phone, answer.answer, answer.as_of, answer.asked_about) for answer in latest.values()]
    kept = await write_answers(tx, workspace_id=workspace_id, registry=registry.name, rows=rows, now=now)
    counts = [answer.phone in kept and latest[answer.phone] is answer for answer in answers]
    ended = 0
    if registry.kind is not RegistryKind.DO_NOT_CALL:
        gone = [answer for answer in latest.values() if answer.phone in kept and answer.answer == "listed"]
        known = await known_numbers(tx, workspace_id=workspace_id, phones=[answer.phone for answer in gone])
        listed = sorted((answer.phone, answer.as_of) for answer in gone if answer.phone in known)
        ended = await end_listed(tx, workspace_id=workspace_id, registry=registry, listed=listed, now=now, actor=actor)
    return Recorded(counts, ended)
