"""Who may still go, and what did the provider answer? Departure is committed; then all leave at once, outside any transaction."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from app.domain.delivery import Outbound, Outcome, Refused
from app.domain.reference import write_reference
from app.providers.registry import outcome_of, request_for
from app.storage.handovers import depart, release
from app.usecases.claim_group import Group, Member
from app.usecases.context import Context
from app.usecases.open_lane import Lane

_LONGEST_VALIDITY = 36_000


@dataclass(frozen=True, slots=True)
class Departed:
    """A group that left: when, and what came of each member that went."""

    at: datetime
    outcomes: tuple[tuple[Member, Outcome], ...]


def _outbound(context: Context, lane: Lane, member: Member, callback: str, now: datetime) -> Outbound:
    reference = write_reference(context.reference_key, provider_id=lane.provider_id, message_id=member.id, attempt=member.attempt)
    ends = min((end for end in (member.not_after, member.closes_at) if end is not None), default=None)
    validity = None if ends is None else max(1, min(_LONGEST_VALIDITY, int((ends - now).total_seconds())))
    return Outbound(
        to=member.phone,
        sender=lane.address,
        channel=lane.channel,
        body=member.body,
        callback_url=callback + reference,
        validity=validity,
    )


async def hand_over(context: Context, lane: Lane, group: Group) -> Departed | None:
    """Hand a claimed group over. None when it may not go any more: paused, cancelled, or the lease ran out; it is then released.

    Members an opt-out took since the claim are left out. The group departs as a whole, so it is small enough that all of it is
    on the wire at once: what a crash leaves behind is then rightly unknown.
    """
    now = context.clock.now()
    async with context.db.transaction() as tx:
        going = await depart(
            tx,
            workspace_id=lane.workspace_id,
            lease_id=group.lease_id,
            campaign_id=group.campaign_id,
            message_ids=[member.id for member in group.members],
            now=now,
        )
        if going is None:
            await release(tx, workspace_id=lane.workspace_id, lease_id=group.lease_id, now=now)
            return None
    callback = lane.callback_url(context.settings.public_url)
    timeout = context.settings.handover_timeout_seconds

    async def one(member: Member) -> tuple[Member, Outcome]:
        request = request_for(lane.provider, _outbound(context, lane, member, callback, now))
        if isinstance(request, Refused):
            return member, request
        return member, outcome_of(lane.provider, await context.http.send(request, timeout=timeout))

    members = [member for member in group.members if member.id in going]
    return Departed(now, tuple(await asyncio.gather(*(one(member) for member in members))))
