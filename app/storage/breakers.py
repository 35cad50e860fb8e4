"""How do senders and accounts fare? A row each: counts of the last minutes, whether it is open, and the one probe under way."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.breaker import SLOT, Breaker, Counts, Speaks, slot_of
from app.storage.database import Row, Transaction

# One statement a group: the slot that runs is added to, or becomes the one before. A clock that lags adds to the running one.
_COUNT = """
INSERT INTO breaker AS b (workspace_id, subject_id, provider_id, recent_at, recent)
VALUES ($1, $2, $3, $4, $5::int[])
ON CONFLICT (workspace_id, subject_id) DO UPDATE SET
  earlier = CASE WHEN b.recent_at >= excluded.recent_at THEN b.earlier
                 WHEN b.recent_at + $6::interval >= excluded.recent_at THEN b.recent ELSE '{0,0,0,0}' END,
  recent = CASE WHEN b.recent_at < excluded.recent_at THEN excluded.recent
                ELSE ARRAY[b.recent[1] + excluded.recent[1], b.recent[2] + excluded.recent[2],
                           b.recent[3] + excluded.recent[3], b.recent[4] + excluded.recent[4]] END,
  recent_at = greatest(b.recent_at, excluded.recent_at)
RETURNING *
"""
_SET = """
INSERT INTO breaker AS b (workspace_id, subject_id, provider_id, since, open_until, reason, cause, openings, recent_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (workspace_id, subject_id) DO UPDATE SET
  since = excluded.since, open_until = excluded.open_until, reason = excluded.reason, cause = excluded.cause,
  openings = excluded.openings, probe_lease = NULL, probe_until = NULL,
  recent = CASE WHEN excluded.open_until IS NULL THEN '{0,0,0,0}' ELSE b.recent END,
  earlier = CASE WHEN excluded.open_until IS NULL THEN '{0,0,0,0}' ELSE b.earlier END
"""
_HOLD = """
UPDATE {table} SET held_until = greatest(held_until, $3), hold_reason = CASE WHEN held_until > $3 THEN hold_reason ELSE $4 END
WHERE workspace_id = $1 AND id = $2
"""
_UNHOLD = "UPDATE {table} SET held_until = NULL, hold_reason = '' WHERE workspace_id = $1 AND id = $2 AND hold_reason = $3"
_READ = "SELECT * FROM breaker WHERE workspace_id = $1 AND subject_id = ANY($2::uuid[])"

# The sender's row is locked before its account's, everywhere.
_LOCK = """
SELECT * FROM breaker WHERE workspace_id = $1 AND subject_id = ANY($2::uuid[]) AND open_until IS NOT NULL
ORDER BY subject_id = provider_id FOR UPDATE
"""
_PROBE = """
UPDATE breaker SET probe_lease = $3, probe_until = $4
WHERE workspace_id = $1 AND subject_id = ANY($2::uuid[]) AND open_until IS NOT NULL
"""
_DROP = """
UPDATE breaker SET probe_lease = NULL, probe_until = NULL
WHERE workspace_id = $1 AND subject_id = ANY($2::uuid[]) AND probe_lease = $3
"""

# An account fails when two of its senders are open and none of the others has had a try that went well of late.
_ALL_FAIL = """
SELECT count(*) FILTER (WHERE open_until IS NOT NULL AND cause = 'carrier') >= 2 AND NOT coalesce(bool_or(
  open_until IS NULL AND (recent_at >= $3 AND recent[1] > recent[2] OR recent_at >= $3 AND earlier[1] > earlier[2])), false)
FROM breaker WHERE workspace_id = $1 AND provider_id = $2 AND subject_id <> provider_id
"""
_OPEN = """
SELECT count(*) FILTER (WHERE subject_id <> provider_id) AS senders, count(*) FILTER (WHERE subject_id = provider_id) AS accounts
FROM breaker WHERE open_until IS NOT NULL
"""
_WAYS = """
SELECT u.workspace_id, u.id, u.number, s.id AS sender_id, s.provider_id
FROM unnest($1::uuid[], $2::uuid[], $3::smallint[]) AS u(workspace_id, id, number)
JOIN message m ON m.workspace_id = u.workspace_id AND m.id = u.id
LEFT JOIN attempt a ON a.workspace_id = u.workspace_id AND a.message_id = u.id AND a.number = u.number
JOIN sender s ON s.workspace_id = m.workspace_id AND s.id = coalesce(a.sender_id, m.sender_id)
"""

# Others' rows are taken only where nobody holds them: whoever does is about to find out for itself.
_TRY_SENDERS = """
WITH free AS (
  SELECT workspace_id, subject_id FROM breaker
  WHERE workspace_id = $1 AND provider_id = $2 AND subject_id <> provider_id AND cause = 'carrier' AND open_until > $3
  ORDER BY subject_id FOR UPDATE SKIP LOCKED
), due AS (
  UPDATE breaker b SET open_until = $3 FROM free f WHERE b.workspace_id = f.workspace_id AND b.subject_id = f.subject_id
  RETURNING b.subject_id, b.reason
)
UPDATE sender s SET held_until = $3 FROM due d
WHERE s.workspace_id = $1 AND s.id = d.subject_id AND s.hold_reason = d.reason
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A breaker with its counts: the slot that runs (or ran last) and the one before, and who probes."""

    subject_id: UUID
    breaker: Breaker
    recent: Counts
    earlier: Counts
    recent_at: datetime
    probe_lease: UUID | None
    probe_until: datetime | None

    def window(self, now: datetime) -> Counts:
        """The counts of the last minute or two."""
        slot = slot_of(now)
        if self.recent_at >= slot:
            return self.recent + self.earlier
        return self.recent if self.recent_at >= slot - SLOT else Counts()


def standing_of(row: Row) -> Standing:
    """A row of the table, read."""
    return Standing(
        subject_id=row["subject_id"],
        breaker=Breaker(
            since=row["since"],
            until=row["open_until"],
            reason=row["reason"],
            cause=None if row["cause"] is None else Speaks(row["cause"]),
            openings=row["openings"],
        ),
        recent=Counts(*row["recent"]),
        earlier=Counts(*row["earlier"]),
        recent_at=row["recent_at"],
        probe_lease=row["probe_lease"],
        probe_until=row["probe_until"],
    )


async def count_tries(
    tx: Transaction, *, workspace_id: UUID, sender_id: UUID, provider_id: UUID, counts: Counts, now: datetime
) -> Standing:
    """Add to what is known of a sender's last minutes; how it stands with them. Holds its row until the end."""
    four = [counts.tries, counts.carrier, counts.sender, counts.filtered]
    row = await tx.fetch_row(_COUNT, workspace_id, sender_id, provider_id, slot_of(now), four, SLOT)
    assert row is not None
    return standing_of(row)


async def set_breaker(
    tx: Transaction, *, workspace_id: UUID, subject_id: UUID, provider_id: UUID, breaker: Breaker, now: datetime
) -> None:
    """Write how a breaker stands now, and hold its sender or account accordingly. Closing forgets the counts."""
    found = await tx.fetch_row(_READ, workspace_id, [subject_id])
    await tx.execute(
        _SET,
        workspace_id,
        subject_id,
        provider_id,
        breaker.since,
        breaker.until,
        breaker.reason,
        breaker.cause,
        breaker.openings,
        slot_of(now),
    )
    table = "provider" if subject_id == provider_id else "sender"
    if breaker.until is not None:
        await tx.execute(_HOLD.format(table=table), workspace_id, subject_id, breaker.until, breaker.reason)
    elif found is not None:
        await tx.execute(_UNHOLD.format(table=table), workspace_id, subject_id, found["reason"])


async def read_standings(tx: Transaction, *, workspace_id: UUID, subject_ids: Sequence[UUID]) -> dict[UUID, Standing]:
    """How those of the senders and accounts stand that have had a try."""
    return {row["subject_id"]: standing_of(row) for row in await tx.fetch(_READ, workspace_id, list(subject_ids))}


async def lock_breakers(tx: Transaction, *, workspace_id: UUID, subject_ids: Sequence[UUID]) -> list[Standing]:
    """Those of a sender and its account that are open, held until the end."""
    return [standing_of(row) for row in await tx.fetch(_LOCK, workspace_id, list(subject_ids))]


async def hold_account(tx: Transaction, *, workspace_id: UUID, provider_id: UUID, now: datetime) -> Standing:
    """How an account stands, held until the end. Its own counts stay empty: its senders have them."""
    row = await tx.fetch_row(_COUNT, workspace_id, provider_id, provider_id, slot_of(now), [0, 0, 0, 0], SLOT)
    assert row is not None
    return standing_of(row)


async def may_probe(tx: Transaction, *, workspace_id: UUID, subject_ids: Sequence[UUID], now: datetime) -> bool:
    """Whether one message may go to see how a sender and its account are; holds their rows until the end.

    Not while one of them rests still, or another message is on its way. One whose worker gave no news in time is over.
    """
    for standing in await lock_breakers(tx, workspace_id=workspace_id, subject_ids=subject_ids):
        rests = standing.breaker.until is not None and standing.breaker.until > now
        if rests or (standing.probe_until is not None and standing.probe_until > now):
            return False
    return True


async def take_probe(
    tx: Transaction, *, workspace_id: UUID, subject_ids: Sequence[UUID], lease_id: UUID, until: datetime
) -> None:
    """Be the one that goes to see, until then at most; after `may_probe`, in its transaction."""
    await tx.execute(_PROBE, workspace_id, list(subject_ids), lease_id, until)


async def drop_probe(tx: Transaction, *, workspace_id: UUID, subject_ids: Sequence[UUID], lease_id: UUID) -> None:
    """The probe of this lease told nothing: the next may go."""
    await tx.execute(_DROP, workspace_id, list(subject_ids), lease_id)


async def account_fails(tx: Transaction, *, workspace_id: UUID, provider_id: UUID, now: datetime) -> bool:
    """Whether all that is known of an account's senders speaks against the account: two at least, and none that is well."""
    return bool(await tx.fetch_value(_ALL_FAIL, workspace_id, provider_id, slot_of(now) - SLOT))


async def try_senders(tx: Transaction, *, workspace_id: UUID, provider_id: UUID, now: datetime) -> None:
    """The account works again: its senders that rest because the carrier failed may each try one message now."""
    await tx.execute(_TRY_SENDERS, workspace_id, provider_id, now)


async def count_open(tx: Transaction) -> tuple[int, int]:
    """How many senders and how many accounts of all workspaces are not closed."""
    row = await tx.fetch_row(_OPEN)
    assert row is not None
    return row["senders"], row["accounts"]


async def forget_breaker(tx: Transaction, *, workspace_id: UUID, subject_id: UUID) -> None:
    """Somebody says that it is well: closed, and nothing is held against it. Comes before its sender or account is locked."""
    await tx.execute("DELETE FROM breaker WHERE workspace_id = $1 AND subject_id = $2", workspace_id, subject_id)


async def ways_of(
    tx: Transaction, *, attempts: Sequence[tuple[UUID, UUID, int]]
) -> dict[tuple[UUID, UUID, int], tuple[UUID, UUID]]:
    """(sender, account) by (workspace, message, attempt)."""
    rows = await tx.fetch(_WAYS, *(list(column) for column in zip(*attempts, strict=True)))
    return {(row["workspace_id"], row["id"], row["number"]): (row["sender_id"], row["provider_id"]) for row in rows}
