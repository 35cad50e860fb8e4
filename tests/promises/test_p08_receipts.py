"""P8: receipts only move a message forward, in any order, doubled, early, or for an id not known yet."""

import asyncio
import itertools

import pytest

from app.clock import new_id
from app.domain.delivery import Receipt
from app.domain.message import State
from app.domain.reference import write_reference
from app.usecases.record_receipts import Received, record_receipts
from tests.promises.world import numbers, wait_until


async def test_p8_early_doubled_late_and_shuffled_receipts_all_end_delivered(start):
    world = await start(early_receipt=0.4, double_receipt=0.4, out_of_order=0.5, late_receipt=0.2)
    await world.people(numbers(150))
    campaign = await world.campaign()
    await world.workers(2)
    await world.launch(campaign)
    assert await world.closed(campaign) == {State.DELIVERED: 150}
    assert await world.value("SELECT sum(copies) > count(*) FROM receipt")
    assert await world.value("SELECT count(*) FROM receipt WHERE message_id IS NULL") == 0


WORDS = [State.SUBMITTED, State.SENT, State.DELIVERED, State.UNDELIVERED]


async def test_p8_any_order_of_the_same_receipts_ends_in_the_highest_rank(one_message):
    world, message_id = one_message
    for order in itertools.permutations(WORDS):
        await world.value("UPDATE message SET state = 25 WHERE id = $1 RETURNING 1", message_id)
        for word in order:
            await _say(world, message_id, word)
        ended = await world.value("SELECT state FROM message WHERE id = $1", message_id)
        assert ended == State.DELIVERED, "-".join(word.word for word in order)


@pytest.fixture
async def one_message(start):
    world = await start(lose_receipt=1.0)  # only the test's own receipts come
    await world.people(numbers(1))
    campaign = await world.campaign()
    await world.launch(campaign)
    await world.materialise(campaign)
    await world.hand_over_and_vanish(campaign, limit=1)
    return world, await world.value("SELECT id FROM message")


async def _say(world, message_id, state: State, *, sid: str | None = None, reference: bool = True) -> None:
    named = write_reference(world.context.reference_key, provider_id=world.provider_id, message_id=message_id, attempt=1)
    receipt = Receipt(
        event_key=f"{new_id()}",
        raw_status=state.word,
        state=state,
        reference=named if reference else None,
        provider_message_id=sid,
    )
    await record_receipts(
        world.context, [Received(world.workspace_id, world.provider_id, receipt)], now=world.context.clock.now()
    )


async def test_p8_receipts_for_an_unknown_id_are_kept_and_matched_when_the_send_is_recorded(start):
    world = await start()
    await world.people(numbers(1))
    campaign = await world.campaign()
    await world.launch(campaign)
    await world.materialise(campaign)
    message_id = await world.value("SELECT id FROM message")
    await _say(world, message_id, State.DELIVERED, sid="SM" + "e" * 32, reference=False)
    assert await world.value("SELECT count(*) FROM receipt WHERE message_id IS NULL") == 1
    await world.value(
        "INSERT INTO attempt (workspace_id, message_id, number, provider_id, sender_id, outcome, provider_message_id, "
        "handed_over_at) "
        "VALUES ($1, $2, 0, $3, $4, 'accepted', $5, now()) RETURNING 1",
        world.workspace_id,
        message_id,
        world.provider_id,
        world.sender_id,
        "SM" + "e" * 32,
    )
    await world.workers(1)
    await wait_until(lambda: world.value("SELECT state = 80 FROM message"), what="the match")


async def test_p8_the_same_event_again_and_again_at_once_counts_once(one_message):
    world, message_id = one_message
    named = write_reference(world.context.reference_key, provider_id=world.provider_id, message_id=message_id, attempt=1)
    receipt = Receipt(event_key="one-event", raw_status="sent", state=State.SENT, reference=named)
    batch = [Received(world.workspace_id, world.provider_id, receipt)] * 3
    await asyncio.gather(*(record_receipts(world.context, batch, now=world.context.clock.now()) for _ in range(8)))
    assert await world.value("SELECT array_agg(copies) FROM receipt WHERE event_key = 'one-event'") == [24]


async def test_p8_an_unknown_status_word_is_kept_and_moves_nothing(one_message):
    world, _ = one_message
    before = await world.value("SELECT state FROM message")
    receipt = Receipt(event_key="strange", raw_status="teleported", state=None, provider_message_id="SM" + "f" * 32)
    await record_receipts(
        world.context, [Received(world.workspace_id, world.provider_id, receipt)], now=world.context.clock.now()
    )
    assert await world.value("SELECT raw_status FROM receipt WHERE event_key = 'strange'") == "teleported"
    assert await world.value("SELECT state FROM message") == before
