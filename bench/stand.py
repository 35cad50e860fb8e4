"""What do benchmarks stand on? Durable engines, a fresh database, a workspace with contacts who agreed, and a cheap carrier."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import asyncpg

from app.cli.processes import Processes, free_port, processes
from app.clock import new_id, new_ids
from app.embedded.engines import engines
from app.runtime import open_runtime
from app.settings import Settings
from app.storage import migrations
from app.usecases.context import Context
from app.usecases.materialise import materialise
from tests.databases import create_database, drop_database
from tests.factories import append_given
from tests.promises.seeding import CONSENT, CONTACTS, NUMBERS

ACCOUNT_SID = "AC" + "0" * 30 + "88"
AUTH_TOKEN = "bench-auth-token"  # noqa: S105
NUMBER = "+15005550006"
NOON = datetime(2026, 11, 24, 17, 30, tzinfo=UTC)
BODY = "Hi {{ first_name | default: 'there' }}, get 20% off at Blue Shop until Sunday. Reply STOP to opt out"
_FOLDER = Path(__file__).resolve().parents[1] / "var"


@contextmanager
def servers() -> Iterator[tuple[str, str]]:
    """The PostgreSQL and Redis under test: those of the environment, else embedded ones with fsync on."""
    given = Settings()
    if given.database_url and given.redis_url:
        yield given.database_url, given.redis_url
        return
    with engines(_FOLDER / "bench-engines") as started:
        yield started.database_url, started.redis_url


@dataclass(slots=True)
class Stand:
    """One database ready to be measured."""

    context: Context
    children: Processes
    settings: Settings
    workspace_id: UUID
    provider_id: UUID
    sender_id: UUID
    environment: dict[str, str]
    sink_port: int

    async def sql(self, statement: str, *arguments: object) -> int:
        """Execute; the rows touched."""
        async with self.context.db.transaction() as tx:
            return await tx.execute(statement, *arguments)

    async def value(self, statement: str, *arguments: object) -> object:
        """One value."""
        async with self.context.db.transaction() as tx:
            found: object = await tx.fetch_value(statement, *arguments)
            return found

    async def people(self, count: int) -> None:
        """Contacts with consent, and statistics that know of them."""
        phones = [f"+1212{2_000_000 + step}" for step in range(count)]
        before = NOON - timedelta(days=30)
        for start in range(0, count, 20_000):
            part = phones[start : start + 20_000]
            await self.sql(NUMBERS, self.workspace_id, part, before)
            await self.sql(CONTACTS, self.workspace_id, new_ids(len(part)), part, before)
            async with self.context.db.transaction() as tx:
                events = await append_given(tx, self.workspace_id, part, at=before)
            await self.sql(CONSENT, self.workspace_id, events, part, before)
        for table in ("number", "contact", "consent", "consent_event"):
            await self.sql(f"ANALYZE {table}")

    async def campaign(self) -> UUID:
        """A running campaign to everyone whose audience is still to be written."""
        template_id, audience_id, campaign_id = new_ids(3)
        now = self.context.clock.now()
        w = self.workspace_id
        await self.sql(
            "INSERT INTO template (workspace_id, id, name, channel, version, created_at, updated_at) "
            "VALUES ($1,$2,$3,'sms',1,$4,$4)",
            w,
            template_id,
            str(template_id),
            now,
        )
        await self.sql(
            "INSERT INTO template_version (workspace_id, template_id, version, body, created_at) VALUES ($1,$2,1,$3,$4)",
            w,
            template_id,
            BODY,
            now,
        )
        await self.sql(
            "INSERT INTO audience (workspace_id, id, name, rule, created_at, updated_at) VALUES ($1,$2,$3,'{}'::jsonb,$4,$4)",
            w,
            audience_id,
            str(audience_id),
            now,
        )
        await self.sql(
            "INSERT INTO campaign (workspace_id, id, name, state, channel, purpose, template_id, template_version, audience_id, "
            "rule, sender_id, launched_at, created_at, updated_at) "
            "VALUES ($1,$2,'bench','running','sms','marketing',$3,1,$4,'{}'::jsonb,$5,$6,$6,$6)",
            w,
            campaign_id,
            template_id,
            audience_id,
            self.sender_id,
            now,
        )
        await self.sql(
            "INSERT INTO campaign_lane (workspace_id, campaign_id, sender_id) VALUES ($1,$2,$3)", w, campaign_id, self.sender_id
        )
        await self.sql(
            "INSERT INTO materialisation (workspace_id, campaign_id, up_to_contact_id) VALUES ($1,$2,$3)",
            w,
            campaign_id,
            new_id(),
        )
        return campaign_id

    async def materialise(self, campaign_id: UUID) -> None:
        """Write the campaign's audience."""
        await materialise(self.context, workspace_id=self.workspace_id, campaign_id=campaign_id)

    async def hold(self, *, held: bool) -> None:
        """Hold the sender, or let it go."""
        until = datetime(2199, 1, 1, tzinfo=UTC) if held else None
        await self.sql("UPDATE sender SET held_until = $1", until)


async def _seed(context: Context, sink_port: int) -> tuple[UUID, UUID, UUID]:
    workspace_id, provider_id, sender_id = new_ids(3)
    now = context.clock.now()
    sealed = context.vault.seal({"account_sid": ACCOUNT_SID, "auth_token": AUTH_TOKEN}, row=provider_id)
    policy = json.dumps({"caps": [{"limit": 5, "window_seconds": 86_400}]})
    async with context.db.transaction() as tx:
        await tx.execute(
            "INSERT INTO workspace (id, name, policy, created_at, updated_at) VALUES ($1, 'bench', $2::text::jsonb, $3, $3)",
            workspace_id,
            policy,
            now,
        )
        await tx.execute(
            "INSERT INTO provider (workspace_id, id, kind, name, credentials, base_url, created_at, updated_at) "
            "VALUES ($1, $2, 'twilio', 'sink', $3, $4, $5, $5)",
            workspace_id,
            provider_id,
            sealed,
            f"http://127.0.0.1:{sink_port}",
            now,
        )
        await tx.execute(
            "INSERT INTO sender (workspace_id, id, provider_id, channel, kind, address, parts_per_second, created_at, "
            "updated_at) "
            "VALUES ($1, $2, $3, 'sms', 'toll_free', $4, 100000, $5, $5)",
            workspace_id,
            sender_id,
            provider_id,
            NUMBER,
            now,
        )
    return workspace_id, provider_id, sender_id


async def _until_listening(port: int) -> None:
    async with asyncio.timeout(20):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                return


@asynccontextmanager
async def stand(database_url: str, redis_url: str, *, name: str) -> AsyncIterator[Stand]:
    """A migrated database of its own, dropped afterwards, with the sink carrier running."""
    async with AsyncExitStack() as stack:
        url = await create_database(database_url, f"tactful_bench_{name}_{os.getpid()}")
        stack.push_async_callback(drop_database, database_url, f"tactful_bench_{name}_{os.getpid()}")
        await asyncio.to_thread(migrations.upgrade, url)
        settings = Settings(
            DATABASE_URL=url,
            REDIS_URL=redis_url,
            secret_key="22" * 32,
            clock_offset_seconds=(NOON - datetime.now(UTC)).total_seconds(),  # the offset itself
            allow_private_provider_urls=True,
            public_url=f"http://127.0.0.1:{free_port()}",
        )
        context = await stack.enter_async_context(open_runtime(settings, role="bench"))
        children = await stack.enter_async_context(processes(_FOLDER / "logs" / "bench"))
        sink_port = free_port()
        environment = {
            **os.environ,
            "DATABASE_URL": url,
            "REDIS_URL": redis_url,
            "TACTFUL_SECRET_KEY": "22" * 32,
            "TACTFUL_PUBLIC_URL": settings.public_url,
            "TACTFUL_PORT": settings.public_url.rpartition(":")[2],
            "TACTFUL_CLOCK_OFFSET_SECONDS": str(settings.clock_offset_seconds),
            "TACTFUL_ALLOW_PRIVATE_PROVIDER_URLS": "true",
        }
        await children.start("sink", ["bench.sink", str(sink_port)], environment)
        await _until_listening(sink_port)
        ids = await _seed(context, sink_port)
        yield Stand(context, children, settings, *ids, environment, sink_port)


async def driver(stand_: Stand) -> "asyncpg.Connection[asyncpg.Record]":
    """A bare connection to the stand's database, for bounds."""
    return await asyncpg.connect((stand_.settings.database_url or "").replace("+asyncpg", ""))
