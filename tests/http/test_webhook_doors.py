"""What does a webhook do beside moving a message? Counted by what came of it, done once, bounded, and never a fault by input."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import orjson
import pytest

from app.clock import new_id
from app.domain.ids import encode_id
from app.domain.message import State
from app.storage.database import Database
from app.usecases.context import Context
from app.usecases.sweep import sweep
from tests.factories import calling
from tests.http.on_the_line import Telephone, telephone
from tests.http.talking_carrier import sign

_KEPT = ("receipt", "inbound", "unread_webhook", "suppression", "consent_event", "webhook_nonce")


@pytest.fixture
async def phone(context: Context) -> AsyncIterator[Telephone]:
    async with telephone(context) as opened:
        yield opened


async def kept(phone: Telephone) -> dict[str, int]:
    return {table: await phone.shop.value(f"SELECT count(*) FROM {table}") for table in _KEPT}  # noqa: S608


def delivered(phone: Telephone, **fields: Any) -> dict[str, Any]:
    return {"event_key": "d", "state": int(State.DELIVERED), "reference": phone.reference(), **fields}


async def test_each_webhook_is_counted_by_what_came_of_it(phone: Telephone) -> None:
    await phone.say(receipts=[delivered(phone)])
    await phone.say(receipts=[{"event_key": "e", "state": 80, "provider_message_id": "nobody's"}])
    await phone.say(unread=1)
    await phone.say(path=f"/webhooks/talking/{encode_id('provider', new_id())}")
    await phone.say(path="/webhooks/nothing-like-it/x")
    await phone.shop.client.post(phone.path, content=b"{}", headers={"X-Signature": "nothing"})
    old = {"X-Signature": sign(b"{}"), "X-Age": "old"}
    await phone.shop.client.post(phone.path, content=b"{}", headers=old)
    for outcome in ("taken", "unmatched", "unread", "bad_signature", "stale", "unknown_account"):
        assert phone.counted(outcome) == 1, outcome
    assert phone.counted("unknown_account", kind="unknown") == 1


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [({}, 503, "bad_signature"), ({"X-Signature": "ff"}, 403, "bad_signature"), ({"X-Age": "old"}, 403, "stale")],
)
async def test_a_refusal_is_answered_as_makes_this_provider_behave(
    phone: Telephone, headers: dict[str, str], status: int, code: str
) -> None:
    """503 where it sends the same again properly signed, 403 where it should stop."""
    if "X-Age" in headers:
        headers = {**headers, "X-Signature": sign(b"{}")}
    answer = await phone.shop.client.post(phone.path, content=b"{}", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_carrier_that_waits_to_be_asked_for_its_password_is_asked(phone: Telephone) -> None:
    credentials = {
        "account_id": "9900000", "application_id": "app-1", "username": "api-user", "password": "api-password",
        "callback_username": "tactful", "callback_password": "callback-secret",
    }  # fmt: skip
    account = {"kind": "bandwidth", "name": "b", "credentials": credentials}
    made = (await phone.shop.client.post("/v1/providers", json=account)).json()
    path = f"/webhooks/bandwidth/{made['id']}"
    asked = await phone.shop.client.post(path, content=b"", headers={"Authorization": ""})
    assert (asked.status_code, asked.headers["www-authenticate"]) == (401, 'Basic realm="webhooks"')
    told = await phone.shop.client.post(path, content=b"[]", auth=("tactful", "callback-secret"))
    assert told.status_code == 200, told.text


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"nothing", b"\xff\xfe", b'{"receipts": 5}', b'{"inbound": [{}]}', b"[" * 50_000, b'{"call": {}}']
)
async def test_what_makes_a_reader_stumble_changes_nothing_and_is_no_fault_of_ours(phone: Telephone, body: bytes) -> None:
    before = await kept(phone)
    answer = await phone.shop.client.post(phone.path, content=body, headers={"X-Signature": sign(body), "Content-Type": "x/y"})
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed"), answer.text
    assert phone.counted("malformed") == 1
    assert await kept(phone) == before


async def _endless() -> AsyncIterator[bytes]:
    while True:
        yield b"x" * 65_536


async def test_a_body_over_the_limit_is_cut_off_whether_it_says_so_or_not(phone: Telephone) -> None:
    big = await phone.shop.client.post(phone.path, content=b"x" * 2_000_000)
    endless = await phone.shop.client.post(phone.path, content=_endless())
    lying = await phone.shop.client.post(phone.path, content=_endless(), headers={"Content-Length": "5"})
    for answer in (big, endless, lying):
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert phone.counted("too_large") == 3


async def test_a_replay_is_answered_alike_and_acted_on_no_more(phone: Telephone) -> None:
    said: dict[str, Any] = {"receipts": [delivered(phone)], "nonce": "n1"}
    first, again = await phone.say(**said), await phone.say(**said)
    at_once = await asyncio.gather(*(phone.say(receipts=[delivered(phone, event_key="f")], nonce="n2") for _ in range(6)))
    assert {(answer.status_code, answer.content) for answer in (first, again, *at_once)} == {(200, b"thank you")}
    assert await phone.shop.value("SELECT array_agg(copies) FROM receipt") == [1, 1]
    assert (phone.counted("taken"), phone.counted("replay")) == (2, 6)


async def test_a_replayed_text_and_a_replayed_unread_are_kept_once(phone: Telephone) -> None:
    both: tuple[dict[str, Any], ...] = ({"inbound": [phone.inbound("hello")], "nonce": "a"}, {"unread": 1, "nonce": "b"})
    for said in both:
        for _ in range(3):
            assert (await phone.say(**said)).status_code == 200
    assert await phone.shop.value("SELECT copies FROM inbound") == 1
    assert await phone.shop.value("SELECT count(*) FROM unread_webhook") == 1
    assert phone.counted("replay") == 4


async def test_a_nonce_is_an_accounts_own(phone: Telephone, context: Context) -> None:
    async with telephone(context) as other:
        await phone.say(receipts=[delivered(phone)], nonce="same")
        await other.say(receipts=[delivered(other)], nonce="same")
        assert (await phone.state(), await other.state()) == (State.DELIVERED, State.DELIVERED)


async def test_what_was_not_kept_is_no_replay_when_it_comes_again(phone: Telephone) -> None:
    cases: tuple[tuple[str, dict[str, Any]], ...] = (
        ("receipt", {"receipts": [delivered(phone)], "nonce": "r"}),
        ("inbound", {"inbound": [phone.inbound("STOP")], "nonce": "i"}),
        ("unread_webhook", {"unread": 1, "nonce": "u"}),
    )
    for table, said in cases:
        await phone.shop.execute(f"ALTER TABLE {table} RENAME TO gone")
        with pytest.raises(Exception, match=table):
            await phone.say(**said)
        await phone.shop.execute(f"ALTER TABLE gone RENAME TO {table}")
        assert (await phone.say(**said)).status_code == 200
        assert await phone.shop.value(f"SELECT count(*) FROM {table}") == 1, table  # noqa: S608
    assert phone.counted("replay") == 0


async def test_what_cannot_be_stored_takes_nothing_along_that_came_with_it(phone: Telephone) -> None:
    reference = phone.reference()
    odd = {"event_key": "odd", "state": int(State.DELIVERED), "reference": reference, "duration": 10**12}
    sent = [{"event_key": key, "state": int(State.SENT), "reference": reference} for key in ("a", "b", "c")]
    webhook: dict[str, Any] = {"receipts": [*sent[:2], odd, sent[2]], "inbound": [phone.inbound("STOP")], "nonce": "n"}
    assert (await phone.say(**webhook)).status_code == 200
    assert await phone.state() is State.SENT
    assert [row[0] for row in await phone.suppressions()] == ["opt_out"]
    counts = [await phone.shop.value(f"SELECT count(*) FROM {table}") for table in ("receipt", "unread_webhook")]  # noqa: S608
    assert (counts, phone.counted("unread")) == ([3, 1], 1)
    assert (await phone.say(**webhook)).status_code == 200
    assert (await phone.shop.value("SELECT count(*) FROM unread_webhook"), phone.counted("replay")) == (1, 1)


async def test_an_odd_nonce_is_a_nonce(phone: Telephone) -> None:
    for nonce in ("\x00", "x" * 100_000, "ü" * 5):
        for _ in range(2):
            assert (await phone.say(unread=1, nonce=nonce)).status_code == 200
    assert await phone.shop.value("SELECT count(*) FROM unread_webhook") == 3


async def test_nonces_are_forgotten_after_a_day(phone: Telephone) -> None:
    await phone.say(unread=1, nonce="old")
    await phone.say(unread=1, nonce="new")
    old = "UPDATE webhook_nonce SET seen_at = seen_at - interval '25 hours' WHERE nonce = sha256('old')"
    assert await phone.shop.execute(old) == 1
    assert await sweep(phone.context, rare=True)
    assert await phone.shop.value("SELECT nonce = sha256('new') FROM webhook_nonce")


async def test_without_its_database_it_says_come_again(phone: Telephone) -> None:
    nowhere = Database.open("postgresql+asyncpg://nobody@127.0.0.1:1/nothing", pool=1)
    async with calling(replace(phone.context, db=nowhere)) as client:
        body = orjson.dumps({"receipts": [delivered(phone)]})
        answer = await client.post(phone.path, content=body, headers={"X-Signature": sign(body)})
    await nowhere.close()
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert "retry-after" in answer.headers
    assert await phone.state() is State.SUBMITTED


@pytest.mark.parametrize("attempt", [0, 1])
async def test_a_reference_of_another_workspaces_account_changes_nothing(
    phone: Telephone, context: Context, attempt: int
) -> None:
    async with telephone(context) as stranger:
        theirs = {"reference": phone.reference(attempt=attempt), "recipient": "+12125550142", "provider_message_id": "m"}
        answer = await stranger.say(
            receipts=[{"event_key": "x", "state": 80, **theirs}, {"event_key": "y", "error": "opted_out", "state": 58, **theirs}],
            inbound=[stranger.inbound("9", kind="keys", channel="voice", reference=phone.reference())],
        )
        assert answer.status_code == 200
        assert await phone.state() is State.SUBMITTED
        assert await stranger.state() is State.SUBMITTED
        assert await phone.shop.value("SELECT count(*) FROM receipt WHERE message_id IS NOT NULL") == 0
        assert await phone.shop.value("SELECT count(*) FROM inbound WHERE message_id IS NOT NULL") == 0
        assert await phone.suppressions() == []
