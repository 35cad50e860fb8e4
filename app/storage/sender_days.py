"""How much has a sender handed over today? One row a sender and day of the carriers, which is the lock on its bound, too."""

from datetime import date
from uuid import UUID

from app.storage.database import Transaction

_OPEN = """
INSERT INTO sender_day (workspace_id, sender_id, day, parts) VALUES ($1, $2, $3, 0)
ON CONFLICT (workspace_id, sender_id, day) DO NOTHING
"""
_HOLD = "SELECT parts FROM sender_day WHERE workspace_id = $1 AND sender_id = $2 AND day = $3 FOR NO KEY UPDATE"
_ADD = "UPDATE sender_day SET parts = parts + $4 WHERE workspace_id = $1 AND sender_id = $2 AND day = $3"


async def hold_day(tx: Transaction, *, workspace_id: UUID, sender_id: UUID, day: date) -> int:
    """Parts claimed so far on that day, held until the transaction ends: nobody else claims from the sender meanwhile."""
    await tx.execute(_OPEN, workspace_id, sender_id, day)
    return int(await tx.fetch_value(_HOLD, workspace_id, sender_id, day))


async def add_parts(tx: Transaction, *, workspace_id: UUID, sender_id: UUID, day: date, parts: int) -> None:
    """Add what was claimed; the day must be held."""
    await tx.execute(_ADD, workspace_id, sender_id, day, parts)


async def forget_days(tx: Transaction, *, before: date) -> None:
    """Delete what nobody asks for any more."""
    await tx.execute("DELETE FROM sender_day WHERE day < $1", before)
