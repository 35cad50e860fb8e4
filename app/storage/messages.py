"""Which messages are there? Adding single ones, reading one with its timeline, listing, cancelling; not the hot path."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from operator import attrgetter
from uuid import UUID

from app.storage.database import Row, Transaction

_ADD = """
INSERT INTO message (workspace_id, id, contact_id, phone, sender_id, channel, purpose, origin, reply_to, priority, state, reason,
                     decision, objected, body, parts, due_at, not_after, created_at, updated_at, brand, topic, subject, ground,
                     content, plan, pool_id, route)
SELECT $1, $2, c.id, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12::text::jsonb, string_to_array($13::text, ','),
       $14, $15, $16, $17, $18, $18, $19, $20, $21, $22, $23::text::jsonb, $24::text::jsonb,
       $25, $26::text::jsonb
FROM (SELECT 1) one LEFT JOIN contact c ON c.workspace_id = $1 AND c.phone = $3
"""
_PROGRAM = """
SELECT m.brand FROM message m
WHERE m.workspace_id = $1 AND m.phone = $2 AND m.sender_id = $3 AND m.origin <> 'reply' AND m.state >= 20
  AND m.state NOT IN (50, 51)
ORDER BY m.created_at DESC, m.id DESC LIMIT 1
"""
_COLUMNS = (
    "id, campaign_id, contact_id, phone, sender_id, channel, purpose, origin, state, reason, decision, body, parts, due_at, "
    "content, plan, hop, maybe_twice, pool_id, route, not_after, attempts, handed_over_at, created_at, updated_at"
)
# Who took a call may have been told before the attempt was written down.
_ATTEMPTS = """
SELECT a.number, a.provider_id, a.sender_id, a.channel, coalesce(a.answered_by, r.answered_by) AS answered_by,
       greatest(a.duration, r.duration) AS duration, a.outcome, a.provider_message_id, a.error_class, a.error_code, a.detail,
       a.handed_over_at, a.answered_at, a.route
FROM attempt a LEFT JOIN LATERAL (
  SELECT min(x.answered_by) AS answered_by, max(x.duration) AS duration FROM receipt x
  WHERE x.workspace_id = a.workspace_id AND x.message_id = a.message_id AND x.attempt_number = a.number) r ON true
WHERE a.workspace_id = $1 AND a.message_id = $2 ORDER BY a.number
"""
_ENDS = """
SELECT u.workspace_id, u.id, u.number, m.phone, coalesce(a.sender_id, m.sender_id) AS sender_id
FROM unnest($1::uuid[], $2::uuid[], $3::smallint[]) AS u(workspace_id, id, number)
JOIN message m ON m.workspace_id = u.workspace_id AND m.id = u.id
LEFT JOIN attempt a ON a.workspace_id = u.workspace_id AND a.message_id = u.id AND a.number = u.number
"""
_CANCEL = """
UPDATE message SET state = 50, reason = 'message.cancelled', updated_at = $3
WHERE workspace_id = $1 AND id = $2 AND state IN (0, 10) RETURNING true
"""
# A claimed message whose group has not departed can still be stopped. The lease is locked first, so that departure waits.
_LEASE_OF = """
SELECT l.id FROM lease l
WHERE l.id = (SELECT lease_id FROM message WHERE workspace_id = $1 AND id = $2 AND state = 20) FOR UPDATE
"""
_STOP = """
UPDATE message m SET state = 50, reason = 'message.cancelled', lease_id = NULL, counted_at = NULL, updated_at = $3
WHERE m.workspace_id = $1 AND m.id = $2 AND (m.state = 10 OR m.state = 20 AND EXISTS (
  SELECT 1 FROM lease l WHERE l.id = m.lease_id AND l.departed_at IS NULL)) RETURNING true
"""

Tried = tuple[UUID, UUID, int]  # workspace, message, attempt


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMessage:
    """A message outside any campaign. `decision`, `content`, `plan`, `route` are JSON, `objected` codes joined by commas."""

    workspace_id: UUID
    id: UUID
    phone: str
    sender_id: UUID
    channel: str
    purpose: str
    origin: str
    reply_to: str | None
    priority: int
    state: int
    reason: str
    decision: str
    objected: str
    body: str
    parts: int
    due_at: datetime
    not_after: datetime | None
    now: datetime
    brand: str = ""
    topic: str = ""
    subject: str = ""
    ground: str = ""
    content: str | None = None
    plan: str | None = None
    pool_id: UUID | None = None
    route: str | None = None


_IN_ORDER = attrgetter(*(field.name for field in fields(NewMessage)))  # of the statement's parameters

_TESTED = """
SELECT count(*) FROM (
  SELECT phone FROM message WHERE workspace_id = $1 AND origin = 'test' AND created_at > $2
  UNION SELECT unnest($3::text[])) x
"""


async def add_message(tx: Transaction, new: NewMessage) -> None:
    """Insert one message; the contact of its number, if there is one, is tied to it."""
    await tx.execute(_ADD, *_IN_ORDER(new))


async def read_message(tx: Transaction, *, workspace_id: UUID, message_id: UUID) -> Row | None:
    """One message."""
    return await tx.fetch_row(f"SELECT {_COLUMNS} FROM message WHERE workspace_id = $1 AND id = $2", workspace_id, message_id)  # noqa: S608


async def list_messages(
    tx: Transaction,
    *,
    workspace_id: UUID,
    before: UUID | None,
    limit: int,
    phone: str | None = None,
    states: Sequence[int] | None = None,
    campaign_id: UUID | None = None,
) -> list[Row]:
    """Messages, newest first, before the given id."""
    return list(
        await tx.fetch(
            f"SELECT {_COLUMNS} FROM message WHERE workspace_id = $1 AND ($2::uuid IS NULL OR id < $2) "  # noqa: S608
            "AND ($3::text IS NULL OR phone = $3) AND ($4::smallint[] IS NULL OR state = ANY($4)) "
            "AND ($5::uuid IS NULL OR campaign_id = $5) ORDER BY id DESC LIMIT $6",
            workspace_id,
            before,
            phone,
            states,
            campaign_id,
            limit,
        )
    )


async def read_attempts(tx: Transaction, *, workspace_id: UUID, message_id: UUID) -> list[Row]:
    """Every attempt of a message, first to last."""
    return list(await tx.fetch(_ATTEMPTS, workspace_id, message_id))


async def read_receipts(tx: Transaction, *, workspace_id: UUID, message_id: UUID) -> list[Row]:
    """Every receipt kept for a message, as they came."""
    return list(
        await tx.fetch(
            "SELECT id, attempt_number, raw_status, state, error_class, error_code, occurred_at, received_at, copies, "
            "recipient, answered_by, duration, price, currency "
            "FROM receipt WHERE workspace_id = $1 AND message_id = $2 ORDER BY id",
            workspace_id,
            message_id,
        )
    )


async def read_answers(tx: Transaction, *, workspace_id: UUID, message_id: UUID) -> list[Row]:
    """Everything a person said in answer to a message, as it came."""
    return list(
        await tx.fetch(
            "SELECT id, kind, channel, to_address, body, payload, keyword, media, received_at, copies "
            "FROM inbound WHERE workspace_id = $1 AND message_id = $2 ORDER BY id",
            workspace_id,
            message_id,
        )
    )


async def cancel_message(tx: Transaction, *, workspace_id: UUID, message_id: UUID, now: datetime) -> bool:
    """Cancel what waits, or what is claimed and has not departed. False when it is beyond recall or closed."""
    if await tx.fetch_value(_CANCEL, workspace_id, message_id, now):
        return True
    await tx.fetch(_LEASE_OF, workspace_id, message_id)
    return bool(await tx.fetch_value(_STOP, workspace_id, message_id, now))


async def ends_of(tx: Transaction, *, attempts: Sequence[Tried]) -> dict[Tried, tuple[str, UUID]]:
    """The number and the sender of each attempt whose message exists: of one not written down yet, its message's sender."""
    rows = await tx.fetch(_ENDS, *(list(column) for column in zip(*attempts, strict=True)))
    return {(row["workspace_id"], row["id"], row["number"]): (row["phone"], row["sender_id"]) for row in rows}


async def count_tested(tx: Transaction, *, workspace_id: UUID, besides: Sequence[str], since: datetime) -> int:
    """How many numbers the workspace tested on since then, with these besides; whoever tests at once comes before or after."""
    await tx.execute("SELECT 1 FROM workspace WHERE id = $1 FOR NO KEY UPDATE", workspace_id)
    return int(await tx.fetch_value(_TESTED, workspace_id, since, besides))


async def count_emergencies(tx: Transaction, *, workspace_id: UUID, since: datetime) -> int:
    """How many messages the workspace has sent as emergencies since then."""
    found = await tx.fetch_value(
        "SELECT count(*) FROM message WHERE workspace_id = $1 AND ground = 'emergency' AND created_at > $2", workspace_id, since
    )
    return int(found)


async def program_of(tx: Transaction, *, workspace_id: UUID, sender_id: UUID, phone: str) -> str:
    """The brand of the last message that left for a number from a sender; "" where none did, or it had none."""
    return str(await tx.fetch_value(_PROGRAM, workspace_id, phone, sender_id) or "")
