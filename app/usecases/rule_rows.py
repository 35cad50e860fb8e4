"""How does a workspace tighten the rules? Rows of its own: added all or none, listed, taken away."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from app.clock import new_ids
from app.domain.errors import InvalidField, NotFound
from app.domain.ids import encode_id
from app.domain.own_rows import BadOwnRow, OwnRow, check_rows, rows_of
from app.storage import rule_rows
from app.storage.database import Row, Transaction
from app.storage.workspaces import hold_workspace
from app.usecases.context import Context


async def add_rule_rows(tx: Transaction, *, workspace_id: UUID, rows: Sequence[OwnRow], now: datetime) -> Sequence[Row]:
    """Add all of the rows, or none: the rows as they are kept. They hold from the next decision on.

    Raises InvalidField, naming the row and the part at fault: an unknown region, hours that cannot be, an end before the start,
    or another row that says hours, a closed day or a ban for the same region, channel and time.
    """
    await hold_workspace(tx, workspace_id=workspace_id)  # two requests at once must see each other's rows
    kept = [replace(row, name=encode_id("rule_row", UUID(row.name))) for row in await _kept(tx, workspace_id)]
    try:
        check_rows(rows, kept)
    except BadOwnRow as fault:
        raise InvalidField(fault.detail, pointer=f"/body/rows/{fault.index}/{fault.field}", code=fault.code) from fault
    ids = new_ids(len(rows))
    columns = [
        {
            "id": row_id,
            "kind": row.kind,
            "region": row.region,
            "channels": sorted(row.channels),
            "terms": dict(row.terms),
            "source": row.source,
            "valid_from": row.valid_from,
            "valid_to": row.valid_to,
        }
        for row_id, row in zip(ids, rows, strict=True)
    ]
    await rule_rows.add_rule_rows(tx, workspace_id=workspace_id, rows=columns, now=now)
    return await rule_rows.read_rule_rows(tx, workspace_id=workspace_id, ids=list(ids))


async def _kept(tx: Transaction, workspace_id: UUID) -> tuple[OwnRow, ...]:
    return rows_of(await rule_rows.all_rule_rows(tx, workspace_id=workspace_id))


async def list_rule_rows(
    context: Context, *, workspace_id: UUID, before: UUID | None, limit: int, kind: str | None = None, region: str | None = None
) -> Sequence[Row]:
    """The workspace's rows, newest first, those that are over too."""
    async with context.db.transaction() as tx:
        return await rule_rows.list_rule_rows(tx, workspace_id=workspace_id, before=before, limit=limit, kind=kind, region=region)


async def remove_rule_row(context: Context, *, workspace_id: UUID, row_id: UUID) -> None:
    """Take a row away: from the next decision on it does not hold. Raises NotFound."""
    async with context.db.transaction() as tx:
        if not await rule_rows.remove_rule_row(tx, workspace_id=workspace_id, row_id=row_id):
            raise NotFound("no such rule row", pointer="/path/row_id")
