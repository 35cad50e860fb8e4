"""Audiences over HTTP: rules refused by the node at fault, members counted as they are now, one contact explained."""

from dataclasses import replace
from typing import Any

import pytest

from app.domain.ids import encode_id
from tests.factories import calling, make_key
from tests.shop import NOBODY, Shop, id_of, path_of, pointers

US, CANADA, INDIA = "+12125550100", "+14165550100", "+919820012345"


async def test_an_audience_is_written_read_and_changed(shop: Shop) -> None:
    made = await shop.audience({"tag": "vip"})
    path = f"/v1/audiences/{made['id']}"
    assert (await shop.client.get(path)).json() == made
    changed = await shop.client.patch(path, json={"rule": {"country": ["US", "CA"]}})
    assert (changed.json()["rule"], changed.json()["name"]) == ({"country": ["US", "CA"]}, made["name"])
    assert (await shop.client.get("/v1/audiences")).json()["items"] == [changed.json()]


@pytest.mark.parametrize(
    ("rule", "pointer"),
    [
        ({"all": [{"country": "US"}, {"attribute": "age", "op": "above", "value": 3}]}, "/body/rule/all/1/op"),
        ({"any": [{"not": {"tag": ""}}]}, "/body/rule/any/0/not/tag"),
        ({"attribute": "Age", "op": "exists"}, "/body/rule/attribute"),
        ({"attribute": "age", "op": "exists", "value": 1}, "/body/rule/value"),
        ({"attribute": "age", "op": "gte", "value": True}, "/body/rule/value"),
        ({"country": "USA"}, "/body/rule/country"),
        ({"all": [], "any": []}, "/body/rule"),
        ({"everyone": True}, "/body/rule"),
        ({"all": {"country": "US"}}, "/body/rule/all"),
        ({"event": "purchase", "total": {"gt": 5}}, "/body/rule/currency"),
        ({"event": "purchase", "count": {"gte": -1}}, "/body/rule/count/gte"),
        ({"event": "paid", "where": [{"property": "sku", "op": "eq"}]}, "/body/rule/where/0/value"),
        ({"sequence": ["cart"], "within_days": 3}, "/body/rule/sequence"),
        ({"attribute": "renewal", "type": "date", "op": "lt", "value": "soon"}, "/body/rule/value"),
        ({"age": {"above": 3}}, "/body/rule/age/above"),
        ({"include": {"tag": "a"}}, "/body/rule/exclude"),
        ({"radius": 5, "latitude": 91, "longitude": 0}, "/body/rule/latitude"),
        ({"bucket": "x", "start": 50, "end": 50}, "/body/rule/end"),
        ({"all": [{"audience": f"aud_{NOBODY}"}]}, "/body/rule/all/0/audience"),
        ({"not": {"list": f"lst_{NOBODY}"}}, "/body/rule/not/list"),
        ({"audience": f"con_{NOBODY}"}, "/body/rule/audience"),
        ([], "/body/rule"),
        (None, "/body/rule"),
    ],
)
async def test_a_fault_in_a_rule_is_named_by_its_node(shop: Shop, rule: Any, pointer: str) -> None:
    made = await shop.audience()
    for answer in (
        await shop.client.post("/v1/audiences", json={"name": "x", "rule": rule}),
        await shop.client.patch(f"/v1/audiences/{made['id']}", json={"rule": rule}),
    ):
        assert (answer.status_code, pointers(answer)) == (422, [pointer])


async def test_a_rule_too_deep_or_too_wide_is_refused(shop: Shop) -> None:
    deep: dict[str, Any] = {"tag": "x"}
    for _ in range(9):
        deep = {"not": deep}
    for rule in (deep, {"all": [{"tag": "x"}] * 101}):
        answer = await shop.client.post("/v1/audiences", json={"name": "x", "rule": rule})
        assert answer.status_code == 422
        assert pointers(answer)[0].startswith("/body/rule/")


async def test_a_rule_may_be_said_in_words(shop: Shop) -> None:
    text = "country US and not tag staff or event purchase count >= 2 last 90 days"
    made = await shop.made("/v1/audiences", {"name": "in words", "text": text})
    assert made["text"] == "(country US and not tag staff) or event purchase count >= 2 last 90 days"
    assert made["rule"]["any"][0] == {"all": [{"country": "US"}, {"not": {"tag": "staff"}}]}
    path = f"/v1/audiences/{made['id']}"
    assert (await shop.client.patch(path, json={"rule": made["rule"]})).json()["text"] == made["text"]
    wrong = await shop.client.patch(path, json={"text": "tag vip and\n  country usa"})
    assert (wrong.status_code, pointers(wrong)) == (422, ["/body/text"])
    assert wrong.json()["detail"].startswith("line 2, column 3: country: ")
    for both in ({"rule": {}, "text": "everyone"}, {}):
        answer = await shop.client.post("/v1/audiences", json={"name": "x", **both})
        assert (answer.status_code, pointers(answer)) == (422, ["/body/rule"])


async def test_an_audience_may_be_part_of_another_and_never_of_itself(shop: Shop, stranger: Shop) -> None:
    (contact,) = await shop.people([US], tags=["vip"])
    await shop.people([CANADA])
    vips = await shop.audience({"tag": "vip"})
    others = await shop.audience({"include": {}, "exclude": {"audience": vips["id"]}})
    assert (await shop.made(f"/v1/audiences/{others['id']}/preview", {}))["by_country"] == {"CA": 1}
    tree = await shop.made(f"/v1/audiences/{others['id']}/explain", {"contact_id": encode_id("contact", contact)})
    assert (tree["matched"], tree["parts"][1]["kind"], tree["parts"][1]["parts"][0]["asks"]) == (
        False,
        "audience",
        {"tag": "vip"},
    )
    circle = await shop.client.patch(f"/v1/audiences/{vips['id']}", json={"rule": {"any": [{"audience": others["id"]}]}})
    assert (circle.status_code, pointers(circle)) == (422, ["/body/rule/any/0/audience"])
    assert "part of itself" in circle.json()["detail"]
    theirs = await stranger.client.post("/v1/audiences", json={"name": "x", "rule": {"audience": vips["id"]}})
    assert (theirs.status_code, pointers(theirs)) == (422, ["/body/rule/audience"])
    nested = others
    for _ in range(3):
        nested = await shop.audience({"audience": nested["id"]})
    deep = await shop.client.post("/v1/audiences", json={"name": "deep", "rule": {"audience": nested["id"]}})
    assert (deep.status_code, pointers(deep)) == (422, ["/body/rule/audience"])


async def test_a_launch_keeps_what_the_audiences_it_names_said(shop: Shop) -> None:
    await shop.people([US], tags=["vip"])
    vips = await shop.audience({"tag": "vip"})
    campaign = await shop.campaign(rule={"not": {"audience": vips["id"]}})
    await shop.made(path_of(campaign, "launch"), {})
    await shop.client.patch(f"/v1/audiences/{vips['id']}", json={"rule": {"any": []}})
    assert await shop.value("SELECT rule FROM campaign WHERE id = $1", id_of(campaign)) == {"not": {"tag": "vip"}}


async def test_a_preview_counts_members_by_country_with_a_sample(shop: Shop, stranger: Shop) -> None:
    await stranger.people([US], tags=["vip"])
    await shop.people([US], tags=["vip"], visits=5)
    await shop.people([CANADA], tags=["vip"], visits=2)
    await shop.people([INDIA], visits=9)
    for rule, by_country in (
        ({}, {"CA": 1, "IN": 1, "US": 1}),
        ({"tag": "vip"}, {"CA": 1, "US": 1}),
        ({"all": [{"tag": "vip"}, {"attribute": "visits", "op": "gt", "value": 2}]}, {"US": 1}),
        ({"not": {"country": ["US", "CA"]}}, {"IN": 1}),
        ({"any": []}, {}),
    ):
        path = f"/v1/audiences/{(await shop.audience(rule))['id']}/preview"
        found = await shop.made(path, {})
        assert (found["count"], found["by_country"]) == (sum(by_country.values()), by_country), rule
        assert sorted(member["country"] for member in found["sample"]) == sorted(by_country)


async def test_a_preview_counts_whom_each_channel_reaches(shop: Shop) -> None:
    await shop.people([US, CANADA, "+12125550101"])
    await shop.people([INDIA], consent=False)
    await shop.suppress(CANADA)
    await shop.suppress("+12125550101", channel="voice")
    found = await shop.made(f"/v1/audiences/{(await shop.audience())['id']}/preview", {})
    assert (found["count"], found["by_channel"]) == (4, {"sms": 2})


async def test_a_sample_has_ten_at_most(shop: Shop) -> None:
    await shop.people([f"+1212555{number:04d}" for number in range(100, 125)])
    found = await shop.made(f"/v1/audiences/{(await shop.audience())['id']}/preview", {})
    assert (found["count"], len(found["sample"])) == (25, 10)


async def test_a_rule_that_would_cost_too_much_is_refused_with_its_dearest_node_and_a_hint(shop: Shop) -> None:
    rule = {"all": [{"tag": "vip"}, {"not": {"event": "purchase", "count": {"gte": 2}}}]}
    await shop.people([f"+1212555{number:04d}" for number in range(100, 130)])
    made = await shop.audience(rule)
    thrifty = replace(shop.context, settings=shop.context.settings.model_copy(update={"audience_cost": 0.01}))
    async with calling(thrifty, await make_key(shop.context, shop.workspace_id)) as client:
        for answer in (
            await client.post("/v1/audiences", json={"name": "x", "rule": rule}),
            await client.patch(f"/v1/audiences/{made['id']}", json={"rule": rule}),
            await client.post(f"/v1/audiences/{made['id']}/preview", json={}),
        ):
            assert (answer.status_code, answer.json()["code"]) == (422, "too_costly")
            assert pointers(answer) == ["/body/rule/all/1/not"]
            assert "last_days" in answer.json()["detail"]


async def test_one_contact_is_explained_node_by_node(shop: Shop) -> None:
    (contact,) = await shop.people([US], tags=["vip"], visits=2)
    rule = {"all": [{"tag": "vip"}, {"any": [{"attribute": "visits", "op": "gte", "value": 3}, {"not": {"country": "IN"}}]}]}
    made = await shop.audience(rule)
    path = f"/v1/audiences/{made['id']}/explain"
    tree = await shop.made(path, {"contact_id": encode_id("contact", contact)})
    assert (tree["kind"], tree["matched"]) == ("all", True)
    tag, either = tree["parts"]
    assert (tag["matched"], tag["asks"], tag["actual"]) == (True, {"tag": "vip"}, ["vip"])
    visits, elsewhere = either["parts"]
    assert (visits["matched"], visits["actual"]) == (False, 2)
    assert visits["asks"] == {"attribute": "visits", "op": "gte", "value": 3}
    assert (elsewhere["kind"], elsewhere["matched"], elsewhere["parts"][0]["actual"]) == ("not", True, "US")
    nobody = await shop.client.post(path, json={"contact_id": f"con_{NOBODY}"})
    assert (nobody.status_code, pointers(nobody)) == (404, ["/body/contact_id"])


async def test_what_contacts_held_at_an_instant_of_the_past_can_be_asked(shop: Shop) -> None:
    made = await shop.made("/v1/contacts", {"phone": US, "attributes": {"plan": "gold"}, "tags": ["vip"]})
    before = (await shop.client.get(f"/v1/contacts/{made['id']}")).json()["updated_at"]
    changed = await shop.client.patch(f"/v1/contacts/{made['id']}", json={"attributes": {"plan": "free"}, "tags": []})
    assert changed.json()["updated_at"] > before
    path = f"/v1/audiences/{(await shop.audience({'attribute': 'plan', 'op': 'eq', 'value': 'gold'}))['id']}"
    for as_of, count in ((None, 0), (before, 1), (changed.json()["updated_at"], 0), ("2020-01-01T00:00:00Z", 0)):
        assert (await shop.made(f"{path}/preview", {"as_of": as_of}))["count"] == count, as_of
    then = await shop.made(f"{path}/explain", {"contact_id": made["id"], "as_of": before})
    assert (then["matched"], then["actual"]) == (True, "gold")
    late = await shop.client.post(f"{path}/preview", json={"as_of": "2199-01-01T00:00:00Z"})
    assert (late.status_code, pointers(late)) == (422, ["/body/as_of"])
    held = (await shop.client.get(f"/v1/contacts/{made['id']}/export")).json()["contact_changes"]
    assert [(one["attributes"], one["tags"]) for one in held] == [({"plan": "gold"}, ["vip"])]
    await shop.made(f"/v1/contacts/{made['id']}/erase", {})
    assert await shop.value("SELECT count(*) FROM contact_change WHERE workspace_id = $1", shop.workspace_id) == 0


async def test_another_workspaces_audience_and_contact_do_not_exist(shop: Shop, stranger: Shop) -> None:
    made = await shop.audience()
    (theirs,) = await stranger.people([US])
    path = f"/v1/audiences/{made['id']}"
    for answer in (
        await stranger.client.get(path),
        await stranger.client.patch(path, json={"name": "stolen"}),
        await stranger.client.post(f"{path}/preview", json={}),
        await stranger.client.post(f"{path}/explain", json={"contact_id": encode_id("contact", theirs)}),
        await shop.client.post(f"{path}/explain", json={"contact_id": encode_id("contact", theirs)}),
    ):
        assert answer.status_code == 404


async def test_cursors_that_are_garbled_crafted_or_of_another_list_are_refused(shop: Shop) -> None:
    for _ in range(3):
        await shop.audience()
        await shop.template()
    cursor = (await shop.client.get("/v1/audiences", params={"limit": 1})).json()["next_cursor"]
    elsewhere = await shop.client.get("/v1/templates", params={"cursor": cursor})
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (422, "stale_cursor")
    for garbled in ("x", cursor[:-4], "%%%", "ä", ""):
        answer = await shop.client.get("/v1/audiences", params={"cursor": garbled})
        assert (answer.status_code, answer.json()["code"]) == (422, "bad_cursor"), garbled
        assert pointers(answer) == ["/query/cursor"]
    for limit in (0, 501, "ten"):
        assert (await shop.client.get("/v1/audiences", params={"limit": limit})).status_code == 422
