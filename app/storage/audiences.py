"""Which audiences are there, and who is in one now? Rules are kept as given; membership is asked afresh every time."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from app.domain.audience import Node
from app.storage.audience_sql import audience_condition
from app.storage.conflicts import unique
from app.storage.database import Row, Transaction
from app.storage.newest import newest_first
from app.storage.tables.contents import audience

MEMBERS = "contact c JOIN number n ON n.workspace_id = c.workspace_id AND n.phone = c.phone AND c.merged_into IS NULL"
"""What a FROM begins with; an audience's condition speaks of `c` and `n`. Who was merged is a member by who speaks for both."""

_PAGE = """
SELECT c.id AS contact_id, c.phone FROM {members}
WHERE c.workspace_id = $1 AND ($2::uuid IS NULL OR c.id > $2) AND ($3::uuid IS NULL OR c.id <= $3) AND ({condition})
ORDER BY c.id LIMIT $4
"""
_SAMPLE = """
SELECT c.phone, c.attributes, c.locale FROM {members}
WHERE c.workspace_id = $1 AND ({condition}) ORDER BY md5(c.id::text) LIMIT $2
"""
_NAME_TAKEN = "an audience of this name exists already"


async def add_audience(
    tx: Transaction, *, workspace_id: UUID, audience_id: UUID, name: str, rule: Mapping[str, Any], now: datetime
) -> None:
    """Insert an audience. Raises Conflict when the name is taken."""
    row = {"name": name, "rule": rule, "created_at": now, "updated_at": now}
    async with unique(tx, _NAME_TAKEN, pointer="/body/name"):
        await tx.run(insert(audience).values(workspace_id=workspace_id, id=audience_id, **row))


async def read_audience(tx: Transaction, *, workspace_id: UUID, audience_id: UUID) -> Row | None:
    """One audience."""
    return await tx.first(select(audience).where(audience.c.workspace_id == workspace_id, audience.c.id == audience_id))


async def list_audiences(tx: Transaction, *, workspace_id: UUID, before: UUID | None, limit: int) -> Sequence[Row]:
    """Audiences, newest first."""
    found = select(audience).where(audience.c.workspace_id == workspace_id)
    return await tx.rows(newest_first(found, audience.c.id, before=before, limit=limit))


async def write_audience(
    tx: Transaction, *, workspace_id: UUID, audience_id: UUID, changes: Mapping[str, Any], now: datetime
) -> Row | None:
    """Replace the named columns; the audience afterwards, or None. Raises Conflict when the name is taken."""
    meant = update(audience).where(audience.c.workspace_id == workspace_id, audience.c.id == audience_id)
    async with unique(tx, _NAME_TAKEN, pointer="/body/name"):
        return await tx.first(meant.values(**changes, updated_at=now).returning(audience))


async def count_members(tx: Transaction, *, workspace_id: UUID, node: Node) -> list[Row]:
    """How many contacts a rule holds for, per region of their numbers: region, members; most first."""
    condition, arguments = audience_condition(node, start=2)
    sql = (
        f"SELECT n.region, count(*) AS members FROM {MEMBERS} WHERE c.workspace_id = $1 AND ({condition}) "  # noqa: S608
        "GROUP BY n.region ORDER BY members DESC, n.region"
    )
    return list(await tx.fetch(sql, workspace_id, *arguments))


async def newest_members(tx: Transaction, *, workspace_id: UUID, node: Node, limit: int) -> list[Row]:
    """The contacts made last among those a rule holds for."""
    condition, arguments = audience_condition(node, start=3)
    sql = (
        f"SELECT c.id, c.phone, c.attributes, c.tags, c.locale, n.region FROM {MEMBERS} "  # noqa: S608
        f"WHERE c.workspace_id = $1 AND ({condition}) ORDER BY c.id DESC LIMIT $2"
    )
    return list(await tx.fetch(sql, workspace_id, limit, *arguments))


async def audience_page(
    tx: Transaction, *, workspace_id: UUID, node: Node, after: UUID | None, up_to: UUID | None, limit: int
) -> list[tuple[UUID, str]]:
    """The next members by id, (contact, phone); those past `up_to` are left out."""
    condition, arguments = audience_condition(node, start=5)
    sql = _PAGE.format(members=MEMBERS, condition=condition)
    return [(row["contact_id"], row["phone"]) for row in await tx.fetch(sql, workspace_id, after, up_to, limit, *arguments)]


async def sample_members(tx: Transaction, *, workspace_id: UUID, node: Node, limit: int) -> list[Row]:
    """Members spread evenly over the audience, the same ones every time: phone, attributes, locale."""
    condition, arguments = audience_condition(node, start=3)
    return list(await tx.fetch(_SAMPLE.format(members=MEMBERS, condition=condition), workspace_id, limit, *arguments))
