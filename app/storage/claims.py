"""Which messages may a worker try next, and what is true of their numbers? The hot half of dispatch, set-based."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from app.storage.database import Transaction

Records = list[asyncpg.Record]

_WORK = """
SELECT c.id
FROM campaign_lane l JOIN campaign c ON c.workspace_id = l.workspace_id AND c.id = l.campaign_id
WHERE l.sender_id = $1 AND c.state = 'running' AND EXISTS (
  SELECT 1 FROM message m
  WHERE m.sender_id = $1 AND m.campaign_id = c.id AND m.priority = 1 AND m.state = 10 AND m.due_at <= $2)
UNION ALL
SELECT NULL WHERE EXISTS (
  SELECT 1 FROM message m WHERE m.sender_id = $1 AND m.campaign_id IS NULL AND m.state = 10 AND m.due_at <= $2)
"""

_DUE_LANES = """
SELECT s.workspace_id, s.id AS sender_id
FROM sender s JOIN provider p ON p.workspace_id = s.workspace_id AND p.id = s.provider_id
WHERE (s.held_until IS NULL OR s.held_until <= $1) AND (p.held_until IS NULL OR p.held_until <= $1) AND (
  EXISTS (SELECT 1 FROM message m WHERE m.sender_id = s.id AND m.campaign_id IS NULL AND m.state = 10 AND m.due_at <= $1)
  OR EXISTS (
    SELECT 1 FROM campaign_lane l JOIN campaign c ON c.workspace_id = l.workspace_id AND c.id = l.campaign_id
    WHERE l.sender_id = s.id AND c.state = 'running' AND EXISTS (
      SELECT 1 FROM message m
      WHERE m.sender_id = s.id AND m.campaign_id = c.id AND m.priority = 1 AND m.state = 10 AND m.due_at <= $1)))
"""

_PICK_CAMPAIGN = """
SELECT id, phone, contact_id, attempts, spared, body, not_after, purpose, reply_to, origin, priority, brand, topic, subject,
       ground, content, plan, hop, variant, route::text AS route
FROM message
WHERE sender_id = $1 AND campaign_id = $2 AND priority = 1 AND state = 10 AND due_at <= $3
ORDER BY due_at, id LIMIT $4
FOR NO KEY UPDATE SKIP LOCKED
"""

_PICK_SINGLE = """
SELECT id, phone, contact_id, attempts, spared, body, not_after, purpose, reply_to, origin, priority, brand, topic, subject,
       ground, content, plan, hop, variant, route::text AS route
FROM message
WHERE sender_id = $1 AND campaign_id IS NULL AND state = 10 AND due_at <= $2
ORDER BY priority, due_at, id LIMIT $3
FOR NO KEY UPDATE SKIP LOCKED
"""

# Skips numbers someone else holds (an opt-out, another claim): waiting here while holding message rows could deadlock, and the
# message is simply tried again a moment later.
_LOCK_NUMBERS = """
SELECT phone FROM number
WHERE workspace_id = $1 AND phone = ANY($2::text[])
ORDER BY phone
FOR NO KEY UPDATE SKIP LOCKED
"""

# One row a number, with everything a rule may look at; what is many comes as JSON, which is null where there is none.
# Of one person's numbers whose messages of a campaign all wait, the one that speaks for the others gets it. CASE, because a
# lateral join would read the ledger of everybody, and then leave out who shares their number with nobody.
_FACTS = """
SELECT n.phone, n.region, coalesce(n.line_type, n.kind) AS kind, n.zones, n.proved_at, n.network, n.acquired,
       c.id AS contact_id, c.attributes, c.locale, c.time_zone, c.places, c.birth_date, c.age_verified,
       k.consents, s.suppressions, g.registries, b.code AS blocked_code, r.refusals, t.sends, t.campaign_sends,
       coalesce(p2.stopped_elsewhere, w.stopped) AS stopped_elsewhere, w.reached AS reached_elsewhere,
       CASE WHEN EXISTS (
         SELECT 1 FROM number_person q WHERE q.workspace_id = $1 AND q.phone = p.phone AND q.person <> coalesce(c.person, (
           SELECT min(z.person) FROM number_person z WHERE z.workspace_id = $1 AND z.phone = p.phone)))
       THEN jsonb_build_object('person', c.person, 'begun', n.tenure_since,
         'people', (SELECT jsonb_agg(q.person ORDER BY q.person) FROM number_person q
                    WHERE q.workspace_id = $1 AND q.phone = p.phone AND q.left_at IS NULL AND q.person IS DISTINCT FROM c.person),
         'seller', (SELECT y.name FROM workspace y WHERE y.id = $1),
         'lines', (SELECT jsonb_agg(jsonb_build_object(
                     'kind', e.kind, 'channel', e.channel, 'topic', e.topic, 'brand', e.brand, 'basis', e.basis,
                     'method', e.method, 'occurred_at', e.occurred_at, 'expires_at', e.expires_at, 'evidence', e.evidence)
                     ORDER BY e.number_seq)
                   FROM consent_event e WHERE e.workspace_id = $1 AND e.phone = p.phone AND e.purpose = $4
                     AND (e.channel IS NULL OR e.channel = ANY($3::text[])))) END AS household
FROM unnest($2::text[]) AS p(phone)
JOIN number n ON n.workspace_id = $1 AND n.phone = p.phone
LEFT JOIN contact c ON c.workspace_id = $1 AND c.phone = p.phone
LEFT JOIN sender_block b ON b.workspace_id = $1 AND b.phone = p.phone AND b.sender_id = $7
LEFT JOIN LATERAL (
  SELECT jsonb_agg(jsonb_build_array(x.channel, x.state, x.since, x.expires_at, x.basis, x.brand, x.topic, x.flags)
                   ORDER BY x.channel, x.topic, x.brand, x.basis) AS consents
  FROM consent x WHERE x.workspace_id = $1 AND x.phone = p.phone AND x.purpose = $4 AND x.channel = ANY($3::text[])) k ON true
LEFT JOIN LATERAL (
  SELECT jsonb_agg(jsonb_build_array(x.reason, x.scope, x.channel, x.since, x.method, x.via, x.answered)
                   ORDER BY x.reason, x.channel) AS suppressions
  FROM suppression x WHERE x.workspace_id = $1 AND x.phone = p.phone) s ON true
LEFT JOIN LATERAL (
  SELECT jsonb_agg(jsonb_build_array(x.registry, x.answer, x.as_of, x.asked_about) ORDER BY x.registry) AS registries
  FROM registry_entry x WHERE x.workspace_id = $1 AND x.phone = p.phone) g ON true
LEFT JOIN LATERAL (
  SELECT true AS stopped_elsewhere FROM contact o
  JOIN suppression x ON x.workspace_id = $1 AND x.phone = o.phone AND x.reason IN ('opt_out', 'objection', 'complaint')
  WHERE c.person IS NOT NULL AND o.workspace_id = $1 AND o.person = c.person AND o.phone <> c.phone LIMIT 1) p2 ON true
LEFT JOIN LATERAL (
  SELECT bool_or(EXISTS (
           SELECT 1 FROM suppression x WHERE x.workspace_id = $1 AND x.reason IN ('opt_out', 'objection', 'complaint') AND (
             x.phone = o.phone OR o.person IS NOT NULL AND x.phone IN (
               SELECT q.phone FROM contact q
               WHERE q.workspace_id = $1 AND q.person = o.person AND q.phone <> p.phone)))) AS stopped,
         bool_or(EXISTS (
           SELECT 1 FROM message m WHERE m.workspace_id = $1 AND m.campaign_id = $5 AND m.phone = o.phone
             AND m.state NOT IN (50, 51, 52, 54, 56) AND (m.state NOT IN (0, 10) OR c.merged_into IS NOT NULL OR NOT EXISTS (
               SELECT 1 FROM message z WHERE z.workspace_id = $1 AND z.campaign_id = $5 AND z.phone = p.phone)))) AS reached
  FROM (
    SELECT a.phone, a.person FROM contact a
    WHERE a.workspace_id = $1 AND a.merged_into = coalesce(c.merged_into, c.id) AND a.id <> c.id
    UNION ALL
    SELECT a.phone, a.person FROM contact a WHERE c.merged_into IS NOT NULL AND a.workspace_id = $1 AND a.id = c.merged_into) o
) w ON true
LEFT JOIN LATERAL (
  SELECT jsonb_agg(e.occurred_at ORDER BY e.occurred_at) AS refusals FROM consent_event e
  WHERE 'voice' = ANY($3::text[]) AND e.workspace_id = $1 AND e.phone = p.phone AND e.kind = 'declined'
    AND e.channel = 'voice') r ON true
LEFT JOIN LATERAL (
  SELECT jsonb_agg(jsonb_build_array(m.counted_at, m.channel, m.subject) ORDER BY m.counted_at) AS sends,
         array_agg(m.counted_at ORDER BY m.counted_at) FILTER (WHERE m.campaign_id = $5) AS campaign_sends
  FROM message m
  WHERE $6::timestamptz IS NOT NULL AND m.workspace_id = $1 AND m.phone = p.phone AND m.counted_at > $6) t ON true
"""

# The decision taken now replaces the one before it. One that had objected is kept under `earlier`, eight at most, and its codes
# stay among those that objected: what held a message back can be asked for after it went.
_SETTLE = """
UPDATE message m
SET state = u.state, reason = u.reason,
    decision = CASE WHEN m.objected = '{}' THEN u.decision::jsonb
      WHEN jsonb_array_length(coalesce(m.decision->'earlier', '[]')) >= 8
        THEN u.decision::jsonb || jsonb_build_object('earlier', m.decision->'earlier')
      ELSE u.decision::jsonb || jsonb_build_object(
        'earlier', coalesce(m.decision->'earlier', '[]') || jsonb_build_array(m.decision - 'earlier')) END,
    objected = CASE WHEN m.objected = '{}' THEN string_to_array(u.objected, ',') WHEN u.objected = '' THEN m.objected
      ELSE ARRAY(SELECT DISTINCT code FROM unnest(m.objected || string_to_array(u.objected, ',')) AS x(code) ORDER BY code) END,
    due_at = coalesce(u.due_at, m.due_at),
    body = coalesce(u.body, m.body), parts = coalesce(u.parts, m.parts),
    content = CASE WHEN u.body IS NULL THEN m.content ELSE u.content::jsonb END,
    lease_id = CASE WHEN u.state = 20 THEN $2::uuid END,
    counted_at = CASE WHEN u.state = 20 AND m.purpose = 'marketing' THEN $3::timestamptz END,
    attempts = m.attempts + CASE WHEN u.state = 20 THEN 1 ELSE 0 END,
    cost = CASE WHEN u.cost IS NULL THEN m.cost ELSE coalesce(m.cost, 0) + u.cost END,
    updated_at = $3
FROM unnest($4::uuid[], $5::smallint[], $6::text[], $7::text[], $8::text[], $9::timestamptz[], $10::text[], $11::smallint[],
            $12::text[], $13::numeric[])
  AS u(id, state, reason, decision, objected, due_at, body, parts, content, cost)
WHERE m.workspace_id = $1 AND m.id = u.id
"""

_LEASE = """
INSERT INTO lease (id, workspace_id, sender_id, provider_id, campaign_id, worker, message_ids, claimed_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""


async def due_work(tx: Transaction, *, sender_id: UUID, now: datetime) -> list[UUID | None]:
    """The running campaigns of a sender with due messages, and None when messages outside campaigns are due."""
    return [row["id"] for row in await tx.fetch(_WORK, sender_id, now)]


async def due_lanes(tx: Transaction, *, now: datetime) -> list[tuple[UUID, UUID]]:
    """(workspace, sender) of every lane that has something due and is not held."""
    return [(row["workspace_id"], row["sender_id"]) for row in await tx.fetch(_DUE_LANES, now)]


async def pick_messages(tx: Transaction, *, sender_id: UUID, campaign_id: UUID | None, now: datetime, limit: int) -> Records:
    """Lock up to `limit` due messages nobody else is looking at, oldest due first, higher priority first."""
    if campaign_id is None:
        return await tx.fetch(_PICK_SINGLE, sender_id, now, limit)
    return await tx.fetch(_PICK_CAMPAIGN, sender_id, campaign_id, now, limit)


async def lock_numbers(tx: Transaction, *, workspace_id: UUID, phones: Sequence[str]) -> set[str]:
    """Lock the numbers that are free; the ones another transaction holds are left out."""
    return {row["phone"] for row in await tx.fetch(_LOCK_NUMBERS, workspace_id, phones)}


async def read_facts(
    tx: Transaction,
    *,
    workspace_id: UUID,
    phones: Sequence[str],
    channels: Sequence[str],
    purpose: str,
    campaign_id: UUID | None = None,
    sender_id: UUID | None = None,
    sends_since: datetime | None = None,
) -> Records:
    """What is true of each number now, in one round trip: a row a number that is known.

    `channels` are the family whose consents count for one another. `sends_since` None leaves recent sends out (no caps). Must be
    a statement of its own, after `lock_numbers`: its snapshot then sees everything the lock waited out.
    """
    return await tx.fetch(_FACTS, workspace_id, phones, channels, purpose, campaign_id, sends_since, sender_id)


async def settle_claims(
    tx: Transaction, *, workspace_id: UUID, lease_id: UUID, now: datetime, rows: Sequence[tuple[object, ...]]
) -> None:
    """Write what was decided of each picked message: its id and what changes of it.

    A row is (id, state, reason, decision, codes, due at, body, parts, content, cost).

    State 20 takes the lease, counts against caps if marketing, and begins an attempt; 10 waits; final states close.
    """
    await tx.execute(_SETTLE, workspace_id, lease_id, now, *(list(column) for column in zip(*rows, strict=True)))


async def open_lease(
    tx: Transaction,
    *,
    lease_id: UUID,
    workspace_id: UUID,
    sender_id: UUID,
    provider_id: UUID,
    campaign_id: UUID | None,
    worker: str,
    message_ids: Sequence[UUID],
    now: datetime,
    expires_at: datetime,
) -> None:
    """Record the claim of a group."""
    await tx.execute(_LEASE, lease_id, workspace_id, sender_id, provider_id, campaign_id, worker, message_ids, now, expires_at)
