"""May this number get this message at that instant, and why not? Asked of the same rules, for any instant, without acting."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.decision import Decision, Rule, decide
from app.domain.errors import NotFound
from app.domain.facts import Facts, Ground, NumberFacts, NumberKind, SenderFacts
from app.domain.message import Channel, Purpose
from app.domain.number import number_facts
from app.domain.registration import wording_of
from app.domain.wording import AS_WRITTEN, Wording
from app.storage.claims import read_facts
from app.storage.database import Transaction
from app.storage.lanes import read_sender
from app.storage.registries import read_number_answers
from app.usecases.compose import Composer
from app.usecases.consents_at import consents_at
from app.usecases.context import Context
from app.usecases.gather_facts import Terms, facts_of, family_of, registry_facts, technology_of
from app.usecases.policies import Policy, caps_of, read_policy
from app.usecases.sender_standing import standing_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked: a number in E.164, a channel and purpose, the instant, and the message's own limits and aims.

    `assumed` are fields of Facts and `assumed_market` of Market that take the place of what is on record; `assumed_kind` is the
    line type a look-up would give.
    """

    workspace_id: UUID
    to: str
    channel: Channel
    purpose: Purpose
    at: datetime
    not_after: datetime | None = None
    campaign_id: UUID | None = None
    campaign_caps: tuple[dict[str, Any], ...] = ()
    sender_id: UUID | None = None
    technology: str = ""
    ground: Ground = Ground.NONE
    reply_to: str | None = None
    brand: str = ""
    topic: str = ""
    subject: str = ""
    body: str | None = None
    assumed: Mapping[str, Any] = field(default_factory=dict)
    assumed_market: Mapping[str, Any] = field(default_factory=dict)
    assumed_kind: NumberKind | None = None


@dataclass(frozen=True, slots=True)
class Explained:
    """The decision and the facts it rests on; `body` is the text asked about, as it would be sent."""

    decision: Decision
    facts: Facts
    body: str | None = None


async def explain_decision(tx: Transaction, context: Context, question: Question, *, now: datetime) -> Explained:
    """Decide for any instant. For one that has passed, consent, suppressions and sends are taken as they stood then.

    The number need not be known: it is then judged by what the number alone tells. Raises NumberProblem for no number at all and
    NotFound for an unknown sender.
    """
    number = number_facts(question.to)
    policy = await read_policy(tx, workspace_id=question.workspace_id, now=question.at)
    sender, wording = await _sender(tx, context, question, policy)
    terms = terms_of(question, policy, sender, wording)
    facts = await _facts(tx, question, number, terms)
    if question.at < now:
        facts = await _as_of(tx, question, facts, policy.name)
    facts = with_assumptions(facts, question)
    facts, body = _with_text(context.rules, facts, terms, question)
    return Explained(decide(facts, context.rules), facts, body)


def terms_of(question: Question, policy: Policy, sender: SenderFacts | None, wording: Wording = AS_WRITTEN) -> Terms:
    """The message's side of the question."""
    caps = (*policy.caps, *caps_of(question.campaign_caps, scope="campaign"))
    return Terms(
        channel=question.channel,
        purpose=question.purpose,
        caps=caps if question.purpose is Purpose.MARKETING else (),
        own_hours=policy.own_hours,
        not_after=question.not_after,
        reply_to=question.reply_to,
        market=replace(policy.market, **question.assumed_market),
        technology=technology_of(question.technology, question.channel),
        ground=question.ground,
        brand=question.brand,
        topic=question.topic,
        subject=question.subject,
        sender=sender,
        wording=wording,
    )


def bare_facts(question: Question, number: NumberFacts, terms: Terms) -> Facts:
    """What is true of a number nobody knows."""
    return Facts(
        now=question.at,
        number=number,
        channel=terms.channel,
        purpose=terms.purpose,
        caps=terms.caps,
        not_after=terms.not_after,
        reply_to=terms.reply_to,
        own_hours=terms.own_hours,
        market=terms.market,
        technology=terms.technology,
        ground=terms.ground,
        brand=terms.brand,
        topic=terms.topic,
        subject=terms.subject,
        sender=terms.sender,
    )


def with_assumptions(facts: Facts, question: Question) -> Facts:
    """The facts with what is assumed in the place of what is on record."""
    if question.assumed_kind is not None:
        facts = replace(facts, number=replace(facts.number, kind=question.assumed_kind))
    return replace(facts, **question.assumed) if question.assumed else facts


def _with_text(rules: Iterable[Rule], facts: Facts, terms: Terms, question: Question) -> tuple[Facts, str | None]:
    """The facts with what the text holds, and the text as it would be sent; what it holds may be assumed instead."""
    if question.body is None or facts.content is not None:
        return facts, None
    places = [{"region": place.region} for place in facts.places if place.region]
    reader = {"phone": facts.number.e164, "region": facts.number.region, "places": places, "locale": None}
    body, content = Composer(rules, terms, now=facts.now).finish(question.body, reader)
    return replace(facts, content=content), body


async def _sender(tx: Transaction, context: Context, question: Question, policy: Policy) -> tuple[SenderFacts | None, Wording]:
    brand = question.brand or policy.name
    if question.sender_id is None:
        return None, Wording(brand=brand, adds=policy.adds_wording)
    row = await read_sender(tx, workspace_id=question.workspace_id, sender_id=question.sender_id)
    if row is None:
        raise NotFound("no such sender", pointer="/body/sender_id")
    wording = wording_of(row["kind"], row["address"], row["registration"], brand=brand, adds=policy.adds_wording)
    return standing_of(context.provider_kinds, row), wording


async def _facts(tx: Transaction, question: Question, number: NumberFacts, terms: Terms) -> Facts:
    rows = await read_facts(
        tx,
        workspace_id=question.workspace_id,
        phones=[number.e164],
        channels=terms.family,
        purpose=question.purpose,
        campaign_id=question.campaign_id,
        sender_id=question.sender_id,
        sends_since=terms.sends_since(question.at),
    )
    if not rows:
        listed = await read_number_answers(tx, workspace_id=question.workspace_id, phone=number.e164)
        return replace(bare_facts(question, number, terms), registries=registry_facts(listed.values()))
    facts = facts_of(rows[0], terms, now=question.at)
    return replace(
        facts,
        sends=tuple(send for send in facts.sends if send.at <= question.at),
        campaign_sends=tuple(instant for instant in facts.campaign_sends if instant <= question.at),
    )


async def _as_of(tx: Transaction, question: Question, facts: Facts, workspace: str) -> Facts:
    """The same facts with consent and suppressions as they stood at an instant that has passed."""
    consents = await consents_at(
        tx,
        workspace_id=question.workspace_id,
        workspace=workspace,
        phone=facts.number.e164,
        purpose=question.purpose,
        at=question.at,
        household=facts.household,
    )
    family = family_of(question.channel)
    return replace(
        facts,
        consents=tuple(consent for consent in consents if consent.channel in family),
        suppressions=tuple(item for item in facts.suppressions if item.since <= question.at),
    )
