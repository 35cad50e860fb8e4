"""How are all contacts read? In pages by id, oldest first, so that an export of any size holds one page."""

from collections.abc import Sequence
from uuid import UUID

from app.storage.contacts import SHOWN, WITH_NUMBER
from app.storage.database import Row, Transaction

_PAGE = f"""
SELECT {SHOWN} {WITH_NUMBER}
WHERE c.workspace_id = $1 AND ($2::uuid IS NULL OR c.id > $2) AND c.merged_into IS NULL ORDER BY c.id LIMIT $3
"""
_OF = f"SELECT {SHOWN} {WITH_NUMBER} WHERE c.workspace_id = $1 AND c.id = ANY($2::uuid[]) ORDER BY c.id"
_NAMES = """
SELECT DISTINCT jsonb_object_keys(attributes) AS name FROM contact WHERE workspace_id = $1 ORDER BY name LIMIT $2
"""


async def contact_page(tx: Transaction, *, workspace_id: UUID, after: UUID | None, limit: int) -> list[Row]:
    """The next contacts by id, but for those another speaks for."""
    return list(await tx.fetch(_PAGE, workspace_id, after, limit))


async def contacts_of(tx: Transaction, *, workspace_id: UUID, ids: Sequence[UUID]) -> list[Row]:
    """These contacts, by id."""
    return list(await tx.fetch(_OF, workspace_id, ids))


async def attribute_names(tx: Transaction, *, workspace_id: UUID, limit: int) -> list[str]:
    """The names of attributes any contact has, sorted, at most so many."""
    return [row["name"] for row in await tx.fetch(_NAMES, workspace_id, limit)]
