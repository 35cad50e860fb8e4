"""May this number get this message at that instant, and why not? Asked of the same rules, for any instant, without acting."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.consent import ConsentEvent, ConsentKind, fold_ledger
from app.domain.decision import Decision, decide
from app.domain.facts import ConsentState, Facts, NumberFacts
from app.domain.message import Channel, Purpose
from app.domain.number import number_facts
from app.storage.claims import read_facts
from app.storage.consents import read_events
from app.storage.database import Transaction
from app.usecases.context import Context
from app.usecases.gather_facts import Terms, facts_of, technology_of
from app.usecases.policies import caps_of, read_policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked: a number in E.164, a channel and purpose, the instant, and the message's own limits."""

    workspace_id: UUID
    to: str
    channel: Channel
    purpose: Purpose
    at: datetime
    not_after: datetime | None = None
    campaign_id: UUID | None = None
    campaign_caps: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Explained:
    """The decision and the facts it rests on."""

    decision: Decision
    facts: Facts


async def explain_decision(tx: Transaction, context: Context, question: Question, *, now: datetime) -> Explained:
    """Decide for any instant. For one that has passed, consent, suppressions and sends are taken as they stood then.

    The number need not be known: it is then judged by what the number alone tells. Raises NumberProblem for no number at all.
    """
    number = number_facts(question.to)
    policy = await read_policy(tx, workspace_id=question.workspace_id, now=question.at)
    marketing = question.purpose is Purpose.MARKETING
    terms = Terms(
        channel=question.channel,
        purpose=question.purpose,
        caps=(*policy.caps, *caps_of(question.campaign_caps, scope="campaign")) if marketing else (),
        own_hours=policy.own_hours,
        not_after=question.not_after,
        market=policy.market,
        technology=technology_of("", question.channel),
    )
    facts = await _facts(tx, question, number, terms)
    if question.at < now:
        facts = await _as_of(tx, question, facts)
    return Explained(decide(facts, context.rules), facts)


async def _facts(tx: Transaction, question: Question, number: NumberFacts, terms: Terms) -> Facts:
    rows = await read_facts(
        tx,
        workspace_id=question.workspace_id,
        phones=[number.e164],
        channels=terms.family,
        purpose=question.purpose,
        campaign_id=question.campaign_id,
        sends_since=terms.sends_since(question.at),
    )
    if not rows:
        return Facts(
            now=question.at,
            number=number,
            channel=terms.channel,
            purpose=terms.purpose,
            caps=terms.caps,
            own_hours=terms.own_hours,
            not_after=terms.not_after,
            market=terms.market,
            technology=terms.technology,
        )
    facts = facts_of(rows[0], terms, now=question.at)
    return replace(
        facts,
        sends=tuple(send for send in facts.sends if send.at <= question.at),
        campaign_sends=tuple(instant for instant in facts.campaign_sends if instant <= question.at),
    )


async def _as_of(tx: Transaction, question: Question, facts: Facts) -> Facts:
    """The same facts with consent and suppressions as they stood at an instant that has passed."""
    rows = await read_events(tx, workspace_id=question.workspace_id, phones=[facts.number.e164])
    events = [
        ConsentEvent(
            kind=ConsentKind(row["kind"]),
            occurred_at=row["occurred_at"],
            method=row["method"],
            expires_at=row["expires_at"],
        )
        for row in rows
        if row["occurred_at"] <= question.at and row["purpose"] == question.purpose and row["channel"] in {None, question.channel}
    ]
    return replace(
        facts,
        consents=(() if (folded := fold_ledger(events)).state is ConsentState.NONE else (folded,)),
        suppressions=tuple(item for item in facts.suppressions if item.since <= question.at),
    )
