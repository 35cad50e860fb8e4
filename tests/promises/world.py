"""What stands around a promise? Consenting contacts, a simulated carrier, the API and workers as real processes."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from app.cli.processes import Processes, free_port, processes
from app.clock import new_id, new_ids
from app.domain.ids import encode_id
from app.settings import Settings
from app.usecases.claim_group import Group, claim_group
from app.usecases.context import Context
from app.usecases.hand_over import hand_over
from app.usecases.materialise import materialise
from app.usecases.open_lane import Lane, open_content, open_lane
from tests.factories import append_given
from tests.promises.seeding import ACCOUNT_SID, AUTH_TOKEN, CONSENT, CONTACTS, DAYTIME, KEY, NUMBERS, seed


def numbers(count: int, *, start: int = 0) -> list[str]:
    """Distinct fictional New York numbers."""
    return [f"+1212555{1000 + start + step:04d}" if start + step < 9000 else f"+1646{start + step:07d}" for step in range(count)]


async def wait_until(check: Callable[[], Awaitable[Any]], *, seconds: float = 40.0, what: str = "the condition") -> Any:
    """Poll until `check` gives something true, and return it. Fails with `what` when it never does."""
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        found = await check()
        if found:
            return found
        if asyncio.get_running_loop().time() > deadline:
            raise AssertionError(f"waited {seconds:.0f} s for {what}")
        await asyncio.sleep(0.03)


@dataclass(slots=True)
class World:
    """One test's surroundings. Ids are UUIDs; `client` speaks to the API with a key that may do anything."""

    context: Context
    children: Processes
    simulator: str
    url: str
    client: httpx.AsyncClient
    workspace_id: UUID
    provider_id: UUID
    sender_id: UUID
    environment: dict[str, str]
    started: int = 0
    addresses: list[str] = field(default_factory=lambda: ["+15005550006"])

    async def people(self, phones: Sequence[str], *, consent: bool = True) -> None:
        """Contacts of these numbers, consenting to marketing by SMS unless told otherwise."""
        before = DAYTIME - timedelta(days=30)
        async with self.context.db.transaction() as tx:
            await tx.execute(NUMBERS, self.workspace_id, list(phones), before)
            await tx.execute(CONTACTS, self.workspace_id, new_ids(len(phones)), list(phones), before)
            if consent:
                events = await append_given(tx, self.workspace_id, phones, at=before)
                await tx.execute(CONSENT, self.workspace_id, events, list(phones), before)

    async def campaign(self, **fields: Any) -> UUID:
        """A draft campaign to everyone; `fields` override (caps, not_after, purpose)."""
        template_id, audience_id, campaign_id = new_ids(3)
        now = self.context.clock.now()
        body = fields.pop("body", "Hello {{ first_name }}, 20% off. Reply STOP to opt out")
        async with self.context.db.transaction() as tx:
            await tx.execute(
                "INSERT INTO template (workspace_id, id, name, channel, version, created_at, updated_at) "
                "VALUES ($1, $2, $3, 'sms', 1, $4, $4)",
                self.workspace_id,
                template_id,
                str(template_id),
                now,
            )
            await tx.execute(
                "INSERT INTO template_version (workspace_id, template_id, version, body, created_at) VALUES ($1, $2, 1, $3, $4)",
                self.workspace_id,
                template_id,
                body,
                now,
            )
            await tx.execute(
                "INSERT INTO audience (workspace_id, id, name, rule, created_at, updated_at) "
                "VALUES ($1, $2, $3, $4::text::jsonb, $5, $5)",
                self.workspace_id,
                audience_id,
                str(audience_id),
                json.dumps(fields.pop("rule", {"all": []})),
                now,
            )
            await tx.execute(
                "INSERT INTO campaign (workspace_id, id, name, state, channel, purpose, template_id, template_version, "
                "audience_id, sender_id, caps, not_after, created_at, updated_at) "
                "VALUES ($1, $2, 'test', 'draft', 'sms', $3, $4, 1, $5, $6, $7::text::jsonb, $8, $9, $9)",
                self.workspace_id,
                campaign_id,
                fields.pop("purpose", "marketing"),
                template_id,
                audience_id,
                fields.pop("sender_id", self.sender_id),
                json.dumps(fields.pop("caps", [])),
                fields.pop("not_after", None),
                now,
            )
        assert not fields, f"unknown fields {fields}"
        return campaign_id

    async def sender(self, *, rate: float) -> UUID:
        """Another sender of the same account, on a number of its own."""
        sender_id = new_id()
        address = f"+1500555{9000 + int(sender_id.int % 900):04d}"
        async with self.context.db.transaction() as tx:
            await tx.execute(
                "INSERT INTO sender (workspace_id, id, provider_id, channel, kind, address, parts_per_second, created_at, "
                "updated_at) "
                "VALUES ($1, $2, $3, 'sms', 'long_code', $4, $5, $6, $6)",
                self.workspace_id,
                sender_id,
                self.provider_id,
                address,
                rate,
                self.context.clock.now(),
            )
        self.addresses.append(address)
        await self.configure(senders=self.addresses)
        return sender_id

    async def post(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """POST as the customer."""
        return await self.client.post(path, json=body if body is not None else {}, headers=headers)

    async def launch(self, campaign_id: UUID) -> None:
        """Launch over HTTP."""
        answer = await self.post(f"/v1/campaigns/{encode_id('campaign', campaign_id)}/launch")
        assert answer.status_code == 202, answer.text

    async def try_launch(self, campaign_id: UUID, *, key: str | None = None) -> int:
        """The status a launch request gets."""
        headers = {"Idempotency-Key": key} if key else {}
        return (await self.post(f"/v1/campaigns/{encode_id('campaign', campaign_id)}/launch", **headers)).status_code

    async def act(self, campaign_id: UUID, verb: str) -> httpx.Response:
        """Pause, resume or cancel over HTTP."""
        return await self.post(f"/v1/campaigns/{encode_id('campaign', campaign_id)}/{verb}")

    async def materialise(self, campaign_id: UUID) -> None:
        """Write the audience's rows in this process, so that a test decides when workers come."""
        await materialise(self.context, workspace_id=self.workspace_id, campaign_id=campaign_id)

    async def claim_and_vanish(self, campaign_id: UUID, *, limit: int) -> int:
        """Claim as a worker does, then do nothing more, as one killed at that instant; how many were claimed."""
        group = (await self._claim(campaign_id, limit))[1]
        return len(group.members)

    async def hand_over_and_vanish(self, campaign_id: UUID, *, limit: int) -> int:
        """Claim and hand over as a worker does, and die before recording; how many went."""
        lane, group = await self._claim(campaign_id, limit)
        departed = await hand_over(self.context, lane, group)
        assert departed is not None
        return len(departed.outcomes)

    async def _claim(self, campaign_id: UUID, limit: int) -> tuple[Lane, Group]:
        now = self.context.clock.now()
        lane = await open_lane(self.context, workspace_id=self.workspace_id, sender_id=self.sender_id, now=now)
        assert lane is not None
        content = await open_content(self.context, lane, campaign_id)
        claim = await claim_group(self.context, lane, content, limit=limit, parts=10_000, now=now)
        assert claim.group is not None
        return lane, claim.group

    async def say(self, phone: str, text: str) -> None:
        """The person of this number writes to us."""
        async with httpx.AsyncClient(timeout=30) as outside:
            body = {"from": phone, "to": "+15005550006", "body": text}
            answer = await outside.post(f"{self.simulator}/admin/inbound", json=body)
            assert answer.is_success, answer.text

    async def workers(self, count: int = 1, **environment: str) -> list[str]:
        """Start worker processes; their names."""
        names = []
        for _ in range(count):
            self.started += 1
            names.append(f"worker-{self.started}")
            await self.children.start(names[-1], ["app", "worker"], {**self.environment, **environment})
        return names

    def kill(self, name: str) -> None:
        """SIGKILL one child: no goodbye, no cleaning up."""
        os.kill(self.children.pid(name), signal.SIGKILL)
        self.children.forget(name)

    async def configure(self, **config: Any) -> None:
        """Change how the carrier behaves."""
        async with httpx.AsyncClient(timeout=30) as outside:
            answer = await outside.put(f"{self.simulator}/admin/config", json=config)
            assert answer.is_success, answer.text

    async def received(self) -> list[dict[str, Any]]:
        """Every message the carrier accepted."""
        found: list[dict[str, Any]] = []
        cursor: str | None = None
        async with httpx.AsyncClient(timeout=30) as outside:
            while True:
                query: dict[str, str | int] = {"limit": 1000, **({"cursor": cursor} if cursor else {})}
                page = (await outside.get(f"{self.simulator}/admin/messages", params=query)).json()
                found += page["messages"]
                cursor = page.get("next_cursor")
                if not cursor:
                    return found

    async def states(self, campaign_id: UUID) -> dict[int, int]:
        """Messages of a campaign by state, counted from the rows."""
        async with self.context.db.transaction() as tx:
            rows = await tx.fetch("SELECT state, count(*) AS n FROM message WHERE campaign_id = $1 GROUP BY 1", campaign_id)
        return {row["state"]: row["n"] for row in rows}

    async def value(self, sql: str, *arguments: Any) -> Any:
        """One value from the database."""
        async with self.context.db.transaction() as tx:
            return await tx.fetch_value(sql, *arguments)

    async def handed_over(self, least: int) -> None:
        """Wait until so many attempts are recorded."""
        await wait_until(lambda: self.value("SELECT count(*) >= $1 FROM attempt", least), what=f"{least} attempts to be recorded")

    async def closed(self, campaign_id: UUID, *, seconds: float = 60.0) -> dict[int, int]:
        """Wait until the campaign has finished; its messages by state."""
        await wait_until(
            lambda: self.value("SELECT finished_at FROM campaign WHERE id = $1", campaign_id),
            seconds=seconds,
            what=f"campaign to finish; states {await self.states(campaign_id)}",
        )
        return await self.states(campaign_id)


@asynccontextmanager
async def world(context: Context, settings: Settings, folder: Path, **config: Any) -> AsyncIterator[World]:
    """The API and the carrier running; workers are started by the test. Everything ends with the block."""
    async with processes(folder / "logs") as children:
        simulator_port = free_port()
        simulator = f"http://127.0.0.1:{simulator_port}"
        workspace_id, provider_id, sender_id = await seed(context, simulator)
        environment = {
            **os.environ,
            "DATABASE_URL": settings.database_url or "",
            "REDIS_URL": settings.redis_url or "",
            "TACTFUL_SECRET_KEY": "11" * 32,
            "TACTFUL_PUBLIC_URL": settings.public_url,
            "TACTFUL_PORT": settings.public_url.rpartition(":")[2],
            "TACTFUL_CLOCK_OFFSET_SECONDS": str(settings.clock_offset_seconds),
            "TACTFUL_ALLOW_PRIVATE_PROVIDER_URLS": "true",
            "TACTFUL_HANDOVER_TIMEOUT_SECONDS": "2",
            "TACTFUL_LEASE_SECONDS": "4",
            "TACTFUL_RECEIPT_WAIT_HOURS": str(settings.receipt_wait_hours),
            "TACTFUL_SWEEP_SECONDS": "0.3",
            "TACTFUL_DATABASE_POOL": "8",
        }
        config = {
            "accounts": {ACCOUNT_SID: AUTH_TOKEN},
            "senders": ["+15005550006"],
            "managed_opt_out": False,
            "inbound_url": f"{settings.public_url}/webhooks/twilio/{encode_id('provider', provider_id)}",
            **config,
        }
        await children.start(
            "simulator", ["app.simulator", "--port", str(simulator_port), "--config", json.dumps(config)], environment
        )
        await children.start("api", ["app", "serve"], environment)
        await children.until_answering(f"{simulator}/admin/summary")
        await children.until_answering(f"{settings.public_url}/health/ready")
        async with httpx.AsyncClient(
            base_url=settings.public_url, headers={"Authorization": f"Bearer {KEY}"}, timeout=30
        ) as client:
            yield World(
                context=context,
                children=children,
                simulator=simulator,
                url=settings.public_url,
                client=client,
                workspace_id=workspace_id,
                provider_id=provider_id,
                sender_id=sender_id,
                environment=environment,
            )
