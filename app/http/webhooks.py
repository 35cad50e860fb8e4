"""How do carriers reach us? One route for every provider account: raw body, verify, keep, answer after the commit."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.clock import new_id
from app.domain.delivery import WebhookReading, WebhookRequest
from app.domain.errors import BadWebhook, NotFound, TactfulError
from app.domain.ids import BadId, decode_id
from app.http.problems import of_error
from app.ports import Account, BadSignature, Provider
from app.storage.database import UNSTORABLE
from app.storage.webhooks import keep_unread, read_account
from app.usecases.context import Context
from app.usecases.receive_inbound import receive_inbound
from app.usecases.record_receipts import Received, record_receipts

_ACCOUNT_TTL = timedelta(seconds=5)
_MOST_TOGETHER = 500


@dataclass(frozen=True, slots=True)
class _Door:
    """One provider account, opened to verify with."""

    workspace_id: UUID
    provider_id: UUID
    provider: Provider
    answers: bool
    fetched_at: datetime


class ReceiptIntake:
    """Groups the receipts of concurrent webhooks into one transaction: a commit for each alone would be the limit.

    While one batch commits the next one gathers; nobody is answered before their batch has committed.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._waiting: list[tuple[Sequence[Received], asyncio.Future[None]]] = []
        self._flushing: asyncio.Task[None] | None = None

    async def record(self, receipts: Sequence[Received]) -> None:
        """Returns once these receipts are committed. Raises what the transaction raised."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((receipts, done))
        if self._flushing is None or self._flushing.done():
            self._flushing = asyncio.create_task(self._flush())
        await done

    async def _flush(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:_MOST_TOGETHER], self._waiting[_MOST_TOGETHER:]
            await self._commit(batch)

    async def _commit(self, batch: list[tuple[Sequence[Received], asyncio.Future[None]]]) -> None:
        """Record a batch. If something in it can never be stored, each group alone: nobody pays for what another account said."""
        receipts = [received for group, _ in batch for received in group]
        try:
            await record_receipts(self._context, receipts, now=self._context.clock.now())
        except Exception as error:  # noqa: BLE001  # each waiting request gets it, and its 5xx makes the carrier retry
            if isinstance(error, UNSTORABLE) and len(batch) > 1:
                for group in batch:
                    await self._commit([group])
                return
            for _, done in batch:
                if not done.done():
                    done.set_exception(error)
        else:
            for _, done in batch:
                if not done.done():
                    done.set_result(None)


@dataclass(slots=True)
class _Doors:
    """Opened accounts, read again every few seconds so that a rotated secret is honoured."""

    context: Context
    known: dict[UUID, _Door] = field(default_factory=dict)

    async def find(self, kind: str, provider_id: UUID, *, anew: bool = False) -> _Door:
        """The account, as it was some seconds ago at most; `anew`: as it is. Raises NotFound."""
        now = self.context.clock.now()
        door = self.known.get(provider_id)
        if anew or door is None or door.fetched_at + _ACCOUNT_TTL < now:
            door = self.known[provider_id] = await self._open(provider_id, now)
        if door.provider.kind != kind:
            raise NotFound("no such provider account")
        return door

    async def read(self, kind: str, provider_id: UUID, call: WebhookRequest) -> tuple[_Door, WebhookReading]:
        """What a call says, proven to be the account's. Raises NotFound and BadWebhook."""
        door = await self.find(kind, provider_id)
        try:
            return door, door.provider.read_webhook(call)
        except BadSignature:
            door = await self.find(kind, provider_id, anew=True)  # its secret may have been changed just now
        try:
            return door, door.provider.read_webhook(call)
        except BadSignature as error:
            raise BadWebhook("the signature is missing or does not match this account") from error

    async def _open(self, provider_id: UUID, now: datetime) -> _Door:
        async with self.context.db.transaction() as tx:
            row = await read_account(tx, provider_id=provider_id)
        if row is None or row["kind"] not in self.context.provider_kinds:
            raise NotFound("no such provider account")
        credentials = self.context.vault.open(row["credentials"], row=row["id"])
        provider = self.context.provider_kinds[row["kind"]](Account(credentials, row["base_url"]))
        return _Door(row["workspace_id"], row["id"], provider, row["opt_out_replies"] == "tactful", now)


def _provider_id(text: str) -> UUID:
    try:
        return decode_id("provider", text) if text.startswith("prv_") else UUID(text)
    except (BadId, ValueError) as error:
        raise NotFound("no such provider account") from error


def _as_signed(request: Request, public_url: str, body: bytes, received_at: datetime) -> WebhookRequest:
    """The call as the carrier signed it: the configured public URL, then the raw path and query, never a rebuilt one."""
    query = request.scope["query_string"].decode("latin-1")
    path = (request.scope.get("raw_path") or request.scope["path"].encode()).decode("latin-1").partition("?")[0]
    return WebhookRequest(
        method=request.method,
        url=f"{public_url}{path}?{query}" if query else f"{public_url}{path}",
        query=query,
        headers={key.decode("latin-1"): value.decode("latin-1") for key, value in request.scope["headers"]},
        body=body,
        received_at=received_at,
    )


async def _take_in(context: Context, door: _Door, intake: ReceiptIntake, reading: WebhookReading, call: WebhookRequest) -> None:
    """Do what the webhook says; keep it whole if it says nothing we understand, or something that cannot be stored as such."""
    unread = reading.unread
    try:
        await _act(context, door, intake, reading)
    except UNSTORABLE:
        unread += 1
    if unread:
        async with context.db.transaction() as tx:
            await keep_unread(
                tx,
                workspace_id=door.workspace_id,
                row_id=new_id(),
                provider_id=door.provider_id,
                method=call.method,
                query=call.query,
                content_type=call.headers.get("content-type", ""),
                body=call.body,
                now=context.clock.now(),
            )


async def _act(context: Context, door: _Door, intake: ReceiptIntake, reading: WebhookReading) -> None:
    if reading.receipts:
        await intake.record([Received(door.workspace_id, door.provider_id, receipt) for receipt in reading.receipts])
    for inbound in reading.inbound:
        await receive_inbound(
            context,
            workspace_id=door.workspace_id,
            provider_id=door.provider_id,
            kind=door.provider.kind,
            answers=door.answers,
            inbound=inbound,
            now=context.clock.now(),
        )


class Webhooks:
    """The endpoint. A plain Starlette one: receipts come at several times the rate of anything else."""

    def __init__(self) -> None:
        self._doors: _Doors | None = None
        self._intake: ReceiptIntake | None = None

    async def __call__(self, request: Request) -> Response:
        """Verify and take in one webhook. 403 for a bad signature, 404 for an unknown account, 2xx once all is committed."""
        context: Context = request.app.state.context
        if self._doors is None or self._doors.context is not context:
            self._doors, self._intake = _Doors(context), ReceiptIntake(context)
        assert self._intake is not None
        try:
            kind, account = request.path_params["kind"], _provider_id(request.path_params["account"])
            call = _as_signed(request, context.settings.public_url, await request.body(), context.clock.now())
            door, reading = await self._doors.read(kind, account, call)
            await _take_in(context, door, self._intake, reading, call)
        except TactfulError as error:
            return of_error(error)
        return Response(
            reading.answer_body,
            status_code=reading.answer_status,
            media_type=reading.answer_type if reading.answer_body else None,
        )


def webhook_route() -> Route:
    """The one route of every provider account."""
    return Route("/webhooks/{kind}/{account}", _endpoint(Webhooks()), methods=["GET", "POST"], include_in_schema=False)


def _endpoint(webhooks: Webhooks) -> Any:
    async def receive(request: Request) -> Response:
        return await webhooks(request)

    return receive
