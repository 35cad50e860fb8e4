"""Does a contact still have their number? Whoever knows that they do not says so, and the tenure ends."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from app.domain.errors import InvalidField, NotFound
from app.storage.contacts import read_contact
from app.storage.database import Transaction
from app.usecases.end_tenure import TenureEnd, TenureResult, end_tenures

Ended = Literal["reassigned", "deactivated", "wrong_number"]


async def end_number(
    tx: Transaction,
    *,
    workspace_id: UUID,
    contact_id: UUID,
    how: Ended,
    at: datetime | None,
    note: str,
    now: datetime,
    actor: str,
) -> TenureResult:
    """End the tenure of a contact's number, now or at an instant that has passed. Raises NotFound and InvalidField."""
    if at is not None and at > now:
        raise InvalidField("lies in the future", pointer="/body/occurred_at", code="in_the_future")
    contact = await read_contact(tx, workspace_id=workspace_id, contact_id=contact_id)
    if contact is None:
        raise NotFound("no such contact", pointer="/path/contact_id")
    evidence = {"note": note} if note else {}
    end = TenureEnd(phone=contact["phone"], method=how, at=at or now, reason=how, evidence=evidence)
    (result,) = await end_tenures(tx, workspace_id=workspace_id, ends=[end], now=now, actor=actor, source="api")
    return result
