"""P1: nothing marketing goes without valid consent at the instant of hand-over. P2: an opt-out silences at once."""

import asyncio
from datetime import timedelta
from urllib.parse import urlsplit

from app.domain.ids import encode_id
from app.domain.message import State
from tests.promises.seeding import DAYTIME
from tests.promises.world import numbers, wait_until


async def test_p1_only_people_with_valid_consent_are_handed_over_and_the_rest_have_a_reason(start):
    world = await start()
    agreed, never_asked, lapsed = numbers(40), numbers(20, start=100), numbers(10, start=200)
    await world.people(agreed)
    await world.people(never_asked, consent=False)
    await world.people(lapsed)
    await world.value("UPDATE consent SET expires_at = $1 WHERE phone = ANY($2) RETURNING 1", DAYTIME - timedelta(days=1), lapsed)
    campaign = await world.campaign()
    await world.workers(2)
    await world.launch(campaign)
    states = await world.closed(campaign)
    assert states == {State.DELIVERED: 40, State.SUPPRESSED: 30}
    assert sorted(message["to"] for message in await world.received()) == sorted(agreed)
    reasons = await world.value("SELECT array_agg(DISTINCT reason ORDER BY reason) FROM message WHERE state = 51")
    assert reasons == ["consent.expired", "consent.missing"]


async def test_p1_consent_that_ends_while_the_message_waits_is_seen_at_the_hand_over(start):
    world = await start()
    people = numbers(30)
    await world.people(people)
    sender = await world.sender(rate=2)
    campaign = await world.campaign(sender_id=sender)
    await world.launch(campaign)
    await world.workers(1)
    await wait_until(lambda: world.value("SELECT count(*) FROM attempt"), what="the first hand-over")
    await world.value("UPDATE consent SET state = 'expired' WHERE phone = ANY($1) RETURNING 1", people)
    left_before = await world.value("SELECT count(*) FROM message WHERE state >= 20")
    states = await world.closed(campaign)
    assert states[State.SUPPRESSED] >= 30 - left_before - 1
    assert len(await world.received()) == states.get(State.DELIVERED, 0)


async def test_p2_an_opt_out_stops_what_waits_and_answers_how_many_were_beyond_recall(start):
    world = await start()
    people = numbers(60)
    await world.people(people)
    slow = await world.sender(rate=10)
    campaigns = [await world.campaign(sender_id=slow) for _ in range(2)]
    await world.workers(2)
    for campaign in campaigns:
        await world.launch(campaign)
    await wait_until(lambda: world.value("SELECT count(*) >= 120 FROM message"), what="both audiences")

    async def leave(phone: str) -> tuple[str, dict[str, int]]:
        answer = await world.post("/v1/opt-outs", {"phone": phone, "method": "web_form"})
        assert answer.status_code == 201, answer.text
        acknowledged = {message["sid"] for message in await world.received() if message["to"] == phone}
        return phone, {**answer.json(), "already": len(acknowledged)}

    answers = await asyncio.gather(*(leave(phone) for phone in people[:40]))
    for campaign in campaigns:
        await world.closed(campaign)
    received = await world.received()
    for phone, answer in answers:
        later = sum(message["to"] == phone for message in received) - answer["already"]
        assert later <= answer["beyond_recall"], f"{phone[-4:]} got {later} more than the answer said"
        assert answer["cancelled"] + answer["stopped"] + answer["beyond_recall"] <= 2
    assert await world.value(_SENT_AFTER) == 0


_SENT_AFTER = """
SELECT count(*) FROM attempt a JOIN message m ON m.id = a.message_id
JOIN consent_event e ON e.phone = m.phone AND e.kind = 'revoked' AND e.recorded_at < a.handed_over_at
"""


async def test_p2_stop_by_text_silences_every_campaign_and_is_confirmed_once(start):
    people = numbers(20)
    world = await start(scripted={people[0]: "reply:STOP", people[1]: "reply: stop! ", people[2]: "reply:HELP"})
    await world.people(people)
    first, second = await world.campaign(), await world.campaign()
    await world.workers(2)
    await world.launch(first)
    await world.closed(first)
    await wait_until(lambda: world.value("SELECT count(*) >= 2 FROM suppression WHERE reason = 'opt_out'"), what="both STOPs")
    await world.launch(second)
    states = await world.closed(second)
    assert states == {State.DELIVERED: 18, State.SUPPRESSED: 2}
    await wait_until(
        lambda: world.value("SELECT count(*) = 3 FROM message WHERE origin = 'reply' AND state >= 80"), what="the answers"
    )
    answers = {message["to"]: message["body"] for message in await world.received() if "20% off" not in message["body"]}
    assert "unsubscribed" in answers[people[0]] and "unsubscribed" in answers[people[1]]
    assert "STOP" in answers[people[2]]
    assert len(answers) == 3


async def test_p2_start_brings_back_only_by_the_persons_own_word(start):
    people = numbers(4)
    world = await start(scripted={people[0]: "reply:STOP"})
    await world.people(people)
    await world.workers(1)
    first = await world.campaign()
    await world.launch(first)
    await world.closed(first)
    await wait_until(lambda: world.value("SELECT count(*) FROM suppression"), what="the STOP")
    plain = await world.post(
        "/v1/opt-ins",
        {
            "phone": people[0],
            "method": "import",
            "evidence": {"source": "crm", "collected_at": "2026-10-01T00:00:00Z"},
            "occurred_at": DAYTIME.isoformat(),
        },
    )
    assert plain.status_code == 201 and await world.value("SELECT count(*) FROM suppression") == 1, plain.text
    await world.say(people[0], "START")
    await wait_until(lambda: world.value("SELECT count(*) = 0 FROM suppression WHERE channel IN ('', 'sms')"), what="the START")
    second = await world.campaign()
    await world.launch(second)
    assert await world.closed(second) == {State.DELIVERED: 4}


async def test_p2_the_carriers_own_opt_out_code_reaches_the_ledger(start):
    people = numbers(6)
    world = await start(scripted={people[0]: "refuse:21610"})
    await world.people(people)
    await world.workers(1)
    campaign = await world.campaign()
    await world.launch(campaign)
    assert await world.closed(campaign) == {State.DELIVERED: 5, State.REJECTED: 1}
    event = await world.value("SELECT source FROM consent_event WHERE kind = 'revoked' AND phone = $1", people[0])
    assert event.startswith("provider")
    answer = await world.post("/v1/decisions", {"to": people[0], "channel": "sms", "purpose": "marketing"})
    assert answer.json()["verdict"] == "never"


async def test_p2_an_opt_out_racing_every_claim_never_lets_a_later_hand_over_through(start):
    world = await start(latency_mean=0.02)
    people = numbers(200)
    await world.people(people)
    sender = await world.sender(rate=200)
    campaign = await world.campaign(sender_id=sender)
    await world.workers(3)
    await world.launch(campaign)
    await wait_until(lambda: world.value("SELECT count(*) >= 20 FROM attempt"), what="hand-overs under way")
    for start_at in range(0, 200, 25):
        items = [{"phone": phone, "method": "web_form"} for phone in people[start_at : start_at + 25]]
        answer = await world.post("/v1/opt-outs/bulk", {"items": items})
        assert answer.is_success, answer.text
    await world.closed(campaign)
    assert await world.value(_SENT_AFTER) == 0
    assert await world.value("SELECT count(*) FROM message WHERE state IN (10, 20)") == 0


async def test_p2_a_cancelled_single_message_is_not_sent(start):
    world = await start()
    await world.people(numbers(1))
    sender = await world.sender(rate=1)
    later = (DAYTIME + timedelta(hours=1)).isoformat()
    assert later
    answer = await world.post(
        "/v1/messages",
        {
            "to": numbers(1)[0],
            "channel": "sms",
            "purpose": "transactional",
            "sender_id": encode_id("sender", sender),
            "body": "Your parcel comes today",
        },
    )
    assert answer.status_code == 201, answer.text
    cancelled = await world.post(f"/v1/messages/{answer.json()['id']}/cancel")
    assert cancelled.json()["state"] == "cancelled"
    await world.workers(1)
    await wait_until(lambda: world.value("SELECT count(*) = 1 FROM message WHERE state = 50"), what="the cancel")
    assert await world.received() == []


async def _through_every_door(world, people: list[str]) -> None:
    """A no for each person, by a different door in turn, all at once while messages leave."""

    async def api(phone: str) -> None:
        await world.post("/v1/opt-outs", {"phone": phone, "method": "key_press"})

    async def bulk(phone: str) -> None:
        await world.post("/v1/opt-outs/bulk", {"items": [{"phone": phone, "method": "complaint"}]})

    async def text(phone: str) -> None:
        await world.say(phone, "please stop texting me")

    async def unclear(phone: str) -> None:
        await world.say(phone, "STOP YOU PEOPLE")

    async def link(phone: str) -> None:
        found = await world.client.get("/v1/opt-out-link", params={"phone": phone})
        await world.client.post(urlsplit(found.json()["url"]).path)

    async def file(phone: str) -> None:
        body = f"phone,opted_out\n{phone},yes\n"
        await world.client.post("/v1/imports", content=body, headers={"Content-Type": "text/csv"})

    doors = (api, bulk, text, unclear, link, file)
    await asyncio.gather(*(doors[place % len(doors)](phone) for place, phone in enumerate(people)))


async def test_p2_a_no_by_any_door_lets_no_later_hand_over_through(start):
    world = await start(latency_mean=0.02)
    people = numbers(180)
    await world.people(people)
    sender = await world.sender(rate=120)
    campaigns = [await world.campaign(sender_id=sender) for _ in range(2)]
    await world.workers(3)
    for campaign in campaigns:
        await world.launch(campaign)
    await wait_until(lambda: world.value("SELECT count(*) >= 20 FROM attempt"), what="hand-overs under way")
    stopped = people[:120]
    await _through_every_door(world, stopped)
    silenced = "SELECT count(DISTINCT phone) = 120 FROM suppression WHERE phone = ANY($1) AND channel = ''"
    await wait_until(lambda: world.value(silenced, stopped), what="every no")
    for campaign in campaigns:
        await world.closed(campaign)
    not_answers = " WHERE m.origin <> 'reply'"
    assert await world.value(_SENT_AFTER + not_answers) == 0
    after_a_hold = """
        SELECT count(*) FROM attempt a JOIN message m ON m.id = a.message_id
        JOIN suppression s ON s.phone = m.phone AND s.reason = 'review' AND s.since < a.handed_over_at
        WHERE m.origin <> 'reply'"""
    assert await world.value(after_a_hold) == 0
    assert await world.value("SELECT count(*) FROM message WHERE state IN (10, 20)") == 0
    assert await world.value("SELECT count(*) FROM review WHERE outcome IS NULL") == 20
    methods = "SELECT array_agg(DISTINCT method ORDER BY method) FROM consent_event WHERE kind = 'revoked'"
    assert await world.value(methods) == ["complaint", "import", "key_press", "keyword", "link"]
