"""Who carries a message with ways to fall back to, in a test? A carrier of RCS and SMS, and what can happen on its way."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, ClassVar

from app.domain.delivery import (
    Accepted,
    ErrorClass,
    Limits,
    Outbound,
    Outcome,
    Receipt,
    Refused,
    Request,
    Response,
    Safety,
    WebhookReading,
    WebhookRequest,
)
from app.domain.ids import decode_id
from app.domain.message import Channel, State
from app.ports import Account, CredentialField, Provider
from app.providers import _wire
from app.usecases.claim_group import claim_group
from app.usecases.context import Context
from app.usecases.dispatch_lane import dispatch_lane
from app.usecases.fall_back import fall_back_late
from app.usecases.hand_over import hand_over
from app.usecases.open_lane import open_lane
from app.usecases.record_receipts import Received, record_receipts
from app.usecases.sweep import sweep
from tests.factories import calling, make_key, make_workspace
from tests.shop import Shop
from tests.usecases.carrier_server import Answer, CarrierServer, Heard

PHONE = "+12125550142"
_ALL = (Channel.RCS, Channel.SMS, Channel.VOICE)


class Rails:
    """A carrier of RCS, SMS and calls that may be asked to take a message back."""

    kind: ClassVar[str] = "rails"
    title: ClassVar[str] = "Rails"
    channels: ClassVar[frozenset[Channel]] = frozenset(_ALL)
    default_base_url: ClassVar[str] = "https://rails.example"
    credential_fields: ClassVar[tuple[CredentialField, ...]] = ()
    error_codes: ClassVar[Mapping[str, ErrorClass]] = {
        "no_rcs": ErrorClass.CAPABILITY_MISSING,
        "stopped": ErrorClass.OPTED_OUT,
        "spam": ErrorClass.SPAM_FILTERED,
    }
    safety: ClassVar[Mapping[Channel, Safety]] = dict.fromkeys(_ALL, Safety.NONE)
    limits: ClassVar[Mapping[Channel, Limits]] = dict.fromkeys(_ALL, Limits(text=1_600))
    id_is_ours: ClassVar[bool] = False

    def __init__(self, account: Account) -> None:
        self._url = _wire.base_url(account, self.default_base_url)

    def build_request(self, outbound: Outbound) -> Request:
        return Request("POST", f"{self._url}/{outbound.channel}", {}, _wire.dump({"to": outbound.to, "text": outbound.body}))

    def read_response(self, response: Response) -> Outcome:
        said = _wire.json_object(response.body)
        code = said.get("code", "")
        return Refused(self.error_codes[code], code, "refused") if code else Accepted(said["id"])

    def read_webhook(self, request: WebhookRequest) -> WebhookReading:
        said = _wire.json_object(request.body)
        error = self.error_codes.get(said.get("code", ""))
        receipt = Receipt(
            event_key=f"{said['id']}:{said['state']}",
            raw_status=said["state"],
            state=State[said["state"]],
            provider_message_id=said["id"],
            error=error,
        )
        return WebhookReading(receipts=(receipt,))

    def build_cancel(self, provider_message_id: str, *, to: str, channel: Channel) -> Request | None:  # noqa: ARG002
        return Request("DELETE", f"{self._url}/{provider_message_id}", {}, b"") if channel is Channel.RCS else None

    def read_cancel(self, response: Response) -> bool:
        return bool(_wire.json_value(response.body)["revoked"])


@dataclass(slots=True)
class RailsCarrier:
    """What Rails answers: a code for RCS ("" takes it), and what to a revoke, by what status (0 loses the answer)."""

    rcs: str = ""
    revokes: bool = True
    says: int = 200
    odd: str = ""  # the message about whose revoke it says nothing a reader understands
    went: list[str] = field(default_factory=list)

    def answer(self, heard: Heard) -> Answer:
        channel = heard.path.strip("/")
        if channel not in _ALL:
            self.went.append("revoke")
            return self.says, [] if channel == self.odd else {"revoked": self.revokes}
        self.went.append(channel)
        return (
            (400, {"code": self.rcs}) if channel == "rcs" and self.rcs else (200, {"id": f"{channel}-{self.went.count(channel)}"})
        )


@dataclass(slots=True)
class RailsJourney:
    """One message with a plan, and what can happen to it."""

    shop: Shop
    message: dict[str, Any]
    provider: dict[str, Any]
    senders: list[str]

    def _at(self, seconds: float) -> Context:
        clock = type(self.shop.context.clock)(offset=timedelta(seconds=seconds))
        return replace(self.shop.context, clock=clock)

    async def work(self, seconds: float = 0) -> None:
        """Every lane works once, so much later."""
        for sender in self.senders:
            await dispatch_lane(self._at(seconds), workspace_id=self.shop.workspace_id, sender_id=decode_id("sender", sender))

    async def told_later(self, message_id: str, state: State, seconds: float) -> None:
        """The carrier says something so much later."""
        said = Receipt(event_key=f"{message_id}:{state}", raw_status=state.name, state=state, provider_message_id=message_id)
        context = self._at(seconds)
        received = Received(self.shop.workspace_id, decode_id("provider", self.provider["id"]), said)
        await record_receipts(context, [received], now=context.clock.now())

    async def leave_and_end(self) -> None:
        """A worker hands over by the first way, and ends before it writes down what came of it."""
        ids = {"workspace_id": self.shop.workspace_id, "sender_id": decode_id("sender", self.senders[0])}
        now = self.shop.context.clock.now()
        lane = await open_lane(self.shop.context, **ids, now=now)
        assert lane is not None
        claim = await claim_group(self.shop.context, lane, None, limit=10, parts=10, now=now)
        assert claim.group is not None and await hand_over(self.shop.context, lane, claim.group) is not None

    async def swept(self, seconds: float) -> None:
        """So much later, somebody looks for what would be forgotten."""
        assert await sweep(self._at(seconds))

    async def told(self, message_id: str, state: str, code: str = "") -> None:
        """The carrier says something."""
        path = self.provider["webhook_url"].split("/webhooks/")[1]
        answer = await self.shop.client.post(f"/webhooks/{path}", json={"id": message_id, "state": state, "code": code})
        assert answer.status_code == 200, answer.text

    async def later(self, seconds: float) -> int:
        """So much later, who is late moves on."""
        return await fall_back_late(self._at(seconds))

    async def state(self) -> tuple[str, int, bool]:
        """(state, hop, whether it may arrive twice)."""
        shown = (await self.shop.client.get(f"/v1/messages/{self.message['id']}")).json()["message"]
        return shown["state"], shown["hop"], shown["maybe_twice"]


@asynccontextmanager
async def rails_shop(context: Context) -> AsyncIterator[Shop]:
    """A shop where Rails is installed."""
    rails: dict[str, type[Provider]] = {"rails": Rails}
    ready = replace(context, provider_kinds={**context.provider_kinds, **rails})
    workspace_id = await make_workspace(ready)
    async with calling(ready, await make_key(ready, workspace_id)) as client:
        yield Shop(ready, client, workspace_id)


async def rails_senders(shop: Shop, server: CarrierServer) -> tuple[dict[str, Any], list[str]]:
    provider = await shop.provider(kind="rails", base_url=server.url, credentials={})
    agent = {"channel": "rcs", "kind": "messaging_service", "address": "agent-1"}
    line = {"channel": "sms", "kind": "long_code", "address": "+12125550100"}
    made = [await shop.sender(provider_id=provider["id"], parts_per_second=100, **fields) for fields in (agent, line)]
    return provider, [sender["id"] for sender in made]


def plan_body(senders: list[str], **fields: Any) -> dict[str, Any]:
    plan = [{"channel": "sms", "sender_id": senders[1], "after_seconds": 60}]
    ways = {"channel": "rcs", "sender_id": senders[0], "fallback": plan}
    return {"to": PHONE, "purpose": "transactional", "body": "Your order is ready.", **ways, **fields}


async def begun(shop: Shop, server: CarrierServer, **fields: Any) -> RailsJourney:
    provider, senders = await rails_senders(shop, server)
    journey = RailsJourney(shop, await shop.made("/v1/messages", plan_body(senders, **fields)), provider, senders)
    await journey.work()
    return journey
