"""What left, and what came of it? Departure is committed before the first byte goes; outcomes are recorded in bulk after."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.storage.database import Transaction
from app.storage.falling import start_fall_clock

_GATE = "SELECT state FROM campaign WHERE workspace_id = $1 AND id = $2 FOR SHARE"

# A hold, and an open breaker, act here: whatever was claimed before it goes back. Only the breaker's one probe may pass. A full
# day stops claims alone: what was claimed was counted on it.
_DEPART = """
UPDATE lease l SET departed_at = $2
WHERE l.id = $1 AND l.departed_at IS NULL AND l.expires_at > $2
  AND NOT EXISTS (SELECT 1 FROM sender s JOIN provider p ON p.workspace_id = s.workspace_id AND p.id = s.provider_id
                  WHERE s.workspace_id = l.workspace_id AND s.id = l.sender_id
                    AND (s.held_until > $2 AND s.hold_reason <> 'sender.day_full' OR p.held_until > $2))
  AND NOT EXISTS (SELECT 1 FROM breaker b WHERE b.workspace_id = l.workspace_id AND b.subject_id IN (l.sender_id, l.provider_id)
                  AND b.open_until IS NOT NULL AND b.probe_lease IS DISTINCT FROM l.id)
RETURNING true
"""
_STILL_OURS = "SELECT id FROM message WHERE workspace_id = $1 AND id = ANY($2::uuid[]) AND lease_id = $3 AND state = 20"

# Messages the opt-out barrier or a cancel took meanwhile are no longer in state 20 under this lease and stay as they are.
_RELEASE = """
UPDATE message SET state = 10, lease_id = NULL, counted_at = NULL, cost = NULL, attempts = attempts - 1, updated_at = $3
WHERE workspace_id = $1 AND lease_id = $2 AND state = 20
"""
_END_LEASE = "DELETE FROM lease WHERE id = $1"

# `back` messages return to the queue (the attempt certainly did nothing and its place under the caps is given back); all others
# take the highest rank of what a receipt may have said already and what the hand-over said now. `state + 0`: statistics lag
# behind a campaign in motion, and a planner that believes no row is past 20 would read the whole table instead of the key.
_RECORD = """
WITH outcome AS MATERIALIZED (
  SELECT u.* FROM unnest($3::uuid[], $4::smallint[], $5::smallint[], $6::text[], $7::bool[], $8::timestamptz[], $9::bool[])
    AS u(id, attempt, state, reason, uncount, due_at, spared)
  JOIN message x ON x.workspace_id = $1 AND x.id = u.id
  WHERE x.attempts = u.attempt AND x.state + 0 >= 20
  ORDER BY x.id FOR NO KEY UPDATE OF x
)
UPDATE message m
SET state = CASE WHEN o.state = 10 AND m.state IN (20, 25) THEN 10 ELSE greatest(m.state, o.state) END,
    reason = CASE WHEN o.state >= m.state OR o.state = 10 AND m.state IN (20, 25) THEN o.reason ELSE m.reason END,
    counted_at = CASE WHEN o.uncount AND m.state IN (20, 25) THEN NULL ELSE m.counted_at END,
    cost = CASE WHEN o.uncount AND m.state IN (20, 25) THEN NULL ELSE m.cost END,
    due_at = coalesce(o.due_at, m.due_at),
    spared = m.spared + o.spared::int,
    handed_over_at = CASE WHEN o.state = 10 THEN m.handed_over_at ELSE coalesce(m.handed_over_at, $2) END,
    lease_id = NULL,
    updated_at = $2
FROM outcome o
WHERE m.workspace_id = $1 AND m.id = o.id
"""

_ATTEMPTS = """
INSERT INTO attempt (workspace_id, message_id, number, provider_id, sender_id, outcome, provider_message_id, error_class,
                     error_code, detail, handed_over_at, answered_at, lease_id, channel, route)
SELECT $1, u.message_id, u.number, $2, $3, u.outcome,
       CASE WHEN NOT EXISTS (SELECT FROM attempt x WHERE x.provider_id = $2 AND x.provider_message_id = u.provider_message_id
                               AND (x.workspace_id, x.message_id, x.number) <> ($1, u.message_id, u.number))
         THEN u.provider_message_id END,
       u.error_class, u.error_code, u.detail, $4,
       CASE WHEN u.outcome IN ('accepted', 'refused') THEN $5::timestamptz END, $6, $7,
       u.route::jsonb
FROM unnest($8::uuid[], $9::smallint[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[])
  AS u(message_id, number, outcome, provider_message_id, error_class, error_code, detail, route)
ON CONFLICT (workspace_id, message_id, number) DO UPDATE
SET outcome = excluded.outcome,
    provider_message_id = coalesce(excluded.provider_message_id, attempt.provider_message_id), error_class = excluded.error_class,
    error_code = excluded.error_code, detail = excluded.detail, answered_at = excluded.answered_at
WHERE attempt.outcome = 'unknown'
"""

_NOBODY_RECORDED = "the worker ended before an answer was recorded"
_EXPIRED = "SELECT id FROM lease WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED"
_EXPIRED_LEASE = """
SELECT l.workspace_id, l.sender_id, l.provider_id, l.departed_at, s.channel
FROM lease l JOIN sender s ON s.workspace_id = l.workspace_id AND s.id = l.sender_id WHERE l.id = $1
"""
_UNANSWERED = """
UPDATE message SET state = greatest(state, 25), reason = CASE WHEN state = 20 THEN 'handover.unanswered' ELSE reason END,
       lease_id = NULL, handed_over_at = coalesce(handed_over_at, $3), updated_at = $4
WHERE workspace_id = $1 AND lease_id = $2
RETURNING id, attempts, route::text AS route
"""


async def depart(
    tx: Transaction, *, workspace_id: UUID, lease_id: UUID, campaign_id: UUID | None, message_ids: Sequence[UUID], now: datetime
) -> set[UUID] | None:
    """Commit to handing over: the ids that may still go, or None when none may (paused, cancelled, or the lease was lost).

    The campaign's row is locked first, so that a pause that has answered is never overtaken; then the lease, so that an opt-out
    either found the group before this (its messages are gone from it) or finds it departed and says so.
    """
    if campaign_id is not None and await tx.fetch_value(_GATE, workspace_id, campaign_id) != "running":
        return None
    if not await tx.fetch_value(_DEPART, lease_id, now):
        return None
    return {row["id"] for row in await tx.fetch(_STILL_OURS, workspace_id, message_ids, lease_id)}


async def release(tx: Transaction, *, workspace_id: UUID, lease_id: UUID, now: datetime) -> int:
    """Put a group that never departed back into the queue; its places under the caps are free again.

    The lease goes first: an opt-out locks leases before messages too, and the other order could deadlock with it.
    """
    await tx.execute(_END_LEASE, lease_id)
    return await tx.execute(_RELEASE, workspace_id, lease_id, now)


async def record_outcomes(tx: Transaction, *, workspace_id: UUID, now: datetime, rows: Sequence[tuple[object, ...]]) -> None:
    """Write the outcomes of attempts: (message id, attempt, state, reason, uncount, due_at, spared). State 10: back in the queue.

    Guarded by the attempt number: an outcome that comes after the sweep called it unknown still counts, one of an attempt that
    was superseded does not.
    """
    await tx.execute(_RECORD, workspace_id, now, *(list(column) for column in zip(*rows, strict=True)))


async def add_attempts(
    tx: Transaction,
    *,
    workspace_id: UUID,
    provider_id: UUID,
    sender_id: UUID,
    lease_id: UUID,
    channel: str,
    handed_over_at: datetime,
    now: datetime,
    rows: Sequence[tuple[object, ...]],
) -> None:
    """Append attempts: (message id, number, outcome, provider message id, error class, error code, detail, route JSON).

    A carrier that gives one id to two messages must not undo what is recorded of their whole group: the first keeps it, the other
    goes by our reference.
    """
    columns = [list(column) for column in zip(*rows, strict=True)]
    first = {name: place for place, name in reversed(list(enumerate(columns[3])))}
    columns[3] = [name if first[name] == place else None for place, name in enumerate(columns[3])]
    await tx.execute(_ATTEMPTS, workspace_id, provider_id, sender_id, handed_over_at, now, lease_id, channel, *columns)


async def end_lease(tx: Transaction, *, lease_id: UUID) -> None:
    """Everything of the group is recorded."""
    await tx.execute(_END_LEASE, lease_id)


async def expired_leases(tx: Transaction, *, now: datetime, limit: int) -> list[UUID]:
    """Leases whose worker gave no news in time, locked for this transaction."""
    return [row["id"] for row in await tx.fetch(_EXPIRED, now, limit)]


async def settle_expired(tx: Transaction, *, lease_id: UUID, now: datetime) -> tuple[int, int]:
    """End one expired lease: (messages back in the queue, messages now unknown).

    departed_at tells the two apart: without it no byte went; with it any of the group may have, so none is sent again, but by the
    next way of its plan, whose time begins to run.
    """
    lease = await tx.fetch_row(_EXPIRED_LEASE, lease_id)
    if lease is None:
        return 0, 0
    if lease["departed_at"] is None:
        return await release(tx, workspace_id=lease["workspace_id"], lease_id=lease_id, now=now), 0
    unanswered = await tx.fetch(_UNANSWERED, lease["workspace_id"], lease_id, lease["departed_at"], now)
    if unanswered:
        await add_attempts(
            tx,
            workspace_id=lease["workspace_id"],
            provider_id=lease["provider_id"],
            sender_id=lease["sender_id"],
            lease_id=lease_id,
            channel=lease["channel"],
            handed_over_at=lease["departed_at"],
            now=now,
            rows=[
                (row["id"], row["attempts"], "unknown", None, None, None, _NOBODY_RECORDED, row["route"]) for row in unanswered
            ],
        )
        ids = [row["id"] for row in unanswered]
        await start_fall_clock(tx, workspace_id=lease["workspace_id"], message_ids=ids, now=now)
    await end_lease(tx, lease_id=lease_id)
    return 0, len(unanswered)
