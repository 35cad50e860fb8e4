"""Which sender does a carrier block for which number? Kept as it says so, ended when START comes back to that sender."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.storage.database import Row, Transaction

_ADD = """
INSERT INTO sender_block (workspace_id, sender_id, phone, code, since)
SELECT DISTINCT ON (u.phone, u.sender_id) $1, u.sender_id, u.phone, u.code, $2
FROM unnest($3::uuid[], $4::text[], $5::text[]) AS u(sender_id, phone, code)
ORDER BY u.phone, u.sender_id
ON CONFLICT (workspace_id, phone, sender_id) DO NOTHING
"""
_READ = """
SELECT b.phone, b.sender_id, s.address, s.channel, b.code, b.since
FROM sender_block b JOIN sender s ON s.workspace_id = b.workspace_id AND s.id = b.sender_id
WHERE b.workspace_id = $1 AND b.phone = ANY($2::text[]) ORDER BY b.phone, b.since, s.address
"""

Block = tuple[UUID, str, str]  # sender, phone, the provider's code


async def add_blocks(tx: Transaction, *, workspace_id: UUID, rows: Sequence[Block], now: datetime) -> None:
    """Keep which pairs a carrier blocks. The numbers must have rows and be held; a pair blocked already keeps its date."""
    await tx.execute(_ADD, workspace_id, now, *(list(column) for column in zip(*rows, strict=True)))


async def lift_block(tx: Transaction, *, workspace_id: UUID, sender_id: UUID, phone: str) -> None:
    """The person sent START to this sender: the carrier delivers again."""
    await tx.execute(
        "DELETE FROM sender_block WHERE workspace_id = $1 AND phone = $2 AND sender_id = $3", workspace_id, phone, sender_id
    )


async def read_blocks(tx: Transaction, *, workspace_id: UUID, phones: Sequence[str]) -> list[Row]:
    """Every blocked pair of these numbers, with the sender's address."""
    return list(await tx.fetch(_READ, workspace_id, phones))
