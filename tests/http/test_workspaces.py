"""Workspaces and keys over HTTP: policies that are kept, secrets that are shown once, keys that end when told."""

import hashlib
from datetime import timedelta
from typing import Any

import pytest

from app.usecases.context import Context
from tests.factories import WRITTEN, calling, make_key
from tests.shop import NOBODY, Shop, pointers

DEFAULTS: dict[str, Any] = {
    "caps": [],
    "own_hours": None,
    "prices": {},
    "profile": "strict",
    "markets": [],
    "only_markets": None,
    "block_fictional_numbers": False,
    "recheck_reassigned_days": None,
    "scope_question": False,
    "wording": "add",
    "require_advised_wording": False,
    "letters": "as_written",
    "double_opt_in_hours": 72,
    "retention": {
        "message_texts": 1825,
        "decisions": 1825,
        "replies": 730,
        "receipts": 730,
        "links": 730,
        "clicks": 730,
        "unread_webhooks": 90,
        "capabilities": 30,
        "import_rows": 90,
        "contact_changes": 365,
        "events": 1095,
    },
}
POLICY: dict[str, Any] = {
    "caps": [{"limit": 3, "window_seconds": 604_800}, {"limit": 1, "window_seconds": 86_400, "zone": "America/New_York"}],
    "own_hours": {"opens": "09:00", "closes": "20:00"},
    "prices": {"US": {"amount": "0.0079", "currency": "USD"}},
    "profile": "statutory",
    "markets": ["AE", "US-MI"],
    "only_markets": ["AE", "US"],
    "block_fictional_numbers": True,
    "recheck_reassigned_days": 30,
    "scope_question": True,
    "wording": "refuse",
    "require_advised_wording": True,
    "letters": "plain",
    "double_opt_in_hours": 24,
    "retention": {**DEFAULTS["retention"], "message_texts": 30},
}


async def test_a_workspace_shows_its_policy_and_keeps_a_new_one(shop: Shop) -> None:
    before = (await shop.client.get("/v1/workspace")).json()
    assert before["policy"] == DEFAULTS
    answer = await shop.client.patch("/v1/workspace", json={"name": "Acme", "policy": POLICY})
    assert answer.status_code == 200, answer.text
    after = (await shop.client.get("/v1/workspace")).json()
    assert (after["name"], after["policy"]) == ("Acme", POLICY)


async def test_a_part_of_the_policy_changes_alone_and_null_takes_the_hours_away(shop: Shop) -> None:
    await shop.client.patch("/v1/workspace", json={"policy": POLICY})
    answer = await shop.client.patch("/v1/workspace", json={"policy": {"own_hours": None, "only_markets": None}})
    assert answer.json()["policy"] == {**POLICY, "own_hours": None, "only_markets": None}
    answer = await shop.client.patch("/v1/workspace", json={"policy": {"recheck_reassigned_days": None, "markets": []}})
    expected = {**POLICY, "own_hours": None, "only_markets": None, "recheck_reassigned_days": None, "markets": []}
    assert answer.json()["policy"] == expected


async def test_regions_are_kept_once_and_in_order(shop: Shop) -> None:
    answer = await shop.client.patch("/v1/workspace", json={"policy": {"markets": ["US-MI", "AE", "US-MI"]}})
    assert answer.json()["policy"]["markets"] == ["AE", "US-MI"]


async def decided(shop: Shop, to: str, at: str) -> tuple[str, list[str]]:
    """The verdict on a marketing text, and the rules that objected, consent aside."""
    answer = await shop.made("/v1/decisions", {"to": to, "channel": "sms", "purpose": "marketing", "at": at})
    return answer["verdict"], [reason["rule"] for reason in answer["reasons"] if not reason["rule"].startswith("consent.")]


NOON_IN_DUBAI, NIGHT_IN_NEW_YORK = "2026-11-24T08:00:00Z", "2026-11-24T04:00:00Z"


async def test_a_market_nobody_checked_is_off_until_it_is_switched_on(shop: Shop) -> None:
    assert await decided(shop, "+971501234567", NOON_IN_DUBAI) == ("never", ["region.not_enabled"])
    await shop.client.patch("/v1/workspace", json={"policy": {"markets": ["AE"]}})
    assert (await decided(shop, "+971501234567", NOON_IN_DUBAI))[1] == []


async def test_a_workspace_may_keep_to_some_markets(shop: Shop) -> None:
    await shop.client.patch("/v1/workspace", json={"policy": {"only_markets": ["CA"]}})
    assert await decided(shop, "+12125550142", "2026-11-24T17:00:00Z") == ("never", ["region.not_enabled"])
    await shop.client.patch("/v1/workspace", json={"policy": {"only_markets": ["CA", "US"]}})
    assert (await decided(shop, "+12125550142", "2026-11-24T17:00:00Z"))[1] == []


async def test_the_profile_says_whether_consent_lifts_the_hours(shop: Shop) -> None:
    number = "+12015550142"
    given = {
        "phone": number,
        "channels": ["sms"],
        "method": "web_form",
        "occurred_at": "2026-10-01T12:00:00Z",
        "evidence": {"wording": WRITTEN, "seller": "Example Shop", "url": "https://a.example", "ip": "192.0.2.1"},
    }
    await shop.made("/v1/opt-ins", given)
    assert "time.quiet.us.federal" in (await decided(shop, number, NIGHT_IN_NEW_YORK))[1]
    await shop.client.patch("/v1/workspace", json={"policy": {"profile": "statutory"}})
    assert "time.quiet.us.federal" not in (await decided(shop, number, NIGHT_IN_NEW_YORK))[1]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"name": None}, "/body/name"),
        ({"name": ""}, "/body/name"),
        ({"name": "a\x00"}, "/body"),
        ({"colour": "red"}, "/body/colour"),
        ({"policy": None}, "/body/policy"),
        ({"policy": {"caps": [{"limit": 0, "window_seconds": 60}]}}, "/body/policy/caps/0/limit"),
        ({"policy": {"caps": [{"limit": "3", "window_seconds": 60}]}}, "/body/policy/caps/0/limit"),
        ({"policy": {"caps": [{"limit": 1, "window_seconds": 10**9}]}}, "/body/policy/caps/0/window_seconds"),
        ({"policy": {"caps": [{"limit": 1, "window_seconds": 60}] * 11}}, "/body/policy/caps"),
        ({"policy": {"caps": [{"limit": 1, "window_seconds": 90_000, "zone": "UTC"}]}}, "/body/policy/caps/0"),
        ({"policy": {"caps": [{"limit": 1, "window_seconds": 86_400, "zone": "Mars"}]}}, "/body/policy/caps/0/zone"),
        ({"policy": {"caps": None}}, "/body/policy/caps"),
        ({"policy": {"profile": "lenient"}}, "/body/policy/profile"),
        ({"policy": {"profile": None}}, "/body/policy/profile"),
        ({"policy": {"markets": ["US", "XX"]}}, "/body/policy/markets/1"),
        ({"policy": {"markets": ["US-ZZ"]}}, "/body/policy/markets/0"),
        ({"policy": {"markets": ["us"]}}, "/body/policy/markets/0"),
        ({"policy": {"markets": None}}, "/body/policy/markets"),
        ({"policy": {"markets": "US"}}, "/body/policy/markets"),
        ({"policy": {"only_markets": ["FR-96"]}}, "/body/policy/only_markets/0"),
        ({"policy": {"block_fictional_numbers": 1}}, "/body/policy/block_fictional_numbers"),
        ({"policy": {"recheck_reassigned_days": 0}}, "/body/policy/recheck_reassigned_days"),
        ({"policy": {"recheck_reassigned_days": "30"}}, "/body/policy/recheck_reassigned_days"),
        ({"policy": {"scope_question": "no"}}, "/body/policy/scope_question"),
        ({"policy": {"wording": "ignore"}}, "/body/policy/wording"),
        ({"policy": {"double_opt_in_hours": 721}}, "/body/policy/double_opt_in_hours"),
        ({"policy": {"retention": {"replies": 0}}}, "/body/policy/retention/replies"),
        ({"policy": {"retention": {"replies": 4_000}}}, "/body/policy/retention/replies"),
        ({"policy": {"retention": {"replies": None}}}, "/body/policy/retention/replies"),
        ({"policy": {"retention": None}}, "/body/policy/retention"),
        ({"policy": {"retention": {"suppressions": 5}}}, "/body/policy/retention/suppressions/[key]"),
        ({"policy": {"retention": {"keyword_replies": 5}}}, "/body/policy/retention/keyword_replies/[key]"),
        ({"policy": {"hours": 1}}, "/body/policy/hours"),
        ({"policy": {"own_hours": {"opens": "9:00", "closes": "20:00"}}}, "/body/policy/own_hours/opens"),
        ({"policy": {"own_hours": {"opens": "24:00", "closes": "24:00"}}}, "/body/policy/own_hours/opens"),
        ({"policy": {"own_hours": {"opens": "20:00", "closes": "09:00"}}}, "/body/policy/own_hours"),
    ],
)
async def test_what_a_policy_cannot_be_is_named(shop: Shop, body: dict[str, Any], pointer: str) -> None:
    answer = await shop.client.patch("/v1/workspace", json=body)
    assert answer.status_code == 422, answer.text
    assert pointers(answer) == [pointer]


async def test_a_key_works_shows_its_secret_once_and_is_kept_as_a_hash(shop: Shop, context: Context) -> None:
    made = await shop.made("/v1/api-keys", {"name": "reader", "scopes": ["contacts:read"]})
    secret = made["secret"]
    assert secret.startswith("tact_")
    assert len(secret) == 48
    assert made["hint"] == secret[-4:]
    stored = await shop.value("SELECT secret_hash FROM api_key WHERE name = 'reader'")
    assert stored == hashlib.sha256(secret.encode()).digest()
    async with calling(context, secret) as client:
        assert (await client.get("/v1/contacts")).status_code == 200
        assert (await client.get("/v1/campaigns")).status_code == 403
        assert (await client.get("/v1/workspace")).status_code == 403
    listed = (await shop.client.get("/v1/api-keys")).json()["items"]
    assert listed[0]["name"] == "reader"
    assert "secret" not in listed[0]


async def test_a_repeat_of_making_a_key_gives_the_key_without_its_secret(shop: Shop) -> None:
    body = {"name": "once", "scopes": ["admin"]}
    first = await shop.client.post("/v1/api-keys", json=body, headers={"Idempotency-Key": "k"})
    again = await shop.client.post("/v1/api-keys", json=body, headers={"Idempotency-Key": "k"})
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json() == {**first.json(), "secret": None}
    kept = await shop.value("SELECT answer FROM idempotency_key WHERE key = 'k'")
    assert first.json()["secret"].encode() not in kept
    assert await shop.value("SELECT count(*) FROM api_key WHERE name = 'once'") == 1


async def test_a_revoked_an_expired_and_an_unknown_key_are_the_same_from_outside(shop: Shop, context: Context) -> None:
    made = await shop.made("/v1/api-keys", {"name": "short", "scopes": ["admin"]})
    assert (await shop.client.delete(f"/v1/api-keys/{made['id']}")).status_code == 204
    assert (await shop.client.delete(f"/v1/api-keys/{made['id']}")).status_code == 204
    ended = await make_key(context, shop.workspace_id, "admin", expires_at=context.clock.now() - timedelta(seconds=1))
    answers = []
    for secret in (made["secret"], ended, "tact_" + "x" * 43):
        async with calling(context, secret) as client:
            answers.append(await client.get("/v1/workspace"))
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1


async def test_no_key_and_no_bearer_are_told_how(shop: Shop, context: Context) -> None:
    async with calling(context) as client:
        for headers in ({}, {"Authorization": "Basic x"}):
            answer = await client.get("/v1/workspace", headers=headers)
            assert answer.status_code == 401
            assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"name": "k", "scopes": ["root"]}, "/body/scopes/0"),
        ({"name": "k", "scopes": []}, "/body/scopes"),
        ({"name": "k", "scopes": "admin"}, "/body/scopes"),
        ({"scopes": ["admin"]}, "/body/name"),
        ({"name": "k", "scopes": ["admin"], "expires_at": "2020-01-01T00:00:00Z"}, "/body/expires_at"),
        ({"name": "k", "scopes": ["admin"], "expires_at": "2027-01-01T00:00:00"}, "/body/expires_at"),
        ({"name": "k", "scopes": ["admin"], "secret": "mine"}, "/body/secret"),
    ],
)
async def test_what_a_key_cannot_be_is_named(shop: Shop, body: dict[str, Any], pointer: str) -> None:
    answer = await shop.client.post("/v1/api-keys", json=body)
    assert answer.status_code == 422, answer.text
    assert pointers(answer) == [pointer]


async def test_another_workspaces_key_cannot_be_revoked(shop: Shop, stranger: Shop) -> None:
    made = await shop.made("/v1/api-keys", {"name": "mine", "scopes": ["admin"]})
    assert (await stranger.client.delete(f"/v1/api-keys/{made['id']}")).status_code == 404
    assert (await shop.client.delete(f"/v1/api-keys/key_{NOBODY}")).status_code == 404
    assert (await shop.client.delete("/v1/api-keys/con_1")).status_code == 422
    assert await shop.value("SELECT revoked_at FROM api_key WHERE name = 'mine'") is None


async def test_keys_are_listed_a_page_at_a_time(shop: Shop) -> None:
    for number in range(5):
        await shop.made("/v1/api-keys", {"name": f"k{number}", "scopes": ["admin"]})
    names: list[str] = []
    cursor: str | None = None
    while True:
        params: dict[str, Any] = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        page = (await shop.client.get("/v1/api-keys", params=params)).json()
        names += [key["name"] for key in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert names == ["k4", "k3", "k2", "k1", "k0", "test"]
