"""Is a way left when its time is over? Answers get lost, workers end, readers stumble: the next way comes all the same, once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from app.domain.breaker import Breaker, Speaks
from app.domain.ids import decode_id
from app.domain.message import State
from app.storage.breakers import set_breaker
from app.storage.falling import take_late
from app.usecases.context import Context
from tests.shop import Shop
from tests.usecases.carrier_server import carrier_server
from tests.usecases.rails import RailsCarrier, RailsJourney, begun, plan_body, rails_senders, rails_shop


@pytest.fixture
async def shop(context: Context) -> AsyncIterator[Shop]:
    async with rails_shop(context) as opened:
        yield opened


@pytest.mark.parametrize("says", [0, 503, 429])
async def test_a_revoke_nobody_answered_is_asked_for_again_with_growing_pauses(shop: Shop, says: int) -> None:
    carrier = RailsCarrier(says=says)
    async with carrier_server(carrier.answer) as server:
        journey = await begun(shop, server)
        asked: list[int] = []
        for seconds in range(30, 700, 10):
            assert await journey.later(seconds) == 0
            asked += [seconds] * (carrier.went.count("revoke") - len(asked))
        assert len(asked) in {4, 5} and asked[-1] - asked[-2] > 2 * (asked[1] - asked[0]), asked
        assert await journey.state() == ("submitted", 0, False)
        carrier.says = 200
        assert await journey.later(1_500) == 1
        await journey.work(1_501)
        assert carrier.went[-2:] == ["revoke", "sms"]
        assert await journey.state() == ("submitted", 1, False)


async def test_going_on_in_doubt_does_not_wait_for_the_answer_to_a_revoke(shop: Shop) -> None:
    carrier = RailsCarrier(says=0)
    async with carrier_server(carrier.answer) as server:
        journey = await begun(shop, server, when_unsure="go_on")
        assert await journey.later(61) == 1
        assert await journey.state() == ("queued", 1, True)


async def test_the_carriers_word_that_it_was_taken_back_is_as_good_as_the_answer_that_was_lost(shop: Shop) -> None:
    carrier = RailsCarrier(says=0)
    async with carrier_server(carrier.answer) as server:
        journey = await begun(shop, server)
        assert await journey.later(61) == 0
        await journey.told_later("rcs-1", State.CANCELLED, 62)
        assert await journey.state() == ("queued", 1, False)
        await journey.work(63)
        assert carrier.went == ["rcs", "revoke", "sms"]


async def test_what_somebody_cancels_at_the_carrier_before_its_time_is_over_stays_cancelled(shop: Shop) -> None:
    async with carrier_server(RailsCarrier().answer) as server:
        journey = await begun(shop, server)
        await journey.told_later("rcs-1", State.CANCELLED, 30)
        assert await journey.later(61) == 0
        assert await journey.state() == ("cancelled", 0, False)


async def test_a_worker_that_ends_while_it_takes_one_back_leaves_it_to_the_next(shop: Shop) -> None:
    carrier = RailsCarrier()
    async with carrier_server(carrier.answer) as server:
        journey = await begun(shop, server)
        async with shop.context.db.transaction() as tx:
            assert len(await take_late(tx, now=shop.context.clock.now() + timedelta(seconds=61), limit=50)) == 1
        assert await journey.later(62) == 0, "another may be at it"
        assert await journey.later(200) == 1


async def test_an_answer_nobody_can_read_holds_no_other_message_up(shop: Shop) -> None:
    carrier = RailsCarrier(odd="rcs-1")
    async with carrier_server(carrier.answer) as server:
        journey = await begun(shop, server)
        await shop.made("/v1/messages", {**plan_body(journey.senders), "to": "+12125550143"})
        await journey.work()
        assert await journey.later(62) == 1
        assert await journey.state() == ("submitted", 0, False)


async def test_the_time_of_a_way_runs_though_its_worker_ended_before_it_wrote_anything_down(shop: Shop) -> None:
    carrier = RailsCarrier()
    async with carrier_server(carrier.answer) as server:
        provider, senders = await rails_senders(shop, server)
        made = await shop.made("/v1/messages", plan_body(senders, when_unsure="go_on"))
        journey = RailsJourney(shop, made, provider, senders)
        await journey.leave_and_end()
        await journey.swept(100)
        assert await journey.state() == ("unknown", 0, False)
        assert await journey.later(120) == 0
        assert await journey.later(161) == 1
        await journey.work(162)
        assert carrier.went == ["rcs", "sms"]
        assert await journey.state() == ("submitted", 1, True)


async def test_the_time_of_a_way_may_be_longer_than_receipts_are_waited_for(shop: Shop) -> None:
    carrier, day = RailsCarrier(says=0), 86_400
    async with carrier_server(carrier.answer) as server:
        _, senders = await rails_senders(shop, server)
        body = plan_body(senders)
        body["fallback"][0]["after_seconds"] = 5 * day
        journey = RailsJourney(shop, await shop.made("/v1/messages", body), {}, senders)
        await journey.work()
        await journey.swept(4 * day)
        assert await journey.state() == ("submitted", 0, False)
        assert await journey.later(5 * day + 1) == 0
        await journey.swept(7 * day)
        assert (await journey.state(), carrier.went) == (("submitted", 0, False), ["rcs", "revoke"])
        await journey.swept(9 * day)  # nobody answered for all that time
        assert await journey.state() == ("unconfirmed", 0, False)


async def _hold(shop: Shop, sender: str) -> None:
    """Its carrier fails, and nothing leaves from it."""
    now, sender_id = shop.context.clock.now(), decode_id("sender", sender)
    account = await shop.value("SELECT provider_id FROM sender WHERE id = $1", sender_id)
    breaker = Breaker().opened(Speaks.CARRIER, "provider.failing", now=now, rest=3_600)
    ids = {"workspace_id": shop.workspace_id, "subject_id": sender_id, "provider_id": account}
    async with shop.context.db.transaction() as tx:
        await set_breaker(tx, **ids, breaker=breaker, now=now)


async def test_what_waits_for_a_sender_that_is_held_goes_on_when_its_time_is_over(shop: Shop) -> None:
    carrier = RailsCarrier()
    async with carrier_server(carrier.answer) as server:
        provider, senders = await rails_senders(shop, server)
        await _hold(shop, senders[0])
        journey = RailsJourney(shop, await shop.made("/v1/messages", plan_body(senders)), provider, senders)
        await journey.work()
        await journey.later(30)
        assert await journey.state() == ("queued", 0, False)
        await journey.later(61)
        await journey.work(62)
        assert carrier.went == ["sms"]
        assert await journey.state() == ("submitted", 1, False)


async def test_two_that_look_at_once_move_nobody_twice(shop: Shop) -> None:
    carrier = RailsCarrier()
    async with carrier_server(carrier.answer) as server:
        journey = await begun(shop, server)
        await _hold(shop, journey.senders[0])
        waiting = RailsJourney(
            shop, await shop.made("/v1/messages", plan_body(journey.senders)), journey.provider, journey.senders
        )
        assert sum(await asyncio.gather(*(journey.later(61) for _ in range(4)))) == 1
        await journey.work(62)
        assert carrier.went == ["rcs", "revoke", "sms", "sms"]
        assert {await journey.state(), await waiting.state()} == {("submitted", 1, False)}


async def test_nobody_leaves_a_held_sender_for_one_that_is_held_too_or_before_the_message_is_due(shop: Shop) -> None:
    carrier = RailsCarrier()
    async with carrier_server(carrier.answer) as server:
        provider, senders = await rails_senders(shop, server)
        await _hold(shop, senders[0])
        journey = RailsJourney(shop, await shop.made("/v1/messages", plan_body(senders)), provider, senders)
        await shop.execute("UPDATE message SET due_at = due_at + interval '10 minutes'")
        await journey.later(61)
        assert await journey.state() == ("queued", 0, False)
        await _hold(shop, senders[1])
        await journey.later(700)
        assert await journey.state() == ("queued", 0, False)


@pytest.mark.parametrize(("code", "held_against"), [
    ("stopped", "SELECT sender_id FROM sender_block"),
    ("spam", "SELECT subject_id FROM breaker WHERE recent[4] > 0"),
])  # fmt: skip
async def test_what_is_told_late_of_a_way_that_was_left_is_held_against_its_own_sender(
    shop: Shop, code: str, held_against: str
) -> None:
    async with carrier_server(RailsCarrier(revokes=False).answer) as server:
        journey = await begun(shop, server, when_unsure="go_on")
        assert await journey.later(61) == 1
        await journey.work(62)
        await journey.told("rcs-1", "UNDELIVERED", code)
    assert await shop.value(held_against) == decode_id("sender", journey.senders[0])
