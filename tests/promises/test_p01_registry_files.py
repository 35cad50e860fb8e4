"""P1: consent ends with a number's tenure at once, while campaigns claim, and answers count at the hand-over."""

from datetime import timedelta

from tests.promises.world import World, numbers, wait_until

_CSV = {"Content-Type": "text/csv"}
_SENT_AFTER = """
SELECT count(*) FROM attempt a JOIN message m ON m.id = a.message_id
JOIN consent_event e ON e.phone = m.phone AND e.kind = 'expired' AND e.recorded_at < a.handed_over_at
"""


async def _load(world: World, registry: str, phones: list[str], **query: str) -> dict[str, object]:
    path = f"/v1/registries/{registry}/files"
    answer = await world.client.post(path, content="\n".join(phones), headers=_CSV, params=query)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def test_p1_a_deactivation_file_that_comes_while_a_campaign_claims_stops_whoever_it_names(start):
    world = await start()
    people = numbers(300)
    await world.people(people)
    sender = await world.sender(rate=60)
    campaign = await world.campaign(sender_id=sender)
    await world.workers(2)
    await world.launch(campaign)
    await world.handed_over(20)
    gone = people[::2]
    loaded = await _load(world, "us.deactivations", gone)
    assert loaded["tenures_ended"] == len(gone)
    states = await world.closed(campaign)
    assert sum(states.values()) == len(people)
    assert await world.value(_SENT_AFTER) == 0
    received = {message["to"] for message in await world.received()}
    assert set(people[1::2]) <= received
    assert len(received) < len(people)
    reasons = await world.value("SELECT array_agg(DISTINCT reason) FROM message WHERE state IN (50, 51)")
    assert set(reasons) <= {"suppress.deactivated"}


async def test_p1_answers_that_come_after_the_launch_are_heard_at_the_hand_over(start):
    world = await start()
    people = numbers(60)
    await world.people(people)
    sender = await world.sender(rate=5)
    campaign = await world.campaign(sender_id=sender)
    await world.launch(campaign)
    await world.workers(1)
    await wait_until(lambda: world.value("SELECT count(*) FROM attempt"), what="the first hand-over")
    now = world.context.clock.now()
    rows = "\n".join(f"{phone},yes,{(now - timedelta(days=1)).date()}" for phone in people)
    path = "/v1/registries/us.reassigned/files"
    answer = await world.client.post(path, content=f"phone,answer,asked_about\n{rows}", headers=_CSV)
    assert answer.status_code == 201, answer.text
    await world.closed(campaign)
    assert await world.value(_SENT_AFTER) == 0
    assert await world.value("SELECT count(*) FROM message WHERE state IN (50, 51) AND reason = 'suppress.reassigned'") > 0
