"""Where do the ledgers stand? Heads and their signatures, and a walk along a workspace's chain; `consents` alone adds to it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.domain.ledger import START, Head
from app.storage.database import Row, Transaction

_HEAD = "SELECT seq, hash FROM ledger_head WHERE workspace_id = $1"
_ENTRIES = """
SELECT id, phone, kind, channel, purpose, topic, brand, basis, tenure, method, evidence, source, actor, expires_at, occurred_at,
       recorded_at, seq, number_seq, salt, number_hash, evidence_hash, previous, number_previous, hash
FROM consent_event WHERE workspace_id = $1 AND seq > $2 AND seq <= $3 ORDER BY seq LIMIT $4
"""
_BEYOND = "SELECT count(*) FROM consent_event WHERE workspace_id = $1 AND seq > $2"
# A head is signed once a key. `whole`: it is the last entry's, and what was signed last still stands in the chain.
_UNSIGNED = """
SELECT h.workspace_id, h.seq, h.hash,
       EXISTS (SELECT 1 FROM consent_event e WHERE e.workspace_id = h.workspace_id AND e.seq = h.seq AND e.hash = h.hash)
       AND coalesce((
         SELECT e.hash = s.hash FROM ledger_signature s
         LEFT JOIN consent_event e ON e.workspace_id = s.workspace_id AND e.seq = s.seq
         WHERE s.workspace_id = h.workspace_id ORDER BY s.seq DESC LIMIT 1), NOT EXISTS (
         SELECT 1 FROM ledger_signature s WHERE s.workspace_id = h.workspace_id)) AS whole
FROM ledger_head h
WHERE h.seq > 0 AND h.workspace_id > $2 AND NOT EXISTS (
  SELECT 1 FROM ledger_signature s WHERE s.workspace_id = h.workspace_id AND s.seq = h.seq AND s.key_id = $1)
ORDER BY h.workspace_id LIMIT $3
"""
_PUBLISH = """
INSERT INTO ledger_signature (workspace_id, seq, key_id, hash, public_key, signature, signed_at)
SELECT u.workspace_id, u.seq, $1, u.hash, $2, u.signature, $3
FROM unnest($4::uuid[], $5::bigint[], $6::bytea[], $7::bytea[]) AS u(workspace_id, seq, hash, signature)
ON CONFLICT DO NOTHING
"""
_SIGNATURES = """
SELECT s.seq, s.key_id, s.hash, s.public_key, s.signature, s.signed_at, e.hash AS entry_hash
FROM ledger_signature s LEFT JOIN consent_event e ON e.workspace_id = s.workspace_id AND e.seq = s.seq
WHERE s.workspace_id = $1 AND ($2::bigint IS NULL OR (s.seq, s.key_id) < ($2, $3))
ORDER BY s.seq DESC, s.key_id DESC LIMIT $4
"""
_KEYS = """
SELECT key_id, public_key, min(signed_at) AS first_signed_at, max(signed_at) AS last_signed_at
FROM ledger_signature WHERE workspace_id = $1 GROUP BY key_id, public_key ORDER BY max(signed_at) DESC
"""

Signed = tuple[UUID, int, bytes, bytes]  # workspace, seq, hash, signature


async def read_head(tx: Transaction, *, workspace_id: UUID) -> Head:
    """Where the workspace's ledger ends."""
    row = await tx.fetch_row(_HEAD, workspace_id)
    return START if row is None else Head(row["seq"], row["hash"])


async def read_entries(tx: Transaction, *, workspace_id: UUID, after: int, up_to: int, limit: int) -> list[Row]:
    """The entries that follow a place in the chain, in order."""
    return list(await tx.fetch(_ENTRIES, workspace_id, after, up_to, limit))


async def count_beyond(tx: Transaction, *, workspace_id: UUID, seq: int) -> int:
    """Entries beyond a place in the chain: there are none beyond its head."""
    return int(await tx.fetch_value(_BEYOND, workspace_id, seq))


async def unsigned_heads(tx: Transaction, *, key_id: str, after: UUID, limit: int) -> list[Row]:
    """Heads that this key has not signed, by workspace after the given one; `whole` is false where a chain was tampered with."""
    return list(await tx.fetch(_UNSIGNED, key_id, after, limit))


async def publish(tx: Transaction, *, key_id: str, public_key: bytes, rows: Sequence[Signed], now: datetime) -> None:
    """Keep signatures of heads, made with one key at one instant."""
    await tx.execute(_PUBLISH, key_id, public_key, now, *([row[place] for row in rows] for place in range(4)))


async def read_signatures(tx: Transaction, *, workspace_id: UUID, before: tuple[int, str] | None, limit: int) -> list[Row]:
    """A page of the signatures published, newest place first, before the given place and key."""
    seq, key_id = before or (None, None)
    return list(await tx.fetch(_SIGNATURES, workspace_id, seq, key_id, limit))


async def read_keys(tx: Transaction, *, workspace_id: UUID) -> list[Row]:
    """Every key that signed this workspace's ledger."""
    return list(await tx.fetch(_KEYS, workspace_id))
