"""Does a failing carrier stop being asked after a bounded number of tries, and is all delivered once when it works again?"""

from collections import Counter

from app.domain.ids import encode_id
from app.domain.message import State
from tests.promises.world import World, numbers, wait_until

QUICK = {"TACTFUL_BREAKER_REST_SECONDS": "0.3", "TACTFUL_GROUP_SIZE": "20", "TACTFUL_WORKER_GROUPS": "2"}


async def health(world: World) -> dict[str, object]:
    answer = await world.client.get(f"/v1/senders/{encode_id('sender', world.sender_id)}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["health"])


async def test_a_carrier_that_is_out_of_order_is_asked_by_single_probes_until_it_works_and_all_go_once(start):
    phones = numbers(200)
    world = await start(scripted=dict.fromkeys(phones, "refuse:30410"))
    await world.people(phones)
    campaign = await world.campaign()
    await world.launch(campaign)
    await world.materialise(campaign)
    await world.workers(2, **QUICK)

    async def reopened() -> bool:
        return bool(await world.value("SELECT coalesce(max(openings), 0) >= 2 FROM breaker"))

    await wait_until(reopened, what="a breaker that opened again after a probe")
    # What two workers had on the wire when it opened, and a message each time somebody went to see since.
    openings = await world.value("SELECT max(openings) FROM breaker")
    tries = await world.value("SELECT count(*) FROM attempt")
    assert tries <= 2 * 2 * 20 + openings + 1
    ill = await health(world)
    assert ill["state"] in {"open", "half_open"} and ill["reason"] == "provider.failing"
    assert (await world.states(campaign)).get(State.FAILED, 0) == 0

    await world.configure(scripted={})
    assert await world.closed(campaign) == {State.DELIVERED: 200}
    received = Counter(message["to"] for message in await world.received())
    assert received == Counter(phones)
    assert (await health(world))["state"] == "closed"
    # Nobody used up a try for it: what found the carrier down, in a group that opened the breaker or as a probe, is spared.
    assert await world.value("SELECT max(attempts - spared) FROM message") <= 2
