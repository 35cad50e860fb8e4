"""Events over HTTP: what contacts did is kept once, whenever it is told; what cannot be used is named, line by line."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from tests.shop import Shop, pointers

PHONE = "+12125550142"
BUY: dict[str, Any] = {
    "caller_id": "order-1",
    "phone": PHONE,
    "kind": "purchase",
    "occurred_at": "2026-11-01T10:00:00Z",
    "amount": "49.9",
    "currency": "EUR",
    "items": [{"sku": "scarf", "quantity": 2, "price": "24.95"}],
    "properties": {"coupon": "autumn", "gone": None},
}
VIEW = {"caller_id": "v1", "phone": PHONE, "kind": "page_view", "occurred_at": "2026-11-01T09:00:00Z",
        "url": "https://shop.example/a", "title": "A"}  # fmt: skip
QUIZ = {"caller_id": "q1", "person": "anna", "kind": "custom", "name": "quiz_finished", "occurred_at": "2019-01-01T00:00:00Z"}


@pytest.fixture
async def contact(shop: Shop) -> dict[str, Any]:
    return await shop.made("/v1/contacts", {"phone": PHONE, "person": "anna"})


async def events(shop: Shop, **filters: str) -> list[str]:
    answer = await shop.client.get("/v1/events", params=filters)
    assert answer.status_code == 200, answer.text
    return [row["caller_id"] for row in answer.json()["items"]]


async def test_an_event_is_recorded_once_however_often_and_late_it_is_told(shop: Shop, contact: dict[str, Any]) -> None:
    first = await shop.client.post("/v1/events", json=BUY)
    assert first.status_code == 201, first.text
    kept = first.json()
    assert kept["contact_id"] == contact["id"]
    assert (kept["amount"], kept["currency"], kept["name"]) == ("49.90", "EUR", "purchase")
    assert kept["items"] == [{"sku": "scarf", "name": None, "category": None, "quantity": 2, "price": "24.95"}]
    assert kept["properties"] == {"coupon": "autumn"}
    again = await shop.client.post("/v1/events", json={**BUY, "amount": "49.9000"})
    assert (again.status_code, again.json()) == (200, kept)
    by_id = {name: value for name, value in BUY.items() if name != "phone"} | {"contact_id": contact["id"]}
    assert (await shop.client.post("/v1/events", json=by_id)).status_code == 200
    others: list[dict[str, Any]] = [
        {"amount": "50"},
        {"occurred_at": "2026-11-01T10:00:01Z"},
        {"properties": {}},
        {"items": []},
        {"person": "x"},
    ]
    for other in others:
        answer = await shop.client.post("/v1/events", json={**BUY, **other})
        assert (answer.status_code, answer.json()["code"], pointers(answer)) == (409, "event_differs", ["/body/caller_id"])
    assert (await shop.client.post("/v1/events", json=QUIZ)).status_code == 201  # years late, by the person's id
    assert (await shop.client.post("/v1/events", json=VIEW)).json()["properties"] == {"url": VIEW["url"], "title": "A"}
    assert await events(shop) == ["v1", "q1", "order-1"]
    assert await events(shop, name="purchase") == ["order-1"]
    assert await events(shop, since="2026-11-01T00:00:00Z", until="2026-11-01T10:00:00Z") == ["v1"]
    page = (await shop.client.get(f"/v1/contacts/{contact['id']}/events", params={"limit": 2})).json()
    rest = (
        await shop.client.get(f"/v1/contacts/{contact['id']}/events", params={"limit": 2, "cursor": page["next_cursor"]})
    ).json()
    assert [row["caller_id"] for row in page["items"] + rest["items"]] == ["v1", "q1", "order-1"]
    assert rest["next_cursor"] is None


async def test_each_of_many_has_its_outcome_and_a_bad_one_stops_no_other(shop: Shop, contact: dict[str, Any]) -> None:
    items: list[Any] = [
        BUY,
        {**BUY, "phone": "(212) 555-0142", "default_region": "US"},  # told twice in one request
        {**BUY, "currency": "USD"},
        VIEW,
        {**VIEW, "caller_id": "v2", "phone": "+12125550199"},
        {**VIEW, "caller_id": "v3", "url": "javascript:alert(1)"},
        {**VIEW, "caller_id": "v4", "title": "a\x00b"},
        {**QUIZ, "caller_id": "q2", "properties": {"deep": {"a": 1}}},
        "not an event",
        {**QUIZ, "person": "nobody"},
        QUIZ,
    ]
    answer = (await shop.client.post("/v1/events/bulk", json={"items": items})).json()
    assert (answer["recorded"], answer["duplicates"], answer["rejected"]) == (3, 1, 7)
    assert [(row["outcome"], row["code"], row["pointer"]) for row in answer["items"]] == [
        ("recorded", None, None),
        ("duplicate", None, None),
        ("rejected", "event_differs", "/body/items/2/caller_id"),
        ("recorded", None, None),
        ("rejected", "unknown_contact", "/body/items/4/phone"),
        ("rejected", "bad_url", "/body/items/5/url"),
        ("rejected", "value_error", "/body/items/6"),
        ("rejected", "value_error", "/body/items/7/properties/deep"),
        ("rejected", "model_type", "/body/items/8"),
        ("rejected", "unknown_contact", "/body/items/9/person"),
        ("recorded", None, None),
    ]
    again = (await shop.client.post("/v1/events/bulk", json={"items": items})).json()
    assert (again["recorded"], again["duplicates"], again["rejected"]) == (0, 4, 7)
    assert again["items"][0]["id"] == answer["items"][0]["id"] == answer["items"][1]["id"]
    assert sorted(await events(shop)) == ["order-1", "q1", "v1"]


async def test_the_same_told_by_many_at_once_is_there_once(shop: Shop, contact: dict[str, Any]) -> None:
    told = [{**VIEW, "caller_id": f"v{step}"} for step in range(40)]
    bodies = [{"items": told if turn % 2 else told[::-1]} for turn in range(6)]
    answers = await asyncio.gather(*(shop.client.post("/v1/events/bulk", json=body) for body in bodies))
    assert [answer.status_code for answer in answers] == [200] * 6
    assert sum(answer.json()["recorded"] for answer in answers) == 40
    assert sum(answer.json()["duplicates"] for answer in answers) == 200
    assert len(await events(shop)) == 40


UNUSABLE: list[tuple[dict[str, Any], str, str]] = [
    ({"caller_id": ""}, "/body/caller_id", "too_short"),
    ({"kind": "sale"}, "/body/kind", "enum"),
    ({"phone": None}, "/body/contact_id", "whose_event"),
    ({"contact_id": "con_" + "0" * 26}, "/body/contact_id", "whose_event"),
    ({"phone": "me"}, "/body/phone", "not_a_number"),
    ({"amount": None}, "/body/amount", "missing"),
    ({"amount": 49.9}, "/body/amount", "string_type"),
    ({"amount": "-1"}, "/body/amount", "string_pattern_mismatch"),
    ({"amount": "1.00001"}, "/body/amount", "string_pattern_mismatch"),
    ({"amount": "1" * 15}, "/body/amount", "string_pattern_mismatch"),
    ({"currency": "XYZ"}, "/body/currency", "bad_currency"),
    ({"currency": None}, "/body/currency", "bad_currency"),
    ({"items": [{"sku": "a", "quantity": 0}]}, "/body/items/0/quantity", "greater_than_equal"),
    ({"items": [{"sku": "a"}] * 101}, "/body/items", "too_long"),
    ({"name": "order"}, "/body/name", "not_of_this_kind"),
    ({"url": "https://shop.example"}, "/body/url", "not_of_this_kind"),
    ({"properties": {f"p{step}": 1 for step in range(51)}}, "/body/properties", "too_long"),
    ({"properties": {"A": 1}}, "/body/properties/A/[key]", "string_pattern_mismatch"),
    ({"kind": "custom", "items": []}, "/body/name", "bad_name"),
    ({"kind": "custom", "items": [], "name": "page_view"}, "/body/name", "bad_name"),
    ({"kind": "page_view", "items": []}, "/body/amount", "not_of_this_kind"),
    ({"occurred_at": "1999-01-01T00:00:00Z"}, "/body/occurred_at", "value_error"),
    ({"occurred_at": "2199-01-01T00:00:00Z"}, "/body/occurred_at", "in_the_future"),
    ({"phone": "+12125550199"}, "/body/phone", "unknown_contact"),
]


async def test_what_cannot_be_used_is_refused_at_its_field(shop: Shop, contact: dict[str, Any]) -> None:
    for given, pointer, code in UNUSABLE:
        answer = await shop.client.post("/v1/events", json={**BUY, **given})
        assert answer.status_code == (404 if code == "unknown_contact" else 422), (given, answer.text)
        assert (pointer, code) in [(error["pointer"], error["code"]) for error in answer.json()["errors"]], (given, answer.text)
    assert await events(shop) == []


async def test_a_clock_that_is_a_little_ahead_is_forgiven(shop: Shop, contact: dict[str, Any]) -> None:
    soon = (shop.context.clock.now() + timedelta(minutes=4)).isoformat()
    assert (await shop.client.post("/v1/events", json={**VIEW, "occurred_at": soon})).status_code == 201


@pytest.mark.parametrize("count", [0, 1_001])
async def test_too_few_and_too_many_are_refused_as_a_whole(shop: Shop, contact: dict[str, Any], count: int) -> None:
    answer = await shop.client.post("/v1/events/bulk", json={"items": [QUIZ] * count})
    assert (answer.status_code, pointers(answer)) == (422, ["/body/items"])


async def test_a_person_is_shown_their_events_and_they_go_with_the_person(shop: Shop, contact: dict[str, Any]) -> None:
    await shop.made("/v1/events/bulk", {"items": [BUY, VIEW]})
    held = (await shop.client.get(f"/v1/contacts/{contact['id']}/export")).json()
    assert [(row["caller_id"], row["amount"]) for row in held["events"]] == [("v1", None), ("order-1", "49.9000")]
    erased = await shop.made(f"/v1/contacts/{contact['id']}/erase", {})
    assert erased["emptied"]["events"] == 2
    assert await events(shop) == []
