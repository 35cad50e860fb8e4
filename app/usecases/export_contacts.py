"""How are contacts taken out again? Everyone, or who an audience's rule holds for, page by page and in a transaction each."""

from collections.abc import AsyncIterator
from uuid import UUID

from app.domain.errors import InvalidField
from app.storage.audience_sql.writing import Asked
from app.storage.contact_pages import attribute_names, contact_page, contacts_of
from app.storage.database import Row
from app.storage.members import audience_page
from app.usecases.audiences import found_audience, whole_rule
from app.usecases.context import Context

MOST_COLUMNS = 1_000
_PAGE = 2_000


async def attribute_columns(context: Context, *, workspace_id: UUID) -> list[str]:
    """The attributes a table of contacts has columns for. Raises InvalidField when they are too many for one."""
    async with context.db.transaction() as tx:
        names = await attribute_names(tx, workspace_id=workspace_id, limit=MOST_COLUMNS + 1)
    if len(names) > MOST_COLUMNS:
        detail = f"contacts have more than {MOST_COLUMNS} different attributes; export them as NDJSON"
        raise InvalidField(detail, pointer="/query/format", code="too_many_columns")
    return names


async def every_contact(context: Context, *, workspace_id: UUID) -> AsyncIterator[list[Row]]:
    """All contacts, oldest first. Who comes in while it is read may be in it; who was there before is."""
    after: UUID | None = None
    while True:
        async with context.db.transaction() as tx:
            rows = await contact_page(tx, workspace_id=workspace_id, after=after, limit=_PAGE)
        if rows:
            yield rows
        if len(rows) < _PAGE:
            return
        after = rows[-1]["id"]


async def audience_members(context: Context, *, workspace_id: UUID, audience_id: UUID) -> AsyncIterator[list[Row]]:
    """Who is in an audience, asked afresh for each page. Raises NotFound before anything is read."""
    async with context.db.transaction() as tx:
        node = await whole_rule(tx, await found_audience(tx, workspace_id=workspace_id, audience_id=audience_id))
    asked = Asked(workspace_id=workspace_id, node=node, now=context.clock.now())

    async def pages() -> AsyncIterator[list[Row]]:
        after: UUID | None = None
        while True:
            async with context.db.transaction() as tx:
                members = await audience_page(tx, asked, after=after, up_to=None, limit=_PAGE)
                rows = await contacts_of(tx, workspace_id=workspace_id, ids=[contact_id for contact_id, _ in members])
            if rows:
                yield rows
            if len(members) < _PAGE:
                return
            after = members[-1][0]

    return pages()
