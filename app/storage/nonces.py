"""Was this very webhook seen before? What makes a delivery unique is kept for a day, in the transaction that acts."""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from app.storage.database import Transaction

Nonce = tuple[UUID, str]  # provider account, what its scheme makes unique

_CLAIM = """
INSERT INTO webhook_nonce (provider_id, nonce, seen_at)
SELECT u.provider_id, u.nonce, $1 FROM unnest($2::uuid[], $3::bytea[]) AS u(provider_id, nonce)
ORDER BY u.provider_id, u.nonce
ON CONFLICT DO NOTHING
RETURNING provider_id, nonce
"""
_PRUNE = """
WITH old AS (SELECT provider_id, nonce FROM webhook_nonce WHERE seen_at < $1 ORDER BY seen_at LIMIT $2 FOR UPDATE SKIP LOCKED)
DELETE FROM webhook_nonce n USING old o WHERE n.provider_id = o.provider_id AND n.nonce = o.nonce
"""


def _digest(nonce: str) -> bytes:
    return hashlib.sha256(nonce.encode("utf-8", "surrogatepass")).digest()


async def claim_nonces(tx: Transaction, *, nonces: Iterable[Nonce], now: datetime) -> set[Nonce]:
    """Those seen for the first time; the others are replays.

    Comes first in its transaction, before any lock: of two deliveries at once the second waits here until the first has
    committed, and is a replay, or has rolled back, and is the first.
    """
    by_digest = {(provider_id, _digest(nonce)): (provider_id, nonce) for provider_id, nonce in nonces}
    if not by_digest:
        return set()
    rows = await tx.fetch(_CLAIM, now, [key[0] for key in by_digest], [key[1] for key in by_digest])
    return {by_digest[row["provider_id"], row["nonce"]] for row in rows}


async def is_first(tx: Transaction, *, provider_id: UUID, nonce: str, now: datetime) -> bool:
    """Whether a delivery is seen for the first time; one without a nonce always is. See `claim_nonces`."""
    return not nonce or bool(await claim_nonces(tx, nonces=[(provider_id, nonce)], now=now))


async def prune_nonces(tx: Transaction, *, before: datetime, limit: int) -> int:
    """Forget what was seen before an instant; rows removed, at most `limit`."""
    return await tx.execute(_PRUNE, before, limit)
