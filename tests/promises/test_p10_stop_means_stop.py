"""P10: pause, resume and cancel act on hand-overs at once, and answer with what was in flight; resume never restarts."""

from collections import Counter

from app.domain.message import State
from tests.promises.world import numbers, wait_until


async def _running(start, count: int = 400, rate: float = 150.0, **config):
    world = await start(latency_mean=0.1, **config)
    await world.people(numbers(count))
    sender = await world.sender(rate=rate)
    campaign = await world.campaign(sender_id=sender)
    await world.workers(2, TACTFUL_GROUP_SIZE="30")
    await world.launch(campaign)
    await wait_until(lambda: world.value("SELECT count(*) >= 30 FROM attempt"), what="hand-overs under way")
    return world, campaign


async def test_p10_after_a_pause_has_answered_only_what_was_in_flight_still_arrives(start):
    world, campaign = await _running(start)
    answer = await world.act(campaign, "pause")
    assert answer.status_code == 200, answer.text
    in_flight = answer.json()["in_flight"]
    paused_at = world.context.clock.now()
    known_to_have_left = await world.value("SELECT count(*) FROM message WHERE state >= 25")
    await wait_until(lambda: world.value("SELECT count(*) = 0 FROM message WHERE state = 20"), what="the wire to clear")
    assert await world.value("SELECT max(handed_over_at) FROM attempt") <= paused_at
    settled = await world.value("SELECT count(*) FROM attempt")
    assert settled - known_to_have_left <= in_flight
    await world.value("SELECT pg_sleep(1.2)")  # the promise speaks of a second
    assert len(await world.received()) == settled == await world.value("SELECT count(*) FROM attempt")
    assert (await world.states(campaign))[State.QUEUED] > 0


async def test_p10_resume_continues_and_never_restarts(start):
    world, campaign = await _running(start)
    await world.act(campaign, "pause")
    await wait_until(lambda: world.value("SELECT count(*) = 0 FROM message WHERE state = 20"), what="the wire to clear")
    assert (await world.act(campaign, "resume")).status_code == 200
    assert await world.closed(campaign) == {State.DELIVERED: 400}
    assert max(Counter(message["to"] for message in await world.received()).values()) == 1


async def test_p10_cancel_mid_flight_closes_the_books_and_nothing_more_leaves(start):
    world, campaign = await _running(start)
    answer = await world.act(campaign, "cancel")
    assert answer.status_code == 200, answer.text
    states = await world.closed(campaign)
    received = await world.received()
    assert sum(states.values()) == 400 and states[State.CANCELLED] > 0
    assert len(received) == states.get(State.DELIVERED, 0)
    assert (await world.act(campaign, "resume")).status_code == 409


async def test_p10_a_paused_campaign_keeps_what_a_killed_worker_had_claimed(start):
    world, campaign = await _running(start)
    await world.act(campaign, "pause")
    await wait_until(lambda: world.value("SELECT count(*) = 0 FROM lease"), what="the leases to end")
    assert (await world.states(campaign)).get(State.SENDING, 0) == 0
    await world.act(campaign, "resume")
    assert sum((await world.closed(campaign)).values()) == 400
