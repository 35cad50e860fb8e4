"""What would happen if it went then? Every member decided without writing anything, the text rendered for a sample."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median_low
from typing import Any
from uuid import UUID

from app.domain.decision import Decision, Verdict
from app.domain.errors import InvalidField
from app.domain.message import Channel, Purpose
from app.domain.parts import count_parts
from app.domain.template import OutputTooLong, Template
from app.storage.audience_facts import audience_signatures, sample_members
from app.storage.audiences import read_audience
from app.storage.database import Row, Transaction
from app.storage.templates import read_version
from app.storage.workspaces import read_workspace
from app.usecases.audiences import read_rule
from app.usecases.campaigns import found_campaign
from app.usecases.claim_group import values_for
from app.usecases.context import Context
from app.usecases.gather_facts import Decider, Terms, caps_of, own_hours_of
from app.usecases.preview_template import render_marked
from app.usecases.templates import compiled

_FAR = timedelta(days=60)  # no night, holiday or cap of days makes anyone wait longer
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
    workspace = await read_workspace(tx, workspace_id=workspace_id)
    audience = await read_audience(tx, workspace_id=workspace_id, audience_id=campaign["audience_id"])
    version = await read_version(
        tx, workspace_id=workspace_id, template_id=campaign["template_id"], version=campaign["template_version"]
    )
    assert workspace is not None
    assert audience is not None
    assert version is not None
    node = read_rule(campaign["rule"] if campaign["rule"] is not None else audience["rule"])
    terms = _terms(campaign, workspace["policy"])
    window = terms.longest_window
    groups = await audience_signatures(
        tx,
        workspace_id=workspace_id,
        node=node,
        channel=terms.channel,
        purpose=terms.purpose,
        at=at,
        horizon=at + max(_FAR, 2 * (window or _FAR)),
        sends_since=None if window is None else at - window,
    )
    decider = Decider(context.rules, terms, now=at)
    decided = [(group, decider.decide(group)) for group in groups]
    sample = await sample_members(tx, workspace_id=workspace_id, node=node, limit=_RENDERED)
    return _summed(at, decided, compiled(version["body"], pointer="/body/template_version"), sample)


def _instant(at: datetime | None, scheduled_at: datetime | None, now: datetime) -> datetime:
    if at is None:
        return max(scheduled_at or now, now)
    if at < now:
        raise InvalidField("lies in the past; /v1/decisions explains those", pointer="/body/at", code="too_early")
    return at


def _terms(campaign: Row, policy: Mapping[str, Any]) -> Terms:
    purpose = Purpose(campaign["purpose"])
    workspace_caps = caps_of(policy.get("caps") or (), scope="workspace")
    caps = (*workspace_caps, *caps_of(campaign["caps"], scope="campaign"))
    return Terms(
        channel=Channel(campaign["channel"]),
        purpose=purpose,
        caps=caps if purpose is Purpose.MARKETING else (),
        own_hours=own_hours_of(policy),
        not_after=campaign["not_after"],
    )


def _summed(at: datetime, decided: Sequence[tuple[Row, Decision]], template: Template, sample: Sequence[Row]) -> Preflight:
    verdicts = dict.fromkeys(Verdict, 0)
    objections: Counter[tuple[str, str]] = Counter()
    for group, decision in decided:
        verdicts[decision.verdict] += group["members"]
        for reason in decision.reasons:
            objections[reason.rule, reason.source] += group["members"]
    waits = [decision.until for _, decision in decided if decision.until is not None]
    unclear = [(group["phone"], decision) for group, decision in decided if decision.verdict is not Verdict.ALLOW]
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
