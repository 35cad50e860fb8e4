"""Which messages go on to their next way? Those whose way failed, in the failure's own transaction, and those out of time."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from app.domain.fallback import FALLS
from app.storage.database import Row, Transaction

_SHORTEST_PAUSE, _LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)

# `attempts` counts on, so receipts of the way before are told from those of the next (hop_from). What was counted under the
# caps is given back, and tries are counted anew: the next way is counted when it is claimed, and decided anew there. A campaign's
# text is rendered for the next way when it is claimed. Of a campaign that has ended nothing goes on. A call may be answered yet,
# or a key pressed in it, when its message has gone on: its script is kept beside the plan, and so is whatever was handed over.
_GO_ON = """
WITH gone_on AS (
  UPDATE message m
  SET state = 10, reason = '', hop = m.hop + 1, hop_from = m.attempts, spared = m.attempts,
      channel = m.plan->'hops'->m.hop->>'channel',
      sender_id = (m.plan->'hops'->m.hop->>'sender_id')::uuid, pool_id = (m.plan->'hops'->m.hop->>'pool_id')::uuid,
      route = m.plan->'hops'->m.hop->'route', content = m.plan->'hops'->m.hop->'content',
      body = CASE WHEN m.campaign_id IS NULL THEN coalesce(m.plan->'hops'->m.hop->>'body', m.body) END,
      lease_id = NULL, counted_at = NULL, due_at = $1, handed_over_at = NULL, fall_at = NULL,
      plan = m.plan || CASE WHEN m.channel <> 'voice' THEN '{{}}' ELSE jsonb_build_object('call', jsonb_build_object(
        'body', m.body, 'content', m.content, 'sender_id', m.sender_id)) END
        || CASE WHEN m.attempts = m.hop_from THEN '{{}}' ELSE jsonb_build_object('said', coalesce(m.plan->'said', '[]')
          || jsonb_build_array(jsonb_build_object('attempts', m.attempts, 'channel', m.channel, 'body', m.body,
                                                  'content', m.content, 'parts', m.parts))) END,
      maybe_twice = m.maybe_twice OR $2, updated_at = $1
  {which}
    AND m.hop < jsonb_array_length(m.plan->'hops')
    AND (m.campaign_id IS NULL OR EXISTS (
      SELECT 1 FROM campaign c
      WHERE c.workspace_id = m.workspace_id AND c.id = m.campaign_id AND c.state IN ('running', 'paused', 'draining')))
  RETURNING m.workspace_id, m.sender_id, m.campaign_id
), entered AS (
  INSERT INTO campaign_lane (workspace_id, campaign_id, sender_id)
  SELECT DISTINCT workspace_id, campaign_id, sender_id FROM gone_on WHERE campaign_id IS NOT NULL
  ON CONFLICT DO NOTHING
)
SELECT DISTINCT workspace_id, sender_id FROM gone_on
"""
_FAILED = _GO_ON.format(
    which="""
  FROM unnest($3::uuid[], $4::uuid[]) AS u(workspace_id, id)
  WHERE m.workspace_id = u.workspace_id AND m.id = u.id AND m.plan IS NOT NULL
    AND (m.state IN (52, 56, 58)
         OR m.state = 50 AND m.handed_over_at + make_interval(secs => (m.plan->'hops'->m.hop->>'after')::int) <= $1)
    AND m.reason = ANY($5::text[]) AND (m.not_after IS NULL OR m.not_after > $1)
"""
)
_REFUSED = _GO_ON.format(
    which="""
  FROM unnest($4::uuid[]) AS u(id)
  WHERE m.workspace_id = $3 AND m.id = u.id AND m.plan IS NOT NULL AND m.state IN (51, 52, 56)
"""
)
_LATE = _GO_ON.format(
    which="""
  WHERE m.workspace_id = $3 AND m.id = $4 AND m.hop = $5
    AND (m.state IN (25, 30, 40) OR m.state = 50 AND m.reason = '')  -- a carrier's word that it was taken back
"""
)
# What waits for a sender that is held goes on when it has waited for the time of its way, and the next way's is not held: a try
# that found the carrier down counts as waiting since the breaker opened, what was never tried waits since it was due.
_HELD = _GO_ON.format(
    which="""
  FROM (
    SELECT x.workspace_id, x.id
    FROM (
      SELECT s.workspace_id, s.id, coalesce(b.since, s.updated_at) AS since
      FROM sender s
      JOIN provider p ON p.workspace_id = s.workspace_id AND p.id = s.provider_id
      LEFT JOIN LATERAL (
        SELECT min(o.since) AS since FROM breaker o
        WHERE o.workspace_id = s.workspace_id AND o.subject_id IN (s.id, p.id) AND o.open_until IS NOT NULL) b ON true
      WHERE s.held_until > $1 OR p.held_until > $1 OR b.since IS NOT NULL
      OFFSET 0  -- few senders, looked up first: nobody else's queue is read
    ) s
    CROSS JOIN LATERAL (
      SELECT y.workspace_id, y.id
      FROM message y
      JOIN sender n ON n.workspace_id = y.workspace_id AND n.id = (y.plan->'hops'->y.hop->>'sender_id')::uuid
      JOIN provider q ON q.workspace_id = n.workspace_id AND q.id = n.provider_id
      WHERE y.sender_id = s.id AND y.state = 10 AND y.plan IS NOT NULL AND y.due_at <= $1
        AND (n.held_until IS NULL OR n.held_until <= $1) AND (q.held_until IS NULL OR q.held_until <= $1)
        AND greatest(s.since, CASE WHEN y.attempts = y.hop_from THEN y.due_at ELSE '-infinity' END)
          + make_interval(secs => (y.plan->'hops'->y.hop->>'after')::int) <= $1
      ORDER BY y.due_at LIMIT $3 FOR NO KEY UPDATE OF y SKIP LOCKED
    ) x
  ) h
  WHERE m.workspace_id = h.workspace_id AND m.id = h.id AND m.state = 10
"""
)
_START_CLOCK = """
UPDATE message m SET fall_at = $1::timestamptz + make_interval(secs => (m.plan->'hops'->m.hop->>'after')::int)
FROM unnest($3::uuid[]) AS u(id)
WHERE m.workspace_id = $2 AND m.id = u.id AND m.plan IS NOT NULL AND m.hop < jsonb_array_length(m.plan->'hops')
  AND m.state IN (25, 30, 40)
"""
_STOP_CLOCK = "UPDATE message SET fall_at = NULL WHERE workspace_id = $1 AND id = $2 AND hop = $3 AND fall_at IS NOT NULL"
# Who is taken is put off and not let go: a question nobody answered is asked again, after a pause as long as it is late already.
_TAKE = """
WITH due AS (
  SELECT workspace_id, id FROM message WHERE fall_at <= $1 ORDER BY fall_at LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED
), taken AS (
  UPDATE message m SET fall_at = CASE WHEN m.state IN (25, 30, 40) THEN $1::timestamptz + least($4::interval, greatest(
    $3::interval, $1::timestamptz - m.handed_over_at - make_interval(secs => (m.plan->'hops'->m.hop->>'after')::int))) END
  FROM due d WHERE m.workspace_id = d.workspace_id AND m.id = d.id
  RETURNING m.workspace_id, m.id, m.phone, m.channel, m.content, m.state, m.hop, m.plan, m.attempts
)
SELECT t.*, a.provider_message_id, p.id AS provider_id, p.kind, p.credentials, p.base_url
FROM taken t
JOIN attempt a ON a.workspace_id = t.workspace_id AND a.message_id = t.id AND a.number = t.attempts
JOIN provider p ON p.workspace_id = a.workspace_id AND p.id = a.provider_id
WHERE t.state IN (25, 30, 40)
"""


async def fall_back(tx: Transaction, *, now: datetime, messages: Sequence[tuple[UUID, UUID]]) -> set[tuple[UUID, UUID]]:
    """Of these (workspace, message) that failed, put those with a way left back into the queue; (workspace, sender) to ring.

    One its carrier took back has failed when the time of its way was over; before that, somebody there wanted it cancelled.
    """
    workspaces, ids = zip(*messages, strict=True)
    rows = await tx.fetch(_FAILED, now, False, list(workspaces), list(ids), list(FALLS))  # noqa: FBT003  # a parameter of SQL
    return {(row["workspace_id"], row["sender_id"]) for row in rows}


async def fall_refused(
    tx: Transaction, *, workspace_id: UUID, message_ids: Sequence[UUID], now: datetime
) -> set[tuple[UUID, UUID]]:
    """Of messages that the rules refused on one way, put those with another into its queue, where they are decided anew.

    (workspace, sender) to ring.
    """
    rows = await tx.fetch(_REFUSED, now, False, workspace_id, list(message_ids))  # noqa: FBT003  # a parameter of SQL
    return {(row["workspace_id"], row["sender_id"]) for row in rows}


async def fall_from_held(tx: Transaction, *, now: datetime, limit: int) -> set[tuple[UUID, UUID]]:
    """Put what has waited too long for held senders on its next way, of each up to `limit`; (workspace, sender) to ring."""
    rows = await tx.fetch(_HELD, now, False, limit)  # noqa: FBT003  # a parameter of SQL
    return {(row["workspace_id"], row["sender_id"]) for row in rows}


async def start_fall_clock(tx: Transaction, *, workspace_id: UUID, message_ids: Sequence[UUID], now: datetime) -> None:
    """The time of the present way runs from now, for those of the messages that have another."""
    await tx.execute(_START_CLOCK, now, workspace_id, list(message_ids))


async def take_late(tx: Transaction, *, now: datetime, limit: int) -> list[Row]:
    """Messages whose way is out of time, each with the attempt and the account to take it back from; each is put off."""
    return list(await tx.fetch(_TAKE, now, limit, _SHORTEST_PAUSE, _LONGEST_PAUSE))


async def stop_fall_clock(tx: Transaction, *, workspace_id: UUID, message_id: UUID, hop: int) -> None:
    """The time of this way is over and it stays the one: only its failure leads on."""
    await tx.execute(_STOP_CLOCK, workspace_id, message_id, hop)


async def go_on(
    tx: Transaction, *, workspace_id: UUID, message_id: UUID, hop: int, maybe_twice: bool, now: datetime
) -> tuple[UUID, UUID] | None:
    """Put one that is late on its next way; (workspace, sender) to ring, or None when news came meanwhile."""
    row = await tx.fetch_row(_LATE, now, maybe_twice, workspace_id, message_id, hop)
    return None if row is None else (row["workspace_id"], row["sender_id"])
