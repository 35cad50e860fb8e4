"""Does the carrier still work for this sender? Outcomes are counted; a share of faults opens its breaker, a probe closes it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog

from app.domain.breaker import OF_ERROR, REASONS, TOLD_LATER, Condition, Speaks, cause_of, count, judge_probe
from app.domain.delivery import ErrorClass
from app.storage import breakers
from app.storage.breakers import Standing
from app.storage.database import Transaction
from app.usecases.context import Context

_log = structlog.get_logger()
_LEAST_TOLD_LATER = 10
"""Faults that receipts must have told before they open anything: they come one by one, long after their tries."""


@dataclass(frozen=True, slots=True)
class Way:
    """A sender and its account."""

    workspace_id: UUID
    sender_id: UUID
    provider_id: UUID

    @property
    def subjects(self) -> list[UUID]:
        """Whose breakers stand in the way."""
        return [self.sender_id, self.provider_id]


async def weigh_outcomes(
    tx: Transaction, context: Context, way: Way, *, lease_id: UUID, probes: bool, said: Sequence[Speaks], now: datetime
) -> Condition:
    """Count what a group's outcomes say, and open or close the breakers of its sender and account; how the way stands then.

    Whoever holds a breaker's row waits for no message: it comes last in a transaction, or in one of its own.
    """
    if probes:
        settled = await _settle_probe(tx, context, way, lease_id=lease_id, said=said, now=now)
        if settled is not None:
            return settled
    counts = count(said)
    standing = await breakers.count_tries(
        tx, workspace_id=way.workspace_id, sender_id=way.sender_id, provider_id=way.provider_id, counts=counts, now=now
    )
    if Speaks.ACCOUNT in said:
        await _open_account(tx, context, way, Speaks.ACCOUNT, now=now)
        return Condition.OPEN
    if standing.breaker.until is not None:  # it opened while this group was on its way
        return Condition.OPEN
    cause = cause_of([counts, standing.recent, standing.window(now)])
    if cause is None:
        return Condition.CLOSED
    await _open(tx, context, way, standing, cause, now=now)
    return Condition.OPEN


async def weigh_receipts(
    tx: Transaction, context: Context, *, told: Sequence[tuple[UUID, UUID, int, ErrorClass]], now: datetime
) -> None:
    """Count what receipts tell against the senders of attempts: (workspace, message, attempt, class).

    Carriers filter, and know a registration, late.
    """
    telling = [row for row in told if OF_ERROR[row[3]] in TOLD_LATER]
    if not telling:
        return
    ways = await breakers.ways_of(tx, attempts=[row[:3] for row in telling])
    said: dict[tuple[UUID, UUID, UUID], list[Speaks]] = defaultdict(list)
    for workspace_id, message_id, attempt, error in telling:
        if (workspace_id, message_id, attempt) in ways:
            said[workspace_id, *ways[workspace_id, message_id, attempt]].append(OF_ERROR[error])
    for (workspace_id, sender_id, provider_id), heard in sorted(said.items()):
        way = Way(workspace_id, sender_id, provider_id)
        standing = await breakers.count_tries(
            tx, workspace_id=workspace_id, sender_id=sender_id, provider_id=provider_id, counts=count(heard, tried=False), now=now
        )
        window = standing.window(now)
        cause = cause_of([window]) if standing.breaker.until is None else None
        if cause in TOLD_LATER and window.of(cause) >= _LEAST_TOLD_LATER:
            await _open(tx, context, way, standing, cause, now=now)


async def _settle_probe(
    tx: Transaction, context: Context, way: Way, *, lease_id: UUID, said: Sequence[Speaks], now: datetime
) -> Condition | None:
    """What the one message told that went to see. None when somebody closed or took over the breakers meanwhile."""
    mine = [
        standing
        for standing in await breakers.lock_breakers(tx, workspace_id=way.workspace_id, subject_ids=way.subjects)
        if standing.probe_lease == lease_id
    ]
    if not mine:
        return None
    verdict = judge_probe(said)
    if verdict is None:
        await breakers.drop_probe(tx, workspace_id=way.workspace_id, subject_ids=way.subjects, lease_id=lease_id)
        return Condition.HALF_OPEN
    for standing in mine:
        if verdict is Speaks.PERSON:
            await _close(tx, context, way, standing, now=now)
        else:
            await _open(tx, context, way, standing, verdict, now=now)
    if verdict is Speaks.ACCOUNT:
        await _open_account(tx, context, way, verdict, now=now)
    return Condition.CLOSED if verdict is Speaks.PERSON else Condition.OPEN


async def _close(tx: Transaction, context: Context, way: Way, standing: Standing, *, now: datetime) -> None:
    breaker = standing.breaker
    await breakers.set_breaker(
        tx,
        workspace_id=way.workspace_id,
        subject_id=standing.subject_id,
        provider_id=way.provider_id,
        breaker=breaker.closed(now=now),
        now=now,
    )
    context.metrics.breakers.labels(became="closed", cause=breaker.cause or "").inc()
    _log.info("breaker.closed", subject=str(standing.subject_id), reason=breaker.reason, openings=breaker.openings)
    if standing.subject_id == way.provider_id:
        await breakers.try_senders(tx, workspace_id=way.workspace_id, provider_id=way.provider_id, now=now)


async def _open(tx: Transaction, context: Context, way: Way, standing: Standing, cause: Speaks, *, now: datetime) -> None:
    is_account = standing.subject_id == way.provider_id
    breaker = standing.breaker.opened(cause, REASONS[cause], now=now, rest=context.settings.breaker_rest_seconds)
    await breakers.set_breaker(
        tx,
        workspace_id=way.workspace_id,
        subject_id=standing.subject_id,
        provider_id=way.provider_id,
        breaker=breaker,
        now=now,
    )
    context.metrics.breakers.labels(became="open", cause=cause.value).inc()
    known = standing.window(now)
    _log.error(
        "provider.held" if is_account else "sender.held",
        subject=str(standing.subject_id),
        reason=breaker.reason,
        until=str(breaker.until),
        openings=breaker.openings,
        tries=known.tries,
        faults=known.faults,
    )
    if is_account or cause is not Speaks.CARRIER:
        return
    if await breakers.account_fails(tx, workspace_id=way.workspace_id, provider_id=way.provider_id, now=now):
        await _open_account(tx, context, way, cause, now=now)


async def _open_account(tx: Transaction, context: Context, way: Way, cause: Speaks, *, now: datetime) -> None:
    """Open an account's breaker, unless it rests already."""
    standing = await breakers.hold_account(tx, workspace_id=way.workspace_id, provider_id=way.provider_id, now=now)
    if standing.breaker.condition(now) is not Condition.OPEN:
        await _open(tx, context, way, standing, cause, now=now)
