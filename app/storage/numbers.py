"""Which numbers does a workspace know? One row each, made before anything else about a number; its lock settles consent."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from app.domain.facts import NumberFacts
from app.storage.database import Row, Transaction
from app.storage.erasing import remember_noes

# In the order of the primary key, so that two writers of the same numbers wait for each other instead of deadlocking.
_ENSURE = """
WITH made AS (
INSERT INTO number (workspace_id, phone, region, kind, zones, created_at)
SELECT $1, u.phone, u.region, u.kind, string_to_array(u.zones, ','), $6
FROM unnest($2::text[], $3::text[], $4::text[], $5::text[]) AS u(phone, region, kind, zones)
ORDER BY u.phone
ON CONFLICT DO NOTHING
RETURNING phone)
SELECT count(*) = cardinality($2::text[]) AS every,
       CASE WHEN count(*) < cardinality($2::text[]) THEN array_agg(phone) END AS phones
FROM made
"""
# What a foreign key takes as well: a number so held can be written to, and cannot become its stand-in.
_PIN = "SELECT phone FROM number WHERE workspace_id = $1 AND phone = ANY($2::text[]) ORDER BY phone FOR KEY SHARE"
_ANY_ERASED = "SELECT EXISTS (SELECT 1 FROM number WHERE workspace_id = $1 AND phone LIKE 'erased:%')"
_HOLD = """
SELECT phone, tenure, tenure_since FROM number WHERE workspace_id = $1 AND phone = ANY($2::text[])
ORDER BY phone FOR NO KEY UPDATE
"""
_TENURE = "SELECT tenure_since FROM number WHERE workspace_id = $1 AND phone = $2"
_KNOWN = "SELECT phone FROM number WHERE workspace_id = $1 AND phone = ANY($2::text[])"


async def ensure_numbers(tx: Transaction, *, workspace_id: UUID, numbers: Sequence[NumberFacts], now: datetime) -> set[str]:
    """Make the rows that are missing; those that exist stay as they are, and stay there until the transaction ends.

    Returns the numbers that were made: nothing else in the workspace can be about one of them.

    A number that was erased comes back with every no it had, and with the erasure's own, whichever door it comes in by. One that
    is being erased at this moment is waited for, and made anew.
    """
    made = await _make(tx, workspace_id=workspace_id, numbers=numbers, now=now)
    there = {number.e164: number for number in numbers if number.e164 not in made}
    if there:
        for row in await tx.fetch(_PIN, workspace_id, sorted(there)):
            del there[row["phone"]]
    if there:
        made |= await _make(tx, workspace_id=workspace_id, numbers=list(there.values()), now=now)
    return made


async def _make(tx: Transaction, *, workspace_id: UUID, numbers: Sequence[NumberFacts], now: datetime) -> set[str]:
    """Those of the numbers that had no row and have one now."""
    phones = [number.e164 for number in numbers]
    row = await tx.fetch_row(
        _ENSURE,
        workspace_id,
        phones,
        [number.region for number in numbers],
        [number.kind for number in numbers],
        [",".join(number.zones) for number in numbers],
        now,
    )
    assert row is not None
    made = set(phones if row["every"] else row["phones"] or ())
    if made and await tx.fetch_value(_ANY_ERASED, workspace_id):
        await remember_noes(tx, workspace_id=workspace_id, phones=sorted(made))
    return made


async def hold_numbers(tx: Transaction, *, workspace_id: UUID, phones: Iterable[str]) -> list[Row]:
    """Lock numbers until the transaction ends, waiting for whoever holds them; of each its tenure and since when that runs.

    Nobody else changes their consent or claims a message for them meanwhile; what they did before is visible to the next
    statement. Message rows and leases may be locked afterwards, never before.
    """
    return list(await tx.fetch(_HOLD, workspace_id, sorted(set(phones))))


async def tenure_since(tx: Transaction, *, workspace_id: UUID, phone: str) -> datetime | None:
    """Since when the number is its present owner's; None where it was never anybody else's."""
    since: datetime | None = await tx.fetch_value(_TENURE, workspace_id, phone)
    return since


async def known_numbers(tx: Transaction, *, workspace_id: UUID, phones: Sequence[str]) -> set[str]:
    """Those of the numbers that have a row."""
    return {row["phone"] for row in await tx.fetch(_KNOWN, workspace_id, phones)}
