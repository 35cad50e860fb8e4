"""Who was meant by a file? A list is uploaded once, names contacts by number or person, and stands in rules by its id."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.clock import new_id
from app.domain.audience_file import Named, read_list
from app.domain.errors import Conflict, InvalidField, NotFound
from app.domain.ids import encode_id
from app.domain.import_file import UnusableFile
from app.storage import audience_lists
from app.storage.database import Row, Transaction
from app.usecases.context import Context


def read_file(body: bytes, *, ndjson: bool, default_region: str | None) -> Named:
    """Whom a file names. Slow for large ones: call it in a thread. Raises InvalidField."""
    try:
        return read_list(body, ndjson=ndjson, default_region=default_region)
    except UnusableFile as error:
        raise InvalidField(error.detail, pointer="/body", code=error.code) from error


async def add_list(tx: Transaction, *, workspace_id: UUID, name: str | None, named: Named, now: datetime) -> Row:
    """Keep the contacts a file names as a list: those the workspace knows now. Raises Conflict when the name is taken."""
    list_id = new_id()
    ids = {"workspace_id": workspace_id, "list_id": list_id}
    await audience_lists.add_list(
        tx, **ids, name=name or encode_id("audience_list", list_id), lines=named.lines, rejected=named.rejected, now=now
    )
    await audience_lists.put_on_list(tx, **ids, phones=named.phones, persons=named.persons)
    return await _found(tx, **ids)


async def _found(tx: Transaction, *, workspace_id: UUID, list_id: UUID) -> Row:
    row = await audience_lists.read_list(tx, workspace_id=workspace_id, list_id=list_id)
    if row is None:
        raise NotFound("no such list", pointer="/path/list_id")
    return row


async def read_one(context: Context, *, workspace_id: UUID, list_id: UUID) -> Row:
    """One list. Raises NotFound."""
    async with context.db.transaction() as tx:
        return await _found(tx, workspace_id=workspace_id, list_id=list_id)


async def list_all(context: Context, *, workspace_id: UUID, before: UUID | None, limit: int) -> Sequence[Row]:
    """Lists, newest first."""
    async with context.db.transaction() as tx:
        return await audience_lists.list_lists(tx, workspace_id=workspace_id, before=before, limit=limit)


async def forget_list(context: Context, *, workspace_id: UUID, list_id: UUID) -> None:
    """Forget a list nobody's rule names. Raises NotFound, and Conflict while one does."""
    async with context.db.transaction() as tx:
        await _found(tx, workspace_id=workspace_id, list_id=list_id)
        if await audience_lists.is_used(tx, workspace_id=workspace_id, list_id=list_id):
            raise Conflict("an audience, a sequence or a campaign under way names the list")
        await audience_lists.drop_list(tx, workspace_id=workspace_id, list_id=list_id)
