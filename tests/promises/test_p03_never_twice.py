"""P3: a message is handed over at most once, and a number gets at most one message of a campaign, whatever dies when."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from app.domain.message import State
from tests.promises.world import numbers, wait_until


def doubles(received: list[dict[str, Any]]) -> list[str]:
    return [to for to, count in Counter(message["to"] for message in received).items() if count > 1]


async def test_p3_answers_lost_after_acceptance_are_never_sent_again_and_settle_by_receipt(start):
    world = await start(lose_answer=0.3)
    await world.people(numbers(120))
    campaign = await world.campaign()
    await world.workers(2)
    await world.launch(campaign)
    states = await world.closed(campaign)
    received = await world.received()
    assert doubles(received) == []
    assert len(received) == 120 and states == {State.DELIVERED: 120}


async def test_p3_without_answer_and_without_receipt_a_message_ends_unconfirmed_not_repeated(start):
    world = await start(lose_answer=1.0, lose_receipt=1.0, receipt_wait_hours=4 / 3600)
    await world.people(numbers(20))
    campaign = await world.campaign()
    await world.workers(1)
    await world.launch(campaign)
    assert await world.closed(campaign) == {State.UNCONFIRMED: 20}
    received = await world.received()
    assert len(received) == 20 and doubles(received) == []


async def test_p3_a_worker_killed_while_requests_are_on_the_wire_doubles_nothing_and_loses_nothing(start):
    # What died before it reached the carrier has no receipt to settle it: time does, after twelve seconds here.
    world = await start(latency_mean=0.6, receipt_wait_hours=12 / 3600)
    await world.people(numbers(150))
    campaign = await world.campaign()
    (victim,) = await world.workers(1, TACTFUL_GROUP_SIZE="25")
    await world.launch(campaign)
    await wait_until(lambda: world.value("SELECT count(*) FROM lease WHERE departed_at IS NOT NULL"), what="a departure")
    world.kill(victim)
    await world.workers(2)
    states = await world.closed(campaign)
    received = await world.received()
    assert doubles(received) == []
    assert sum(states.values()) == 150 and State.QUEUED not in states and State.SENDING not in states
    assert len(received) == states.get(State.DELIVERED, 0)


async def test_p3_a_worker_killed_before_departure_leaves_its_messages_to_the_others(start):
    """The claim is committed and nothing left: the durable facts say so, and every message goes exactly once."""
    world = await start()
    await world.people(numbers(50))
    campaign = await world.campaign()
    await world.launch(campaign)
    await world.materialise(campaign)
    claimed = await world.claim_and_vanish(campaign, limit=30)
    assert claimed == 30 and (await world.states(campaign))[State.SENDING] == 30
    await world.workers(2)
    assert await world.closed(campaign) == {State.DELIVERED: 50}
    received = await world.received()
    assert len(received) == 50 and doubles(received) == []


async def test_p3_a_worker_killed_after_hand_over_and_before_recording_is_settled_by_receipts(start):
    world = await start()
    await world.people(numbers(40))
    campaign = await world.campaign()
    await world.launch(campaign)
    await world.materialise(campaign)
    assert await world.hand_over_and_vanish(campaign, limit=25) == 25
    await world.workers(2)
    assert await world.closed(campaign) == {State.DELIVERED: 40}
    received = await world.received()
    assert len(received) == 40 and doubles(received) == []


async def test_p3_workers_killed_again_and_again_still_end_with_one_message_a_number(start):
    world = await start(latency_mean=0.05, early_receipt=0.2, double_receipt=0.2, receipt_wait_hours=12 / 3600)
    await world.people(numbers(400))
    sender = await world.sender(rate=150)
    campaign = await world.campaign(sender_id=sender)
    await world.launch(campaign)
    for _ in range(4):
        victims = await world.workers(2, TACTFUL_GROUP_SIZE="20")
        handed = await world.value("SELECT count(*) FROM attempt")
        await world.handed_over(handed + 11)
        for victim in victims:
            world.kill(victim)
    await world.workers(2)
    states = await world.closed(campaign)
    received = await world.received()
    assert doubles(received) == []
    assert sum(states.values()) == 400
    assert len(received) == states.get(State.DELIVERED, 0)


async def test_p3_the_same_launch_requested_ten_times_at_once_sends_once(start):
    world = await start()
    await world.people(numbers(50))
    campaign = await world.campaign()
    await world.workers(2)
    answers = await asyncio.gather(*(world.try_launch(campaign) for _ in range(10)))
    assert sorted(answers) == [202, *[409] * 9]
    assert await world.closed(campaign) == {State.DELIVERED: 50}
    assert doubles(await world.received()) == []


async def test_p3_the_same_launch_with_one_idempotency_key_gets_one_answer(start):
    world = await start()
    await world.people(numbers(10))
    campaign = await world.campaign()
    answers = await asyncio.gather(*(world.try_launch(campaign, key="same") for _ in range(10)))
    assert answers == [202] * 10
    await world.workers(1)
    assert await world.closed(campaign) == {State.DELIVERED: 10}


@pytest.mark.parametrize("spelling", ["+12125551000", "(212) 555-1000", "1-212-555-1000", "+1 212.555.1000"])
async def test_p3_profiles_sharing_a_number_are_one_contact_and_get_one_message(start, spelling):
    world = await start()
    await world.people(numbers(1))
    answer = await world.post("/v1/contacts", {"phone": spelling, "default_region": "US", "attributes": {"first_name": "Bo"}})
    assert answer.status_code == 200, answer.text
    campaign = await world.campaign()
    await world.workers(1)
    await world.launch(campaign)
    assert await world.closed(campaign) == {State.DELIVERED: 1}
    assert len(await world.received()) == 1
