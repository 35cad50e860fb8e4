"""What is held about one person? Every table that speaks of a number, read whole."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.storage.database import Transaction

_OF_MESSAGES = """
JOIN message m ON m.workspace_id = x.workspace_id AND m.id = x.message_id WHERE m.workspace_id = $1 AND m.phone = $2
"""
_READ: Mapping[str, str] = {
    "number": """
        SELECT phone, region, kind, line_type, network, zones, tenure, tenure_since, proved_at, hard_bounces, soft_bounces,
               created_at
        FROM number WHERE workspace_id = $1 AND phone = $2""",
    "consents": """
        SELECT channel, purpose, topic, brand, basis, state, since, expires_at, flags, event_id
        FROM consent WHERE workspace_id = $1 AND phone = $2 ORDER BY since""",
    "ledger": """
        SELECT id, seq, number_seq, kind, channel, purpose, topic, brand, basis, tenure, method, evidence, source, actor,
               expires_at, occurred_at, recorded_at
        FROM consent_event WHERE workspace_id = $1 AND phone = $2 ORDER BY seq""",
    "suppressions": """
        SELECT reason, channel, scope, source, method, via, answered, since
        FROM suppression WHERE workspace_id = $1 AND phone = $2 ORDER BY since, reason, channel""",
    "registries": """
        SELECT registry, answer, as_of, asked_about, recorded_at
        FROM registry_entry WHERE workspace_id = $1 AND phone = $2 ORDER BY registry""",
    "blocks": "SELECT sender_id, code, since FROM sender_block WHERE workspace_id = $1 AND phone = $2 ORDER BY since",
    "capabilities": """
        SELECT sender_id, capable, checked_at FROM capability WHERE workspace_id = $1 AND phone = $2 ORDER BY checked_at""",
    "messages": """
        SELECT id, campaign_id, sender_id, channel, purpose, origin, brand, topic, subject, state, reason, decision, objected,
               body, parts, plan->'said' AS said_before, due_at, not_after, attempts, handed_over_at, created_at, updated_at
        FROM message WHERE workspace_id = $1 AND phone = $2 ORDER BY created_at, id""",
    "attempts": f"""
        SELECT x.message_id, x.number, x.provider_id, x.sender_id, x.outcome, x.provider_message_id, x.error_code, x.detail,
               x.handed_over_at, x.answered_at
        FROM attempt x {_OF_MESSAGES} ORDER BY x.handed_over_at, x.message_id, x.number""",  # noqa: S608
    "receipts": f"""
        SELECT x.id, x.message_id, x.provider_id, x.attempt_number, x.raw_status, x.state, x.error_code, x.occurred_at,
               x.network, x.received_at
        FROM receipt x {_OF_MESSAGES} ORDER BY x.received_at, x.id""",  # noqa: S608
    "links": f"""
        SELECT x.message_id, l.written, x.target, x.expires_at
        FROM link_code x JOIN link l ON l.workspace_id = x.workspace_id AND l.id = x.link_id {_OF_MESSAGES}
        ORDER BY x.message_id, x.code""",  # noqa: S608
    "clicks": f"""
        SELECT x.id, x.message_id, x.clicked_at, x.agent, x.score, x.human FROM click x {_OF_MESSAGES} ORDER BY x.id""",  # noqa: S608
    "inbound": """
        SELECT id, provider_id, message_id, to_address, channel, kind, body, payload, media, keyword, received_at
        FROM inbound WHERE workspace_id = $1 AND phone = $2 ORDER BY id""",
    "reviews": """
        SELECT kind, outcome, settled_by, note, created_at, settled_at
        FROM review WHERE workspace_id = $1 AND phone = $2 ORDER BY created_at""",
    "double_opt_ins": """
        SELECT channels, purpose, topic, brand, evidence, state, asked_at, expires_at, answered_at
        FROM double_opt_in WHERE workspace_id = $1 AND phone = $2 ORDER BY asked_at""",
    "contact_changes": """
        SELECT x.until, x.attributes, x.tags FROM contact_change x
        JOIN contact c ON c.workspace_id = x.workspace_id AND c.id = x.contact_id
        WHERE c.workspace_id = $1 AND c.phone = $2 ORDER BY x.until""",
    "events": """
        SELECT e.id, e.caller_id, e.person, e.kind, e.name, e.occurred_at, e.received_at, e.amount, e.currency, e.items,
               e.properties, e.message_id
        FROM event e JOIN contact c ON c.workspace_id = e.workspace_id AND c.id = e.contact_id
        WHERE c.workspace_id = $1 AND c.phone = $2 ORDER BY e.occurred_at, e.id""",
    "people": """
        SELECT person, attributes, created_at, updated_at, left_at
        FROM number_person WHERE workspace_id = $1 AND phone = $2 ORDER BY created_at, person""",
    "merges": """
        SELECT g.id, g.contact_id, g.from_contact_id, g.actor, g.report, g.merged_at
        FROM contact_merge g JOIN contact c ON c.workspace_id = g.workspace_id AND c.id IN (g.contact_id, g.from_contact_id)
        WHERE c.workspace_id = $1 AND c.phone = $2 ORDER BY g.id""",
    "imports": """
        SELECT r.import_id, r.line, r.outcome, r.fields, j.provenance, j.created_at
        FROM import_row r JOIN import_job j ON j.workspace_id = r.workspace_id AND j.id = r.import_id
        WHERE r.workspace_id = $1 AND r.phone = $2 ORDER BY j.created_at, r.line""",
    # Who got to know the number: the carrier accounts something was handed over to, or that something came in by.
    "recipients": """
        SELECT p.id AS provider_id, p.kind, p.name, count(*) AS times, min(x.at) AS first_at, max(x.at) AS last_at
        FROM (SELECT a.provider_id, a.handed_over_at AS at FROM attempt a
              JOIN message m ON m.workspace_id = a.workspace_id AND m.id = a.message_id
              WHERE m.workspace_id = $1 AND m.phone = $2
              UNION ALL SELECT provider_id, received_at FROM inbound WHERE workspace_id = $1 AND phone = $2) x
        JOIN provider p ON p.workspace_id = $1 AND p.id = x.provider_id
        GROUP BY p.id, p.kind, p.name ORDER BY p.name""",
}


async def read_everything(tx: Transaction, *, workspace_id: UUID, phone: str) -> dict[str, list[dict[str, Any]]]:
    """Every row about a number, by what it is; of secrets (a request's token, credentials) there is nothing."""
    return {name: [dict(row) for row in await tx.fetch(sql, workspace_id, phone)] for name, sql in _READ.items()}
