"""What does a patch change? The fields it names; the number never."""

from datetime import datetime
from uuid import UUID

from app.domain.contact import BadField, Change, merge, same
from app.domain.errors import InvalidField, NotFound
from app.storage.contacts import hold_contact, read_contact, write_contacts
from app.storage.database import Row
from app.usecases.context import Context
from app.usecases.upsert_contact import pointer_of


async def patch_contact(context: Context, *, workspace_id: UUID, contact_id: UUID, change: Change, now: datetime) -> Row:
    """Change a contact; its row afterwards. Raises NotFound, Conflict (merged), and InvalidField when it holds too much."""
    async with context.db.transaction() as tx:
        held = await hold_contact(tx, workspace_id=workspace_id, contact_id=contact_id)
        if held is None:
            raise NotFound("no such contact", pointer="/path/contact_id")
        phone, kept = held
        try:
            merged = merge(kept, change)
        except BadField as problem:
            raise InvalidField(problem.detail, pointer=pointer_of(problem), code=problem.code) from problem
        if not same(kept, merged):
            await write_contacts(tx, workspace_id=workspace_id, rows=[(contact_id, phone, merged)], now=now)
        row = await read_contact(tx, workspace_id=workspace_id, contact_id=contact_id)
    assert row is not None
    return row
