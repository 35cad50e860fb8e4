"""A file may hold "no"s: they go to the ledger by the same barrier as any other."""

from collections.abc import AsyncIterator

import pytest

from app.usecases.context import Context
from tests.factories import calling, make_key, make_workspace
from tests.http.test_imports import Desk


@pytest.fixture
async def desk(context: Context) -> AsyncIterator[Desk]:
    workspace_id = await make_workspace(context)
    async with calling(context, await make_key(context, workspace_id)) as api:
        yield Desk(context, workspace_id, api)


async def test_a_file_may_say_no_and_never_that_a_no_is_over(desk: Desk) -> None:
    await desk.api.post("/v1/opt-outs", json={"phone": "+14155552674"})
    rows = ["+14155552671,yes", "+14155552672,", "+14155552673,0", "+14155552674,no", "+14155552672,TRUE", "+14155552675,perhaps"]
    dry = await desk.start("phone,Opted out\n" + "\n".join(rows), dry_run=True)
    await desk.run(dry)
    job = await desk.start("phone,Opted out\n" + "\n".join(rows), provenance="old system")
    await desk.run(job)
    standing = {}
    for place in range(1, 6):
        phone = f"+1415555267{place}"
        answer = (await desk.api.get("/v1/consents", params={"phone": phone})).json()
        standing[phone[-4:]] = [(row["method"], row["source"]) for row in answer["suppressions"]]
    told = [("import", "import")]
    assert standing == {"2671": told, "2672": told, "2673": [], "2674": [("api", "api")], "2675": []}
    assert [row["outcome"] for row in await desk.rows(job)] == ["created"] * 4 + ["duplicate", "rejected"]
    ndjson = '{"phone": "+14155552676", "opted_out": true}\n{"phone": "+14155552677", "opted_out": "yes"}\n'
    answer = await desk.post(ndjson, kind="application/x-ndjson")
    job = answer.json()["id"]
    await desk.run(job)
    assert [row["outcome"] for row in await desk.rows(job)] == ["created", "rejected"]
    events = (await desk.api.get("/v1/consents", params={"phone": "+14155552676"})).json()
    assert [row["reason"] for row in events["suppressions"]] == ["opt_out"]


async def test_a_no_counts_though_the_rest_of_its_row_cannot_be_used(desk: Desk) -> None:
    job = await desk.start("phone,birth_date,opted_out\n+14155552671,soon,yes\n+14155552672,soon,no\nnobody,soon,yes")
    await desk.run(job)
    rows = await desk.rows(job)
    assert [row["outcome"] for row in rows] == ["rejected"] * 3
    assert [row["reason"].endswith("the opt-out was recorded") for row in rows] == [True, False, False]
    stood = [
        (await desk.api.get("/v1/consents", params={"phone": f"+1415555267{place}"})).json()["suppressions"] for place in (1, 2)
    ]
    assert [bool(found) for found in stood] == [True, False]
    answer = await desk.post('{"phone": "+14155552673", "visits": 1e400, "opted_out": true}\n', kind="application/x-ndjson")
    await desk.run(answer.json()["id"])
    found = (await desk.api.get("/v1/consents", params={"phone": "+14155552673"})).json()["suppressions"]
    assert [row["reason"] for row in found] == ["opt_out"]
