"""Contacts over HTTP: what goes in, what comes out, and everything a caller can get wrong."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.clock import new_id
from app.domain.ids import encode_id
from app.usecases.context import Context
from tests.factories import calling, make_key, make_workspace

MAYA: dict[str, Any] = {
    "phone": "(415) 555-2671",
    "default_region": "US",
    "attributes": {"first_name": "Maya", "visits": 3, "score": 1.5, "member": True, "sizes": ["M", "L"], "gone": None},
    "tags": ["vip", "spring", "vip"],
    "locale": "pt_BR",
    "time_zone": "America/Los_Angeles",
    "provenance": "checkout",
}


@pytest.fixture
async def api(context: Context) -> AsyncIterator[httpx.AsyncClient]:
    key = await make_key(context, await make_workspace(context))
    async with calling(context, key) as client:
        yield client


async def upsert(api: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    answer = await api.post("/v1/contacts", json={"phone": "+14155552671", **fields})
    assert answer.is_success, answer.text
    return dict(answer.json())


async def test_a_contact_is_made_by_its_number_and_read_back(api: httpx.AsyncClient) -> None:
    made = await api.post("/v1/contacts", json=MAYA)
    assert made.status_code == 201, made.text
    contact = made.json()
    assert contact["id"].startswith("con_")
    assert contact["phone"] == "+14155552671"
    assert (contact["country"], contact["number_kind"]) == ("US", "fixed_line_or_mobile")
    assert contact["number_zones"] == ["America/Los_Angeles"]
    assert contact["attributes"] == {"first_name": "Maya", "visits": 3, "score": 1.5, "member": True, "sizes": ["M", "L"]}
    assert contact["tags"] == ["spring", "vip"]
    assert (contact["locale"], contact["time_zone"], contact["provenance"]) == ("pt-BR", "America/Los_Angeles", "checkout")
    read = await api.get(f"/v1/contacts/{contact['id']}")
    assert (read.status_code, read.json()) == (200, contact)


async def test_the_same_number_written_otherwise_updates_the_same_contact(api: httpx.AsyncClient) -> None:
    first = (await api.post("/v1/contacts", json=MAYA)).json()
    again = await api.post(
        "/v1/contacts", json={"phone": "+1 415-555-2671 ext. 7", "attributes": {"visits": 4, "score": None}, "tags": []}
    )
    assert again.status_code == 200
    contact = again.json()
    assert contact["id"] == first["id"]
    assert contact["attributes"] == {"first_name": "Maya", "visits": 4, "member": True, "sizes": ["M", "L"]}
    assert contact["tags"] == []
    assert (contact["locale"], contact["provenance"]) == ("pt-BR", "checkout")


async def test_telling_the_same_again_changes_nothing_and_true_is_not_one(api: httpx.AsyncClient) -> None:
    first = await upsert(api, attributes={"flag": 1})
    same = await upsert(api, attributes={"flag": 1})
    assert same["updated_at"] == first["updated_at"]
    other = await upsert(api, attributes={"flag": True})
    assert other["attributes"]["flag"] is True


@pytest.mark.parametrize(
    ("label", "fields", "pointer", "code"),
    [
        ("no phone", {"phone": None}, "/body/phone", "string_type"),
        ("a number as phone", {"phone": 14155552671}, "/body/phone", "string_type"),
        ("an empty phone", {"phone": ""}, "/body/phone", "string_too_short"),
        ("words", {"phone": "call me"}, "/body/phone", "not_a_number"),
        ("too short", {"phone": "+1415555"}, "/body/phone", "too_short"),
        ("no region for a national number", {"phone": "415 555 2671"}, "/body/phone", "no_region_given"),
        ("a region that is none", {"phone": "415 555 2671", "default_region": "XX"}, "/body/default_region", "unknown_region"),
        ("a region in lower case", {"default_region": "us"}, "/body/default_region", "string_pattern_mismatch"),
        ("an unknown field", {"color": "red"}, "/body/color", "extra_forbidden"),
        ("a bad attribute name", {"attributes": {"A b": "x"}}, "/body/attributes/A b/[key]", "string_pattern_mismatch"),
        ("an object as attribute", {"attributes": {"a": {"b": 1}}}, "/body/attributes/a", "value_error"),
        ("a list of numbers", {"attributes": {"a": [1]}}, "/body/attributes/a", "value_error"),
        ("text that is too long", {"attributes": {"a": "x" * 1001}}, "/body/attributes/a", "value_error"),
        ("too many attributes", {"attributes": {f"a{n}": 1 for n in range(101)}}, "/body/attributes", "too_long"),
        ("too many tags", {"tags": [f"t{n}" for n in range(101)]}, "/body/tags", "too_long"),
        ("a tag that is too long", {"tags": ["x" * 65]}, "/body/tags/0", "string_too_long"),
        ("an empty tag", {"tags": [" "]}, "/body/tags/0", "value_error"),
        ("a tag with a control character", {"tags": ["a\x1fb"]}, "/body/tags/0", "value_error"),
        ("a zone that is none", {"time_zone": "Mars/Base"}, "/body/time_zone", "value_error"),
        ("a zone that is a path", {"time_zone": "../../etc/passwd"}, "/body/time_zone", "value_error"),
        ("a locale that is none", {"locale": "english please"}, "/body/locale", "string_pattern_mismatch"),
        ("NUL", {"attributes": {"a": "x\x00y"}}, "/body", "value_error"),
        ("an integer beyond 2^53", {"attributes": {"a": 2**60}}, "/body", "value_error"),
        ("an empty provenance", {"provenance": ""}, "/body/provenance", "string_too_short"),
    ],
)
async def test_what_cannot_be_used_is_refused_at_its_field(
    api: httpx.AsyncClient, label: str, fields: dict[str, Any], pointer: str, code: str
) -> None:
    answer = await api.post("/v1/contacts", json={"phone": "+14155552671", **fields})
    assert answer.status_code == 422, (label, answer.text)
    assert answer.headers["content-type"] == "application/problem+json"
    assert (pointer, code) in [(error["pointer"], error["code"]) for error in answer.json()["errors"]], (label, answer.text)
    assert (await api.get("/v1/contacts")).json()["items"] == []


@pytest.mark.parametrize(
    ("label", "body", "status"),
    [
        ("not JSON", b"{", 400),
        ("not UTF-8", b'{"phone": "\xff"}', 400),
        ("half a surrogate pair", b'{"phone": "\\ud800"}', 422),
        ("an endless number", b'{"phone": "+14155552671", "attributes": {"a": 1e999}}', 422),
        ("a list", b"[]", 422),
        ("nothing", b"", 422),
        ("a deep nest", b'{"phone": "+14155552671", "attributes": {"a": ' + b"[" * 60 + b"]" * 60 + b"}}", 422),
        ("a nest no parser follows", b'{"attributes": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400),
        ("more than a megabyte", b'{"phone": "' + b"1" * 1_100_000 + b'"}', 413),
    ],
)
async def test_a_body_that_is_not_what_it_should_be_is_refused(
    api: httpx.AsyncClient, label: str, body: bytes, status: int
) -> None:
    answer = await api.post("/v1/contacts", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status, (label, answer.text[:300])
    assert answer.json()["code"], label


async def test_a_contact_holds_a_hundred_attributes_however_they_come(api: httpx.AsyncClient) -> None:
    await upsert(api, attributes={f"a{n}": n for n in range(99)})
    full = await upsert(api, attributes={"b": 1})
    assert len(full["attributes"]) == 100
    over = await api.post("/v1/contacts", json={"phone": "+14155552671", "attributes": {"c": 1}})
    assert (over.status_code, over.json()["code"]) == (422, "too_many_attributes")
    patched = await api.patch(f"/v1/contacts/{full['id']}", json={"attributes": {"c": 1}})
    assert (patched.status_code, patched.json()["errors"][0]["pointer"]) == (422, "/body/attributes")
    swapped = await upsert(api, attributes={"b": None, "c": 1})
    assert swapped["attributes"]["c"] == 1


async def test_a_patch_changes_what_it_names_and_nothing_else(api: httpx.AsyncClient) -> None:
    contact = (await api.post("/v1/contacts", json=MAYA)).json()
    path = f"/v1/contacts/{contact['id']}"
    answer = await api.patch(path, json={"attributes": {"visits": 9, "member": None}, "locale": None})
    assert answer.status_code == 200, answer.text
    changed = answer.json()
    assert (changed["attributes"]["visits"], "member" in changed["attributes"], changed["locale"]) == (9, False, None)
    assert (changed["tags"], changed["time_zone"]) == (contact["tags"], contact["time_zone"])
    assert (await api.get(path)).json() == changed


@pytest.mark.parametrize(
    ("label", "body", "pointer"),
    [
        ("the phone", {"phone": "+14155552672"}, "/body/phone"),
        ("even the same phone", {"phone": "+14155552671"}, "/body/phone"),
        ("nothing", {}, "/body"),
        ("null tags", {"tags": None}, "/body/tags"),
        ("an id", {"id": "con_1"}, "/body/id"),
    ],
)
async def test_a_patch_cannot_change(api: httpx.AsyncClient, label: str, body: dict[str, Any], pointer: str) -> None:
    contact = await upsert(api)
    answer = await api.patch(f"/v1/contacts/{contact['id']}", json=body)
    assert answer.status_code == 422, (label, answer.text)
    assert answer.json()["errors"][0]["pointer"] == pointer, answer.text
    if "phone" in body:
        assert "cannot be changed" in answer.json()["errors"][0]["detail"]


async def test_contacts_are_listed_newest_first_page_by_page_and_filtered(api: httpx.AsyncClient) -> None:
    made = [
        await upsert(api, phone=phone, tags=tags)
        for phone, tags in [("+14155552671", ["a"]), ("+442071838750", ["a", "b"]), ("+14155552672", []), ("+14155552673", ["a"])]
    ]
    ids = [contact["id"] for contact in reversed(made)]
    seen: list[str] = []
    cursor: str | None = None
    for _ in range(3):
        page = (await api.get("/v1/contacts", params={"limit": 2} | ({"cursor": cursor} if cursor else {}))).json()
        seen += [contact["id"] for contact in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == ids
    for query, expected in [
        ({"phone": "+442071838750"}, [1]),
        ({"country": "US"}, [3, 2, 0]),
        ({"tag": "a"}, [3, 1, 0]),
        ({"tag": "a", "country": "GB"}, [1]),
        ({"phone": "+14155550000"}, []),
    ]:
        found = (await api.get("/v1/contacts", params=query)).json()["items"]
        assert [contact["id"] for contact in found] == [made[place]["id"] for place in expected], query
    raw = await api.get("/v1/contacts?phone=+442071838750")  # a + not escaped, as people paste it
    assert [contact["id"] for contact in raw.json()["items"]] == [made[1]["id"]]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("cursor=nonsense", "bad_cursor"),
        ("cursor=%C3%A9", "bad_cursor"),
        ("cursor=bnVsbA", "bad_cursor"),
        ("limit=0", "less_than"),
        ("limit=501", "less_than"),
        ("limit=ten", "int_parsing"),
        ("phone=nobody", "not_a_number"),
        ("country=usa", "string_pattern_mismatch"),
        ("tag=" + "x" * 65, "string_too_long"),
        ("tag=%00", "value_error"),
    ],
)
async def test_a_query_that_cannot_be_used_is_refused(api: httpx.AsyncClient, query: str, code: str) -> None:
    answer = await api.get(f"/v1/contacts?{query}")
    assert answer.status_code == 422, answer.text
    codes = [error["code"] for error in answer.json()["errors"]]
    assert any(code in found or found.startswith("greater") for found in codes), answer.text


async def test_a_cursor_works_only_with_the_filters_it_was_made_under(api: httpx.AsyncClient) -> None:
    for n in range(3):
        await upsert(api, phone=f"+1415555267{n}", tags=["a"])
    page = (await api.get("/v1/contacts", params={"tag": "a", "limit": 1})).json()
    stale = await api.get("/v1/contacts", params={"tag": "b", "cursor": page["next_cursor"]})
    assert (stale.status_code, stale.json()["code"]) == (422, "stale_cursor")


async def test_ids_of_nothing_and_ids_of_something_else(api: httpx.AsyncClient) -> None:
    for verb, suffix in [("GET", ""), ("PATCH", ""), ("GET", "/consents"), ("GET", "/ledger")]:
        body = {"locale": "en"} if verb == "PATCH" else None
        missing = await api.request(verb, f"/v1/contacts/{encode_id('contact', new_id())}{suffix}", json=body)
        assert (missing.status_code, missing.json()["code"]) == (404, "not_found"), (verb, suffix)
        wrong = await api.request(verb, f"/v1/contacts/{encode_id('message', new_id())}{suffix}", json=body)
        assert wrong.status_code == 422, (verb, suffix)
        assert wrong.json()["errors"][0]["pointer"] == "/path/contact_id"


async def test_workspaces_do_not_see_each_other(context: Context) -> None:
    ours, theirs = [await make_key(context, await make_workspace(context)) for _ in range(2)]
    async with calling(context, ours) as us, calling(context, theirs) as them:
        mine = await upsert(us, attributes={"owner": "us"})
        assert (await them.get(f"/v1/contacts/{mine['id']}")).status_code == 404
        assert (await them.patch(f"/v1/contacts/{mine['id']}", json={"locale": "en"})).status_code == 404
        assert (await them.get(f"/v1/contacts/{mine['id']}/ledger")).status_code == 404
        assert (await them.get("/v1/contacts")).json()["items"] == []
        yours = await upsert(them, attributes={"owner": "them"})
        assert yours["id"] != mine["id"]
        assert (await us.post("/v1/opt-outs", json={"phone": "+14155552671"})).status_code == 201
        assert (await them.get(f"/v1/contacts/{yours['id']}/ledger")).json()["items"] == []
        assert len((await us.get(f"/v1/contacts/{mine['id']}/ledger")).json()["items"]) == 1
        assert (await us.get(f"/v1/contacts/{mine['id']}")).json()["attributes"] == {"owner": "us"}


async def test_a_key_opens_only_what_its_scopes_say(context: Context) -> None:
    workspace = await make_workspace(context)
    now = context.clock.now()
    reader = await make_key(context, workspace, "contacts:read")
    writer = await make_key(context, workspace, "contacts:write")
    expired = await make_key(context, workspace, expires_at=now - timedelta(seconds=1))
    revoked = await make_key(context, workspace, revoked_at=now)
    tries = [
        (reader, "GET", "/v1/contacts", 200),
        (reader, "POST", "/v1/contacts", 403),
        (writer, "POST", "/v1/contacts", 201),
        (writer, "GET", "/v1/contacts", 403),
        (reader, "GET", "/v1/consents?phone=%2B14155552671", 403),
        (expired, "GET", "/v1/contacts", 401),
        (revoked, "GET", "/v1/contacts", 401),
        ("tact_invented", "GET", "/v1/contacts", 401),
        ("", "GET", "/v1/contacts", 401),
        (None, "GET", "/v1/contacts", 401),
    ]
    for key, verb, path, status in tries:
        async with calling(context, key) as client:
            answer = await client.request(verb, path, json={"phone": "+14155552671"} if verb == "POST" else None)
            assert answer.status_code == status, (key, verb, path, answer.text)


async def test_an_idempotency_key_answers_its_own_request_again_and_refuses_another(api: httpx.AsyncClient) -> None:
    key = {"Idempotency-Key": "one"}
    first = await api.post("/v1/contacts", json=MAYA, headers=key)
    await upsert(api, attributes={"visits": 100})
    again = await api.post("/v1/contacts", json=MAYA, headers=key)
    assert (again.status_code, again.json()) == (201, first.json())
    assert (again.headers["idempotency-replayed"], "idempotency-replayed" in first.headers) == ("true", False)
    other = await api.post("/v1/contacts", json={**MAYA, "tags": []}, headers=key)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    refused = await api.post("/v1/contacts", json={"phone": "+14155552671"}, headers={"Idempotency-Key": " "})
    assert refused.status_code == 422


async def test_ten_requests_at_once_with_one_key_make_one_contact(api: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(api.post("/v1/contacts", json=MAYA, headers={"Idempotency-Key": "ten"}) for _ in range(10)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sum("idempotency-replayed" in answer.headers for answer in answers) == 9


@pytest.mark.parametrize("known", [False, True], ids=["an unknown number", "a number that opted out before"])
async def test_ten_requests_at_once_without_a_key_make_one_contact_and_lose_no_attribute(
    api: httpx.AsyncClient, known: bool
) -> None:
    if known:
        assert (await api.post("/v1/opt-outs", json={"phone": "+14155552671"})).status_code == 201
    answers = await asyncio.gather(
        *(api.post("/v1/contacts", json={"phone": "+14155552671", "attributes": {f"a{n}": n}}) for n in range(10))
    )
    assert sorted(answer.status_code for answer in answers) == [200] * 9 + [201]
    (contact,) = (await api.get("/v1/contacts")).json()["items"]
    assert contact["attributes"] == {f"a{n}": n for n in range(10)}
