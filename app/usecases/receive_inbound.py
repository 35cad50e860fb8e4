"""What does a person's text do? Kept once; STOP silences at once, START brings back, HELP explains; each is answered once."""

from datetime import datetime, timedelta
from uuid import UUID

from app.clock import new_id
from app.domain.delivery import Inbound
from app.domain.keywords import Keyword, classify
from app.domain.message import Origin, Purpose
from app.domain.number import NumberProblem, number_facts
from app.storage.database import Transaction
from app.storage.webhooks import keep_inbound, note_reply, sender_of_address
from app.usecases.accept_message import AcceptMessage, accept_message
from app.usecases.context import Context
from app.usecases.record_opt_ins import OptIn, record_opt_ins
from app.usecases.record_opt_outs import OptOut, record_opt_outs

# 47 CFR 64.1200(a)(12): one confirmation, within five minutes, without marketing.
_CONFIRM_WITHIN = timedelta(minutes=5)
_HELP_WITHIN = timedelta(hours=1)

_REPLIES = {
    Keyword.STOP: "{name}: You are unsubscribed and will get no more messages. Reply START to come back, HELP for help.",
    Keyword.START: "{name}: You are subscribed again. Msg&data rates may apply. Reply HELP for help, STOP to cancel.",
    Keyword.HELP: "{name}: You get messages you agreed to. Msg&data rates may apply. Reply STOP to cancel.",
}


async def receive_inbound(
    context: Context, *, workspace_id: UUID, provider_id: UUID, answers: bool, inbound: Inbound, now: datetime
) -> None:
    """Keep and act on one verified inbound text. The same event again changes nothing.

    `answers` false: the carrier answers keywords itself, so we do not. A number we cannot read is kept and nothing more.
    """
    said = (inbound.keyword or "").lower()
    keyword = Keyword(said) if said in set(Keyword) else classify(inbound.body)
    inbound_id = new_id()
    async with context.db.transaction() as tx:
        fresh = await keep_inbound(
            tx,
            workspace_id=workspace_id,
            inbound_id=inbound_id,
            provider_id=provider_id,
            event_key=inbound.event_key,
            phone=inbound.from_number,
            to_address=inbound.to_address,
            channel=inbound.channel,
            body=inbound.body,
            keyword=keyword.value,
            now=now,
        )
        if not fresh:
            return
        try:
            phone = number_facts(inbound.from_number).e164
        except NumberProblem:
            return
        await _act(tx, context, workspace_id=workspace_id, phone=phone, inbound=inbound, keyword=keyword, now=now)
        if answers and keyword in _REPLIES:
            await _reply(
                tx,
                context,
                workspace_id=workspace_id,
                provider_id=provider_id,
                phone=phone,
                inbound=inbound,
                inbound_id=inbound_id,
                keyword=keyword,
                now=now,
            )


async def _act(
    tx: Transaction, context: Context, *, workspace_id: UUID, phone: str, inbound: Inbound, keyword: Keyword, now: datetime
) -> None:
    evidence = {"message": inbound.body, "to": inbound.to_address, "event": inbound.event_key}
    if keyword is Keyword.STOP:
        stop = OptOut(phone=phone, method="keyword", evidence=evidence, occurred_at=now)
        await record_opt_outs(
            tx, workspace_id=workspace_id, items=[stop], now=now, actor="recipient", source="inbound", metrics=context.metrics
        )
    elif keyword is Keyword.START:
        start = OptIn(
            phone=phone,
            channels=(inbound.channel,),
            purpose=Purpose.MARKETING,
            method="keyword",
            evidence=evidence,
            occurred_at=now,
        )
        await record_opt_ins(tx, workspace_id=workspace_id, items=[start], now=now, actor="recipient", source="inbound")


async def _reply(
    tx: Transaction,
    context: Context,
    *,
    workspace_id: UUID,
    provider_id: UUID,
    phone: str,
    inbound: Inbound,
    inbound_id: UUID,
    keyword: Keyword,
    now: datetime,
) -> None:
    sender = await sender_of_address(
        tx, workspace_id=workspace_id, provider_id=provider_id, channel=inbound.channel, address=inbound.to_address
    )
    if sender is None:
        return
    reply = AcceptMessage(
        workspace_id=workspace_id,
        to=phone,
        channel=inbound.channel,
        purpose=Purpose.TRANSACTIONAL,
        sender_id=sender["id"],
        body=_REPLIES[keyword].format(name=sender["workspace_name"]),
        origin=Origin.REPLY,
        reply_to=keyword.name,
        not_after=now + (_HELP_WITHIN if keyword is Keyword.HELP else _CONFIRM_WITHIN),
        now=now,
        actor="recipient",
    )
    accepted = await accept_message(tx, context, reply)
    await note_reply(tx, workspace_id=workspace_id, inbound_id=inbound_id, message_id=accepted.id)
