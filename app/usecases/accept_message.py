"""How does one message come in? Decided at once with the same rules, written with its reason, and rung for."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import structlog

from app.clock import new_id
from app.domain.decision import Decision, Verdict, decide, stand_down
from app.domain.errors import InvalidField, NotFound, TooMany
from app.domain.facts import Ground, SenderFacts
from app.domain.fallback import Plan
from app.domain.message import Channel, Origin, Purpose, State
from app.domain.number import number_facts
from app.domain.registration import wording_of
from app.domain.rich import PLAIN, Content, check_content
from app.storage.claims import read_facts
from app.storage.database import Row, Transaction
from app.storage.falling import fall_refused
from app.storage.lanes import read_sender
from app.storage.messages import NewMessage, add_message, count_emergencies, read_message
from app.storage.numbers import ensure_numbers
from app.usecases.compose import Composer
from app.usecases.context import Context
from app.usecases.decision_log import DecisionLog
from app.usecases.gather_facts import Terms, facts_of, technology_of
from app.usecases.plan_ways import check_ways, choose_ways
from app.usecases.policies import Policy, read_policy
from app.usecases.route import open_pool, route
from app.usecases.sender_standing import standing_of
from app.usecases.settling import AWAITED_AGAIN, parts_of, stored_content
from app.usecases.track_links import NO_LINKS, Tracking, for_one, keep_codes, open_links, read_links

_log = structlog.get_logger()
MOST_EMERGENCIES = 100
"""How many messages a workspace may send as emergencies in an hour."""
_EMERGENCY_WINDOW = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptMessage:
    """One message to take responsibility for. `to` is E.164; `body` is final text; `not_after` None means no end.

    `links` are the terms its addresses are made short by; None leaves them as they are.

    It names the sender it goes from, or the pool of senders of which one is chosen.
    """

    workspace_id: UUID
    to: str
    channel: Channel
    purpose: Purpose
    sender_id: UUID | None
    body: str
    origin: Origin
    now: datetime
    actor: str
    pool_id: UUID | None = None
    not_after: datetime | None = None
    reply_to: str | None = None
    brand: str = ""
    topic: str = ""
    subject: str = ""
    ground: Ground = Ground.NONE
    content: Content = PLAIN
    plan: Plan | None = None
    links: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class AcceptedMessage:
    """The message as it was written, and the decision that put it there."""

    id: UUID
    state: State
    reason: str
    decision: Decision
    row: Row


async def accept_message(tx: Transaction, context: Context, command: AcceptMessage) -> AcceptedMessage:
    """Write one message: queued now, queued for later, or closed with its reason. Nothing is refused silently.

    The decision is taken again at the hand-over; this one tells the caller at once. Raises NotFound for an unknown sender or
    pool, InvalidField when the sender's channel is another, cannot carry the content, or a ground does not fit, TooMany for more
    emergencies than there can be.
    """
    routed = await _route(tx, command)
    sender = await read_sender(tx, workspace_id=command.workspace_id, sender_id=routed.sender_id)
    if sender is None:
        raise NotFound("no such sender", pointer="/body/sender_id")
    if sender["channel"] != command.channel:
        raise InvalidField(f"this sender is for {sender['channel']}", pointer="/body/channel")
    if command.origin is not Origin.REPLY:  # our answers to what people say are words, also by a sender of pictures
        check_content(command.content, command.channel)
    first = {one for one in (routed.sender_id, command.pool_id) if one is not None}
    await check_ways(tx, command.plan, workspace_id=command.workspace_id, first=first)
    if command.ground in {Ground.EMERGENCY, Ground.USER_INITIATED}:
        await _check_ground(tx, command)
    await ensure_numbers(tx, workspace_id=command.workspace_id, numbers=[number_facts(command.to)], now=command.now)
    policy = await read_policy(tx, workspace_id=command.workspace_id, now=command.now)
    terms = _terms_of(command, policy, sender, standing_of(context.provider_kinds, sender))
    (row,) = await read_facts(
        tx,
        workspace_id=command.workspace_id,
        phones=[command.to],
        channels=terms.family,
        purpose=command.purpose,
        sender_id=routed.sender_id,
        sends_since=terms.sends_since(command.now),
    )
    tracking = await _tracking(tx, context, command)
    marked, content = tracking.mark(command.body), None
    composer = Composer(context.rules, terms, now=command.now)
    body, rich = composer.fit(marked.text, command.content)
    if command.origin is not Origin.TEST:  # a test shows a text, whatever will be said of it
        body, content = composer.finish(body, row, rich=rich, behind=marked.behind)
    decision = decide(facts_of(row, terms, now=command.now, content=content), context.rules)
    body, codes = tracking.fill(body, marked)
    rich, beside = tracking.fill_content(rich)
    accepted = await _write(tx, context, replace(command, body=body, content=rich), decision, routed)
    own = [(accepted.id, coded) for coded in (*codes, *beside)]
    await keep_codes(tx, tracking, workspace_id=command.workspace_id, codes=own, now=command.now)
    return accepted


def _terms_of(command: AcceptMessage, policy: Policy, sender: Row, standing: SenderFacts) -> Terms:
    return Terms(
        channel=command.channel,
        purpose=command.purpose,
        caps=policy.caps if command.purpose is Purpose.MARKETING else (),
        own_hours=policy.own_hours,
        not_after=command.not_after,
        reply_to=command.reply_to,
        market=policy.market,
        technology=technology_of("", command.channel),
        ground=command.ground,
        brand=command.brand,
        topic=command.topic,
        subject=command.subject,
        sender=standing,
        wording=wording_of(
            sender["kind"],
            sender["address"],
            sender["registration"],
            brand=command.brand or policy.name,
            adds=policy.adds_wording,
        ),
    )


async def _tracking(tx: Transaction, context: Context, command: AcceptMessage) -> Tracking:
    """How the addresses of its text are made short: each leads this person alone, and is counted with its host."""
    if command.links is None:
        return NO_LINKS
    if command.channel is Channel.VOICE:
        raise InvalidField("nobody follows a link in a call", pointer="/body/links", code="channel_mismatch")
    tracking = for_one(read_links(command.body, command.links, content=command.content, own=context.settings.links_begin))
    return await open_links(tx, tracking, workspace_id=command.workspace_id, campaign_id=None, now=command.now)


@dataclass(frozen=True, slots=True)
class _Routed:
    """The sender a message goes from, and why it is that one; `reaches` false when none of a pool reaches the number."""

    sender_id: UUID
    route: str | None = None
    reaches: bool = True


async def _route(tx: Transaction, command: AcceptMessage) -> _Routed:
    if command.pool_id is None:
        assert command.sender_id is not None
        return _Routed(command.sender_id)
    pool = await open_pool(tx, workspace_id=command.workspace_id, pool_id=command.pool_id, now=command.now)
    if pool is None:
        raise NotFound("no such sender pool", pointer="/body/sender_pool_id")
    choice = (await route(tx, pool, numbers=[(command.to, number_facts(command.to).region)]))[command.to]
    return _Routed(choice.sender_id or pool.senders[0], pool.route_json(choice), choice.sender_id is not None)


async def _check_ground(tx: Transaction, command: AcceptMessage) -> None:
    """An emergency lifts hours and consent: it is logged with who said so, and there cannot be a hundred an hour."""
    if command.purpose is not Purpose.TRANSACTIONAL:
        raise InvalidField("stands under transactional messages only", pointer="/body/ground", code="ground_mismatch")
    if command.ground is not Ground.EMERGENCY:
        return
    sent = await count_emergencies(tx, workspace_id=command.workspace_id, since=command.now - _EMERGENCY_WINDOW)
    if sent >= MOST_EMERGENCIES:
        raise TooMany(f"{sent} emergencies in the last hour", pointer="/body/ground", code="too_many_emergencies")
    _log.warning("message.emergency", workspace=str(command.workspace_id), actor=command.actor, sent_this_hour=sent + 1)


async def _write(
    tx: Transaction, context: Context, command: AcceptMessage, decision: Decision, routed: _Routed
) -> AcceptedMessage:
    state, reason = (State.QUEUED, "") if decision.verdict is not Verdict.NEVER else stand_down(decision)
    if state is State.QUEUED and not routed.reaches:
        state, reason = State.REJECTED, "route.none"
    awaited = decision.verdict is Verdict.WAIT and decision.until is None
    due_at = decision.until or command.now + (AWAITED_AGAIN if awaited else timedelta())
    message_id = new_id()
    numbers = [(command.to, number_facts(command.to).region)]
    plans = await choose_ways(tx, command.plan, workspace_id=command.workspace_id, numbers=numbers, now=command.now)
    kept = DecisionLog(context.book, at=command.now).of(decision)
    parts = parts_of(command.body, command.channel)
    new = NewMessage(
        workspace_id=command.workspace_id,
        id=message_id,
        phone=command.to,
        sender_id=routed.sender_id,
        channel=command.channel,
        purpose=command.purpose,
        origin=command.origin,
        reply_to=command.reply_to,
        brand=command.brand,
        topic=command.topic,
        subject=command.subject,
        ground=command.ground,
        priority=1 if command.purpose is Purpose.MARKETING else 0,
        state=state,
        reason=reason,
        decision=kept.json,
        objected=kept.objected,
        body=command.body,
        parts=parts,
        due_at=due_at,
        not_after=command.not_after,
        now=command.now,
        content=stored_content(command.content),
        plan=plans.get(command.to),
        pool_id=command.pool_id,
        route=routed.route,
    )
    await add_message(tx, new)
    if reason == "route.none" or (state is State.SUPPRESSED and command.plan and command.plan.changes_family(command.channel)):
        lanes = await fall_refused(tx, workspace_id=command.workspace_id, message_ids=[message_id], now=command.now)
        for lane in lanes:
            tx.after_commit(partial(context.doorbell.ring, "dispatch_lane", f"{lane[0]}/{lane[1]}/0"))
    if state is State.QUEUED and decision.verdict is Verdict.ALLOW:
        tx.after_commit(lambda: context.doorbell.ring("dispatch_lane", f"{command.workspace_id}/{routed.sender_id}/0"))
    row = await read_message(tx, workspace_id=command.workspace_id, message_id=message_id)
    assert row is not None
    return AcceptedMessage(message_id, State(row["state"]), row["reason"], decision, row)
