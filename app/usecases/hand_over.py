"""Who may still go, and what did the provider answer? Departure is committed; then all leave at once, outside any transaction."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from operator import itemgetter

from app.domain.capability import KNOWN_MISSING
from app.domain.delivery import (
    Accepted,
    Batch,
    ErrorClass,
    MayHaveLeft,
    NeverLeft,
    Outbound,
    Outcome,
    Refused,
    Request,
    Response,
    Safety,
)
from app.domain.lifecycle import settles_a_repeat
from app.domain.media import leaves_as
from app.domain.own_id import own_id
from app.domain.reference import write_reference
from app.ports import Batches
from app.providers.registry import batch_request_for, batches_of, outcome_of, outcomes_of, request_for
from app.storage.breakers import drop_probe
from app.storage.handovers import depart, release
from app.usecases.check_capability import without_rcs
from app.usecases.claim_group import Group
from app.usecases.context import Context
from app.usecases.open_lane import Lane
from app.usecases.settling import Member

_PAUSES = (0.2, 1.0)
"""Seconds before the repeats of a request nobody answered, where the provider knows a repeat by our id."""
_NO_RCS = Refused(ErrorClass.CAPABILITY_MISSING, KNOWN_MISSING, "known to have no RCS: the carrier was not asked to send it")
_A_BATCH = 0  # stands where an attempt's number would: attempts begin at 1
Going = tuple[Member, Outbound]
Left = tuple[Member, Outcome]


@dataclass(frozen=True, slots=True)
class Departed:
    """A group that left: when, and what came of each member that went.

    `spared` are the parts of those that were refused without a hand-over, and took nothing of the sender's rate.
    """

    at: datetime
    outcomes: tuple[Left, ...]
    spared: int = 0


@dataclass(frozen=True, slots=True)
class _Trip:
    """What the hand-overs of one group share."""

    context: Context
    lane: Lane
    group: Group
    callback: str
    now: datetime

    def reference(self, member: Member) -> str:
        return write_reference(
            self.context.reference_key, provider_id=self.lane.provider_id, message_id=member.id, attempt=member.attempt
        )

    def outbound(self, member: Member) -> Outbound:
        reference = self.reference(member)
        ends = min((end for end in (member.not_after, member.closes_at) if end is not None), default=None)
        return Outbound(
            to=member.phone,
            sender=self.lane.address,
            channel=leaves_as(self.lane.channel, member.content, offered=self.lane.provider.channels),
            body=member.body,
            callback_url=self.callback + reference,
            reference=reference,
            own_id=own_id(reference),
            at=self.now,
            validity=None if ends is None else max(1, int((ends - self.now).total_seconds())),
            purpose=member.purpose,
            content=member.content,
        )

    async def send(self, request: Request) -> Response | NeverLeft | MayHaveLeft:
        seconds = self.context.settings.handover_timeout_seconds
        return await self.context.http.send(self.lane.provider, request, account=self.lane.provider_id, timeout=seconds)

    async def alone(self, going: Going) -> Left:
        """Hand one message over; where the provider knows repeats by our id, a lost answer is asked for again."""
        member, outbound = going
        request = request_for(self.lane.provider, outbound)
        if isinstance(request, Refused):
            return member, request
        outcome = outcome_of(self.lane.provider, await self.send(request))
        if isinstance(outcome, MayHaveLeft) and self.lane.provider.safety[outbound.channel] is Safety.OWN_ID:
            outcome = await self._again(request, outcome)
        return member, self._named(outcome, outbound)

    async def _again(self, request: Request, outcome: MayHaveLeft) -> Outcome:
        """The same request with the same id. What the first one did is not undone by a repeat that never left or was put off."""
        for pause in _PAUSES:
            if self.context.closing.is_set():
                break
            await asyncio.sleep(pause)
            repeated = outcome_of(self.lane.provider, await self.send(request))
            if settles_a_repeat(repeated):
                return repeated
        return outcome

    def _named(self, outcome: Outcome, outbound: Outbound) -> Outcome:
        """The outcome with the id the message has there, where that is ours; known already means that it was taken."""
        if not self.lane.provider.id_is_ours:
            return outcome
        if isinstance(outcome, MayHaveLeft):
            return replace(outcome, provider_message_id=outbound.own_id)
        if isinstance(outcome, Refused) and outcome.error is ErrorClass.DUPLICATE:
            return Accepted(outbound.own_id)
        return outcome

    async def together(self, going: Sequence[Going]) -> list[Left]:
        """Hand several over in one request; a lost answer leaves each of them unknown."""
        provider = self.lane.provider
        assert isinstance(provider, Batches)
        reference = write_reference(
            self.context.reference_key, provider_id=self.lane.provider_id, message_id=self.group.lease_id, attempt=_A_BATCH
        )
        outbounds = tuple(outbound for _, outbound in going)
        batch = Batch(members=outbounds, reference=reference, callback_url=self.callback + reference)
        request = batch_request_for(provider, batch)
        if isinstance(request, Refused):
            return [(member, request) for member, _ in going]
        outcomes: Sequence[Outcome] = outcomes_of(provider, batch, await self.send(request))
        if self.lane.provider.safety[outbounds[0].channel] is Safety.OWN_ID:
            outcomes = await self._all_again(provider, batch, request, outcomes)
        return [(member, self._named(outcome, outbound)) for (member, outbound), outcome in zip(going, outcomes, strict=True)]

    async def _all_again(
        self, provider: Batches, batch: Batch, request: Request, outcomes: Sequence[Outcome]
    ) -> Sequence[Outcome]:
        """As `_again`: the whole batch with the same ids, for those of its members whose fate is open."""
        for pause in _PAUSES:
            if self.context.closing.is_set() or not any(isinstance(outcome, MayHaveLeft) for outcome in outcomes):
                break
            await asyncio.sleep(pause)
            repeated = outcomes_of(provider, batch, await self.send(request))
            outcomes = [
                later if isinstance(earlier, MayHaveLeft) and settles_a_repeat(later) else earlier
                for earlier, later in zip(outcomes, repeated, strict=True)
            ]
        return outcomes

    async def all(self, members: Sequence[Member]) -> tuple[Left, ...]:
        going = [(member, self.outbound(member)) for member in members]
        singles, batches = batches_of(self.lane.provider, going, itemgetter(1))
        if not batches:
            return tuple(await asyncio.gather(*(self.alone(one) for one in singles)))
        left, groups = await asyncio.gather(
            asyncio.gather(*(self.alone(one) for one in singles)),
            asyncio.gather(*(self.together(batch) for batch in batches)),
        )
        return (*left, *(one for group in groups for one in group))


async def hand_over(context: Context, lane: Lane, group: Group) -> Departed | None:
    """Hand a claimed group over. None when it may not go any more (paused, cancelled, held, or out of time): it is released.

    Members an opt-out took since the claim are left out. The group departs as a whole, so it is small enough that all of it is
    on the wire at once: what a crash leaves behind is then rightly unknown. Whoever is known to have no RCS is refused by us,
    and nothing leaves for them.
    """
    missing = await without_rcs(context, lane, [member.phone for member in group.members])
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
            if group.probes:
                await drop_probe(tx, workspace_id=lane.workspace_id, subject_ids=lane.subjects, lease_id=group.lease_id)
            return None
    trip = _Trip(context, lane, group, lane.callback_url(context.settings.public_url), now)
    leaving = [member for member in group.members if member.id in going and member.phone not in missing]
    refused = [member for member in group.members if member.id in going and member.phone in missing]
    outcomes = (*await trip.all(leaving), *((member, _NO_RCS) for member in refused))
    return Departed(now, outcomes, spared=sum(member.parts for member in refused))
