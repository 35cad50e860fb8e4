"""What is each contact's next step? Events begin and end ways through a sequence; whoever's timer is due is taken further."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from app.clock import new_ids
from app.domain.errors import InvalidField
from app.domain.event import Event
from app.domain.sequence import Condition, Message, Otherwise, Step, Wait, read_steps
from app.storage.database import Row, Transaction
from app.storage.launching import count_members_of_step, read_launch
from app.storage.sequences import due_enrolments, ended_after, enrol, leave_by_event, move_enrolments, sequences_set_off
from app.usecases.audience_rules import members_now
from app.usecases.context import Context
from app.usecases.materialise import write_members
from app.usecases.sequences import eligible_contacts

_log = structlog.get_logger()
_BATCH = 500
_MOST_BATCHES = 20
_AGAIN = timedelta(minutes=5)
UNUSABLE_RULE = "sequence.unusable_rule"

Told = tuple[UUID, UUID, Event]
"""A recorded event: its id, its contact, and itself."""


async def set_off(tx: Transaction, *, workspace_id: UUID, told: Sequence[Told], now: datetime) -> None:
    """Let just recorded events end and begin sequences, in their transaction; what happened before the start does neither."""
    if not told:
        return
    found = await sequences_set_off(tx, workspace_id=workspace_id, names=sorted({event.name for _, _, event in told}))
    for sequence in found:
        ids = {"workspace_id": workspace_id, "sequence_id": sequence["id"]}
        fresh = [one for one in told if one[2].occurred_at >= sequence["started_at"]]
        exits: dict[UUID, datetime] = {}
        for _, contact_id, event in fresh:
            if event.name == sequence["exit_event"]:
                exits[contact_id] = max(event.occurred_at, exits.get(contact_id, event.occurred_at))
        if exits:
            await leave_by_event(tx, **ids, exits=exits, reason="sequence.exit_event", now=now)
        first = await _begun(tx, workspace_id, sequence, fresh)
        try:
            eligible = await eligible_contacts(tx, workspace_id=workspace_id, sequence=sequence, contact_ids=list(first), now=now)
        except InvalidField as problem:  # it names others, and one of them was changed: the events are true all the same
            _log.warning("sequence.unusable_audience", sequence=str(sequence["id"]), problem=str(problem))
            continue
        if eligible:
            rows = [(one, contact, first[contact]) for one, contact in zip(new_ids(len(eligible)), eligible, strict=True)]
            await enrol(tx, **ids, rows=rows, reenter_after=sequence["reenter_after_seconds"], now=now)


async def _begun(tx: Transaction, workspace_id: UUID, sequence: Row, fresh: Sequence[Told]) -> dict[UUID, UUID]:
    """Contacts with the event that begins the sequence for them, unless what ends it happened after that: contact -> event."""
    begun = [
        (event_id, contact_id, event.occurred_at)
        for event_id, contact_id, event in fresh
        if event.name == sequence["trigger_event"]
    ]
    ended: set[UUID] = set()
    if begun and sequence["exit_event"]:
        ended = await ended_after(tx, workspace_id=workspace_id, exit_event=sequence["exit_event"], begun=begun)
    first: dict[UUID, UUID] = {}
    for event_id, contact_id, _ in begun:
        if event_id not in ended:
            first.setdefault(contact_id, event_id)
    return first


@dataclass(slots=True)
class _Moves:
    """Where the enrolments of one batch go."""

    now: datetime
    rows: dict[UUID, list[tuple[UUID, int, str, str, datetime]]] = field(default_factory=lambda: defaultdict(list))

    def to(self, row: Row, step: int, *, after: int = 0) -> None:
        """To a step, so many seconds from now; past the last one it is done."""
        done = step >= len(row["steps"])
        state, due_at = "done" if done else "waiting", self.now + timedelta(seconds=after)
        self.rows[row["workspace_id"]].append((row["id"], step, state, "", due_at))

    def later(self, row: Row, reason: str) -> None:
        """To the same step, in a while: what it asks cannot be asked just now."""
        self.rows[row["workspace_id"]].append((row["id"], row["step"], "waiting", reason, self.now + _AGAIN))

    def out(self, row: Row, reason: str) -> None:
        """Out of the sequence."""
        self.rows[row["workspace_id"]].append((row["id"], row["step"], "left", reason, self.now))


async def advance_sequences(context: Context) -> int:
    """Take everybody whose timer is due one step further, some thousands a round; how many steps were taken.

    A step and its message are written in one transaction, so a crash repeats neither; several workers share what is due.
    """
    taken = 0
    for _ in range(_MOST_BATCHES):
        if context.closing.is_set():
            break
        now = context.clock.now()
        async with context.db.transaction() as tx:
            due = await due_enrolments(tx, now=now, limit=_BATCH)
            if not due:
                break
            moves = _Moves(now)
            for rows in _alike(due).values():
                try:
                    await _step(tx, context, rows, moves, now)
                except InvalidField as problem:  # an audience it names was changed: these go on when that is mended
                    _log.warning("sequence.unusable_rule", sequence=str(rows[0]["sequence_id"]), problem=str(problem))
                    for row in rows:
                        moves.later(row, UNUSABLE_RULE)
            for workspace_id, moved in moves.rows.items():
                await move_enrolments(tx, workspace_id=workspace_id, rows=moved, now=now)
        taken += len(due)
    return taken


def _alike(due: Sequence[Row]) -> Mapping[tuple[UUID, int, int], list[Row]]:
    """Enrolments at the same step of the same sequence, on the same time through it."""
    groups: dict[tuple[UUID, int, int], list[Row]] = defaultdict(list)
    for row in due:
        groups[(row["sequence_id"], row["step"], row["entry"])].append(row)
    return groups


async def _step(tx: Transaction, context: Context, rows: Sequence[Row], moves: _Moves, now: datetime) -> None:
    steps = read_steps(rows[0]["steps"])
    at = rows[0]["step"]
    if at >= len(steps):
        for row in rows:
            moves.to(row, at)
        return
    step: Step = steps[at]
    match step:
        case Wait(seconds):
            for row in rows:
                moves.to(row, at + 1, after=seconds)
        case Condition(rule, otherwise):
            ids = [row["contact_id"] for row in rows]
            held = await members_now(tx, rule, workspace_id=rows[0]["workspace_id"], contact_ids=ids, now=now)
            for row in rows:
                if row["contact_id"] in held:
                    moves.to(row, at + 1)
                elif otherwise is Otherwise.SKIP_NEXT:
                    moves.to(row, at + 2)
                else:
                    moves.out(row, "sequence.condition")
        case Message(campaign_id):
            await _message(tx, context, campaign_id, rows, now)
            for row in rows:
                moves.to(row, at + 1)


async def _message(tx: Transaction, context: Context, campaign_id: UUID, rows: Sequence[Row], now: datetime) -> None:
    """Write the step's message for those its campaign's audience holds for; a campaign that was stopped says nothing."""
    workspace_id, entry = rows[0]["workspace_id"], rows[0]["entry"]
    launch = await read_launch(tx, workspace_id=workspace_id, campaign_id=campaign_id, entry=entry, now=now)
    if launch is None:
        return
    ids = [row["contact_id"] for row in rows]
    members = await members_now(tx, launch.rule, workspace_id=workspace_id, contact_ids=ids, now=now)
    page = sorted(members.items())
    if page:
        await write_members(tx, context, launch, page, now)
        await count_members_of_step(tx, workspace_id=workspace_id, campaign_id=campaign_id, members=len(page))
        _log.info("sequence.messages", campaign=str(campaign_id), members=len(page))
