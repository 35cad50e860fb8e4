"""What do receipts change? Every one is kept; a message's state becomes the highest rank seen, in whatever order they come."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from app.clock import new_ids
from app.domain.breaker import OF_ERROR, TOLD_LATER
from app.domain.delivery import ErrorClass, Receipt
from app.domain.message import State
from app.domain.networks import read_network
from app.domain.retention import ids_before
from app.storage.database import Transaction
from app.storage.falling import fall_back
from app.storage.nonces import Nonce, claim_nonces
from app.storage.receipts import (
    apply_states,
    find_attempts,
    find_batch_attempts,
    keep_receipts,
    known_events,
    note_calls,
    owed_receipts,
    pay_receipts,
    prove_attempts,
    rematch_batches,
    rematch_receipts,
)
from app.usecases.context import Context
from app.usecases.find_message import named_attempt
from app.usecases.suppress_refused import Refusal, suppress_refused
from app.usecases.weigh_outcomes import weigh_receipts


@dataclass(frozen=True, slots=True)
class Received:
    """A verified receipt, the account it came to, and what makes its delivery unique ("" without such a thing)."""

    workspace_id: UUID
    provider_id: UUID
    receipt: Receipt
    nonce: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """What came of a batch: the events whose attempt is known, and the deliveries that were replays and changed nothing."""

    matched: frozenset["Event"]
    replays: frozenset[Nonce]


Target = tuple[UUID, int]  # message, attempt number
Event = tuple[UUID, str]  # provider account, event key
_FAILED = frozenset({State.CANCELLED, State.REJECTED, State.FAILED, State.UNDELIVERED})


def reason_of(error: str | None) -> str:
    """The reason a provider's error class gives a message."""
    return f"provider.{error}" if error else ""


def _merge(batch: Sequence[Received]) -> list[tuple[Received, int]]:
    """Each event once, with how often it came in this batch."""
    first: dict[tuple[UUID, str], Received] = {}
    copies: Counter[tuple[UUID, str]] = Counter()
    for received in batch:
        key = (received.provider_id, received.receipt.event_key)
        first.setdefault(key, received)
        copies[key] += 1
    return [(received, copies[key]) for key, received in first.items()]


@dataclass(slots=True)
class _Aims:
    """What events speak of: attempts known already, and batches (by their lease and the number), whose attempts may not be."""

    targets: dict[Event, Target] = field(default_factory=dict)
    batches: dict[Event, tuple[UUID, str]] = field(default_factory=dict)


async def _aims(tx: Transaction, context: Context, batch: Iterable[Received]) -> _Aims:
    """What each event speaks of: by our reference, else by the provider's id, else by its batch, else not known (yet)."""
    aims, unnamed = _named(context, batch)
    if unnamed:
        for pair, target in (await find_attempts(tx, pairs=list(unnamed))).items():
            for event_key in unnamed[pair]:
                aims.targets[pair[0], event_key] = target
    open_ = {event: pair for event, pair in aims.batches.items() if event not in aims.targets}
    if open_:
        attempts = await find_batch_attempts(tx, pairs=list(set(open_.values())))
        aims.targets |= {event: attempts[pair] for event, pair in open_.items() if pair in attempts}
    return aims


def _named(context: Context, batch: Iterable[Received]) -> tuple[_Aims, dict[tuple[UUID, str], list[str]]]:
    """What our references tell without asking the database, and the provider's ids of the events that name no attempt."""
    aims = _Aims()
    unnamed: dict[tuple[UUID, str], list[str]] = {}
    for received in batch:
        receipt, event = received.receipt, (received.provider_id, received.receipt.event_key)
        named = named_attempt(context, received.provider_id, receipt.reference) if receipt.reference else None
        if named is not None and named[1] > 0:
            aims.targets[event] = named
            continue
        if named is not None and receipt.recipient:
            aims.batches[event] = named[0], receipt.recipient
        if receipt.provider_message_id:
            unnamed.setdefault((received.provider_id, receipt.provider_message_id), []).append(receipt.event_key)
    return aims, unnamed


def _stored(merged: Sequence[tuple[Received, int]], aims: _Aims) -> list[tuple[Any, ...]]:
    rows = []
    for (received, copies), row_id in zip(merged, new_ids(len(merged)), strict=True):
        receipt = received.receipt
        event = (received.provider_id, receipt.event_key)
        message_id, attempt = aims.targets.get(event, (None, None))
        lease_id, recipient = aims.batches.get(event, (None, receipt.recipient))
        rows.append(
            (
                received.workspace_id,
                row_id,
                received.provider_id,
                receipt.event_key,
                message_id,
                attempt,
                receipt.provider_message_id,
                receipt.raw_status,
                receipt.state,
                receipt.error,
                receipt.error_code,
                receipt.occurred_at,
                copies,
                lease_id,
                recipient,
                receipt.answered_by,
                receipt.duration,
                receipt.price,
                receipt.currency,
                read_network(receipt.network),
            )
        )
    return rows


async def record_receipts(context: Context, batch: Sequence[Received], *, now: datetime) -> Kept:
    """Keep a batch of verified receipts and move their messages forward, in one transaction; what of it is a replay is left out.

    An opt-out or a dead number a receipt tells of is written first, in a transaction of its own: it takes number locks, which
    come before message locks everywhere. One whose attempt is written down between the two waits, parked, for the sweep.
    """
    errors = _merge([received for received in batch if received.receipt.error is not None])
    known: Mapping[Event, Target] = {}
    if errors:
        async with context.db.transaction() as tx:
            known = (await _aims(tx, context, [received for received, _ in errors])).targets
            said = await _suppress(tx, errors, known, now)
        await _weigh(context, said, now)
    async with context.db.transaction() as tx:
        await tx.by_keys()
        nonces = {(received.provider_id, received.nonce) for received in batch if received.nonce}
        replays = nonces - await claim_nonces(tx, nonces=nonces, now=now) if nonces else set()
        merged = _merge([received for received in batch if (received.provider_id, received.nonce) not in replays])
        aims = await _aims(tx, context, [received for received, _ in merged])
        for received, _ in errors:
            event = received.provider_id, received.receipt.event_key
            if event not in known:
                aims.targets.pop(event, None)
        await _apply(tx, context, _stored(merged, aims), now)
    return Kept(frozenset(aims.targets), frozenset(replays))


async def _weigh(context: Context, said: Sequence[Refusal], now: datetime) -> None:
    """Count what was told against senders, in a transaction of its own: their breakers' rows come last."""
    if any(OF_ERROR[row[3]] in TOLD_LATER for row in said):
        async with context.db.transaction() as tx:
            await weigh_receipts(tx, context, told=[row[:4] for row in said], now=now)


async def _apply(tx: Transaction, context: Context, rows: Sequence[tuple[Any, ...]], now: datetime) -> None:
    if not rows:
        return
    fresh = await keep_receipts(tx, now=now, rows=rows)
    news = [row for row in rows if row[1] in fresh and row[4] is not None]
    moves = [(row[0], row[4], row[5], row[8], reason_of(row[9])) for row in news if row[8] is not None]
    if moves:
        await move_on(tx, context, now=now, moves=moves)
    proofs = [(row[0], row[4], row[5], row[6]) for row in news if row[6] is not None]
    if proofs:
        await prove_attempts(tx, now=now, rows=proofs)
    calls = [(row[0], row[4], row[5], row[15], row[16]) for row in news if row[15] is not None or row[16] is not None]
    if calls:
        await note_calls(tx, rows=calls)


async def _suppress(
    tx: Transaction,
    merged: Sequence[tuple[Received, int]],
    targets: Mapping[tuple[UUID, str], Target],
    now: datetime,
) -> list[Refusal]:
    """Write what failures say of their numbers; what was not heard before."""
    said = [(received.workspace_id, received.provider_id, received.receipt.event_key) for received, _ in merged]
    heard = await known_events(tx, events=said)  # what was kept has had its effect: a bounce told twice is one bounce
    final_words = [
        (received.workspace_id, *targets[key], received.receipt.error, received.receipt.error_code or "")
        for received, _ in merged
        if received.receipt.error is not None
        and (key := (received.provider_id, received.receipt.event_key)) in targets
        and key not in heard
    ]
    if final_words:
        await suppress_refused(tx, refusals=final_words, now=now)
    return final_words


async def move_on(tx: Transaction, context: Context, *, now: datetime, moves: Sequence[tuple[UUID, UUID, int, int, str]]) -> None:
    """Raise messages to what was said of them, as apply_states; one that failed and has a way left goes back into the queue.

    So does one that its carrier took back once the time of its way was over, whatever became of the answer to that question.
    """
    await apply_states(tx, now=now, rows=moves)
    failed = [(move[0], move[1]) for move in moves if move[3] in _FAILED]
    if failed:
        for workspace_id, sender_id in await fall_back(tx, now=now, messages=failed):
            tx.after_commit(partial(context.doorbell.ring, "dispatch_lane", f"{workspace_id}/{sender_id}/0"))


async def match_parked(
    tx: Transaction,
    context: Context,
    *,
    now: datetime,
    limit: int,
    provider_id: UUID | None = None,
    provider_message_ids: Sequence[str] | None = None,
    since: datetime | None = None,
    newest: int | None = None,
) -> bool:
    """Tie parked receipts to attempts now known, apply what they said to their messages; whether they say something of numbers.

    `since` leaves out what came before it: what nobody could match for days is kept, and no longer looked at; of the rest the
    `newest` so many are. What they say of the numbers is owed, for `pay_what_is_owed` in a transaction of its own: it takes
    number locks.
    """
    after = None if since is None else ids_before(since)
    rows = await rematch_receipts(
        tx, limit=limit, provider_id=provider_id, provider_message_ids=provider_message_ids, after=after, newest=newest
    )
    # Batches nobody answered name no message ids: they are the sweep's, which asks for all.
    batched = await rematch_batches(tx, limit=limit, after=after) if provider_message_ids is None else []
    rows += batched
    proofs = [
        (row["workspace_id"], row["message_id"], row["attempt"], row["provider_message_id"])
        for row in batched
        if row["provider_message_id"] is not None
    ]
    if proofs:
        await prove_attempts(tx, now=now, rows=proofs)
    moves = [
        (row["workspace_id"], row["message_id"], row["attempt"], row["state"], reason_of(row["error_class"]))
        for row in rows
        if row["state"] is not None
    ]
    if moves:
        await move_on(tx, context, now=now, moves=moves)
    calls = [
        (row["workspace_id"], row["message_id"], row["attempt"], row["answered_by"], row["duration"])
        for row in rows
        if row["answered_by"] is not None or row["duration"] is not None
    ]
    if calls:
        await note_calls(tx, rows=calls)
    return any(row["error_class"] is not None for row in rows)


async def pay_what_is_owed(context: Context, *, limit: int) -> int:
    """Write what receipts that were matched late say of their numbers and senders; how many. A crash before this puts it off."""
    async with context.db.transaction() as tx:
        rows = await owed_receipts(tx, limit=limit)
        refusals: list[Refusal] = [
            (row["workspace_id"], row["message_id"], row["attempt"], ErrorClass(row["error_class"]), row["error_code"] or "")
            for row in rows
            if row["message_id"] is not None and row["error_class"] in set(ErrorClass)
        ]
        if refusals:
            await suppress_refused(tx, refusals=refusals, now=context.clock.now())
        if rows:
            await pay_receipts(tx, ids=[row["id"] for row in rows])
    await _weigh(context, refusals, context.clock.now())
    return len(rows)
