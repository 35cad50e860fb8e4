"""What does a person's text do? Kept once; STOP silences, START brings back, and what may be a no rests until it is read."""

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

import orjson

from app.clock import new_id
from app.domain.delivery import ErrorClass, Inbound, InboundKind
from app.domain.inbound import read_inbound
from app.domain.keywords import Keyword, narrows, normalise
from app.domain.message import Channel, Purpose
from app.domain.number import NumberProblem, number_facts
from app.domain.rich import read_content
from app.storage.database import Transaction
from app.storage.nonces import is_first
from app.storage.replies import last_sent, was_asked_scope, was_told
from app.storage.reviews import add_review
from app.storage.sender_blocks import add_blocks, lift_block
from app.storage.suppressions import end_holds
from app.storage.webhooks import keep_inbound, sender_of_address
from app.usecases.answer_reply import Heard, answer_reply
from app.usecases.context import Context
from app.usecases.find_message import answered_message
from app.usecases.hear_answer import hear_answer
from app.usecases.hold_marketing import hold_marketing
from app.usecases.policies import Policy, read_policy
from app.usecases.prove_ownership import note_sign_of_life
from app.usecases.recall_messages import ring_for_recall
from app.usecases.record_opt_ins import OptIn, record_opt_ins
from app.usecases.record_opt_outs import OptOut, record_opt_outs
from app.usecases.start_again import start_again

# What providers take for an opt-out themselves: the whole text, in any case (facts 5.1).
_BLOCKING = frozenset({"stop", "unsubscribe", "end", "quit", "stopall", "revoke", "optout", "cancel"})


async def receive_inbound(
    context: Context,
    *,
    workspace_id: UUID,
    provider_id: UUID,
    kind: str,
    answers: bool,
    inbound: Inbound,
    now: datetime,
    nonce: str = "",
) -> bool:
    """Keep and act on one verified inbound. The same event again changes nothing; False where its `nonce` was seen before.

    `kind` is the provider's. `answers` false: the carrier answers keywords itself, so we do not, and blocks who says STOP. A
    number we cannot read is kept and nothing more.
    """
    phone, inbound_id = _phone(inbound.from_number), new_id()
    async with context.db.transaction() as tx:
        if not await is_first(tx, provider_id=provider_id, nonce=nonce, now=now):
            return False
        answered = await answered_message(
            tx, context, workspace_id=workspace_id, provider_id=provider_id, phone=phone, inbound=inbound
        )
        if phone is None and answered is not None and inbound.kind is InboundKind.KEYS:
            phone = answered["phone"]  # whose call it is, our reference has proved
        reading = read_inbound(inbound, None if answered is None else read_content(answered["content"]).speech.opt_out_key)
        fresh = await keep_inbound(
            tx,
            workspace_id=workspace_id,
            inbound_id=inbound_id,
            provider_id=provider_id,
            event_key=inbound.event_key,
            phone=phone or inbound.from_number,
            to_address=inbound.to_address,
            channel=inbound.channel,
            body=inbound.body,
            keyword=reading.keyword.value,
            now=now,
            kind=inbound.kind,
            payload=inbound.payload,
            media=orjson.dumps([asdict(medium) for medium in inbound.media]).decode(),
            message_id=None if answered is None else answered["id"],
        )
        if not fresh or phone is None:
            return True
        if reading.keyword is not Keyword.WRONG_NUMBER and inbound.kind is not InboundKind.NOTICE:
            await note_sign_of_life(tx, workspace_id=workspace_id, phone=phone, at=now)
        sender = await sender_of_address(
            tx, workspace_id=workspace_id, provider_id=provider_id, channel=inbound.channel, address=inbound.to_address
        )
        heard = Heard(workspace_id, inbound_id, phone, inbound, sender, reading, now, answered)
        await _Taking(tx, context, heard, answers=answers, stop_code=_stop_code(context, kind)).act()
    return True


def _phone(text: str) -> str | None:
    """A number in E.164, None for what is none."""
    try:
        return number_facts(text).e164
    except NumberProblem:
        return None


def _stop_code(context: Context, kind: str) -> str:
    """The code this provider refuses an opted-out pair with."""
    codes = context.provider_kinds[kind].error_codes if kind in context.provider_kinds else {}
    return next((code for code, error in codes.items() if error is ErrorClass.OPTED_OUT), "stop")


class _Taking:
    """One text being acted on, in its transaction."""

    def __init__(self, tx: Transaction, context: Context, heard: Heard, *, answers: bool, stop_code: str) -> None:
        self._tx = tx
        self._context = context
        self._heard = heard
        self._answers = answers
        self._stop_code = stop_code
        self._evidence = {
            "message": heard.inbound.body,
            "to": heard.inbound.to_address,
            "event": heard.inbound.event_key,
        }
        if heard.inbound.kind is not InboundKind.TEXT:
            self._evidence["kind"] = heard.inbound.kind.value

    async def act(self) -> None:
        """Do what was said, by the way it came."""
        match self._heard.inbound.kind:
            case InboundKind.TEXT | InboundKind.TAP:
                await self._said()
            case InboundKind.KEYS:
                if self._heard.reading.keyword is Keyword.STOP:
                    await self._silence("key_press")  # the call itself says goodbye
            case InboundKind.NOTICE:
                await self._listed()

    async def _listed(self) -> None:
        """The provider's own list has the pair, or has it no more: it blocks the pair, or lets it through again.

        A way off that list is no consent: nobody told us what was agreed to.
        """
        heard = self._heard
        if heard.reading.keyword is Keyword.STOP:
            await self._silence("provider")
            await self._block()
        elif heard.reading.keyword is Keyword.START and heard.sender is not None:
            await lift_block(self._tx, workspace_id=heard.workspace_id, sender_id=heard.sender["id"], phone=heard.phone)

    async def _block(self) -> None:
        heard = self._heard
        if heard.sender is not None:
            rows = [(heard.sender["id"], heard.phone, self._stop_code)]
            await add_blocks(self._tx, workspace_id=heard.workspace_id, rows=rows, now=heard.now)

    async def _said(self) -> None:
        """Do what a text or a tap says, and answer it."""
        heard = self._heard
        if heard.reading.keyword is Keyword.START and heard.sender is not None:  # a carrier lets the pair through again
            await lift_block(self._tx, workspace_id=heard.workspace_id, sender_id=heard.sender["id"], phone=heard.phone)
        if await self._narrows() or await hear_answer(self._tx, self._context, heard, tells=self._answers):
            return
        match heard.reading.keyword:
            case Keyword.STOP:
                await self._stop()
            case Keyword.START:
                if await self._means_to_join():
                    await self._start()
            case Keyword.HELP:
                await self._answer("help")
            case Keyword.REVIEW | Keyword.WRONG_NUMBER:
                await self._rest()
            case Keyword.NONE:
                pass

    async def _answer(self, kind: str, *, asks: bool = False) -> None:
        if self._answers:
            await answer_reply(self._tx, self._context, self._heard, kind, asks=asks)

    async def _stop(self) -> None:
        heard = self._heard
        policy = await read_policy(self._tx, workspace_id=heard.workspace_id, now=heard.now)
        asks = self._answers and heard.sender is not None and bool(policy.stored.get("scope_question"))
        await self._silence("keyword", asks=asks)
        whole = heard.inbound.kind is InboundKind.TEXT and normalise(heard.inbound.body) in _BLOCKING
        if not self._answers and (heard.inbound.keyword == "STOP" or whole):
            await self._block()
        await self._answer("stop", asks=asks)

    async def _silence(self, method: str, *, asks: bool = False) -> None:
        """The barrier of every "no"; `asks`: it is asked what it was meant to reach, and reaches everything until then."""
        heard = self._heard
        policy = await read_policy(self._tx, workspace_id=heard.workspace_id, now=heard.now)
        answered = "scope_question" if asks else await self._answered()
        stop = OptOut(
            phone=heard.phone,
            method=method,
            evidence=self._evidence,
            purpose="all" if asks else "marketing",
            occurred_at=heard.now,
            answered=answered,
            keeps_marketing=_keeps_marketing(policy, answered),
        )
        results = await record_opt_outs(
            self._tx,
            workspace_id=heard.workspace_id,
            items=[stop],
            now=heard.now,
            actor="recipient",
            source="inbound",
            metrics=self._context.metrics,
        )
        ring_for_recall(self._tx, self._context, workspace_id=heard.workspace_id, results=results)

    async def _answered(self) -> str:
        """What a "no" answers: the message it names, else the last one its sender handed over to the number."""
        heard, last = self._heard, self._heard.message
        if last is None and heard.sender is not None:
            last = await last_sent(self._tx, workspace_id=heard.workspace_id, phone=heard.phone, sender_id=heard.sender["id"])
        if last is None:
            return ""
        return "marketing" if last["purpose"] == Purpose.MARKETING else "informational"

    async def _narrows(self) -> bool:
        """Whether the text answers our question of scope; a STOP of everything then becomes one of marketing."""
        heard = self._heard
        if not narrows(heard.inbound.body):
            return False
        if not await was_asked_scope(self._tx, workspace_id=heard.workspace_id, phone=heard.phone, now=heard.now):
            return False
        kept = OptIn(
            phone=heard.phone,
            channels=tuple(Channel),
            purpose=Purpose.TRANSACTIONAL,
            method="keyword",
            evidence=self._evidence,
            occurred_at=heard.now,
        )
        await record_opt_ins(
            self._tx, workspace_id=heard.workspace_id, items=[kept], now=heard.now, actor="recipient", source="inbound"
        )
        await self._answer("narrowed")
        return True

    async def _means_to_join(self) -> bool:
        """A START does. A bare yes does when nothing else was asked: it answers our confirmation, or no message at all."""
        heard = self._heard
        if heard.reading.says != "yes" or heard.sender is None:
            return True
        of = {"workspace_id": heard.workspace_id, "phone": heard.phone, "sender_id": heard.sender["id"]}
        if await was_told(self._tx, reply_to="STOP", since_yes=True, **of):
            return True
        return await last_sent(self._tx, **of) is None

    async def _start(self) -> None:
        heard = self._heard
        await start_again(
            self._tx,
            workspace_id=heard.workspace_id,
            sender_id=None if heard.sender is None else heard.sender["id"],
            phone=heard.phone,
            channel=heard.inbound.channel,
            evidence=self._evidence,
            now=heard.now,
        )
        # The person spoke from this very phone: what rested on a reply nobody understood, or on a complaint, is answered.
        await end_holds(
            self._tx, workspace_id=heard.workspace_id, phones=[heard.phone], reasons=("review", "wrong_number", "complaint")
        )
        await self._answer("start")

    async def _rest(self) -> None:
        """It may be a no, or a stranger: marketing rests at once, and the reply goes to somebody who can read."""
        heard, reason = self._heard, self._heard.reading.keyword.value
        await hold_marketing(
            self._tx, workspace_id=heard.workspace_id, phone=heard.phone, reason=reason, source="inbound", now=heard.now
        )
        await add_review(
            self._tx,
            workspace_id=heard.workspace_id,
            review_id=new_id(),
            phone=heard.phone,
            inbound_id=heard.inbound_id,
            kind=reason,
            now=heard.now,
        )
        if heard.reading.asks_who:
            await self._answer("who")


def _keeps_marketing(policy: Policy, answered: str) -> bool:
    return answered == "informational" and policy.market.profile == "statutory"
