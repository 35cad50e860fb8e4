"""What has a workspace chosen where the rules leave a choice? Its policy, its own rule rows, and the registries it has loaded."""

from datetime import datetime
from uuid import UUID

from app.storage.database import Row, Transaction

_POLICY = """
SELECT w.policy, w.name,
  (SELECT jsonb_agg(jsonb_build_object('id', r.id, 'kind', r.kind, 'region', r.region, 'channels', r.channels, 'terms', r.terms,
                                       'source', r.source, 'valid_from', r.valid_from, 'valid_to', r.valid_to) ORDER BY r.id)
   FROM rule_row r WHERE r.workspace_id = w.id
     AND (r.valid_to IS NULL OR r.valid_to > $2::timestamptz - interval '1 day')) AS rule_rows,
  (SELECT jsonb_object_agg(f.registry, f.as_of)
   FROM (SELECT registry, max(as_of) AS as_of FROM registry_file
         WHERE workspace_id = w.id AND whole GROUP BY registry) f) AS registries
FROM workspace w WHERE w.id = $1
"""


async def read_policy_row(tx: Transaction, *, workspace_id: UUID, now: datetime) -> Row | None:
    """Policy, own rule rows, and the newest date of every registry file loaded; in one round trip.

    A row's days end later in the west: one that ended yesterday is still there.
    """
    return await tx.fetch_row(_POLICY, workspace_id, now)
