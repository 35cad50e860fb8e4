"""What is a preflight about? The campaign as it stood when it was asked: its ways, with their texts, terms and senders."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.audience.reading import parse_frozen, rule_json
from app.domain.audience.references import frozen
from app.domain.errors import InvalidField
from app.domain.facts import SenderFacts
from app.domain.fallback import Hop, read_plan
from app.domain.findings import Words
from app.domain.message import Channel, Purpose
from app.domain.registration import wording_of
from app.domain.rich import Content, check_content
from app.domain.rich_template import RichTemplate
from app.domain.split import Split, Variant, read_split
from app.domain.template import MissingField, OutputTooLong, Template
from app.ports import Provider
from app.storage.audience_sql.writing import Asked
from app.storage.audiences import read_audience
from app.storage.database import Row, Transaction
from app.storage.lanes import read_sender
from app.storage.templates import read_template, read_version
from app.usecases.audiences import whole_rule
from app.usecases.gather_facts import Terms, technology_of
from app.usecases.merge_values import values_for
from app.usecases.policies import Policy, caps_of, read_policy
from app.usecases.route import open_pool
from app.usecases.sender_standing import rate_together, standing_of
from app.usecases.templates import all_texts, compiled, compiled_content, of_channel
from app.usecases.track_links import NO_LINKS, Tracking, read_links


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What every page of a preflight is counted with. `at` is the instant decided for, `rate` parts per second of all senders.

    `later` are the ways it falls back to, each a plan of its own; `changes_family` says that one is a call and another a text.
    """

    workspace_id: UUID
    sender_id: UUID
    asked: Asked
    template: Template
    rich: RichTemplate
    terms: Terms
    policy: Policy
    at: datetime
    rate: float
    tracking: Tracking = NO_LINKS
    opt_out: str = ""
    campaign_id: UUID | None = None
    split: Split = field(default_factory=Split)
    variants: Mapping[str, tuple[Template, RichTemplate, Tracking]] = field(default_factory=dict)
    later: tuple["Plan", ...] = ()
    changes_family: bool = False

    @property
    def ways(self) -> tuple["Plan", ...]:
        """All of its ways, in order."""
        return (self, *self.later)

    def of(self, variant: str) -> "Plan":
        """The plan with the text of a variant."""
        if variant not in self.variants:
            return self
        template, rich, tracking = self.variants[variant]
        return replace(self, template=template, rich=rich, tracking=tracking)


async def frozen_campaign(tx: Transaction, campaign: Row) -> dict[str, Any]:
    """A campaign as a preflight keeps it: changes made to it later do not reach the count under way."""
    audience = await read_audience(tx, workspace_id=campaign["workspace_id"], audience_id=campaign["audience_id"])
    assert audience is not None
    not_after = campaign["not_after"]
    kept = ("channel", "purpose", "template_version", "caps", "brand", "topic", "subject", "technology", "categories", "links")
    return {
        **{name: campaign[name] for name in kept},
        "campaign_id": str(campaign["id"]),
        "split": campaign["split"],
        "fallback": campaign["fallback"],
        "pool_id": None if campaign["pool_id"] is None else str(campaign["pool_id"]),
        "template_id": str(campaign["template_id"]),
        "sender_id": str(campaign["sender_id"]),
        "rule": campaign["rule"] if campaign["rule"] is not None else rule_json(frozen(await whole_rule(tx, audience))),
        "not_after": None if not_after is None else not_after.isoformat(),
    }


async def open_plan(
    tx: Transaction,
    kinds: Mapping[str, type[Provider]],
    kept: Mapping[str, Any],
    *,
    workspace_id: UUID,
    at: datetime,
    now: datetime,
    own: str = "",
    opt_out: str = "-",
) -> Plan:
    """The plan of a kept campaign under the workspace's policy of now. Raises InvalidField when its text cannot be compiled.

    `own` is what short links begin with, and `opt_out` is as long as an opt-out link; without them parts are counted with the
    shortest there could be.
    """
    version = await read_version(
        tx, workspace_id=workspace_id, template_id=UUID(kept["template_id"]), version=kept["template_version"]
    )
    assert version is not None
    policy = await read_policy(tx, workspace_id=workspace_id, now=now)
    sender = await read_sender(tx, workspace_id=workspace_id, sender_id=UUID(kept["sender_id"]))
    assert sender is not None
    split = read_split(kept.get("split"))
    pool_id = kept.get("pool_id")
    pool = await open_pool(tx, workspace_id=workspace_id, pool_id=UUID(pool_id), now=now) if pool_id else None
    plan = read_plan(kept.get("fallback"))
    first = Plan(
        workspace_id=workspace_id,
        sender_id=sender["id"],
        asked=Asked(workspace_id=workspace_id, node=parse_frozen(kept["rule"]), now=at),
        template=compiled(version["body"], locales=version["locales"], pointer="/body/template_version"),
        rich=compiled_content(version["content"], locales=version["locales"], pointer="/body/template_version"),
        terms=_terms(kept, policy, sender, standing_of(kinds, sender)),
        policy=policy,
        at=at,
        tracking=read_links(all_texts(version["body"], version["locales"]), kept.get("links"), own=own),
        opt_out=opt_out,
        rate=rate_together(kinds, [sender] if pool is None else pool.members),
        campaign_id=UUID(kept["campaign_id"]) if kept.get("campaign_id") else None,
        split=split,
        variants={one.name: await _text_of(tx, workspace_id, one, kept.get("links"), own) for one in split.variants},
        changes_family=plan is not None and plan.changes_family(Channel(kept["channel"])),
    )
    hops = plan.hops if plan else ()
    return replace(first, later=tuple([await _later(tx, kinds, kept, first, hop, now=now, own=own) for hop in hops]))


async def _later(
    tx: Transaction,
    kinds: Mapping[str, type[Provider]],
    kept: Mapping[str, Any],
    first: Plan,
    hop: Hop,
    *,
    now: datetime,
    own: str,
) -> Plan:
    """A way to fall back to as a plan: its sender (of a pool the lead), and its template's text for the channel."""
    ids = {"workspace_id": first.workspace_id}
    pool = await open_pool(tx, **ids, pool_id=hop.pool_id, now=now) if hop.pool_id else None
    lead = max(pool.members, key=lambda member: (member["weight"] or 0.0, member["sender_id"])) if pool else None
    sender = await read_sender(tx, **ids, sender_id=lead["sender_id"] if lead else hop.sender_id or first.sender_id)
    assert sender is not None
    assert hop.template_id is not None
    template = await read_template(tx, **ids, template_id=hop.template_id)
    version = await read_version(tx, **ids, template_id=hop.template_id, version=hop.template_version or 0)
    assert template is not None
    assert version is not None
    text = of_channel(version, template["channel"], hop.channel) or version
    links = None if hop.channel is Channel.VOICE else kept.get("links")
    told = {**kept, "channel": hop.channel.value}
    return replace(
        first,
        sender_id=sender["id"],
        template=compiled(text["body"], locales=text["locales"], pointer="/body/fallback"),
        rich=compiled_content(text["content"], locales=text["locales"], pointer="/body/fallback"),
        terms=_terms(told, first.policy, sender, standing_of(kinds, sender)),
        tracking=read_links(all_texts(text["body"], text["locales"]), links, own=own),
        rate=rate_together(kinds, pool.members if pool else [sender]),
        split=Split(),
        variants={},
    )


async def _text_of(
    tx: Transaction, workspace_id: UUID, variant: Variant, links: Mapping[str, Any] | None, own: str
) -> tuple[Template, RichTemplate, Tracking]:
    version = await read_version(
        tx, workspace_id=workspace_id, template_id=variant.template_id, version=variant.template_version or 0
    )
    assert version is not None
    pointer = "/body/split"
    body, content = (
        compiled(version["body"], locales=version["locales"], pointer=pointer),
        compiled_content(version["content"], locales=version["locales"], pointer=pointer),
    )
    return body, content, read_links(all_texts(version["body"], version["locales"]), links, own=own)


def _terms(kept: Mapping[str, Any], policy: Policy, sender: Row, standing: SenderFacts) -> Terms:
    purpose, channel = Purpose(kept["purpose"]), Channel(kept["channel"])
    caps = (*policy.caps, *caps_of(kept["caps"], scope="campaign"))
    return Terms(
        channel=channel,
        purpose=purpose,
        caps=caps if purpose is Purpose.MARKETING else (),
        own_hours=policy.own_hours,
        not_after=None if kept["not_after"] is None else datetime.fromisoformat(kept["not_after"]),
        market=policy.market,
        technology=technology_of(kept["technology"], channel),
        brand=kept["brand"],
        topic=kept["topic"],
        subject=kept["subject"],
        sender=standing,
        wording=wording_of(
            sender["kind"],
            sender["address"],
            sender["registration"],
            brand=kept["brand"] or policy.name,
            adds=policy.adds_wording,
        ),
        categories=frozenset(kept["categories"]),
    )


def render_for(plan: Plan, row: Mapping[str, Any]) -> tuple[str, Content] | Words:
    """The text and what goes beside it for a member, before anything is added, or why nothing can be sent."""
    values = values_for(row, opt_out=lambda _: plan.opt_out)
    try:
        body, missing = plan.template.render_marked(values)
        if missing:
            return Words(missing=missing)
        rich = plan.rich.render(values)
        check_content(rich, plan.terms.channel)
    except OutputTooLong:
        return Words(problem="content.too_long")
    except MissingField as gap:
        return Words(missing=(gap.name,))
    except InvalidField:  # a merge tag made it what the channel cannot carry
        return Words(problem="content.not_carried")
    return (body, rich) if body.strip() else Words(problem="content.empty")
