"""Who asks when receipts stay away? A lost answer is settled by look-up, silence ends with news, and nothing is sent again."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar

import pytest

from app.domain.delivery import (
    Accepted,
    ErrorClass,
    Found,
    Limits,
    MayHaveLeft,
    Outbound,
    Outcome,
    Receipt,
    Request,
    Response,
    Safety,
    Sought,
    WebhookReading,
    WebhookRequest,
)
from app.domain.ids import decode_id
from app.domain.message import Channel, State
from app.ports import Account, BadSignature, CredentialField, Provider
from app.providers import _wire
from app.usecases.ask_carriers import ask_carriers
from app.usecases.context import Context
from app.usecases.dispatch_lane import dispatch_lane
from tests.factories import calling, make_key, make_workspace
from tests.shop import Shop
from tests.usecases.carrier_server import Answer, CarrierServer, Heard, carrier_server

_PHONE = "+12125550142"


class Ledger:
    """A carrier that lists what it has by number."""

    kind: ClassVar[str] = "ledger"
    title: ClassVar[str] = "Ledger"
    channels: ClassVar[frozenset[Channel]] = frozenset({Channel.SMS})
    default_base_url: ClassVar[str] = "https://ledger.example"
    credential_fields: ClassVar[tuple[CredentialField, ...]] = ()
    error_codes: ClassVar[Mapping[str, ErrorClass]] = {}
    safety: ClassVar[Mapping[Channel, Safety]] = {Channel.SMS: Safety.NONE}
    limits: ClassVar[Mapping[Channel, Limits]] = {Channel.SMS: Limits(text=1_600)}
    id_is_ours: ClassVar[bool] = False

    def __init__(self, account: Account) -> None:
        self._url = _wire.base_url(account, self.default_base_url)

    def build_request(self, outbound: Outbound) -> Request:
        return Request("POST", f"{self._url}/messages", {}, _wire.dump({"to": outbound.to, "text": outbound.body}))

    def read_response(self, response: Response) -> Outcome:
        found = _wire.text_of(_wire.json_object(response.body).get("id"))
        return Accepted(found) if found else MayHaveLeft("no id")

    def read_webhook(self, request: WebhookRequest) -> WebhookReading:  # noqa: ARG002
        raise BadSignature("nobody signs here")

    def build_lookup(self, sought: Sought) -> Request | None:
        return Request("GET", f"{self._url}/list", {"about": sought.to}, b"")

    def read_lookup(self, sought: Sought, response: Response) -> Found:  # noqa: ARG002
        listed = _wire.json_value(response.body)
        receipts = tuple(
            Receipt(event_key=f"lookup:{item['id']}:{item['state']}", raw_status=item["state"], state=State[item["state"]],
                    provider_message_id=item["id"])
            for item in listed
        )  # fmt: skip
        return Found(receipts=receipts, is_absent=not listed)


class _Carrier:
    """What Ledger has, and whether it answers a hand-over."""

    def __init__(self, *, answers: bool, keeps: bool = True) -> None:
        self.answers, self.keeps = answers, keeps
        self.has: list[dict[str, str]] = []
        self.sends = 0

    def answer(self, heard: Heard) -> Answer:
        if heard.path == "/list":
            return 200, self.has
        self.sends += 1
        if self.keeps:
            self.has.append({"id": f"m-{self.sends}", "state": "DELIVERED"})
        return (200, {"id": f"m-{self.sends}"}) if self.answers else (0, None)


@pytest.fixture
async def shop(context: Context) -> AsyncIterator[Shop]:
    ledger: dict[str, type[Provider]] = {"ledger": Ledger}
    ready = replace(context, provider_kinds={**context.provider_kinds, **ledger})
    workspace_id = await make_workspace(ready)
    async with calling(ready, await make_key(ready, workspace_id)) as client:
        yield Shop(ready, client, workspace_id)


async def _sent(shop: Shop, server: CarrierServer, count: int = 1) -> list[dict[str, Any]]:
    provider = await shop.provider(kind="ledger", base_url=server.url, credentials={})
    sender = await shop.sender(provider_id=provider["id"], parts_per_second=100)
    body = {"to": _PHONE, "purpose": "transactional", "sender_id": sender["id"], "body": "Your order is ready."}
    made = [await shop.made("/v1/messages", body) for _ in range(count)]
    await dispatch_lane(shop.context, workspace_id=shop.workspace_id, sender_id=decode_id("sender", sender["id"]))
    return made


async def _later(shop: Shop, *, seconds: float) -> int:
    """Ask as that much later."""
    clock = shop.context.clock
    shifted = type(clock)(offset=timedelta(seconds=seconds))
    return await ask_carriers(replace(shop.context, clock=shifted))


async def _states(shop: Shop, made: list[dict[str, Any]]) -> list[str]:
    return [(await shop.client.get(f"/v1/messages/{one['id']}")).json()["message"]["state"] for one in made]


async def test_a_lost_answer_is_settled_by_what_the_carrier_lists(shop: Shop) -> None:
    carrier = _Carrier(answers=False)
    async with carrier_server(carrier.answer) as server:
        made = await _sent(shop, server)
        assert await _states(shop, made) == ["unknown"]
        assert await _later(shop, seconds=5) == 0
        assert await _later(shop, seconds=60) == 1
        assert await _states(shop, made) == ["delivered"]
        assert carrier.sends == 1
    timeline = (await shop.client.get(f"/v1/messages/{made[0]['id']}")).json()
    assert [(a["outcome"], a["provider_message_id"]) for a in timeline["attempts"]] == [("accepted", "m-1")]


async def test_silence_after_a_yes_is_asked_about_with_growing_pauses(shop: Shop) -> None:
    carrier = _Carrier(answers=True)
    async with carrier_server(carrier.answer) as server:
        made = await _sent(shop, server)
        carrier.has[0]["state"] = "SENT"
        asked = [await _later(shop, seconds=60 * minutes) for minutes in (1, 11, 12, 22, 23, 60)]
        assert asked == [0, 1, 0, 1, 0, 1]
        assert await _states(shop, made) == ["sent"]
        carrier.has[0]["state"] = "DELIVERED"
        assert await _later(shop, seconds=60 * 300) == 1
        assert await _states(shop, made) == ["delivered"]
        assert await _later(shop, seconds=60 * 3000) == 0


async def test_two_candidates_settle_nothing(shop: Shop) -> None:
    carrier = _Carrier(answers=False)
    async with carrier_server(carrier.answer) as server:
        made = await _sent(shop, server, 2)
        assert await _later(shop, seconds=60) == 2
        assert await _states(shop, made) == ["unknown", "unknown"]


async def test_one_candidate_left_by_the_others_is_it(shop: Shop) -> None:
    carrier = _Carrier(answers=True)
    async with carrier_server(carrier.answer) as server:
        first = await _sent(shop, server)
        carrier.answers = False
        provider_id = await shop.value("SELECT provider_id FROM attempt WHERE workspace_id = $1", shop.workspace_id)
        sender_id = await shop.value("SELECT sender_id FROM attempt WHERE workspace_id = $1", shop.workspace_id)
        assert provider_id is not None
        sender = (await shop.client.get("/v1/senders")).json()["items"][0]["id"]
        body = {"to": _PHONE, "purpose": "transactional", "sender_id": sender, "body": "And another."}
        second = await shop.made("/v1/messages", body)
        await dispatch_lane(shop.context, workspace_id=shop.workspace_id, sender_id=sender_id)
        assert await _states(shop, [*first, second]) == ["submitted", "unknown"]
        await _later(shop, seconds=60)
        assert await _states(shop, [*first, second]) == ["submitted", "delivered"]


async def test_what_a_carrier_certainly_never_had_is_closed_and_not_sent_again(shop: Shop) -> None:
    carrier = _Carrier(answers=False, keeps=False)
    async with carrier_server(carrier.answer) as server:
        made = await _sent(shop, server)
        assert await _later(shop, seconds=60) == 1
        assert carrier.sends == 1
    message = (await shop.client.get(f"/v1/messages/{made[0]['id']}")).json()["message"]
    assert (message["state"], message["reason"]) == ("failed", "provider.absent")
