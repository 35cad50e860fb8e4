"""What had been agreed to at an instant that has passed? The ledger up to then, added up again."""

from datetime import datetime
from uuid import UUID

from app.domain.consent import NO_EVENTS, ConsentEvent, ConsentKind
from app.domain.consent_sheet import add_up
from app.domain.evidence import reduce_evidence
from app.domain.facts import ConsentBasis, ConsentFacts
from app.domain.message import Channel, Purpose
from app.domain.opt_in import RESTORES
from app.storage.consents import read_events
from app.storage.database import Row, Transaction
from app.storage.numbers import tenure_since


async def consents_at(
    tx: Transaction, *, workspace_id: UUID, workspace: str, phone: str, purpose: Purpose, at: datetime
) -> tuple[ConsentFacts, ...]:
    """Every consent of a number (E.164) as it stood at `at`, on every channel. `workspace` is the workspace's name.

    Evidence is reduced as it is at recording; what the number's earlier owner agreed to is not this person's.
    """
    begun = await tenure_since(tx, workspace_id=workspace_id, phone=phone)
    rows = await read_events(tx, workspace_id=workspace_id, phones=[phone])
    lines = [
        (None if row["channel"] is None else Channel(row["channel"]), _event(row, workspace))
        for row in rows
        if row["occurred_at"] <= at and row["purpose"] == purpose
    ]
    if begun is not None and begun < at:
        lines = [line for line in lines if line[1].kind in NO_EVENTS or line[1].occurred_at > begun]
    return add_up(lines)


def _event(row: Row, workspace: str) -> ConsentEvent:
    basis, evidence = ConsentBasis(row["basis"]), row["evidence"] or {}
    channel = Channel(row["channel"] or Channel.SMS)
    sellers = (row["brand"],) if row["brand"] else (workspace,)
    restores = bool(evidence.get(RESTORES))
    return ConsentEvent(
        kind=ConsentKind(row["kind"]),
        occurred_at=row["occurred_at"],
        method=row["method"],
        expires_at=row["expires_at"],
        basis=basis,
        brand=row["brand"],
        topic=row["topic"],
        flags=None if restores else reduce_evidence(basis, row["method"], evidence, channel=channel, sellers=sellers),
    )
