"""Where do the tests of yes and no stand? A workspace, its API, and a look into its tables."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx

from app.usecases.context import Context
from tests.factories import WRITTEN

PHONE = "+14155552671"
EARLIER = "2026-01-05T12:00:00Z"
PROOF: dict[str, Any] = {
    "phone": PHONE,
    "method": "web_form",
    "evidence": {"wording": WRITTEN, "url": "https://shop.example/join"},
}
CLAIM: dict[str, Any] = {"phone": PHONE, "method": "subscribe", "evidence": {"source": "crm"}}


@dataclass(slots=True)
class Desk:
    """A workspace, its API and a look into its tables."""

    context: Context
    workspace_id: UUID
    api: httpx.AsyncClient

    async def opt_in(self, given: dict[str, Any] = PROOF, **fields: Any) -> dict[str, Any]:
        answer = await self.api.post("/v1/opt-ins", json={"occurred_at": self.ago(0), **given, **fields})
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def opt_out(self, **fields: Any) -> dict[str, Any]:
        answer = await self.api.post("/v1/opt-outs", json={"phone": PHONE, "method": "email", **fields})
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def consents(self, phone: str = PHONE) -> dict[str, Any]:
        answer = await self.api.get("/v1/consents", params={"phone": phone})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def states(self, purpose: str = "marketing", topic: str = "") -> dict[str, str]:
        """Channel -> state."""
        found = (await self.consents())["consents"]
        return {row["channel"]: row["state"] for row in found if (row["purpose"], row["topic"]) == (purpose, topic)}

    async def silences(self) -> list[tuple[str | None, str]]:
        """(channel, scope) of each opt-out that stands."""
        return [(row["channel"], row["scope"]) for row in (await self.consents())["suppressions"]]

    async def messages(self, ids: list[UUID]) -> list[tuple[int, str, bool, bool]]:
        """(state, reason, leased, counted) of each."""
        async with self.context.db.transaction() as tx:
            found = await tx.fetch("SELECT id, state, reason, lease_id, counted_at FROM message")
        rows = {row["id"]: row for row in found}
        return [
            (rows[each]["state"], rows[each]["reason"], rows[each]["lease_id"] is not None, rows[each]["counted_at"] is not None)
            for each in ids
        ]

    async def execute(self, sql: str, *arguments: object) -> None:
        async with self.context.db.transaction() as tx:
            await tx.execute(sql, *arguments)

    def ago(self, minutes: float) -> str:
        """An instant so many minutes back (or ahead)."""
        return (self.context.clock.now() - timedelta(minutes=minutes)).isoformat()
