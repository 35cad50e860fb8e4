"""How far is a preflight, what did it find, and what came of it? Jobs, their reports, their progress, and the comparison."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.errors import NotFound, WrongState
from app.domain.message import State
from app.storage import campaigns, preflights
from app.storage.database import Database, Row, Transaction
from app.usecases.campaigns import found_campaign
from app.usecases.context import Context

ENDED = frozenset({"completed", "failed", "cancelled"})
_POLL = 0.5
_HEARTBEAT_EVERY = 20  # polls: ten seconds


async def preflight_of(tx: Transaction, *, workspace_id: UUID, campaign_id: UUID, preflight_id: UUID) -> Row:
    """One job, its report with the numbers of the members it shows. Raises NotFound."""
    row = await preflights.read_preflight(tx, workspace_id=workspace_id, campaign_id=campaign_id, preflight_id=preflight_id)
    if row is None:
        raise NotFound("no such preflight", pointer="/path/preflight_id")
    return {**row, "report": await _with_phones(tx, workspace_id, row["report"])}


async def _with_phones(tx: Transaction, workspace_id: UUID, report: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """A kept report knows members by their contacts; those that are gone since are no longer shown."""
    if report is None:
        return None
    samples = [report["sample"], *(objection["sample"] for objection in report["objections"])]
    ids = {UUID(item["contact_id"]) for sample in samples for item in sample}
    phones = await preflights.phones_of_contacts(tx, workspace_id=workspace_id, contact_ids=list(ids))

    def shown(sample: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        known = [(item, UUID(item["contact_id"])) for item in sample]
        return [{**item, "contact_id": key, "phone": phones[key]} for item, key in known if key in phones]

    objections = [{**objection, "sample": shown(objection["sample"])} for objection in report["objections"]]
    return {**report, "objections": objections, "sample": shown(report["sample"])}


async def read_preflight(db: Database, *, workspace_id: UUID, campaign_id: UUID, preflight_id: UUID) -> Row:
    """One job. Raises NotFound."""
    async with db.transaction() as tx:
        return await preflight_of(tx, workspace_id=workspace_id, campaign_id=campaign_id, preflight_id=preflight_id)


async def list_preflights(
    context: Context, *, workspace_id: UUID, campaign_id: UUID, before: UUID | None, limit: int
) -> list[Row]:
    """A campaign's jobs, newest first; their reports are read one by one. Raises NotFound for an unknown campaign."""
    async with context.db.transaction() as tx:
        await found_campaign(tx, workspace_id=workspace_id, campaign_id=campaign_id)
        return await preflights.list_preflights(
            tx, workspace_id=workspace_id, campaign_id=campaign_id, before=before, limit=limit
        )


async def cancel_preflight(tx: Transaction, *, workspace_id: UUID, campaign_id: UUID, preflight_id: UUID, now: datetime) -> Row:
    """Stop a job after the page under way. Raises NotFound, and WrongState when it has ended."""
    ids = {"workspace_id": workspace_id, "campaign_id": campaign_id, "preflight_id": preflight_id}
    found = await preflight_of(tx, **ids)
    ended = await preflights.end_preflight(
        tx, workspace_id=workspace_id, preflight_id=preflight_id, state="cancelled", error=None, now=now
    )
    if not ended:
        raise WrongState(f"the preflight is {found['state']}")
    return await preflight_of(tx, **ids)


async def follow_preflight(
    db: Database, *, workspace_id: UUID, campaign_id: UUID, preflight_id: UUID
) -> AsyncIterator[Row | None]:
    """The job now, again whenever it has moved, and None now and then to keep a connection alive; ends with the job."""
    shown: tuple[str, int] | None = None
    quiet = 0
    while True:
        row = await read_preflight(db, workspace_id=workspace_id, campaign_id=campaign_id, preflight_id=preflight_id)
        quiet += 1
        if (row["state"], row["members"]) != shown:
            shown, quiet = (row["state"], row["members"]), 0
            yield row
        elif quiet >= _HEARTBEAT_EVERY:
            quiet = 0
            yield None
        if row["state"] in ENDED:
            return
        await asyncio.sleep(_POLL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What was foreseen beside what happened. `reasons` are (reason, foreseen, happened) of all that never went."""

    launched_at: datetime | None
    campaign_state: str
    members: tuple[int, int]
    handed_over: tuple[int, int]
    parts: tuple[int, int]
    finishes_at: tuple[str | None, datetime | None]
    reasons: tuple[tuple[str, int, int], ...]
    states: dict[str, int]
    waiting: int


async def compare_preflight(db: Database, *, workspace_id: UUID, campaign_id: UUID, preflight_id: UUID) -> Comparison:
    """A completed preflight beside the campaign's books as they stand. Raises NotFound, and WrongState without a report."""
    async with db.transaction() as tx:
        row = await preflight_of(tx, workspace_id=workspace_id, campaign_id=campaign_id, preflight_id=preflight_id)
        if row["report"] is None:
            raise WrongState(f"the preflight is {row['state']}: there is no report to compare")
        books = await campaigns.read_tally(tx, workspace_id=workspace_id, campaign_id=campaign_id)
        went = await preflights.what_went(tx, workspace_id=workspace_id, campaign_id=campaign_id)
    assert books is not None
    return _compared(row["report"], books, went)


def _compared(report: Mapping[str, Any], books: Row, went: Row) -> Comparison:
    foreseen = Counter({item["reason"]: item["members"] for item in report["reasons"] if item["verdict"] == "never"})
    foreseen["time.not_after"] += report["too_late"]["by_rate"]
    happened: Counter[str] = Counter()
    states: Counter[str] = Counter()
    for state, reason, count in books["counts"]:
        states[State(state).word] += count
        if State(state) in _NEVER_WENT:
            happened[reason] += count
    reasons = sorted({*(+foreseen), *(+happened)}, key=lambda reason: (-max(foreseen[reason], happened[reason]), reason))
    return Comparison(
        launched_at=books["launched_at"],
        campaign_state=books["state"],
        members=(report["audience"], books["members"]),
        handed_over=(report["audience"] - foreseen.total(), went["handed_over"]),
        parts=(report["forecast"]["parts"], went["parts"]),
        finishes_at=(report["forecast"]["finishes_at"], went["last_at"]),
        reasons=tuple((reason, foreseen[reason], happened[reason]) for reason in reasons),
        states=dict(sorted(states.items())),
        waiting=sum(count for state, _, count in books["counts"] if state < State.UNKNOWN),
    )


_NEVER_WENT = frozenset({State.CANCELLED, State.SUPPRESSED, State.EXPIRED, State.FAILED})
