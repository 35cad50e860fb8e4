"""Which sequences are there, and which run? Made from steps, started with the campaigns of their messages, paused, ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.clock import new_id, new_ids
from app.domain.errors import InvalidField, NotFound, WrongState
from app.domain.lifecycle import CampaignState
from app.domain.sequence import Condition, Step, campaigns_of, read_steps, steps_json
from app.storage import sequences
from app.storage.audiences import read_audience
from app.storage.campaign_moves import end_sequence_campaigns, launch_for_sequence
from app.storage.database import Row, Transaction
from app.usecases.audience_rules import complete_rule, members_now, read_rule
from app.usecases.campaigns import found_campaign
from app.usecases.check_campaign import check_campaign
from app.usecases.context import Context

_OUT_OF: Mapping[str, tuple[str, ...]] = {
    "running": ("draft", "paused"),
    "paused": ("running",),
    "ended": ("draft", "running", "paused"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSequence:
    """A sequence to make. It begins with an event, or by hand alone; `exit_event` ends it for a contact."""

    name: str
    steps: tuple[Step, ...]
    trigger_event: str | None = None
    audience_id: UUID | None = None
    exit_event: str | None = None
    reenter_after: int | None = None

    def columns(self) -> dict[str, Any]:
        """As it is stored."""
        return {
            "name": self.name,
            "steps": steps_json(self.steps),
            "trigger_event": self.trigger_event,
            "audience_id": self.audience_id,
            "exit_event": self.exit_event,
            "reenter_after_seconds": self.reenter_after,
        }


async def _check(tx: Transaction, *, workspace_id: UUID, new: NewSequence) -> None:
    """Its audience, its rules and its campaigns can be used. Raises NotFound, InvalidField and WrongState."""
    if new.audience_id is not None and await read_audience(tx, workspace_id=workspace_id, audience_id=new.audience_id) is None:
        raise NotFound("no such audience", pointer="/body/audience_id")
    campaigns = campaigns_of(new.steps)
    if not campaigns:
        raise InvalidField("a sequence without a message does nothing", pointer="/body/steps", code="no_message")
    for place, step in enumerate(new.steps):
        if isinstance(step, Condition):
            at = f"/body/steps/{place}/condition"
            await complete_rule(tx, read_rule(step.rule, at=at), workspace_id=workspace_id, at=at)
    for campaign_id in campaigns:
        place = next(place for place, step in enumerate(new.steps) if campaigns_of([step]) == (campaign_id,))
        pointer = f"/body/steps/{place}/campaign_id"
        if campaigns.count(campaign_id) > 1:
            raise InvalidField("each message has a campaign of its own", pointer=pointer, code="twice")
        try:
            campaign = await found_campaign(tx, workspace_id=workspace_id, campaign_id=campaign_id)
        except NotFound as missing:
            raise NotFound("no such campaign", pointer=pointer) from missing
        if campaign["state"] != CampaignState.DRAFT or campaign["sequence_id"] is not None:
            raise WrongState("take a draft made for this step", pointer=pointer, code="not_a_draft")


async def create_sequence(tx: Transaction, *, workspace_id: UUID, new: NewSequence, now: datetime) -> Row:
    """Make a draft. Raises NotFound, InvalidField, WrongState, and Conflict when the name is taken."""
    await _check(tx, workspace_id=workspace_id, new=new)
    sequence_id = new_id()
    await sequences.add_sequence(tx, workspace_id=workspace_id, sequence_id=sequence_id, columns=new.columns(), now=now)
    return await found_sequence(tx, workspace_id=workspace_id, sequence_id=sequence_id)


async def found_sequence(tx: Transaction, *, workspace_id: UUID, sequence_id: UUID) -> Row:
    """One sequence. Raises NotFound."""
    row = await sequences.find_sequence(tx, workspace_id=workspace_id, sequence_id=sequence_id)
    if row is None:
        raise NotFound("no such sequence", pointer="/path/sequence_id")
    return row


async def read_sequence(context: Context, *, workspace_id: UUID, sequence_id: UUID) -> tuple[Row, Sequence[Row]]:
    """One sequence, and how many contacts are at each step. Raises NotFound."""
    async with context.db.transaction() as tx:
        row = await found_sequence(tx, workspace_id=workspace_id, sequence_id=sequence_id)
        return row, await sequences.count_enrolled(tx, workspace_id=workspace_id, sequence_ids=[sequence_id])


async def list_sequences(context: Context, *, workspace_id: UUID, before: UUID | None, limit: int) -> Sequence[Row]:
    """Sequences, newest first."""
    async with context.db.transaction() as tx:
        return await sequences.list_sequences(tx, workspace_id=workspace_id, before=before, limit=limit)


async def list_enrolments(
    context: Context, *, workspace_id: UUID, sequence_id: UUID, before: UUID | None, limit: int, state: str | None
) -> Sequence[Row]:
    """Who is or was in a sequence, newest first. Raises NotFound."""
    async with context.db.transaction() as tx:
        await found_sequence(tx, workspace_id=workspace_id, sequence_id=sequence_id)
        return await sequences.list_enrolments(
            tx, workspace_id=workspace_id, sequence_id=sequence_id, before=before, limit=limit, state=state
        )


async def steer_sequence(tx: Transaction, *, workspace_id: UUID, sequence_id: UUID, to: str, now: datetime) -> Row:
    """Start or resume ("running"), pause or end a sequence. Raises NotFound, WrongState and InvalidField.

    Starting launches the campaigns of its messages, which then wait for contacts; a pause holds the timers, whose time goes on;
    the end lets nobody further, and the campaigns close when what has left is settled.
    """
    held = await sequences.hold_sequence(tx, workspace_id=workspace_id, sequence_id=sequence_id)
    if held is None:
        raise NotFound("no such sequence", pointer="/path/sequence_id")
    if held["state"] not in _OUT_OF[to]:
        raise WrongState(f"a sequence that is {held['state']} cannot become {to}")
    ids = {"workspace_id": workspace_id, "sequence_id": sequence_id}
    changes: dict[str, Any] = {"state": to}
    if held["state"] == "draft" and to == "running":
        changes["started_at"] = now
        await _launch(tx, held, now)
    if to == "ended":
        await sequences.leave(tx, **ids, contact_ids=None, reason="sequence.ended", now=now)
        await end_sequence_campaigns(tx, **ids, now=now)
    row = await sequences.write_sequence(tx, **ids, changes=changes, now=now)
    assert row is not None
    return row


async def _launch(tx: Transaction, held: Row, now: datetime) -> None:
    workspace_id = held["workspace_id"]
    for campaign_id in campaigns_of(read_steps(held["steps"])):
        row = await launch_for_sequence(
            tx, workspace_id=workspace_id, campaign_id=campaign_id, sequence_id=held["id"], up_to_contact_id=new_id(), now=now
        )
        if row is None:
            raise WrongState("a campaign of its steps is no draft any more")
        if row["joins_until"] is not None:
            raise WrongState("people come to it by its sequence: take the joins_until of its campaigns away")
        await check_campaign(tx, workspace_id=workspace_id, columns={**row, "scheduled_at": None}, now=now)


async def enrol_contacts(
    tx: Transaction, *, workspace_id: UUID, sequence_id: UUID, contact_ids: Sequence[UUID], now: datetime
) -> dict[UUID, str]:
    """Begin a running sequence for contacts by hand: what became of each (enrolled, already_in, not_in_audience, unknown).

    Raises NotFound and WrongState.
    """
    held = await sequences.hold_sequence(tx, workspace_id=workspace_id, sequence_id=sequence_id)
    if held is None:
        raise NotFound("no such sequence", pointer="/path/sequence_id")
    if held["state"] != "running":
        raise WrongState(f"a {held['state']} sequence takes nobody in")
    known = await members_now(tx, {}, workspace_id=workspace_id, contact_ids=contact_ids, now=now)
    eligible = await eligible_contacts(tx, workspace_id=workspace_id, sequence=held, contact_ids=list(known), now=now)
    taken: set[UUID] = set()
    if eligible:
        rows = [
            (enrolment_id, contact_id, None) for enrolment_id, contact_id in zip(new_ids(len(eligible)), eligible, strict=True)
        ]
        taken = await sequences.enrol(
            tx,
            workspace_id=workspace_id,
            sequence_id=sequence_id,
            rows=rows,
            reenter_after=held["reenter_after_seconds"],
            now=now,
        )

    def outcome(contact_id: UUID) -> str:
        if contact_id in taken:
            return "enrolled"
        if contact_id not in known:
            return "unknown"
        return "already_in" if contact_id in eligible else "not_in_audience"

    return {contact_id: outcome(contact_id) for contact_id in contact_ids}


async def eligible_contacts(
    tx: Transaction, *, workspace_id: UUID, sequence: Mapping[str, Any], contact_ids: Sequence[UUID], now: datetime
) -> list[UUID]:
    """Those of the contacts a sequence is for: all, or the members of its audience now."""
    if sequence["audience_id"] is None or not contact_ids:
        return list(dict.fromkeys(contact_ids))
    audience = await read_audience(tx, workspace_id=workspace_id, audience_id=sequence["audience_id"])
    assert audience is not None
    return list(await members_now(tx, audience["rule"], workspace_id=workspace_id, contact_ids=contact_ids, now=now))
