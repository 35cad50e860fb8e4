"""How is a person asked to confirm? Once, in one message that sells nothing, with a token that ends."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from app.clock import new_id
from app.domain.consent import ConsentEvent, ConsentKind
from app.domain.consent_check import examine
from app.domain.consent_sheet import Key
from app.domain.content import read_content
from app.domain.decision import decide
from app.domain.double_opt_in import TOKEN_BYTES, language_of, request_text
from app.domain.errors import Conflict, InvalidField
from app.domain.facts import Ground
from app.domain.message import Channel, Origin, Purpose, State
from app.storage.claims import read_facts
from app.storage.database import Transaction
from app.storage.opt_in_requests import add_request, lapse_requests, tie_message
from app.usecases.accept_message import AcceptedMessage, AcceptMessage, accept_message
from app.usecases.consent_book import open_book
from app.usecases.context import Context
from app.usecases.gather_facts import Terms, facts_of, technology_of
from app.usecases.policies import Policy, read_policy


@dataclass(frozen=True, slots=True, kw_only=True)
class OptInRequest:
    """Whom to ask, for what, and from which sender. `channels` are those agreed to; the sender's own carries the request.

    `body` "" is our own text; `frequency` goes into it ("About 4 messages a month"). `evidence` is what they did to be asked.
    """

    workspace_id: UUID
    phone: str
    channel: Channel
    channels: Sequence[Channel]
    sender_id: UUID
    brand: str = ""
    topic: str = ""
    body: str = ""
    frequency: str = ""
    with_link: bool = False
    evidence: Mapping[str, object] = field(default_factory=dict)
    actor: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Requested:
    """A request as it was made. The token is shown here and nowhere else."""

    id: UUID
    token: str
    confirm_url: str
    expires_at: datetime
    message: AcceptedMessage


def hash_token(token: str) -> bytes:
    """What is kept of a token."""
    return sha256(token.encode()).digest()


async def request_opt_in(tx: Transaction, context: Context, request: OptInRequest) -> Requested:
    """Ask a number for its consent, in the caller's transaction.

    Raises Conflict when the number may not be asked (asked already, answered no, opted out, not reachable) or has agreed, and
    InvalidField for a text that sells or is too long. What was asked stays pending until it is answered or its time is over.
    """
    policy = await read_policy(tx, workspace_id=request.workspace_id, now=request.now)
    expires_at = request.now + policy.double_opt_in
    book = await open_book(
        tx,
        workspace_id=request.workspace_id,
        phones=[request.phone],
        most_events=len(request.channels),
        now=request.now,
    )
    await lapse_requests(tx, workspace_id=request.workspace_id, phone=request.phone, now=request.now)
    row = await _may_be_asked(tx, context, request, policy)
    token, request_id = secrets.token_urlsafe(TOKEN_BYTES), new_id()
    confirm_url = f"{context.settings.public_url}/confirm/{token}"
    body = _body(request, row, policy, confirm_url)
    evidence = {**request.evidence, "wording": _wording(request, body)}
    await add_request(
        tx,
        workspace_id=request.workspace_id,
        phone=request.phone,
        request_id=request_id,
        channels=request.channels,
        purpose=Purpose.MARKETING,
        topic=request.topic,
        brand=request.brand,
        token_hash=hash_token(token),
        evidence=evidence,
        now=request.now,
        expires_at=expires_at,
    )
    event = ConsentEvent(
        kind=ConsentKind.ASKED,
        occurred_at=request.now,
        method="double_opt_in",
        expires_at=expires_at,
        brand=request.brand,
        topic=request.topic,
    )
    for channel in request.channels:
        noted = book.note(request.phone, event, channel=channel, purpose=Purpose.MARKETING, evidence=evidence)
        book.fold(Key(request.phone, channel, Purpose.MARKETING, request.topic, request.brand), event, noted)
    await book.close(tx, source="api", actor=request.actor, now=request.now)
    message = await _send(tx, context, request, body, expires_at)
    await tie_message(tx, workspace_id=request.workspace_id, request_id=request_id, message_id=message.id)
    return Requested(request_id, token, confirm_url, expires_at, message)


async def _may_be_asked(tx: Transaction, context: Context, request: OptInRequest, policy: Policy) -> Mapping[str, Any]:
    """The number's facts, when no rule says never to asking it; hours are for marketing, and this was asked for."""
    terms = Terms(
        channel=request.channel,
        purpose=Purpose.MARKETING,
        market=policy.market,
        technology=technology_of("", request.channel),
        ground=Ground.CONSENT_REQUEST,
        brand=request.brand,
        topic=request.topic,
    )
    rows = await read_facts(
        tx,
        workspace_id=request.workspace_id,
        phones=[request.phone],
        channels=terms.family,
        purpose=Purpose.MARKETING,
        sender_id=request.sender_id,
        sends_since=None,
    )
    facts = facts_of(rows[0], terms, now=request.now)
    final = next((reason for reason in decide(facts, context.rules).reasons if reason.is_final), None)
    if final is not None:
        raise Conflict(final.detail, pointer="/body/phone", code=final.rule)
    if examine(facts).consent is not None:
        raise Conflict("has agreed to this already", pointer="/body/phone", code="consent.already_given")
    return dict(rows[0])


def _body(request: OptInRequest, row: Mapping[str, Any], policy: Policy, confirm_url: str) -> str:
    name = request.brand or policy.name
    language = language_of(row["locale"], row["region"])
    body = request.body or request_text("ask", language=language, name=name, frequency=request.frequency)
    if request.with_link:
        body = f"{body} {confirm_url}"
    selling = read_content(body, brand=name, region=row["region"]).marketing
    if selling:
        detail = f"a request for consent sells nothing: {', '.join(selling)}"
        raise InvalidField(detail, pointer="/body/body", code="content.confirmation_marketing")
    return body


def _wording(request: OptInRequest, body: str) -> str:
    """What the person was shown: the form they filled in, and the message they answered."""
    form = str(request.evidence.get("wording") or "")
    return f"{form}\n{body}" if form else body


async def _send(tx: Transaction, context: Context, request: OptInRequest, body: str, expires_at: datetime) -> AcceptedMessage:
    message = await accept_message(
        tx,
        context,
        AcceptMessage(
            workspace_id=request.workspace_id,
            to=request.phone,
            channel=request.channel,
            purpose=Purpose.TRANSACTIONAL,
            sender_id=request.sender_id,
            body=body,
            origin=Origin.API,
            not_after=expires_at,
            brand=request.brand,
            topic=request.topic,
            ground=Ground.USER_INITIATED,
            now=request.now,
            actor=request.actor,
        ),
    )
    if message.state is not State.QUEUED:
        final = next(reason for reason in message.decision.reasons if reason.is_final)
        raise Conflict(final.detail, pointer="/body/phone", code=final.rule)
    return message
