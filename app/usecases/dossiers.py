"""What can be shown of a number, as one signed file? All that is known of it, in one snapshot, at one place of the ledger."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.dossier import event_item, manifest_of, seal, signed_bytes
from app.domain.errors import NotFound, TooLarge
from app.domain.ids import encode_id
from app.domain.ledger import Head, entry_of, instant_text
from app.domain.message import State
from app.storage.consents import read_events
from app.storage.contacts import read_contact
from app.storage.database import Database, Row
from app.storage.dossiers import is_larger_than, read_known
from app.storage.ledger import read_head
from app.storage.signing import Signer

# What an id column holds; `id` itself is told by the section.
_KINDS = {
    "campaign_id": "campaign",
    "contact_id": "contact",
    "sender_id": "sender",
    "provider_id": "provider",
    "reply_message_id": "message",
    "event_id": "consent_event",
}
MOST_ITEMS = 20_000
"""Events, messages and replies a dossier may hold when it is asked for over HTTP; the command line has no such bound."""


async def phone_of_contact(db: Database, *, workspace_id: UUID, contact_id: UUID) -> str:
    """A contact's number. Raises NotFound."""
    async with db.transaction() as tx:
        contact = await read_contact(tx, workspace_id=workspace_id, contact_id=contact_id)
    if contact is None:
        raise NotFound("no such contact", pointer="/path/contact_id")
    return str(contact["phone"])


async def make_dossier(
    db: Database, signer: Signer, *, workspace_id: UUID, phone: str, now: datetime, most: int | None = MOST_ITEMS
) -> bytes:
    """The signed file (app/domain/dossier.py) of any number, known or not. Raises TooLarge beyond `most` items."""
    async with db.transaction() as tx:
        await tx.one_snapshot()
        if most is not None and await is_larger_than(tx, most, workspace_id=workspace_id, phone=phone):
            raise TooLarge(
                f"more than {most:,} events, messages and replies: `python -m app ledger export --phone` writes it",
                pointer="/query/phone",
            )
        head = await read_head(tx, workspace_id=workspace_id)
        events = await read_events(tx, workspace_id=workspace_id, phones=[phone])
        known = await read_known(tx, workspace_id=workspace_id, phone=phone)
    # A long file takes a while to write down, and others are waiting for this loop.
    return await asyncio.to_thread(_written, signer, events, known, head=head, workspace_id=workspace_id, phone=phone, cut_at=now)


def _written(
    signer: Signer,
    events: Sequence[Row],
    known: Mapping[str, Sequence[Row]],
    *,
    head: Head,
    workspace_id: UUID,
    phone: str,
    cut_at: datetime,
) -> bytes:
    sections = {
        "number": [_item(row) for row in known["number"]],
        "events": [event_item(entry_of(row)) for row in events],
        "consents": [_item(row) for row in known["consents"]],
        "suppressions": [_item(row) for row in known["suppressions"]],
        "messages": _messages(known),
        "replies": [_item(row, own="inbound") for row in known["replies"]],
    }
    workspace = encode_id("workspace", workspace_id)
    manifest = manifest_of(sections, workspace=workspace, phone=phone, cut_at=cut_at, head=head)
    return seal(sections, manifest, public_key=signer.public_key, signature=signer.sign(signed_bytes(manifest)))


def _messages(known: Mapping[str, Sequence[Row]]) -> list[dict[str, Any]]:
    attempts, receipts = defaultdict(list), defaultdict(list)
    for row in known["attempts"]:
        attempts[row["message_id"]].append(_item(row, without="message_id"))
    for row in known["receipts"]:
        receipts[row["message_id"]].append(_item(row, own="receipt", without="message_id"))
    return [
        {**_item(row, own="message"), "attempts": attempts[row["id"]], "receipts": receipts[row["id"]]}
        for row in known["messages"]
    ]


def _item(row: Row, *, own: str = "", without: str = "") -> dict[str, Any]:
    """A row in plain JSON values, as the API writes them."""
    item: dict[str, Any] = {}
    for name, value in row.items():
        if name == without:
            continue
        match value:
            case UUID():
                item[name] = encode_id(own if name == "id" else _KINDS[name], value)
            case datetime():
                item[name] = instant_text(value)
            case int() if own in {"message", "receipt"} and name == "state":
                item[name] = State(value).word
            case _:
                item[name] = value
    return item
