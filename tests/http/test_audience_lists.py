"""Uploaded lists over HTTP: whom a file names, what of it nobody knows, and that who is erased is on none."""

import httpx
import pytest

from app.domain.ids import encode_id
from tests.shop import Shop, pointers

US, CANADA = "+12125550100", "+14165550100"


async def _upload(
    shop: Shop, content: str | bytes, *, name: str = "fair", kind: str = "text/csv", query: str = ""
) -> httpx.Response:
    return await shop.client.post(f"/v1/audience-lists?name=fair{query}", content=content, headers={"Content-Type": kind})


async def test_a_list_holds_the_contacts_its_file_names_and_stands_in_rules(shop: Shop, stranger: Shop) -> None:
    (contact,) = await shop.people([US])
    await shop.people([CANADA])
    await stranger.people(["+12125550199"])
    await shop.made("/v1/contacts", {"phone": "+12125550143", "person": "customer-1"})
    await shop.made("/v1/contacts", {"phone": "+12125550144", "person": "customer-1"})
    file = "phone,person\n(212) 555-0100,\n+12125550100,\n+12125550199,\n,customer-1\n,nobody\nno number,\n"
    made = (await _upload(shop, file, query="&default_region=US")).json()
    assert {name: made[name] for name in ("members", "lines", "unknown", "rejected")} == {
        "members": 3, "lines": 6, "unknown": 2, "rejected": 1,
    }  # fmt: skip
    assert (await shop.client.get(f"/v1/audience-lists/{made['id']}")).json() == made
    assert (await shop.client.get("/v1/audience-lists")).json()["items"] == [made]
    rule = {"include": {"list": made["id"]}, "exclude": {"country": "CA"}}
    audience = await shop.audience(rule)
    path = f"/v1/audiences/{audience['id']}"
    assert (await shop.made(f"{path}/preview", {}))["count"] == 3
    theirs = await stranger.client.post("/v1/audiences", json={"name": "x", "rule": {"list": made["id"]}})
    assert pointers(theirs) == ["/body/rule/list"]
    used = await shop.client.delete(f"/v1/audience-lists/{made['id']}")
    assert (used.status_code, used.json()["code"]) == (409, "conflict")
    await shop.made(f"/v1/contacts/{encode_id('contact', contact)}/erase", {})
    assert (await shop.made(f"{path}/preview", {}))["count"] == 2
    await shop.client.patch(path, json={"rule": {}})
    assert (await shop.client.delete(f"/v1/audience-lists/{made['id']}")).status_code == 204
    assert await shop.value("SELECT count(*) FROM audience_list_member WHERE workspace_id = $1", shop.workspace_id) == 0


async def test_an_object_a_line_is_read_too_and_a_name_is_taken_once(shop: Shop) -> None:
    await shop.people([US])
    made = await _upload(shop, '{"phone": "+12125550100"}\n{"phone": 5}\n[]\nx\n', kind="application/x-ndjson")
    assert [made.json()[name] for name in ("members", "rejected")] == [1, 3]
    again = await _upload(shop, "phone\n+12125550100\n")
    assert (again.status_code, pointers(again)) == (409, ["/query/name"])


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", "empty_file"),
        ("name\nMaya\n", "no_phone_column"),
        ("phone\nno number\n", "no_numbers"),
        ("phone\n", "no_numbers"),
        (b"phone\n\xff\xff\n", "not_utf8"),
        ("phone,phone\n+12125550100,1\n", "duplicate_header"),
        ('phone\n"+12125550100\n', "no_numbers"),
        ("phone\n\x00\n", "no_numbers"),
    ],
)
async def test_a_file_that_names_nobody_is_refused(shop: Shop, content: str | bytes, code: str) -> None:
    answer = await _upload(shop, content)
    assert (answer.status_code, answer.json()["code"], pointers(answer)) == (422, code, ["/body"])
    assert (await _upload(shop, "x", kind="text/plain")).status_code == 415
