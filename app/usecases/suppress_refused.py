"""What does a carrier's no mean? An opt-out takes the one barrier, bounces kill a number, a full cap ends a sender's day."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.clock import new_ids
from app.domain.bounces import BOUNCES, LINE_TAUGHT
from app.domain.capability import KNOWN_MISSING
from app.domain.delivery import ErrorClass
from app.domain.registration import day_is_full
from app.storage.capabilities import learn_missing
from app.storage.carriers import merge_registration
from app.storage.database import Transaction
from app.storage.messages import ends_of
from app.storage.numbers import hold_numbers
from app.storage.sender_blocks import add_blocks
from app.storage.suppressions import add_suppressions
from app.usecases.record_opt_outs import OptOut, record_opt_outs
from app.usecases.score_bounces import score_bounces

_TELLING = frozenset({ErrorClass.OPTED_OUT, ErrorClass.BLOCKED, ErrorClass.DAILY_CAP, *BOUNCES, *LINE_TAUGHT})

Refusal = tuple[UUID, UUID, int, ErrorClass, str]  # workspace, message, attempt, class, the provider's code


async def suppress_refused(tx: Transaction, *, refusals: Sequence[Refusal], now: datetime) -> None:
    """Write what refusals say of their numbers. Locks numbers, so it must come before any message is locked."""
    incapable = [row[:2] for row in refusals if row[3] is ErrorClass.CAPABILITY_MISSING and row[4] != KNOWN_MISSING]
    if incapable:
        await learn_missing(tx, messages=incapable, ids=new_ids(len(incapable)), now=now)
    telling = [row for row in refusals if row[3] in _TELLING]
    if not telling:
        return
    ends = await ends_of(tx, attempts=[row[:3] for row in telling])
    for workspace_id in sorted({row[0] for row in telling}):  # in one order, as their ledgers are held until the end
        known = [(*ends[row[:3]], row[3], row[4]) for row in telling if row[0] == workspace_id and row[:3] in ends]
        await hold_numbers(tx, workspace_id=workspace_id, phones=[phone for phone, *_ in known])
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
        refused = [
            (phone, "carrier_blocked", "", "marketing", f"provider:{code}")
            for phone, _, error, code in known
            if error is ErrorClass.BLOCKED
        ]
        if refused:
            await add_suppressions(tx, workspace_id=workspace_id, rows=refused, now=now)
        full = {sender: code for _, sender, error, code in known if error is ErrorClass.DAILY_CAP}
        for sender, code in sorted(full.items()):
            await merge_registration(tx, workspace_id=workspace_id, sender_id=sender, fields=day_is_full(code, now))
        said = [(phone, error, code) for phone, _, error, code in known]
        await score_bounces(tx, workspace_id=workspace_id, refused=said, now=now)
