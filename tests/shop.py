"""What does a customer set up before it can send? A carrier account, a sender, a template, an audience, a campaign, over HTTP."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import UUID

import httpx
import orjson

from app.clock import Clock, new_id, new_ids
from app.domain.ids import decode_id, encode_id
from app.domain.number import number_facts
from app.settings import Settings
from app.storage.reviews import add_review
from app.usecases.context import Context
from app.usecases.hold_marketing import hold_marketing
from app.usecases.materialise import materialise
from tests.factories import append_given

ACCOUNT_SID = "AC" + "0" * 31 + "7"
AUTH_TOKEN = "the-first-auth-token"
NOBODY = "0" * 26  # an id of nothing that exists

_CONTACT = """
INSERT INTO contact (workspace_id, id, phone, attributes, tags, provenance, created_at, updated_at)
VALUES ($1, $2, $3, $4::jsonb, $5, 'test', $6, $6)
"""
_NUMBER = """
INSERT INTO number (workspace_id, phone, region, kind, zones, created_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING
"""
_CONSENT = """
INSERT INTO consent (workspace_id, phone, channel, purpose, state, since, event_id)
VALUES ($1, $2, 'sms', 'marketing', 'given', $3, $4)
"""
_SUPPRESSION = """
INSERT INTO suppression (workspace_id, phone, reason, channel, scope, source, since) VALUES ($1, $2, $3, $4, $5, 'test', $6)
"""
DAYTIME = datetime(2026, 11, 24, 17, 30, tzinfo=UTC)
_names = count(1)


def pointers(answer: httpx.Response) -> list[str]:
    """Which fields a problem names."""
    return [error["pointer"] for error in answer.json()["errors"]]


def at_noon(settings: Settings) -> Settings:
    """The same settings with a clock that stands at noon in New York, on a Tuesday: open in every US zone but Hawaii's."""
    return settings.model_copy(update={"clock_offset_seconds": (DAYTIME - Clock().now()).total_seconds()})


def path_of(campaign: Mapping[str, Any], verb: str = "") -> str:
    """Where a campaign is reached, and a verb on it."""
    return f"/v1/campaigns/{campaign['id']}" + (f"/{verb}" if verb else "")


def id_of(campaign: Mapping[str, Any]) -> UUID:
    """A campaign's id inside."""
    return decode_id("campaign", campaign["id"])


@dataclass(slots=True)
class Shop:
    """One customer: its client holds a key that may do anything."""

    context: Context
    client: httpx.AsyncClient
    workspace_id: UUID

    async def made(self, path: str, body: dict[str, Any], **headers: str) -> dict[str, Any]:
        """POST what must succeed; the answer."""
        answer = await self.client.post(path, json=body, headers=headers)
        assert answer.is_success, answer.text
        return dict(answer.json())

    async def provider(self, **fields: Any) -> dict[str, Any]:
        """A Twilio account."""
        body = {
            "kind": "twilio",
            "name": f"account {next(_names)}",
            "credentials": {"account_sid": ACCOUNT_SID, "auth_token": AUTH_TOKEN},
        }
        return await self.made("/v1/providers", {**body, **fields})

    async def sender(self, **fields: Any) -> dict[str, Any]:
        """A toll-free sender on an account of its own."""
        provider_id = fields.pop("provider_id", None) or (await self.provider())["id"]
        body = {"provider_id": provider_id, "channel": "sms", "kind": "toll_free", "address": "+18885550100"}
        return await self.made("/v1/senders", {**body, **fields})

    async def rich_sender(self, **fields: Any) -> dict[str, Any]:
        """A sender of more than texts (of MMS unless it is said), on an account of a carrier that takes all of it."""
        hook = {"webhook_username": "tactful", "webhook_password": "a-webhook-password-0001"}
        secrets = {"api_key": "0" * 32 + "-00000000", **hook}
        account = await self.provider(kind="infobip", base_url="https://carrier.example", credentials=secrets)
        return await self.sender(provider_id=account["id"], **{"channel": "mms", **fields})

    async def template(self, body: str = "Hi {{ first_name }}, 20% off. Reply STOP to opt out", **fields: Any) -> dict[str, Any]:
        """An SMS template."""
        return await self.made("/v1/templates", {"name": f"template {next(_names)}", "body": body, **fields})

    async def audience(self, rule: dict[str, Any] | None = None) -> dict[str, Any]:
        """An audience; everyone without a rule."""
        return await self.made("/v1/audiences", {"name": f"audience {next(_names)}", "rule": rule or {}})

    async def draft(self, **fields: Any) -> dict[str, Any]:
        """What a campaign is made of: a request body, with a template, an audience and a sender of its own."""
        return {
            "name": "autumn",
            "template_id": fields.pop("template_id", None) or (await self.template())["id"],
            "audience_id": fields.pop("audience_id", None) or (await self.audience(fields.pop("rule", None)))["id"],
            "sender_id": fields.pop("sender_id", None) or (await self.sender())["id"],
            **fields,
        }

    async def campaign(self, **fields: Any) -> dict[str, Any]:
        """A draft campaign."""
        return await self.made("/v1/campaigns", await self.draft(**fields))

    async def launched(self, **fields: Any) -> dict[str, Any]:
        """A running campaign whose members all have their rows."""
        return await self.launch(await self.campaign(**fields))

    async def launch(self, campaign: Mapping[str, Any]) -> dict[str, Any]:
        """Launch a draft and write all its members' rows."""
        running = await self.made(path_of(campaign, "launch"), {})
        await materialise(self.context, workspace_id=self.workspace_id, campaign_id=id_of(campaign))
        return running

    async def finish(self, campaign: Mapping[str, Any]) -> None:
        """As if every message had been delivered and the sweep had closed the books."""
        campaign_id = id_of(campaign)
        await self.execute("UPDATE message SET state = 80 WHERE campaign_id = $1 AND state < 45", campaign_id)
        await self.execute("UPDATE campaign SET state = 'completed', finished_at = now() WHERE id = $1", campaign_id)

    async def suppress(self, phone: str, *, reason: str = "opt_out", channel: str = "", scope: str = "marketing") -> None:
        """A suppression of a number that has a row."""
        now = self.context.clock.now()
        await self.execute(_SUPPRESSION, self.workspace_id, phone, reason, channel, scope, now)

    async def people(
        self, phones: Sequence[str], *, consent: bool = True, tags: Sequence[str] = (), **attributes: Any
    ) -> list[UUID]:
        """Contacts with these attributes, consenting unless told otherwise; their ids."""
        ids, now = new_ids(len(phones)), self.context.clock.now()
        async with self.context.db.transaction() as tx:
            for contact_id, phone in zip(ids, phones, strict=True):
                number = number_facts(phone)
                await tx.execute(_NUMBER, self.workspace_id, phone, number.region, number.kind, list(number.zones), now)
                given = orjson.dumps(attributes).decode()
                await tx.execute(_CONTACT, self.workspace_id, contact_id, phone, given, list(tags), now)
                if consent:
                    await append_given(tx, self.workspace_id, [phone], at=now, ids=[contact_id])
                    await tx.execute(_CONSENT, self.workspace_id, phone, now, contact_id)
        return ids

    async def review(self, phone: str = "+12125550142", *, kind: str = "review") -> dict[str, Any]:
        """A reply that waits for somebody to read it, from a number that has a row."""
        review_id = new_id()
        async with self.context.db.transaction() as tx:
            now = self.context.clock.now()
            await hold_marketing(tx, workspace_id=self.workspace_id, phone=phone, reason=kind, source="test", now=now)
            await add_review(
                tx, workspace_id=self.workspace_id, review_id=review_id, phone=phone, inbound_id=None, kind=kind, now=now
            )
        return {"id": encode_id("review", review_id)}

    async def value(self, sql: str, *arguments: object) -> Any:
        """The first column of the first row, straight from the database."""
        async with self.context.db.transaction() as tx:
            return await tx.fetch_value(sql, *arguments)

    async def execute(self, sql: str, *arguments: object) -> int:
        """Rows touched by a statement, straight at the database."""
        async with self.context.db.transaction() as tx:
            return await tx.execute(sql, *arguments)
