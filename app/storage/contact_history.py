"""What happened with a contact? Everything that was recorded of it and its number, in the order it was, page by page."""

from collections.abc import Sequence
from uuid import UUID

from app.storage.database import Row, Transaction

# Ids hold the time they were made at, in every table: one order for all, each branch bounded by its page.
_PAGE = """
SELECT * FROM (
  (SELECT e.id, e.occurred_at AS at, 'consent' AS kind, e.kind AS what, e.channel, NULL::uuid AS message_id,
          jsonb_build_object('method', e.method, 'purpose', e.purpose, 'topic', e.topic, 'brand', e.brand) AS detail
   FROM consent_event e WHERE e.workspace_id = $1 AND e.phone = $3 AND ($4::uuid IS NULL OR e.id < $4)
   ORDER BY e.id DESC LIMIT $5)
  UNION ALL
  (SELECT m.id, m.created_at, 'message', m.state::text, m.channel, m.id,
          jsonb_build_object('reason', m.reason, 'purpose', m.purpose, 'origin', m.origin)
   FROM message m WHERE m.workspace_id = $1 AND m.phone = $3 AND ($4::uuid IS NULL OR m.id < $4) ORDER BY m.id DESC LIMIT $5)
  UNION ALL
  (SELECT r.id, coalesce(r.occurred_at, r.received_at), 'receipt', r.state::text, m.channel, m.id,
          jsonb_build_object('error_class', r.error_class, 'error_code', r.error_code, 'raw_status', r.raw_status)
   FROM message m JOIN receipt r ON r.workspace_id = m.workspace_id AND r.message_id = m.id
   WHERE m.workspace_id = $1 AND m.phone = $3 AND r.state IS NOT NULL AND ($4::uuid IS NULL OR r.id < $4)
   ORDER BY r.id DESC LIMIT $5)
  UNION ALL
  (SELECT i.id, i.received_at, 'answer', i.kind, i.channel, coalesce(i.message_id, i.reply_message_id),
          jsonb_build_object('keyword', i.keyword, 'payload', i.payload)
   FROM inbound i WHERE i.workspace_id = $1 AND i.phone = $3 AND ($4::uuid IS NULL OR i.id < $4) ORDER BY i.id DESC LIMIT $5)
  UNION ALL
  (SELECT c.id, c.clicked_at, 'click', CASE WHEN c.human THEN 'person' ELSE 'machine' END, NULL, c.message_id,
          jsonb_build_object('score', c.score)
   FROM click c WHERE c.workspace_id = $1 AND c.contact_id = $2 AND ($4::uuid IS NULL OR c.id < $4) ORDER BY c.id DESC LIMIT $5)
  UNION ALL
  (SELECT v.id, v.occurred_at, 'event', v.name, NULL, v.message_id,
          jsonb_build_object('amount', v.amount::text, 'currency', v.currency)
   FROM event v WHERE v.workspace_id = $1 AND v.contact_id = $2 AND ($4::uuid IS NULL OR v.id < $4) ORDER BY v.id DESC LIMIT $5)
) h ORDER BY id DESC LIMIT $5
"""


async def contact_history(
    tx: Transaction, *, workspace_id: UUID, contact_id: UUID, phone: str, before: UUID | None, limit: int
) -> Sequence[Row]:
    """What was recorded of a contact and its number below an id, the last first: at, kind, what, channel, message_id, detail."""
    return await tx.fetch(_PAGE, workspace_id, contact_id, phone, before, limit)
