"""What became of it? Carriers that can be asked are, after a lost answer and when receipts stay away; nothing is sent again."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog

from app.domain.delivery import Found, Receipt, Request, Response, Sought
from app.domain.media import leaves_as
from app.domain.message import Channel, State
from app.domain.own_id import own_id
from app.domain.reference import write_reference
from app.domain.rich import read_content
from app.ports import Account, LooksUp
from app.storage.asking import asked_about, others_messages, take_due_asks
from app.storage.database import Row
from app.usecases.context import Context
from app.usecases.record_receipts import Received, move_on, record_receipts

_log = structlog.get_logger()
_UNKNOWN_AFTER = timedelta(seconds=30)
"""How long a lost answer is left to webhooks before its carrier is asked."""
_SILENT_AFTER = timedelta(minutes=10)
"""How long a message may go without news; the pauses between questions begin with it and treble."""
_MOST = 6
_TOGETHER = 50
_ABSENT = "provider.absent"


@dataclass(frozen=True, slots=True)
class _Question:
    """One attempt asked about: its row, the carrier, and what is sought."""

    row: Row
    provider: LooksUp
    sought: Sought


async def ask_carriers(context: Context) -> int:
    """Ask about attempts that are due; how many were asked about.

    What a carrier tells is recorded as a receipt. One that certainly never had a message closes it as failed; a receipt to the
    contrary still wins. A list that shows several candidates settles nothing unless all but one belong to other messages.
    """
    kinds = [name for name, kind in context.provider_kinds.items() if issubclass(kind, LooksUp)]
    now = context.clock.now()
    async with context.db.transaction() as tx:
        rows = await take_due_asks(
            tx,
            kinds=kinds,
            now=now,
            unknown_after=_UNKNOWN_AFTER,
            silent_after=_SILENT_AFTER,
            most=_MOST,
            limit=_TOGETHER,
        )
        about = await asked_about(tx, rows=rows) if rows else {}
    questions = [_question(context, row, about[row["message_id"]]) for row in rows if row["message_id"] in about]
    answers = await asyncio.gather(*(_ask(context, question) for question in questions))
    told = [
        received for question, found in zip(questions, answers, strict=True) for received in await _read(context, question, found)
    ]
    if told:
        await record_receipts(context, told, now=context.clock.now())
    await _close_absent(context, [question for question, found in zip(questions, answers, strict=True) if found.is_absent])
    if questions:
        _log.info("carriers.asked", asked=len(questions), told=len(told))
    return len(questions)


def _question(context: Context, row: Row, about: Row) -> _Question:
    provider = context.provider_kinds[about["kind"]](
        Account(context.vault.open(about["credentials"], row=about["provider_id"]), about["base_url"])
    )
    assert isinstance(provider, LooksUp)
    reference = write_reference(
        context.reference_key, provider_id=row["provider_id"], message_id=row["message_id"], attempt=row["number"]
    )
    sought = Sought(
        provider_message_id=row["provider_message_id"],
        reference=reference,
        own_id=own_id(reference),
        to=about["phone"],
        sender=about["address"],
        channel=leaves_as(Channel(row["channel"]), read_content(about["content"]), offered=provider.channels),
        body=about["body"] or "",
        handed_over_at=row["handed_over_at"],
    )
    return _Question(row, provider, sought)


async def _ask(context: Context, question: _Question) -> Found:
    try:
        request = question.provider.build_lookup(question.sought)
        if not isinstance(request, Request):
            return Found()
        seconds = context.settings.handover_timeout_seconds
        answer = await context.http.send(question.provider, request, account=question.row["provider_id"], timeout=seconds)
        return question.provider.read_lookup(question.sought, answer) if isinstance(answer, Response) else Found()
    except Exception as error:  # noqa: BLE001  # one carrier's odd answer must not keep the others from being asked
        _log.warning("carriers.unreadable", error=type(error).__name__)
        return Found()


async def _read(context: Context, question: _Question, found: Found) -> list[Received]:
    """What was found, as receipts of the very attempt; nothing where it cannot be told which candidate it is."""
    receipts = await _of_this_attempt(context, question, found.receipts)
    reference = question.sought.reference
    return [
        Received(question.row["workspace_id"], question.row["provider_id"], replace(receipt, reference=reference, recipient=None))
        for receipt in receipts
    ]


async def _of_this_attempt(context: Context, question: _Question, receipts: Sequence[Receipt]) -> list[Receipt]:
    known = question.sought.provider_message_id
    candidates = {receipt.provider_message_id for receipt in receipts if receipt.provider_message_id}
    if known is not None:
        return [receipt for receipt in receipts if receipt.provider_message_id in {None, known}]
    if candidates:
        async with context.db.transaction() as tx:
            candidates -= await others_messages(
                tx,
                provider_id=question.row["provider_id"],
                provider_message_ids=sorted(candidates),
                message_id=question.row["message_id"],
                attempt=question.row["number"],
            )
    return [receipt for receipt in receipts if receipt.provider_message_id in candidates] if len(candidates) == 1 else []


async def _close_absent(context: Context, questions: Sequence[_Question]) -> None:
    """An accepted attempt is never closed so: the carrier took it, whatever it lists now."""
    moves = [
        (question.row["workspace_id"], question.row["message_id"], question.row["number"], int(State.FAILED), _ABSENT)
        for question in questions
        if question.row["outcome"] == "unknown"
    ]
    if moves:
        async with context.db.transaction() as tx:
            await move_on(tx, context, now=context.clock.now(), moves=moves)
