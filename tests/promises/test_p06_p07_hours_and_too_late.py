"""P6: a number has a set of zones, and goes only when all are open; unknown is closed. P7: too late means never."""

from datetime import UTC, datetime, timedelta

from app.domain.message import State
from tests.factories import WRITTEN
from tests.promises.seeding import DAYTIME
from tests.promises.world import numbers, wait_until

NIGHT = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)  # 22:00 in New York, 19:00 in Los Angeles


async def _contacts(world, phones: list[str]) -> None:
    for phone in phones:
        answer = await world.post("/v1/contacts", {"phone": phone, "attributes": {"first_name": "Bo"}})
        assert answer.status_code == 201, answer.text
    body = {
        "items": [
            {
                "phone": phone,
                "method": "web_form",
                "evidence": {"wording": WRITTEN, "seller": "Shop", "url": "https://shop.example/join", "ip": "192.0.2.1"},
                "occurred_at": (NIGHT - timedelta(days=9)).isoformat(),
            }
            for phone in phones
        ]
    }
    answer = await world.post("/v1/opt-ins/bulk", body)
    assert answer.is_success, answer.text


async def test_p6_those_whose_day_is_over_wait_for_their_morning_and_the_others_go(start):
    world = await start(at=NIGHT)
    east, west, both = "+12125551000", "+12135551000", "+18505550100"
    await _contacts(world, [east, west, both])
    campaign = await world.campaign()
    await world.workers(1)
    await world.launch(campaign)
    await wait_until(lambda: world.value("SELECT count(*) = 1 FROM message WHERE state >= 80"), what="the westerner")
    assert [message["to"] for message in await world.received()] == [west]
    due = await world.value("SELECT array_agg(phone || ' ' || due_at ORDER BY phone) FROM message WHERE state = 10")
    assert due == ["+12125551000 2026-11-24 13:00:00+00", "+18505550100 2026-11-24 14:00:00+00"]


async def test_p6_a_carriers_queue_lets_nothing_out_after_the_hours(start):
    world = await start(at=NIGHT - timedelta(minutes=70))  # 20:50 in New York, 19:50 in Austin
    new_york, panhandle, austin = "+12125551000", "+18505550100", "+15125551000"
    await _contacts(world, [new_york, panhandle, austin])
    campaign = await world.campaign()
    await world.workers(1)
    await world.launch(campaign)
    await world.handed_over(2)
    minutes = {message["to"]: int(message["validity_period"]) / 60 for message in await world.received()}
    assert 0 < minutes[new_york] <= 10 and 0 < minutes[austin] <= 70, minutes


async def test_p6_unknown_is_closed(start):
    world = await start()
    await world.people(numbers(1))
    answer = await world.post("/v1/decisions", {"to": "+870773111632", "channel": "sms", "purpose": "marketing"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["verdict"] == "never"
    rules = {reason["rule"] for reason in answer.json()["reasons"]}
    assert rules & {"time.zone_unknown", "region.not_enabled"}


async def test_p7_what_cannot_go_before_its_not_after_is_expired_with_both_reasons(start):
    world = await start(at=NIGHT)
    await world.people(numbers(5))
    campaign = await world.campaign(not_after=NIGHT + timedelta(hours=2))
    await world.workers(1)
    await world.launch(campaign)
    assert await world.closed(campaign) == {State.EXPIRED: 5}
    rules = await world.value(
        "SELECT array_agg(DISTINCT r->>'rule' ORDER BY r->>'rule') FROM message, jsonb_array_elements(decision->'reasons') r"
    )
    assert rules == ["time.not_after", "time.quiet.us.federal"]
    assert await world.received() == []


async def test_p7_not_after_is_honoured_through_throttling_and_passed_on_as_validity(start):
    world = await start()
    await world.people(numbers(30))
    slow = await world.sender(rate=2)
    campaign = await world.campaign(sender_id=slow, not_after=DAYTIME + timedelta(seconds=60))
    await world.workers(1)
    await world.value(
        "UPDATE campaign SET not_after = $1 WHERE id = $2 RETURNING 1", world.context.clock.now() + timedelta(seconds=4), campaign
    )
    await world.launch(campaign)
    states = await world.closed(campaign)
    assert states[State.EXPIRED] > 10 and sum(states.values()) == 30
    received = await world.received()
    assert received and all(0 < int(message["validity_period"]) <= 5 for message in received)
    late = await world.value(
        "SELECT count(*) FROM attempt a JOIN message m ON m.id = a.message_id WHERE a.handed_over_at >= m.not_after"
    )
    assert late == 0


async def test_p7_a_paused_campaign_expires_rather_than_going_out_the_next_day(start):
    world = await start()
    await world.people(numbers(20))
    slow = await world.sender(rate=1)
    campaign = await world.campaign(sender_id=slow, not_after=world.context.clock.now() + timedelta(seconds=5))
    await world.workers(1)
    await world.launch(campaign)
    await wait_until(lambda: world.value("SELECT count(*) = 20 FROM message"), what="the audience")
    assert (await world.act(campaign, "pause")).status_code == 200
    await wait_until(lambda: world.value("SELECT count(*) FILTER (WHERE state = 54) > 10 FROM message"), what="expiry")
    assert await world.value("SELECT count(*) FROM message WHERE state IN (10, 20)") == 0


async def test_p6_rows_a_workspace_adds_after_the_launch_bind_what_waits_already(start):
    world = await start()
    east, west, south = "+12125551000", "+12135551000", "+15045551000"
    await _contacts(world, [east, west, south])
    campaign = await world.campaign()
    await world.launch(campaign)
    await world.materialise(campaign)
    day = DAYTIME.date().isoformat()
    rows = [
        {"kind": "closed_day", "region": "US-NY", "source": "a proclamation", "valid_from": day},
        {"kind": "emergency_ban", "region": "US-LA", "source": "order 58", "valid_from": NIGHT.isoformat()},
    ]
    assert (await world.post("/v1/rules/rows", {"rows": rows})).status_code == 201
    await world.workers(1)
    await wait_until(lambda: world.value("SELECT count(*) = 1 FROM message WHERE state >= 80"), what="the westerner")
    await wait_until(lambda: world.value("SELECT count(*) = 1 FROM message WHERE state = 51"), what="the southerner")
    assert [message["to"] for message in await world.received()] == [west]
    assert await world.value("SELECT reason FROM message WHERE phone = $1", south) == "time.emergency_ban.us.la"
    waiting = "SELECT due_at::text || ' ' || (decision->'reasons'->0->>'rule') FROM message WHERE phone = $1 AND state = 10"
    assert await world.value(waiting, east) == "2026-11-25 13:00:00+00 time.workspace_row"
