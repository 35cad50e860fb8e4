"""What happens while nobody knows what a reply meant? Marketing to the number rests, through the same barrier as an opt-out."""

from datetime import datetime, timedelta
from uuid import UUID

from app.domain.message import Channel, Purpose
from app.domain.number import number_facts
from app.storage.database import Transaction
from app.storage.numbers import ensure_numbers, hold_numbers
from app.storage.silencing import Silenced, latest_departure, silence
from app.storage.suppressions import add_suppressions


async def hold_marketing(tx: Transaction, *, workspace_id: UUID, phone: str, reason: str, source: str, now: datetime) -> Silenced:
    """Suppress marketing to a number with `reason` ("review", "wrong_number") and close what has not left; what was on its way.

    Consent stays as it is: the hold is lifted, or becomes an opt-out, when a person has read the reply. Locks the number, then
    leases, then messages. Raises NumberProblem.
    """
    await ensure_numbers(tx, workspace_id=workspace_id, numbers=[number_facts(phone)], now=now)
    await hold_numbers(tx, workspace_id=workspace_id, phones=[phone])
    departed = await latest_departure(tx, workspace_id=workspace_id, phones=[phone])
    if departed is not None:
        now = max(now, departed + timedelta(microseconds=1))
    await add_suppressions(
        tx,
        workspace_id=workspace_id,
        rows=[(phone, reason, "", "marketing", source)],
        said=[("reply", "text", "")],
        now=now,
    )
    reach = (phone, (Purpose.MARKETING,), tuple(Channel))
    (silenced,) = await silence(tx, workspace_id=workspace_id, rows=[reach], now=now, reason=f"suppress.{reason}")
    return silenced
