"""Do registries get in and mean what they say? Files good and bad, query results, look-ups, and what decisions make of them."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.shop import Shop

MAYA, NOAH, IDA = "+12125550142", "+12125550143", "+12125550144"
DNC = "us.national_dnc"
CSV = {"Content-Type": "text/csv"}
CALL: dict[str, Any] = {"channel": "voice", "technology": "live", "purpose": "marketing"}


class Desk:
    """The registries' door, and what a decision says of a number."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop

    def ago(self, **by: float) -> str:
        return (self.shop.context.clock.now() - timedelta(**by)).isoformat()

    async def send(
        self, body: str | bytes, registry: str = DNC, *, headers: dict[str, str] = CSV, **query: str
    ) -> httpx.Response:
        return await self.shop.client.post(f"/v1/registries/{registry}/files", content=body, params=query, headers=headers)

    async def load(self, body: str | bytes, registry: str = DNC, **query: Any) -> dict[str, Any]:
        answer = await self.send(body, registry, **query)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def answers(self, registry: str, *items: dict[str, Any]) -> httpx.Response:
        return await self.shop.client.post(f"/v1/registries/{registry}/answers", json={"items": list(items)})

    async def lookup(self, phone: str, registry: str = DNC) -> dict[str, Any]:
        answer = await self.shop.client.get("/v1/registries/lookups", params={"phone": phone})
        assert answer.status_code == 200, answer.text
        return next(dict(row) for row in answer.json()["registries"] if row["registry"] == registry)

    async def registry(self, name: str = DNC) -> dict[str, Any]:
        answer = await self.shop.client.get("/v1/registries", params={"limit": 500})
        assert answer.status_code == 200, answer.text
        return next(dict(row) for row in answer.json()["items"] if row["registry"] == name)

    async def rules(self, phone: str, **question: Any) -> set[str]:
        answer = await self.shop.client.post("/v1/decisions", json={"to": phone, **question})
        assert answer.status_code == 200, answer.text
        return {reason["rule"] for reason in answer.json()["reasons"]}


@pytest.fixture
def desk(shop: Shop) -> Desk:
    return Desk(shop)


async def test_a_list_blocks_calls_to_whom_it_names_and_clears_everybody_else(desk: Desk) -> None:
    assert "suppress.dnc_data_stale" in await desk.rules(MAYA, **CALL)
    loaded = await desk.load(f"phone\n{MAYA}\n")
    assert (loaded["taken"], loaded["rejected"], loaded["file"]["whole"]) == (1, 0, True)
    assert "suppress.national_dnc" in await desk.rules(MAYA, **CALL)
    assert not {rule for rule in await desk.rules(NOAH, **CALL) if rule.startswith("suppress.")}
    assert (await desk.lookup(MAYA))["answer"] == "listed"
    clear = await desk.lookup(NOAH)
    assert (clear["answer"], clear["by"], clear["stale"]) == ("clear", "file", False)


async def test_a_newer_list_replaces_the_older_and_an_older_one_is_refused(desk: Desk) -> None:
    await desk.load(f"{MAYA}\n{NOAH}\n", as_of=desk.ago(days=10))
    await desk.load(f"{NOAH}\n{IDA}\n", as_of=desk.ago(days=1))
    assert [(await desk.lookup(phone))["answer"] for phone in (MAYA, NOAH, IDA)] == ["clear", "listed", "listed"]
    late = await desk.send(f"{MAYA}\n", as_of=desk.ago(days=5))
    assert (late.status_code, late.json()["errors"][0]["pointer"]) == (422, "/query/as_of")
    assert late.json()["code"] == "older_file"
    status = await desk.registry()
    assert (status["entries"], status["file"]["lines"], status["stale"]) == (2, 2, False)


async def test_the_same_file_again_changes_nothing(desk: Desk) -> None:
    as_of = desk.ago(days=1)
    first = await desk.load(f"{MAYA}\n{NOAH}\n", as_of=as_of)
    again = await desk.load(f"{MAYA}\n{NOAH}\n", as_of=as_of)
    assert first["file"]["id"] == again["file"]["id"]
    assert (await desk.registry())["entries"] == 2
    await desk.load(f"{NOAH}\n", as_of=as_of)  # a corrected file of the same day
    assert (await desk.lookup(MAYA))["answer"] == "clear"


async def test_parts_of_one_day_add_up(desk: Desk) -> None:
    as_of = desk.ago(days=1)
    await desk.load("212,5550142\n", as_of=as_of)
    added = await desk.load("212,5550143\n", as_of=as_of, adds="true")
    assert added["file"]["lines"] == 2
    assert [(await desk.lookup(phone))["answer"] for phone in (MAYA, NOAH)] == ["listed", "listed"]


async def test_an_old_list_is_stale_from_its_32nd_day(desk: Desk) -> None:
    await desk.load(f"{MAYA}\n", as_of=desk.ago(days=32))
    status = await desk.registry()
    assert status["stale"]
    assert datetime.fromisoformat(status["due_at"]) <= desk.shop.context.clock.now()
    assert "suppress.dnc_data_stale" in await desk.rules(NOAH, **CALL)
    assert "suppress.national_dnc" in await desk.rules(MAYA, **CALL)


async def test_a_list_that_is_forgotten_clears_nobody(desk: Desk) -> None:
    loaded = await desk.load(f"{MAYA}\n")
    path = f"/v1/registries/{DNC}/files/{loaded['file']['id']}"
    assert (await desk.shop.client.delete(path)).status_code == 204
    assert (await desk.shop.client.delete(path)).status_code == 404
    assert "suppress.dnc_data_stale" in await desk.rules(MAYA, **CALL)
    assert (await desk.registry())["entries"] == 0


async def test_lines_that_cannot_be_read_are_told_of_and_keep_no_other_out(desk: Desk) -> None:
    body = f'phone,note\n{MAYA},ok\n12,short\nnobody,\n,\n"{NOAH},open\n+442079460123,british\n(212) 555-0144,fine\n'
    loaded = await desk.load(body)
    assert loaded["taken"] == 2
    found = {reject["line"]: reject["code"] for reject in loaded["rejects"]}
    assert found == {3: "too_short", 4: "not_a_number", 6: "broken_row", 7: "other_country"}
    assert loaded["rejected"] == 4
    assert (await desk.lookup(IDA))["answer"] == "listed"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "empty_file"),
        ("phone\n", "no_numbers"),
        ("phone\nnobody\n12\n", "no_numbers"),
        ("name,place\nMaya,New York\n", "no_phone_column"),
        (b"phone\n\xff\xfe\x00", "not_utf8"),
        (f"phone,answer\n{MAYA},yes\n{NOAH},no\n{MAYA},no\n", "contradictory"),
    ],
)
async def test_a_file_that_cannot_be_used_changes_nothing(desk: Desk, body: str | bytes, code: str) -> None:
    await desk.load(f"{MAYA}\n")
    answer = await desk.send(body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["code"] == code or answer.json()["errors"][0]["code"] == code
    assert (await desk.lookup(MAYA))["answer"] == "listed"
    assert (await desk.registry())["entries"] == 1


async def test_contradictions_are_named_by_their_lines(desk: Desk) -> None:
    answer = await desk.send(f"phone,answer\n{MAYA},yes\n{NOAH},no\n{MAYA},no\n")
    assert "lines 2 and 4" in answer.json()["detail"]


async def test_other_types_and_other_registries_are_refused(desk: Desk) -> None:
    assert (await desk.send("[]", headers={"Content-Type": "application/json"})).status_code == 415
    unknown = await desk.send(MAYA, "us.nobody")
    assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (422, "/path/registry")
    future = await desk.send(MAYA, as_of=desk.ago(days=-1))
    assert (future.status_code, future.json()["code"]) == (422, "in_the_future")
    over = await desk.send("+33612345678", "fr.bloctel", as_of="2026-08-11T00:00:00Z")
    assert (over.status_code, over.json()["code"]) == (422, "registry_ended")
    bare = await desk.send(MAYA, "us.reassigned")
    assert (bare.status_code, bare.json()["code"]) == (422, "no_answer_column")


async def test_query_results_in_a_file_clear_only_whom_they_name(desk: Desk) -> None:
    loaded = await desk.load("phone,result\n+61491570156,clear\n+61491570157,listed\n", "au.dnc")
    assert not loaded["file"]["whole"]
    assert (await desk.lookup("+61491570156", "au.dnc"))["answer"] == "clear"
    assert (await desk.lookup("+61491570158", "au.dnc"))["answer"] == "unknown"
    assert "suppress.au.dnc" in await desk.rules("+61491570157", **CALL)
    assert "suppress.dnc_data_stale" in await desk.rules("+61491570158", **CALL)


async def test_ndjson_holds_the_same(desk: Desk) -> None:
    lines = f'{{"phone": "{MAYA}"}}\n"{NOAH}"\nnothing\n{{"phone": 5}}\n'
    answer = await desk.send(lines, headers={"Content-Type": "application/x-ndjson"})
    assert answer.status_code == 201, answer.text
    assert answer.json()["taken"] == 2
    assert [reject["line"] for reject in answer.json()["rejects"]] == [3, 4]


async def test_answers_are_kept_by_their_date_and_older_ones_passed_over(desk: Desk) -> None:
    new = {"phone": "+6581234567", "answer": "no", "as_of": desk.ago(days=1)}
    old = {"phone": "+6581234567", "answer": "yes", "as_of": desk.ago(days=9)}
    assert (await desk.answers("sg.dnc", new)).json()["counts"] == [True]
    assert (await desk.answers("sg.dnc", old)).json()["counts"] == [False]
    assert (await desk.answers("sg.dnc", new)).json()["counts"] == [True]
    found = await desk.lookup("+6581234567", "sg.dnc")
    assert (found["answer"], found["by"]) == ("clear", "answer")
    assert not {rule for rule in await desk.rules("+6581234567", **CALL) if rule.startswith("suppress.")}


@pytest.mark.parametrize(
    ("items", "pointer"),
    [
        ([{"phone": MAYA, "answer": "yes"}, {"phone": NOAH, "answer": "perhaps"}], "/body/items/1/answer"),
        ([{"phone": MAYA, "answer": "yes"}, {"phone": "12", "answer": "yes"}], "/body/items/1/phone"),
        ([{"phone": MAYA, "answer": "yes", "as_of": "2199-01-01T00:00:00Z"}], "/body/items/0/as_of"),
        ([{"phone": MAYA, "answer": "yes", "asked_about": "2199-01-01T00:00:00Z"}], "/body/items/0/asked_about"),
        (
            [
                {"phone": MAYA, "answer": "yes", "as_of": "2026-10-01T00:00:00Z"},
                {"phone": MAYA, "answer": "no", "as_of": "2026-10-01T00:00:00Z"},
            ],
            "/body/items/1/answer",
        ),
        ([], "/body/items"),
    ],
)
async def test_answers_that_cannot_be_are_refused_as_a_whole(desk: Desk, items: list[dict[str, Any]], pointer: str) -> None:
    answer = await desk.answers("us.reassigned", *items)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert (await desk.lookup(MAYA, "us.reassigned"))["answer"] == "unknown"


async def test_a_repeat_with_the_same_key_is_answered_from_memory(desk: Desk) -> None:
    headers = {**CSV, "Idempotency-Key": "list-1"}
    first = await desk.send(MAYA, headers=headers)
    again = await desk.send(MAYA, headers=headers)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert first.json() == again.json()


async def test_nobody_sees_what_another_loaded(desk: Desk, stranger: Shop) -> None:
    loaded = await desk.load(f"{MAYA}\n")
    other = Desk(stranger)
    assert (await other.lookup(MAYA))["answer"] == "unknown"
    path = f"/v1/registries/{DNC}/files/{loaded['file']['id']}"
    assert (await stranger.client.delete(path)).status_code == 404


async def test_two_loads_at_once_end_as_one_of_them(desk: Desk) -> None:
    as_of = desk.ago(days=1)
    ours = "".join(f"+1212{200 + n // 10_000}{n % 10_000:04d}\n" for n in range(3_000))
    theirs = "".join(f"+1213{200 + n // 10_000}{n % 10_000:04d}\n" for n in range(3_000))
    answers = await asyncio.gather(desk.send(ours, as_of=as_of), desk.send(theirs, as_of=as_of))
    assert [answer.status_code for answer in answers] == [201, 201]
    assert (await desk.registry())["entries"] == 3_000
