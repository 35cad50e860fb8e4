"""What opens a breaker, what passes while it is open, and who may go to see? Twilio's wire, answered as the test says."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from redis.asyncio import Redis

from app.domain.breaker import Condition, Counts
from app.domain.delivery import ErrorClass, Receipt
from app.domain.ids import decode_id
from app.domain.message import State
from app.storage.breakers import count_tries
from app.usecases.claim_group import Claim, claim_group
from app.usecases.context import Context
from app.usecases.dispatch_lane import dispatch_lane
from app.usecases.hand_over import hand_over
from app.usecases.open_lane import Lane, open_lane
from app.usecases.record_outcomes import record_group
from app.usecases.record_receipts import Received, record_receipts
from tests.factories import calling, make_key, make_workspace
from tests.shop import Shop
from tests.usecases.carrier_server import Answer, CarrierServer, Heard, carrier_server


class _Carrier:
    """Answers as Twilio does: takes everything until it is told to answer otherwise."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.taken = 0

    def __call__(self, _: Heard) -> Answer:
        self.taken += 1
        if self.answers:
            return self.answers[self.taken % len(self.answers)]
        return 201, {"sid": f"SM{self.taken:032x}", "status": "queued"}


def _no(code: int, status: int = 400) -> Answer:
    return status, {"code": code, "message": "no", "status": status}


_BUSY = _no(30410)  # Twilio's passing trouble: certainly not taken, so that the message goes again


@pytest.fixture
async def shop(context: Context) -> AsyncIterator[Shop]:
    workspace_id = await make_workspace(context)
    async with calling(context, await make_key(context, workspace_id)) as client:
        yield Shop(context, client, workspace_id)


@pytest.fixture
def carrier() -> _Carrier:
    return _Carrier()


@pytest.fixture
async def server(carrier: _Carrier) -> AsyncIterator[CarrierServer]:
    async with carrier_server(carrier) as found:
        yield found


@pytest.fixture
async def sender(shop: Shop, server: CarrierServer) -> dict[str, Any]:
    account = await shop.provider(base_url=server.url)
    return await shop.sender(provider_id=account["id"], parts_per_second=500)


async def _queue(shop: Shop, sender: dict[str, Any], count: int) -> None:
    for step in range(count):
        body = {"to": f"+1212555{1000 + step}", "purpose": "transactional", "sender_id": sender["id"], "body": "It is ready."}
        await shop.made("/v1/messages", body)


async def _dispatch(shop: Shop, sender: dict[str, Any]) -> int:
    return await dispatch_lane(shop.context, workspace_id=shop.workspace_id, sender_id=_id(sender))


def _id(sender: dict[str, Any]) -> UUID:
    return decode_id("sender", sender["id"])


async def _lane(shop: Shop, sender: dict[str, Any]) -> Lane | None:
    now = shop.context.clock.now()
    return await open_lane(shop.context, workspace_id=shop.workspace_id, sender_id=_id(sender), now=now)


async def _claim(shop: Shop, lane: Lane | None, limit: int = 50) -> Claim:
    assert lane is not None
    return await claim_group(shop.context, lane, None, limit=limit, parts=1_000, now=shop.context.clock.now())


async def _health(shop: Shop, sender: dict[str, Any]) -> dict[str, Any]:
    return dict((await shop.client.get(f"/v1/senders/{sender['id']}")).json()["health"])


async def _rested(shop: Shop) -> None:
    """As if every rest were over, and all that waits were due."""
    for sql in (
        "UPDATE breaker SET open_until = now() - interval '1 second' WHERE open_until IS NOT NULL",
        "UPDATE sender SET held_until = now() - interval '1 second' WHERE held_until IS NOT NULL",
        "UPDATE provider SET held_until = now() - interval '1 second' WHERE held_until IS NOT NULL",
        "UPDATE message SET due_at = now() - interval '1 second' WHERE state = 10",
    ):
        await shop.execute(sql)


async def test_errors_of_recipients_never_open_a_breaker_at_any_share(
    shop: Shop, carrier: _Carrier, sender: dict[str, Any]
) -> None:
    carrier.answers = [_no(21610), _no(21211), _no(21614), _no(21612), _no(21620)]
    await _queue(shop, sender, 40)
    assert await _dispatch(shop, sender) == 40
    assert await shop.value("SELECT count(*) FROM message WHERE state = 52") == 40
    told = await _health(shop, sender)
    assert (told["state"], told["tries"], told["faults"], told["since"]) == ("closed", 40, 0, None)


@pytest.mark.parametrize("answer", [_BUSY, _no(20500, 503), _no(20500, 500), (0, None)])
async def test_a_carrier_that_fails_is_left_alone_and_what_waits_uses_up_no_attempt(
    shop: Shop, carrier: _Carrier, sender: dict[str, Any], answer: Answer
) -> None:
    carrier.answers = [answer]
    await _queue(shop, sender, 12)
    assert await _dispatch(shop, sender) == 12
    told = await _health(shop, sender)
    assert (told["state"], told["reason"], told["tries"], told["faults"]) == ("open", "provider.failing", 12, 12)
    await _queue(shop, sender, 30)
    assert await _dispatch(shop, sender) == 0
    assert await shop.value("SELECT count(*) FROM message WHERE attempts = 0") == 30
    # A group that was too small to tell anything may have gone first: its tries count.
    assert await shop.value("SELECT coalesce(max(attempts - spared), 0) FROM message WHERE state = 10") <= 1


async def test_what_was_claimed_before_it_opened_goes_back_and_one_alone_goes_to_see(
    shop: Shop, carrier: _Carrier, sender: dict[str, Any]
) -> None:
    await _queue(shop, sender, 30)
    well = await _lane(shop, sender)
    early, group = await _claim(shop, well, 12), await _claim(shop, well, 5)
    assert well is not None and early.group is not None and group.group is not None
    carrier.answers = [_BUSY]
    departed = await hand_over(shop.context, well, early.group)
    assert departed is not None
    assert await record_group(shop.context, well, early.group, departed) is Condition.OPEN
    assert await hand_over(shop.context, well, group.group) is None  # it stood open before this departed
    assert await _lane(shop, sender) is None
    await _rested(shop)

    first, second = await _lane(shop, sender), await _lane(shop, sender)
    probe = await _claim(shop, first)
    assert first is not None and probe.group is not None and len(probe.group.members) == 1
    assert (await _claim(shop, second)).group is None
    assert (await _claim(shop, well)).group is not None  # a lane that knows nothing may claim, and not depart
    departed = await hand_over(shop.context, first, probe.group)
    assert departed is not None
    assert (await _claim(shop, second)).group is None  # its outcome is not known yet
    assert await record_group(shop.context, first, probe.group, departed) is Condition.OPEN
    assert await shop.value("SELECT openings FROM breaker") == 2
    assert await _lane(shop, sender) is None

    await shop.execute("UPDATE lease SET expires_at = now()")
    carrier.answers = []
    await _rested(shop)
    assert await _dispatch(shop, sender) == 1
    assert (await _health(shop, sender))["state"] == "closed"
    assert await shop.value("SELECT held_until FROM sender") is None


async def test_a_probe_whose_worker_died_is_over_with_its_lease(shop: Shop, carrier: _Carrier, sender: dict[str, Any]) -> None:
    carrier.answers = [_BUSY]
    await _queue(shop, sender, 15)
    await _dispatch(shop, sender)
    await _rested(shop)
    assert (await _claim(shop, await _lane(shop, sender))).group is not None
    assert (await _claim(shop, await _lane(shop, sender))).group is None
    await shop.execute("UPDATE breaker SET probe_until = now() - interval '1 second'")
    assert (await _claim(shop, await _lane(shop, sender))).group is not None


async def test_an_account_all_of_whose_senders_fail_is_asked_by_one_of_them_and_frees_the_others(
    shop: Shop, carrier: _Carrier, sender: dict[str, Any]
) -> None:
    others = [
        await shop.sender(provider_id=sender["provider_id"], parts_per_second=500, address=f"+1888555010{step}")
        for step in (1, 2)
    ]
    carrier.answers = [_BUSY]
    await _queue(shop, sender, 12)
    await _dispatch(shop, sender)
    account = f"/v1/providers/{sender['provider_id']}"
    assert (await shop.client.get(account)).json()["held"] is False
    await _queue(shop, others[0], 12)
    await _dispatch(shop, others[0])
    held = (await shop.client.get(account)).json()
    assert (held["held"], held["hold_reason"]) == (True, "provider.failing")
    figures = (await shop.client.get("/metrics")).text
    assert 'tactful_breakers_open{what="sender"} 2.0' in figures
    assert 'tactful_breakers_open{what="account"} 1.0' in figures
    assert await _lane(shop, others[1]) is None

    await _rested(shop)
    await _queue(shop, others[1], 3)
    await shop.execute("UPDATE breaker SET open_until = now() + interval '1 hour' WHERE subject_id = $1", _id(sender))
    await shop.execute("UPDATE sender SET held_until = now() + interval '1 hour' WHERE id = $1", _id(sender))
    carrier.answers = []
    assert await _dispatch(shop, others[1]) == 1
    assert (await shop.client.get(account)).json()["held"] is False
    assert (await _health(shop, sender))["state"] == "half_open"  # it may try now, and need not wait out its hour
    assert await _dispatch(shop, sender) == 1
    assert await _dispatch(shop, others[1]) == 2


async def test_a_refused_account_is_held_at_once_and_a_person_may_end_it(
    shop: Shop, carrier: _Carrier, sender: dict[str, Any]
) -> None:
    carrier.answers = [_no(20003, 401)]
    await _queue(shop, sender, 3)
    assert await _dispatch(shop, sender) == 3
    account = f"/v1/providers/{sender['provider_id']}"
    assert (await shop.client.get(account)).json()["hold_reason"] == "provider.account"
    assert (await _health(shop, sender))["state"] == "closed"
    carrier.answers = []
    await shop.execute("UPDATE message SET due_at = now() - interval '1 second'")
    assert (await shop.client.patch(account, json={"held": False})).status_code == 200
    assert await _dispatch(shop, sender) == 3


async def test_texts_that_carriers_filter_later_open_the_senders_breaker(
    shop: Shop, carrier: _Carrier, sender: dict[str, Any]
) -> None:
    await _queue(shop, sender, 60)
    assert await _dispatch(shop, sender) == 60
    account = decode_id("provider", sender["provider_id"])
    received = [
        Received(
            shop.workspace_id,
            account,
            Receipt(
                event_key=f"{at}",
                raw_status="undelivered",
                state=State.UNDELIVERED,
                provider_message_id=f"SM{at:032x}",
                error=ErrorClass.SPAM_FILTERED,
                error_code="30007",
            ),
        )
        for at in range(1, 19)
    ]
    await record_receipts(shop.context, received[:17], now=shop.context.clock.now())
    await record_receipts(shop.context, received[:17], now=shop.context.clock.now())  # said twice, counted once
    assert (await _health(shop, sender))["state"] == "closed"
    await record_receipts(shop.context, received[17:], now=shop.context.clock.now())
    told = await _health(shop, sender)
    assert (told["state"], told["reason"], told["faults"], told["share"]) == ("open", "provider.spam_filtered", 18, 0.3)


async def test_a_sender_that_was_too_fast_rests_as_long_as_the_carrier_asks(
    shop: Shop, server: CarrierServer, carrier: _Carrier, sender: dict[str, Any]
) -> None:
    carrier.answers = [_no(20429, 429)]
    server.headers = {"Retry-After": "1800"}
    await _queue(shop, sender, 1)
    before = shop.context.clock.now()
    assert await _dispatch(shop, sender) == 1
    rates, name = shop.context.rates, str(_id(sender))
    soon, later = before + timedelta(seconds=1790), shop.context.clock.now() + timedelta(seconds=1801)
    assert (await rates.take(name, rate=500, parts=1, now=before)).parts == 0
    assert 0 < (await rates.take(name, rate=500, parts=1, now=soon)).wait <= 20
    redis = Redis.from_url(shop.context.settings.redis_url or "")
    assert await redis.pttl(f"rate:{name}") > 0
    await redis.aclose()
    row = await shop.value("SELECT (due_at - $1 >= interval '1800 seconds') AND attempts = spared FROM message", before)
    assert row is True
    assert (await _health(shop, sender))["tries"] == 0
    assert (await rates.take(name, rate=500, parts=1, now=later)).parts == 1


async def test_a_full_queue_at_the_carrier_slows_the_sender_for_minutes_and_opens_nothing(
    shop: Shop, carrier: _Carrier, sender: dict[str, Any]
) -> None:
    carrier.answers = [_no(21611, 429)]
    await _queue(shop, sender, 15)
    assert await _dispatch(shop, sender) == 15
    now = shop.context.clock.now()
    assert (await shop.context.rates.take(str(_id(sender)), rate=500, parts=1, now=now)).wait > 60
    assert await shop.value("SELECT count(*) FROM message WHERE state = 10 AND due_at > now() + interval '1 minute'") == 15
    told = await _health(shop, sender)
    assert (told["state"], told["tries"]) == ("closed", 0)


async def test_a_window_is_the_minute_that_runs_and_the_one_before(shop: Shop, sender: dict[str, Any]) -> None:
    minute, way = datetime(2026, 11, 24, 17, 30, tzinfo=UTC), {"workspace_id": shop.workspace_id, "sender_id": _id(sender)}
    known: list[int] = []
    for seconds in (0, 59, 61, 30, 119, 121, 300):  # 30: a worker whose clock lags
        now = minute + timedelta(seconds=seconds)
        async with shop.context.db.transaction() as tx:
            account = decode_id("provider", sender["provider_id"])
            standing = await count_tries(tx, **way, provider_id=account, counts=Counts(1), now=now)
        known.append(standing.window(now).tries)
    assert known == [1, 2, 3, 4, 5, 4, 1]
    assert standing.window(minute + timedelta(seconds=361)).tries == 1
    assert standing.window(minute + timedelta(seconds=421)).tries == 0
