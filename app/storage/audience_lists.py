"""Which lists were uploaded, and who is on them? Contacts that were named by number or by person, copied in at once."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select

from app.domain.ids import encode_id
from app.storage.conflicts import unique
from app.storage.database import Row, Transaction
from app.storage.newest import newest_first
from app.storage.tables.contents import audience_list

_NAMED = "CREATE TEMPORARY TABLE named (phone text, person text) ON COMMIT DROP"
# Who was merged is on the list as who speaks for both.
_LAY = """
WITH found AS (
  SELECT n.ctid AS line, coalesce(c.merged_into, c.id) AS contact_id
  FROM named n JOIN contact c ON c.workspace_id = $1 AND c.phone = n.phone
  UNION ALL
  SELECT n.ctid, coalesce(c.merged_into, c.id) FROM named n JOIN contact c ON c.workspace_id = $1 AND c.person = n.person
), laid AS (
  INSERT INTO audience_list_member (workspace_id, list_id, contact_id) SELECT DISTINCT $1::uuid, $2::uuid, contact_id FROM found
  RETURNING contact_id
)
SELECT (SELECT count(*) FROM laid) AS members, (SELECT count(DISTINCT line) FROM found) AS known
"""
_COUNTED = """
UPDATE audience_list SET members = $3, unknown = $4 WHERE workspace_id = $1 AND id = $2
"""
_USED = """
SELECT EXISTS (SELECT FROM audience WHERE workspace_id = $1 AND position($2 in rule::text) > 0)
    OR EXISTS (SELECT FROM campaign WHERE workspace_id = $1 AND finished_at IS NULL AND position($2 in rule::text) > 0)
    OR EXISTS (SELECT FROM sequence WHERE workspace_id = $1 AND position($2 in steps::text) > 0)
"""
_DROP = "DELETE FROM audience_list WHERE workspace_id = $1 AND id = $2 RETURNING true"
_COPY_TIMEOUT = 120.0


async def known_lists(tx: Transaction, *, workspace_id: UUID, list_ids: Sequence[UUID]) -> set[UUID]:
    """Those of the lists that exist."""
    sql = "SELECT id FROM audience_list WHERE workspace_id = $1 AND id = ANY($2::uuid[])"
    return {row["id"] for row in await tx.fetch(sql, workspace_id, list_ids)}


async def add_list(
    tx: Transaction, *, workspace_id: UUID, list_id: UUID, name: str, lines: int, rejected: int, now: datetime
) -> None:
    """Insert a list nobody is on yet. Raises Conflict when the name is taken."""
    row = {"name": name, "members": 0, "lines": lines, "unknown": 0, "rejected": rejected, "created_at": now, "updated_at": now}
    async with unique(tx, "a list of this name exists already", pointer="/query/name"):
        await tx.run(insert(audience_list).values(workspace_id=workspace_id, id=list_id, **row))


async def put_on_list(
    tx: Transaction, *, workspace_id: UUID, list_id: UUID, phones: Sequence[str], persons: Sequence[str]
) -> None:
    """Put the contacts of these numbers and persons on a list, and count those that nobody has."""
    await tx.execute(_NAMED)
    rows = [*((phone, None) for phone in phones), *((None, person) for person in persons)]
    await tx.driver.copy_records_to_table("named", columns=["phone", "person"], records=rows, timeout=_COPY_TIMEOUT)
    await tx.execute("ANALYZE named")
    row = await tx.fetch_row(_LAY, workspace_id, list_id)
    assert row is not None
    await tx.execute(_COUNTED, workspace_id, list_id, row["members"], len(rows) - row["known"])


async def read_list(tx: Transaction, *, workspace_id: UUID, list_id: UUID) -> Row | None:
    """One list."""
    found = select(audience_list).where(audience_list.c.workspace_id == workspace_id, audience_list.c.id == list_id)
    return await tx.first(found)


async def list_lists(tx: Transaction, *, workspace_id: UUID, before: UUID | None, limit: int) -> Sequence[Row]:
    """Lists, newest first."""
    found = select(audience_list).where(audience_list.c.workspace_id == workspace_id)
    return await tx.rows(newest_first(found, audience_list.c.id, before=before, limit=limit))


async def is_used(tx: Transaction, *, workspace_id: UUID, list_id: UUID) -> bool:
    """Whether an audience, a sequence or a campaign that is not over names the list."""
    return bool(await tx.fetch_value(_USED, workspace_id, encode_id("audience_list", list_id)))


async def drop_list(tx: Transaction, *, workspace_id: UUID, list_id: UUID) -> bool:
    """Forget a list and who is on it; whether there was one."""
    return bool(await tx.fetch_value(_DROP, workspace_id, list_id))
