"""May what a carrier has accepted be taken back? Tried once after a "no", where the provider offers it; nothing is promised."""

import asyncio
from collections.abc import Iterable
from uuid import UUID

import structlog

from app.domain.delivery import Response
from app.domain.media import leaves_as
from app.domain.message import Channel, State
from app.domain.rich import read_content
from app.ports import Account, Provider, Recalls
from app.storage.database import Row, Transaction
from app.storage.recalls import accepted_before
from app.storage.receipts import apply_states
from app.usecases.context import Context
from app.usecases.record_opt_outs import OptOutResult

_log = structlog.get_logger()
_MOST = 100
_REASON = "suppress.opt_out"
_NOT_NOW = frozenset({408, 429, 499})
"""Statuses, beside those of a carrier's own trouble, that say nothing of the message."""


def ring_for_recall(tx: Transaction, context: Context, *, workspace_id: UUID, results: Iterable[OptOutResult]) -> None:
    """Have a worker take back what was beyond recall for us, once these "no"s are committed."""
    for event_id in [result.event_id for result in results if result.beyond_recall]:

        async def ring(event_id: UUID = event_id) -> None:
            await context.doorbell.ring("recall_messages", f"{workspace_id}/{event_id}")

        tx.after_commit(ring)


async def recall_messages(context: Context, *, workspace_id: UUID, event_id: UUID) -> int:
    """Ask carriers to cancel what they accepted before the "no" of this line of the ledger; how many they took back.

    A message that was taken back is cancelled; should a receipt say that it arrived all the same, that stands. A lost bell loses
    only the try: such a message was counted beyond recall when the "no" was answered.
    """
    async with context.db.transaction() as tx:
        rows = await accepted_before(tx, workspace_id=workspace_id, event_id=event_id, limit=_MOST)
    answers = await asyncio.gather(*(take_back(context, row) for row in rows))
    taken_back = [row for row, is_back in zip(rows, answers, strict=True) if is_back]
    if taken_back:
        now = context.clock.now()
        moves = [(workspace_id, row["id"], row["attempts"], int(State.CANCELLED), _REASON) for row in taken_back]
        async with context.db.transaction() as tx:
            await apply_states(tx, now=now, rows=moves)
        _log.info("messages.recalled", asked=len(rows), taken_back=len(taken_back))
    return len(taken_back)


async def take_back(context: Context, row: Row) -> bool | None:
    """Whether a carrier said that a message will not be delivered any more; None when it answered neither yes nor no.

    `row`: its number, channel, content and id at the provider, and the account.
    """
    try:
        provider = _open(context, row)
        if provider is None or not isinstance(provider, Recalls) or row["provider_message_id"] is None:
            return False
        channel = leaves_as(Channel(row["channel"]), read_content(row["content"]), offered=provider.channels)
        request = provider.build_cancel(row["provider_message_id"], to=row["phone"], channel=channel)
        if request is None:
            return False
        seconds = context.settings.handover_timeout_seconds
        answer = await context.http.send(provider, request, account=row["provider_id"], timeout=seconds)
        if not isinstance(answer, Response) or answer.status >= 500 or answer.status in _NOT_NOW:
            return None
        return provider.read_cancel(answer)
    except Exception as error:  # noqa: BLE001  # one carrier's odd answer must not keep the others' messages
        _log.warning("recall.unreadable", error=type(error).__name__)
        return None


def _open(context: Context, row: Row) -> Provider | None:
    kind = context.provider_kinds.get(row["kind"])
    if kind is None:
        return None
    return kind(Account(context.vault.open(row["credentials"], row=row["provider_id"]), row["base_url"]))
