"""What may messages come from? Senders on a provider's account, with a rate in parts per second that all workers share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from app.clock import new_id
from app.domain.errors import InvalidField, NotFound
from app.domain.message import Channel
from app.domain.registration import call_rate
from app.domain.sender import SenderKind, check_sender, default_rate
from app.storage import carriers
from app.storage.breakers import forget_breaker, read_standings
from app.storage.database import Row, Transaction
from app.usecases.context import Context
from app.usecases.sender_standing import calls_of


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSender:
    """A sender to register. `parts_per_second` None takes the usual rate; calls keep to what their carrier allows in any case."""

    provider_id: UUID
    channel: Channel
    kind: SenderKind
    address: str
    parts_per_second: float | None = None
    registration: Mapping[str, Any] = field(default_factory=dict)
    countries: Sequence[str] = ()
    prices: Mapping[str, Any] = field(default_factory=dict)


async def create_sender(tx: Transaction, context: Context, *, workspace_id: UUID, new: NewSender, now: datetime) -> Row:
    """Register a sender. Raises NotFound for another workspace's provider, InvalidField and Conflict."""
    account = await carriers.read_provider(tx, workspace_id=workspace_id, provider_id=new.provider_id)
    if account is None:
        raise NotFound("no such provider", pointer="/body/provider_id")
    check_sender(new.kind, channel=new.channel, address=new.address)
    kind = context.provider_kinds.get(account["kind"])
    if kind is not None and new.channel not in kind.channels:
        offered = ", ".join(sorted(kind.channels))
        raise InvalidField(f"{kind.kind} offers {offered}", pointer="/body/channel", code="channel_not_offered")
    calls = calls_of(context.provider_kinds, account, kind=account["kind"], channel=new.channel)
    sender_id = new_id()
    columns = {
        "provider_id": new.provider_id,
        "channel": new.channel.value,
        "kind": new.kind.value,
        "address": new.address,
        "parts_per_second": call_rate(new.parts_per_second or calls or default_rate(new.kind), calls),
        "registration": dict(new.registration),
        "countries": sorted(set(new.countries)),
        "prices": dict(new.prices),
    }
    await carriers.add_sender(tx, workspace_id=workspace_id, sender_id=sender_id, columns=columns, now=now)
    row = await carriers.find_sender(tx, workspace_id=workspace_id, sender_id=sender_id)
    assert row is not None
    return (await _with_standing(tx, workspace_id, [row]))[0]


async def _with_standing(tx: Transaction, workspace_id: UUID, rows: Sequence[Row]) -> list[Row]:
    """The rows with `standing`: how each sender fares with its carrier, None before its first try."""
    standings = await read_standings(tx, workspace_id=workspace_id, subject_ids=[row["id"] for row in rows])
    return [{**row, "standing": standings.get(row["id"])} for row in rows]


async def read_sender(context: Context, *, workspace_id: UUID, sender_id: UUID) -> Row:
    """One sender, with how it stands. Raises NotFound."""
    async with context.db.transaction() as tx:
        row = await carriers.find_sender(tx, workspace_id=workspace_id, sender_id=sender_id)
        if row is None:
            raise NotFound("no such sender", pointer="/path/sender_id")
        return (await _with_standing(tx, workspace_id, [row]))[0]


async def list_senders(
    context: Context, *, workspace_id: UUID, before: UUID | None, limit: int, provider_id: UUID | None = None
) -> Sequence[Row]:
    """Senders, newest first."""
    async with context.db.transaction() as tx:
        rows = await carriers.list_senders(tx, workspace_id=workspace_id, before=before, limit=limit, provider_id=provider_id)
        return await _with_standing(tx, workspace_id, rows)


async def change_sender(
    context: Context,
    *,
    workspace_id: UUID,
    sender_id: UUID,
    parts_per_second: float | None,
    release: bool,
    now: datetime,
    registration: Mapping[str, Any] | None = None,
    countries: Sequence[str] | None = None,
    prices: Mapping[str, Any] | None = None,
) -> Row:
    """Set the rate, the registration, the countries it serves and its prices, end a hold; the sender afterwards.

    Raises NotFound.
    """
    changes: dict[str, Any] = {}
    if parts_per_second is not None:
        changes["parts_per_second"] = parts_per_second
    if countries is not None:
        changes["countries"] = sorted(set(countries))
    if prices is not None:
        changes["prices"] = dict(prices)
    if release:
        changes |= {"held_until": None, "hold_reason": ""}
    async with context.db.transaction() as tx:
        if release:
            await forget_breaker(tx, workspace_id=workspace_id, subject_id=sender_id)
        if registration:
            await carriers.merge_registration(tx, workspace_id=workspace_id, sender_id=sender_id, fields=registration)
        row = await carriers.write_sender(tx, workspace_id=workspace_id, sender_id=sender_id, changes=changes, now=now)
        if row is None:
            raise NotFound("no such sender", pointer="/path/sender_id")
        tx.after_commit(partial(context.doorbell.ring, "dispatch_lane", f"{workspace_id}/{sender_id}/0"))
        return (await _with_standing(tx, workspace_id, [row]))[0]
