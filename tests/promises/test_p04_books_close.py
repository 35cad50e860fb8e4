"""P4: every member of an audience has a row with a state and a reason, and the books close."""

from app.domain.ids import encode_id
from app.domain.message import FINAL_STATES, State
from app.usecases.audit_books import audit_books
from tests.promises.world import numbers


async def test_p4_a_troubled_campaign_closes_with_every_member_accounted_for(start):
    people = numbers(300)
    world = await start(
        lose_answer=0.05,
        async_failure=0.1,
        double_receipt=0.2,
        late_receipt=0.1,
        early_receipt=0.1,
        out_of_order=0.3,
        lose_receipt=0.05,
        reply_stop=0.05,
        receipt_wait_hours=8 / 3600,
        scripted={people[0]: "refuse:21211", people[1]: "undelivered:30005", people[2]: "refuse:21614"},
    )
    await world.people(people[:250])
    await world.people(people[250:], consent=False)
    campaign = await world.campaign()
    await world.workers(2)
    await world.launch(campaign)
    states = await world.closed(campaign)
    assert sum(states.values()) == 300
    assert set(states) <= set(FINAL_STATES)
    assert states[State.SUPPRESSED] >= 50
    assert await world.value("SELECT count(*) FROM message WHERE state IN (45, 50, 51, 52, 54) AND reason = ''") == 0
    books = await audit_books(world.context.db, workspace_id=world.workspace_id, campaign_id=campaign)
    assert books.closed and books.handed_over == books.distinct_numbers_handed_over
    assert {message["to"] for message in await world.received() if "20% off" in message["body"]} == books.reached


async def test_p4_the_api_shows_the_identity_and_it_equals_a_recount(start):
    world = await start(async_failure=0.2)
    await world.people(numbers(80))
    await world.people(numbers(20, start=500), consent=False)
    campaign = await world.campaign()
    await world.workers(2)
    await world.launch(campaign)
    states = await world.closed(campaign)
    stats = (await world.client.get(f"/v1/campaigns/{encode_id('campaign', campaign)}/stats")).json()
    assert stats["audience"] == 100 and stats["closed"]
    assert stats["states"] == {State(state).word: count for state, count in states.items()}
    tally = await world.value(
        "SELECT sum(messages) FROM (SELECT messages FROM campaign_tally UNION ALL SELECT messages FROM campaign_tally_delta) t"
    )
    assert tally == 100
