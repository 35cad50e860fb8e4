"""Do several senders share a campaign? By weight over two carriers, around a held one, in two countries, once each, explained."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from app.domain.ids import decode_id
from app.runtime import open_runtime
from app.settings import Settings
from app.usecases.audit_books import audit_books
from app.usecases.dispatch_lane import dispatch_lane
from app.usecases.sweep import sweep
from tests.factories import calling, make_key, make_workspace
from tests.shop import Shop, at_noon, id_of, path_of
from tests.simulator.running import ACCOUNT, TOKEN, Carrier, carrier

_NEW_YORK = [f"+1212555{1000 + step}" for step in range(60)]
_TORONTO = [f"+1416555{1000 + step}" for step in range(12)]
_ADDRESSES = ("+12125550100", "+16465550100")


@dataclass(frozen=True, slots=True)
class _Two:
    """A shop with an account at each of two carriers, and a sender on each."""

    shop: Shop
    carriers: tuple[Carrier, Carrier]
    senders: tuple[str, str]

    async def pool(self, **fields: Any) -> str:
        members = [{"sender_id": sender, "weight": weight} for sender, weight in zip(self.senders, (3, 1), strict=True)]
        body = {"name": "both", "channel": "sms", "members": members, **fields}
        return str((await self.shop.made("/v1/sender-pools", body))["id"])

    async def campaign(self, pool: str) -> dict[str, Any]:
        draft = await self.shop.draft()
        del draft["sender_id"]
        return await self.shop.launch(await self.shop.made("/v1/campaigns", {**draft, "sender_pool_id": pool}))

    async def work(self) -> None:
        for sender in self.senders:
            await dispatch_lane(self.shop.context, workspace_id=self.shop.workspace_id, sender_id=decode_id("sender", sender))

    async def got(self) -> list[Counter[str]]:
        """How often each number got a message, by carrier."""
        told = [(await one.client.get("/admin/messages")).json()["messages"] for one in self.carriers]
        return [Counter(message["to"] for message in messages) for messages in told]

    async def message_of(self, campaign: dict[str, Any], phone: str) -> dict[str, Any]:
        rows = (await self.shop.client.get(path_of(campaign, "recipients"), params={"limit": 100})).json()["items"]
        (found,) = [row["message_id"] for row in rows if row["phone"] == phone]
        return dict((await self.shop.client.get(f"/v1/messages/{found}")).json())


@asynccontextmanager
async def _two(settings: Settings, **trouble: Any) -> AsyncIterator[_Two]:
    async with AsyncExitStack() as stack:
        first, second = [
            await stack.enter_async_context(carrier(senders=[address], **(trouble if place == 0 else {})))
            for place, address in enumerate(_ADDRESSES)
        ]
        context = await stack.enter_async_context(open_runtime(at_noon(settings), role="test"))
        workspace_id = await make_workspace(context)
        client = await stack.enter_async_context(calling(context, await make_key(context, workspace_id)))
        shop = Shop(context, client, workspace_id)
        senders = []
        for running, address in zip((first, second), _ADDRESSES, strict=True):
            credentials = {"account_sid": ACCOUNT, "auth_token": TOKEN}
            account = await shop.provider(base_url=running.url, credentials=credentials)
            fields = {"kind": "long_code", "address": address, "parts_per_second": 1000}
            senders.append((await shop.sender(provider_id=account["id"], **fields))["id"])
        yield _Two(shop, (first, second), (senders[0], senders[1]))


async def test_a_campaign_is_shared_by_weight_and_every_attempt_says_why(settings: Settings) -> None:
    async with _two(settings) as two:
        await two.shop.people(_NEW_YORK, first_name="Ann")
        campaign = await two.campaign(await two.pool())
        await two.work()
        first, second = await two.got()
        assert first + second == Counter(_NEW_YORK), "one each"
        assert len(first) > len(second) > 3
        told = await two.message_of(campaign, next(iter(second)))
        (attempt,) = told["attempts"]
        assert attempt["sender_id"] == two.senders[1] == told["message"]["sender_id"]
        assert attempt["route"]["because"] == "weight"
        assert attempt["route"]["share"] == 0.25

        await two.shop.people(["+12125552999"], first_name="Bo")
        again = await two.campaign((await two.shop.client.get("/v1/sender-pools")).json()["items"][0]["id"])
        told = await two.message_of(again, next(iter(second)))
        assert told["message"]["route"]["because"] == "last_sender"
        assert told["message"]["sender_id"] == two.senders[1]


_HOURS = """
INSERT INTO delivery_stat (workspace_id, sender_id, hour, region, handed_over, accepted, delivered, failed, seconds, prices)
VALUES ($1, $2, date_trunc('hour', $3::timestamptz), 'US', 1000, 1000, $4::int, 1000 - $4::int, 5 * $4::int, '{}')
"""


async def test_a_pool_by_delivery_turns_to_the_sender_whose_messages_arrive(settings: Settings) -> None:
    async with _two(settings) as two:
        now = two.shop.context.clock.now()
        for sender, delivered in zip(two.senders, (550, 980), strict=True):
            await two.shop.execute(_HOURS, two.shop.workspace_id, decode_id("sender", sender), now, delivered)
        members = [{"sender_id": sender, "weight": 1} for sender in two.senders]
        await two.shop.people(_NEW_YORK, first_name="Ann")
        await two.campaign(await two.pool(strategy="delivery", members=members))
        await two.work()
        first, second = await two.got()
        assert first + second == Counter(_NEW_YORK)
        assert len(second) > 50


async def test_what_waits_for_a_sender_that_is_put_on_hold_goes_from_the_other(settings: Settings) -> None:
    async with _two(settings, scripted=dict.fromkeys(_NEW_YORK, "refuse:20003")) as two:  # the account may not send there
        await two.shop.people(_NEW_YORK, first_name="Ann")
        campaign = await two.campaign(await two.pool())
        await two.work()
        first, second = await two.got()
        assert not first
        waiting = set(_NEW_YORK) - set(second)
        assert waiting, "the first sender's share waits"
        await sweep(two.shop.context)
        await two.work()
        first, second = await two.got()
        assert not first
        assert second == Counter(_NEW_YORK), "one each, from the sender that can"
        told = await two.message_of(campaign, waiting.pop())
        (moved,) = told["message"]["route"]["moved"]
        assert moved["from_sender_id"] == two.senders[0]
        assert moved["why"].startswith("route.held:provider.account")
        assert told["attempts"][-1]["route"]["passed_over"][0]["sender_id"] == two.senders[0]
        books = await audit_books(two.shop.context.db, workspace_id=two.shop.workspace_id, campaign_id=id_of(campaign))
        assert books.distinct_numbers_handed_over == len(_NEW_YORK)


async def test_a_carriers_day_is_never_passed_and_the_rest_goes_from_the_other(settings: Settings) -> None:
    async with _two(settings) as two:
        cap = {"registration": {"parts_per_day": 10, "parts_per_minute": 6_000}}
        assert (await two.shop.client.patch(f"/v1/senders/{two.senders[0]}", json=cap)).is_success
        await two.shop.people(_NEW_YORK, first_name="Ann")
        await two.campaign(await two.pool())
        await asyncio.gather(*(two.work() for _ in range(3)))
        first, second = await two.got()
        assert len(first) == 10, "not one more, whoever claims at once"
        held = (await two.shop.client.get(f"/v1/senders/{two.senders[0]}")).json()
        assert (held["held"], held["hold_reason"], held["held_until"]) == (True, "sender.day_full", "2026-11-25T08:00:00Z")
        await sweep(two.shop.context)
        await two.work()
        first, second = await two.got()
        assert len(first) == 10
        assert first + second == Counter(_NEW_YORK)


async def test_each_country_hears_from_the_senders_that_reach_it(settings: Settings) -> None:
    async with _two(settings) as two:
        for sender, countries in zip(two.senders, (["US"], ["CA"]), strict=True):
            answer = await two.shop.client.patch(f"/v1/senders/{sender}", json={"countries": countries})
            assert answer.is_success, answer.text
        london = "+447400123456"
        await two.shop.people([*_NEW_YORK, *_TORONTO, london], first_name="Ann")
        pool = await two.pool()
        campaign = await two.campaign(pool)
        told = await two.message_of(campaign, london)
        assert told["message"]["reason"] == "route.none"
        asked = await two.shop.made(f"/v1/sender-pools/{pool}/route", {"to": london})
        assert asked["sender_id"] is None
        assert {one["why"] for one in asked["passed_over"]} == {"route.country"}
        await two.work()
        first, second = await two.got()
        assert set(first) == set(_NEW_YORK)
        assert set(second) <= set(_TORONTO)


async def test_a_campaign_of_a_pool_can_be_cancelled_whole(settings: Settings) -> None:
    async with _two(settings) as two:
        await two.shop.people(_NEW_YORK, first_name="Ann")
        campaign = await two.campaign(await two.pool())
        met = await two.shop.made(path_of(campaign, "cancel"), {})
        assert (met["cancelled"], met["being_cancelled"]) == (len(_NEW_YORK), 0)
        await two.work()
        assert await two.got() == [Counter(), Counter()]
        await sweep(two.shop.context)
        assert await two.shop.value("SELECT count(*) FROM campaign_lane WHERE campaign_id = $1", id_of(campaign)) == 0


async def test_a_single_message_takes_the_sender_its_number_knows(settings: Settings) -> None:
    async with _two(settings) as two:
        pool = await two.pool()
        body = {"to": _NEW_YORK[0], "purpose": "transactional", "body": "Your order is ready."}
        await two.shop.made("/v1/messages", {**body, "sender_id": two.senders[1]})
        await two.work()
        made = await two.shop.made("/v1/messages", {**body, "sender_pool_id": pool})
        assert (made["sender_id"], made["route"]["because"]) == (two.senders[1], "last_sender")
        await two.work()
        assert (await two.got())[1] == Counter({_NEW_YORK[0]: 2})
