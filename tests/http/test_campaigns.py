"""Campaigns over HTTP: drafts that fit together, one winner of many launches, pauses and cancels that say what they met."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from app.usecases.context import Context
from app.usecases.launch_campaign import launch_due_campaigns
from app.usecases.materialise import materialise
from tests.factories import calling, make_key
from tests.shop import NOBODY, Shop, id_of, path_of, pointers


async def test_a_draft_takes_the_newest_version_its_templates_channel_and_the_defaults(shop: Shop) -> None:
    template = await shop.template("one")
    await shop.made(f"/v1/templates/{template['id']}/versions", {"body": "two"})
    made = await shop.campaign(template_id=template["id"])
    assert (made["state"], made["purpose"], made["channel"]) == ("draft", "marketing", "sms")
    assert (made["template_version"], made["caps"], made["not_after"]) == (2, [], None)
    assert made["actions"] == ["schedule", "launch", "cancel"]
    assert (await shop.client.get(path_of(made))).json() == made
    old = await shop.campaign(template_id=template["id"], template_version=1)
    assert old["template_version"] == 1


@pytest.mark.parametrize(
    ("fields", "status", "pointer"),
    [
        ({"template_id": f"tpl_{NOBODY}"}, 404, "/body/template_id"),
        ({"template_version": 7}, 404, "/body/template_version"),
        ({"audience_id": f"aud_{NOBODY}"}, 404, "/body/audience_id"),
        ({"sender_id": f"snd_{NOBODY}"}, 404, "/body/sender_id"),
        ({"sender_id": "+18885550100"}, 422, "/body/sender_id"),
        ({"sender_id": f"cmp_{NOBODY}"}, 422, "/body/sender_id"),
        ({"purpose": "spam"}, 422, "/body/purpose"),
        ({"caps": [{"limit": 1}]}, 422, "/body/caps/0/window_seconds"),
        ({"caps": {"limit": 1}}, 422, "/body/caps"),
        ({"not_after": "2020-01-01T00:00:00Z"}, 422, "/body/not_after"),
        ({"not_after": "tomorrow"}, 422, "/body/not_after"),
        ({"not_after": "2199-01-01T00:00:00Z", "scheduled_at": "2199-01-02T00:00:00Z"}, 422, "/body/not_after"),
        ({"not_after": "9999-01-01T00:00:00Z"}, 422, "/body/not_after"),
        ({"name": "x" * 201}, 422, "/body/name"),
        ({"state": "running"}, 422, "/body/state"),
    ],
)
async def test_what_a_campaign_cannot_be_is_named(shop: Shop, fields: dict[str, Any], status: int, pointer: str) -> None:
    answer = await shop.client.post("/v1/campaigns", json={**await shop.draft(), **fields})
    assert (answer.status_code, pointers(answer)) == (status, [pointer]), answer.text


async def test_a_sender_of_another_channel_does_not_fit(shop: Shop) -> None:
    template = await shop.template("pictures", channel="mms", content={"media": [{"url": "https://media.shop.example/a.jpg"}]})
    answer = await shop.client.post("/v1/campaigns", json=await shop.draft(template_id=template["id"]))
    assert (answer.status_code, answer.json()["code"], pointers(answer)) == (422, "channel_mismatch", ["/body/sender_id"])


async def test_what_belongs_to_another_workspace_does_not_exist(shop: Shop, stranger: Shop) -> None:
    made = await shop.campaign()
    for field in ("template_id", "audience_id", "sender_id"):
        answer = await stranger.client.post("/v1/campaigns", json=await stranger.draft(**{field: made[field]}))
        assert (answer.status_code, pointers(answer)) == (404, [f"/body/{field}"])
    assert (await stranger.client.get(path_of(made))).status_code == 404
    assert (await stranger.client.patch(path_of(made), json={"name": "stolen"})).status_code == 404
    for verb in ("schedule", "unschedule", "launch", "pause", "resume", "cancel", "preflight"):
        assert (await stranger.client.post(path_of(made, verb), json={})).status_code == 404, verb
    tests = {"to": ["+12125550100"]}
    assert (await stranger.client.post(path_of(made, "test-send"), json=tests)).status_code == 404
    for view in ("stats", "recipients", "progress"):
        assert (await stranger.client.get(path_of(made, view))).status_code == 404, view
    assert (await shop.client.get(path_of(made))).json() == made


async def test_a_draft_can_be_changed_and_is_checked_again(shop: Shop) -> None:
    made = await shop.campaign()
    other = await shop.template("other")
    await shop.made(f"/v1/templates/{other['id']}/versions", {"body": "newer"})
    body = {"name": "winter", "template_id": other["id"], "caps": [{"limit": 2, "window_seconds": 60}]}
    changed = await shop.client.patch(path_of(made), json=body)
    assert changed.status_code == 200, changed.text
    after = changed.json()
    assert (after["name"], after["template_id"], after["template_version"]) == ("winter", other["id"], 2)
    assert after["caps"] == body["caps"]
    assert (after["audience_id"], after["sender_id"]) == (made["audience_id"], made["sender_id"])
    late = await shop.client.patch(path_of(made), json={"not_after": "2020-01-01T00:00:00Z"})
    assert (late.status_code, pointers(late)) == (422, ["/body/not_after"])
    for field in ("name", "template_id", "audience_id", "sender_id", "purpose", "caps"):
        gone = await shop.client.patch(path_of(made), json={field: None})
        assert (gone.status_code, pointers(gone)) == (422, [f"/body/{field}"])


async def test_campaigns_are_listed_by_state(shop: Shop) -> None:
    draft = await shop.campaign()
    gone = await shop.campaign()
    await shop.made(path_of(gone, "cancel"), {})
    listed = (await shop.client.get("/v1/campaigns")).json()["items"]
    assert [item["id"] for item in listed] == [gone["id"], draft["id"]]
    drafts = (await shop.client.get("/v1/campaigns", params={"state": "draft"})).json()["items"]
    assert [item["id"] for item in drafts] == [draft["id"]]
    assert (await shop.client.get("/v1/campaigns", params={"state": "lost"})).status_code == 422
    cursor = (await shop.client.get("/v1/campaigns", params={"limit": 1})).json()["next_cursor"]
    mixed = await shop.client.get("/v1/campaigns", params={"cursor": cursor, "state": "draft"})
    assert mixed.json()["code"] == "stale_cursor"


async def test_a_scheduled_campaign_starts_when_its_time_comes_and_not_before(shop: Shop) -> None:
    made = await shop.campaign()
    at = shop.context.clock.now() + timedelta(hours=1)
    scheduled = await shop.made(path_of(made, "schedule"), {"scheduled_at": at.isoformat()})
    assert (scheduled["state"], scheduled["actions"]) == ("scheduled", ["schedule", "unschedule", "launch", "cancel"])
    assert await launch_due_campaigns(shop.context, now=at - timedelta(seconds=1)) == 0
    assert await launch_due_campaigns(shop.context, now=at) == 1
    assert (await shop.client.get(path_of(made))).json()["state"] == "running"
    assert await launch_due_campaigns(shop.context, now=at) == 0


async def test_a_scheduled_campaign_can_be_taken_back_changed_and_launched_early(shop: Shop) -> None:
    made = await shop.campaign(scheduled_at=(shop.context.clock.now() + timedelta(hours=1)).isoformat())
    assert made["state"] == "draft"
    await shop.made(path_of(made, "schedule"), {})
    assert (await shop.client.patch(path_of(made), json={"name": "x"})).status_code == 409
    assert (await shop.made(path_of(made, "unschedule"), {}))["state"] == "draft"
    assert (await shop.client.patch(path_of(made), json={"name": "x"})).status_code == 200
    await shop.made(path_of(made, "schedule"), {})
    assert (await shop.made(path_of(made, "launch"), {}))["state"] == "running"


async def test_a_time_that_cannot_be_is_refused(shop: Shop) -> None:
    now = shop.context.clock.now()
    made = await shop.campaign(not_after=(now + timedelta(hours=2)).isoformat())
    for at in (None, now - timedelta(seconds=5), now + timedelta(hours=3)):
        body = {} if at is None else {"scheduled_at": at.isoformat()}
        answer = await shop.client.post(path_of(made, "schedule"), json=body)
        assert answer.status_code == 422, at
        assert pointers(answer) == [("/body/not_after" if at and at > now else "/body/scheduled_at")]
    assert (await shop.client.get(path_of(made))).json()["state"] == "draft"


async def test_a_scheduled_campaign_that_became_too_late_is_a_draft_again_and_nobody_gets_it(shop: Shop) -> None:
    now = shop.context.clock.now()
    made = await shop.campaign(not_after=(now + timedelta(hours=2)).isoformat())
    await shop.made(path_of(made, "schedule"), {"scheduled_at": (now + timedelta(hours=1)).isoformat()})
    assert await launch_due_campaigns(shop.context, now=now + timedelta(hours=3)) == 0
    assert (await shop.client.get(path_of(made))).json()["state"] == "draft"
    assert await shop.value("SELECT count(*) FROM materialisation") == 0


async def test_a_launch_takes_the_audiences_rule_as_it_stands(shop: Shop) -> None:
    await shop.people(["+12125550100"], tags=["vip"])
    made = await shop.campaign(rule={"tag": "vip"})
    answer = await shop.client.post(path_of(made, "launch"), json={})
    assert answer.status_code == 202
    assert answer.json()["state"] == "running"
    assert answer.json()["launched_at"] is not None
    await shop.client.patch(f"/v1/audiences/{made['audience_id']}", json={"rule": {"tag": "other"}})
    await materialise(shop.context, workspace_id=shop.workspace_id, campaign_id=id_of(made))
    assert await shop.value("SELECT count(*) FROM message WHERE campaign_id = $1", id_of(made)) == 1
    again = await shop.client.post(path_of(made, "launch"), json={})
    assert (again.status_code, again.json()["code"]) == (409, "wrong_state")


async def test_of_ten_launches_at_once_exactly_one_wins(shop: Shop) -> None:
    made = await shop.campaign()
    answers = await asyncio.gather(
        *(
            shop.client.post(path_of(made, "launch"), json={}, headers={"Idempotency-Key": f"launch-{number}"})
            for number in range(10)
        )
    )
    assert Counter(answer.status_code for answer in answers) == {202: 1, 409: 9}
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"wrong_state"}
    assert await shop.value("SELECT count(*) FROM materialisation") == 1


async def test_ten_launches_under_one_key_are_one_launch_with_ten_equal_answers(shop: Shop) -> None:
    made = await shop.campaign()
    headers = {"Idempotency-Key": "launch"}
    answers = await asyncio.gather(*(shop.client.post(path_of(made, "launch"), json={}, headers=headers) for _ in range(10)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.content for answer in answers}) == 1
    assert sum("Idempotency-Replayed" in answer.headers for answer in answers) == 9


async def test_a_launch_that_cannot_be_sent_changes_nothing(shop: Shop) -> None:
    made = await shop.campaign(not_after=(shop.context.clock.now() + timedelta(minutes=5)).isoformat())
    await shop.execute("UPDATE campaign SET not_after = $1", shop.context.clock.now() - timedelta(seconds=1))
    answer = await shop.client.post(path_of(made, "launch"), json={})
    assert (answer.status_code, pointers(answer)) == (422, ["/body/not_after"])
    assert (await shop.client.get(path_of(made))).json()["state"] == "draft"
    assert await shop.value("SELECT count(*) FROM materialisation") == 0


@pytest.mark.parametrize(
    ("method", "verb", "scope"),
    [
        ("GET", "", "campaigns:read"),
        ("GET", "stats", "campaigns:read"),
        ("GET", "recipients", "campaigns:read"),
        ("POST", "preflight", "campaigns:read"),
        ("PATCH", "", "campaigns:write"),
        ("POST", "launch", "campaigns:write"),
        ("POST", "pause", "campaigns:write"),
        ("POST", "cancel", "campaigns:write"),
        ("POST", "test-send", "campaigns:write"),
    ],
)
async def test_each_operation_asks_for_its_scope(shop: Shop, context: Context, method: str, verb: str, scope: str) -> None:
    made = await shop.campaign()
    other = {"campaigns:read": "campaigns:write", "campaigns:write": "campaigns:read"}[scope]
    body = {"to": ["+12125550100"]} if verb == "test-send" else {}
    async with calling(context, await make_key(context, shop.workspace_id, other)) as without:
        answer = await without.request(method, path_of(made, verb), json=None if method == "GET" else body)
        assert (answer.status_code, scope in answer.text) == (403, True), answer.text
    async with calling(context, await make_key(context, shop.workspace_id, scope)) as with_it:
        answer = await with_it.request(method, path_of(made, verb), json=None if method == "GET" else body)
        assert answer.status_code != 403
