"""Was this request answered before? The key row is inserted first and holds a second request back until the first commits."""

from datetime import datetime
from uuid import UUID

from app.storage.database import Row, Transaction


async def claim_key(tx: Transaction, *, workspace_id: UUID, key: str, fingerprint: bytes, now: datetime) -> bool:
    """Take the key for this transaction. False when another request, already committed, owns it.

    A concurrent request with the same key waits here for the first one's commit or rollback.
    """
    taken = await tx.fetch_value(
        "INSERT INTO idempotency_key (workspace_id, key, fingerprint, status, answer, created_at) "
        "VALUES ($1, $2, $3, 0, ''::bytea, $4) ON CONFLICT DO NOTHING RETURNING true",
        workspace_id,
        key,
        fingerprint,
        now,
    )
    return bool(taken)


async def keep_answer(tx: Transaction, *, workspace_id: UUID, key: str, status: int, answer: bytes) -> None:
    """Store what was answered, in the transaction of the work."""
    await tx.execute(
        "UPDATE idempotency_key SET status = $3, answer = $4 WHERE workspace_id = $1 AND key = $2",
        workspace_id,
        key,
        status,
        answer,
    )


async def read_answer(tx: Transaction, *, workspace_id: UUID, key: str) -> Row | None:
    """The stored fingerprint, status and answer."""
    return await tx.fetch_row(
        "SELECT fingerprint, status, answer FROM idempotency_key WHERE workspace_id = $1 AND key = $2", workspace_id, key
    )


async def prune_keys(tx: Transaction, *, before: datetime) -> int:
    """Forget keys older than `before`; the number forgotten."""
    return await tx.execute("DELETE FROM idempotency_key WHERE created_at < $1", before)
