"""How do carriers reach us? One route for every provider account: raw body, verify, keep, answer after the commit."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from starlette.background import BackgroundTask
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from app.clock import new_id
from app.domain.delivery import Inbound, Receipt, WebhookReading, WebhookRequest
from app.domain.errors import BadWebhook, NotFound, TactfulError, TooLarge
from app.http.problems import of_error
from app.http.receipt_intake import Came, ReceiptIntake
from app.http.webhook_accounts import Door, Doors, account_id
from app.ports import BadSignature
from app.storage.database import UNSTORABLE, Contended
from app.storage.nonces import is_first
from app.storage.webhooks import keep_unread
from app.usecases.answer_call import CallTold, Line, answer_call, command_call
from app.usecases.context import Context
from app.usecases.receive_inbound import receive_inbound
from app.usecases.record_receipts import Received

_CAUSES = {"stale": Came.STALE, "malformed": Came.MALFORMED}
_TRIES_AGAIN = 2


async def _body(request: Request, limit: int) -> bytes:
    """The raw body. Raises TooLarge, before it is read where it says how long it is, else as soon as it is over the limit."""
    declared = request.headers.get("content-length", "")
    over = TooLarge(f"the body is over {limit} bytes", pointer="/body")
    if declared.isascii() and declared.isdigit() and (len(declared) > 15 or int(declared) > limit):
        raise over
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise over
    return bytes(body)


async def _as_signed(request: Request, context: Context) -> WebhookRequest:
    """The call as the carrier signed it: the configured public URL, then the raw path and query, never a rebuilt one."""
    public_url, body = context.settings.public_url, await _body(request, context.settings.max_json_bytes)
    query = request.scope["query_string"].decode("latin-1")
    path = (request.scope.get("raw_path") or request.scope["path"].encode()).decode("latin-1").partition("?")[0]
    return WebhookRequest(
        method=request.method,
        url=f"{public_url}{path}?{query}" if query else f"{public_url}{path}",
        query=query,
        headers={key.decode("latin-1"): value.decode("latin-1") for key, value in request.scope["headers"]},
        body=body,
        received_at=context.clock.now(),
    )


class _Visit:
    """One verified webhook being acted on.

    Its nonce is claimed in the last transaction that acts: what committed before is known by its event keys, so that a crash
    in between loses nothing, and nothing is done twice.
    """

    def __init__(
        self, context: Context, door: Door, intake: ReceiptIntake, reading: WebhookReading, call: WebhookRequest
    ) -> None:
        self._context = context
        self._door = door
        self._intake = intake
        self._reading = reading
        self._call = call
        self._told = CallTold()
        self._unread = reading.unread

    async def take(self) -> tuple[Came, CallTold]:
        """Do what it says; keep it whole if it says something we do not understand, or that cannot be stored as such."""
        came = await self._act()
        if self._unread:
            came = Came.UNREAD if await self._keep() else Came.REPLAY
        return came, self._told

    async def _act(self) -> Came:
        """Each part by itself: one that can never be stored takes no other along."""
        reading, came = self._reading, Came.TAKEN
        if reading.receipts:
            with self._one_part():
                came = await self._record(reading.receipts, last=not reading.inbound and reading.call is None)
        for place, inbound in enumerate(reading.inbound, start=1):
            with self._one_part():
                came = await self._hear(inbound, last=place == len(reading.inbound) and reading.call is None)
        if reading.call is not None:
            with self._one_part():
                came = await self._answer_call()
        return came

    @contextmanager
    def _one_part(self) -> Iterator[None]:
        try:
            yield
        except UNSTORABLE:
            self._unread += 1

    def _nonce(self, *, last: bool) -> str:
        return self._reading.nonce if last and not self._unread else ""

    async def _record(self, receipts: Sequence[Receipt], *, last: bool) -> Came:
        ids, nonce = (self._door.workspace_id, self._door.provider_id), self._nonce(last=last)
        return await self._intake.record([Received(*ids, receipt, nonce) for receipt in receipts])

    async def _hear(self, inbound: Inbound, *, last: bool) -> Came:
        """A carrier may say this only once: what lost against another transaction is tried again here."""
        for _ in range(_TRIES_AGAIN):
            try:
                return await self._heard(inbound, last=last)
            except Contended:
                continue
        return await self._heard(inbound, last=last)

    async def _heard(self, inbound: Inbound, *, last: bool) -> Came:
        first = await receive_inbound(
            self._context,
            workspace_id=self._door.workspace_id,
            provider_id=self._door.provider_id,
            kind=self._door.provider.kind,
            answers=self._door.answers,
            inbound=inbound,
            now=self._context.clock.now(),
            nonce=self._nonce(last=last),
        )
        return Came.TAKEN if first else Came.REPLAY

    async def _answer_call(self) -> Came:
        assert self._reading.call is not None
        line = Line(self._door.workspace_id, self._door.provider_id, self._door.provider)
        now, nonce = self._context.clock.now(), self._nonce(last=True)
        self._told = await answer_call(self._context, line, self._reading, now=now, nonce=nonce)
        if self._told.is_replay:
            return Came.REPLAY
        return Came.TAKEN if self._told.is_known else Came.UNMATCHED

    async def _keep(self) -> bool:
        now = self._context.clock.now()
        async with self._context.db.transaction() as tx:
            if not await is_first(tx, provider_id=self._door.provider_id, nonce=self._reading.nonce, now=now):
                return False
            await keep_unread(
                tx,
                workspace_id=self._door.workspace_id,
                row_id=new_id(),
                provider_id=self._door.provider_id,
                method=self._call.method,
                query=self._call.query,
                content_type=self._call.headers.get("content-type", ""),
                body=self._call.body,
                now=now,
            )
        return True


class Webhooks:
    """The endpoint. A plain Starlette one: receipts come at several times the rate of anything else."""

    def __init__(self) -> None:
        self._doors: Doors | None = None
        self._intake: ReceiptIntake | None = None

    async def __call__(self, request: Request) -> Response:
        """Verify and take in one webhook. 403 for a bad signature, 404 for an unknown account, 2xx once all is committed."""
        context: Context = request.app.state.context
        came: Came | None = None
        try:
            answer, came = await self._take(request, context)
        except BadSignature as error:
            came = _CAUSES.get(error.cause, Came.BAD_SIGNATURE)
            detail = "the signature is missing or does not match this account"
            answer = of_error(BadWebhook(detail, code=came.value), status=error.status)
            if error.status == 401:  # a carrier that sends its name and password only when it is asked for them (RFC 7617)
                answer.headers["WWW-Authenticate"] = 'Basic realm="webhooks"'
        except ClientDisconnect:
            came, answer = Came.MALFORMED, Response(status_code=400)  # nobody hears it: the body broke off
        except TactfulError as error:
            came = {NotFound: Came.UNKNOWN_ACCOUNT, TooLarge: Came.TOO_LARGE}.get(type(error))
            answer = of_error(error)
        if came is not None:
            kind = str(request.path_params["kind"])
            context.metrics.webhooks.labels(kind=kind if kind in context.provider_kinds else "unknown", outcome=came.value).inc()
        return answer

    async def _take(self, request: Request, context: Context) -> tuple[Response, Came]:
        if self._doors is None or self._intake is None or self._doors.context is not context:
            self._doors, self._intake = Doors(context), ReceiptIntake(context)
        doors, intake = self._doors, self._intake
        kind, account = request.path_params["kind"], account_id(request.path_params["account"])
        await doors.find(kind, account)  # nobody's body is read for an address that is no account
        call = await _as_signed(request, context)
        door, reading = await doors.read(kind, account, call)
        came, told = await _Visit(context, door, intake, reading, call).take()
        return _answer(context, door, reading, told), came


def _answer(context: Context, door: Door, reading: WebhookReading, told: CallTold) -> Response:
    """What the provider wants to hear; what a call is to do is said here too, or sent once this is on its way."""
    body, media_type = reading.answer_body, reading.answer_type
    if told.answer.body:
        body, media_type = told.answer.body, told.answer.content_type
    later = None
    if told.answer.commands:
        line = Line(door.workspace_id, door.provider_id, door.provider)
        later = BackgroundTask(command_call, context, line, told.answer.commands)
    return Response(body, status_code=reading.answer_status, media_type=media_type if body else None, background=later)


def webhook_route() -> Route:
    """The one route of every provider account."""
    return Route("/webhooks/{kind}/{account}", _endpoint(Webhooks()), methods=["GET", "POST"], include_in_schema=False)


def _endpoint(webhooks: Webhooks) -> Any:
    async def receive(request: Request) -> Response:
        return await webhooks(request)

    return receive
