"""Which of the due messages go now? One transaction: pick, lock the numbers, gather, decide, render, and settle every one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from app.clock import new_id
from app.domain.audience.leaving import LEFT
from app.domain.audience.reading import parse_frozen
from app.domain.budget import Purse
from app.domain.decision import Verdict
from app.domain.errors import InvalidField
from app.domain.facts import Ground
from app.domain.fallback import place_of
from app.domain.message import Origin, Purpose
from app.domain.registration import carriers_day
from app.domain.rich import PLAIN, Content, check_content, read_content
from app.domain.template import MissingField, OutputTooLong
from app.storage.audience_sql.writing import Asked
from app.storage.breakers import may_probe, take_probe
from app.storage.claims import lock_numbers, open_lease, pick_messages, read_facts, settle_claims
from app.storage.database import Transaction
from app.storage.falling import fall_refused
from app.storage.lanes import hold_sender
from app.storage.members import members_among
from app.storage.sender_days import add_parts, hold_day
from app.storage.spending import add_spending, hold_spending
from app.usecases.compose import Composer
from app.usecases.context import Context
from app.usecases.decide_alike import Decider
from app.usecases.gather_facts import Terms, technology_of
from app.usecases.merge_values import values_for
from app.usecases.open_lane import CampaignContent, CampaignContents, Lane
from app.usecases.settling import Member, Settling
from app.usecases.track_links import NO_LINKS, Coded, keep_codes


@dataclass(frozen=True, slots=True)
class Group:
    """Messages claimed together under one lease. `probes`: it is the one message that goes to see whether its carrier works."""

    lease_id: UUID
    campaign_id: UUID | None
    members: tuple[Member, ...]
    probes: bool = False


@dataclass(frozen=True, slots=True)
class Claim:
    """What a claim came to: the group to hand over (if any), how many messages were settled, and the parts it will use."""

    group: Group | None
    settled: int
    parts: int


_NOTHING = Claim(None, 0, 0)


def _render(content: CampaignContent | None, message: Mapping[str, Any], facts: Mapping[str, Any]) -> tuple[str, Content, str]:
    """(body, content, problem): a rendered text and what goes with it, or the reason there is none."""
    if message["body"] is not None or content is None:
        return message["body"] or "", read_content(message["content"]), ""
    try:
        values = values_for(facts, opt_out=content.opt_out)
        body, rich = content.template.render(values), content.rich.render(values)
        check_content(rich, content.terms.channel)
    except InvalidField:  # a merge tag made it what the channel cannot carry
        return "", PLAIN, "content.not_carried"
    except MissingField:
        return "", PLAIN, "content.missing_field"
    except OutputTooLong:
        return "", PLAIN, "content.too_long"
    return body, rich, "" if body.strip() else "content.empty"


def _terms_of(message: Mapping[str, Any], lane: Lane, content: CampaignContent | None) -> Terms:
    if content is not None:
        return content.terms
    marketing = message["purpose"] == Purpose.MARKETING
    return Terms(
        channel=lane.channel,
        purpose=Purpose(message["purpose"]),
        caps=lane.policy.caps if marketing else (),
        own_hours=lane.policy.own_hours,
        not_after=message["not_after"],
        reply_to=message["reply_to"],
        market=lane.policy.market,
        technology=technology_of("", lane.channel),
        ground=Ground(message["ground"]),
        brand=message["brand"],
        topic=message["topic"],
        subject=message["subject"],
        sender=lane.sender,
        wording=lane.wording_for(message["brand"]),
    )


async def _facts_by_phone(
    tx: Transaction, lane: Lane, terms: Terms, messages: Sequence[Mapping[str, Any]], campaign_id: UUID | None, now: datetime
) -> dict[str, Mapping[str, Any]]:
    rows = await read_facts(
        tx,
        workspace_id=lane.workspace_id,
        phones=[message["phone"] for message in messages],
        channels=terms.family,
        purpose=terms.purpose,
        campaign_id=campaign_id,
        sender_id=lane.sender_id,
        sends_since=terms.sends_since(now),
    )
    return {row["phone"]: row for row in rows}


async def _settle(
    tx: Transaction,
    context: Context,
    lane: Lane,
    content: CampaignContent | None,
    *,
    messages: Sequence[Mapping[str, Any]],
    campaign_id: UUID | None,
    settling: Settling,
    now: datetime,
) -> None:
    """Decide and render messages that share their terms (one way of a campaign, or single ones of one purpose)."""
    shared = _terms_of(messages[0], lane, content)
    facts = await _facts_by_phone(tx, lane, shared, messages, campaign_id, now)
    decider, composer = Decider(context.rules, shared, now=now), Composer(context.rules, shared, now=now)
    tracking = content.tracking if content is not None else NO_LINKS
    codes: list[tuple[UUID, Coded]] = []
    seen: set[str] = set()
    for message in messages:
        row = facts.get(message["phone"])
        if row is None or (message["phone"] in seen and shared.purpose is Purpose.MARKETING):
            continue  # a second message to one number waits for the first to be counted
        seen.add(message["phone"])
        if content is None:
            terms = _terms_of(message, lane, None)
            if terms != shared:
                decider, composer = Decider(context.rules, terms, now=now), Composer(context.rules, terms, now=now)
            shared = terms
        decision = decider.decide(row)
        if decision.verdict is not Verdict.ALLOW:
            settling.objected(message, decision)
            continue
        body, rich, problem = _render(content, message, row)
        if problem:
            settling.broken(message, decision, problem)
            continue
        marked = tracking.mark(body)
        body, rich = composer.fit(marked.text, rich, account_takes=lane.provider.limits[lane.channel].media_bytes)
        if message["origin"] != Origin.TEST:  # a test shows a text, whatever will be said of it
            body, content_facts = composer.finish(body, row, rich=rich, behind=marked.behind)
            judged = composer.judge(row, content_facts)
            if judged.verdict is not Verdict.ALLOW:
                settling.objected(message, judged)
                continue
        body, own = tracking.fill(body, marked)
        rich, beside = tracking.fill_content(rich)
        closes_at = decider.closes_at(row)
        if not settling.going(message, decision, body, rich, region=row["region"], closes_at=closes_at):
            break
        codes += [(message["id"], coded) for coded in (*own, *beside)]
    await keep_codes(tx, tracking, workspace_id=lane.workspace_id, codes=codes, now=now)


def _alike(
    messages: Sequence[Mapping[str, Any]], contents: CampaignContents | None
) -> list[tuple[CampaignContent | None, list[Mapping[str, Any]]]]:
    """Messages by what they share: the way of a campaign they are on, or, of single ones, their purpose."""
    groups: dict[object, list[Mapping[str, Any]]] = {}
    for message in messages:
        way = (message["variant"] if message["hop"] == 0 else "", place_of(message["plan"], message["hop"]))
        groups.setdefault(message["purpose"] if contents is None else way, []).append(message)
    if contents is None:
        return [(None, alike) for alike in groups.values()]
    return [(content, groups[way]) for way, content in contents.by_way.items() if way in groups]


async def _fall(tx: Transaction, context: Context, lane: Lane, settling: Settling, now: datetime) -> None:
    """What cannot go this way goes on to the next of its plan."""
    if settling.falling:
        lanes = await fall_refused(tx, workspace_id=lane.workspace_id, message_ids=settling.falling, now=now)
        for workspace_id, sender_id in lanes:
            tx.after_commit(partial(context.doorbell.ring, "dispatch_lane", f"{workspace_id}/{sender_id}/0"))


async def _settle_all(
    tx: Transaction,
    context: Context,
    lane: Lane,
    contents: CampaignContents | None,
    *,
    picked: Sequence[Mapping[str, Any]],
    parts: int,
    now: datetime,
) -> Settling:
    """Decide all that was picked and whose number is free, by what they share."""
    free = await lock_numbers(tx, workspace_id=lane.workspace_id, phones=list({message["phone"] for message in picked}))
    settling = Settling(channel=lane.channel, parts=parts, now=now, book=context.book, carrier=lane.provider)
    campaign_id = contents.campaign_id if contents else None
    day, ends = carriers_day(now)
    if lane.parts_per_day is not None:
        used = await hold_day(tx, workspace_id=lane.workspace_id, sender_id=lane.sender_id, day=day)
        settling.day_left = lane.parts_per_day - used
    if contents is not None and contents.budget is not None:
        spent = await hold_spending(tx, workspace_id=lane.workspace_id, campaign_id=contents.campaign_id)
        settling.purse = Purse(contents.budget, spent, prices=lane.prices, now=now)
    ours = await _still_members(tx, lane, contents, [message for message in picked if message["phone"] in free], settling, now)
    for content, messages in _alike(ours, contents):
        await _settle(tx, context, lane, content, messages=messages, campaign_id=campaign_id, settling=settling, now=now)
    if campaign_id is not None and settling.purse is not None and settling.purse.reserved:
        reserved = settling.purse.reserved
        await add_spending(tx, workspace_id=lane.workspace_id, campaign_id=campaign_id, reserved=reserved)
    await _keep_day(tx, lane, settling, day, ends, now)
    return settling


async def _still_members(
    tx: Transaction,
    lane: Lane,
    contents: CampaignContents | None,
    messages: list[Mapping[str, Any]],
    settling: Settling,
    now: datetime,
) -> list[Mapping[str, Any]]:
    """The messages whose readers are in the audience still, where a campaign looks again; the others are closed."""
    if contents is None or contents.live_rule is None:
        return messages
    asked = Asked(workspace_id=lane.workspace_id, node=parse_frozen(contents.live_rule), now=now)
    ids = [message["contact_id"] for message in messages if message["contact_id"] is not None]
    inside = await members_among(tx, asked, contact_ids=ids)
    for message in messages:
        if message["contact_id"] not in inside:
            settling.objected(message, LEFT)
    return [message for message in messages if message["contact_id"] in inside]


async def _keep_day(tx: Transaction, lane: Lane, settling: Settling, day: date, ends: datetime, now: datetime) -> None:
    """Count what was claimed on the carriers' day; a sender whose day is full rests until the next."""
    if settling.day_left is None:
        return
    ids = {"workspace_id": lane.workspace_id, "sender_id": lane.sender_id}
    if settling.parts:
        await add_parts(tx, **ids, day=day, parts=settling.parts)
    if settling.day_full:
        await hold_sender(tx, **ids, until=ends, reason="sender.day_full", now=now)


async def claim_group(
    context: Context, lane: Lane, contents: CampaignContents | None, *, limit: int, parts: int, now: datetime
) -> Claim:
    """Claim up to `limit` due messages of a campaign (or the single ones), within `parts` granted by the sender's bucket.

    Each picked message is settled in this transaction: claimed under a lease and counted against the caps, put off until the
    instant the rules open, or closed with its reason. Consent, suppressions and caps are read under the number's lock, so an
    opt-out or another campaign came either wholly before or finds this claim. While the lane's breaker is half-open one message
    is claimed, and only if no other is on its way to see.
    """
    async with context.db.transaction() as tx:
        if lane.half_open and not await may_probe(tx, workspace_id=lane.workspace_id, subject_ids=lane.subjects, now=now):
            return _NOTHING
        campaign_id = contents.campaign_id if contents else None
        limit = 1 if lane.half_open else limit
        picked = await pick_messages(tx, sender_id=lane.sender_id, campaign_id=campaign_id, now=now, limit=limit)
        if not picked:
            return _NOTHING
        await tx.by_keys()
        await tx.commit_without_waiting()
        settling = await _settle_all(tx, context, lane, contents, picked=picked, parts=parts, now=now)
        if not settling.rows:
            return _NOTHING
        lease_id, until = new_id(), now + timedelta(seconds=context.settings.lease_seconds)
        await settle_claims(tx, workspace_id=lane.workspace_id, lease_id=lease_id, now=now, rows=settling.rows)
        await _fall(tx, context, lane, settling, now)
        if not settling.members:
            return Claim(None, len(settling.rows), 0)
        await open_lease(
            tx,
            lease_id=lease_id,
            workspace_id=lane.workspace_id,
            sender_id=lane.sender_id,
            provider_id=lane.provider_id,
            campaign_id=campaign_id,
            worker=context.worker,
            message_ids=[member.id for member in settling.members],
            now=now,
            expires_at=until,
        )
        if lane.half_open:
            await take_probe(tx, workspace_id=lane.workspace_id, subject_ids=lane.subjects, lease_id=lease_id, until=until)
    return Claim(Group(lease_id, campaign_id, tuple(settling.members), probes=lane.half_open), len(settling.rows), settling.parts)
