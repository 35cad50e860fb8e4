"""What would a straightforward worker do? One arq job a message, stock httpx, a row at a time; the same work."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from arq.connections import RedisSettings
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

from app.domain.parts import count_parts
from app.domain.template import compile_template
from app.storage.tables import consents, messages, people
from bench.stand import ACCOUNT_SID, AUTH_TOKEN, BODY, NOON, NUMBER

QUEUE = "bench:naive"


async def send_one(ctx: dict[str, Any], message_id: str) -> None:
    """Read one message, check consent, opt-outs and the cap, render, post, record."""
    async with ctx["sessions"]() as session:
        row = (await session.execute(select(messages.message).where(messages.message.c.id == UUID(message_id)))).mappings().one()
        if row["state"] != 10 or not await _allowed(session, row):
            return
        contact = (await session.execute(select(people.contact).where(people.contact.c.id == row["contact_id"]))).mappings().one()
        body = compile_template(BODY).render(contact["attributes"])
        await session.execute(
            update(messages.message).where(messages.message.c.id == row["id"]).values(state=20, lease_id=row["id"], attempts=1)
        )
        await session.commit()
        answer = await ctx["client"].post(
            f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json",
            data={"To": row["phone"], "From": NUMBER, "Body": body, "StatusCallback": f"http://127.0.0.1/cb?r={message_id}"},
        )
        answer.raise_for_status()
        now = datetime.now(UTC)
        await session.execute(
            update(messages.message)
            .where(messages.message.c.id == row["id"])
            .values(state=30, body=body, parts=count_parts(body).parts, counted_at=NOON, lease_id=None, updated_at=now)
        )
        await session.execute(
            messages.attempt.insert().values(
                workspace_id=row["workspace_id"],
                message_id=row["id"],
                number=1,
                provider_id=UUID(ctx["provider"]),
                sender_id=row["sender_id"],
                outcome="accepted",
                provider_message_id=f"{answer.json()['sid']}",
                handed_over_at=now,
                answered_at=now,
            )
        )
        await session.commit()


async def _allowed(session: Any, row: Mapping[str, Any]) -> bool:
    consent = (
        await session.execute(
            select(consents.consent.c.state).where(
                consents.consent.c.workspace_id == row["workspace_id"],
                consents.consent.c.phone == row["phone"],
                consents.consent.c.channel == "sms",
            )
        )
    ).scalar_one_or_none()
    stopped = (
        await session.execute(
            select(func.count())
            .select_from(consents.suppression)
            .where(consents.suppression.c.workspace_id == row["workspace_id"], consents.suppression.c.phone == row["phone"])
        )
    ).scalar_one()
    sent = (
        await session.execute(
            select(func.count())
            .select_from(messages.message)
            .where(
                messages.message.c.workspace_id == row["workspace_id"],
                messages.message.c.phone == row["phone"],
                messages.message.c.counted_at > NOON - timedelta(days=1),
            )
        )
    ).scalar_one()
    return consent == "given" and not stopped and sent < 5


async def startup(ctx: dict[str, Any]) -> None:
    """Open what jobs share."""
    ctx["engine"] = create_async_engine(os.environ["DATABASE_URL"], pool_size=10)
    ctx["sessions"] = async_sessionmaker(ctx["engine"])
    ctx["client"] = httpx.AsyncClient(base_url=os.environ["BENCH_SINK"], auth=(ACCOUNT_SID, AUTH_TOKEN), timeout=15)
    ctx["provider"] = os.environ["BENCH_PROVIDER"]


async def shutdown(ctx: dict[str, Any]) -> None:
    """Close it again."""
    await ctx["client"].aclose()
    await ctx["engine"].dispose()


class WorkerSettings:
    """arq as it comes: ten jobs at once, a poll every half second."""

    functions = (send_one,)
    on_startup = startup
    on_shutdown = shutdown
    queue_name = QUEUE
    redis_settings = RedisSettings.from_dsn(os.environ.get("REDIS_URL", "redis://localhost"))
