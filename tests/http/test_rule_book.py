"""The book over HTTP: all of it, page by page, with sources and dates, and what counts for this workspace."""

from typing import Any

import pytest

from app.domain.rulebook import load_rules
from tests.shop import Shop, pointers


async def listed(shop: Shop, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        page = (await shop.client.get("/v1/rules", params=query | ({"cursor": cursor} if cursor else {}))).json()
        found += page["items"]
        if (cursor := page["next_cursor"]) is None:
            return found


async def test_the_whole_book_is_listed_page_by_page(shop: Shop) -> None:
    whole = await listed(shop, limit=500)
    assert [entry["rule"] for entry in whole if entry["kind"] == "rule"] == [rule.code for rule in load_rules()]
    rows = {"hours", "cap", "consent", "consent_age", "content", "prohibited", "age", "registry"}
    kinds = rows | {"rule", "opt_out_deadline", "retention"}
    assert {entry["kind"] for entry in whole} == kinds
    assert all(entry["source"] and entry["confidence"] for entry in whole)
    assert await listed(shop, limit=97) == whole
    kentucky = next(entry for entry in whole if entry["id"] == "us.ky")
    assert kentucky == {
        "rule": "time.quiet.us.ky",
        "id": "us.ky",
        "kind": "hours",
        "family": "time",
        "codes": ["time.quiet.us.ky"],
        "regions": ["US-KY"],
        "channels": ["mms", "rcs", "sms", "voice"],
        "technologies": [],
        "terms": kentucky["terms"],
        "source": "KRS 367.46955",
        "confidence": "likely",
        "valid_from": None,
        "valid_to": None,
        "on": True,
        "own": False,
    }
    assert kentucky["terms"]["week"][6] == {"hours": ["10:00-21:00"], "code": "time.quiet.us.ky", "also": []}


async def test_the_book_is_asked_by_region_family_and_kind(shop: Shop) -> None:
    louisiana = await listed(shop, region="US-LA", kind="hours")
    assert {"us.federal", "us.la"} <= {entry["id"] for entry in louisiana}
    assert all(entry["regions"][0] in {"US", "US-LA"} for entry in louisiana)
    content = await listed(shop, family="content")
    assert {entry["family"] for entry in content} == {"content"}
    assert {"rule", "content", "prohibited", "age"} == {entry["kind"] for entry in content}
    assert await listed(shop, family="nothing") == []


async def test_how_long_what_is_kept_stands_in_the_book_too(shop: Shop) -> None:
    kept = await listed(shop, kind="retention")
    assert kept == await listed(shop, family="retention")
    assert {entry["terms"]["what"]: (entry["terms"]["days"], entry["terms"]["least_days"]) for entry in kept} == {
        "message_texts": (1_825, 1), "decisions": (1_825, 1), "replies": (730, 1), "keyword_replies": (3_650, 3_650),
        "receipts": (730, 1), "unread_webhooks": (90, 1), "import_rows": (90, 1), "capabilities": (30, 1), "events": (1_095, 1),
        "contact_changes": (365, 1), "links": (730, 1), "clicks": (730, 1),
        "consent_evidence": (None, None), "suppressions": (None, None),
    }  # fmt: skip
    assert next(entry for entry in kept if entry["id"] == "retention.keyword_replies") == {
        "rule": "",
        "id": "retention.keyword_replies",
        "kind": "retention",
        "family": "retention",
        "codes": [],
        "regions": [],
        "channels": ["mms", "rcs", "sms", "voice"],
        "technologies": [],
        "terms": {
            "what": "keyword_replies",
            "days": 3_650,
            "least_days": 3_650,
            "then": "the text is emptied; the ledger and the suppression stay",
        },
        "source": "Va. Code 59.1-514: a STOP by text is kept ten years; 47 CFR 64.1200(d)(6): five",
        "confidence": "certain",
        "valid_from": "2026-01-01",
        "valid_to": None,
        "on": True,
        "own": False,
    }


async def test_the_book_tells_what_counts_for_the_workspace_and_what_it_wrote_itself(shop: Shop, stranger: Shop) -> None:
    emirates = {"region": "AE", "kind": "hours"}
    assert {entry["on"] for entry in await listed(shop, **emirates) if entry["confidence"] == "verify"} == {False}
    await shop.client.patch("/v1/workspace", json={"policy": {"markets": ["AE"]}})
    assert {entry["on"] for entry in await listed(shop, **emirates)} == {True}
    rows = [
        {"kind": "closed_day", "region": "US-LA", "source": "a proclamation", "valid_from": "2026-11-27"},
        {"kind": "emergency_ban", "region": "US-LA", "source": "order 58", "valid_from": "2026-11-24T18:00:00Z"},
    ]
    added = (await shop.made("/v1/rules/rows", {"rows": rows}))["rows"]
    own = [entry for entry in await listed(shop, region="US-LA") if entry["own"]]
    assert [(entry["id"], entry["rule"], entry["valid_from"], entry["source"]) for entry in own] == [
        (added[0]["id"], "time.workspace_row", "2026-11-27", "a proclamation"),
        (added[1]["id"], "time.emergency_ban.us.la", "2026-11-24T18:00:00Z", "order 58"),
    ]
    assert not [entry for entry in await listed(stranger, region="US-LA") if entry["own"]]


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("region=US-ZZ", "/query/region"),
        ("region=us", "/query/region"),
        ("family=Time%21", "/query/family"),
        ("kind=law", "/query/kind"),
        ("limit=0", "/query/limit"),
        ("cursor=nonsense", "/query/cursor"),
    ],
)
async def test_a_question_that_cannot_be_asked_is_refused_by_its_part(shop: Shop, query: str, pointer: str) -> None:
    answer = await shop.client.get(f"/v1/rules?{query}")
    assert answer.status_code == 422
    assert pointers(answer) == [pointer]
