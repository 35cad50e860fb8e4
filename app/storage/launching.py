"""How does a launch read its audience and write its rows? In id order from a checkpoint, with the facts a decision needs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.message import Channel, Purpose
from app.domain.pace import Pace, WhenPassed
from app.domain.split import Split, read_split
from app.storage.database import Row, Transaction

_SHARED = """x.last_contact_id, x.up_to_contact_id, c.channel, c.purpose, c.rule, c.sender_id, c.not_after, c.brand, c.topic,
       c.subject, c.technology, c.pool_id, c.fallback, c.split, c.send_at_local, c.when_passed, c.spread_seconds"""
_FROM = """
FROM materialisation x
JOIN campaign c ON c.workspace_id = x.workspace_id AND c.id = x.campaign_id
WHERE x.workspace_id = $1 AND x.campaign_id = $2"""
# The campaign row itself is only read: hand-overs lock it to depart, and a chunk must not hold them up.
_LAUNCH = f"""
SELECT {_SHARED}, c.launched_at {_FROM} AND x.finished_at IS NULL AND c.state IN ('running', 'draining')
FOR UPDATE OF x SKIP LOCKED
"""
# A step of a sequence writes when its contacts come by: nobody else launches it, and its turn is now.
_STEP = f"""
SELECT {_SHARED}, $3::timestamptz AS launched_at {_FROM} AND c.state IN ('running', 'paused', 'draining')
"""
# Who comes later is written as of then, and only once all who were there at the launch are.
_JOINING = f"""
SELECT {_SHARED}, $3::timestamptz AS launched_at {_FROM} AND x.finished_at IS NOT NULL
  AND c.state IN ('running', 'draining') AND c.joins_until > $3 AND (x.join_at IS NULL OR x.join_at <= $3)
FOR UPDATE OF x SKIP LOCKED
"""
# Asked once the row is held: the campaign may have ended while it was waited for.
_STILL_JOINED = """
SELECT finished_at IS NULL AND state IN ('running', 'draining') FROM campaign WHERE workspace_id = $1 AND id = $2
"""
_ERASED_MEMBERS = "SELECT phone FROM message WHERE workspace_id = $1 AND campaign_id = $2 AND phone = ANY($3::text[])"
_KEEP_JOINED = """
UPDATE materialisation SET members = members + $3, joined = joined + $3, join_at = $4 WHERE workspace_id = $1 AND campaign_id = $2
"""
_COUNT_STEP = "UPDATE materialisation SET members = members + $3 WHERE workspace_id = $1 AND campaign_id = $2"
# Members of a kind share all that their decision comes to, those of a side the sender they are written from: both are sent and
# read once, not once a row.
_ADD = """
WITH kind AS MATERIALIZED (
  SELECT u.kind, u.state, u.reason, u.decision::jsonb AS decision, string_to_array(u.objected, ',') AS objected, u.due_at
  FROM unnest($11::int[], $12::smallint[], $13::text[], $14::text[], $15::text[], $16::timestamptz[])
    AS u(kind, state, reason, decision, objected, due_at)
), side AS MATERIALIZED (
  SELECT u.side, u.sender_id, u.route::jsonb AS route, u.plan::jsonb AS plan, u.variant
  FROM unnest($17::int[], $18::uuid[], $19::text[], $20::text[], $21::text[]) AS u(side, sender_id, route, plan, variant)
)
INSERT INTO message (workspace_id, id, campaign_id, contact_id, phone, sender_id, channel, purpose, origin, priority, state,
                     reason, decision, objected, due_at, not_after, created_at, updated_at, brand, topic, subject,
                     pool_id, route, plan, variant, entry)
SELECT $1, u.id, $2, u.contact_id, u.phone, s.sender_id, $4, $5, 'campaign', 1, k.state, k.reason, k.decision, k.objected,
       greatest(k.due_at, u.due_at), $6, $7, $7, $8, $9, $10, $3, s.route, s.plan, s.variant, $22
FROM unnest($23::uuid[], $24::uuid[], $25::text[], $26::int[], $27::int[], $28::timestamptz[])
  AS u(id, contact_id, phone, kind, side, due_at)
JOIN kind k ON k.kind = u.kind JOIN side s ON s.side = u.side
ON CONFLICT (workspace_id, campaign_id, phone, entry) DO NOTHING
"""
_CHECKPOINT = """
UPDATE materialisation SET last_contact_id = $3, finished_at = $4, members = members + $5
WHERE workspace_id = $1 AND campaign_id = $2
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """A launch under way: what its rows share, and how far it has come."""

    workspace_id: UUID
    campaign_id: UUID
    sender_id: UUID
    channel: Channel
    purpose: Purpose
    rule: Any
    not_after: datetime | None
    brand: str
    topic: str
    subject: str
    technology: str
    pool_id: UUID | None
    fallback: Any
    split: Split
    pace: Pace
    launched_at: datetime
    last_contact_id: UUID | None
    up_to_contact_id: UUID
    entry: int = 0


async def lock_launch(tx: Transaction, *, workspace_id: UUID, campaign_id: UUID) -> Launch | None:
    """The unfinished launch, locked for this transaction; None when finished, paused, cancelled or under way elsewhere."""
    row = await tx.fetch_row(_LAUNCH, workspace_id, campaign_id)
    return None if row is None else _launch(row, workspace_id, campaign_id, entry=0)


async def read_launch(tx: Transaction, *, workspace_id: UUID, campaign_id: UUID, entry: int, now: datetime) -> Launch | None:
    """The campaign of a sequence's step, for contacts on their so-manieth way through; None when it was stopped."""
    row = await tx.fetch_row(_STEP, workspace_id, campaign_id, now)
    return None if row is None else _launch(row, workspace_id, campaign_id, entry=entry)


async def lock_joining(tx: Transaction, *, workspace_id: UUID, campaign_id: UUID, now: datetime) -> Launch | None:
    """A campaign that people may join and whose time to look has come, locked for this transaction; None for any other.

    Whoever comes is due at once: what is left of its spread is for those of the launch.
    """
    row = await tx.fetch_row(_JOINING, workspace_id, campaign_id, now)
    if row is None or not await tx.fetch_value(_STILL_JOINED, workspace_id, campaign_id):
        return None
    launch = _launch(row, workspace_id, campaign_id, entry=0)
    return replace(launch, pace=replace(launch.pace, spread=0))


async def erased_members(tx: Transaction, launch: Launch, *, phones: Sequence[str]) -> set[str]:
    """Those of the numbers that were in the campaign before their erasure, by what their numbers left behind."""
    known = {twin: phone for phone in phones for twin in tx.stand_ins.all_of(launch.workspace_id, phone)}
    rows = await tx.fetch(_ERASED_MEMBERS, launch.workspace_id, launch.campaign_id, list(known)) if known else []
    return {known[row["phone"]] for row in rows}


async def keep_joined(tx: Transaction, launch: Launch, *, members: int, next_at: datetime) -> None:
    """Count who came into the campaign's audience, in the transaction that wrote them, and say when to look again."""
    await tx.execute(_KEEP_JOINED, launch.workspace_id, launch.campaign_id, members, next_at)


def _launch(row: Row, workspace_id: UUID, campaign_id: UUID, *, entry: int) -> Launch:
    return Launch(
        workspace_id=workspace_id,
        campaign_id=campaign_id,
        entry=entry,
        sender_id=row["sender_id"],
        channel=Channel(row["channel"]),
        purpose=Purpose(row["purpose"]),
        rule=row["rule"],
        not_after=row["not_after"],
        brand=row["brand"],
        topic=row["topic"],
        subject=row["subject"],
        technology=row["technology"],
        pool_id=row["pool_id"],
        fallback=row["fallback"],
        launched_at=row["launched_at"],
        split=read_split(row["split"]),
        pace=Pace(local=row["send_at_local"], when_passed=WhenPassed(row["when_passed"]), spread=row["spread_seconds"]),
        last_contact_id=row["last_contact_id"],
        up_to_contact_id=row["up_to_contact_id"],
    )


async def add_campaign_messages(
    tx: Transaction,
    launch: Launch,
    *,
    kinds: Sequence[tuple[object, ...]],
    sides: Sequence[tuple[object, ...]],
    rows: Sequence[tuple[object, ...]],
    now: datetime,
) -> int:
    """Write members' rows (id, contact, phone, kind, side, due at or None); how many are new. A row that exists stays.

    A kind is what became of its members: (kind, state, reason, decision JSON, codes joined by commas, due at). A side is what
    they are written from: (side, sender, route and
    plan as JSON or None, variant).
    """
    return await tx.execute(
        _ADD,
        launch.workspace_id,
        launch.campaign_id,
        launch.pool_id,
        launch.channel,
        launch.purpose,
        launch.not_after,
        now,
        launch.brand,
        launch.topic,
        launch.subject,
        *(list(column) for column in zip(*kinds, strict=True)),
        *(list(column) for column in zip(*sides, strict=True)),
        launch.entry,
        *(list(column) for column in zip(*rows, strict=True)),
    )


async def count_members_of_step(tx: Transaction, *, workspace_id: UUID, campaign_id: UUID, members: int) -> None:
    """Add contacts that came to a sequence's message to its campaign's audience."""
    await tx.execute(_COUNT_STEP, workspace_id, campaign_id, members)


async def keep_checkpoint(
    tx: Transaction, launch: Launch, *, last_contact_id: UUID | None, finished_at: datetime | None, members: int
) -> None:
    """Remember how far this chunk came and how many members it read, in its own transaction."""
    await tx.execute(_CHECKPOINT, launch.workspace_id, launch.campaign_id, last_contact_id, finished_at, members)


_STALE = """
SELECT relname FROM pg_stat_user_tables
WHERE relname IN ('contact', 'number', 'consent', 'suppression')
  AND (coalesce(last_analyze, last_autoanalyze) IS NULL OR n_mod_since_analyze > 1000 + n_live_tup / 5)
"""


async def refresh_statistics(tx: Transaction) -> None:
    """Tell the planner about the tables an audience is read from, when they changed much since it last looked.

    A launch right after a large import would otherwise be planned for empty tables, and read each page in seconds.
    """
    for row in await tx.fetch(_STALE):
        await tx.execute(f"ANALYZE {row['relname']}")
