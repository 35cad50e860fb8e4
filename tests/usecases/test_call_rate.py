"""Do an account's calls keep to the calls a second it may begin? All its senders together, one call at a time, never a burst."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar

import pytest

from app.clock import new_id
from app.domain.delivery import (
    Accepted,
    ErrorClass,
    Limits,
    Outbound,
    Outcome,
    Request,
    Response,
    Safety,
    WebhookReading,
    WebhookRequest,
)
from app.domain.ids import decode_id
from app.domain.message import Channel
from app.ports import Account, BadSignature, CredentialField, Provider
from app.providers import _wire
from app.queue.rate import Bucket
from app.storage.lanes import read_sender
from app.usecases.context import Context
from app.usecases.dispatch_lane import dispatch_lane
from app.usecases.open_lane import open_lane
from app.usecases.sender_standing import rate_together
from tests.factories import calling, make_key, make_workspace
from tests.shop import Shop, pointers
from tests.usecases.carrier_server import Answer, CarrierServer, Heard, carrier_server

_CALLS = 2.0  # a second


class Exchange:
    """A carrier of calls that takes two a second."""

    kind: ClassVar[str] = "exchange"
    title: ClassVar[str] = "Exchange"
    channels: ClassVar[frozenset[Channel]] = frozenset({Channel.VOICE})
    default_base_url: ClassVar[str] = "https://exchange.example"
    credential_fields: ClassVar[tuple[CredentialField, ...]] = ()
    error_codes: ClassVar[Mapping[str, ErrorClass]] = {}
    safety: ClassVar[Mapping[Channel, Safety]] = {Channel.VOICE: Safety.NONE}
    limits: ClassVar[Mapping[Channel, Limits]] = {Channel.VOICE: Limits(text=1_600, calls_per_second=_CALLS)}
    id_is_ours: ClassVar[bool] = False

    def __init__(self, account: Account) -> None:
        self._url = _wire.base_url(account, self.default_base_url)

    def build_request(self, outbound: Outbound) -> Request:
        return Request("POST", self._url, {}, _wire.dump({"to": outbound.to, "from": outbound.sender}))

    def read_response(self, response: Response) -> Outcome:
        return Accepted(_wire.json_object(response.body)["id"])

    def read_webhook(self, request: WebhookRequest) -> WebhookReading:  # noqa: ARG002
        raise BadSignature("nobody signs here")


@pytest.fixture
async def shop(context: Context) -> AsyncIterator[Shop]:
    exchange: dict[str, type[Provider]] = {"exchange": Exchange}
    ready = replace(context, provider_kinds={**context.provider_kinds, **exchange})
    workspace_id = await make_workspace(ready)
    async with calling(ready, await make_key(ready, workspace_id)) as client:
        yield Shop(ready, client, workspace_id)


async def _caller(shop: Shop, account: Mapping[str, Any], last: int, **fields: Any) -> dict[str, Any]:
    line = {"channel": "voice", "kind": "long_code", "address": f"+1212555010{last}"}
    return await shop.sender(provider_id=account["id"], **line, **fields)


async def test_two_buckets_grant_alike_and_one_alone_is_not_charged(context: Context) -> None:
    now, rates = context.clock.now(), context.rates
    account = Bucket(f"calls:{new_id()}", 20.0, burst=1.0)
    first, second = Bucket(str(new_id()), 20.0), Bucket(str(new_id()), 20.0)
    assert (await rates.take_all((first, account), parts=50, now=now)).parts == 1
    assert (await rates.take_all((second, account), parts=50, now=now)).parts == 0
    assert (await rates.take(second.name, rate=20.0, parts=50, now=now)).parts == 4  # all of its own, none of it was lost
    assert (await rates.take(first.name, rate=20.0, parts=50, now=now)).parts == 3
    granted = 0
    for step in range(1, 101):  # a second later, asked a hundred times on the way
        at = now + timedelta(milliseconds=10 * step)
        granted += (await rates.take_all((first, account), parts=50, now=at)).parts
    assert granted <= 20
    assert (await rates.take_all((first, account), parts=50, now=now + timedelta(hours=1))).parts == 1  # rest saves up nothing


async def test_a_callers_rate_is_at_most_what_its_carrier_takes(shop: Shop) -> None:
    account = await shop.provider(kind="exchange", base_url="https://exchange.example", credentials={})
    asks: list[dict[str, Any]] = [{}, {"parts_per_second": 100}, {"parts_per_second": 0.5}]
    rates = [(await _caller(shop, account, last, **ask))["parts_per_second"] for last, ask in enumerate(asks)]
    assert rates == [2.0, 2.0, 0.5]
    kinds = {kind["kind"]: kind for kind in (await shop.client.get("/v1/provider-kinds")).json()["items"]}
    shown = {name: {each["channel"]: each["calls_per_second"] for each in kinds[name]["limits"]} for name in kinds}
    voices = {name: by_channel["voice"] for name, by_channel in shown.items() if by_channel.get("voice")}
    assert voices == {"exchange": 2, "twilio": 1, "plivo": 2, "vonage": 3, "bandwidth": 5, "telnyx": 30}
    assert shown["vonage"]["sms"] is None


async def test_an_account_that_agreed_on_another_rate_keeps_to_that(shop: Shop) -> None:
    account = await shop.provider(kind="exchange", base_url="https://exchange.example", credentials={}, calls_per_second=8)
    assert [(await _caller(shop, account, 1, parts_per_second=100))["parts_per_second"], account["calls_per_second"]] == [8, 8]
    path = f"/v1/providers/{account['id']}"
    for agreed, lane_rate in ((0.5, 0.5), (None, _CALLS)):
        shown = (await shop.client.patch(path, json={"calls_per_second": agreed})).json()
        sender = (await shop.client.get("/v1/senders")).json()["items"][0]
        ids = {"workspace_id": shop.workspace_id, "sender_id": decode_id("sender", sender["id"])}
        lane = await open_lane(shop.context, **ids, now=shop.context.clock.now())
        assert lane is not None
        assert (shown["calls_per_second"], lane.rate, lane.calls_per_second) == (agreed, lane_rate, lane_rate)
    for wrong in (0, -1, 1e9, "3", True):
        answer = await shop.client.patch(path, json={"calls_per_second": wrong})
        assert (answer.status_code, pointers(answer)) == (422, ["/body/calls_per_second"])


async def test_a_preflight_counts_with_the_calls_of_the_accounts_not_of_the_senders(shop: Shop) -> None:
    account = await shop.provider(kind="exchange", base_url="https://exchange.example", credentials={})
    other = await shop.provider(kind="exchange", base_url="https://exchange.example", credentials={}, calls_per_second=0.25)
    callers = [await _caller(shop, account, last) for last in (1, 2)] + [await _caller(shop, other, 3)]
    rows = []
    for caller in callers:
        async with shop.context.db.transaction() as tx:
            rows.append(await read_sender(tx, workspace_id=shop.workspace_id, sender_id=decode_id("sender", caller["id"])))
    kinds = shop.context.provider_kinds
    assert rate_together(kinds, [row for row in rows if row]) == _CALLS + 0.25
    assert rate_together(kinds, [row for row in rows[:1] if row]) == _CALLS


async def test_two_senders_of_an_account_share_its_calls(shop: Shop) -> None:
    arrivals: list[float] = []

    def answer(heard: Heard) -> Answer:
        arrivals.append(asyncio.get_running_loop().time())
        return 200, {"id": heard.body["to"]}

    async with carrier_server(answer) as server:
        callers = await _two(shop, server)
        begun = asyncio.get_running_loop().time()
        lanes = [dispatch_lane(shop.context, workspace_id=shop.workspace_id, sender_id=caller) for caller in callers]
        assert sum(await asyncio.gather(*lanes)) == len(arrivals) == 6
    # What had arrived by any moment is no more than what had been granted since the beginning: one, and the rate's.
    assert all(count <= 1 + _CALLS * (at - begun) + 0.01 for count, at in enumerate(arrivals, start=1))


async def _two(shop: Shop, server: CarrierServer) -> list[Any]:
    """Two senders of one account, three calls waiting for each."""
    account = await shop.provider(kind="exchange", base_url=server.url, credentials={})
    made = [await _caller(shop, account, last) for last in (1, 2)]
    for step in range(6):
        body = {"to": f"+44161328000{step}", "channel": "voice", "purpose": "transactional", "sender_id": made[step % 2]["id"]}
        call = await shop.made("/v1/messages", {**body, "body": "This is Acme. Your order is ready."})
        assert call["state"] == "queued", call["reason"]
    return [decode_id("sender", each["id"]) for each in made]
