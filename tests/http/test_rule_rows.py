"""Rows a workspace adds to the rules: they act at the next decision and hand-over, and a bad one keeps all of them out."""

import asyncio
from typing import Any

import pytest

from tests.shop import NOBODY, Shop, pointers

NEW_YORK, NEW_ORLEANS = "+12125550142", "+15045550142"
DAY: dict[str, Any] = {"kind": "closed_day", "region": "US-LA", "source": "a proclamation", "valid_from": "2026-11-24"}
HOURS: dict[str, Any] = {
    "kind": "hours",
    "region": "US-NY",
    "channels": ["sms"],
    "terms": {"default": "10:00-19:00", "sunday": ""},
    "source": "our promise",
    "valid_from": "2026-11-01",
}
BAN: dict[str, Any] = {"kind": "emergency_ban", "region": "US", "source": "order 58", "valid_from": "2026-11-01T00:00:00Z"}


async def added(shop: Shop, *rows: dict[str, Any]) -> list[dict[str, Any]]:
    return list((await shop.made("/v1/rules/rows", {"rows": list(rows)}))["rows"])


async def objections(shop: Shop, to: str, at: str) -> dict[str, Any]:
    """What objects to a marketing text, consent aside: rule -> until."""
    answer = await shop.made("/v1/decisions", {"to": to, "channel": "sms", "purpose": "marketing", "at": at})
    return {reason["rule"]: reason["until"] for reason in answer["reasons"] if not reason["rule"].startswith("consent.")}


async def test_a_day_proclaimed_a_holiday_is_closed_there_and_nowhere_else(shop: Shop) -> None:
    noon = "2026-11-24T18:00:00Z"
    assert await objections(shop, NEW_ORLEANS, noon) == {}
    (row,) = await added(shop, DAY)
    assert (row["valid_from"], row["valid_to"], row["channels"]) == ("2026-11-24", "2026-11-25", ["mms", "rcs", "sms", "voice"])
    closed = await objections(shop, NEW_ORLEANS, noon)
    assert next(iter(closed)) == "time.workspace_row"
    assert closed["time.workspace_row"] == "2026-11-25T14:00:00Z"
    assert await objections(shop, NEW_YORK, noon) == {}
    assert await objections(shop, NEW_ORLEANS, "2026-11-25T18:00:00Z") == {}


async def test_the_last_hours_of_a_closed_day_in_the_west_are_closed_too(shop: Shop) -> None:
    await added(shop, {**DAY, "region": "US-HI"})
    evening_in_honolulu = "2026-11-25T05:00:00Z"
    assert "time.workspace_row" in await objections(shop, "+18085550142", evening_in_honolulu)


async def test_hours_of_a_workspace_narrow_the_laws_and_never_widen_them(shop: Shop) -> None:
    await added(shop, HOURS, {**HOURS, "region": "US-FL", "terms": {"default": "00:00-24:00"}})
    assert await objections(shop, NEW_YORK, "2026-11-24T14:30:00Z") == {"time.workspace_row": "2026-11-24T15:00:00Z"}
    assert await objections(shop, NEW_YORK, "2026-11-24T17:00:00Z") == {}
    assert "time.quiet.us.fl" in await objections(shop, "+13055550142", "2026-11-24T04:00:00Z")


async def test_a_ban_stops_a_region_while_it_lasts(shop: Shop) -> None:
    await added(shop, {**BAN, "region": "US-NY", "valid_to": "2026-12-01T00:00:00Z"})
    found = await objections(shop, NEW_YORK, "2026-11-24T17:00:00Z")
    assert found == {"time.emergency_ban.us.ny": "2026-12-01T00:00:00Z"}
    assert await objections(shop, NEW_ORLEANS, "2026-11-24T17:00:00Z") == {}
    assert await objections(shop, NEW_YORK, "2026-12-01T17:00:00Z") == {}


async def test_a_row_taken_away_no_longer_holds(shop: Shop) -> None:
    (row,) = await added(shop, BAN)
    assert (await shop.client.delete(f"/v1/rules/rows/{row['id']}")).status_code == 204
    assert await objections(shop, NEW_YORK, "2026-11-24T17:00:00Z") == {}
    assert (await shop.client.delete(f"/v1/rules/rows/{row['id']}")).status_code == 404
    assert (await shop.client.delete(f"/v1/rules/rows/rul_{NOBODY}")).status_code == 404


async def test_a_row_binds_its_own_workspace_alone(shop: Shop, stranger: Shop) -> None:
    (row,) = await added(shop, BAN)
    assert await objections(stranger, NEW_YORK, "2026-11-24T17:00:00Z") == {}
    assert (await stranger.client.get("/v1/rules/rows")).json()["items"] == []
    assert (await stranger.client.delete(f"/v1/rules/rows/{row['id']}")).status_code == 404
    assert len((await shop.client.get("/v1/rules/rows")).json()["items"]) == 1


async def test_rows_are_listed_page_by_page_and_by_kind_and_region(shop: Shop) -> None:
    made = [(await added(shop, row))[0]["id"] for row in (DAY, HOURS, BAN)]
    seen: list[str] = []
    cursor: str | None = None
    while True:
        query: dict[str, Any] = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await shop.client.get("/v1/rules/rows", params=query)).json()
        seen += [row["id"] for row in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert seen == made[::-1]
    for query, expected in ({"kind": "hours"}, [made[1]]), ({"region": "US"}, [made[2]]), ({"region": "US-TX"}, []):
        assert [row["id"] for row in (await shop.client.get("/v1/rules/rows", params=query)).json()["items"]] == expected
    for query, pointer in ({"kind": "holiday"}, "/query/kind"), ({"region": "US-ZZ"}, "/query/region"):
        assert pointers(await shop.client.get("/v1/rules/rows", params=query)) == [pointer]


@pytest.mark.parametrize(
    ("label", "row", "pointer"),
    [
        ("a kind", {**DAY, "kind": "holiday"}, "kind"),
        ("an unknown state", {**DAY, "region": "US-ZZ"}, "region"),
        ("an unknown country", {**DAY, "region": "XX"}, "region"),
        ("no region", {**DAY, "region": ""}, "region"),
        ("an unknown channel", {**DAY, "channels": ["fax"]}, "channels/0"),
        ("no channels", {**DAY, "channels": []}, "channels"),
        ("no source", {**DAY, "source": ""}, "source"),
        ("a day that is none", {**DAY, "valid_from": "2026-02-30"}, "valid_from"),
        ("a day far away", {**DAY, "valid_from": "9999-12-31"}, "valid_from"),
        ("a number for a day", {**DAY, "valid_from": 20261124}, "valid_from"),
        ("no day", {key: value for key, value in DAY.items() if key != "valid_from"}, "valid_from"),
        ("an instant for a day", {**DAY, "valid_from": "2026-11-24T00:00:00Z"}, "valid_from"),
        ("a day for an instant", {**BAN, "valid_from": "2026-11-24"}, "valid_from"),
        ("an end before the start", {**DAY, "valid_to": "2026-11-23"}, "valid_to"),
        ("an end at the start", {**HOURS, "valid_to": HOURS["valid_from"]}, "valid_to"),
        ("a ban that ends before it starts", {**BAN, "valid_to": "2026-10-01T00:00:00Z"}, "valid_to"),
        ("hours backwards", {**HOURS, "terms": {"default": "20:00-09:00"}}, "terms/default"),
        ("hours past midnight", {**HOURS, "terms": {"sunday": "22:00-26:00"}}, "terms/sunday"),
        ("hours of a day nobody knows", {**HOURS, "terms": {"caturday": "09:00-10:00"}}, "terms/caturday"),
        ("no hours", {**HOURS, "terms": {}}, "terms"),
        ("hours left out", {key: value for key, value in HOURS.items() if key != "terms"}, "terms"),
        ("a calendar that is none", {**HOURS, "terms": {"holidays": "Mars"}}, "terms/holidays"),
        ("terms of a ban", {**BAN, "terms": {"default": "09:00-10:00"}}, "terms"),
        ("a ban on one channel", {**BAN, "channels": ["sms"]}, "channels"),
        ("the same again", {**HOURS, "region": "FR", "valid_from": "2027-01-01"}, "valid_from"),
    ],
)
async def test_a_row_that_cannot_be_is_named_and_nothing_is_half_applied(
    shop: Shop, label: str, row: dict[str, Any], pointer: str
) -> None:
    rows = [{**HOURS, "region": "FR"}, row, {**HOURS, "region": "DE"}]
    answer = await shop.client.post("/v1/rules/rows", json={"rows": rows})
    assert answer.status_code == 422, (label, answer.text)
    assert pointers(answer)[0] == f"/body/rows/1/{pointer}", (label, answer.text)
    assert (await shop.client.get("/v1/rules/rows")).json()["items"] == []


async def test_a_row_that_overlaps_one_that_is_kept_names_it(shop: Shop) -> None:
    (kept,) = await added(shop, HOURS)
    answer = await shop.client.post("/v1/rules/rows", json={"rows": [DAY, {**HOURS, "valid_from": "2027-01-01"}]})
    assert (answer.status_code, answer.json()["code"], pointers(answer)) == (422, "overlaps", ["/body/rows/1/valid_from"])
    assert kept["id"] in answer.json()["detail"]
    assert len((await shop.client.get("/v1/rules/rows")).json()["items"]) == 1


async def test_of_ten_requests_at_once_for_the_same_one_wins(shop: Shop) -> None:
    answers = await asyncio.gather(*(shop.client.post("/v1/rules/rows", json={"rows": [HOURS]}) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [201, *[422] * 9]


async def test_a_repeat_under_one_key_adds_nothing(shop: Shop) -> None:
    first = await shop.client.post("/v1/rules/rows", json={"rows": [BAN]}, headers={"Idempotency-Key": "one"})
    again = await shop.client.post("/v1/rules/rows", json={"rows": [BAN]}, headers={"Idempotency-Key": "one"})
    assert (again.status_code, again.json()) == (201, first.json())
    assert len((await shop.client.get("/v1/rules/rows")).json()["items"]) == 1
