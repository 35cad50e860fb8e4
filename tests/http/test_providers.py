"""Carrier accounts and senders over HTTP: secrets go in and never come out, and what cannot work is refused by name."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.domain.ids import decode_id
from app.domain.message import Channel
from app.providers.twilio import Twilio
from app.usecases.context import Context
from tests.factories import calling, make_key, make_workspace
from tests.shop import ACCOUNT_SID, AUTH_TOKEN, NOBODY, Shop, pointers

CREDENTIALS = {"account_sid": ACCOUNT_SID, "auth_token": AUTH_TOKEN}


async def opened(shop: Shop, provider: dict[str, Any]) -> dict[str, str]:
    """The credentials as a worker gets them."""
    row_id = decode_id("provider", provider["id"])
    return shop.context.vault.open(await shop.value("SELECT credentials FROM provider WHERE id = $1", row_id), row=row_id)


async def everything_stored(shop: Shop) -> str:
    """The whole database but its catalogue, as text."""
    async with shop.context.db.transaction() as tx:
        tables = await tx.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        rows = [str(await tx.fetch(f'SELECT t::text FROM "{table["tablename"]}" t')) for table in tables]  # noqa: S608
    return "\n".join(rows)


async def test_an_account_is_registered_and_says_where_its_webhooks_go(shop: Shop) -> None:
    made = await shop.provider(name="main")
    assert made["credentials"] == ["account_sid", "auth_token"]
    assert made["webhook_url"] == f"{shop.context.settings.public_url}/webhooks/twilio/{made['id']}"
    assert (made["held"], made["held_until"], made["hold_reason"]) == (False, None, "")
    read = await shop.client.get(f"/v1/providers/{made['id']}")
    assert read.json() == made
    assert (await shop.client.get("/v1/providers")).json()["items"] == [made]


async def test_secrets_are_in_no_answer_and_nowhere_in_the_database_in_clear(shop: Shop) -> None:
    first = await shop.client.post(
        "/v1/providers",
        json={"kind": "twilio", "name": "main", "credentials": CREDENTIALS},
        headers={"Idempotency-Key": "once"},
    )
    path = f"/v1/providers/{first.json()['id']}"
    rotated = await shop.client.patch(path, json={"credentials": {"auth_token": "the-second-auth-token"}})
    answers = [first, rotated, await shop.client.get(path), await shop.client.get("/v1/providers")]
    stored = await everything_stored(shop)
    hexed = [token.encode().hex() for token in (AUTH_TOKEN, "the-second-auth-token")]
    for secret in (AUTH_TOKEN, "the-second-auth-token", *hexed):
        assert all(secret not in answer.text for answer in answers)
        assert secret not in stored


async def test_a_replaced_token_is_kept_as_the_previous_one_until_it_is_removed(shop: Shop) -> None:
    made = await shop.provider()
    path = f"/v1/providers/{made['id']}"
    await shop.client.patch(path, json={"credentials": {"auth_token": "the-second-auth-token"}})
    assert await opened(shop, made) == {
        "account_sid": ACCOUNT_SID,
        "auth_token": "the-second-auth-token",
        "previous_auth_token": AUTH_TOKEN,
    }
    await shop.client.patch(path, json={"credentials": {"auth_token": "the-second-auth-token"}})
    assert (await opened(shop, made))["previous_auth_token"] == AUTH_TOKEN
    after = await shop.client.patch(path, json={"credentials": {"previous_auth_token": None}})
    assert after.json()["credentials"] == ["account_sid", "auth_token"]


async def test_a_changed_address_needs_the_credentials_again_so_that_none_leak_to_it(shop: Shop) -> None:
    made = await shop.provider()
    path = f"/v1/providers/{made['id']}"
    moved = {"base_url": "http://127.0.0.1:9999"}
    answer = await shop.client.patch(path, json=moved)
    assert (answer.status_code, pointers(answer)) == (422, ["/body/credentials"])
    partly = await shop.client.patch(path, json={**moved, "credentials": {"account_sid": ACCOUNT_SID}})
    assert (partly.status_code, pointers(partly)) == (422, ["/body/credentials/auth_token"])
    whole = await shop.client.patch(path, json={**moved, "credentials": CREDENTIALS})
    assert (whole.status_code, whole.json()["base_url"]) == (200, moved["base_url"])
    back = await shop.client.patch(path, json={"base_url": None, "credentials": CREDENTIALS})
    assert (back.status_code, back.json()["base_url"]) == (200, None)


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"kind": "carrier-pigeon"}, "/body/kind"),
        ({"kind": 7}, "/body/kind"),
        ({"name": ""}, "/body/name"),
        ({"credentials": "secret"}, "/body/credentials"),
        ({"credentials": {"account_sid": ACCOUNT_SID}}, "/body/credentials/auth_token"),
        ({"credentials": {**CREDENTIALS, "account_sid": "AC1"}}, "/body/credentials/account_sid"),
        ({"credentials": {**CREDENTIALS, "auth_token": 12345678}}, "/body/credentials/auth_token"),
        ({"credentials": {**CREDENTIALS, "pin/1": "1234"}}, "/body/credentials/pin~11"),
        ({"credentials": {**CREDENTIALS, "api_key_sid": "SK" + "0" * 32}}, "/body/credentials/api_key_secret"),
        ({"base_url": "ftp://carrier.example"}, "/body/base_url"),
        ({"opt_out_replies": "nobody"}, "/body/opt_out_replies"),
        ({"webhook_url": "https://mine.example"}, "/body/webhook_url"),
    ],
)
async def test_what_an_account_cannot_be_is_named(shop: Shop, fields: dict[str, Any], pointer: str) -> None:
    body = {"kind": "twilio", "name": "main", "credentials": CREDENTIALS, **fields}
    answer = await shop.client.post("/v1/providers", json=body)
    assert answer.status_code == 422, answer.text
    assert pointers(answer) == [pointer]
    assert AUTH_TOKEN not in answer.text


async def test_an_address_inside_the_network_is_refused_where_that_is_not_allowed(context: Context) -> None:
    workspace_id = await make_workspace(context)
    settings = context.settings.model_copy(update={"allow_private_provider_urls": False})
    guarded = replace(context, settings=settings)
    async with calling(guarded, await make_key(context, workspace_id)) as client:
        for base_url in ("http://127.0.0.1:9000", "http://169.254.169.254/latest", "http://[::1]/", "http://localhost"):
            body = {"kind": "twilio", "name": base_url, "credentials": CREDENTIALS, "base_url": base_url}
            answer = await client.post("/v1/providers", json=body)
            assert (answer.status_code, pointers(answer)) == (422, ["/body/base_url"]), base_url


async def test_names_are_unique_in_a_workspace(shop: Shop, stranger: Shop) -> None:
    await shop.provider(name="main")
    await stranger.provider(name="main")
    other = await shop.provider(name="spare")
    body = {"kind": "twilio", "name": "main", "credentials": CREDENTIALS}
    again = await shop.client.post("/v1/providers", json=body)
    assert (again.status_code, again.json()["code"], pointers(again)) == (409, "already_exists", ["/body/name"])
    renamed = await shop.client.patch(f"/v1/providers/{other['id']}", json={"name": "main"})
    assert renamed.status_code == 409


async def test_a_hold_is_shown_and_ended(shop: Shop) -> None:
    made = await shop.provider()
    until = shop.context.clock.now() + timedelta(minutes=5)
    await shop.execute("UPDATE provider SET held_until = $1, hold_reason = 'provider.account'", until)
    held = (await shop.client.get(f"/v1/providers/{made['id']}")).json()
    assert (held["held"], held["hold_reason"]) == (True, "provider.account")
    assert held["held_until"] is not None
    freed = (await shop.client.patch(f"/v1/providers/{made['id']}", json={"held": False})).json()
    assert (freed["held"], freed["held_until"], freed["hold_reason"]) == (False, None, "")
    assert await shop.value("SELECT held_until FROM provider") is None
    assert (await shop.client.patch(f"/v1/providers/{made['id']}", json={"held": True})).status_code == 422


async def test_an_account_goes_only_when_no_sender_uses_it(shop: Shop) -> None:
    used, unused = await shop.provider(), await shop.provider()
    await shop.sender(provider_id=used["id"])
    answer = await shop.client.delete(f"/v1/providers/{used['id']}")
    assert (answer.status_code, answer.json()["code"]) == (409, "in_use")
    assert (await shop.client.delete(f"/v1/providers/{unused['id']}")).status_code == 204
    assert (await shop.client.delete(f"/v1/providers/{unused['id']}")).status_code == 404


async def test_credentials_the_service_cannot_open_are_said_to_be_lost_and_can_be_given_anew(shop: Shop) -> None:
    made = await shop.provider()
    path = f"/v1/providers/{made['id']}"
    await shop.execute("UPDATE provider SET credentials = $1", b"\x01" + b"sealed with another key" * 3)
    assert (await shop.client.get(path)).json()["credentials"] is None
    partly = await shop.client.patch(path, json={"credentials": {"account_sid": ACCOUNT_SID}})
    assert pointers(partly) == ["/body/credentials/auth_token"]
    whole = await shop.client.patch(path, json={"credentials": CREDENTIALS})
    assert (whole.status_code, whole.json()["credentials"]) == (200, ["account_sid", "auth_token"])
    assert await opened(shop, made) == CREDENTIALS


async def test_kinds_say_what_they_ask_for(shop: Shop) -> None:
    kinds = {kind["kind"]: kind for kind in (await shop.client.get("/v1/provider-kinds")).json()["items"]}
    assert "sms" in kinds["twilio"]["channels"]
    assert [limit["channel"] for limit in kinds["twilio"]["limits"]] == kinds["twilio"]["channels"]
    assert kinds["twilio"]["limits"][0]["safety"] == "none"
    assert kinds["telnyx"]["batch"] == 1
    assert (kinds["infobip"]["limits"][0]["safety"], kinds["infobip"]["batch"]) == ("own_id", 250)
    asked = {field["name"]: field for field in kinds["twilio"]["credentials"]}
    assert asked["auth_token"]["required"]
    assert asked["auth_token"]["secret"]
    assert set(kinds) == set(shop.context.provider_kinds)


async def test_a_sender_takes_its_kinds_usual_rate_and_another_when_told(shop: Shop) -> None:
    provider = await shop.provider()
    rates = {
        ("long_code", "+14155550100"): 1,
        ("toll_free", "+18885550100"): 3,
        ("short_code", "72345"): 100,
        ("alphanumeric", "ACME 24"): 10,
        ("messaging_service", "MG" + "a" * 32): 1,
    }
    for (kind, address), rate in rates.items():
        sender = await shop.sender(provider_id=provider["id"], kind=kind, address=address)
        assert (sender["kind"], sender["address"], sender["parts_per_second"]) == (kind, address, rate)
    fast = (await shop.client.patch(f"/v1/senders/{sender['id']}", json={"parts_per_second": 30.5})).json()
    assert fast["parts_per_second"] == 30.5
    listed = (await shop.client.get("/v1/senders", params={"provider_id": provider["id"]})).json()["items"]
    assert len(listed) == len(rates)
    assert (await shop.client.get("/v1/senders", params={"provider_id": f"prv_{NOBODY}"})).json()["items"] == []


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"address": "18885550100"}, "/body/address"),
        ({"address": "+0888555010"}, "/body/address"),
        ({"address": "+1888555010\n"}, "/body/address"),
        ({"kind": "short_code", "address": "+1234"}, "/body/address"),
        ({"kind": "alphanumeric", "address": "ab"}, "/body/address"),
        ({"kind": "alphanumeric", "address": "123456"}, "/body/address"),
        ({"kind": "alphanumeric", "address": "ABCDEFGHIJKL"}, "/body/address"),
        ({"kind": "alphanumeric", "address": " Acme "}, "/body/address"),
        ({"kind": "alphanumeric", "address": "Ácme"}, "/body/address"),
        ({"kind": "alphanumeric", "address": "Acme", "channel": "voice"}, "/body/channel"),
        ({"channel": "pigeon"}, "/body/channel"),
        ({"kind": "satellite"}, "/body/kind"),
        ({"parts_per_second": 0}, "/body/parts_per_second"),
        ({"parts_per_second": 100_001}, "/body/parts_per_second"),
        ({"parts_per_second": "fast"}, "/body/parts_per_second"),
        ({"provider_id": "snd_" + NOBODY}, "/body/provider_id"),
        ({"colour": "red"}, "/body/colour"),
    ],
)
async def test_what_a_sender_cannot_be_is_named(shop: Shop, fields: dict[str, Any], pointer: str) -> None:
    provider = await shop.provider()
    body = {"provider_id": provider["id"], "channel": "sms", "kind": "toll_free", "address": "+18885550100", **fields}
    answer = await shop.client.post("/v1/senders", json=body)
    assert answer.status_code == 422, answer.text
    assert pointers(answer) == [pointer]


async def test_a_sender_is_only_on_a_channel_its_provider_carries(context: Context) -> None:
    class TextsOnly(Twilio):
        """A carrier of texts."""

        kind = "texts_only"
        channels = frozenset({Channel.SMS})

    ready = replace(context, provider_kinds={**context.provider_kinds, "texts_only": TextsOnly})
    workspace_id = await make_workspace(ready)
    async with calling(ready, await make_key(ready, workspace_id)) as client:
        shop = Shop(ready, client, workspace_id)
        provider = await shop.provider(kind="texts_only")
        body = {"provider_id": provider["id"], "channel": "voice", "kind": "toll_free", "address": "+18885550100"}
        answer = await shop.client.post("/v1/senders", json=body)
        assert answer.status_code == 422, answer.text
        assert pointers(answer) == ["/body/channel"]
        assert (await shop.client.post("/v1/senders", json={**body, "channel": "sms"})).status_code == 201


async def test_an_address_is_registered_once_an_account_and_channel(shop: Shop) -> None:
    sender = await shop.sender()
    body = {key: sender[key] for key in ("provider_id", "channel", "kind", "address")}
    again = await shop.client.post("/v1/senders", json=body)
    assert (again.status_code, again.json()["code"]) == (409, "already_exists")


async def test_what_belongs_to_another_workspace_does_not_exist(shop: Shop, stranger: Shop) -> None:
    provider, sender = await shop.provider(), await shop.sender()
    for path in (f"/v1/providers/{provider['id']}", f"/v1/senders/{sender['id']}"):
        assert (await stranger.client.get(path)).status_code == 404
        assert (await stranger.client.patch(path, json={"held": False})).status_code == 404
    assert (await stranger.client.delete(f"/v1/providers/{provider['id']}")).status_code == 404
    body = {"provider_id": provider["id"], "channel": "sms", "kind": "toll_free", "address": "+18885550101"}
    theirs = await stranger.client.post("/v1/senders", json=body)
    assert (theirs.status_code, pointers(theirs)) == (404, ["/body/provider_id"])
    assert (await stranger.client.get("/v1/senders")).json()["items"] == []


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "/v1/providers", "senders:read"),
        ("GET", "/v1/provider-kinds", "senders:read"),
        ("POST", "/v1/providers", "senders:write"),
        ("GET", "/v1/senders", "senders:read"),
        ("POST", "/v1/senders", "senders:write"),
        ("DELETE", f"/v1/providers/prv_{NOBODY}", "senders:write"),
    ],
)
async def test_each_operation_asks_for_its_scope(shop: Shop, context: Context, method: str, path: str, scope: str) -> None:
    async with calling(context, await make_key(context, shop.workspace_id, "messages:read")) as without:
        answer = await without.request(method, path, json={} if method == "POST" else None)
        assert (answer.status_code, scope in answer.text) == (403, True), answer.text
    async with calling(context, await make_key(context, shop.workspace_id, scope)) as with_it:
        answer = await with_it.request(method, path, json={} if method == "POST" else None)
        assert answer.status_code != 403
