"""Can senders be pooled? Made, changed, tried, deleted; what does not fit is named."""

from typing import Any

from tests.shop import Shop, path_of, pointers


async def _pool(shop: Shop, **fields: Any) -> dict[str, Any]:
    members = fields.pop("members", None) or [{"sender_id": (await shop.sender())["id"]}]
    return await shop.made("/v1/sender-pools", {"name": "all", "channel": "sms", "members": members, **fields})


async def test_a_pool_is_made_changed_tried_and_deleted(shop: Shop) -> None:
    one, two = await shop.sender(), await shop.sender(prices={"US": {"amount": "0.004", "currency": "USD"}}, countries=["US"])
    pool = await _pool(shop, members=[{"sender_id": one["id"], "weight": 2}, {"sender_id": two["id"]}])
    assert {member["weight"] for member in pool["members"]} == {2, None}
    changed = await shop.client.patch(f"/v1/sender-pools/{pool['id']}", json={"strategy": "price", "sticky": False})
    assert (changed.json()["strategy"], changed.json()["sticky"], len(changed.json()["members"])) == ("price", False, 2)
    asked = await shop.made(f"/v1/sender-pools/{pool['id']}/route", {"to": "+12125550142"})
    assert asked["sender_id"] in {one["id"], two["id"]}
    only = await shop.client.patch(f"/v1/sender-pools/{pool['id']}", json={"members": [{"sender_id": two["id"]}]})
    assert [member["sender_id"] for member in only.json()["members"]] == [two["id"]]
    listed = (await shop.client.get("/v1/sender-pools")).json()["items"]
    assert [found["id"] for found in listed] == [pool["id"]]
    assert (await shop.client.delete(f"/v1/sender-pools/{pool['id']}")).status_code == 204
    assert (await shop.client.get(f"/v1/sender-pools/{pool['id']}")).status_code == 404


async def test_what_does_not_fit_into_a_pool_is_named(shop: Shop, stranger: Shop) -> None:
    sender, foreign = await shop.sender(), await stranger.sender()
    code = await shop.sender(kind="short_code", address="72345")
    agent = await shop.rich_sender(channel="rcs", kind="rcs_agent", address="agent-1")
    for members, status, word in (
        ([], 422, "too_short"),
        ([foreign], 404, "not_found"),
        ([sender, sender], 422, "twice"),
        ([code], 422, "countries_missing"),
        ([agent], 422, "channel_mismatch"),
    ):
        body = {"name": "all", "channel": "sms", "members": [{"sender_id": member["id"]} for member in members]}
        answer = await shop.client.post("/v1/sender-pools", json=body)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (status, word), answer.text
        assert pointers(answer)[0].startswith("/body/members")
    zero = {"name": "all", "channel": "sms", "members": [{"sender_id": sender["id"], "weight": 0}]}
    assert pointers(await shop.client.post("/v1/sender-pools", json=zero)) == ["/body/members"]
    await _pool(shop)
    taken = await shop.client.post("/v1/sender-pools", json={**zero, "members": [{"sender_id": sender["id"]}]})
    assert (taken.status_code, pointers(taken)) == (409, ["/body/name"])


async def test_a_campaign_names_a_sender_or_a_pool_and_holds_on_to_it(shop: Shop) -> None:
    pool, draft = await _pool(shop), await shop.draft()
    both = await shop.client.post("/v1/campaigns", json={**draft, "sender_pool_id": pool["id"]})
    assert both.status_code == 422
    campaign = await shop.made("/v1/campaigns", draft)
    changed = (await shop.client.patch(path_of(campaign), json={"sender_pool_id": pool["id"]})).json()
    assert (changed["sender_id"], changed["sender_pool_id"]) == (None, pool["id"])
    assert (await shop.client.delete(f"/v1/sender-pools/{pool['id']}")).status_code == 409
    back = (await shop.client.patch(path_of(campaign), json={"sender_id": draft["sender_id"]})).json()
    assert (back["sender_id"], back["sender_pool_id"]) == (draft["sender_id"], None)
    agents = await shop.rich_sender(channel="rcs", kind="rcs_agent", address="agent-1")
    cards = await _pool(shop, name="cards", channel="rcs", members=[{"sender_id": agents["id"]}])
    wrong = await shop.client.patch(path_of(campaign), json={"sender_pool_id": cards["id"]})
    assert (wrong.status_code, pointers(wrong)) == (422, ["/body/sender_pool_id"])
