"""Double opt-in: asked once, confirmed by reply, page or token in time, declined by a no; and too late nothing happens."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.usecases.context import Context
from tests.http.test_webhooks import PHONE, Carrier, calling_us
from tests.shop import Shop


@pytest.fixture
async def carrier(context: Context, shop: Shop) -> AsyncIterator[Carrier]:
    async with calling_us(context, shop, context.settings.public_url) as found:
        yield found


class Desk:
    """Asks for consent and looks at what came of it."""

    def __init__(self, carrier: Carrier) -> None:
        self.carrier = carrier
        self.shop = carrier.shop
        self._sid = 100

    async def sender_id(self) -> str:
        senders = (await self.shop.client.get("/v1/senders")).json()["items"]
        return str(senders[0]["id"])

    async def try_to_ask(self, **fields: Any) -> httpx.Response:
        body = {"phone": PHONE, "sender_id": await self.sender_id(), **fields}
        return await self.shop.client.post("/v1/opt-ins/requests", json=body)

    async def ask(self, **fields: Any) -> dict[str, Any]:
        answer = await self.try_to_ask(**fields)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def say(self, body: str) -> None:
        self._sid += 1
        answer = await self.carrier.say(self.carrier.text(body, sid=f"SM{self._sid}"), query="")
        assert answer.status_code == 200, answer.text

    async def confirm(self, token: str, **fields: Any) -> httpx.Response:
        return await self.shop.client.post("/v1/opt-ins/confirmations", json={"token": token, **fields})

    async def why_not(self) -> list[str]:
        answer = await self.shop.client.post("/v1/decisions", json={"to": PHONE, "channel": "sms"})
        assert answer.status_code == 200, answer.text
        return [reason["rule"] for reason in answer.json()["reasons"] if reason["rule"].startswith(("consent", "suppress"))]

    async def states(self) -> list[str]:
        items = (await self.shop.client.get("/v1/opt-ins/requests", params={"phone": PHONE})).json()["items"]
        return [item["state"] for item in items]

    async def lapse(self) -> None:
        """As if the token's life were over."""
        long_ago = self.shop.context.clock.now() - timedelta(days=4)
        ended = long_ago + timedelta(days=3)
        await self.shop.execute("UPDATE double_opt_in SET asked_at = $1, expires_at = $2", long_ago, ended)
        await self.shop.execute("UPDATE consent SET since = $1, expires_at = $2", long_ago, ended)

    async def replies(self) -> list[str]:
        async with self.shop.context.db.transaction() as tx:
            return [row["body"] for row in await tx.fetch("SELECT body FROM message WHERE origin = 'reply' ORDER BY id")]


@pytest.fixture
async def desk(carrier: Carrier) -> Desk:
    # Nobody has agreed to anything, and what was sent before comes before any request of ours.
    await carrier.shop.execute("DELETE FROM consent")
    await carrier.shop.execute("UPDATE message SET handed_over_at = now() - interval '1 day'")
    return Desk(carrier)


async def test_p013_yes_please_inside_the_tokens_life_is_consent_from_that_instant(desk: Desk) -> None:
    asked = await desk.ask(frequency="About 4 messages a month")
    assert await desk.why_not() == ["consent.pending_double_opt_in"]
    await desk.say("Yes please \U0001f60a")
    assert await desk.why_not() == []
    assert await desk.states() == ["confirmed"]
    (consent,) = (await desk.shop.client.get("/v1/consents", params={"phone": PHONE})).json()["consents"]
    assert (consent["state"], consent["flags"], consent["lacks"]) == ("given", ["double_opt_in"], [])
    assert consent["since"] >= asked["asked_at"]
    (reply,) = await desk.replies()
    assert "You are subscribed" in reply
    body = await desk.shop.value("SELECT body FROM message WHERE ground = 'user_initiated'")
    assert "Reply YES" in body
    assert "About 4 messages a month." in body


async def test_p011_a_second_request_is_refused_while_the_first_one_waits(desk: Desk) -> None:
    await desk.ask(brand="Shoes")
    again = await desk.try_to_ask(brand="Shoes")
    assert (again.status_code, again.json()["code"]) == (409, "consent.double_opt_in_request_once")
    assert await desk.shop.value("SELECT count(*) FROM double_opt_in") == 1
    assert await desk.shop.value("SELECT count(*) FROM message WHERE ground = 'user_initiated'") == 1
    await desk.ask(brand="Hats")
    await desk.lapse()
    await desk.ask(brand="Shoes")
    assert await desk.states() == ["asked", "expired", "expired"]


async def test_p015_a_no_declines_and_nobody_asks_again(desk: Desk) -> None:
    await desk.ask()
    await desk.say("NO")
    assert await desk.why_not() == ["consent.declined"]
    assert await desk.states() == ["declined"]
    again = await desk.try_to_ask()
    assert (again.status_code, again.json()["code"]) == (409, "consent.declined")
    assert await desk.replies() == []


async def test_a_yes_that_comes_too_late_does_nothing_and_is_told_so(desk: Desk) -> None:
    asked = await desk.ask()
    await desk.lapse()
    await desk.say("YES")
    assert await desk.why_not() == ["consent.pending_double_opt_in"]
    (reply,) = await desk.replies()
    assert "not subscribed" in reply
    late = await desk.confirm(asked["token"])
    assert (late.status_code, late.json()["code"]) == (409, "consent.double_opt_in_expired")


async def test_a_token_confirms_once_and_a_repeat_changes_nothing(desk: Desk) -> None:
    asked = await desk.ask()
    first = await desk.confirm(asked["token"], evidence={"ip": "192.0.2.7"})
    assert (first.status_code, first.json()["state"], first.json()["lacks"]) == (200, "confirmed", [])
    assert (await desk.confirm(asked["token"])).json()["state"] == "already"
    other = await desk.confirm(asked["token"], agrees=False)
    assert (other.status_code, other.json()["code"]) == (409, "consent.double_opt_in_expired")
    assert await desk.shop.value("SELECT count(*) FROM consent_event WHERE kind = 'confirmed'") == 1
    unknown = await desk.confirm("A" * 43)
    assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (409, "/body/token")


async def test_of_two_confirmations_at_once_one_counts(desk: Desk) -> None:
    asked = await desk.ask()
    answers = await asyncio.gather(*(desk.confirm(asked["token"]) for _ in range(4)))
    assert sorted(answer.json()["state"] for answer in answers) == ["already"] * 3 + ["confirmed"]
    assert await desk.shop.value("SELECT count(*) FROM consent_event WHERE kind = 'confirmed'") == 1


async def test_a_yes_and_a_stop_at_once_end_in_silence_or_are_in_order(desk: Desk) -> None:
    asked = await desk.ask()
    await asyncio.gather(
        desk.confirm(asked["token"]), desk.shop.client.post("/v1/opt-outs", json={"phone": PHONE, "method": "email"})
    )
    marks = await desk.why_not()
    assert marks == [] or "suppress.opt_out.text" in marks


async def test_who_opted_out_or_has_agreed_is_not_asked(desk: Desk) -> None:
    await desk.ask()
    await desk.say("yes")
    agreed = await desk.try_to_ask()
    assert (agreed.status_code, agreed.json()["code"]) == (409, "consent.already_given")
    await desk.say("STOP")
    stopped = await desk.try_to_ask()
    assert (stopped.status_code, stopped.json()["code"]) == (409, "suppress.opt_out.text")


async def test_a_request_sells_nothing(desk: Desk) -> None:
    selling = await desk.try_to_ask(body="Example Shop: 20% off everything! Reply YES to get our texts")
    assert (selling.status_code, selling.json()["code"]) == (422, "content.confirmation_marketing")
    assert await desk.shop.value("SELECT count(*) FROM double_opt_in") == 0
    assert await desk.shop.value("SELECT count(*) FROM consent_event WHERE kind = 'asked'") == 0


async def test_a_name_made_of_words_that_sell_sells_nothing(desk: Desk) -> None:
    asked = await desk.ask(brand="Shop at")
    assert asked["state"] == "asked"
    asking = "SELECT body FROM message WHERE body LIKE '%Shop at%' AND state = 10"
    assert "Shop at" in await desk.shop.value(asking), "it was refused on its way"


async def test_a_yes_to_something_else_is_no_answer_to_the_request(desk: Desk) -> None:
    await desk.ask()
    await desk.shop.execute(
        "UPDATE message SET handed_over_at = now() + interval '1 minute' WHERE id = $1", desk.carrier.message_id
    )
    await desk.say("yes")
    assert await desk.states() == ["asked"]


async def test_the_token_is_shown_once_and_never_kept(desk: Desk) -> None:
    body = {"phone": PHONE, "sender_id": await desk.sender_id()}
    key = {"Idempotency-Key": "ask-1"}
    first = await desk.shop.client.post("/v1/opt-ins/requests", json=body, headers=key)
    replay = await desk.shop.client.post("/v1/opt-ins/requests", json=body, headers=key)
    assert replay.json() == {**first.json(), "token": None, "confirm_url": None}
    stored = await desk.shop.value("SELECT to_jsonb(r)::text FROM double_opt_in r")
    assert first.json()["token"] not in stored


async def test_a_stranger_cannot_answer_or_see_it(desk: Desk, stranger: Shop) -> None:
    asked = await desk.ask()
    answer = await stranger.client.post("/v1/opt-ins/confirmations", json={"token": asked["token"]})
    assert (answer.status_code, answer.json()["code"]) == (409, "consent.double_opt_in_expired")
    assert (await stranger.client.get("/v1/opt-ins/requests")).json()["items"] == []


async def test_the_page_behind_the_link_asks_on_get_and_acts_on_post_alone(desk: Desk) -> None:
    asked = await desk.ask(brand="Shoes <b>& Co</b>")
    path = "/confirm/" + asked["confirm_url"].rpartition("/")[2]
    for _ in range(3):
        page = await desk.shop.client.get(path)
        assert page.status_code == 200
        assert "Shoes &lt;b&gt;&amp; Co" in page.text
        assert "no-store" in page.headers["cache-control"]
    assert await desk.states() == ["asked"]
    unclear = await desk.shop.client.post(path, content="answer=maybe")
    assert unclear.status_code == 422
    yes = await desk.shop.client.post(path, content="answer=yes", headers={"User-Agent": "a phone"})
    assert (yes.status_code, "You are subscribed" in yes.text) == (200, True)
    assert await desk.states() == ["confirmed"]
    evidence = await desk.shop.value("SELECT evidence->>'user_agent' FROM consent_event WHERE kind = 'confirmed'")
    assert evidence == "a phone"
    assert "You are subscribed" in (await desk.shop.client.get(path)).text
    assert (await desk.shop.client.post(path, content="answer=no")).status_code == 410
    assert await desk.states() == ["confirmed"]


async def test_a_link_that_is_none_or_over_changes_nothing(desk: Desk) -> None:
    asked = await desk.ask()
    path = "/confirm/" + asked["confirm_url"].rpartition("/")[2]
    await desk.lapse()
    assert (await desk.shop.client.get(path)).status_code == 410
    assert (await desk.shop.client.post(path, content="answer=yes")).status_code == 410
    for unknown in ("/confirm/" + "A" * 43, "/confirm/" + "A" * 500):
        assert (await desk.shop.client.get(unknown)).status_code == 404
        assert (await desk.shop.client.post(unknown, content="answer=yes")).status_code == 404
    assert await desk.states() == ["expired"]
