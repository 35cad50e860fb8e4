"""What would happen if it went then? Every member decided without writing anything, the text rendered for a sample."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median_low
from uuid import UUID

from app.domain.decision import Decision, Verdict
from app.domain.errors import InvalidField
from app.domain.message import Channel, Purpose
from app.domain.parts import count_parts
from app.domain.template import OutputTooLong, Template
from app.storage.audiences import audience_page, read_audience, sample_members
from app.storage.database import Row, Transaction
from app.storage.templates import read_version
from app.usecases.audiences import read_rule
from app.usecases.campaigns import found_campaign
from app.usecases.claim_group import values_for
from app.usecases.context import Context
from app.usecases.gather_facts import Decider, Terms, technology_of
from app.usecases.materialise import facts_by_phone
from app.usecases.policies import Policy, caps_of, read_policy
from app.usecases.preview_template import render_marked
from app.usecases.templates import compiled

_CHUNK = 5_000
_RENDERED = 2_000
_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What the text comes to, from `sampled` members. `total` parts is an estimate unless the sample is everyone.

    `missing` counts the members without a value, by its name; they and `too_long` get no message.
    """

    sampled: int
    missing: dict[str, int]
    incomplete: int
    too_long: int
    fewest: int
    typical: int
    most: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Preflight:
    """Everyone decided for the instant `at`. `objections` are (rule, source, members), most first; `shown` (phone, decision)."""

    at: datetime
    audience: int
    verdicts: dict[Verdict, int]
    objections: tuple[tuple[str, str, int], ...]
    first_until: datetime | None
    last_until: datetime | None
    content: Content
    shown: tuple[tuple[str, Decision], ...]


async def preflight_campaign(
    tx: Transaction, context: Context, *, workspace_id: UUID, campaign_id: UUID, at: datetime | None, now: datetime
) -> Preflight:
    """Decide a campaign's whole audience for an instant: the one given, or when it is scheduled, or now.

    The same rules as at the hand-over; a million members are a few hundred distinct decisions. Raises NotFound, InvalidField.
    """
    campaign = await found_campaign(tx, workspace_id=workspace_id, campaign_id=campaign_id)
    at = _instant(at, campaign["scheduled_at"], now)
    policy = await read_policy(tx, workspace_id=workspace_id, now=now)
    audience = await read_audience(tx, workspace_id=workspace_id, audience_id=campaign["audience_id"])
    version = await read_version(
        tx, workspace_id=workspace_id, template_id=campaign["template_id"], version=campaign["template_version"]
    )
    assert audience is not None
    assert version is not None
    node = read_rule(campaign["rule"] if campaign["rule"] is not None else audience["rule"])
    terms = _terms(campaign, policy)
    decider = Decider(context.rules, terms, now=at)
    decided: list[tuple[str, Decision]] = []
    after: UUID | None = None
    while page := await audience_page(tx, workspace_id=workspace_id, node=node, after=after, up_to=None, limit=_CHUNK):
        phones = [phone for _, phone in page]
        facts = await facts_by_phone(tx, terms, workspace_id=workspace_id, sender_id=campaign["sender_id"], phones=phones, now=at)
        decided += [(phone, decider.decide(facts[phone])) for phone in phones]
        after = page[-1][0]
    sample = await sample_members(tx, workspace_id=workspace_id, node=node, limit=_RENDERED)
    return _summed(at, decided, compiled(version["body"], pointer="/body/template_version"), sample)


def _instant(at: datetime | None, scheduled_at: datetime | None, now: datetime) -> datetime:
    if at is None:
        return max(scheduled_at or now, now)
    if at < now:
        raise InvalidField("lies in the past; /v1/decisions explains those", pointer="/body/at", code="too_early")
    return at


def _terms(campaign: Row, policy: Policy) -> Terms:
    purpose, channel = Purpose(campaign["purpose"]), Channel(campaign["channel"])
    caps = (*policy.caps, *caps_of(campaign["caps"], scope="campaign"))
    return Terms(
        channel=channel,
        purpose=purpose,
        caps=caps if purpose is Purpose.MARKETING else (),
        own_hours=policy.own_hours,
        not_after=campaign["not_after"],
        market=policy.market,
        technology=technology_of(campaign["technology"], channel),
        brand=campaign["brand"],
        topic=campaign["topic"],
        subject=campaign["subject"],
    )


def _summed(at: datetime, decided: Sequence[tuple[str, Decision]], template: Template, sample: Sequence[Row]) -> Preflight:
    verdicts = dict.fromkeys(Verdict, 0)
    objections: Counter[tuple[str, str]] = Counter()
    for _, decision in decided:
        verdicts[decision.verdict] += 1
        objections.update((reason.rule, reason.source) for reason in decision.reasons)
    waits = [decision.until for _, decision in decided if decision.until is not None]
    unclear = [(phone, decision) for phone, decision in decided if decision.verdict is not Verdict.ALLOW]
    return Preflight(
        at=at,
        audience=sum(verdicts.values()),
        verdicts=verdicts,
        objections=tuple((rule, source, members) for (rule, source), members in objections.most_common()),
        first_until=min(waits, default=None),
        last_until=max(waits, default=None),
        content=_content(template, sample, going=verdicts[Verdict.ALLOW] + verdicts[Verdict.WAIT]),
        shown=tuple(unclear[:_SHOWN]),
    )


def _content(template: Template, sample: Sequence[Row], *, going: int) -> Content:
    missing: Counter[str] = Counter()
    incomplete = too_long = 0
    parts: list[int] = []
    for member in sample:
        try:
            body, gaps = render_marked(template, values_for(member))
        except OutputTooLong:
            too_long += 1
            continue
        missing.update(gaps)
        if gaps:
            incomplete += 1
        else:
            parts.append(count_parts(body).parts)
    # Those who would get no text for want of a value are taken off the total in the sample's proportion.
    return Content(
        sampled=len(sample),
        missing=dict(missing.most_common()),
        incomplete=incomplete,
        too_long=too_long,
        fewest=min(parts, default=0),
        typical=median_low(parts) if parts else 0,
        most=max(parts, default=0),
        total=round(going * sum(parts) / len(sample)) if sample else 0,
    )
