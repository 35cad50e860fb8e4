"""What comes in goes out again: contacts, an audience, and what became of each row of a file, as tables and as lines of JSON."""

import csv
import io
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from app.domain.ids import decode_id
from app.usecases.context import Context
from app.usecases.run_import import run_import
from tests.factories import calling, make_key, make_workspace

_FILE = (
    "phone,first_name,country,tags,visits:number\n"
    "+14155552671,=HYPERLINK(1),US,b;a,3\n"
    '+442071838750,"Zoë ""x"", y",GB,,\n'
    "+14155552671,again,,,\n"
    "12345,=bad,,,\n"
)


@pytest.fixture
async def api(context: Context) -> AsyncIterator[httpx.AsyncClient]:
    workspace_id = await make_workspace(context)
    async with calling(context, await make_key(context, workspace_id)) as client:
        answer = await client.post("/v1/imports", content=_FILE.encode(), headers={"Content-Type": "text/csv"})
        import_id = decode_id("import", answer.json()["id"])
        await run_import(context, workspace_id=workspace_id, import_id=import_id)
        yield client


async def table(api: httpx.AsyncClient, path: str, **query: Any) -> list[dict[str, str]]:
    answer = await api.get(path, params=query)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8"), answer.text
    assert "attachment" in answer.headers["content-disposition"]
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


async def lines(api: httpx.AsyncClient, path: str) -> list[dict[str, Any]]:
    answer = await api.get(path, params={"format": "ndjson"})
    assert answer.headers["content-type"] == "application/x-ndjson"
    return [json.loads(line) for line in answer.text.splitlines()]


async def test_every_contact_is_in_the_table_and_no_cell_is_a_formula(api: httpx.AsyncClient) -> None:
    maya, zoe = await table(api, "/v1/exports/contacts")
    assert (maya["phone"], maya["first_name"], maya["tags"], maya["visits"]) == ("+14155552671", "'=HYPERLINK(1)", "a;b", "3")
    assert (zoe["first_name"], zoe["country"], zoe["attribute_country"], zoe["visits"]) == ('Zoë "x", y', "GB", "GB", "")
    told = {row["id"]: row for row in (await api.get("/v1/contacts")).json()["items"]}
    assert {row["id"]: row for row in await lines(api, "/v1/exports/contacts")} == told


async def test_an_audience_is_exported_as_it_is_now(api: httpx.AsyncClient) -> None:
    rule = {"name": "Britain", "rule": {"all": [{"country": "GB"}]}}
    audience = (await api.post("/v1/audiences", json=rule)).json()["id"]
    assert [row["phone"] for row in await table(api, f"/v1/exports/audiences/{audience}")] == ["+442071838750"]
    assert [row["phone"] for row in await lines(api, f"/v1/exports/audiences/{audience}")] == ["+442071838750"]
    assert (await api.get(f"/v1/exports/audiences/{audience[:-1]}0")).status_code == 404


async def test_what_became_of_each_row_can_be_kept_as_a_file(api: httpx.AsyncClient) -> None:
    (job,) = (await api.get("/v1/imports")).json()["items"]
    path = f"/v1/imports/{job['id']}/outcomes"
    rows = await table(api, path)
    assert [(row["line"], row["outcome"], row["phone"]) for row in rows] == [
        ("2", "created", "+14155552671"),
        ("3", "created", "+442071838750"),
        ("4", "duplicate", "+14155552671"),
        ("5", "rejected", "12345"),
    ]
    assert rows[2]["reason"] == "same number as line 2"
    assert [row["line"] for row in await table(api, path, outcome="rejected")] == ["5"]
    assert len(await lines(api, path)) == 4


async def test_an_import_is_followed_to_its_end(api: httpx.AsyncClient) -> None:
    (job,) = (await api.get("/v1/imports")).json()["items"]
    answer = await api.get(f"/v1/imports/{job['id']}/progress")
    events = [block.split("\n") for block in answer.text.strip().split("\n\n")]
    assert [event[0] for event in events] == ["event: progress", "event: end"]
    assert json.loads(events[-1][1].removeprefix("data: ")) == job


async def test_contacts_come_in_bulk_each_with_its_outcome(api: httpx.AsyncClient) -> None:
    items = [
        {"phone": "+14155552671", "attributes": {"first_name": "Maya"}},
        {"phone": "(415) 555-2672", "default_region": "US"},
        {"phone": "415"},
        {"phone": "+1 415 555 2671"},
        {"phone": "+442071838750"},
        {"phone": "+14155552673", "places": [{"country": "US", "region": "XX"}]},
        {"phone": "+14155552674", "attributes": {f"a{n}": n for n in range(100)}, "tags": ["x"]},
    ]
    answer = await api.post("/v1/contacts/bulk", json={"items": items}, headers={"Idempotency-Key": "bulk-1"})
    found = answer.json()["items"]
    assert [row["outcome"] for row in found] == [
        *("updated", "created", "rejected", "duplicate", "unchanged", "rejected", "created"),
    ]
    assert (found[2]["code"], found[2]["pointer"]) == ("no_region_given", "/body/items/2/phone")
    assert found[3]["reason"] == "same number as item 0"
    assert found[5]["pointer"] == "/body/items/5/places/0/region"
    again = await api.post("/v1/contacts/bulk", json={"items": items}, headers={"Idempotency-Key": "bulk-1"})
    assert (again.json(), again.headers["Idempotency-Replayed"]) == (answer.json(), "true")
    full = [{"phone": "+14155552674", "attributes": {"one_more": 1}}]
    (refused,) = (await api.post("/v1/contacts/bulk", json={"items": full})).json()["items"]
    assert (refused["code"], refused["pointer"]) == ("too_many_attributes", "/body/items/0/attributes")
