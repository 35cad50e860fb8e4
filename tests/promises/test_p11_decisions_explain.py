"""P11: every decision explains itself, the same before, at and after the send."""

from datetime import timedelta

from app.domain.ids import encode_id
from tests.promises.seeding import DAYTIME
from tests.promises.world import numbers

NIGHT = DAYTIME + timedelta(hours=10)


async def test_p11_every_rule_that_objects_is_named_with_its_source_for_any_instant(start):
    world = await start()
    phone = numbers(1)[0]
    await world.people([phone], consent=False)
    await world.post("/v1/opt-outs", {"phone": phone, "method": "web_form"})
    answer = await world.post("/v1/decisions", {"to": phone, "channel": "sms", "purpose": "marketing", "at": NIGHT.isoformat()})
    decision = answer.json()
    assert decision["verdict"] == "never" and decision["until"] is None
    rules = [reason["rule"] for reason in decision["reasons"]]
    assert {"suppress.opt_out.text", "consent.revoked", "time.quiet.us.federal"} <= set(rules)
    assert all(reason["source"] and reason["detail"] for reason in decision["reasons"])
    assert phone not in answer.text.replace(f'"to":"{phone}"', "")


async def test_p11_a_wait_says_until_when_and_the_next_instant_allows(start):
    world = await start()
    phone = numbers(1)[0]
    await world.people([phone])
    ask = {"to": phone, "channel": "sms", "purpose": "marketing"}
    night = (await world.post("/v1/decisions", {**ask, "at": NIGHT.isoformat()})).json()
    assert night["verdict"] == "wait" and night["until"] == "2026-11-25T13:00:00Z"
    morning = (await world.post("/v1/decisions", {**ask, "at": night["until"]})).json()
    assert morning == {**morning, "verdict": "allow", "until": None, "reasons": []}


async def test_p11_an_unknown_number_is_decided_like_any_other(start):
    world = await start()
    answer = await world.post("/v1/decisions", {"to": "+13125550142", "channel": "sms", "purpose": "marketing"})
    assert answer.status_code == 200
    assert [reason["rule"] for reason in answer.json()["reasons"]] == ["consent.missing"]
    assert await world.value("SELECT count(*) FROM number") == 0


async def test_p11_the_past_is_judged_by_what_held_then(start):
    world = await start()
    phone = numbers(1)[0]
    await world.people([phone])
    await world.post("/v1/opt-outs", {"phone": phone, "method": "web_form"})
    ask = {"to": phone, "channel": "sms", "purpose": "marketing"}
    then = (DAYTIME - timedelta(days=7)).isoformat()
    assert (await world.post("/v1/decisions", {**ask, "at": then})).json()["verdict"] == "allow"
    assert (await world.post("/v1/decisions", ask)).json()["verdict"] == "never"


async def test_p11_preflight_the_send_and_the_record_agree(start):
    world = await start()
    await world.people(numbers(20))
    await world.people(numbers(7, start=300), consent=False)
    campaign = await world.campaign()
    path = f"/v1/campaigns/{encode_id('campaign', campaign)}"
    preflight = (await world.post(f"{path}/preflight")).json()
    assert preflight["verdicts"] == {"allow": 20, "wait": 0, "never": 7}
    await world.workers(1)
    await world.launch(campaign)
    await world.closed(campaign)
    page = (await world.client.get(f"{path}/recipients", params={"state": "suppressed"})).json()
    assert len(page["items"]) == 7
    for recipient in page["items"]:
        assert recipient["decision"]["verdict"] == "never"
        assert recipient["decision"]["reasons"][0]["rule"] == recipient["reason"] == "consent.missing"
