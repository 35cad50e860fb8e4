"""Which message does a webhook speak of? The one our reference names, else the one whose id at the provider it gives."""

from uuid import UUID

from app.domain.delivery import Inbound
from app.domain.reference import read_reference
from app.storage.database import Row, Transaction
from app.storage.receipts import find_attempts, find_batch_attempts
from app.storage.webhooks import read_answered
from app.usecases.context import Context


def named_attempt(context: Context, provider_id: UUID, text: str) -> tuple[UUID, int] | None:
    """What a reference names, whichever of our keys it was signed with: a callback may come days after a rotation."""
    for key in (context.reference_key, *context.previous_reference_keys):
        named = read_reference(key, provider_id=provider_id, text=text)
        if named is not None:
            return named
    return None


async def answered_message(
    tx: Transaction, context: Context, *, workspace_id: UUID, provider_id: UUID, phone: str | None, inbound: Inbound
) -> Row | None:
    """The message an inbound answers: its id, number, purpose and content; None where it names none we know.

    A reference proves itself. `phone` (E.164), where it could be read, must be the message's: nobody answers for another.
    """
    message_id = await _message_id(tx, context, provider_id=provider_id, phone=phone, inbound=inbound)
    if message_id is None:
        return None
    found = await read_answered(tx, workspace_id=workspace_id, message_id=message_id)
    return None if found is None or phone not in {None, found["phone"]} else found


async def _message_id(
    tx: Transaction, context: Context, *, provider_id: UUID, phone: str | None, inbound: Inbound
) -> UUID | None:
    named = named_attempt(context, provider_id, inbound.reference) if inbound.reference else None
    if named is not None and named[1] > 0:
        return named[0]
    if inbound.answers_id is not None:
        pair = provider_id, inbound.answers_id
        found = (await find_attempts(tx, pairs=[pair])).get(pair)
        if found is not None:
            return found[0]
    if named is not None and phone is not None:
        batched = named[0], phone
        found = (await find_batch_attempts(tx, pairs=[batched])).get(batched)
        if found is not None:
            return found[0]
    return None
