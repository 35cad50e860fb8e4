"""Whose is a webhook, and is it really theirs? Provider accounts opened to verify with, read again every few seconds."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from app.domain.delivery import WebhookReading, WebhookRequest
from app.domain.errors import NotFound
from app.domain.ids import BadId, decode_id
from app.ports import Account, BadSignature, Provider
from app.storage.webhooks import read_account
from app.usecases.context import Context

_log = structlog.get_logger()
_ACCOUNT_TTL = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Door:
    """One provider account, opened to verify with. `answers`: people's keywords are answered by us, not by the carrier."""

    workspace_id: UUID
    provider_id: UUID
    provider: Provider
    answers: bool
    fetched_at: datetime


@dataclass(slots=True)
class Doors:
    """Opened accounts, read again every few seconds so that a rotated secret is honoured."""

    context: Context
    known: dict[UUID, Door] = field(default_factory=dict)

    async def find(self, kind: str, provider_id: UUID, *, anew: bool = False) -> Door:
        """The account, as it was some seconds ago at most; `anew`: as it is. Raises NotFound."""
        now = self.context.clock.now()
        door = self.known.get(provider_id)
        if anew or door is None or door.fetched_at + _ACCOUNT_TTL < now:
            door = self.known[provider_id] = await self._open(provider_id, now)
        if door.provider.kind != kind:
            raise NotFound("no such provider account")
        return door

    async def read(self, kind: str, provider_id: UUID, call: WebhookRequest) -> tuple[Door, WebhookReading]:
        """What a call says, proven to be the account's. Raises NotFound and BadSignature."""
        door = await self.find(kind, provider_id)
        try:
            return door, _read(door.provider, call)
        except BadSignature:
            door = await self.find(kind, provider_id, anew=True)  # its secret may have been changed just now
        return door, _read(door.provider, call)

    async def _open(self, provider_id: UUID, now: datetime) -> Door:
        async with self.context.db.transaction() as tx:
            row = await read_account(tx, provider_id=provider_id)
        if row is None or row["kind"] not in self.context.provider_kinds:
            raise NotFound("no such provider account")
        credentials = self.context.vault.open(row["credentials"], row=row["id"])
        provider = self.context.provider_kinds[row["kind"]](Account(credentials, row["base_url"]))
        return Door(row["workspace_id"], row["id"], provider, row["opt_out_replies"] == "tactful", now)


def _read(provider: Provider, call: WebhookRequest) -> WebhookReading:
    """The reading. What a reader stumbles over was proven by nobody, and must not look like a fault of ours for ever."""
    try:
        return provider.read_webhook(call)
    except BadSignature:
        raise
    except Exception as error:
        _log.warning("webhook.not_read", kind=provider.kind, error=type(error).__name__)  # its words may hold a number
        raise BadSignature("the request could not be read", cause="malformed", status=400) from error


def account_id(text: str) -> UUID:
    """The account an address names, as we write ids or as a plain UUID. Raises NotFound."""
    try:
        return decode_id("provider", text) if text.startswith("prv_") else UUID(text)
    except (BadId, ValueError) as error:
        raise NotFound("no such provider account") from error
