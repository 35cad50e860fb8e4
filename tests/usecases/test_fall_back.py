"""Does a message find another way? RCS fails or is silent, SMS follows; never two knowingly, and it says where it may be."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.usecases.context import Context
from tests.shop import Shop, pointers
from tests.usecases.carrier_server import carrier_server
from tests.usecases.rails import PHONE, RailsCarrier, begun, plan_body, rails_senders, rails_shop


@pytest.fixture
async def shop(context: Context) -> AsyncIterator[Shop]:
    async with rails_shop(context) as opened:
        yield opened


async def test_a_phone_without_rcs_gets_the_text_at_once(shop: Shop) -> None:
    carrier = RailsCarrier(rcs="no_rcs")
    async with carrier_server(carrier.answer) as server:
        journey = await begun(shop, server)
        await journey.work()
    assert carrier.went == ["rcs", "sms"]
    assert await journey.state() == ("submitted", 1, False)
    await journey.told("sms-1", "DELIVERED")
    assert await journey.state() == ("delivered", 1, False)
    attempts = (await shop.client.get(f"/v1/messages/{journey.message['id']}")).json()["attempts"]
    assert [(attempt["number"], attempt["outcome"]) for attempt in attempts] == [(1, "refused"), (2, "accepted")]


async def test_a_failure_told_later_goes_on_and_its_repeats_move_nothing(shop: Shop) -> None:
    carrier = RailsCarrier()
    async with carrier_server(carrier.answer) as server:
        journey = await begun(shop, server)
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
    carrier = RailsCarrier()
    async with carrier_server(carrier.answer) as server:
        journey = await begun(shop, server)
        assert await journey.later(30) == 0
        assert await journey.later(61) == 1
        await journey.work(62)
        assert carrier.went == ["rcs", "revoke", "sms"]
        assert await journey.state() == ("submitted", 1, False)
        assert await journey.later(3_600) == 0


async def test_what_cannot_be_taken_back_stays_unless_the_plan_goes_on(shop: Shop) -> None:
    carrier = RailsCarrier(revokes=False)
    async with carrier_server(carrier.answer) as server:
        journey = await begun(shop, server)
        assert await journey.later(61) == 0
        assert await journey.state() == ("submitted", 0, False)
        await journey.told("rcs-1", "UNDELIVERED")  # now it is certain
        assert await journey.state() == ("queued", 1, False)


async def test_going_on_in_doubt_says_so_and_either_delivery_counts(shop: Shop) -> None:
    carrier = RailsCarrier(revokes=False)
    async with carrier_server(carrier.answer) as server:
        journey = await begun(shop, server, when_unsure="go_on")
        assert await journey.later(61) == 1
        await journey.work(62)
        assert carrier.went == ["rcs", "revoke", "sms"]
        assert await journey.state() == ("submitted", 1, True)
        await journey.told("rcs-1", "READ")
        assert await journey.state() == ("read", 1, True)


async def test_a_no_on_one_way_is_a_no_on_all(shop: Shop) -> None:
    carrier = RailsCarrier(rcs="stopped")
    async with carrier_server(carrier.answer) as server:
        journey = await begun(shop, server)
        await journey.work()
    assert carrier.went == ["rcs"]
    assert (await journey.state())[:2] == ("rejected", 0)


async def test_the_next_way_is_decided_anew(shop: Shop) -> None:
    carrier = RailsCarrier()
    async with carrier_server(carrier.answer) as server:
        journey = await begun(shop, server)
        await journey.told("rcs-1", "FAILED")
        await shop.suppress(PHONE, scope="all")
        await journey.work()
    assert carrier.went == ["rcs"]
    assert (await journey.state())[:2] == ("suppressed", 1)


@pytest.mark.parametrize(("change", "pointer"), [
    ({"channel": "voice"}, "/body/fallback/0/channel"),
    ({"sender_id": "snd_" + "0" * 26}, "/body/fallback/0/sender_id"),
    ({"after_seconds": 1}, "/body/fallback/0/after_seconds"),
])  # fmt: skip
async def test_a_plan_that_cannot_be_gone_is_refused(shop: Shop, change: dict[str, Any], pointer: str) -> None:
    async with carrier_server(RailsCarrier().answer) as server:
        _, senders = await rails_senders(shop, server)
    body = plan_body(senders)
    body["fallback"][0] |= change
    answer = await shop.client.post("/v1/messages", json=body)
    assert answer.status_code in {404, 422} and pointers(answer) == [pointer], answer.text


async def test_no_sender_is_tried_twice(shop: Shop) -> None:
    async with carrier_server(RailsCarrier().answer) as server:
        _, senders = await rails_senders(shop, server)
    body = plan_body(senders)
    body["fallback"].append({**body["fallback"][0]})
    answer = await shop.client.post("/v1/messages", json=body)
    assert (answer.status_code, pointers(answer)) == (422, ["/body/fallback/1/sender_id"])
