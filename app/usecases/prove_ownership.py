"""Whose is the number now? A text from it, a confirmed request or a fresh opt-in shows that somebody has it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.storage.database import Transaction
from app.storage.number_life import prove_numbers
from app.storage.suppressions import lift_reasons

# A text from a number shows that it lives; whose it is now is shown only by somebody who agrees.
_LIVES = ("invalid_number", "hard_bounce")
_AGREED = (*_LIVES, "deactivated", "reassigned", "wrong_number")


async def note_sign_of_life(tx: Transaction, *, workspace_id: UUID, phone: str, at: datetime) -> None:
    """Somebody wrote from the number: it is in service, and proved to be theirs. A number without a row stays without one."""
    await prove_numbers(tx, workspace_id=workspace_id, proofs=[(phone, at)])
    await lift_reasons(tx, workspace_id=workspace_id, rows=[(phone, at)], reasons=_LIVES)


async def note_agreement(tx: Transaction, *, workspace_id: UUID, agreed: Sequence[tuple[str, datetime]]) -> None:
    """People agreed by an act of their own, each at an instant: (phone, at).

    That ends what rested since the number changed hands before it: who agrees now is whoever has it. It is also what the
    reassigned-numbers database is asked with, the date of the last consent (47 CFR 64.1200(m)). Receipts of delivery show that a
    phone is on and not whose it is, and never come here.
    """
    latest: dict[str, datetime] = {}
    for phone, at in agreed:
        latest[phone] = max(at, latest.get(phone, at))
    if latest:
        await prove_numbers(tx, workspace_id=workspace_id, proofs=sorted(latest.items()))
        await lift_reasons(tx, workspace_id=workspace_id, rows=sorted(latest.items()), reasons=_AGREED)
