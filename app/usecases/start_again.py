"""What does START bring back? What the person had agreed to before they stopped, in the program whose sender they wrote to."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from app.domain.message import Channel, Purpose
from app.storage.database import Transaction
from app.storage.messages import program_of
from app.usecases.record_opt_ins import OptIn, record_opt_ins


async def start_again(
    tx: Transaction,
    *,
    workspace_id: UUID,
    sender_id: UUID | None,
    phone: str,
    channel: Channel,
    evidence: Mapping[str, object],
    now: datetime,
) -> None:
    """Record a START as the person's own word: it ends their opt-out on that channel, for that sender's program.

    A program is the brand of the last message the sender sent them. With it come back the kinds of consent that stood, each with
    the evidence it stood on; who never agreed to anything has shown none, and US marketing still finds it incomplete.
    """
    brand = "" if sender_id is None else await program_of(tx, workspace_id=workspace_id, sender_id=sender_id, phone=phone)
    start = OptIn(
        phone=phone,
        channels=(channel,),
        purpose=Purpose.MARKETING,
        method="keyword",
        evidence=evidence,
        occurred_at=now,
        brand=brand,
        restores=True,
    )
    await record_opt_ins(tx, workspace_id=workspace_id, items=[start], now=now, actor="recipient", source="inbound")
