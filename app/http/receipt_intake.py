"""How do receipts of many webhooks share a commit? While one group commits the next gathers; nobody is answered before."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from app.storage.database import UNSTORABLE
from app.usecases.context import Context
from app.usecases.record_receipts import Kept, Received, record_receipts

_MOST_TOGETHER = 500


class Came(StrEnum):
    """What came of a webhook, as the counter has it."""

    TAKEN = "taken"
    UNMATCHED = "unmatched"
    UNREAD = "unread"
    REPLAY = "replay"
    BAD_SIGNATURE = "bad_signature"
    STALE = "stale"
    MALFORMED = "malformed"
    UNKNOWN_ACCOUNT = "unknown_account"
    TOO_LARGE = "too_large"


@dataclass(frozen=True, slots=True)
class _Waiting:
    """The receipts of one webhook, and who waits for their commit."""

    receipts: Sequence[Received]
    done: asyncio.Future[Came]

    @property
    def nonces(self) -> set[tuple[object, str]]:
        return {(received.provider_id, received.nonce) for received in self.receipts if received.nonce}


class ReceiptIntake:
    """Groups the receipts of concurrent webhooks into one transaction: a commit for each alone would be the limit."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._waiting: list[_Waiting] = []
        self._flushing: asyncio.Task[None] | None = None

    async def record(self, receipts: Sequence[Received]) -> Came:
        """What came of one webhook's receipts: returns once they are committed. Raises what the transaction raised."""
        waiting = _Waiting(receipts, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._flushing is None or self._flushing.done():
            self._flushing = asyncio.create_task(self._flush())
        return await waiting.done

    async def _flush(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:_MOST_TOGETHER], self._waiting[_MOST_TOGETHER:]
            await self._commit(batch)

    async def _commit(self, batch: Sequence[_Waiting]) -> None:
        """Record a batch. If something in it can never be stored, each group alone: nobody pays for what another account said.

        Of a group that holds such a thing the rest is recorded, and it is told of it.
        """
        firsts, again = _told_apart(batch)
        receipts = [received for waiting in firsts for received in waiting.receipts]
        try:
            kept = await record_receipts(self._context, receipts, now=self._context.clock.now())
        except Exception as error:  # noqa: BLE001  # each waiting request gets it, and its 5xx makes the carrier retry
            if isinstance(error, UNSTORABLE) and len(batch) > 1:
                for waiting in batch:
                    await self._commit([waiting])
                return
            if isinstance(error, UNSTORABLE):
                error = await self._save(receipts) or error
            for waiting in batch:
                if not waiting.done.done():
                    waiting.done.set_exception(error)
        else:
            for waiting in firsts:
                _tell(waiting, _came(waiting, kept))
            for waiting in again:
                _tell(waiting, Came.REPLAY)

    async def _save(self, receipts: Sequence[Received]) -> Exception | None:
        """Record what can be stored of a group that holds something that cannot; what else went wrong, if it did.

        Without its nonce: whoever keeps the whole webhook claims that.
        """
        halves = [receipts[: len(receipts) // 2], receipts[len(receipts) // 2 :]] if len(receipts) > 1 else []
        for half in halves:
            try:
                unclaimed = [replace(received, nonce="") for received in half]
                await record_receipts(self._context, unclaimed, now=self._context.clock.now())
            except UNSTORABLE:
                trouble = await self._save(half)
                if trouble is not None:
                    return trouble
            except Exception as error:  # noqa: BLE001  # the webhook is not kept either, and comes again
                return error
        return None


def _told_apart(batch: Sequence[_Waiting]) -> tuple[list[_Waiting], list[_Waiting]]:
    """The first delivery of each webhook in a batch, and those that are the same one again."""
    seen: set[tuple[object, str]] = set()
    firsts: list[_Waiting] = []
    again: list[_Waiting] = []
    for waiting in batch:
        nonces = waiting.nonces
        (again if nonces and nonces <= seen else firsts).append(waiting)
        seen |= nonces
    return firsts, again


def _came(waiting: _Waiting, kept: Kept) -> Came:
    if any(nonce in kept.replays for nonce in waiting.nonces):
        return Came.REPLAY
    events = ((received.provider_id, received.receipt.event_key) for received in waiting.receipts)
    return Came.TAKEN if any(event in kept.matched for event in events) else Came.UNMATCHED


def _tell(waiting: _Waiting, came: Came) -> None:
    if not waiting.done.done():  # whoever waited may have gone
        waiting.done.set_result(came)
