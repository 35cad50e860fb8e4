"""P5: caps are rolling windows over all campaigns and channels, exact under any interleaving; a refusal gives the place back."""

import asyncio
from collections import Counter
from datetime import timedelta

from app.domain.message import State
from tests.promises.seeding import DAYTIME
from tests.promises.world import numbers, wait_until

_POLICY = "UPDATE workspace SET policy = $1::text::jsonb WHERE id = $2 RETURNING 1"


async def test_p5_two_campaigns_and_the_last_place_under_a_cap(start):
    world = await start(latency_mean=0.02)
    people = numbers(150)
    await world.people(people)
    await world.value(_POLICY, '{"caps": [{"limit": 1, "window_seconds": 86400}]}', world.workspace_id)
    too_late = DAYTIME + timedelta(hours=3)
    senders = [await world.sender(rate=300) for _ in range(3)]
    campaigns = [await world.campaign(sender_id=sender, not_after=too_late) for sender in senders]
    await world.workers(3)
    await asyncio.gather(*(world.launch(campaign) for campaign in campaigns))
    await asyncio.gather(*(world.closed(campaign) for campaign in campaigns))
    per_number = Counter(message["to"] for message in await world.received())
    assert per_number == dict.fromkeys(people, 1)
    totals: Counter[int] = Counter()
    for campaign in campaigns:
        totals.update(await world.states(campaign))
    assert totals == {State.DELIVERED: 150, State.EXPIRED: 300}


async def test_p5_a_campaigns_own_cap_binds_beside_the_workspaces(start):
    world = await start()
    people = numbers(10)
    await world.people(people)
    await world.value(_POLICY, '{"caps": [{"limit": 2, "window_seconds": 86400}]}', world.workspace_id)
    await world.workers(1)
    for expected in (State.DELIVERED, State.DELIVERED, State.EXPIRED):
        campaign = await world.campaign(not_after=DAYTIME + timedelta(hours=2))
        await world.launch(campaign)
        assert await world.closed(campaign) == {expected: 10}
    assert len(await world.received()) == 20


async def test_p5_a_refusal_gives_the_place_back(start):
    people = numbers(5)
    world = await start(scripted=dict.fromkeys(people, "refuse_once:30006"))
    await world.people(people)
    await world.value(_POLICY, '{"caps": [{"limit": 1, "window_seconds": 86400}]}', world.workspace_id)
    await world.workers(1)
    first = await world.campaign(not_after=DAYTIME + timedelta(hours=2))
    await world.launch(first)
    assert await world.closed(first) == {State.REJECTED: 5}
    assert await world.value("SELECT count(*) FROM message WHERE counted_at IS NOT NULL") == 0
    await world.value("DELETE FROM suppression RETURNING 1")
    await world.value("UPDATE number SET line_type = NULL RETURNING 1")  # the refusal taught that it is a landline
    second = await world.campaign(not_after=DAYTIME + timedelta(hours=2))
    await world.launch(second)
    assert await world.closed(second) == {State.DELIVERED: 5}


async def test_p5_a_message_put_off_by_a_cap_waits_for_the_oldest_send_to_leave_the_window(start):
    world = await start()
    people = numbers(3)
    await world.people(people)
    await world.value(_POLICY, '{"caps": [{"limit": 1, "window_seconds": 6}]}', world.workspace_id)
    await world.workers(1)
    first, second = await world.campaign(), await world.campaign()
    await world.launch(first)
    await wait_until(lambda: world.value("SELECT count(*) >= 3 FROM attempt"), what="the first round")
    await world.launch(second)
    assert await world.closed(second) == {State.DELIVERED: 3}
    gaps = await world.value(
        "SELECT min(b.counted_at - a.counted_at) FROM message a JOIN message b ON b.phone = a.phone "
        "WHERE a.campaign_id = $1 AND b.campaign_id = $2",
        first,
        second,
    )
    assert gaps >= timedelta(seconds=6)
