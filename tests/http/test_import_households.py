"""Several people on one number in one file: each joins it, nobody is a duplicate of somebody else, and a yes is hers alone."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest

from app.domain.ids import decode_id
from app.usecases.context import Context
from app.usecases.run_import import run_import
from app.usecases.start_import import CHUNK_ROWS
from tests.factories import calling, make_key, make_workspace

HOME, OTHER = "+14155552671", "+14155552672"
WORDING = "I agree to get automated marketing texts from Example Shop at this number. Not a condition of purchase."
PROOF = f'web_form,2026-05-04,"{WORDING}",Example Shop,https://shop.example/join,express_written'
FILE = f"""phone,person,first_name,opted_out,opt_in_method,opt_in_at,opt_in_wording,opt_in_seller,opt_in_url,opt_in_kind
{HOME},maya,Maya,,{PROOF}
{HOME},max,Max,,,,,,,
{HOME},maya,again,,,,,,,
{HOME},,nobody,,,,,,,
{HOME},mia,Mia,,,,,,,
{OTHER},,Ann,,,,,,,
{OTHER},bob,Bob,,,,,,,
"""
COLD = (CHUNK_ROWS - 1, 555_0000)


class Desk:
    """A workspace whose imports are worked on when the test says so."""

    def __init__(self, context: Context, workspace_id: UUID, api: httpx.AsyncClient) -> None:
        self.context, self.workspace_id, self.api = context, workspace_id, api

    async def send(self, file: str, **query: Any) -> dict[str, Any]:
        headers = {"Content-Type": "text/csv"}
        answer = await self.api.post("/v1/imports", content=file.encode(), headers=headers, params=query)
        assert answer.status_code == 202, answer.text
        return await self.work(answer.json()["id"])

    async def work(self, job: str) -> dict[str, Any]:
        await run_import(self.context, workspace_id=self.workspace_id, import_id=decode_id("import", job))
        return dict((await self.api.get(f"/v1/imports/{job}")).json())

    async def rows(self, job: str, limit: int = 100) -> list[tuple[str, str]]:
        found = (await self.api.get(f"/v1/imports/{job}/rows", params={"limit": limit})).json()["items"]
        return [(row["outcome"], row["reason"]) for row in found]

    async def people(self, phone: str) -> dict[str, Any]:
        """Who is on a number, the contact first."""
        (contact,) = (await self.api.get("/v1/contacts", params={"phone": phone})).json()["items"]
        joined = (await self.api.get(f"/v1/contacts/{contact['id']}/people")).json()["people"]
        return {contact["person"]: contact["attributes"]} | {
            one["person"]: one["attributes"] for one in joined if one["person"] != contact["person"]
        }


@pytest.fixture
async def desk(context: Context) -> AsyncIterator[Desk]:
    workspace_id = await make_workspace(context)
    async with calling(context, await make_key(context, workspace_id)) as api:
        yield Desk(context, workspace_id, api)


SAID = [
    ("created", ""),
    ("updated", ""),
    ("duplicate", "same number as line 2"),
    ("duplicate", "same number as line 2"),
    ("updated", ""),
    ("created", ""),
    ("duplicate", "same number as line 7"),
]


async def test_each_person_named_on_a_number_joins_it_once(desk: Desk) -> None:
    job = await desk.send(FILE)
    assert await desk.rows(job["id"]) == SAID
    assert await desk.people(HOME) == {"maya": {"first_name": "Maya"}, "max": {"first_name": "Max"}, "mia": {"first_name": "Mia"}}
    assert job["outcomes"] == {"created": 2, "updated": 2, "unchanged": 0, "duplicate": 3, "rejected": 0}


async def test_the_same_file_again_changes_nothing(desk: Desk) -> None:
    await desk.send(FILE)
    again = await desk.send(FILE)
    assert again["outcomes"] == {"created": 0, "updated": 0, "unchanged": 4, "duplicate": 3, "rejected": 0}


async def test_a_plan_of_it_comes_out_as_it_said(desk: Desk) -> None:
    planned = await desk.send(FILE, plan=True)
    assert await desk.rows(planned["id"]) == SAID
    assert (planned["plan"]["new"], planned["plan"]["changed"], planned["plan"]["duplicates"]) == (2, 2, 3)
    assert (await desk.api.post(f"/v1/imports/{planned['id']}/apply", json={})).status_code == 202
    done = await desk.work(planned["id"])
    assert done["plan"]["came_out_otherwise"] == {}
    assert set(await desk.people(HOME)) == {"maya", "max", "mia"}
    again = await desk.send(FILE, plan=True)
    assert (again["plan"]["changed"], again["plan"]["unchanged"]) == (0, 4)


async def test_a_yes_in_a_row_is_the_named_persons_alone(desk: Desk) -> None:
    job = await desk.send(FILE)
    async with desk.context.db.transaction() as tx:
        named = await tx.fetch("SELECT evidence->>'person' AS person FROM consent_event WHERE phone = $1", HOME)
    assert job["outcomes"]["created"] == 2
    assert {row["person"] for row in named} == {"maya"}


async def test_people_of_one_number_are_found_across_chunks(desk: Desk) -> None:
    count, first = COLD
    strangers = [f"+1415{first + n},p{n}," for n in range(count)]
    late = [f"{HOME},max,Max", f"{HOME},maya,again", f"{HOME},mia,Mia", f"{HOME},mia,twice"]
    job = await desk.send("\n".join(["phone,person,first_name", f"{HOME},maya,Maya", *strangers, *late]))
    assert job["outcomes"] == {"created": count + 1, "updated": 2, "unchanged": 0, "duplicate": 2, "rejected": 0}
    found = (await desk.api.get(f"/v1/imports/{job['id']}/rows", params={"outcome": "duplicate"})).json()["items"]
    assert [row["reason"] for row in found] == ["same number as line 2", f"same number as line {count + 5}"]
    assert set(await desk.people(HOME)) == {"maya", "max", "mia"}


async def test_an_erasure_while_the_plan_waits_takes_everybody_on_the_number_out_of_it(desk: Desk) -> None:
    planned = await desk.send(FILE, plan=True)
    await desk.api.post("/v1/contacts", json={"phone": HOME})
    (contact,) = (await desk.api.get("/v1/contacts", params={"phone": HOME})).json()["items"]
    assert (await desk.api.post(f"/v1/contacts/{contact['id']}/erase", json={})).status_code in {200, 202}
    async with desk.context.db.transaction() as tx:
        kept = await tx.fetch_value("SELECT string_agg(convert_from(rows, 'UTF8'), '') FROM import_chunk")
    assert not any(name in kept for name in (HOME, "Maya", "Max", "Mia", "nobody"))
    assert (await desk.api.post(f"/v1/imports/{planned['id']}/apply", json={"accept_changes": True})).status_code == 202


async def test_items_of_a_bulk_that_name_other_people_join_the_number(desk: Desk) -> None:
    items = [
        {"phone": HOME, "person": "maya", "attributes": {"first_name": "Maya"}},
        {"phone": HOME, "person": "max", "attributes": {"first_name": "Max"}},
        {"phone": HOME, "attributes": {"first_name": "nobody"}},
        {"phone": HOME, "person": "max", "attributes": {"first_name": "again"}},
    ]
    answer = await desk.api.post("/v1/contacts/bulk", json={"items": items})
    found = [(item["outcome"], item["reason"]) for item in answer.json()["items"]]
    assert found == [
        ("created", ""),
        ("updated", ""),
        ("duplicate", "same number as item 0"),
        ("duplicate", "same number as item 1"),
    ]
    assert await desk.people(HOME) == {"maya": {"first_name": "Maya"}, "max": {"first_name": "Max"}}


async def test_a_number_with_too_many_people_is_told_of_and_costs_no_more_than_its_rows(desk: Desk) -> None:
    crowd = "\n".join(["phone,person", *(f"{HOME},p{n}" for n in range(120))])
    job = await desk.send(crowd)
    assert job["outcomes"] == {"created": 1, "updated": 50, "unchanged": 0, "duplicate": 0, "rejected": 69}
    assert (await desk.rows(job["id"], limit=200))[-1] == ("rejected", "too_many_people: more than 50 people on one number")
    again = await desk.send(f"phone,person\n{HOME},p0\n{HOME},p999")
    assert again["outcomes"] == {"created": 0, "updated": 0, "unchanged": 1, "duplicate": 0, "rejected": 1}
    items = [{"phone": OTHER, "person": f"p{n}"} for n in range(53)]
    last = (await desk.api.post("/v1/contacts/bulk", json={"items": items})).json()["items"][-1]
    assert (last["outcome"], last["code"], last["pointer"]) == ("rejected", "too_many_people", "/body/items/52/person")
    one = await desk.api.post("/v1/contacts", json={"phone": OTHER, "person": "p99"})
    assert (one.status_code, one.json()["code"]) == (422, "too_many_people")
