"""Does a message find another way? RCS fails or is silent, SMS follows; never two knowingly, and it says where it may be."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, ClassVar

import pytest

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
from app.usecases.context import Context
from app.usecases.dispatch_lane import dispatch_lane
from app.usecases.fall_back import fall_back_late
from tests.factories import calling, make_key, make_workspace
from tests.shop import Shop, pointers
from tests.usecases.carrier_server import Answer, CarrierServer, Heard, carrier_server

_PHONE = "+12125550142"
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
        return _wire.json_object(response.body).get("revoked") is True


@dataclass(slots=True)
class _Carrier:
    """What Rails answers: a code for RCS ("" takes it), and whether it takes messages back."""

    rcs: str = ""
    revokes: bool = True
    went: list[str] = field(default_factory=list)

    def answer(self, heard: Heard) -> Answer:
        channel = heard.path.strip("/")
        if channel not in _ALL:
            self.went.append("revoke")
            return 200, {"revoked": self.revokes}
        self.went.append(channel)
        return (400, {"code": self.rcs}) if channel == "rcs" and self.rcs else (200, {"id": f"{channel}-1"})


@dataclass(slots=True)
class _Journey:
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

    async def told(self, message_id: str, state: str) -> None:
        """The carrier says something."""
        path = self.provider["webhook_url"].split("/webhooks/")[1]
        answer = await self.shop.client.post(f"/webhooks/{path}", json={"id": message_id, "state": state})
        assert answer.status_code == 200, answer.text

    async def later(self, seconds: float) -> int:
        """So much later, who is late moves on."""
        return await fall_back_late(self._at(seconds))

    async def state(self) -> tuple[str, int, bool]:
        """(state, hop, whether it may arrive twice)."""
        shown = (await self.shop.client.get(f"/v1/messages/{self.message['id']}")).json()["message"]
        return shown["state"], shown["hop"], shown["maybe_twice"]


@pytest.fixture
async def shop(context: Context) -> AsyncIterator[Shop]:
    rails: dict[str, type[Provider]] = {"rails": Rails}
    ready = replace(context, provider_kinds={**context.provider_kinds, **rails})
    workspace_id = await make_workspace(ready)
    async with calling(ready, await make_key(ready, workspace_id)) as client:
        yield Shop(ready, client, workspace_id)


async def _senders(shop: Shop, server: CarrierServer) -> tuple[dict[str, Any], list[str]]:
    provider = await shop.provider(kind="rails", base_url=server.url, credentials={})
    agent = {"channel": "rcs", "kind": "messaging_service", "address": "agent-1"}
    line = {"channel": "sms", "kind": "long_code", "address": "+12125550100"}
    made = [await shop.sender(provider_id=provider["id"], parts_per_second=100, **fields) for fields in (agent, line)]
    return provider, [sender["id"] for sender in made]


def _body(senders: list[str], **fields: Any) -> dict[str, Any]:
    plan = [{"channel": "sms", "sender_id": senders[1], "after_seconds": 60}]
    ways = {"channel": "rcs", "sender_id": senders[0], "fallback": plan}
    return {"to": _PHONE, "purpose": "transactional", "body": "Your order is ready.", **ways, **fields}


async def _begun(shop: Shop, server: CarrierServer, **fields: Any) -> _Journey:
    provider, senders = await _senders(shop, server)
    journey = _Journey(shop, await shop.made("/v1/messages", _body(senders, **fields)), provider, senders)
    await journey.work()
    return journey


async def test_a_phone_without_rcs_gets_the_text_at_once(shop: Shop) -> None:
    carrier = _Carrier(rcs="no_rcs")
    async with carrier_server(carrier.answer) as server:
        journey = await _begun(shop, server)
        await journey.work()
    assert carrier.went == ["rcs", "sms"]
    assert await journey.state() == ("submitted", 1, False)
    await journey.told("sms-1", "DELIVERED")
    assert await journey.state() == ("delivered", 1, False)
    attempts = (await shop.client.get(f"/v1/messages/{journey.message['id']}")).json()["attempts"]
    assert [(attempt["number"], attempt["outcome"]) for attempt in attempts] == [(1, "refused"), (2, "accepted")]


async def test_a_failure_told_later_goes_on_and_its_repeats_move_nothing(shop: Shop) -> None:
    carrier = _Carrier()
    async with carrier_server(carrier.answer) as server:
        journey = await _begun(shop, server)
        await journey.told("rcs-1", "FAILED")
        assert await journey.state() == ("queued", 1, False)
        await journey.told("rcs-1", "UNDELIVERED")
        assert await journey.state() == ("queued", 1, False)
        await journey.work()
        await journey.told("rcs-1", "EXPIRED")
        assert await journey.state() == ("submitted", 1, False)
        await journey.told("sms-1", "UNDELIVERED")
        assert await journey.state() == ("undelivered", 1, False)


async def test_silence_is_taken_back_before_the_next_way(shop: Shop) -> None:
    carrier = _Carrier()
    async with carrier_server(carrier.answer) as server:
        journey = await _begun(shop, server)
        assert await journey.later(30) == 0
        assert await journey.later(61) == 1
        await journey.work(62)
        assert carrier.went == ["rcs", "revoke", "sms"]
        assert await journey.state() == ("submitted", 1, False)
        assert await journey.later(3_600) == 0


async def test_what_cannot_be_taken_back_stays_unless_the_plan_goes_on(shop: Shop) -> None:
    carrier = _Carrier(revokes=False)
    async with carrier_server(carrier.answer) as server:
        journey = await _begun(shop, server)
        assert await journey.later(61) == 0
        assert await journey.state() == ("submitted", 0, False)
        await journey.told("rcs-1", "UNDELIVERED")  # now it is certain
        assert await journey.state() == ("queued", 1, False)


async def test_going_on_in_doubt_says_so_and_either_delivery_counts(shop: Shop) -> None:
    carrier = _Carrier(revokes=False)
    async with carrier_server(carrier.answer) as server:
        journey = await _begun(shop, server, when_unsure="go_on")
        assert await journey.later(61) == 1
        await journey.work(62)
        assert carrier.went == ["rcs", "revoke", "sms"]
        assert await journey.state() == ("submitted", 1, True)
        await journey.told("rcs-1", "READ")
        assert await journey.state() == ("read", 1, True)


async def test_a_no_on_one_way_is_a_no_on_all(shop: Shop) -> None:
    carrier = _Carrier(rcs="stopped")
    async with carrier_server(carrier.answer) as server:
        journey = await _begun(shop, server)
        await journey.work()
    assert carrier.went == ["rcs"]
    assert (await journey.state())[:2] == ("rejected", 0)


async def test_the_next_way_is_decided_anew(shop: Shop) -> None:
    carrier = _Carrier()
    async with carrier_server(carrier.answer) as server:
        journey = await _begun(shop, server)
        await journey.told("rcs-1", "FAILED")
        await shop.suppress(_PHONE, scope="all")
        await journey.work()
    assert carrier.went == ["rcs"]
    assert (await journey.state())[:2] == ("suppressed", 1)


@pytest.mark.parametrize(("change", "pointer"), [
    ({"channel": "voice"}, "/body/fallback/0/channel"),
    ({"sender_id": "snd_" + "0" * 26}, "/body/fallback/0/sender_id"),
    ({"after_seconds": 1}, "/body/fallback/0/after_seconds"),
])  # fmt: skip
async def test_a_plan_that_cannot_be_gone_is_refused(shop: Shop, change: dict[str, Any], pointer: str) -> None:
    async with carrier_server(_Carrier().answer) as server:
        _, senders = await _senders(shop, server)
    body = _body(senders)
    body["fallback"][0] |= change
    answer = await shop.client.post("/v1/messages", json=body)
    assert answer.status_code in {404, 422} and pointers(answer) == [pointer], answer.text


async def test_no_sender_is_tried_twice(shop: Shop) -> None:
    async with carrier_server(_Carrier().answer) as server:
        _, senders = await _senders(shop, server)
    body = _body(senders)
    body["fallback"].append({**body["fallback"][0]})
    answer = await shop.client.post("/v1/messages", json=body)
    assert (answer.status_code, pointers(answer)) == (422, ["/body/fallback/1/sender_id"])
