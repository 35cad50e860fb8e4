"""What has been kept long enough? Found by the time in its id, emptied in pages, each with a mark of how far it has come."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from app.storage.database import Transaction

_CLOSED = "x.state >= 45"


@dataclass(frozen=True, slots=True)
class _Purge:
    """Where a kind is: its table, when a row of it is done with (an open one stops the mark), and what empties rows by id."""

    table: str
    closed: str
    statement: str


_PURGES: Mapping[str, _Purge] = {
    "message_texts": _Purge(
        "message",
        _CLOSED,
        """
        UPDATE message SET body = '', content = NULL, plan = NULL
        WHERE workspace_id = $1 AND id = ANY($2::uuid[]) AND (body <> '' OR content IS NOT NULL OR plan IS NOT NULL)
        """,
    ),
    "decisions": _Purge(
        "message",
        _CLOSED,
        """
        UPDATE message SET decision = (decision - ARRAY['earlier', 'permissions']) || '{"reasons": []}'
        WHERE workspace_id = $1 AND id = ANY($2::uuid[]) AND (decision->'reasons' <> '[]' OR decision ? 'earlier'
          OR decision ? 'permissions')
        """,
    ),
    "replies": _Purge(
        "inbound",
        "true",
        """
        UPDATE inbound SET body = '', payload = NULL, media = '[]'
        WHERE workspace_id = $1 AND id = ANY($2::uuid[]) AND (body <> '' OR payload <> '' OR media <> '[]')
          AND lower(keyword) IN ('', 'none')
        """,
    ),
    "keyword_replies": _Purge(
        "inbound",
        "true",
        """
        UPDATE inbound SET body = '', payload = NULL, media = '[]'
        WHERE workspace_id = $1 AND id = ANY($2::uuid[]) AND (body <> '' OR payload <> '' OR media <> '[]')
        """,
    ),
    "receipts": _Purge("receipt", "true", "DELETE FROM receipt WHERE workspace_id = $1 AND id = ANY($2::uuid[])"),
    "links": _Purge("message", _CLOSED, "DELETE FROM link_code WHERE workspace_id = $1 AND message_id = ANY($2::uuid[])"),
    "clicks": _Purge("click", "x.settled", "DELETE FROM click WHERE workspace_id = $1 AND id = ANY($2::uuid[])"),
    "unread_webhooks": _Purge(
        "unread_webhook", "true", "DELETE FROM unread_webhook WHERE workspace_id = $1 AND id = ANY($2::uuid[])"
    ),
    "contact_changes": _Purge(
        "contact_change", "true", "DELETE FROM contact_change WHERE workspace_id = $1 AND id = ANY($2::uuid[])"
    ),
    "events": _Purge("event", "true", "DELETE FROM event WHERE workspace_id = $1 AND id = ANY($2::uuid[])"),
    "capabilities": _Purge("capability", "true", "DELETE FROM capability WHERE workspace_id = $1 AND id = ANY($2::uuid[])"),
    "import_rows": _Purge(
        "import_job",
        "x.state NOT IN ('queued', 'running', 'planned')",
        """
        UPDATE import_row SET phone = NULL, fields = '{}'
        WHERE workspace_id = $1 AND import_id = ANY($2::uuid[]) AND (phone IS NOT NULL OR fields <> '{}')
        """,
    ),
}
_HOLD_MARK = """
INSERT INTO retention_mark (workspace_id, what, up_to) VALUES ($1, $2, '00000000-0000-0000-0000-000000000000')
ON CONFLICT (workspace_id, what) DO UPDATE SET up_to = retention_mark.up_to RETURNING up_to
"""
_MOVE_MARK = "UPDATE retention_mark SET up_to = $3 WHERE workspace_id = $1 AND what = $2"
_MARK = "SELECT up_to FROM retention_mark WHERE workspace_id = $1 AND what = $2"


async def purge_page(tx: Transaction, *, workspace_id: UUID, what: str, before: UUID, limit: int) -> tuple[int, bool]:
    """Empty the next page of a kind whose ids lie before one: (rows changed, whether there may be more).

    The page ends before a row that is not done with: it is come back to, so that nothing is passed over.
    """
    purge = _PURGES[what]
    mark = await tx.fetch_value(_HOLD_MARK, workspace_id, what)
    sql = (
        f"SELECT x.id, {purge.closed} AS closed FROM {purge.table} x "  # noqa: S608
        "WHERE x.workspace_id = $1 AND x.id > $2 AND x.id < $3 ORDER BY x.id LIMIT $4"
    )
    page = await tx.fetch(sql, workspace_id, mark, before, limit)
    ids = []
    for row in page:
        if not row["closed"]:
            break
        ids.append(row["id"])
    if not ids:
        return 0, False
    changed = await tx.execute(purge.statement, workspace_id, ids)
    await tx.execute(_MOVE_MARK, workspace_id, what, ids[-1])
    return changed, len(ids) == limit


async def count_due(tx: Transaction, *, workspace_id: UUID, what: str, before: UUID) -> int:
    """How many rows of a kind's table the next purges would look at."""
    purge = _PURGES[what]
    mark = await tx.fetch_value(_MARK, workspace_id, what) or UUID(int=0)
    sql = f"SELECT count(*) FROM {purge.table} x WHERE x.workspace_id = $1 AND x.id > $2 AND x.id < $3 AND {purge.closed}"  # noqa: S608
    return int(await tx.fetch_value(sql, workspace_id, mark, before))
