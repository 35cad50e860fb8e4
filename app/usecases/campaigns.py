"""What is to be said, to whom, from what, and until when? Campaigns as drafts: made, checked, changed, read."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from app.clock import new_id
from app.domain.errors import InvalidField, NotFound, WrongState
from app.domain.facts import Technology
from app.domain.fallback import Hop, Plan, plan_json, read_plan
from app.domain.lifecycle import CampaignState
from app.domain.message import Channel
from app.storage import campaigns
from app.storage.audiences import read_audience
from app.storage.carriers import find_sender
from app.storage.database import Row, Transaction
from app.storage.pools import find_pool, members_of
from app.storage.templates import read_template, read_version
from app.usecases.audiences import read_rule
from app.usecases.context import Context
from app.usecases.plan_ways import check_ways
from app.usecases.templates import compiled
from app.usecases.track_links import read_links


async def check_campaign(tx: Transaction, *, workspace_id: UUID, columns: Mapping[str, Any], now: datetime) -> str:
    """The channel a campaign with these columns has. What it names must exist and fit together, and it must not be too late.

    `columns` has template_id, template_version, audience_id, sender_id, pool_id, technology, links, not_after and
    scheduled_at. Raises NotFound and InvalidField.
    """
    ids = (columns["template_id"], columns["template_version"])
    links = columns["links"]
    template = await _check_template(tx, *ids, workspace_id=workspace_id, pointer="/body", links=links)
    audience = await read_audience(tx, workspace_id=workspace_id, audience_id=columns["audience_id"])
    if audience is None:
        raise NotFound("no such audience", pointer="/body/audience_id")
    read_rule(audience["rule"])
    await _check_senders(tx, workspace_id=workspace_id, columns=columns, channel=template["channel"])
    await _check_fallback(tx, workspace_id=workspace_id, columns=columns)
    _check_times(columns["not_after"], columns["scheduled_at"], now)
    channel: str = template["channel"]
    if (channel == Channel.VOICE) == (columns["technology"] == Technology.TEXT):
        detail = f"a {channel} campaign reaches nobody by {columns['technology']}"
        raise InvalidField(detail, pointer="/body/technology", code="channel_mismatch")
    if links is not None and channel == Channel.VOICE:
        raise InvalidField("nobody follows a link in a call", pointer="/body/links", code="channel_mismatch")
    return channel


async def _check_template(
    tx: Transaction, template_id: UUID, version: int, *, workspace_id: UUID, pointer: str, links: Mapping[str, Any] | None
) -> Row:
    template = await read_template(tx, workspace_id=workspace_id, template_id=template_id)
    if template is None:
        raise NotFound("no such template", pointer=f"{pointer}/template_id")
    found = await read_version(tx, workspace_id=workspace_id, template_id=template_id, version=version)
    if found is None:
        raise NotFound("no such version of the template", pointer=f"{pointer}/template_version")
    compiled(found["body"], pointer=f"{pointer}/template_version")
    if template["channel"] != Channel.VOICE:
        read_links(found["body"], links)
    return template


async def _check_fallback(tx: Transaction, *, workspace_id: UUID, columns: Mapping[str, Any]) -> None:
    """Every way has a sender and a template of its channel."""
    plan = read_plan(columns.get("fallback"))
    first = {one for one in (columns["sender_id"], columns.get("pool_id")) if one is not None}
    await check_ways(tx, plan, workspace_id=workspace_id, first=first)
    for place, hop in enumerate(plan.hops if plan else ()):
        pointer = f"/body/fallback/{place}"
        assert hop.template_id is not None
        assert hop.template_version is not None
        ids, links = (hop.template_id, hop.template_version), columns["links"]
        template = await _check_template(tx, *ids, workspace_id=workspace_id, pointer=pointer, links=links)
        if template["channel"] != hop.channel:
            detail = f"the template is for {template['channel']}"
            raise InvalidField(detail, pointer=f"{pointer}/template_id", code="channel_mismatch")


async def _with_versions(tx: Transaction, workspace_id: UUID, columns: Mapping[str, Any]) -> dict[str, Any]:
    """The columns with the newest version of each template a way names without one. Raises NotFound."""
    filled = dict(columns)
    plan: Plan | None = filled.get("fallback")
    if plan is not None:
        hops: list[Hop] = []
        for place, hop in enumerate(plan.hops):
            assert hop.template_id is not None
            pointer = f"/body/fallback/{place}/template_id"
            version = hop.template_version or await _newest_version(tx, workspace_id, hop.template_id, pointer=pointer)
            hops.append(replace(hop, template_version=version))
        filled["fallback"] = plan_json(replace(plan, hops=tuple(hops)))
    return filled


async def _check_senders(tx: Transaction, *, workspace_id: UUID, columns: Mapping[str, Any], channel: str) -> None:
    sender = await find_sender(tx, workspace_id=workspace_id, sender_id=columns["sender_id"])
    pool = columns.get("pool_id") and await find_pool(tx, workspace_id=workspace_id, pool_id=columns["pool_id"])
    what, found = ("sender pool", pool) if columns.get("pool_id") else ("sender", sender)
    pointer = "/body/sender_pool_id" if columns.get("pool_id") else "/body/sender_id"
    if found is None:
        raise NotFound(f"no such {what}", pointer=pointer)
    if found["channel"] != channel:
        raise InvalidField(
            f"the {what} is for {found['channel']}, the template for {channel}", pointer=pointer, code="channel_mismatch"
        )


async def _with_lead(tx: Transaction, *, workspace_id: UUID, columns: Mapping[str, Any]) -> dict[str, Any]:
    """The columns with a sender beside a pool: the lead, whose wording and rules a preflight takes. Raises NotFound."""
    filled = dict(columns)
    if filled.get("pool_id") is not None:
        members = await members_of(tx, workspace_id=workspace_id, pool_ids=[filled["pool_id"]])
        if not members:
            raise NotFound("no such sender pool", pointer="/body/sender_pool_id")
        filled["sender_id"] = max(members, key=lambda member: (member["weight"] or 0.0, member["sender_id"]))["sender_id"]
    elif filled.get("sender_id") is not None:
        filled["pool_id"] = None
    return filled


def _check_times(not_after: datetime | None, scheduled_at: datetime | None, now: datetime) -> None:
    if not_after is None:
        return
    if not_after <= now:
        raise InvalidField("lies in the past: nothing would go", pointer="/body/not_after", code="too_late")
    if scheduled_at is not None and not_after <= scheduled_at:
        raise InvalidField("lies before the scheduled launch", pointer="/body/not_after", code="too_late")


async def _newest_version(tx: Transaction, workspace_id: UUID, template_id: UUID, *, pointer: str = "/body/template_id") -> int:
    template = await read_template(tx, workspace_id=workspace_id, template_id=template_id)
    if template is None:
        raise NotFound("no such template", pointer=pointer)
    version: int = template["version"]
    return version


async def _usual_technology(tx: Transaction, workspace_id: UUID, template_id: UUID) -> str:
    template = await read_template(tx, workspace_id=workspace_id, template_id=template_id)
    spoken = template is not None and template["channel"] == Channel.VOICE
    return Technology.RECORDED.value if spoken else Technology.TEXT.value


async def create_campaign(tx: Transaction, *, workspace_id: UUID, columns: Mapping[str, Any], now: datetime) -> Row:
    """Make a draft; without a template_version it takes the newest. Raises NotFound and InvalidField."""
    filled = await _with_lead(tx, workspace_id=workspace_id, columns=await _with_versions(tx, workspace_id, columns))
    if filled["template_version"] is None:
        filled["template_version"] = await _newest_version(tx, workspace_id, filled["template_id"])
    if filled.get("technology") is None:
        filled["technology"] = await _usual_technology(tx, workspace_id, filled["template_id"])
    filled["channel"] = await check_campaign(tx, workspace_id=workspace_id, columns=filled, now=now)
    campaign_id = new_id()
    await campaigns.add_campaign(tx, workspace_id=workspace_id, campaign_id=campaign_id, columns=filled, now=now)
    return await found_campaign(tx, workspace_id=workspace_id, campaign_id=campaign_id)


async def found_campaign(tx: Transaction, *, workspace_id: UUID, campaign_id: UUID) -> Row:
    """One campaign. Raises NotFound."""
    row = await campaigns.read_campaign(tx, workspace_id=workspace_id, campaign_id=campaign_id)
    if row is None:
        raise NotFound("no such campaign", pointer="/path/campaign_id")
    return row


async def read_campaign(context: Context, *, workspace_id: UUID, campaign_id: UUID) -> Row:
    """One campaign. Raises NotFound."""
    async with context.db.transaction() as tx:
        return await found_campaign(tx, workspace_id=workspace_id, campaign_id=campaign_id)


async def list_campaigns(
    context: Context, *, workspace_id: UUID, before: UUID | None, limit: int, state: str | None = None
) -> Sequence[Row]:
    """Campaigns, newest first."""
    async with context.db.transaction() as tx:
        return await campaigns.list_campaigns(tx, workspace_id=workspace_id, before=before, limit=limit, state=state)


async def change_campaign(
    context: Context, *, workspace_id: UUID, campaign_id: UUID, changes: Mapping[str, Any], now: datetime
) -> Row:
    """Change a draft; another template without a version takes its newest. Raises NotFound, WrongState, InvalidField."""
    async with context.db.transaction() as tx:
        held = await campaigns.hold_campaign(tx, workspace_id=workspace_id, campaign_id=campaign_id)
        if held is None:
            raise NotFound("no such campaign", pointer="/path/campaign_id")
        if held["state"] != CampaignState.DRAFT:
            raise WrongState(f"a {held['state']} campaign cannot be changed; only drafts can")
        versioned = await _with_versions(tx, workspace_id, changes)
        filled = await _with_lead(tx, workspace_id=workspace_id, columns=versioned)
        if filled.get("template_id", held["template_id"]) != held["template_id"] and "template_version" not in filled:
            filled["template_version"] = await _newest_version(tx, workspace_id, filled["template_id"])
        filled["channel"] = await check_campaign(tx, workspace_id=workspace_id, columns={**held, **filled}, now=now)
        await campaigns.write_campaign(tx, workspace_id=workspace_id, campaign_id=campaign_id, changes=filled, now=now)
        return await found_campaign(tx, workspace_id=workspace_id, campaign_id=campaign_id)
