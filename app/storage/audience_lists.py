"""Which lists were uploaded, and who is on them? Contacts that were named by number or by person, copied in at once."""

from collections.abc import Sequence
from uuid import UUID

from app.storage.database import Transaction


async def known_lists(tx: Transaction, *, workspace_id: UUID, list_ids: Sequence[UUID]) -> set[UUID]:
    """Those of the lists that exist."""
    sql = "SELECT id FROM audience_list WHERE workspace_id = $1 AND id = ANY($2::uuid[])"
    return {row["id"] for row in await tx.fetch(sql, workspace_id, list_ids)}
