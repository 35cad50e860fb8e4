"""Which replies does a person have to read? Kept with the reply, listed open ones first, settled once."""

from datetime import datetime
from uuid import UUID

from app.storage.database import Row, Transaction

_COLUMNS = (
    "r.id, r.phone, r.kind, r.outcome, r.note, r.settled_by, r.created_at, r.settled_at, r.inbound_id, "
    "i.body AS text, i.to_address, i.channel"
)
_FROM = "FROM review r LEFT JOIN inbound i ON i.workspace_id = r.workspace_id AND i.id = r.inbound_id"
_READ = f"SELECT {_COLUMNS} {_FROM} WHERE r.workspace_id = $1 AND r.id = $2"
_LIST = f"""
SELECT {_COLUMNS} {_FROM}
WHERE r.workspace_id = $1 AND ($2::text IS NULL OR r.phone = $2) AND ($3::text IS NULL OR r.kind = $3)
  AND ($4::boolean IS NULL OR (r.outcome IS NULL) = $4)
  AND ($5::uuid IS NULL OR (r.outcome IS NULL) < $6 OR (r.outcome IS NULL) = $6 AND r.id < $5)
ORDER BY (r.outcome IS NULL) DESC, r.id DESC LIMIT $7
"""
_SETTLE = """
UPDATE review SET outcome = $3, note = $4, settled_by = $5, settled_at = $6
WHERE workspace_id = $1 AND id = $2 AND outcome IS NULL
"""


async def add_review(
    tx: Transaction, *, workspace_id: UUID, review_id: UUID, phone: str, inbound_id: UUID | None, kind: str, now: datetime
) -> None:
    """Put a reply on the list. The number must have a row."""
    await tx.execute(
        "INSERT INTO review (workspace_id, id, phone, inbound_id, kind, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
        workspace_id,
        review_id,
        phone,
        inbound_id,
        kind,
        now,
    )


async def read_review(tx: Transaction, *, workspace_id: UUID, review_id: UUID) -> Row | None:
    """One review with the reply it is about."""
    return await tx.fetch_row(_READ, workspace_id, review_id)


async def list_reviews(
    tx: Transaction,
    *,
    workspace_id: UUID,
    phone: str | None,
    kind: str | None,
    is_open: bool | None,
    after: tuple[bool, UUID] | None,
    limit: int,
) -> list[Row]:
    """A page: open ones first, each newest first; `after` is whether the last one seen was open, and its id."""
    was_open, last = after if after is not None else (None, None)
    return list(await tx.fetch(_LIST, workspace_id, phone, kind, is_open, last, was_open, limit))


async def settle_open_review(
    tx: Transaction, *, workspace_id: UUID, review_id: UUID, outcome: str, note: str, settled_by: str, now: datetime
) -> bool:
    """Give an open review its outcome; False when it has one already."""
    return bool(await tx.execute(_SETTLE, workspace_id, review_id, outcome, note, settled_by, now))


async def has_open_review(tx: Transaction, *, workspace_id: UUID, phone: str) -> bool:
    """Whether a reply from this number still waits for somebody to read it."""
    return bool(
        await tx.fetch_value(
            "SELECT EXISTS (SELECT 1 FROM review WHERE workspace_id = $1 AND phone = $2 AND outcome IS NULL)", workspace_id, phone
        )
    )
