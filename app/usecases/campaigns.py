"""What is to be said, to whom, from what, and until when? Campaigns as drafts: made, checked, changed, read."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from app.clock import new_id
from app.domain.errors import NotFound, WrongState
from app.domain.facts import Technology
from app.domain.lifecycle import CampaignState
from app.domain.message import Channel
from app.storage import campaigns
from app.storage.database import Row, Transaction
from app.storage.templates import read_template
from app.usecases.check_campaign import check_campaign, newest_version, with_lead, with_versions
from app.usecases.context import Context


async def _usual_technology(tx: Transaction, workspace_id: UUID, template_id: UUID) -> str:
    template = await read_template(tx, workspace_id=workspace_id, template_id=template_id)
    spoken = template is not None and template["channel"] == Channel.VOICE
    return Technology.RECORDED.value if spoken else Technology.TEXT.value


async def create_campaign(tx: Transaction, *, workspace_id: UUID, columns: Mapping[str, Any], now: datetime) -> Row:
    """Make a draft; without a template_version it takes the newest. Raises NotFound and InvalidField."""
    filled = dict(columns)
    if filled["template_version"] is None:
        filled["template_version"] = await newest_version(tx, workspace_id, filled["template_id"])
    own = (filled["template_id"], filled["template_version"])
    filled = await with_lead(tx, workspace_id=workspace_id, columns=await with_versions(tx, workspace_id, filled, own=own))
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
        filled = dict(changes)
        if filled.get("template_id", held["template_id"]) != held["template_id"] and "template_version" not in filled:
            filled["template_version"] = await newest_version(tx, workspace_id, filled["template_id"])
        both = {**held, **filled}
        own = (both["template_id"], both["template_version"])
        filled = await with_lead(tx, workspace_id=workspace_id, columns=await with_versions(tx, workspace_id, filled, own=own))
        filled["channel"] = await check_campaign(tx, workspace_id=workspace_id, columns={**held, **filled}, now=now)
        await campaigns.write_campaign(tx, workspace_id=workspace_id, campaign_id=campaign_id, changes=filled, now=now)
        return await found_campaign(tx, workspace_id=workspace_id, campaign_id=campaign_id)
