"""Do campaigns come round and sequences go on by themselves? Each turn once, each step once, through pauses and late hands."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.clock import Clock
from app.domain.ids import decode_id
from app.usecases.campaign_series import launch_series
from app.usecases.context import Context
from app.usecases.materialise import materialise
from app.usecases.run_sequences import advance_sequences
from app.usecases.sweep import sweep
from tests.factories import calling, make_key, make_workspace
from tests.shop import Shop, id_of, path_of, pointers

_PHONES = [f"+1212555{1000 + step}" for step in range(5)]
_DAY = 86_400
_THROUGH = """
UPDATE enrolment SET state = 'done', created_at = created_at - interval '2 hours' WHERE contact_id = $1
"""
_ENDLESS = """
SELECT bool_or(not_after IS NULL OR not_after <= occurrence_at) FROM campaign WHERE series_id IS NOT NULL
"""


@pytest.fixture
async def shop(context: Context) -> Any:
    workspace_id = await make_workspace(context)
    async with calling(context, await make_key(context, workspace_id)) as client:
        yield Shop(context, client, workspace_id)


def _later(shop: Shop, seconds: float) -> Context:
    return replace(shop.context, clock=Clock(offset=timedelta(seconds=seconds)))


async def _series(shop: Shop, **fields: Any) -> dict[str, Any]:
    pattern = await shop.campaign()
    today = shop.context.clock.now().date().isoformat()
    rhythm = {"every": "day", "first_on": today, "at": "10:00:00", "time_zone": "America/New_York"}
    return await shop.made("/v1/campaign-series", {"name": "daily", "campaign_id": pattern["id"], "rhythm": rhythm, **fields})


async def _launched(shop: Shop, series: dict[str, Any]) -> list[Any]:
    return list(
        await shop.value(
            "SELECT coalesce(array_agg(name ORDER BY occurrence_at), '{}') FROM campaign WHERE series_id = $1",
            decode_id("campaign_series", series["id"]),
        )
    )


async def test_each_turn_of_a_series_launches_one_campaign(shop: Shop) -> None:
    await shop.people(_PHONES, first_name="Ann")
    series = await _series(shop)
    assert await launch_series(shop.context) == 0
    for day in (1, 2):
        contexts = [_later(shop, day * _DAY)] * 4
        assert sum(await asyncio.gather(*(launch_series(context) for context in contexts))) == 1
    names = await _launched(shop, series)
    assert len(names) == 2
    assert all(name.startswith("autumn 20") for name in names)
    states = await shop.value("SELECT array_agg(DISTINCT state) FROM campaign WHERE series_id IS NOT NULL")
    assert states == ["running"]
    assert not await shop.value(_ENDLESS)


async def test_a_turn_keeps_to_everything_its_pattern_says(shop: Shop) -> None:
    pattern = await shop.campaign(
        budget={"currency": "USD", "total": "5.00", "by_country": {"US": "1.00"}},
        split={"holdout": 0.1, "key": "always"},
        caps=[{"limit": 1, "window_seconds": 86_400}],
        pace={"spread_seconds": 600},
        topic="news",
    )
    series = await _series(shop, campaign_id=pattern["id"])
    assert await launch_series(_later(shop, _DAY)) == 1
    rows = await shop.value(
        "SELECT jsonb_agg(to_jsonb(c) ORDER BY c.series_id NULLS FIRST) FROM campaign c WHERE id = $1 OR series_id = $2",
        id_of(pattern),
        decode_id("campaign_series", series["id"]),
    )
    first, copy = rows
    its_own = {
        "id",
        "name",
        "state",
        "rule",
        "not_after",
        "series_id",
        "occurrence_at",
        "launched_at",
        "created_at",
        "updated_at",
    }
    assert {name for name in first if first[name] != copy[name]} <= its_own
    assert copy["budget"]["total"] == "5.00"


async def test_turns_that_were_slept_through_are_left_out(shop: Shop) -> None:
    series = await _series(shop, valid_for_seconds=3_600)
    asleep = _later(shop, 9 * _DAY)
    found = (await shop.client.get(f"/v1/campaign-series/{series['id']}")).json()
    assert await launch_series(asleep) <= 1
    again = (await shop.client.get(f"/v1/campaign-series/{series['id']}")).json()
    assert again["next_at"] > found["next_at"]
    assert len(await _launched(shop, series)) <= 1


async def test_a_pattern_that_cannot_be_sent_pauses_its_series_and_says_why(shop: Shop) -> None:
    series = await _series(shop)
    await shop.execute("UPDATE template_version SET body = '{{ broken'")
    assert await launch_series(_later(shop, _DAY)) == 0
    found = (await shop.client.get(f"/v1/campaign-series/{series['id']}")).json()
    assert found["state"] == "paused"
    assert found["problem"]
    assert await _launched(shop, series) == []
    ended = await shop.made(f"/v1/campaign-series/{series['id']}/end", {})
    assert ended["state"] == "ended"
    again = await shop.client.post(f"/v1/campaign-series/{series['id']}/resume", json={})
    assert again.status_code == 409


async def _sequence(shop: Shop, **fields: Any) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """A started sequence: a text at once, and another a day later for those with the tag `vip`."""
    first, second = await shop.campaign(), await shop.campaign()
    steps = [
        {"campaign_id": first["id"]},
        {"wait_seconds": _DAY},
        {"condition": {"tag": "vip"}},
        {"campaign_id": second["id"]},
    ]
    body = {"name": f"after {first['id']}", "trigger_event": "purchase", "exit_event": "returned", "steps": steps, **fields}
    sequence = await shop.made("/v1/sequences", body)
    return await shop.made(f"/v1/sequences/{sequence['id']}/start", {}), first, second


async def _tell(shop: Shop, phone: str, caller_id: str, kind: str = "purchase", **fields: Any) -> None:
    at = shop.context.clock.now().isoformat()
    what = {"amount": "5.00", "currency": "EUR"} if kind == "purchase" else {"name": "returned"}
    await shop.made("/v1/events", {"caller_id": caller_id, "phone": phone, "kind": kind, "occurred_at": at, **what, **fields})


async def _members(shop: Shop, campaign: dict[str, Any]) -> list[str]:
    rows = (await shop.client.get(path_of(campaign, "recipients"), params={"limit": 100})).json()["items"]
    return [row["phone"] for row in rows]


async def test_an_event_begins_a_sequence_and_timers_and_conditions_go_on(shop: Shop) -> None:
    await shop.people(_PHONES[:1], first_name="Ann", tags=["vip"])
    await shop.people(_PHONES[1:3], first_name="Bo")
    sequence, first, second = await _sequence(shop)
    at = shop.context.clock.now().isoformat()
    for place, phone in enumerate(_PHONES[:3]):
        await _tell(shop, phone, f"order-{place}", occurred_at=at)
        await _tell(shop, phone, f"order-{place}", occurred_at=at)  # told twice
    await _tell(shop, _PHONES[2], "back-1", kind="custom")
    await asyncio.gather(*(advance_sequences(shop.context) for _ in range(4)))
    assert await _members(shop, first) == _PHONES[:2], "who returned it left before the first step"
    assert await _members(shop, second) == []
    await advance_sequences(_later(shop, _DAY - 60))
    assert await _members(shop, second) == []
    await asyncio.gather(*(advance_sequences(_later(shop, _DAY + 60)) for _ in range(4)))
    assert await _members(shop, second) == _PHONES[:1]
    found = (await shop.client.get(f"/v1/sequences/{sequence['id']}")).json()
    assert [(one["step"], one["state"], one["contacts"]) for one in found["contacts"]] == [
        (0, "left", 1),
        (2, "left", 1),
        (4, "done", 1),
    ]
    reasons = {row["reason"] for row in (await shop.client.get(f"/v1/sequences/{sequence['id']}/enrolments")).json()["items"]}
    assert reasons == {"", "sequence.condition", "sequence.exit_event"}
    books = (await shop.client.get(path_of(first, "stats"))).json()
    assert (books["audience"], books["identity_holds"]) == (2, True)


async def test_the_campaigns_of_a_sequence_wait_for_contacts_until_it_ends(shop: Shop) -> None:
    await shop.people(_PHONES[:1], first_name="Ann")
    sequence, first, _ = await _sequence(shop)
    await sweep(shop.context)
    assert (await shop.client.get(path_of(first))).json()["state"] == "running"
    await _tell(shop, _PHONES[0], "order-1")
    await sweep(shop.context)
    assert await _members(shop, first) == _PHONES[:1]
    await shop.made(f"/v1/sequences/{sequence['id']}/pause", {})
    await advance_sequences(_later(shop, 2 * _DAY))
    assert (await shop.client.get(f"/v1/sequences/{sequence['id']}")).json()["contacts"][0]["state"] == "waiting"
    await shop.made(f"/v1/sequences/{sequence['id']}/end", {})
    await shop.execute("UPDATE message SET state = 80 WHERE campaign_id = $1", id_of(first))
    await sweep(shop.context)
    assert (await shop.client.get(path_of(first))).json()["state"] == "completed"


async def test_contacts_are_taken_in_by_hand_and_again_only_when_that_was_said(shop: Shop) -> None:
    (ann,) = await shop.people(_PHONES[:1], first_name="Ann")
    sequence, first, _ = await _sequence(shop, reenter_after_seconds=3_600)
    contact = (await shop.client.get("/v1/contacts", params={"phone": _PHONES[0]})).json()["items"][0]["id"]
    path = f"/v1/sequences/{sequence['id']}/enrolments"
    ids = {"contact_ids": [contact, "con_" + "0" * 26]}
    assert [one["outcome"] for one in (await shop.made(path, ids))["items"]] == ["enrolled", "unknown"]
    assert [one["outcome"] for one in (await shop.made(path, ids))["items"]] == ["already_in", "unknown"]
    await shop.execute(
        "UPDATE enrolment SET state = 'done', created_at = created_at - interval '2 hours' WHERE contact_id = $1", ann
    )
    assert [one["outcome"] for one in (await shop.made(path, ids))["items"]] == ["enrolled", "unknown"]
    await advance_sequences(shop.context)
    await shop.execute(
        "UPDATE enrolment SET state = 'done', created_at = created_at - interval '2 hours' WHERE contact_id = $1", ann
    )
    await shop.made(path, ids)
    await advance_sequences(shop.context)
    assert await _members(shop, first) == [_PHONES[0], _PHONES[0]], "a message of each way through"


async def test_steps_that_cannot_be_taken_are_named(shop: Shop) -> None:
    campaign, running = await shop.campaign(), await shop.launched()
    message = {"campaign_id": campaign["id"]}
    for steps, pointer in (
        ([{"wait_seconds": 60}], "/body/steps"),
        ([{"wait_seconds": 1}, message], "/body/steps/0/wait_seconds"),
        ([{"condition": {"colour": "red"}}, message], "/body/steps/0/condition"),
        ([message, message], "/body/steps/0/campaign_id"),
        ([{"campaign_id": running["id"]}], "/body/steps/0/campaign_id"),
        ([{"campaign_id": "cmp_" + "0" * 26}], "/body/steps/0/campaign_id"),
        ([{"wait_seconds": 60, "campaign_id": campaign["id"]}], "/body/steps/0"),
    ):
        answer = await shop.client.post("/v1/sequences", json={"name": "x", "steps": steps})
        assert answer.status_code in {404, 409, 422}, answer.text
        assert pointers(answer) == [pointer], answer.text
    await materialise(shop.context, workspace_id=shop.workspace_id, campaign_id=id_of(running))


async def test_what_ends_a_sequence_ends_it_in_whichever_order_it_is_told(shop: Shop) -> None:
    await shop.people(_PHONES[:4], first_name="Ann")
    sequence, first, _ = await _sequence(shop)
    now = shop.context.clock.now()
    early, late = now.isoformat(), (now + timedelta(microseconds=1)).isoformat()
    bought = {"kind": "purchase", "amount": "5.00", "currency": "EUR", "occurred_at": early}
    returned = {"kind": "custom", "name": "returned", "occurred_at": late}
    items = [{**bought, "phone": _PHONES[0], "caller_id": "b0"}, {**returned, "phone": _PHONES[0], "caller_id": "r0"}]
    await shop.made("/v1/events/bulk", {"items": items})
    await shop.made("/v1/events", {**returned, "phone": _PHONES[1], "caller_id": "r1"})
    await shop.made("/v1/events", {**bought, "phone": _PHONES[1], "caller_id": "b1"})
    await shop.made("/v1/events", {**bought, "occurred_at": late, "phone": _PHONES[2], "caller_id": "b2"})
    await shop.made("/v1/events", {**returned, "occurred_at": early, "phone": _PHONES[2], "caller_id": "r2"})  # an older one's
    await advance_sequences(shop.context)
    assert await _members(shop, first) == [_PHONES[2]]
    assert (await shop.client.get(f"/v1/sequences/{sequence['id']}")).json()["state"] == "running"


async def test_who_is_merged_goes_on_in_the_sequence_and_stands_on_the_list(shop: Shop) -> None:
    await shop.people(_PHONES[:4], first_name="Ann", tags=["vip"])
    _, first, second = await _sequence(shop)
    for place, phone in enumerate((_PHONES[1], _PHONES[2], _PHONES[3])):
        await _tell(shop, phone, f"order-{place}")
    listed = await shop.client.post("/v1/audience-lists", content=f"phone\n{_PHONES[1]}\n", headers={"Content-Type": "text/csv"})
    assert listed.status_code == 201, listed.text
    await advance_sequences(shop.context)
    assert await _members(shop, first) == _PHONES[1:4]
    ids = {row["phone"]: row["id"] for row in (await shop.client.get("/v1/contacts")).json()["items"]}
    for into, other in ((0, 1), (2, 3)):  # one who was not in it, and one who was
        await shop.made(f"/v1/contacts/{ids[_PHONES[into]]}/merge", {"from_contact_id": ids[_PHONES[other]]})
    await advance_sequences(_later(shop, _DAY + 60))
    assert await _members(shop, second) == [_PHONES[0], _PHONES[2]]
    reasons = await shop.value("SELECT array_agg(reason) FROM enrolment WHERE state = 'left'")
    assert reasons == ["sequence.same_person"]
    audience = await shop.audience({"list": listed.json()["id"]})
    preview = await shop.made(f"/v1/audiences/{audience['id']}/preview", {})
    assert [row["phone"] for row in preview["sample"]] == [_PHONES[0]]


async def test_a_rule_that_another_audience_made_unusable_holds_up_its_own_sequence_alone(shop: Shop) -> None:
    await shop.people(_PHONES[:2], first_name="Ann", tags=["vip"])
    chain = [await shop.audience({"tag": "vip"})]
    for _ in range(3):
        chain.append(await shop.audience({"audience": chain[-1]["id"]}))
    named = await shop.audience({"tag": "vip"})
    asked = await shop.campaign()
    steps = [{"condition": {"audience": named["id"]}}, {"campaign_id": asked["id"]}]
    body = {"name": "asks", "trigger_event": "purchase", "steps": steps}
    asking = await shop.made("/v1/sequences", body)
    await shop.made(f"/v1/sequences/{asking['id']}/start", {})
    _, first, _ = await _sequence(shop)
    deeper = await shop.client.patch(f"/v1/audiences/{named['id']}", json={"rule": {"audience": chain[-1]["id"]}})
    assert deeper.status_code == 200, deeper.text
    await _tell(shop, _PHONES[0], "order-0")
    await advance_sequences(shop.context)
    assert await _members(shop, first) == [_PHONES[0]]
    assert await _members(shop, asked) == []
    (held_up,) = (await shop.client.get(f"/v1/sequences/{asking['id']}/enrolments")).json()["items"]
    assert (held_up["state"], held_up["reason"]) == ("waiting", "sequence.unusable_rule")
    await shop.client.patch(f"/v1/audiences/{named['id']}", json={"rule": {"tag": "vip"}})
    await advance_sequences(_later(shop, 600))
    assert await _members(shop, asked) == [_PHONES[0]]
