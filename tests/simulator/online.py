"""How do the service and a carrier reach each other? Over loopback: the API is served where the carrier's webhooks go."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import httpx
import uvicorn

from app.clock import Clock
from app.domain.ids import decode_id
from app.domain.message import State
from app.runtime import open_runtime
from app.settings import Settings
from app.usecases.audit_books import Books, audit_books
from app.usecases.context import Context
from app.usecases.dispatch_lane import dispatch_lane
from app.usecases.sweep import sweep
from tests.factories import app_over, make_key, make_workspace
from tests.shop import Shop, at_noon, id_of, path_of
from tests.simulator.running import SENDER, Carrier, carrier, stop

_REST = 0.02  # seconds a sender rests that failed


@dataclass(slots=True)
class Journey:
    """A customer whose carrier is the simulator, both really online. It is noon in New York for both."""

    shop: Shop
    running: Carrier

    async def account(self, kind: str, **credentials: str) -> dict[str, Any]:
        """An account at the carrier, which answers keywords itself."""
        fields = {"kind": kind, "base_url": self.running.url, "opt_out_replies": "carrier"}
        return await self.shop.provider(credentials=credentials, **fields)

    def later(self, seconds: float) -> Context:
        """The service so much later."""
        offset = timedelta(seconds=self.shop.context.settings.clock_offset_seconds + seconds)
        return replace(self.shop.context, clock=Clock(offset))

    async def work(self, *sender_ids: str, after: float = 0) -> None:
        """The senders' lanes are worked until nothing waits in them, and what the carrier has to tell is heard. `after` seconds.

        In rounds: a sender whose answers get lost rests, and its next message goes alone, to see.
        """
        context, workspace_id = self.later(after), self.shop.workspace_id
        async with asyncio.timeout(40):
            while True:
                for sender_id in sender_ids:
                    await dispatch_lane(context, workspace_id=workspace_id, sender_id=decode_id("sender", sender_id))
                await self.running.quiet()
                await sweep(context)  # also for receipts that crossed with the answers they belong to
                if not await self.shop.value("SELECT count(*) FROM message WHERE state < $1", State.UNKNOWN):
                    return
                await asyncio.sleep(_REST)

    async def message(self, message_id: str) -> dict[str, Any]:
        """A message with its attempts, receipts and replies."""
        answer = await self.shop.client.get(f"/v1/messages/{message_id}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def closed(self, campaign: dict[str, Any]) -> Books:
        """The audit of a campaign that has ended."""
        await sweep(self.shop.context)
        shown = (await self.shop.client.get(path_of(campaign))).json()
        assert shown["state"] == "completed", shown
        return await audit_books(self.shop.context.db, workspace_id=self.shop.workspace_id, campaign_id=id_of(campaign))

    async def taken(self) -> list[dict[str, Any]]:
        """What the carrier took, in that order."""
        return list((await self.running.client.get("/admin/messages")).json()["messages"])

    async def say(self, person: str, sender: str, body: str, account: str) -> None:
        """A person writes to a sender."""
        said = {"from": person, "to": sender, "body": body, "account": account}
        answer = await self.running.client.post("/admin/inbound", json=said)
        assert answer.status_code == 200, answer.text
        await self.running.quiet()

    async def silenced(self) -> list[tuple[str, str, str]]:
        """(phone, reason, method) of every number that is silenced."""
        async with self.shop.context.db.transaction() as tx:
            rows = await tx.fetch("SELECT phone, reason, method FROM suppression ORDER BY phone")
        return [(row["phone"], row["reason"], row["method"]) for row in rows]


@asynccontextmanager
async def online(settings: Settings, *, senders: Sequence[str] = (SENDER,), **config: Any) -> AsyncIterator[Journey]:
    """Serve both; `config` is the carrier's."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        reachable = at_noon(settings).model_copy(update={"public_url": url, "breaker_rest_seconds": _REST})
        async with (
            open_runtime(reachable, role="test") as context,
            carrier(senders=senders, clock_offset_seconds=reachable.clock_offset_seconds, **config) as running,
        ):
            server = uvicorn.Server(uvicorn.Config(app_over(context), lifespan="off", ws="none", log_level="warning"))
            serving = asyncio.create_task(server.serve(sockets=[listening]))
            workspace_id = await make_workspace(context)
            key = await make_key(context, workspace_id)
            headers = {"Authorization": f"Bearer {key}"}
            try:
                async with httpx.AsyncClient(base_url=url, headers=headers, timeout=20) as client:
                    yield Journey(Shop(context, client, workspace_id), running)
            finally:
                await stop(server, serving)
