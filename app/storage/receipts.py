"""What have carriers said, and of which message? Receipts are kept first, then reduced by rank, in bulk."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.storage.database import Row, Transaction

_BY_PROVIDER_ID = """
SELECT provider_id, provider_message_id, message_id, number
FROM attempt a
WHERE (a.provider_id, a.provider_message_id) IN (SELECT * FROM unnest($1::uuid[], $2::text[]))
"""

# A receipt of a batch whose answer was lost names the batch (by the lease it went under) and the number.
_BY_BATCH = """
SELECT a.lease_id, m.phone, a.message_id, a.number
FROM unnest($1::uuid[], $2::text[]) AS u(lease_id, phone)
JOIN attempt a ON a.lease_id = u.lease_id AND a.outcome = 'unknown'
JOIN message m ON m.workspace_id = a.workspace_id AND m.id = a.message_id AND m.phone = u.phone
"""

_KNOWN_EVENTS = """
SELECT r.provider_id, r.event_key FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS u(workspace_id, provider_id, event_key)
JOIN receipt r ON r.workspace_id = u.workspace_id AND r.provider_id = u.provider_id AND r.event_key = u.event_key
"""

# The same event again only raises `copies`; RETURNING tells the new from the old (xmax is 0 for a fresh row).
_KEEP = """
INSERT INTO receipt (workspace_id, id, provider_id, event_key, message_id, attempt_number, provider_message_id, raw_status,
                     state, error_class, error_code, occurred_at, received_at, copies, lease_id, recipient, answered_by, duration,
                     price, currency, network)
SELECT u.workspace_id, u.id, u.provider_id, u.event_key, u.message_id, u.attempt_number, u.provider_message_id, u.raw_status,
       u.state, u.error_class, u.error_code, u.occurred_at, $1, u.copies, u.lease_id, u.recipient, u.answered_by, u.duration,
       u.price, u.currency, u.network
FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::uuid[], $7::smallint[], $8::text[], $9::text[], $10::smallint[],
            $11::text[], $12::text[], $13::timestamptz[], $14::int[], $15::uuid[], $16::text[], $17::text[], $18::int[],
            $19::numeric[], $20::text[], $21::text[])
  AS u(workspace_id, id, provider_id, event_key, message_id, attempt_number, provider_message_id, raw_status, state, error_class,
       error_code, occurred_at, copies, lease_id, recipient, answered_by, duration, price, currency, network)
ORDER BY u.provider_id, u.event_key
ON CONFLICT (workspace_id, provider_id, event_key) DO UPDATE SET copies = receipt.copies + excluded.copies
RETURNING id, (xmax = 0) AS fresh
"""

# One row a message: the highest state its receipts of this batch gave. A receipt of an earlier attempt counts only when it
# proves that the person has the message; one of a way that was given up is of an earlier
# attempt, though no later one was made yet. Rows are locked in id order, so that two batches never wait for each other.
_APPLY = """
WITH said AS (
  SELECT DISTINCT ON (u.workspace_id, u.message_id) u.*
  FROM unnest($2::uuid[], $3::uuid[], $4::smallint[], $5::smallint[], $6::text[])
    AS u(workspace_id, message_id, attempt, state, reason)
  JOIN message x ON x.workspace_id = u.workspace_id AND x.id = u.message_id
  WHERE (u.attempt = x.attempts AND u.attempt > x.hop_from) OR u.state >= 80
  ORDER BY u.workspace_id, u.message_id, u.state DESC
), held AS MATERIALIZED (
  SELECT s.* FROM said s JOIN message x ON x.workspace_id = s.workspace_id AND x.id = s.message_id
  WHERE x.state < s.state
  ORDER BY x.id FOR NO KEY UPDATE OF x
)
UPDATE message m
SET state = s.state, reason = s.reason, updated_at = $1
FROM held s
WHERE m.workspace_id = s.workspace_id AND m.id = s.message_id AND m.state < s.state
"""

# A receipt for an attempt whose answer was lost proves that the provider took it, and names its id there.
_PROVE = """
UPDATE attempt a
SET outcome = 'accepted', provider_message_id = u.provider_message_id, answered_at = $1
FROM (
  SELECT DISTINCT ON (message_id, attempt) *
  FROM unnest($2::uuid[], $3::uuid[], $4::smallint[], $5::text[]) AS x(workspace_id, message_id, attempt, provider_message_id)
) u
WHERE a.workspace_id = u.workspace_id AND a.message_id = u.message_id AND a.number = u.attempt AND a.outcome = 'unknown'
  AND NOT EXISTS (SELECT 1 FROM attempt o WHERE o.provider_id = a.provider_id AND o.provider_message_id = u.provider_message_id
                  AND (o.message_id, o.number) <> (a.message_id, a.number))
"""

# Who took a call is kept as it was first known; a call's length is the longest told.
_HEARD = """
UPDATE attempt a
SET answered_by = coalesce(a.answered_by, u.answered_by), duration = greatest(a.duration, u.duration)
FROM (
  SELECT message_id, attempt, workspace_id, min(answered_by) AS answered_by, max(duration) AS duration
  FROM unnest($1::uuid[], $2::uuid[], $3::smallint[], $4::text[], $5::int[])
    AS x(workspace_id, message_id, attempt, answered_by, duration)
  GROUP BY workspace_id, message_id, attempt
) u
WHERE a.workspace_id = u.workspace_id AND a.message_id = u.message_id AND a.number = u.attempt
"""

# Many may be parked that are nobody's here (an account that others use too): the newest alone can be looked at, by their index.
_NEWEST = """JOIN (
    SELECT workspace_id, id FROM receipt WHERE message_id IS NULL AND ($4::uuid IS NULL OR id > $4) ORDER BY id DESC LIMIT $5
  ) n USING (workspace_id, id)"""
_REMATCH = """
WITH found AS (
  SELECT r.workspace_id, r.id, a.message_id, a.number
  FROM receipt r {newest}
  JOIN attempt a ON a.provider_id = r.provider_id AND a.provider_message_id = r.provider_message_id
  WHERE r.message_id IS NULL AND r.provider_message_id IS NOT NULL AND ($1::uuid IS NULL OR r.provider_id = $1)
    AND ($2::text[] IS NULL OR r.provider_message_id = ANY($2)) AND ($4::uuid IS NULL OR r.id > $4)
  ORDER BY r.id LIMIT $3 FOR UPDATE OF r SKIP LOCKED
)
UPDATE receipt r SET message_id = f.message_id, attempt_number = f.number, owes = r.error_class IS NOT NULL
FROM found f WHERE r.workspace_id = f.workspace_id AND r.id = f.id
RETURNING r.workspace_id, r.message_id, r.attempt_number AS attempt, r.state, r.error_class, r.error_code, r.provider_message_id,
          r.answered_by, r.duration
"""
_REMATCH_ALL, _REMATCH_NEWEST = _REMATCH.format(newest=""), _REMATCH.format(newest=_NEWEST)
_REMATCH_BATCH = """
WITH found AS (
  SELECT r.workspace_id, r.id, a.message_id, a.number
  FROM receipt r
  JOIN attempt a ON a.lease_id = r.lease_id AND a.outcome = 'unknown'
  JOIN message m ON m.workspace_id = a.workspace_id AND m.id = a.message_id AND m.phone = r.recipient
  WHERE r.message_id IS NULL AND r.lease_id IS NOT NULL AND ($2::uuid IS NULL OR r.id > $2)
  ORDER BY r.id LIMIT $1 FOR UPDATE OF r SKIP LOCKED
)
UPDATE receipt r SET message_id = f.message_id, attempt_number = f.number, owes = r.error_class IS NOT NULL
FROM found f WHERE r.workspace_id = f.workspace_id AND r.id = f.id
RETURNING r.workspace_id, r.message_id, r.attempt_number AS attempt, r.state, r.error_class, r.error_code, r.provider_message_id,
          r.answered_by, r.duration
"""


_OWED = """
SELECT workspace_id, id, message_id, attempt_number AS attempt, error_class, error_code
FROM receipt WHERE owes ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED
"""
_PAID = "UPDATE receipt SET owes = false WHERE id = ANY($1::uuid[])"


async def owed_receipts(tx: Transaction, *, limit: int) -> Sequence[Row]:
    """Receipts tied to their messages late whose word about the number is still to be written, locked: the oldest first."""
    return await tx.fetch(_OWED, limit)


async def pay_receipts(tx: Transaction, *, ids: Sequence[UUID]) -> None:
    """What these say of their numbers is written."""
    await tx.execute(_PAID, list(ids))


async def find_attempts(tx: Transaction, *, pairs: Sequence[tuple[UUID, str]]) -> dict[tuple[UUID, str], tuple[UUID, int]]:
    """(message, attempt number) by (provider account, the provider's message id)."""
    rows = await tx.fetch(_BY_PROVIDER_ID, [pair[0] for pair in pairs], [pair[1] for pair in pairs])
    return {(row["provider_id"], row["provider_message_id"]): (row["message_id"], row["number"]) for row in rows}


async def find_batch_attempts(tx: Transaction, *, pairs: Sequence[tuple[UUID, str]]) -> dict[tuple[UUID, str], tuple[UUID, int]]:
    """(message, attempt number) by (lease, number) of attempts whose batch was never answered."""
    rows = await tx.fetch(_BY_BATCH, [pair[0] for pair in pairs], [pair[1] for pair in pairs])
    return {(row["lease_id"], row["phone"]): (row["message_id"], row["number"]) for row in rows}


async def known_events(tx: Transaction, *, events: Sequence[tuple[UUID, UUID, str]]) -> set[tuple[UUID, str]]:
    """Those of the events (workspace, provider account, key) that were kept before: (provider account, key)."""
    rows = await tx.fetch(_KNOWN_EVENTS, *(list(column) for column in zip(*events, strict=True)))
    return {(row["provider_id"], row["event_key"]) for row in rows}


async def keep_receipts(tx: Transaction, *, now: datetime, rows: Sequence[tuple[object, ...]]) -> set[UUID]:
    """Keep receipts; the ids of those not seen before.

    Rows: workspace, id, provider, event key, message, attempt, provider's message id, raw status, state, error class, error code,
    occurred at, copies, lease, recipient, answered by, duration, price, currency, network. No event key twice in one call.
    """
    columns = [list(column) for column in zip(*rows, strict=True)]
    return {row["id"] for row in await tx.fetch(_KEEP, now, *columns) if row["fresh"]}


async def apply_states(tx: Transaction, *, now: datetime, rows: Sequence[tuple[UUID, UUID, int, int, str]]) -> None:
    """Raise messages to what receipts said: (workspace, message, attempt, state, reason). Never lowers one."""
    await tx.execute(_APPLY, now, *(list(column) for column in zip(*rows, strict=True)))


async def prove_attempts(tx: Transaction, *, now: datetime, rows: Sequence[tuple[UUID, UUID, int, str]]) -> None:
    """Mark attempts with a lost answer as accepted: (workspace, message, attempt, the provider's message id)."""
    await tx.execute(_PROVE, now, *(list(column) for column in zip(*rows, strict=True)))


async def rematch_receipts(
    tx: Transaction,
    *,
    limit: int,
    provider_id: UUID | None = None,
    provider_message_ids: Sequence[str] | None = None,
    after: UUID | None = None,
    newest: int | None = None,
) -> list[Row]:
    """Tie parked receipts to attempts that have become known; what they say is returned for `apply_states`.

    Ids hold the time they were made at: only those `after` one are looked at, and of these the `newest` so many.
    """
    if newest is not None:
        return list(await tx.fetch(_REMATCH_NEWEST, provider_id, provider_message_ids, limit, after, newest))
    return list(await tx.fetch(_REMATCH_ALL, provider_id, provider_message_ids, limit, after))


async def rematch_batches(tx: Transaction, *, limit: int, after: UUID | None = None) -> list[Row]:
    """The same for parked receipts that name a batch and a number."""
    return list(await tx.fetch(_REMATCH_BATCH, limit, after))


async def note_calls(tx: Transaction, *, rows: Sequence[tuple[UUID, UUID, int, str | None, int | None]]) -> None:
    """Keep who took calls and how long they lasted: (workspace, message, attempt, answered by, seconds)."""
    await tx.execute(_HEARD, *(list(column) for column in zip(*rows, strict=True)))
