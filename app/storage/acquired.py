"""Which numbers were bought or gathered? A word kept with the number, which only its owner's proof answers."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from app.storage.database import Transaction

# Made by this very transaction: a number that was known before came some other way.
_MARK = """
UPDATE number n SET acquired = u.word
FROM unnest($2::text[], $3::text[]) AS u(phone, word)
WHERE n.workspace_id = $1 AND n.phone = u.phone AND n.created_at = $4 AND n.acquired = ''
"""
_READ = "SELECT phone, acquired FROM number WHERE workspace_id = $1 AND phone = ANY($2::text[]) AND acquired <> ''"


async def mark_acquired(tx: Transaction, *, workspace_id: UUID, words: Mapping[str, str], now: datetime) -> None:
    """Keep how numbers that were made in this transaction, at `now`, came here: phone -> word."""
    phones = sorted(words)
    await tx.execute(_MARK, workspace_id, phones, [words[phone] for phone in phones], now)


async def acquired_numbers(tx: Transaction, *, workspace_id: UUID, phones: Sequence[str]) -> dict[str, str]:
    """Those of the numbers that were not given by their owners: phone -> word."""
    return {row["phone"]: row["acquired"] for row in await tx.fetch(_READ, workspace_id, phones)}
