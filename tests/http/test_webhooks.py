"""Webhooks in: what is not proven to be the carrier's changes nothing, what is proven is kept before it is answered."""

import asyncio
import base64
import hmac
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import httpx
import pytest

from app.domain.ids import decode_id
from app.domain.message import State
from app.domain.reference import write_reference
from app.main import create_app
from app.usecases.context import Context
from tests.factories import make_message
from tests.shop import AUTH_TOKEN, Shop

PHONE = "+12125550142"
NEXT_TOKEN = "the-second-auth-token"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_KEPT = ("receipt", "inbound", "unread_webhook", "suppression", "consent_event")


def sign(url: str, form: Mapping[str, str], token: str = AUTH_TOKEN) -> str:
    """Twilio's signature over a URL and a form."""
    tail = "".join(name + form[name] for name in sorted(form))
    return base64.b64encode(hmac.digest(token.encode(), (url + tail).encode(), "sha1")).decode()


@dataclass(slots=True)
class Carrier:
    """Twilio calling a shop about a message that was submitted."""

    shop: Shop
    client: httpx.AsyncClient
    public_url: str
    provider_id: str
    path: str
    message_id: UUID
    reference: str

    def status(self, word: str, *, sid: str = "SM1", **fields: str) -> dict[str, str]:
        """A status callback's form."""
        return {"MessageSid": sid, "MessageStatus": word, "From": "+18885550100", "To": PHONE, **fields}

    def text(self, body: str, *, sid: str = "SM7") -> dict[str, str]:
        """An inbound text's form."""
        return {"MessageSid": sid, "From": PHONE, "To": "+18885550100", "Body": body}

    async def say(
        self,
        form: Mapping[str, str],
        *,
        query: str | None = None,
        token: str = AUTH_TOKEN,
        path: str | None = None,
        signed_url: str | None = None,
    ) -> httpx.Response:
        """POST a form, signed as Twilio signs; about our message unless another query is given."""
        query = f"?r={self.reference}" if query is None else query
        target = (path or self.path) + query
        headers = {**FORM, "X-Twilio-Signature": sign(signed_url or self.public_url + target, form, token)}
        return await self.client.post(target, content=urlencode(form), headers=headers)

    async def state(self) -> State:
        """Where our message stands."""
        return State(await self.shop.value("SELECT state FROM message WHERE id = $1", self.message_id))

    async def kept(self) -> dict[str, int]:
        """How many rows there are of what webhooks leave behind."""
        return {table: await self.shop.value(f"SELECT count(*) FROM {table}") for table in _KEPT}  # noqa: S608


@asynccontextmanager
async def calling_us(context: Context, shop: Shop, public_url: str) -> AsyncIterator[Carrier]:
    """The API as it answers from behind `public_url`, and a message submitted through an account of the shop's."""
    await shop.people([PHONE])
    sender = await shop.sender()
    provider_id = decode_id("provider", sender["provider_id"])
    message_id = await make_message(
        context, shop.workspace_id, decode_id("sender", sender["id"]), PHONE, state=State.SUBMITTED, departed=True
    )
    settings = context.settings.model_copy(update={"public_url": public_url})
    app = create_app(settings)
    app.state.context = replace(context, settings=settings)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://api.test") as client:
        yield Carrier(
            shop=shop,
            client=client,
            public_url=public_url,
            provider_id=sender["provider_id"],
            path=f"/webhooks/twilio/{sender['provider_id']}",
            message_id=message_id,
            reference=write_reference(context.reference_key, provider_id=provider_id, message_id=message_id, attempt=1),
        )


@pytest.fixture
async def carrier(context: Context, shop: Shop) -> AsyncIterator[Carrier]:
    async with calling_us(context, shop, context.settings.public_url) as found:
        yield found


async def test_a_signed_status_moves_its_message_and_is_answered_with_nothing(carrier: Carrier) -> None:
    answer = await carrier.say(carrier.status("delivered"))
    assert (answer.status_code, answer.content) == (200, b"")
    assert await carrier.state() is State.DELIVERED
    assert (await carrier.kept())["receipt"] == 1


async def test_a_signed_stop_silences_and_is_answered_with_empty_twiml(carrier: Carrier) -> None:
    answer = await carrier.say(carrier.text("Stop please"), query="")
    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (
        200,
        b"<Response/>",
        "text/xml; charset=utf-8",
    )
    assert await carrier.shop.value("SELECT reason FROM suppression WHERE phone = $1", PHONE) == "opt_out"


def _signature_of(carrier: Carrier, form: Mapping[str, str], token: str = AUTH_TOKEN) -> str:
    return sign(f"{carrier.public_url}{carrier.path}?r={carrier.reference}", form, token)


@pytest.mark.parametrize(
    ("label", "header"),
    [
        ("no signature", None),
        ("an empty one", ""),
        ("no base64", "not base64!"),
        ("base64 of nothing much", "AAAA"),
        ("no ASCII", b"\xff\xfe\xfd"),
        ("another token's", "forged"),
        ("of another form", "moved"),
        ("very long", "A" * 50_000),
    ],
)
@pytest.mark.parametrize("word", ["delivered", "STOP"])
async def test_what_is_not_signed_changes_nothing(carrier: Carrier, label: str, header: str | bytes | None, word: str) -> None:
    before = await carrier.kept()
    form = carrier.text(word) if word == "STOP" else carrier.status(word)
    if header == "forged":
        header = _signature_of(carrier, form, "somebody-elses-token")
    elif header == "moved":
        header = _signature_of(carrier, {**form, "MessageSid": "SM2"})
    headers: dict[str, Any] = {**FORM, **({} if header is None else {"X-Twilio-Signature": header})}
    answer = await carrier.client.post(f"{carrier.path}?r={carrier.reference}", content=urlencode(form), headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (403, "application/problem+json"), label
    assert answer.json()["code"] == "bad_signature"
    assert await carrier.state() is State.SUBMITTED
    assert await carrier.kept() == before


async def test_a_signed_form_that_was_changed_on_its_way_changes_nothing(carrier: Carrier) -> None:
    form = carrier.status("sent")
    signature = {"X-Twilio-Signature": _signature_of(carrier, form)}
    target = f"{carrier.path}?r={carrier.reference}"
    for label, changed, query in (
        ("another word", urlencode({**form, "MessageStatus": "delivered"}), ""),
        ("a field more", urlencode({**form, "ErrorCode": "30006"}), ""),
        ("a field less", urlencode({name: form[name] for name in list(form)[:-1]}), ""),
        ("no UTF-8", urlencode(form) + "&x=%FF", ""),
        ("no ASCII", urlencode(form).encode() + b"&x=\xff", ""),
        ("600 fields", urlencode(form) + "&a=b" * 600, ""),
        ("another query", urlencode(form), "&x=1"),
    ):
        answer = await carrier.client.post(target + query, content=changed, headers={**FORM, **signature})
        assert answer.status_code == 403, label
    assert await carrier.state() is State.SUBMITTED
    assert (await carrier.kept())["receipt"] == 0
    assert (await carrier.client.post(target, content=urlencode(form), headers={**FORM, **signature})).status_code == 200


async def test_the_same_status_many_times_at_once_is_one_receipt_that_counts_its_copies(carrier: Carrier) -> None:
    form = carrier.status("delivered")
    answers = await asyncio.gather(*(carrier.say(form) for _ in range(5)))
    again = await carrier.say(form)
    assert [answer.status_code for answer in (*answers, again)] == [200] * 6
    assert await carrier.shop.value("SELECT count(*) FROM receipt") == 1
    assert await carrier.shop.value("SELECT copies FROM receipt") == 6
    assert await carrier.state() is State.DELIVERED


async def test_the_same_text_many_times_at_once_is_one_text_with_one_answer(carrier: Carrier) -> None:
    form = carrier.text("STOP")
    answers = await asyncio.gather(*(carrier.say(form, query="") for _ in range(5)))
    assert [answer.status_code for answer in answers] == [200] * 5
    assert await carrier.shop.value("SELECT copies FROM inbound") == 5
    assert await carrier.shop.value("SELECT count(*) FROM message WHERE origin = 'reply'") == 1
    assert await carrier.shop.value("SELECT count(*) FROM consent_event WHERE kind = 'revoked'") == 1


@pytest.mark.parametrize(
    ("label", "form"),
    [
        ("an event of another product", {"EventType": "com.example.voice", "CallSid": "CA1"}),
        ("nothing", {}),
        ("a status without a message", {"MessageStatus": "delivered"}),
        ("a text without a sender", {"MessageSid": "SM9", "To": "+18885550100", "Body": "hi"}),
        ("NUL where an id should be", {"MessageSid": "SM\x00", "MessageStatus": "delivered"}),
        ("NUL where a number should be", {"MessageSid": "SM9", "From": "+1\x00", "To": "+18885550100", "Body": "hi"}),
        ("an id that fits no index", {"MessageSid": "".join(map(chr, range(0x4E00, 0x7000))), "MessageStatus": "delivered"}),
    ],
)
async def test_what_is_signed_and_not_understood_is_kept_whole_and_moves_nothing(
    carrier: Carrier, label: str, form: dict[str, str]
) -> None:
    before = await carrier.kept()
    answer = await carrier.say(form)
    assert answer.is_success, (label, answer.text)
    assert await carrier.kept() == {**before, "unread_webhook": 1}
    assert await carrier.shop.value("SELECT body FROM unread_webhook") == urlencode(form).encode()
    assert await carrier.shop.value("SELECT query FROM unread_webhook") == f"r={carrier.reference}"
    assert await carrier.state() is State.SUBMITTED


async def test_a_status_word_nobody_knows_is_a_receipt_that_moves_nothing(carrier: Carrier) -> None:
    assert (await carrier.say(carrier.status("teleported"))).status_code == 200
    assert await carrier.shop.value("SELECT raw_status FROM receipt WHERE state IS NULL") == "teleported"
    assert await carrier.state() is State.SUBMITTED


async def test_one_account_that_says_what_cannot_be_stored_spoils_nothing_for_the_others(carrier: Carrier) -> None:
    """Receipts of concurrent webhooks share a transaction; what one signs must not fail another's."""
    forms = [carrier.status("delivered"), *(carrier.status("sent", sid=f"SM\x00{number}") for number in range(8))]
    answers = await asyncio.gather(*(carrier.say(form) for form in forms))
    assert [answer.status_code for answer in answers] == [200] * 9
    assert await carrier.state() is State.DELIVERED
    kept = await carrier.kept()
    assert (kept["receipt"], kept["unread_webhook"]) == (1, 8)


async def test_a_receipt_for_a_message_nobody_knows_is_kept_and_answered(carrier: Carrier) -> None:
    for query in ("", "?r=nonsense", "?r=", f"?r={'A' * 36}", f"?x=1&r={carrier.reference[:-4]}AAAA"):
        answer = await carrier.say(carrier.status("delivered", sid=f"SM-unknown-{query}"), query=query)
        assert answer.status_code == 200, query
    assert await carrier.shop.value("SELECT count(*) FROM receipt WHERE message_id IS NULL") == 5
    assert await carrier.state() is State.SUBMITTED


async def test_a_reference_of_one_account_is_worth_nothing_at_another(carrier: Carrier, context: Context, stranger: Shop) -> None:
    other = await stranger.provider()
    path = f"/webhooks/twilio/{other['id']}"
    assert (await carrier.say(carrier.status("delivered"), path=path)).status_code == 200  # signed with the stranger's own token
    assert await carrier.shop.value("SELECT message_id FROM receipt") is None
    assert await carrier.state() is State.SUBMITTED


@pytest.mark.parametrize(
    ("label", "kind", "account"),
    [
        ("an account that does not exist", "twilio", "prv_01jdd00000e008000000000001"),
        ("another kind of provider", "vonage", None),
        ("a kind that is a module", "registry", None),
        ("a private module", "_http", None),
        ("an id of something else", "twilio", "con_01jdd00000e008000000000001"),
        ("no id", "twilio", "x"),
        ("NUL", "twilio", "%00"),
        ("a lone surrogate", "twilio", "%ED%A0%80"),
        ("a very long id", "twilio", "prv_" + "0" * 5_000),
    ],
)
async def test_an_address_that_is_no_account_is_not_found(carrier: Carrier, label: str, kind: str, account: str | None) -> None:
    path = f"/webhooks/{kind}/{account or carrier.provider_id}"
    answer = await carrier.say(carrier.status("delivered"), path=path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json"), label
    assert (await carrier.kept())["receipt"] == 0
    assert await carrier.state() is State.SUBMITTED


async def test_a_get_is_verified_as_a_post_is(carrier: Carrier) -> None:
    target = f"{carrier.path}?r={carrier.reference}"
    assert (await carrier.client.get(target)).status_code == 403
    signed = await carrier.client.get(target, headers={"X-Twilio-Signature": sign(carrier.public_url + target, {})})
    assert signed.status_code == 200
    assert (await carrier.kept())["unread_webhook"] == 1


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_other_methods_are_refused(carrier: Carrier, method: str) -> None:
    answer = await carrier.client.request(method, carrier.path)
    assert (answer.status_code, answer.headers["content-type"]) == (405, "application/problem+json")
    assert {"GET", "POST"} <= set(answer.headers["allow"].split(", "))


async def test_a_body_over_the_limit_is_refused_unread(carrier: Carrier) -> None:
    form = carrier.status("delivered", Padding="x" * 1_100_000)
    answer = await carrier.say(form)
    assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")
    assert await carrier.state() is State.SUBMITTED


async def test_while_a_token_is_rotated_both_are_believed_and_then_only_the_new_one(carrier: Carrier) -> None:
    assert (await carrier.say(carrier.status("sent"))).status_code == 200  # the account is open now, with its first token
    path = f"/v1/providers/{carrier.provider_id}"
    changed = await carrier.shop.client.patch(path, json={"credentials": {"auth_token": NEXT_TOKEN}})
    assert "previous_auth_token" in changed.json()["credentials"], changed.text
    assert (await carrier.say(carrier.status("delivered", sid="SM2"), token=NEXT_TOKEN)).status_code == 200
    assert (await carrier.say(carrier.status("delivered", sid="SM3"), token=AUTH_TOKEN)).status_code == 200
    assert (await carrier.say(carrier.status("read", sid="SM4"), token="a-third-auth-token")).status_code == 403
    over = await carrier.shop.client.patch(path, json={"credentials": {"previous_auth_token": None}})
    assert over.is_success, over.text
    assert (await carrier.say(carrier.status("delivered", sid="SM5"), token=NEXT_TOKEN)).status_code == 200


@pytest.mark.parametrize(
    "public_url", ["https://hooks.shop.example", "https://shop.example/tactful/api", "http://shop.example:8080"]
)
async def test_behind_a_proxy_the_public_address_is_what_was_signed(context: Context, shop: Shop, public_url: str) -> None:
    async with calling_us(context, shop, public_url) as carrier:
        assert (await carrier.say(carrier.status("sent"))).status_code == 200
        seen = await carrier.say(carrier.status("delivered"), signed_url=f"http://api.test{carrier.path}?r={carrier.reference}")
        assert seen.status_code == 403  # signed for the address we see, which is not the one the carrier was given
        forwarded = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "Host": "evil.example", **FORM}
        form = carrier.status("delivered")
        forged = {"X-Twilio-Signature": sign(f"https://evil.example{carrier.path}", form)}
        answer = await carrier.client.post(carrier.path, content=urlencode(form), headers={**forwarded, **forged})
        assert answer.status_code == 403
        assert await carrier.state() is State.SENT


@pytest.mark.parametrize("table", ["receipt", "inbound", "unread_webhook", "provider"])
async def test_what_could_not_be_kept_is_never_answered_as_if_it_were(carrier: Carrier, table: str) -> None:
    """The carrier comes again after a 5xx, and then all is well."""
    form = {
        "receipt": carrier.status("delivered"),
        "inbound": carrier.text("STOP"),
        "unread_webhook": {"EventType": "com.example"},
        "provider": carrier.status("delivered"),
    }[table]
    await carrier.shop.execute(f"ALTER TABLE {table} RENAME TO gone")
    answer = await carrier.say(form)
    assert answer.status_code >= 500, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert "gone" not in answer.text and table not in answer.text
    assert await carrier.state() is State.SUBMITTED
    await carrier.shop.execute(f"ALTER TABLE gone RENAME TO {table}")
    assert (await carrier.say(form)).status_code == 200
    assert await carrier.shop.value(f"SELECT count(*) FROM {table}") == 1  # noqa: S608
