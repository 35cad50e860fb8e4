"""How does a launch read its audience and write its rows? In id order from a checkpoint, with the facts a decision needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.audience import parse_rule
from app.domain.message import Channel, Purpose
from app.storage.audience_facts import MEMBERS, facts_sql
from app.storage.audience_sql import audience_condition
from app.storage.database import Transaction

# The campaign row itself is only read: hand-overs lock it to depart, and a chunk must not hold them up.
_LAUNCH = """
SELECT x.last_contact_id, x.up_to_contact_id, c.channel, c.purpose, c.rule, c.sender_id, c.not_after, w.policy
FROM materialisation x
JOIN campaign c ON c.workspace_id = x.workspace_id AND c.id = x.campaign_id
JOIN workspace w ON w.id = x.workspace_id
WHERE x.workspace_id = $1 AND x.campaign_id = $2 AND x.finished_at IS NULL AND c.state IN ('running', 'draining')
FOR UPDATE OF x SKIP LOCKED
"""
_FACTS = facts_sql(channel=5, purpose=6)
_PAGE = f"""
SELECT {_FACTS.columns}
FROM {MEMBERS} {_FACTS.joins}
WHERE c.workspace_id = $1 AND ($2::uuid IS NULL OR c.id > $2) AND c.id <= $3 AND ({{condition}})
ORDER BY c.id LIMIT $4
"""  # noqa: S608
_ADD = """
INSERT INTO message (workspace_id, id, campaign_id, contact_id, phone, sender_id, channel, purpose, origin, priority, state,
                     reason, decision, due_at, not_after, created_at, updated_at)
SELECT $1, u.id, $2, u.contact_id, u.phone, $3, $4, $5, 'campaign', 1, u.state, u.reason, u.decision::jsonb, u.due_at, $6, $7, $7
FROM unnest($8::uuid[], $9::uuid[], $10::text[], $11::smallint[], $12::text[], $13::text[], $14::timestamptz[])
  AS u(id, contact_id, phone, state, reason, decision, due_at)
ON CONFLICT (workspace_id, campaign_id, phone) DO NOTHING
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
    policy: Mapping[str, Any]
    last_contact_id: UUID | None
    up_to_contact_id: UUID


async def lock_launch(tx: Transaction, *, workspace_id: UUID, campaign_id: UUID) -> Launch | None:
    """The unfinished launch, locked for this transaction; None when finished, paused, cancelled or under way elsewhere."""
    row = await tx.fetch_row(_LAUNCH, workspace_id, campaign_id)
    if row is None:
        return None
    return Launch(
        workspace_id=workspace_id,
        campaign_id=campaign_id,
        sender_id=row["sender_id"],
        channel=Channel(row["channel"]),
        purpose=Purpose(row["purpose"]),
        rule=row["rule"],
        not_after=row["not_after"],
        policy=row["policy"],
        last_contact_id=row["last_contact_id"],
        up_to_contact_id=row["up_to_contact_id"],
    )


async def audience_page(tx: Transaction, launch: Launch, *, limit: int) -> Sequence[Mapping[str, Any]]:
    """The next members after the checkpoint, with the facts of each; those created after the launch are left out."""
    condition, arguments = audience_condition(parse_rule(launch.rule), start=7)
    return await tx.fetch(
        _PAGE.format(condition=condition),
        launch.workspace_id,
        launch.last_contact_id,
        launch.up_to_contact_id,
        limit,
        launch.channel,
        launch.purpose,
        *arguments,
    )


async def add_campaign_messages(tx: Transaction, launch: Launch, *, rows: Sequence[tuple[object, ...]], now: datetime) -> int:
    """Write members' rows: (id, contact, phone, state, reason, decision JSON, due at). One that exists stays; the new ones."""
    return await tx.execute(
        _ADD,
        launch.workspace_id,
        launch.campaign_id,
        launch.sender_id,
        launch.channel,
        launch.purpose,
        launch.not_after,
        now,
        *(list(column) for column in zip(*rows, strict=True)),
    )


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
