"""May a suppression be lifted by hand? Where it is about the number and not a person's no; somebody has to say why."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import structlog

from app.domain.errors import WrongState
from app.storage.database import Transaction
from app.storage.number_life import prove_numbers, write_bounces
from app.storage.numbers import hold_numbers
from app.storage.suppressions import lift_reasons

_log = structlog.get_logger()

LIFTABLE = frozenset({"invalid_number", "hard_bounce", "deactivated"})
_INSTEAD: Mapping[str, str] = {
    "opt_out": "a person's no ends with their own fresh proof: record an opt-in",
    "objection": "an objection to marketing ends with the person's own fresh proof: record an opt-in",
    "complaint": "a complaint ends with the person's own fresh proof: record an opt-in",
    "erased": "the no of an erased person stands for good",
    "reassigned": "the number is somebody else's: it ends when they agree, by an opt-in with proof",
    "wrong_number": "settle the reply it came with, or record an opt-in of whoever has the number",
    "review": "settle the reply it waits for",
    "carrier_blocked": "the carrier blocks the number, and only the carrier can end that",
    "dnc": "a listing ends when a newer file of the registry does not hold the number",
}


async def lift_suppression(
    tx: Transaction, *, workspace_id: UUID, phone: str, reason: str, because: str, actor: str, now: datetime
) -> bool:
    """End the suppressions of a number (E.164) for one reason, and forget its bounces; whether there were any.

    Lifting a deactivation vouches that the number is its owner's. Consents that ended with a tenure do not come back. Raises
    WrongState for a reason that is not anybody's to lift here, saying what does.
    """
    if reason not in LIFTABLE:
        raise WrongState(_INSTEAD.get(reason, "it cannot be lifted by hand"), pointer="/body/reason", code="not_liftable")
    await hold_numbers(tx, workspace_id=workspace_id, phones=[phone])
    lifted = await lift_reasons(tx, workspace_id=workspace_id, rows=[(phone, None)], reasons=[reason])
    if not lifted:
        return False
    await write_bounces(tx, workspace_id=workspace_id, rows=[(phone, 0, 0, None, None)])
    if reason == "deactivated":
        await prove_numbers(tx, workspace_id=workspace_id, proofs=[(phone, now)])
    _log.warning("suppression.lifted", number=phone, reason=reason, because=because, actor=actor)
    return True
