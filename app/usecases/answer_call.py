"""What is a call told that asks us? Its script, by our reference; a pressed opt-out key is recorded first, then goodbye."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

import structlog

from app.domain.call_texts import goodbye
from app.domain.delivery import CallAnswer, CallStep, Inbound, InboundKind, Outbound, Request, Response, Script, WebhookReading
from app.domain.ids import encode_id
from app.domain.message import Channel, Purpose
from app.domain.own_id import own_id
from app.domain.reference import write_reference
from app.domain.rich import read_content
from app.domain.voice_script import split_script
from app.ports import Provider, Speaks
from app.storage.database import Row
from app.storage.nonces import is_first
from app.storage.webhooks import read_call
from app.usecases.context import Context
from app.usecases.find_message import named_attempt
from app.usecases.receive_inbound import receive_inbound

_log = structlog.get_logger()
_COMMAND_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Line:
    """The provider account a call runs through."""

    workspace_id: UUID
    provider_id: UUID
    provider: Provider


@dataclass(frozen=True, slots=True)
class CallTold:
    """What a call is told. `is_known` is false for a call of none of our messages, which is told nothing."""

    answer: CallAnswer = field(default_factory=CallAnswer)
    is_known: bool = False
    is_replay: bool = False


async def answer_call(context: Context, line: Line, reading: WebhookReading, *, now: datetime, nonce: str = "") -> CallTold:
    """What a call is told at this step, read in one look-up by key.

    Keys are taken in first, as a person's answer, unless the webhook brought them as such. A replay is answered alike, but no
    command is sent again.
    """
    step = reading.call
    if step is None or not isinstance(line.provider, Speaks):
        return CallTold()
    named = named_attempt(context, line.provider_id, step.reference) if step.reference else None
    if named is not None and named[1] == 0:  # a batch: calls go alone
        named = None
    async with context.db.transaction() as tx:
        row = await read_call(
            tx,
            workspace_id=line.workspace_id,
            provider_id=line.provider_id,
            message_id=None if named is None else named[0],
            provider_call_id=step.provider_call_id,
        )
    if row is None:
        return CallTold()
    is_first_time = await _take_keys(context, line, reading, step, row, now=now, nonce=nonce)
    script = _script(context, line, row, attempt=row["attempts"] if named is None else named[1], step=step, now=now)
    answer = line.provider.answer_call(step, script)
    if not is_first_time:
        answer = replace(answer, commands=())
    return CallTold(answer, is_known=True, is_replay=not is_first_time)


async def _take_keys(
    context: Context, line: Line, reading: WebhookReading, step: CallStep, row: Row, *, now: datetime, nonce: str
) -> bool:
    """Record the keys that were pressed; whether this delivery is seen for the first time."""
    told = any(inbound.kind is InboundKind.KEYS for inbound in reading.inbound)
    if not step.keys or told:
        async with context.db.transaction() as tx:
            return await is_first(tx, provider_id=line.provider_id, nonce=nonce, now=now)
    call = step.provider_call_id or step.reference or str(row["id"])
    pressed = Inbound(
        event_key=f"{call}:keys:{step.keys}",
        provider_message_id=step.provider_call_id or "",
        from_number=row["phone"],
        to_address=row["address"],
        body=step.keys,
        channel=Channel.VOICE,
        kind=InboundKind.KEYS,
        reference=step.reference,
        answers_id=step.provider_call_id,
    )
    return await receive_inbound(
        context,
        workspace_id=line.workspace_id,
        provider_id=line.provider_id,
        kind=line.provider.kind,
        answers=False,
        inbound=pressed,
        now=now,
        nonce=nonce,
    )


def _script(context: Context, line: Line, row: Row, *, attempt: int, step: CallStep, now: datetime) -> Script:
    reference = write_reference(context.reference_key, provider_id=line.provider_id, message_id=row["id"], attempt=attempt)
    account = f"{context.settings.public_url}/webhooks/{line.provider.kind}/{encode_id('provider', line.provider_id)}"
    content, (person, machine) = read_content(row["content"]), split_script(row["body"] or "")
    outbound = Outbound(
        to=row["phone"],
        sender=row["address"],
        channel=Channel.VOICE,
        body=row["body"] or "",
        callback_url=f"{account}?r={reference}",
        reference=reference,
        own_id=own_id(reference),
        at=now,
        purpose=Purpose(row["purpose"]),
        content=content,
    )
    return Script(
        outbound=outbound,
        person=person,
        machine=machine,
        goodbye=goodbye(content.speech.language, row["brand"] or row["workspace_name"]),
        opted_out=content.speech.opt_out_key in step.keys,
    )


async def command_call(context: Context, line: Line, commands: Sequence[Request]) -> None:
    """Send a call's commands, one after the other, once all is committed. One that fails ends them: the call says no more."""
    for command in commands:
        answer = await context.http.send(line.provider, command, account=line.provider_id, timeout=_COMMAND_SECONDS)
        if not isinstance(answer, Response) or answer.status >= 300:
            status = answer.status if isinstance(answer, Response) else None
            _log.warning("call.not_told", kind=line.provider.kind, status=status)
            return
