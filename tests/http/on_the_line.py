"""What do tests of calls, taps and replays stand on? A shop with an account of a carrier that can do it all."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import httpx
import orjson

from app.clock import new_id
from app.domain.ids import decode_id, encode_id
from app.domain.message import State
from app.domain.reference import write_reference
from app.usecases.context import Context
from tests.factories import calling, make_key, make_message, make_workspace
from tests.http.talking_carrier import SECRET, TalkingCarrier, sign
from tests.shop import Shop

PHONE = "+12125550142"
ADDRESS = "+18885550100"


@dataclass(slots=True)
class Telephone:
    """One account of the carrier, one sender of it, and one message that has been submitted."""

    shop: Shop
    context: Context
    provider_id: UUID
    sender_id: UUID
    message_id: UUID

    @property
    def path(self) -> str:
        """Where the account's webhooks arrive."""
        return f"/webhooks/talking/{encode_id('provider', self.provider_id)}"

    @property
    def public_id(self) -> str:
        """The message's id as the API has it."""
        return encode_id("message", self.message_id)

    def reference(self, message_id: UUID | None = None, *, attempt: int = 1) -> str:
        """Our name of an attempt, or (attempt 0) of a batch."""
        return write_reference(
            self.context.reference_key, provider_id=self.provider_id, message_id=message_id or self.message_id, attempt=attempt
        )

    async def say(self, *, path: str | None = None, **said: Any) -> httpx.Response:
        """A signed webhook."""
        body = orjson.dumps(said)
        return await self.shop.client.post(path or self.path, content=body, headers={"X-Signature": sign(body)})

    def inbound(self, body: str, **fields: Any) -> dict[str, Any]:
        """What a person said, to our sender."""
        said = {"event_key": f"{new_id()}", "provider_message_id": "x", "from_number": PHONE, "to_address": ADDRESS}
        return {**said, "channel": "sms", "body": body, **fields}

    async def state(self) -> State:
        """Where the message stands."""
        return State(await self.shop.value("SELECT state FROM message WHERE id = $1", self.message_id))

    async def suppressions(self) -> list[tuple[str, str, str]]:
        """(reason, method, via) of what silences the number."""
        async with self.context.db.transaction() as tx:
            rows = await tx.fetch("SELECT reason, method, via FROM suppression WHERE phone = $1 ORDER BY reason", PHONE)
        return [(row["reason"], row["method"], row["via"]) for row in rows]

    def counted(self, outcome: str, kind: str = "talking") -> int:
        """How many webhooks came to an outcome."""
        shown = self.context.metrics.text().decode()
        wanted = f'tactful_webhooks_total{{kind="{kind}",outcome="{outcome}"}} '
        return int(float(next((line.removeprefix(wanted) for line in shown.splitlines() if line.startswith(wanted)), "0")))


@asynccontextmanager
async def telephone(context: Context, *, channel: str = "sms", base_url: str | None = None) -> AsyncIterator[Telephone]:
    """A customer with a message on a channel; its key may do anything."""
    context = replace(context, provider_kinds={**context.provider_kinds, "talking": TalkingCarrier})
    workspace_id = await make_workspace(context)
    async with calling(context, await make_key(context, workspace_id)) as client:
        shop = Shop(context, client, workspace_id)
        account = {"kind": "talking", "credentials": {"secret": SECRET}, **({"base_url": base_url} if base_url else {})}
        provider = await shop.provider(**account)
        sender = await shop.sender(provider_id=provider["id"], channel=channel, address=ADDRESS)
        await shop.people([PHONE])
        sender_id = decode_id("sender", sender["id"])
        message_id = await make_message(
            context, workspace_id, sender_id, PHONE, state=State.SUBMITTED, channel=channel, departed=True
        )
        yield Telephone(shop, context, decode_id("provider", provider["id"]), sender_id, message_id)
