"""What is left of an erased number? A keyed hash and its noes; everything else about the person goes, in every table."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from app.storage.database import Transaction

# What was known of the twin's noes comes back under the number: a no does not end because its data did.
_TWINS = """
SELECT t.phone AS twin, n.phone
FROM unnest($2::text[], $3::text[]) AS n(twin, phone) JOIN number t ON t.workspace_id = $1 AND t.phone = n.twin
"""
_SUPPRESSIONS = """
INSERT INTO suppression (workspace_id, phone, reason, channel, scope, source, method, via, answered, since)
SELECT DISTINCT ON (u.phone, s.reason, s.channel) $1, u.phone, s.reason, s.channel,
       CASE WHEN s.reason = 'erased' THEN 'marketing' ELSE s.scope END, s.source, s.method, s.via, s.answered, s.since
FROM unnest($2::text[], $3::text[]) AS u(twin, phone) JOIN suppression s ON s.workspace_id = $1 AND s.phone = u.twin
ORDER BY u.phone, s.reason, s.channel, s.since DESC
ON CONFLICT DO NOTHING
"""
_CONSENTS = """
INSERT INTO consent (workspace_id, phone, channel, purpose, topic, brand, basis, state, since, expires_at, flags, event_id)
SELECT DISTINCT ON (u.phone, c.channel, c.purpose, c.topic, c.brand, c.basis)
       $1, u.phone, c.channel, c.purpose, c.topic, c.brand, c.basis, c.state, c.since, c.expires_at, c.flags, c.event_id
FROM unnest($2::text[], $3::text[]) AS u(twin, phone) JOIN consent c ON c.workspace_id = $1 AND c.phone = u.twin
ORDER BY u.phone, c.channel, c.purpose, c.topic, c.brand, c.basis, c.since DESC
ON CONFLICT DO NOTHING
"""
_BLOCKS = """
INSERT INTO sender_block (workspace_id, sender_id, phone, code, since)
SELECT DISTINCT ON (u.phone, b.sender_id) $1, b.sender_id, u.phone, b.code, b.since
FROM unnest($2::text[], $3::text[]) AS u(twin, phone) JOIN sender_block b ON b.workspace_id = $1 AND b.phone = u.twin
ORDER BY u.phone, b.sender_id, b.since DESC
ON CONFLICT DO NOTHING
"""
_REGISTRIES = """
INSERT INTO registry_entry (workspace_id, registry, phone, answer, as_of, asked_about, recorded_at)
SELECT DISTINCT ON (u.phone, r.registry) $1, r.registry, u.phone, r.answer, r.as_of, r.asked_about, r.recorded_at
FROM unnest($2::text[], $3::text[]) AS u(twin, phone) JOIN registry_entry r ON r.workspace_id = $1 AND r.phone = u.twin
ORDER BY u.phone, r.registry, r.as_of DESC
ON CONFLICT DO NOTHING
"""

# Of messages nothing is left that was said or known: not the text, not the facts a decision saw, not a carrier's words.
_CLOSE = """
WITH waiting AS (
  SELECT m.id, m.state FROM message m
  WHERE m.workspace_id = $1 AND m.phone = $2 AND (m.state IN (0, 10) OR m.state = 20 AND EXISTS (
    SELECT 1 FROM lease l WHERE l.id = m.lease_id AND l.departed_at IS NULL))
  ORDER BY m.id FOR NO KEY UPDATE OF m
)
UPDATE message m SET state = 50, reason = 'suppress.erased', lease_id = NULL, counted_at = NULL, updated_at = $3
FROM waiting w WHERE m.workspace_id = $1 AND m.id = w.id
RETURNING w.state
"""
_BEYOND = "SELECT count(*) FROM message WHERE workspace_id = $1 AND phone = $2 AND state IN (20, 25, 30, 40)"
# Carriers that take many in one request name each by its number (`batch:number`): the row's own id stands in for it.
_EMPTY_ATTEMPTS = """
UPDATE attempt a SET detail = NULL, provider_message_id = replace(a.provider_message_id, substr($2, 2), m.id::text)
FROM message m
WHERE m.workspace_id = $1 AND m.phone = $2 AND a.workspace_id = m.workspace_id AND a.message_id = m.id
  AND (a.detail IS NOT NULL OR position(substr($2, 2) IN a.provider_message_id) > 0)
"""
_EMPTY_RECEIPTS = """
UPDATE receipt r SET recipient = NULL, event_key = replace(r.event_key, substr($2, 2), r.id::text),
  provider_message_id = replace(r.provider_message_id, substr($2, 2), m.id::text)
FROM message m
WHERE m.workspace_id = $1 AND m.phone = $2 AND r.workspace_id = m.workspace_id AND r.message_id = m.id
  AND (r.recipient IS NOT NULL OR position(substr($2, 2) IN r.event_key || ' ' || coalesce(r.provider_message_id, '')) > 0)
"""
_EMPTY_PARKED = """
UPDATE receipt r SET recipient = NULL, event_key = replace(r.event_key, substr($2, 2), r.id::text),
  provider_message_id = replace(r.provider_message_id, substr($2, 2), r.id::text)
WHERE r.workspace_id = $1 AND r.message_id IS NULL
  AND position(substr($2, 2) IN concat_ws(' ', r.recipient, r.event_key, r.provider_message_id)) > 0
"""
_EMPTY_INBOUND = """
UPDATE inbound SET body = '', payload = NULL, media = '[]', event_key = replace(event_key, substr($2, 2), id::text)
WHERE workspace_id = $1 AND phone = $2
"""
_EMPTY_MESSAGES = """
UPDATE message SET body = '', content = NULL, plan = NULL, decision = CASE WHEN decision IS NOT NULL THEN
  (decision - ARRAY['earlier', 'permissions']) || '{"reasons": []}' END
WHERE workspace_id = $1 AND phone = $2
"""
# Of rows that could not be used nothing is known but the number as it was written: its last digits are enough, and where they are
# somebody else's a report lacks what a row said.
_EMPTY_IMPORT_ROWS = """
UPDATE import_row r SET phone = NULL, contact_id = NULL, fields = '{}'
WHERE r.workspace_id = $1 AND (r.phone = $2
  OR r.contact_id IN (SELECT c.id FROM contact c WHERE c.workspace_id = $1 AND c.phone = $2)
  OR r.phone IS NULL AND r.contact_id IS NULL AND r.outcome IN ('rejected', 'duplicate')
    AND right(regexp_replace(r.fields[1], '[^0-9]', '', 'g'), 7) = right($2, 7))
"""
_END_REQUESTS = """
UPDATE double_opt_in SET evidence = '{}', state = CASE WHEN state = 'asked' THEN 'expired' ELSE state END
WHERE workspace_id = $1 AND phone = $2
"""
# That somebody clicked stays among the campaign's figures, and no longer says who or with what.
_EMPTY_CLICKS = """
UPDATE click c SET contact_id = NULL, agent = 'unknown', address = NULL FROM message m
WHERE m.workspace_id = $1 AND m.phone = $2 AND c.workspace_id = m.workspace_id AND c.message_id = m.id
"""
_END_LINKS = """
DELETE FROM link_code k USING message m
WHERE m.workspace_id = $1 AND m.phone = $2 AND k.workspace_id = m.workspace_id AND k.message_id = m.id
"""
# Whatever was kept whole and may name the number: digits are enough, a plus sign may be written in several ways.
_FORGET_WEBHOOKS = """
DELETE FROM unread_webhook WHERE workspace_id = $1
AND (position(convert_to(substr($2, 2), 'UTF8') IN body) > 0 OR position(substr($2, 2) IN query) > 0)
"""
_EMPTY_ANSWERS = """
UPDATE idempotency_key SET answer = '{}'
WHERE workspace_id = $1 AND position(convert_to(substr($2, 2), 'UTF8') IN answer) > 0
"""
_FORGET_EVENTS = """
DELETE FROM event e USING contact c
WHERE c.workspace_id = $1 AND c.phone = $2 AND e.workspace_id = c.workspace_id AND e.contact_id = c.id
"""
_EMPTY: Mapping[str, str] = {
    "attempts": _EMPTY_ATTEMPTS,
    "receipts": _EMPTY_RECEIPTS,
    "parked_receipts": _EMPTY_PARKED,
    "messages": _EMPTY_MESSAGES,
    "clicks": _EMPTY_CLICKS,
    "links": _END_LINKS,
    "inbound": _EMPTY_INBOUND,
    "capabilities": "DELETE FROM capability WHERE workspace_id = $1 AND phone = $2",
    "double_opt_ins": _END_REQUESTS,
    "consents": "DELETE FROM consent WHERE workspace_id = $1 AND phone = $2 AND state NOT IN ('revoked', 'declined')",
    "import_rows": _EMPTY_IMPORT_ROWS,
    "unread_webhooks": _FORGET_WEBHOOKS,
    "kept_answers": _EMPTY_ANSWERS,
    "events": _FORGET_EVENTS,
    "people": "DELETE FROM number_person WHERE workspace_id = $1 AND phone = $2",
    "contacts": "DELETE FROM contact WHERE workspace_id = $1 AND phone = $2",
}
"""What is emptied or removed, by what it is; each statement takes the workspace and the number, while it still has it."""
_SETTLE_REVIEWS = """
UPDATE review SET note = '', outcome = coalesce(outcome, 'opt_out'), settled_by = coalesce(settled_by, 'erasure'),
       settled_at = coalesce(settled_at, $3)
WHERE workspace_id = $1 AND phone = $2
"""
# The one change the ledger lets through: the number becomes its hash, and what the hashes of the entry stand for is gone.
_EMPTY_LEDGER = "UPDATE consent_event SET evidence = '{}', salt = NULL WHERE workspace_id = $1 AND phone = $2"
_FORGET_NUMBER = """
UPDATE number SET phone = $3, region = '', kind = 'unknown', zones = '{}', line_type = NULL, network = '',
  acquired = '', tenure_since = NULL, proved_at = NULL
WHERE workspace_id = $1 AND phone = $2
"""
_RENAME = "UPDATE number SET phone = $3 WHERE workspace_id = $1 AND phone = $2"
_RENAME_LOOSE = (
    "UPDATE inbound SET phone = $3 WHERE workspace_id = $1 AND phone = $2",
    "UPDATE registry_entry SET phone = $3 WHERE workspace_id = $1 AND phone = $2",
)
"""Tables that name a number without a foreign key: they do not follow by themselves."""
_STAYS_SILENT = """
INSERT INTO suppression (workspace_id, phone, reason, channel, scope, source, method, since)
VALUES ($1, $2, 'erased', '', 'all', $3, 'erasure', $4)
ON CONFLICT (workspace_id, phone, reason, channel) DO UPDATE SET scope = 'all', since = excluded.since
"""
_TAKE = "SELECT true FROM number WHERE workspace_id = $1 AND phone = $2 FOR UPDATE"
_KNOWN = "SELECT EXISTS (SELECT 1 FROM number WHERE workspace_id = $1 AND phone = $2)"


async def remember_noes(tx: Transaction, *, workspace_id: UUID, phones: Sequence[str]) -> int:
    """Give numbers that were just made the noes of their erased twins; how many have one.

    Suppressions, revoked consents, carriers' blocks and registries' answers. The erasure itself binds marketing from then on.
    """
    names = [(twin, phone) for phone in phones for twin in tx.stand_ins.all_of(workspace_id, phone)]
    if not names:
        return 0
    found = await tx.fetch(_TWINS, workspace_id, *(list(column) for column in zip(*names, strict=True)))
    if not found:
        return 0
    twins, back = [row["twin"] for row in found], [row["phone"] for row in found]
    for statement in (_SUPPRESSIONS, _CONSENTS, _BLOCKS, _REGISTRIES):
        await tx.execute(statement, workspace_id, twins, back)
    return len(set(back))


async def take_number(tx: Transaction, *, workspace_id: UUID, phone: str) -> bool:
    """Lock a number against everybody, whoever writes anything about it included; False when it has no row.

    What was erased under it before is locked first: it moves aside, and whoever waited for that erasure may hold it still. Must
    come before any other lock: who holds the number may be waiting for those.
    """
    await tx.fetch_value(_TAKE, workspace_id, tx.stand_ins.of(workspace_id, phone))
    return bool(await tx.fetch_value(_TAKE, workspace_id, phone))


async def close_messages(tx: Transaction, *, workspace_id: UUID, phone: str, now: datetime) -> tuple[int, int, int]:
    """Close whatever has not left for a number that is held, answers to keywords too: (cancelled, stopped, beyond recall)."""
    closed = [row["state"] for row in await tx.fetch(_CLOSE, workspace_id, phone, now)]
    beyond = await tx.fetch_value(_BEYOND, workspace_id, phone)
    stopped = sum(1 for state in closed if state == 20)
    return len(closed) - stopped, stopped, int(beyond)


async def empty_number(tx: Transaction, *, workspace_id: UUID, phone: str, now: datetime) -> dict[str, int]:
    """Take away what is known of the person with a number that is held; rows touched, by what they were."""
    emptied = {name: await tx.execute(statement, workspace_id, phone) for name, statement in _EMPTY.items()}
    return {**emptied, "reviews": await tx.execute(_SETTLE_REVIEWS, workspace_id, phone, now)}


async def rename_number(tx: Transaction, *, workspace_id: UUID, phone: str, source: str, now: datetime) -> str:
    """Replace an emptied number by its stand-in, everywhere; the stand-in. It may get nothing at all from then on.

    What was erased under the number before moves aside, so that the newest is what a returning number finds.
    """
    stand_in = tx.stand_ins.of(workspace_id, phone)
    if await tx.fetch_value(_KNOWN, workspace_id, stand_in):
        generation = 1
        while await tx.fetch_value(_KNOWN, workspace_id, aside := tx.stand_ins.of(workspace_id, phone, generation=generation)):
            generation += 1
        for statement in (_RENAME, *_RENAME_LOOSE):
            await tx.execute(statement, workspace_id, stand_in, aside)
    for statement in (_FORGET_NUMBER, *_RENAME_LOOSE):
        await tx.execute(statement, workspace_id, phone, stand_in)
    await tx.execute(_EMPTY_LEDGER, workspace_id, stand_in)
    await tx.execute(_STAYS_SILENT, workspace_id, stand_in, source, now)
    return stand_in
