"""What does a lane carry while it works? The sender, its opened provider account, and each campaign's compiled content."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.budget import Budget, read_budget
from app.domain.facts import SenderFacts
from app.domain.ids import encode_id
from app.domain.message import Channel, Purpose
from app.domain.registration import call_rate, rate_of, wording_of
from app.domain.rich import read_content
from app.domain.rich_template import RichTemplate
from app.domain.template import Template
from app.domain.wording import Wording
from app.ports import Account, Provider
from app.queue.rate import Bucket
from app.storage.database import Row, Transaction
from app.storage.lanes import read_campaign_contents, read_sender
from app.usecases.context import Context
from app.usecases.gather_facts import Terms, technology_of
from app.usecases.opt_out_link import OptOutWriter, opt_out_writer
from app.usecases.policies import Policy, caps_of, read_policy
from app.usecases.sender_standing import calls_of, standing_of
from app.usecases.templates import all_texts, compiled, compiled_content
from app.usecases.track_links import NO_LINKS, Tracking, open_links, read_links


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One sender, ready to hand over. `half_open`: its carrier failed, and one message at a time goes to see."""

    workspace_id: UUID
    sender_id: UUID
    channel: Channel
    address: str
    rate: float
    provider_id: UUID
    provider_kind: str
    provider: Provider
    policy: Policy
    sender: SenderFacts
    wording: Wording
    prices: Mapping[str, Any]
    parts_per_day: int | None = None
    half_open: bool = False
    calls_per_second: float | None = None
    """How many calls all senders of the account may begin together; None where nobody limits them."""

    @property
    def subjects(self) -> list[UUID]:
        """Whose breakers stand in the way: the sender's and its account's."""
        return [self.sender_id, self.provider_id]

    @property
    def buckets(self) -> tuple[Bucket, ...]:
        """What its rate is taken from: the sender's bucket, and the account's where calls are limited, one call at a time."""
        own = Bucket(str(self.sender_id), self.rate)
        calls = self.calls_per_second
        return (own,) if calls is None else (own, Bucket(f"calls:{self.provider_id}", calls, burst=1.0))

    def wording_for(self, brand: str) -> Wording:
        """How a message for a brand says who sends it; the workspace's name where it is for none."""
        return replace(self.wording, brand=brand) if brand else self.wording

    def callback_url(self, public_url: str) -> str:
        """Where this account's webhooks arrive, up to the reference."""
        return f"{public_url}/webhooks/{self.provider_kind}/{encode_id('provider', self.provider_id)}?r="


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignContent:
    """What a campaign's messages share on one of its ways."""

    template: Template
    rich: RichTemplate
    terms: Terms
    tracking: Tracking = NO_LINKS
    opt_out: OptOutWriter | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignContents:
    """A campaign's contents by (variant, hop): hop 0 is its own way, the others those it falls back to, whatever the variant."""

    campaign_id: UUID
    by_way: Mapping[tuple[str, int], CampaignContent]
    budget: Budget | None = None
    live_rule: Any = None
    """The audience's rule as JSON, where it must still hold when a message leaves."""


async def open_lane(context: Context, *, workspace_id: UUID, sender_id: UUID, now: datetime) -> Lane | None:
    """The lane, or None when the sender is gone, held, or its provider is held or no longer installed."""
    async with context.db.transaction() as tx:
        row = await read_sender(tx, workspace_id=workspace_id, sender_id=sender_id)
        policy = await read_policy(tx, workspace_id=workspace_id, now=now)
    if row is None or any(until is not None and until > now for until in (row["held_until"], row["provider_held_until"])):
        return None
    kind = context.provider_kinds.get(row["provider_kind"])
    if kind is None:
        return None
    credentials = context.vault.open(row["credentials"], row=row["provider_id"])
    channel = Channel(row["channel"])
    calls = calls_of(context.provider_kinds, row, kind=row["provider_kind"], channel=channel)
    return Lane(
        workspace_id=workspace_id,
        sender_id=sender_id,
        channel=channel,
        address=row["address"],
        rate=call_rate(rate_of(row["parts_per_second"], row["registration"]), calls),
        calls_per_second=calls,
        parts_per_day=row["registration"].get("parts_per_day"),
        provider_id=row["provider_id"],
        provider_kind=row["provider_kind"],
        provider=kind(Account(credentials, row["base_url"])),
        policy=policy,
        sender=standing_of(context.provider_kinds, row),
        wording=wording_of(row["kind"], row["address"], row["registration"], brand=policy.name, adds=policy.adds_wording),
        prices={**(policy.stored.get("prices") or {}), **row["prices"]},
        half_open=row["is_open"],
    )


async def open_content(context: Context, lane: Lane, campaign_id: UUID) -> CampaignContents | None:
    """A campaign's contents by this lane's channel, compiled once a lane run; None when it has none."""
    async with context.db.transaction() as tx:
        rows = await read_campaign_contents(tx, workspace_id=lane.workspace_id, campaign_id=campaign_id, channel=lane.channel)
        tracked = [(row, await _tracking(tx, context, lane, campaign_id, row)) for row in rows]
    by_way = {(row["variant"], row["hop"]): _content(context, lane, row, tracking) for row, tracking in tracked}
    return (
        CampaignContents(
            campaign_id=campaign_id,
            by_way=by_way,
            budget=read_budget(rows[0]["budget"]),
            live_rule=rows[0]["rule"] if rows[0]["membership"] == "live" else None,
        )
        if by_way
        else None
    )


async def _tracking(tx: Transaction, context: Context, lane: Lane, campaign_id: UUID, row: Row) -> Tracking:
    """The short links of one way's texts, each with its row."""
    if row["links"] is None or lane.channel is Channel.VOICE:
        return NO_LINKS
    content, now = read_content(row["content"]), context.clock.now()
    tracking = read_links(
        all_texts(row["template"], row["locales"]), row["links"], content=content, own=context.settings.links_begin
    )
    return await open_links(tx, tracking, workspace_id=lane.workspace_id, campaign_id=campaign_id, now=now)


def _content(context: Context, lane: Lane, row: Row, tracking: Tracking) -> CampaignContent:
    channel = Channel(row["channel"])
    return CampaignContent(
        template=compiled(row["template"], locales=row["locales"]),
        rich=compiled_content(row["content"], locales=row["locales"]),
        tracking=tracking,
        opt_out=opt_out_writer(
            context, workspace_id=lane.workspace_id, sources=(row["template"], row["content"], row["locales"])
        ),
        terms=Terms(
            channel=channel,
            purpose=Purpose(row["purpose"]),
            caps=(*lane.policy.caps, *caps_of(row["caps"], scope="campaign")),
            own_hours=lane.policy.own_hours,
            not_after=row["not_after"],
            market=lane.policy.market,
            technology=technology_of(row["technology"], channel),
            brand=row["brand"],
            topic=row["topic"],
            subject=row["subject"],
            sender=lane.sender,
            wording=lane.wording_for(row["brand"]),
            categories=frozenset(row["categories"]),
        ),
    )
