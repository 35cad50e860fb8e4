"""What does a test need before it begins? Workspaces, keys, senders and messages, made straight in the database."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import count
from typing import Any
from uuid import UUID

import httpx
from fastapi import FastAPI

from app.clock import new_id, new_ids
from app.domain.ledger import Event
from app.main import create_app
from app.settings import Settings
from app.storage.consents import append_events
from app.storage.database import Transaction
from app.usecases.authenticate import hash_secret
from app.usecases.context import Context

# A disclosure that holds all six elements of written consent (47 CFR 64.1200(f)(9)) for texts and calls, its seller named beside.
WRITTEN = (
    "By checking this box I agree to get recurring automated marketing texts and calls from Example Shop at this number. "
    "Consent is not a condition of purchase."
)
_numbers = count(1)


@lru_cache(maxsize=4)
def _app(max_json_bytes: int, max_import_bytes: int) -> FastAPI:
    """The API with these limits, put together once: reading a hundred operations' signatures takes longer than most tests."""
    return create_app(Settings(max_json_bytes=max_json_bytes, max_import_bytes=max_import_bytes))


def app_over(context: Context) -> FastAPI:
    """The API over this context; the last context given to an API with the same limits is the one it answers from."""
    app = _app(context.settings.max_json_bytes, context.settings.max_import_bytes)
    app.state.context = context
    return app


@asynccontextmanager
async def calling(context: Context, key: str | None = None) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the API over this context, without a server in between; `key` is sent with every request."""
    app = app_over(context)
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api.test", headers=headers) as client:
        yield client


async def make_workspace(context: Context, *, name: str = "Example Shop") -> UUID:
    """A workspace; its id."""
    workspace_id = new_id()
    async with context.db.transaction() as tx:
        await tx.execute(
            "INSERT INTO workspace (id, name, created_at, updated_at) VALUES ($1, $2, $3, $3)",
            workspace_id,
            name,
            context.clock.now(),
        )
    return workspace_id


async def make_key(
    context: Context,
    workspace_id: UUID,
    *scopes: str,
    expires_at: datetime | None = None,
    revoked_at: datetime | None = None,
) -> str:
    """A key with these scopes (none: admin); its secret."""
    secret = f"tact_test_{next(_numbers)}_{workspace_id}"
    async with context.db.transaction() as tx:
        await tx.execute(
            "INSERT INTO api_key (workspace_id, id, name, secret_hash, hint, scopes, created_at, expires_at, revoked_at) "
            "VALUES ($1, $2, 'test', $3, $4, $5, $6, $7, $8)",
            workspace_id,
            new_id(),
            hash_secret(secret),
            secret[-4:],
            list(scopes or ("admin",)),
            context.clock.now(),
            expires_at,
            revoked_at,
        )
    return secret


async def make_sender(context: Context, workspace_id: UUID, *, channel: str = "sms") -> UUID:
    """A sender with a provider account of its own; its id."""
    provider_id, sender_id, now = new_id(), new_id(), context.clock.now()
    async with context.db.transaction() as tx:
        await tx.execute(
            "INSERT INTO provider (workspace_id, id, kind, name, credentials, created_at, updated_at) "
            "VALUES ($1, $2, 'twilio', $3, ''::bytea, $4, $4)",
            workspace_id,
            provider_id,
            str(provider_id),
            now,
        )
        await tx.execute(
            "INSERT INTO sender (workspace_id, id, provider_id, channel, kind, address, parts_per_second, created_at, "
            "updated_at) VALUES ($1, $2, $3, $4, 'toll_free', '+18885550100', 100, $5, $5)",
            workspace_id,
            sender_id,
            provider_id,
            channel,
            now,
        )
    return sender_id


async def make_message(
    context: Context,
    workspace_id: UUID,
    sender_id: UUID,
    phone: str,
    *,
    state: int = 10,
    channel: str = "sms",
    purpose: str = "marketing",
    origin: str = "api",
    departed: bool = False,
) -> UUID:
    """A message outside campaigns to a number that has a row; in state 20 under a lease of its own. Its id."""
    message_id, lease_id, now = new_id(), new_id(), context.clock.now()
    async with context.db.transaction() as tx:
        await tx.execute(
            "INSERT INTO message (workspace_id, id, phone, sender_id, channel, purpose, origin, reply_to, priority, state, body, "
            "due_at, lease_id, counted_at, attempts, created_at, updated_at) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9, 'Hello', $10, $11, $12, $13, $10, $10)",
            workspace_id,
            message_id,
            phone,
            sender_id,
            channel,
            purpose,
            origin,
            "STOP" if origin == "reply" else None,
            state,
            now,
            lease_id if state == 20 else None,
            now if state == 20 else None,
            1 if state >= 20 else 0,
        )
        if state == 20:
            await tx.execute(
                "INSERT INTO lease (id, workspace_id, sender_id, provider_id, worker, message_ids, claimed_at, expires_at, "
                "departed_at) SELECT $1, workspace_id, id, provider_id, 'test', ARRAY[$3::uuid], $4, $5, $6 FROM sender "
                "WHERE id = $2",
                lease_id,
                sender_id,
                message_id,
                now,
                now + timedelta(seconds=45),
                now if departed else None,
            )
    return message_id


async def append_given(
    tx: Transaction, workspace_id: UUID, phones: Sequence[str], *, at: datetime, ids: Sequence[UUID] | None = None, **fields: Any
) -> list[UUID]:
    """A line of the ledger for each of these numbers, which have rows: a "yes" to marketing by SMS unless `fields` say other.

    The only way to get lines into the ledger past the use cases: it is chained, and nothing else knows how. The lines' ids.
    """
    told = {"kind": "given", "channel": "sms", "purpose": "marketing", "method": "web_form", **fields}
    ids = new_ids(len(phones)) if ids is None else ids
    events = [Event(id=event_id, phone=phone, occurred_at=at, **told) for event_id, phone in zip(ids, phones, strict=True)]
    await append_events(tx, workspace_id=workspace_id, rows=events, source="test", actor="test", now=at)
    return list(ids)
