"""What came of a group's hand-over? Each outcome gets its next state from one table; one transaction records all."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import structlog

from app.domain.breaker import FAULTS, Condition, Speaks, speaks_of
from app.domain.delivery import Accepted, ErrorClass, MayHaveLeft, NeverLeft, Outcome, Refused
from app.domain.lifecycle import Step, next_step
from app.domain.message import State
from app.domain.registration import capped_by
from app.storage.database import Transaction
from app.storage.falling import fall_back, start_fall_clock
from app.storage.handovers import add_attempts, end_lease, record_outcomes
from app.storage.lanes import hold_sender
from app.usecases.claim_group import Group
from app.usecases.context import Context
from app.usecases.hand_over import Departed
from app.usecases.open_lane import Lane
from app.usecases.record_receipts import match_parked, pay_what_is_owed, reason_of
from app.usecases.settling import Member
from app.usecases.suppress_refused import suppress_refused
from app.usecases.weigh_outcomes import Way, weigh_outcomes

_log = structlog.get_logger()
_LONGEST_DETAIL = 300


@dataclass(slots=True)
class _Tally:
    """What a group's outcomes add up to beyond its messages."""

    at: datetime
    attempts: list[tuple[object, ...]] = field(default_factory=list)
    moves: list[tuple[object, ...]] = field(default_factory=list)
    refused: list[tuple[Member, ErrorClass, str]] = field(default_factory=list)
    said: list[Speaks] = field(default_factory=list)
    slow_for: float = 0.0
    hold_for: float = 0.0
    full_network: bool = False
    hold_reason: str = ""


def _attempt(member: Member, outcome: Outcome) -> tuple[object, ...]:
    match outcome:
        case Accepted(provider_message_id=sid):
            told: tuple[object, ...] = ("accepted", sid, None, None, None)
        case Refused(error=error, code=code, detail=detail):
            told = ("refused", None, error, code, detail[:_LONGEST_DETAIL])
        case NeverLeft(detail=detail):
            told = ("never_left", None, None, None, detail[:_LONGEST_DETAIL])
        case MayHaveLeft(detail=detail, provider_message_id=own):
            told = ("unknown", own, None, None, detail[:_LONGEST_DETAIL])
    return (member.id, member.attempt, *told, member.route)


def _move(member: Member, step: Step, reason: str, most: int, now: datetime, *, spared: bool) -> tuple[object, ...]:
    """(message, attempt, state, reason, give the cap's place back, due at, whether the try says nothing against it)."""
    due_at = now + timedelta(seconds=step.delay)
    if step.state is not State.QUEUED:
        return (member.id, member.attempt, step.state, reason, step.gives_back, None, False)
    if not spared and member.attempt - member.spared >= most:
        return (member.id, member.attempt, State.FAILED, reason or "provider.unreachable", True, None, False)
    if member.not_after is not None and due_at >= member.not_after:
        return (member.id, member.attempt, State.EXPIRED, "time.not_after", True, None, False)
    return (member.id, member.attempt, State.QUEUED, "", True, due_at, spared)


def _add(tally: _Tally, member: Member, outcome: Outcome, most: int, now: datetime, *, way_is_down: bool) -> None:
    tally.attempts.append(_attempt(member, outcome))
    speaks = speaks_of(outcome)
    tally.said.append(speaks)
    spared = way_is_down and speaks is Speaks.CARRIER
    step = next_step(outcome, attempt=member.attempt, spared=member.attempt if spared else member.spared)
    reason = reason_of(outcome.error) if isinstance(outcome, Refused) else step.reason
    tally.moves.append(_move(member, step, reason, most, now, spared=spared or not step.counts))
    if isinstance(outcome, Refused):
        tally.refused.append((member, outcome.error, outcome.code))
    if step.slows_sender:
        tally.slow_for = max(tally.slow_for, step.delay)
    if step.holds_sender and isinstance(outcome, Refused) and capped_by(outcome.code) == "tmobile":
        tally.full_network = True
    elif step.holds_sender:
        tally.hold_for = max(tally.hold_for, step.delay)
        tally.hold_reason = reason


def _tally(outcomes: Sequence[tuple[Member, Outcome]], most: int, now: datetime, *, way_is_down: bool) -> _Tally:
    tally = _Tally(now)
    for member, outcome in outcomes:
        _add(tally, member, outcome, most, now, way_is_down=way_is_down)
    return tally


async def record_group(context: Context, lane: Lane, group: Group, departed: Departed) -> Condition:
    """Record a departed group; how its lane stands then: it must stop when that is not closed, for its sender or account is held.

    What speaks against the way is weighed first: a message whose try found the carrier down is spared that try. Suppressions that
    refusals ask for come next, in a transaction of their own (they lock numbers); then attempts, states and the end of the lease
    commit together, and receipts that were quicker than this are applied.
    """
    now = context.clock.now()
    said = [speaks_of(outcome) for _, outcome in departed.outcomes]
    stands = await _weigh(context, lane, group, said, now) if any(each in FAULTS for each in said) else None
    way_is_down = stands is not None and stands is not Condition.CLOSED
    tally = _tally(departed.outcomes, context.settings.max_attempts, now, way_is_down=way_is_down)
    if tally.refused:
        async with context.db.transaction() as tx:
            await suppress_refused(
                tx,
                refusals=[(lane.workspace_id, member.id, member.attempt, error, code) for member, error, code in tally.refused],
                now=now,
            )
    async with context.db.transaction() as tx:
        await tx.by_keys()
        told = await _write(tx, context, lane, group, departed, tally)
        if stands is None:
            stands = await _weigh_in(tx, context, lane, group, said, now)
        if tally.hold_for:
            await _hold(tx, lane, tally, now)
            stands = Condition.OPEN
        elif tally.full_network:  # one network's day is full: only its numbers wait, as the lane knows when it is opened anew
            stands = Condition.OPEN
    if told:  # receipts that were quicker than this: what they say of their numbers
        await pay_what_is_owed(context, limit=len(departed.outcomes) * 8)
    if tally.slow_for:
        for bucket in lane.buckets:  # an account's calls are counted together, so it was too fast as a whole
            await context.rates.slow(bucket.name, seconds=tally.slow_for, now=now)
    return stands


async def _weigh(context: Context, lane: Lane, group: Group, said: Sequence[Speaks], now: datetime) -> Condition:
    async with context.db.transaction() as tx:
        return await _weigh_in(tx, context, lane, group, said, now)


async def _weigh_in(
    tx: Transaction, context: Context, lane: Lane, group: Group, said: Sequence[Speaks], now: datetime
) -> Condition:
    way = Way(lane.workspace_id, lane.sender_id, lane.provider_id)
    stands = await weigh_outcomes(tx, context, way, lease_id=group.lease_id, probes=group.probes, said=said, now=now)
    if group.probes and stands is Condition.CLOSED:
        tx.after_commit(partial(context.doorbell.ring, "dispatch_lane", f"{lane.workspace_id}/{lane.sender_id}/1"))
    return stands


async def _write(tx: Transaction, context: Context, lane: Lane, group: Group, departed: Departed, tally: _Tally) -> bool:
    told = False
    now = tally.at
    if tally.attempts:
        await record_outcomes(tx, workspace_id=lane.workspace_id, now=now, rows=tally.moves)
        await add_attempts(
            tx,
            workspace_id=lane.workspace_id,
            provider_id=lane.provider_id,
            sender_id=lane.sender_id,
            lease_id=group.lease_id,
            channel=lane.channel,
            handed_over_at=departed.at,
            now=now,
            rows=tally.attempts,
        )
        named = [str(row[3]) for row in tally.attempts if row[3] is not None]
        if named:
            told = await match_parked(
                tx, context, now=now, limit=len(named) * 8, provider_id=lane.provider_id, provider_message_ids=named
            )
        await _fall_back(tx, context, lane, departed, now)
    await end_lease(tx, lease_id=group.lease_id)
    return told


async def _fall_back(tx: Transaction, context: Context, lane: Lane, departed: Departed, now: datetime) -> None:
    """Those that failed and have another way go back into the queue; the others' time on this way begins to run."""
    planned = [member.id for member, _ in departed.outcomes if member.has_plan]
    if planned:
        for lane_key in await fall_back(tx, now=now, messages=[(lane.workspace_id, found) for found in planned]):
            tx.after_commit(partial(context.doorbell.ring, "dispatch_lane", f"{lane_key[0]}/{lane_key[1]}/0"))
        await start_fall_clock(tx, workspace_id=lane.workspace_id, message_ids=planned, now=now)


async def _hold(tx: Transaction, lane: Lane, tally: _Tally, now: datetime) -> None:
    """The carrier's day is full: the sender rests."""
    until = now + timedelta(seconds=tally.hold_for)
    _log.error("sender.held", subject=str(lane.sender_id), reason=tally.hold_reason, until=str(until))
    await hold_sender(
        tx, workspace_id=lane.workspace_id, sender_id=lane.sender_id, until=until, reason=tally.hold_reason, now=now
    )
