"""What had been agreed to at an instant that has passed? The ledger up to then, added up again."""

from datetime import datetime
from uuid import UUID

from app.domain.consent_sheet import add_up
from app.domain.facts import ConsentFacts, Household
from app.domain.household import consents_of, in_tenure, read_line
from app.domain.message import Purpose
from app.storage.consents import read_events
from app.storage.database import Transaction
from app.storage.numbers import tenure_since


async def consents_at(
    tx: Transaction,
    *,
    workspace_id: UUID,
    workspace: str,
    phone: str,
    purpose: Purpose,
    at: datetime,
    household: Household | None = None,
) -> tuple[ConsentFacts, ...]:
    """Every consent of a number (E.164) as it stood at `at`, on every channel. `workspace` is the workspace's name.

    Evidence is reduced as it is at recording; what the number's earlier owner agreed to is not this person's. On a number that
    several people share, those of the person a message is for.
    """
    begun = await tenure_since(tx, workspace_id=workspace_id, phone=phone)
    rows = await read_events(tx, workspace_id=workspace_id, phones=[phone])
    told = [read_line(row, seller=workspace) for row in rows if row["occurred_at"] <= at and row["purpose"] == purpose]
    lines = in_tenure(told, begun=begun if begun is not None and begun < at else None)
    if household is not None:
        return consents_of(lines, household.person)
    return add_up((line.channel, line.event) for line in lines)
