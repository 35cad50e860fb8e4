"""What else does it take before who said yes can be written to? What the carrier blocks, and what rests until somebody acts."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from app.storage.database import Transaction
from app.storage.households import shared_numbers
from app.storage.sender_blocks import read_blocks
from app.storage.suppressions import read_suppressions

_STANDING: Mapping[str, str] = {
    "complaint": "the person complained: only their own START by text, or a confirmed request, lifts that",
    "review": "a reply of theirs waits to be read: settle it under /v1/reviews",
    "wrong_number": "the number was said to be somebody else's: settle that under /v1/reviews, or have them text START",
    "invalid_number": "a carrier says that the number cannot be reached",
    "hard_bounce": "messages to the number keep failing",
    "deactivated": "the number was taken out of service: it takes proof that it is this person's now",
    "reassigned": "the number was given to somebody else: it takes proof that it is this person's now",
    "erased": "the person asked to be forgotten: only their own word brings them back",
    "carrier_blocked": "the recipient or the carrier blocks this workspace's senders",
}


_NAMED = "several people share the number: only a yes that names the person the contact is counts for its messages"


async def needed_besides(tx: Transaction, *, workspace_id: UUID, phones: Sequence[str]) -> dict[str, list[str]]:
    """Sentences for each number that needs more than a yes, E.164 numbers as keys."""
    needs: dict[str, list[str]] = {}
    for row in await read_suppressions(tx, workspace_id=workspace_id, phones=phones):
        if row["reason"] in _STANDING:
            needs.setdefault(row["phone"], []).append(_STANDING[row["reason"]])
    for row in await read_blocks(tx, workspace_id=workspace_id, phones=phones):
        sentence = f"the recipient must text START to {row['address']}: the carrier blocks this sender ({row['code']})"
        needs.setdefault(row["phone"], []).append(sentence)
    for phone in await shared_numbers(tx, workspace_id=workspace_id, phones=phones):
        needs.setdefault(phone, []).append(_NAMED)
    return {phone: list(dict.fromkeys(sentences)) for phone, sentences in needs.items()}
