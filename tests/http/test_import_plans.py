"""A plan says what a file would do before it does it, is applied once while it is fresh, and tells what came out otherwise."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest

from app.domain.ids import decode_id
from app.usecases.context import Context
from app.usecases.erase_person import erase_contact
from app.usecases.run_import import run_import
from tests.factories import calling, make_key, make_workspace

WORDING = "I agree to get automated marketing texts from Example Shop at this number. Not a condition of purchase."
FILE = f"""phone,first_name,opted_out,opt_in_method,opt_in_at,opt_in_wording,opt_in_seller,opt_in_url,opt_in_kind
+14155552671,Maya,,web_form,2026-05-04,"{WORDING}",Example Shop,https://shop.example/join,express_written
+14155552672,Max,,web_form,2026-05-04,"{WORDING}",,,
+14155552673,Mia,yes,,,,,,
+14155552674,Moe,,subscribe,2026-05-04,,,,
+14155552671,again,,,,,,,
+1415,short,,,,,,,
+14155552675,Ann,,web_form,yesterday,x,,,
"""


@dataclass(slots=True)
class Desk:
    """A workspace whose imports are worked on when the test says so."""

    context: Context
    workspace_id: UUID
    api: httpx.AsyncClient

    async def plan(self, file: str = FILE, **query: Any) -> dict[str, Any]:
        answer = await self.post(file, plan=True, **query)
        assert answer.status_code == 202, answer.text
        return await self.run(answer.json()["id"])

    async def post(self, file: str, **query: Any) -> httpx.Response:
        headers = {"Content-Type": "text/csv"}
        return await self.api.post("/v1/imports", content=file.encode(), headers=headers, params=query)

    async def run(self, job: str) -> dict[str, Any]:
        await run_import(self.context, workspace_id=self.workspace_id, import_id=decode_id("import", job))
        return dict((await self.api.get(f"/v1/imports/{job}")).json())

    async def apply(self, job: str, **body: Any) -> httpx.Response:
        return await self.api.post(f"/v1/imports/{job}/apply", json=body)

    async def value(self, sql: str) -> Any:
        async with self.context.db.transaction() as tx:
            return await tx.fetch_value(sql)


@pytest.fixture
async def desk(context: Context) -> AsyncIterator[Desk]:
    workspace_id = await make_workspace(context)
    async with calling(context, await make_key(context, workspace_id)) as api:
        yield Desk(context, workspace_id, api)


async def test_a_plan_counts_everything_writes_nothing_and_comes_out_as_it_said(desk: Desk) -> None:
    old = {"phone": "+14155552672", "attributes": {"first_name": "Maximilian", "city": "Rome"}}
    await desk.api.post("/v1/contacts", json=old)
    await desk.api.post("/v1/opt-outs", json={"phone": "+14155552674"})
    job = await desk.plan()
    assert (job["state"], job["progress"], job["expires_at"] is not None) == ("planned", 1.0, True)
    plan = job["plan"]
    assert (plan["new"], plan["changed"], plan["unchanged"], plan["duplicates"]) == (4, 1, 0, 1)
    assert plan["rejected"] == {"too_short": 1}
    assert (plan["suppressed"], plan["opted_out"], plan["conflicts"]) == (1, 1, {"first_name": 1})
    assert plan["newly_marketable"] == {"express_written": 1}
    assert plan["opt_ins"] == {"recorded": 1, "rejected": 2}
    assert plan["opt_in_problems"] == {"evidence_incomplete": 2}
    assert await desk.value("SELECT count(*) FROM contact") == 1
    assert await desk.value("SELECT count(*) FROM consent_event") == 1
    planned = (await desk.api.get(f"/v1/imports/{job['id']}/rows")).json()["items"]
    assert (await desk.apply(job["id"])).status_code == 202
    done = await desk.run(job["id"])
    assert (done["state"], done["outcomes"]) == ("completed", job["outcomes"])
    assert done["plan"] == plan | {"came_out_otherwise": {}}
    rows = (await desk.api.get(f"/v1/imports/{job['id']}/rows")).json()["items"]
    assert [{**row, "contact_id": None} for row in rows] == [{**row, "contact_id": None} for row in planned]
    assert [row["reason"].partition(":")[0] for row in rows] == [
        *("", "the opt-in was not recorded", "", "the opt-in was not recorded"),
        *("same number as line 2", "too_short", "the opt-in was not recorded"),
    ]
    consents = (await desk.api.get("/v1/consents", params={"phone": "+14155552671"})).json()["consents"]
    assert {(row["state"], row["kind"]) for row in consents} == {("given", "express_written")}
    assert await desk.value("SELECT count(*) FROM import_chunk") == 0
    assert (await desk.apply(job["id"])).json()["code"] == "wrong_state"


async def test_a_plan_says_when_the_world_changed_and_goes_on_only_when_told_to(desk: Desk) -> None:
    job = await desk.plan("phone,first_name\n+14155552671,Maya\n+14155552672,Max\n+14155552673,Mia\n")
    await desk.api.post("/v1/contacts", json={"phone": "+14155552671", "attributes": {"first_name": "Maja"}})
    await desk.api.post("/v1/opt-outs", json={"phone": "+14155552672"})
    refused = await desk.apply(job["id"])
    assert (refused.status_code, refused.json()["code"]) == (409, "plan_outdated")
    assert refused.json()["detail"].startswith("2 of its numbers changed")
    assert (await desk.apply(job["id"], accept_changes=True)).status_code == 202
    done = await desk.run(job["id"])
    assert done["outcomes"] == {"created": 2, "updated": 1, "unchanged": 0, "duplicate": 0, "rejected": 0}
    assert done["plan"]["came_out_otherwise"] == {"created -> updated": 1}


async def test_a_plan_that_nobody_applies_is_forgotten(desk: Desk) -> None:
    kept, cancelled = await desk.plan(), await desk.plan()
    assert (await desk.api.post(f"/v1/imports/{cancelled['id']}/cancel")).json()["state"] == "cancelled"
    assert await desk.value("SELECT count(*) FROM import_chunk") == 1
    await desk.value("UPDATE import_job SET expires_at = created_at WHERE state = 'planned'")
    assert (await desk.apply(kept["id"])).json()["code"] == "plan_expired"
    assert (await desk.run(kept["id"]))["state"] == "expired"
    assert await desk.value("SELECT count(*) FROM import_chunk") == 0


async def test_a_plan_is_neither_a_dry_run_nor_made_of_nothing(desk: Desk) -> None:
    assert (await desk.post(FILE, plan=True, dry_run=True)).json()["errors"][0]["pointer"] == "/query/dry_run"
    job = await desk.plan("phone\n")
    assert job["state"] == "planned"
    await desk.apply(job["id"])
    assert (await desk.run(job["id"]))["state"] == "completed"
    now = await desk.post("phone\n+14155552671\n")
    await desk.run(now.json()["id"])
    assert (await desk.apply(now.json()["id"])).json()["code"] == "wrong_state"


async def test_opt_ins_of_ndjson_are_held_to_the_same_proof(desk: Desk) -> None:
    evidence = f'{{"wording": "{WORDING}", "seller": "Example Shop", "url": "https://shop.example/join"}}'
    lines = (
        '{"phone": "+14155552671", "opt_in": {"method": "web_form", "at": "2026-05-04T10:00:00Z", "channels": ["sms", "mms"],'
        f' "evidence": {evidence}}}}}\n'
        '{"phone": "+14155552672", "opt_in": {"method": "telepathy", "at": "2026-05-04"}}\n'
    )
    headers = {"Content-Type": "application/x-ndjson"}
    job = (await desk.api.post("/v1/imports", content=lines.encode(), headers=headers)).json()["id"]
    await desk.run(job)
    rows = (await desk.api.get(f"/v1/imports/{job}/rows")).json()["items"]
    assert [row["outcome"] for row in rows] == ["created", "created"]
    assert rows[1]["reason"].startswith("the opt-in was not recorded: bad_opt_in: opt_in_method")
    consents = (await desk.api.get("/v1/consents", params={"phone": "+14155552671"})).json()["consents"]
    assert {(row["channel"], row["state"]) for row in consents} == {("sms", "given"), ("mms", "given")}


BOUGHT = {"provenance_kind": "broker", "provenance_reference": "contract 4711"}


async def test_a_bought_number_is_marketed_to_by_its_owners_own_act_alone(desk: Desk) -> None:
    sold = (
        "phone,opt_in_method,opt_in_at,opt_in_source,opt_in_collected_at\n+14155552671,import,2026-05-04,the broker,2026-05-04\n"
    )
    done = await desk.run((await desk.post(sold, **BOUGHT)).json()["id"])
    assert (done["provenance_kind"], done["provenance_reference"]) == ("broker", "contract 4711")
    (row,) = (await desk.api.get(f"/v1/imports/{done['id']}/rows")).json()["items"]
    assert "no_proof_of_own" in row["reason"]
    (contact,) = (await desk.api.get("/v1/contacts")).json()["items"]
    assert contact["provenance"] == "broker: contract 4711"
    assert "consent.acquired_without_proof" in await _objections(desk)
    word = {"phone": "+14155552671", "method": "subscribe", "evidence": {"source": "us"}, "occurred_at": "2026-05-04T10:00:00Z"}
    claim = await desk.api.post("/v1/opt-ins", json=word)
    assert (claim.status_code, claim.json()["code"]) == (422, "no_proof_of_own")
    shown = {"wording": WORDING, "seller": "Example Shop", "url": "https://shop.example/join"}
    await desk.api.post("/v1/opt-ins", json=word | {"method": "web_form", "kind": "express_written", "evidence": shown})
    assert await _objections(desk) == []


async def _objections(desk: Desk) -> list[str]:
    asked = {"to": "+14155552671", "channel": "sms", "purpose": "marketing", "at": "2026-11-24T19:00:00Z"}
    return [reason["rule"] for reason in (await desk.api.post("/v1/decisions", json=asked)).json()["reasons"]]


async def test_rows_say_where_they_come_from_and_a_broker_needs_a_contract(desk: Desk) -> None:
    refused = await desk.post("phone\n+14155552671\n", provenance_kind="broker")
    assert (refused.status_code, refused.json()["code"]) == (422, "missing_reference")
    mixed = (
        "phone,provenance_kind,provenance_reference\n+14155552671,in_store,till 4\n+14155552672,broker,\n"
        "+14155552673,broker,K-9\n+14155552674,hearsay,\n+14155552675,,\n"
    )
    done = await desk.run((await desk.post(mixed, provenance="fair")).json()["id"])
    rows = (await desk.api.get(f"/v1/imports/{done['id']}/rows")).json()["items"]
    assert [row["reason"].partition(":")[0] for row in rows] == ["", "missing_reference", "", "bad_provenance", ""]
    contacts = (await desk.api.get("/v1/contacts")).json()["items"]
    assert {row["phone"][-1]: row["provenance"] for row in contacts} == {"1": "in_store: till 4", "3": "broker: K-9", "5": "fair"}
    assert await desk.value("SELECT string_agg(phone, ',') FROM number WHERE acquired <> ''") == "+14155552673"
    # A number that was known before did not come from the broker, whoever sells it again.
    await desk.run((await desk.post("phone\n+14155552671\n", **BOUGHT)).json()["id"])
    assert await desk.value("SELECT count(*) FROM number WHERE acquired <> ''") == 1


async def test_who_is_erased_is_in_no_plan_any_more(desk: Desk) -> None:
    job = await desk.plan("phone,first_name\n(415) 555-2671,Maya\n+14155552672,Max\n+1 415 555 2671,again\n", default_region="US")
    await desk.api.post("/v1/contacts", json={"phone": "+14155552671"})
    (contact,) = (await desk.api.get("/v1/contacts")).json()["items"]
    assert (await desk.api.post(f"/v1/contacts/{contact['id']}/erase", json={})).status_code == 200
    waiting = bytes(await desk.value("SELECT rows FROM import_chunk")).decode()
    assert ("2671" in waiting, "Maya" in waiting, "again" in waiting, "Max" in waiting) == (False, False, False, True)
    assert (await desk.apply(job["id"], accept_changes=True)).status_code == 202
    done = await desk.run(job["id"])
    rows = (await desk.api.get(f"/v1/imports/{job['id']}/rows")).json()["items"]
    assert [(row["outcome"], row["reason"].partition(":")[0], row["phone"]) for row in rows] == [
        ("rejected", "erased", ""),
        ("created", "", "+14155552672"),
        ("rejected", "erased", ""),
    ]
    assert done["plan"]["came_out_otherwise"] == {"created -> rejected": 1, "duplicate -> rejected": 1}
    assert [row["phone"] for row in (await desk.api.get("/v1/contacts")).json()["items"]] == ["+14155552672"]


async def test_nor_in_a_row_that_the_plan_rejected_for_her_contacts_sake(desk: Desk) -> None:
    full = {"phone": "+14155552671", "attributes": {f"field_{n}": "x" for n in range(100)}}
    contact = (await desk.api.post("/v1/contacts", json=full)).json()
    job = await desk.plan("phone,one_more\n+14155552671,Maya\n")
    assert job["outcomes"]["rejected"] == 1
    assert (await desk.api.post(f"/v1/contacts/{contact['id']}/erase", json={})).status_code == 200
    assert b"2671" not in bytes(await desk.value("SELECT rows FROM import_chunk"))
    assert (await desk.apply(job["id"], accept_changes=True)).status_code == 202
    assert (await desk.run(job["id"]))["outcomes"]["rejected"] == 1
    assert (await desk.api.get("/v1/contacts")).json()["items"] == []


async def test_who_is_erased_while_her_rows_are_being_applied_does_not_come_back(desk: Desk) -> None:
    job = await desk.plan("phone,first_name\n+14155552671,Maya\n+14155552672,Max\n")
    contact = (await desk.api.post("/v1/contacts", json={"phone": "+14155552671"})).json()
    assert (await desk.apply(job["id"], accept_changes=True)).status_code == 202
    about = {"workspace_id": desk.workspace_id, "contact_id": decode_id("contact", contact["id"])}
    async with desk.context.db.transaction() as tx:
        await erase_contact(tx, desk.context, **about, now=desk.context.clock.now(), actor="test")
        applying = asyncio.create_task(desk.run(job["id"]))  # it has read her row, and waits for her number
        await asyncio.sleep(0.3)
    await applying
    done = await desk.run(job["id"])
    assert (done["state"], done["outcomes"]["created"], done["outcomes"]["rejected"]) == ("completed", 1, 1)
    assert [row["phone"] for row in (await desk.api.get("/v1/contacts")).json()["items"]] == ["+14155552672"]
    assert await desk.value("SELECT count(*) FROM number WHERE phone = '+14155552671'") == 0


async def test_of_a_plan_that_was_stopped_the_rows_not_reached_tell_nothing(desk: Desk) -> None:
    job = await desk.plan("phone\n+14155552671\n+14155552672\n")
    assert len((await desk.api.get(f"/v1/imports/{job['id']}/rows")).json()["items"]) == 2
    assert (await desk.apply(job["id"])).status_code == 202
    assert (await desk.api.post(f"/v1/imports/{job['id']}/cancel", json={})).status_code == 200
    assert (await desk.api.get(f"/v1/imports/{job['id']}/rows")).json()["items"] == []
    told = await desk.api.get(f"/v1/imports/{job['id']}/outcomes")
    assert told.text.splitlines() == ["line,outcome,reason,contact_id,phone"]


async def test_what_a_report_says_of_rows_that_were_no_use_goes_with_the_person(desk: Desk) -> None:
    file = "phone,birth_date\n(415) 555-2671,1990-13-01\n(415) 555-2672,1990-13-01\n+14155552671,\n+1 415 555 2671,\n"
    answer = await desk.api.post(
        "/v1/imports",
        content=file,
        headers={"Content-Type": "text/csv"},
        params={"default_region": "US", "dry_run": True},
    )
    job = await desk.run(answer.json()["id"])
    assert (job["outcomes"]["rejected"], job["outcomes"]["created"], job["outcomes"]["duplicate"]) == (2, 1, 1)
    assert (await desk.api.post("/v1/erasures", json={"phone": "+14155552671"})).is_success
    rows = (await desk.api.get(f"/v1/imports/{job['id']}/rows")).json()["items"]
    assert [row["phone"] for row in rows] == ["", "(415) 555-2672", "", ""]
