"""What do invented requests meet? A running API with a worker and a simulated carrier, and a workspace with some of all."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from app.cli.processes import Processes, free_port, processes
from app.domain.proof import EVIDENCE_NEEDED
from app.embedded.engines import engines
from app.runtime import open_runtime
from app.settings import Settings
from app.storage import migrations
from app.usecases.api_keys import create_first_key
from app.usecases.workspaces import create_workspace
from tests.databases import create_database, drop_database
from tests.factories import WRITTEN

_FOLDER = Path(__file__).resolve().parents[2] / "var"
_ACCOUNT = {"account_sid": "AC" + "0" * 30 + "99", "auth_token": "fuzz-auth-token"}
_NUMBER = "+15005550006"
_NOON = datetime(2026, 11, 24, 17, 30, tzinfo=UTC)  # open everywhere in the United States but in Hawaii
_SECRET = "33" * 32
# What a schema cannot say: random values for these would hardly ever be taken.
_VALUES: dict[str, list[Any]] = {
    "credentials": [_ACCOUNT],
    "evidence": [{field: "given" for methods in EVIDENCE_NEEDED.values() for group in methods for field in group}],
    "rule": [{}, {"tag": "vip"}, {"any": [{"country": ["US", "CA"]}, {"attribute": "visits", "op": "gte", "value": 3}]}],
    "body": [
        "Hi {{ first_name | default: 'there' }}, 20% off",
        "Hi {{ first_name }}",
        "\u201cGr\u00fc\u00dfe\u201d {{ a | upcase }}",
    ],
    "occurred_at": ["2026-11-01T12:00:00Z"],
    "expires_at": ["2027-11-01T12:00:00Z", None],
    "scheduled_at": ["2026-12-24T18:00:00+01:00"],
    "not_after": ["2026-12-31T23:00:00Z"],
    "at": ["2026-11-25T03:00:00-05:00"],
    "default_region": ["US"],
}
_CSV = "phone,first_name,visits:number,tags\n+12125550190,Maya,3,vip\nnot a number,Leo,x,\n+12125550191,Ida,1,vip;new\n"


@dataclass(frozen=True, slots=True)
class Ground:
    """Everything running. `known` has existing values by the name of the parameter or field they fit."""

    url: str
    api_key: str
    known: dict[str, list[Any]]
    children: Processes
    logs: Path


@contextmanager
def servers() -> Iterator[tuple[str, str]]:
    """PostgreSQL and Redis: those of the environment, else embedded ones."""
    given = Settings()
    if given.database_url and given.redis_url:
        yield given.database_url, given.redis_url
        return
    with engines(_FOLDER / "fuzz-engines", durable=False) as started:
        yield given.database_url or started.database_url, given.redis_url or started.redis_url


@asynccontextmanager
async def ground() -> AsyncIterator[Ground]:
    """Start everything over a database of its own, fill it, and leave nothing behind."""
    async with AsyncExitStack() as stack:
        database_url, redis_url = stack.enter_context(servers())
        name = f"tactful_fuzz_{os.getpid()}"
        url = await create_database(database_url, name)
        stack.push_async_callback(drop_database, database_url, name)
        await asyncio.to_thread(migrations.upgrade, url)
        settings = Settings(
            DATABASE_URL=url,
            REDIS_URL=redis_url,
            secret_key=_SECRET,
            clock_offset_seconds=(_NOON - datetime.now(UTC)).total_seconds(),
            public_url=f"http://127.0.0.1:{free_port()}",
        )
        key = await _first_key(settings)
        logs = _FOLDER / "logs" / "fuzz"
        children = await stack.enter_async_context(processes(logs))
        simulator = f"http://127.0.0.1:{free_port()}"
        await _start(children, settings, simulator)
        headers = {"Authorization": f"Bearer {key}"}
        async with httpx.AsyncClient(base_url=settings.public_url, headers=headers, timeout=30) as client:
            known = await _Gardener(client, simulator).fill()
        yield Ground(settings.public_url, key, known, children, logs)


async def _first_key(settings: Settings) -> str:
    async with open_runtime(settings, role="fuzz") as context, context.db.transaction() as tx:
        now = context.clock.now()
        workspace_id = await create_workspace(tx, name="Fuzz", now=now)
        return await create_first_key(tx, workspace_id=workspace_id, name="fuzz", now=now)


async def _start(children: Processes, settings: Settings, simulator: str) -> None:
    environment = {
        **os.environ,
        "DATABASE_URL": settings.database_url or "",
        "REDIS_URL": settings.redis_url or "",
        "TACTFUL_SECRET_KEY": _SECRET,
        "TACTFUL_PUBLIC_URL": settings.public_url,
        "TACTFUL_HOST": "127.0.0.1",
        "TACTFUL_PORT": settings.public_url.rpartition(":")[2],
        "TACTFUL_CLOCK_OFFSET_SECONDS": str(settings.clock_offset_seconds),
        "TACTFUL_ALLOW_PRIVATE_PROVIDER_URLS": "true",
        "TACTFUL_HANDOVER_TIMEOUT_SECONDS": "2",
        "TACTFUL_LEASE_SECONDS": "6",
    }
    config = {"accounts": {_ACCOUNT["account_sid"]: _ACCOUNT["auth_token"]}, "senders": [_NUMBER]}
    port = simulator.rpartition(":")[2]
    await children.start("simulator", ["app.simulator", "--port", port, "--config", json.dumps(config)], environment)
    await children.start("api", ["app", "serve"], environment)
    await children.start("worker", ["app", "worker"], environment)
    await children.until_answering(f"{simulator}/admin/summary")
    await children.until_answering(f"{settings.public_url}/health/ready")


class _Gardener:
    """Fills a workspace over its own API, and remembers what there is."""

    def __init__(self, client: httpx.AsyncClient, simulator: str) -> None:
        self._client = client
        self._simulator = simulator
        self._known: dict[str, list[Any]] = {}

    async def fill(self) -> dict[str, list[Any]]:
        """What exists afterwards, by parameter name."""
        await self._people()
        await self._carrier()
        await self._texts()
        await self._campaigns()
        await self._messages_and_imports()
        key = await self._post("/v1/api-keys", {"name": "to be revoked", "scopes": ["messages:write"]})
        self._keep("key_id", key["id"])
        closed = {"kind": "closed_day", "region": "US-LA", "source": "a proclamation", "valid_from": "2030-01-02"}
        self._keep("row_id", (await self._post("/v1/rules/rows", {"rows": [closed]}))["rows"][0]["id"])
        return {**self._known, **_VALUES}

    def _keep(self, name: str, value: Any) -> None:
        self._known.setdefault(name, []).append(value)

    async def _post(self, path: str, body: Any) -> dict[str, Any]:
        answer = await self._client.post(path, json=body)
        assert answer.is_success, (path, answer.status_code, answer.text)
        return dict(answer.json())

    async def _people(self) -> None:
        for number in range(20):
            phone = f"+1212555{1000 + number}"
            attributes = {"first_name": f"Person {number}", "visits": number, "member": number % 2 == 0}
            body = {"phone": phone, "attributes": attributes, "tags": ["vip"] if number % 3 else [], "locale": "en-US"}
            contact = await self._post("/v1/contacts", body)
            self._keep("contact_id", contact["id"])
            self._keep("phone", phone)
            await self._post(
                "/v1/opt-ins",
                {
                    "phone": phone,
                    "method": "web_form",
                    "evidence": {"wording": WRITTEN, "seller": "Shop", "url": "https://shop.example/join", "ip": "192.0.2.7"},
                    "occurred_at": (_NOON - timedelta(days=30)).isoformat(),
                },
            )
        await self._post("/v1/opt-outs", {"phone": self._known["phone"][-1]})
        for number in range(12):  # whom an erasure may take, so that everybody else stays to be asked about
            phone = f"+1646555{1000 + number}"
            contact = await self._post("/v1/contacts", {"phone": phone, "attributes": {"first_name": "Parting"}})
            self._keep("parting_contact_id", contact["id"])
            self._keep("parting_phone", phone)

    async def _carrier(self) -> None:
        body = {"kind": "twilio", "name": "simulated", "credentials": _ACCOUNT, "base_url": self._simulator}
        provider = await self._post("/v1/providers", body)
        self._keep("provider_id", provider["id"])
        sender = {"provider_id": provider["id"], "channel": "sms", "kind": "toll_free", "address": _NUMBER}
        self._keep("sender_id", (await self._post("/v1/senders", {**sender, "parts_per_second": 100}))["id"])

    async def _texts(self) -> None:
        body = "Hello {{ first_name | default: 'you' }}, 20% off. Reply STOP to opt out"
        for number in range(3):
            template = await self._post("/v1/templates", {"name": f"text {number}", "body": body})
            await self._post(f"/v1/templates/{template['id']}/versions", {"body": body + "."})
            self._keep("template_id", template["id"])
        for number, rule in enumerate(({}, {"tag": "vip"}, {"attribute": "visits", "op": "gte", "value": 10})):
            self._keep("audience_id", (await self._post("/v1/audiences", {"name": f"people {number}", "rule": rule}))["id"])
        self._known["version"] = self._known["template_version"] = [1, 2]

    async def _campaigns(self) -> None:
        """Some in every state: drafts for the most part, because they are used up."""
        later = (_NOON + timedelta(days=30)).isoformat()
        moves = [*([None] * 12), "schedule", "schedule", "launch", "launch", "pause", "cancel"]
        for number, move in enumerate(moves):
            names = {
                name: self._known[name][number % len(self._known[name])] for name in ("template_id", "audience_id", "sender_id")
            }
            campaign = await self._post("/v1/campaigns", {"name": f"campaign {number}", **names})
            path = f"/v1/campaigns/{campaign['id']}"
            if move == "schedule":
                await self._post(f"{path}/schedule", {"scheduled_at": later})
            elif move is not None:
                await self._post(f"{path}/launch", {})
            if move in {"pause", "cancel"}:
                await self._client.post(f"{path}/{move}", json={})  # may be over already: then it is a completed one
            self._keep("campaign_id", campaign["id"])

    async def _messages_and_imports(self) -> None:
        sender_id = self._known["sender_id"][0]
        for phone in self._known["phone"][:6]:
            body = {"to": phone, "purpose": "transactional", "sender_id": sender_id, "body": "Your order is ready."}
            self._keep("message_id", (await self._post("/v1/messages", body))["id"])
        for dry_run in ("true", "false"):
            headers = {"Content-Type": "text/csv"}
            answer = await self._client.post("/v1/imports", params={"dry_run": dry_run}, content=_CSV, headers=headers)
            assert answer.is_success, answer.text
            self._keep("import_id", answer.json()["id"])
        self._known["to"] = [*self._known["phone"], "+12125551900"]
