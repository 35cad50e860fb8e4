"""What does a carrier's no mean for the number? An opt-out takes the one barrier; a dead number is suppressed."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.domain.delivery import ErrorClass
from app.storage.database import Transaction
from app.storage.messages import ends_of
from app.storage.sender_blocks import add_blocks
from app.storage.suppressions import add_suppressions
from app.usecases.record_opt_outs import OptOut, record_opt_outs

# Error class -> (suppression reason, scope, channels; "" is all). Landlines still take calls.
_SUPPRESSIONS: dict[ErrorClass, tuple[str, str, tuple[str, ...]]] = {
    ErrorClass.INVALID_NUMBER: ("invalid_number", "all", ("",)),
    ErrorClass.NOT_IN_SERVICE: ("invalid_number", "all", ("",)),
    ErrorClass.LANDLINE: ("invalid_number", "all", ("sms", "mms", "rcs")),
    ErrorClass.BLOCKED: ("carrier_blocked", "marketing", ("",)),
}

Refusal = tuple[UUID, UUID, ErrorClass, str]  # workspace, message, class, the provider's code


async def suppress_refused(tx: Transaction, *, refusals: Sequence[Refusal], now: datetime) -> None:
    """Write what refusals say of their numbers. Locks numbers, so it must come before any message is locked."""
    telling = [row for row in refusals if row[2] is ErrorClass.OPTED_OUT or row[2] in _SUPPRESSIONS]
    if not telling:
        return
    ends = await ends_of(tx, messages=[row[:2] for row in telling])
    for workspace_id in sorted({row[0] for row in telling}):  # in one order, as their ledgers are held until the end
        known = [(*ends[row[0], row[1]], row[2], row[3]) for row in telling if row[0] == workspace_id and row[:2] in ends]
        opted_out = {phone: code for phone, _, error, code in known if error is ErrorClass.OPTED_OUT}
        if opted_out:
            await record_opt_outs(
                tx,
                workspace_id=workspace_id,
                items=[
                    OptOut(phone=phone, method="carrier", evidence={"code": code}, occurred_at=now)
                    for phone, code in opted_out.items()
                ],
                now=now,
                actor="carrier",
                source="provider",
            )
            blocked = [(sender, phone, code) for phone, sender, error, code in known if error is ErrorClass.OPTED_OUT]
            await add_blocks(tx, workspace_id=workspace_id, rows=blocked, now=now)
        rows_to_add = [
            (phone, reason, channel, scope, f"provider:{code}")
            for phone, _, error, code in known
            if error in _SUPPRESSIONS
            for reason, scope, channels in [_SUPPRESSIONS[error]]
            for channel in channels
        ]
        if rows_to_add:
            await add_suppressions(tx, workspace_id=workspace_id, rows=rows_to_add, now=now)
