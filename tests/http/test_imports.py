"""A file over HTTP: a messy one goes in row by row with its reasons, an unusable one is refused as a whole."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest

from app.domain.ids import decode_id
from app.usecases.context import Context
from app.usecases.run_import import run_import
from tests.factories import calling, make_key, make_workspace

MESSY = (
    "Mobile Number,First Name,Prénom,Tags,Time Zone,locale,Visits:number,Member:boolean,,Данные\r\n"  # 1
    '+14155552671,Maya,"a, ""quoted"" one",vip;spring,America/Los_Angeles,en_US,3,yes,ignored,x\r\n'  # 2
    '(415) 555-2672 ext. 12,"two\r\nlines",,,,,2.5,no\r\n'  # 3, 4
    "\r\n"  # 5
    "4155552671,Same as line 2\r\n"  # 6
    ",no phone\r\n"  # 7
    "12345,too short\r\n"  # 8
    "call me,words\r\n"  # 9
    "+14155552673,x,,,Mars/Base\r\n"  # 10
    "+14155552673,x,,,,english please\r\n"  # 11
    "+14155552673,x,,,,,many\r\n"  # 12
    "+14155552673,x,,,,,,perhaps\r\n"  # 13
    "+14155552673,a\x00b\r\n"  # 14
    "+14155552673,1,2,3,4,5,6,7,8,9,eleven\r\n"  # 15
    f"+14155552673,{'x' * 1001}\r\n"  # 16
    f"+14155552673,{'x' * 10_001}\r\n"  # 17
    '+14155552673,"never closed\r\n'  # 18
    "+14155552673,good again,,a;;b; a ,,,,,,\r\n"  # 19
    '+14155552674,"bad"quote\r\n'  # 20
    "+442071838750,London,,,Europe/London,,,,,\r\n"  # 21
    ",,,,,,,,,\r\n"  # 22
    "1.41556E+10,spreadsheet\r\n"  # 23
    '+14155552675,"last'  # 24
)


@dataclass(slots=True)
class Desk:
    """A workspace and its API; imports are worked on when the test says so."""

    context: Context
    workspace_id: UUID
    api: httpx.AsyncClient

    async def post(self, content: bytes | str, *, kind: str = "text/csv", **query: Any) -> httpx.Response:
        headers = {"Content-Type": kind}
        body = content.encode() if isinstance(content, str) else content
        return await self.api.post("/v1/imports", content=body, headers=headers, params={"default_region": "US", **query})

    async def start(self, content: bytes | str, **query: Any) -> str:
        answer = await self.post(content, **query)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    async def run(self, job: str) -> dict[str, Any]:
        await run_import(self.context, workspace_id=self.workspace_id, import_id=decode_id("import", job))
        return await self.job(job)

    async def job(self, job: str) -> dict[str, Any]:
        return dict((await self.api.get(f"/v1/imports/{job}")).json())

    async def rows(self, job: str, **query: Any) -> list[dict[str, Any]]:
        answer = await self.api.get(f"/v1/imports/{job}/rows", params={"limit": 500, **query})
        assert answer.status_code == 200, answer.text
        return list(answer.json()["items"])

    async def contacts(self) -> dict[str, dict[str, Any]]:
        return {row["phone"]: row for row in (await self.api.get("/v1/contacts", params={"limit": 500})).json()["items"]}


@pytest.fixture
async def desk(context: Context) -> AsyncIterator[Desk]:
    workspace_id = await make_workspace(context)
    async with calling(context, await make_key(context, workspace_id)) as api:
        yield Desk(context, workspace_id, api)


async def test_a_messy_file_goes_in_line_by_line(desk: Desk) -> None:
    job = await desk.start(b"\xef\xbb\xbf" + MESSY.encode(), tags=["fair"], provenance="trade fair")
    queued = await desk.job(job)
    assert (queued["state"], queued["total_rows"], queued["outcomes"]["rejected"]) == ("queued", 20, 0)
    done = await desk.run(job)
    rows = {row["line"]: row for row in await desk.rows(job)}
    outcomes = {line: (row["outcome"], row["reason"].partition(":")[0]) for line, row in rows.items()}
    assert outcomes == {
        2: ("created", ""),
        3: ("created", "the extension was dropped"),
        6: ("duplicate", "same number as line 2"),
        7: ("rejected", "empty"),
        8: ("rejected", "too_short"),
        9: ("rejected", "not_a_number"),
        10: ("rejected", "bad_time_zone"),
        11: ("rejected", "bad_locale"),
        12: ("rejected", "bad_number"),
        13: ("rejected", "bad_boolean"),
        14: ("rejected", "not_text"),
        15: ("rejected", "too_many_cells"),
        16: ("rejected", "too_long"),
        17: ("rejected", "too_long"),
        18: ("rejected", "broken_row"),
        19: ("created", ""),
        20: ("rejected", "broken_row"),
        21: ("created", ""),
        23: ("rejected", "spreadsheet_number"),
        24: ("rejected", "broken_row"),
    }
    assert (done["state"], done["progress"], done["done_rows"]) == ("completed", 1.0, done["total_rows"])
    assert done["outcomes"] == {"created": 4, "updated": 0, "unchanged": 0, "duplicate": 1, "rejected": 15}
    assert done["attributes"] == {
        "first_name": "text",
        "prenom": "text",
        "visits": "number",
        "member": "boolean",
        "column_10": "text",
    }
    contacts = await desk.contacts()
    maya = contacts["+14155552671"]
    assert maya["attributes"] == {
        "first_name": "Maya",
        "prenom": 'a, "quoted" one',
        "visits": 3,
        "member": True,
        "column_10": "x",
    }
    assert (maya["tags"], maya["locale"], maya["time_zone"]) == (["fair", "spring", "vip"], "en-US", "America/Los_Angeles")
    assert maya["provenance"] == "trade fair"
    assert contacts["+14155552672"]["attributes"] == {"first_name": "two\r\nlines", "visits": 2.5, "member": False}
    assert contacts["+14155552673"]["tags"] == ["a", "b", "fair"]
    assert contacts["+442071838750"]["country"] == "GB"
    assert rows[2]["contact_id"] == rows[6]["contact_id"] == maya["id"]
    assert rows[3]["phone"] == "(415) 555-2672 ext. 12"
    assert rows[9]["phone"] == "call me"


async def test_rows_are_paged_and_filtered(desk: Desk) -> None:
    job = await desk.start(MESSY)
    await desk.run(job)
    everything = [row["line"] for row in await desk.rows(job)]
    paged: list[int] = []
    cursor: str | None = None
    while True:
        query = {"limit": 7} | ({"cursor": cursor} if cursor else {})
        page = (await desk.api.get(f"/v1/imports/{job}/rows", params=query)).json()
        paged += [row["line"] for row in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert paged == everything == sorted(everything)
    assert [row["line"] for row in await desk.rows(job, outcome="created")] == [2, 3, 19, 21]
    assert (await desk.api.get(f"/v1/imports/{job}/rows", params={"outcome": "lost"})).status_code == 422
    assert [row["id"] for row in (await desk.api.get("/v1/imports")).json()["items"]] == [job]


async def test_the_same_file_again_changes_nothing_and_another_updates(desk: Desk) -> None:
    await desk.run(await desk.start(MESSY, tags=["fair"]))
    before = await desk.contacts()
    again = await desk.run(await desk.start(MESSY, tags=["fair"], provenance="elsewhere"))
    assert again["outcomes"] == {"created": 0, "updated": 0, "unchanged": 4, "duplicate": 1, "rejected": 15}
    assert await desk.contacts() == before
    other = await desk.run(await desk.start("phone;first_name;city\n+14155552671;;Oakland\n+14155552672;Max;\n"))
    assert other["outcomes"]["updated"] == 2
    after = await desk.contacts()
    assert after["+14155552671"]["attributes"]["first_name"] == "Maya"
    assert after["+14155552671"]["attributes"]["city"] == "Oakland"
    assert after["+14155552672"]["attributes"]["first_name"] == "Max"


async def test_ndjson_keeps_its_types_and_tells_broken_lines(desk: Desk) -> None:
    lines = [
        '{"phone": "+14155552671", "first_name": "Maya", "visits": 3, "tags": ["a", "b"], "attributes": {"x": true}}',
        '{"phone": 14155552672, "sizes": ["M"], "Shoe Size": 41.5, "tags": "c;d", "gone": null}',
        "",
        "{not json}",
        "[1]",
        '{"first_name": "nobody"}',
        '{"phone": "+14155552673", "nested": {"a": 1}}',
        '{"phone": "+14155552673", "text": "a\\u0000b"}',
        '{"phone": "+14155552673", "\\u0000key": [1]}',
        '{"phone": "\\ud800"}',
        '{"phone": "+14155552673", "attributes": {"Bad Name": 1}}',
        '{"phone": "+14155552673", "attributes": []}',
        '{"phone": "+14155552673", "n": NaN}',
        '{"phone": "+14155552673", "n": 1' + "0" * 20 + "}",
        '{"phone": "+14155552673", "deep": ' + "[" * 5000 + "]" * 5000 + "}",
        '{"phone": "+14155552673", "time_zone": 5}',
        '{"phone": "+14155552671", "first_name": "again"}',
    ]
    job = await desk.start("\n".join(lines), kind="application/x-ndjson; charset=utf-8")
    done = await desk.run(job)
    rows = {row["line"]: (row["outcome"], row["reason"].partition(":")[0]) for row in await desk.rows(job)}
    assert rows == {
        1: ("created", ""),
        2: ("created", ""),
        4: ("rejected", "not_json"),
        5: ("rejected", "not_json"),
        6: ("rejected", "no_phone"),
        7: ("rejected", "bad_value"),
        8: ("rejected", "not_text"),
        9: ("rejected", "bad_list"),
        10: ("rejected", "not_a_number"),
        11: ("rejected", "bad_name"),
        12: ("rejected", "bad_value"),
        13: ("rejected", "bad_number"),
        14: ("rejected", "bad_number"),
        15: ("rejected", rows[15][1]),
        16: ("rejected", "bad_value"),
        17: ("duplicate", "same number as line 1"),
    }
    assert rows[15][1] in {"not_json", "bad_list"}
    assert done["total_rows"] == 16
    contacts = await desk.contacts()
    assert contacts["+14155552671"]["attributes"] == {"first_name": "Maya", "visits": 3, "x": True}
    assert contacts["+14155552672"]["attributes"] == {"sizes": ["M"], "shoe_size": 41.5}
    assert contacts["+14155552672"]["tags"] == ["c", "d"]


@pytest.mark.parametrize(
    ("label", "content", "query", "status", "code"),
    [
        ("nothing", b"", {}, 422, "empty_file"),
        ("only a mark", b"\xef\xbb\xbf\n\n", {}, 422, "empty_file"),
        ("no phone column", b"name,city\nMaya,Oakland\n", {}, 422, "no_phone_column"),
        ("not the column asked for", b"phone,city\n", {"phone_column": "handy"}, 422, "no_phone_column"),
        ("a name twice", b"phone,city,city\n", {}, 422, "duplicate_header"),
        ("a name twice, written otherwise", b"phone,First Name,first_name\n", {}, 422, "duplicate_header"),
        ("two time zones", b"phone,timezone,time_zone\n", {}, 422, "duplicate_header"),
        ("65 columns", b"phone," + b",".join(b"c%d" % n for n in range(64)) + b"\n", {}, 422, "too_many_columns"),
        ("an unclosed header", b'phone,"name\n+14155552671,x\n', {}, 422, "no_header"),
        ("a region that is none", b"phone\n", {"default_region": "usa"}, 422, "invalid_field"),
        ("a region nobody has", b"phone\n", {"default_region": "XX"}, 422, "unknown_region"),
        ("an empty tag", b"phone\n", {"tags": [" "]}, 422, "invalid_field"),
        ("an unknown kind", b"phone\n", {"kind": "application/pdf"}, 415, "unsupported_media_type"),
        ("no kind", b"phone\n", {"kind": ""}, 415, "unsupported_media_type"),
    ],
)
async def test_a_file_that_cannot_be_used_at_all_is_refused(
    desk: Desk, label: str, content: bytes, query: dict[str, Any], status: int, code: str
) -> None:
    answer = await desk.post(content, **query)
    assert (answer.status_code, answer.json()["code"]) == (status, code), (label, answer.text)
    assert (await desk.api.get("/v1/imports")).json()["items"] == []


async def test_a_chosen_column_a_header_alone_and_other_separators(desk: Desk) -> None:
    for content, query, created in [
        ("handy\tphone\n+14155552671\tnone\n", {"phone_column": "handy"}, 1),
        ("Handy Nr.|x\n+14155552672|y\n", {"phone_column": "handy_nr"}, 1),
        ("phone\n", {}, 0),
        ("phone,x\r+14155552673,lone CR\r", {}, 1),
    ]:
        done = await desk.run(await desk.start(content, **query))
        assert (done["state"], done["outcomes"]["created"]) == ("completed", created), content
    assert (await desk.contacts())["+14155552671"]["attributes"] == {"phone": "none"}


async def test_a_dry_run_judges_every_row_and_writes_no_contact(desk: Desk) -> None:
    job = await desk.start(MESSY, dry_run=True)
    done = await desk.run(job)
    assert done["dry_run"] is True
    assert done["outcomes"] == {"created": 4, "updated": 0, "unchanged": 0, "duplicate": 1, "rejected": 15}
    assert await desk.contacts() == {}
    assert {row["contact_id"] for row in await desk.rows(job)} == {None}
    async with desk.context.db.transaction() as tx:
        assert await tx.fetch_value("SELECT count(*) FROM number") == 0


async def test_importing_is_no_consent_and_lifts_no_opt_out(desk: Desk) -> None:
    assert (await desk.api.post("/v1/opt-outs", json={"phone": "+14155552671"})).status_code == 201
    await desk.run(await desk.start("phone\n+14155552671\n"))
    standing = (await desk.api.get("/v1/consents", params={"phone": "+14155552671"})).json()
    assert {row["state"] for row in standing["consents"]} == {"revoked"}
    assert [row["reason"] for row in standing["suppressions"]] == ["opt_out"]


async def test_a_contact_that_would_hold_too_much_is_told_of(desk: Desk) -> None:
    full = {"phone": "+14155552671", "attributes": {f"a{n}": n for n in range(100)}}
    assert (await desk.api.post("/v1/contacts", json=full)).status_code == 201
    job = await desk.start("phone,one_more\n+14155552671,x\n+14155552672,y\n")
    await desk.run(job)
    assert [(row["outcome"], row["reason"].partition(":")[0]) for row in await desk.rows(job)] == [
        ("rejected", "too_many_attributes"),
        ("created", ""),
    ]


async def test_a_cancelled_import_keeps_what_went_in_and_goes_no_further(desk: Desk) -> None:
    job = await desk.start(MESSY)
    cancelled = await desk.api.post(f"/v1/imports/{job}/cancel")
    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
    assert (await desk.run(job))["outcomes"]["created"] == 0
    again = await desk.api.post(f"/v1/imports/{job}/cancel")
    assert (again.status_code, again.json()["code"]) == (409, "wrong_state")


async def test_an_import_with_a_key_is_made_once(desk: Desk) -> None:
    headers = {"Content-Type": "text/csv", "Idempotency-Key": "file-1"}
    answers = await asyncio.gather(*(desk.api.post("/v1/imports", content=MESSY.encode(), headers=headers) for _ in range(10)))
    assert len({answer.json()["id"] for answer in answers}) == 1
    other = await desk.api.post("/v1/imports?dry_run=true", content=MESSY.encode(), headers=headers)
    assert other.status_code == 409


async def test_imports_are_the_workspaces_own_and_need_scopes(desk: Desk) -> None:
    job = await desk.start(MESSY)
    async with calling(desk.context, await make_key(desk.context, await make_workspace(desk.context))) as them:
        for verb, path in [("GET", ""), ("GET", "/rows"), ("POST", "/cancel")]:
            assert (await them.request(verb, f"/v1/imports/{job}{path}")).status_code == 404
    reader = await make_key(desk.context, desk.workspace_id, "contacts:read")
    async with calling(desk.context, reader) as api:
        assert (await api.get(f"/v1/imports/{job}")).status_code == 200
        assert (await api.post("/v1/imports", content=b"phone\n", headers={"Content-Type": "text/csv"})).status_code == 403
        assert (await api.post(f"/v1/imports/{job}/cancel")).status_code == 403
