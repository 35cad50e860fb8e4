"""What do we need to know to take a person's text? What it answers, who they are, and what we have told them already."""

from datetime import datetime, timedelta
from uuid import UUID

from app.storage.database import Row, Transaction

_LAST_SENT = """
SELECT purpose, origin FROM message
WHERE workspace_id = $1 AND phone = $2 AND sender_id = $3 AND origin <> 'reply' AND handed_over_at IS NOT NULL
ORDER BY handed_over_at DESC LIMIT 1
"""
_PERSON = """
SELECT n.region, c.locale FROM number n LEFT JOIN contact c ON c.workspace_id = n.workspace_id AND c.phone = n.phone
WHERE n.workspace_id = $1 AND n.phone = $2
"""
_TOLD = """
SELECT EXISTS (SELECT 1 FROM message WHERE workspace_id = $1 AND phone = $2 AND sender_id = $3 AND reply_to = $4
                 AND created_at > coalesce($5, '-infinity'::timestamptz))
"""
_LAST_YES = """
SELECT max(recorded_at) FROM consent_event
WHERE workspace_id = $1 AND phone = $2 AND kind IN ('given', 'confirmed', 'refreshed') AND purpose = 'marketing'
"""
_ASKED = """
SELECT EXISTS (SELECT 1 FROM suppression WHERE workspace_id = $1 AND phone = $2 AND reason = 'opt_out' AND scope = 'all'
                 AND answered = 'scope_question' AND since > $3)
"""
_ANSWERED_WITHIN = timedelta(days=30)


async def last_sent(tx: Transaction, *, workspace_id: UUID, phone: str, sender_id: UUID) -> Row | None:
    """The purpose and origin of the last message this sender handed over to the number, answers to keywords left out."""
    return await tx.fetch_row(_LAST_SENT, workspace_id, phone, sender_id)


async def person_of(tx: Transaction, *, workspace_id: UUID, phone: str) -> Row | None:
    """The number's region, and its contact's locale if it has one."""
    return await tx.fetch_row(_PERSON, workspace_id, phone)


async def was_told(
    tx: Transaction, *, workspace_id: UUID, phone: str, sender_id: UUID, reply_to: str, since_yes: bool = False
) -> bool:
    """Whether this sender has answered such a word before; `since_yes`: since the person last said yes to marketing."""
    after = await tx.fetch_value(_LAST_YES, workspace_id, phone) if since_yes else None
    return bool(await tx.fetch_value(_TOLD, workspace_id, phone, sender_id, reply_to, after))


async def was_asked_scope(tx: Transaction, *, workspace_id: UUID, phone: str, now: datetime) -> bool:
    """Whether the number opted out of everything lately, was asked what it meant, and has not said."""
    return bool(await tx.fetch_value(_ASKED, workspace_id, phone, now - _ANSWERED_WITHIN))
