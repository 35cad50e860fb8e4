"""What is a preflight about? The campaign as it stood when it was asked, and one page of its audience counted with it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.advice import SELLS, without_values
from app.domain.audience.reading import parse_frozen, rule_json
from app.domain.audience.references import frozen
from app.domain.decision import ALLOW, Decision, Verdict
from app.domain.errors import InvalidField
from app.domain.facts import SenderFacts
from app.domain.findings import Findings, Member, Words
from app.domain.message import Channel, Purpose
from app.domain.parts import count_parts
from app.domain.registration import wording_of
from app.domain.rich import Content, check_content
from app.domain.rich_template import RichTemplate
from app.domain.split import Split, Variant, held_out, read_split
from app.domain.template import MissingField, OutputTooLong, Template
from app.ports import Provider
from app.storage.audience_sql.writing import Asked
from app.storage.audiences import read_audience
from app.storage.database import Row, Transaction
from app.storage.lanes import read_sender
from app.storage.members import audience_page
from app.storage.templates import read_version
from app.usecases.audiences import whole_rule
from app.usecases.compose import Composer
from app.usecases.context import Context
from app.usecases.decide_alike import Decider, is_own_to_one
from app.usecases.gather_facts import Terms, technology_of
from app.usecases.materialise import facts_by_phone
from app.usecases.merge_values import values_for
from app.usecases.policies import Policy, caps_of, read_policy
from app.usecases.route import open_pool
from app.usecases.sender_standing import rate_together, standing_of
from app.usecases.templates import all_texts, compiled, compiled_content
from app.usecases.track_links import NO_LINKS, Tracking, read_links

PAGE = 2_000
_SLICE = 100  # members between two looks at what else the process has to do: some milliseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What every page of a preflight is counted with. `at` is the instant decided for, `rate` parts per second of all senders."""

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
    return Plan(
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


def area_of(row: Mapping[str, Any]) -> str:
    """What a number's hours go by, as far as one word can say: its area code in North America, elsewhere its country."""
    area: str = row["phone"][:5] if row["phone"].startswith("+1") else row["region"]
    return f"{area} {row['time_zone']}" if row["time_zone"] else area


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


def _words(plan: Plan, composer: Composer, row: Mapping[str, Any]) -> tuple[Words, Decision]:
    """What the text comes to, and what the rules say of what it holds."""
    rendered = render_for(plan, row)
    if isinstance(rendered, Words):
        return rendered, ALLOW
    marked = plan.tracking.mark(rendered[0])
    body, rich = composer.fit(marked.text, rendered[1])
    body, content = composer.finish(body, row, rich=rich, behind=marked.behind)
    advised = composer.advice(row, content)
    selling = without_values(content.marketing, plan.template.literals) if SELLS in advised else ()
    without = plan.template.lacking(values_for(row, opt_out=lambda _: plan.opt_out))
    words = Words(count=count_parts(body), without=without, advised=advised, selling=selling)
    return words, composer.judge(row, content)


def both(decision: Decision, judged: Decision) -> Decision:
    """A member's decision with what is said of the text: no rule on content ever waits."""
    if judged.verdict is Verdict.ALLOW:
        return decision
    return Decision(Verdict.NEVER, None, (*decision.reasons, *judged.reasons))


async def count_page(
    tx: Transaction, context: Context, plan: Plan, findings: Findings, *, after: UUID | None, up_to: UUID | None
) -> tuple[UUID | None, bool]:
    """Decide and render the next page of members into the findings: (the last of them, whether there may be more)."""
    page = await audience_page(tx, plan.asked, after=after, up_to=up_to, limit=PAGE)
    if not page:
        return after, False
    rows = await facts_by_phone(
        tx,
        plan.terms,
        workspace_id=plan.workspace_id,
        sender_id=plan.sender_id,
        phones=[phone for _, phone in page],
        now=plan.at,
    )
    decider = Decider(context.rules, plan.terms, now=plan.at)
    composer = Composer(context.rules, plan.terms, now=plan.at)
    for start in range(0, len(page), _SLICE):
        _count(plan, decider, composer, page[start : start + _SLICE], rows, findings)
        await asyncio.sleep(0)
    return page[-1][0], len(page) == PAGE


def _count(
    plan: Plan,
    decider: Decider,
    composer: Composer,
    members: Sequence[tuple[UUID, str]],
    rows: Mapping[str, Row],
    findings: Findings,
) -> None:
    for contact_id, phone in members:
        row = rows.get(phone)
        if row is None:
            continue  # gone since the page was read
        plain = not is_own_to_one(row, plan.terms.market)
        member = Member(contact_id=contact_id, region=row["region"], area=area_of(row), plain=plain)
        variant = plan.split.of(plan.campaign_id, phone) if plan.campaign_id else ""
        if variant is None:
            findings.add(member, held_out(), Words())
            continue
        words, judged = _words(plan.of(variant), composer, row)
        findings.add(member, both(decider.decide(row), judged), words)
