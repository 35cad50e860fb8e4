"""What would this person get from a campaign, when, from whom, and why? One contact decided and rendered; nothing is written."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.decision import Decision, Verdict
from app.domain.errors import NotFound
from app.domain.findings import Words
from app.domain.message import Channel
from app.domain.pace import Pace, WhenPassed, too_late_there
from app.domain.parts import PartCount, count_parts
from app.domain.rich import PLAIN, Content
from app.domain.routing import Choice
from app.domain.split import held_out
from app.storage.contacts import read_contact
from app.storage.database import Row, Transaction
from app.usecases.campaigns import found_campaign
from app.usecases.compose import Composer
from app.usecases.context import Context
from app.usecases.count_members import Way, both, closes_on
from app.usecases.decide_alike import Decider
from app.usecases.materialise import facts_by_phone
from app.usecases.preflight_campaign import look_of_links
from app.usecases.preflight_plan import Plan, frozen_campaign, open_plan, render_for
from app.usecases.route import open_pool, route


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignPreview:
    """One contact's share of a campaign.

    `decision` is what the rules say now, `problem` why there would be no text, `variant` None for those held out. `choice` is the
    pool's, None without one. `due_at` is when the contact's turn comes, where the campaign is laid out in time. `channel` is that
    of the way it would go, `passed_on` the ways before, each with why it was closed.
    """

    channel: Channel
    decision: Decision
    body: str
    content: Content
    parts: PartCount | None
    problem: str
    missing: tuple[str, ...]
    variant: str | None
    choice: Choice | None
    due_at: datetime | None
    passed_on: tuple[tuple[Channel, str], ...]


async def preview_campaign(
    tx: Transaction, context: Context, *, workspace_id: UUID, campaign_id: UUID, contact_id: UUID, now: datetime
) -> CampaignPreview:
    """A campaign as this contact would get it if it went now, whether or not it is in the audience. Raises NotFound."""
    campaign = await found_campaign(tx, workspace_id=workspace_id, campaign_id=campaign_id)
    contact = await read_contact(tx, workspace_id=workspace_id, contact_id=contact_id)
    if contact is None:
        raise NotFound("no such contact", pointer="/body/contact_id")
    kept = await frozen_campaign(tx, campaign)
    plan = await open_plan(tx, context.provider_kinds, kept, workspace_id=workspace_id, at=now, now=now, **look_of_links(context))
    phone = contact["phone"]
    variant = plan.split.of(campaign_id, phone)
    passed_on: list[tuple[Channel, str]] = []
    for place, way in enumerate(plan.ways, start=1):
        ids = {"workspace_id": workspace_id, "sender_id": way.sender_id}
        row = (await facts_by_phone(tx, way.terms, **ids, phones=[phone], now=now))[phone]
        due_at, settled = _turn(campaign, row, now)
        if variant is None:
            settled = held_out()
        rendered = _rendered(context, way.of(variant or ""), row, now)
        decision = settled or both(Decider(context.rules, way.terms, now=now).decide(row), rendered[2])
        words = rendered[0] if isinstance(rendered[0], Words) else None
        reason = closes_on(decision, words or Words())
        if settled is not None or not reason or place == len(plan.ways):
            break
        if place == 1 and not Way(context, way).leads_on(row):
            break
        passed_on.append((way.terms.channel, reason))
    body, content = ("", PLAIN) if isinstance(rendered[0], Words) else (rendered[0], rendered[1])
    return CampaignPreview(
        channel=way.terms.channel,
        passed_on=tuple(passed_on),
        decision=decision,
        body=body,
        content=content,
        parts=None if words else count_parts(body),
        problem=words.problem or "content.missing_field" if words else "",
        missing=words.missing if words else (),
        variant=variant,
        choice=await _choice(tx, campaign, row, now),
        due_at=due_at,
    )


def _rendered(context: Context, plan: Plan, row: Row, now: datetime) -> tuple[str | Words, Content, Decision]:
    """The text as it would leave, what goes beside it, and what the rules say of it."""
    allowed = Decision(Verdict.ALLOW, None, ())
    rendered = render_for(plan, row)
    if isinstance(rendered, Words):
        return rendered, PLAIN, allowed
    composer = Composer(context.rules, plan.terms, now=now)
    marked = plan.tracking.mark(rendered[0])
    body, rich = composer.fit(marked.text, rendered[1])
    body, content = composer.finish(body, row, rich=rich, behind=marked.behind)
    return body, rich, composer.judge(row, content)


def _turn(campaign: Row, row: Row, now: datetime) -> tuple[datetime | None, Decision | None]:
    """When the contact's turn comes, and the decision that there is none any more."""
    pace = Pace(
        local=campaign["send_at_local"],
        when_passed=WhenPassed(campaign["when_passed"]),
        spread=campaign["spread_seconds"],
    )
    if pace.is_plain:
        return None, None
    zones = (row["time_zone"],) if row["time_zone"] else row["zones"]
    due_at = pace.due_at(key=str(campaign["id"]), phone=row["phone"], zones=zones, now=now)
    return due_at, too_late_there() if due_at is None else None


async def _choice(tx: Transaction, campaign: Row, row: Row, now: datetime) -> Choice | None:
    if campaign["pool_id"] is None:
        return None
    pool = await open_pool(tx, workspace_id=campaign["workspace_id"], pool_id=campaign["pool_id"], now=now)
    assert pool is not None  # campaigns hold on to their pool
    return (await route(tx, pool, numbers=[(row["phone"], row["region"])]))[row["phone"]]
