"""Do webhooks come back as a carrier's do? Signed, retried by the URL's own terms, early, late, twice, out of order, or never."""

import asyncio
from urllib.parse import parse_qs

import pytest

from app.domain.delivery import WebhookReading, WebhookRequest
from app.ports import Account
from app.providers.twilio import Twilio
from tests.contract.failing_server import refused_url
from tests.simulator.running import ACCOUNT, MESSAGES, PERSON, SENDER, TOKEN, Listener, carrier, listener

_SERVICE = "MG" + "2" * 32
_EVERYTHING = "#rc=5&rp=5xx,ct,rt"


def _read(call: WebhookRequest) -> WebhookReading:
    return Twilio(Account({"account_sid": ACCOUNT, "auth_token": TOKEN})).read_webhook(call)


def _words(heard: Listener) -> list[str]:
    return [_read(call).receipts[0].raw_status for call in heard.heard]


async def test_receipts_are_signed_over_the_url_without_its_fragment() -> None:
    async with listener() as ours, carrier() as running:
        sid = (await running.send(StatusCallback=ours.hook + "?r=abc&x=%20y" + _EVERYTHING)).json()["sid"]
        await running.quiet()
        receipts = [_read(call).receipts[0] for call in ours.heard]
        assert [(receipt.raw_status, receipt.provider_message_id, receipt.reference) for receipt in receipts] == [
            ("sent", sid, "abc"),
            ("delivered", sid, "abc"),
        ]
        fields = parse_qs(ours.heard[-1].body.decode())
        assert set(fields) >= {
            "MessageSid",
            "SmsSid",
            "MessageStatus",
            "To",
            "From",
            "AccountSid",
            "ApiVersion",
            "RawDlrDoneDate",
        }
        assert (await running.summary())["callbacks"] == {"posted": 2, "answered": 2}


async def test_a_failure_tells_its_code() -> None:
    async with listener() as ours, carrier(scripted={PERSON: "failed:30007"}) as running:
        await running.send(StatusCallback=ours.hook)
        await running.quiet()
        assert [(_read(call).receipts[0].raw_status, _read(call).receipts[0].error_code) for call in ours.heard] == [
            ("failed", "30007")
        ]


@pytest.mark.parametrize(("script", "words"), [
    ("never_receipt", []),
    ("double_receipt", ["delivered", "delivered", "sent", "sent"]),
    ("out_of_order", ["delivered", "sent"]),
    ("late_receipt", ["delivered", "sent"]),
])  # fmt: skip
async def test_receipts_suffer_as_scripted(script: str, words: list[str]) -> None:
    async with listener() as ours, carrier(scripted={PERSON: script}) as running:
        await running.send(StatusCallback=ours.hook)
        await running.quiet()
        assert sorted(_words(ours)) == words
        if script == "out_of_order":
            assert _words(ours) == words


async def test_an_early_receipt_comes_before_the_answer_to_the_send() -> None:
    async with listener() as ours, carrier(scripted={PERSON: "early_receipt"}) as running:
        await running.send(StatusCallback=ours.hook)
        ours.sent += 1
        await running.quiet()
        assert ours.sent_when_heard[0] == 0
        assert sorted(_words(ours)) == ["delivered", "sent"]


async def test_without_receipts_nothing_is_posted() -> None:
    async with listener() as ours, carrier(receipts=False) as running:
        await running.send(StatusCallback=ours.hook)
        await running.quiet()
        assert ours.heard == []


@pytest.mark.parametrize(("fragment", "answers", "tries", "given_up"), [
    ("", [503], 1, 1),
    ("", [404], 1, 1),
    ("", [0], 1, 1),
    ("#rc=5&rp=5xx,ct,rt", [503, 500, 204], 3, 0),
    ("#rc=5&rp=5xx,ct,rt", [0, 204], 2, 0),
    ("#rc=5&rp=5xx,ct,rt", [404, 204], 1, 1),
    ("#rc=2&rp=4xx", [404, 429, 403, 204], 3, 1),
    ("#rc=2&rp=4xx", [500], 1, 1),
    ("#rc=3&rp=all", [0, 500, 404, 204], 4, 0),
    ("#rc=9&rp=all", [500] * 9, 6, 1),
    ("#rc=x&rp=all", [500, 204], 2, 0),
    ("#rc=0&rp=all", [500], 1, 1),
])  # fmt: skip
async def test_retries_follow_the_urls_own_terms(fragment: str, answers: list[int], tries: int, given_up: int) -> None:
    async with listener(*answers) as ours, carrier(scripted={PERSON: "failed:30008"}) as running:
        await running.send(StatusCallback=ours.hook + fragment)
        await running.quiet()
        assert len(ours.heard) == tries
        assert (await running.summary())["callbacks"].get("given_up", 0) == given_up
        tokens = [call.headers.get("i-twilio-idempotency-token") for call in ours.heard]
        assert tokens[0] is None
        assert len(set(tokens[1:])) <= 1
        assert all(tokens[1:]), "every repeat is marked as one"
        assert len({call.body for call in ours.heard}) == 1
        assert all(_read(call).receipts for call in ours.heard)


async def test_a_connection_that_fails_is_tried_once_more_by_default() -> None:
    async with carrier(scripted={PERSON: "failed:30008"}) as running:
        await running.send(StatusCallback=refused_url())
        await running.quiet()
        assert (await running.summary())["callbacks"] == {"posted": 2, "trouble_ct": 2, "given_up": 1}


async def test_a_listener_that_is_slow_is_given_up_on_in_time() -> None:
    async def stall(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(stall, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}#ct=100&rt=100&tt=150&rc=0"
    async with carrier(scripted={PERSON: "failed:30008"}) as running:
        await running.send(StatusCallback=url)
        await running.quiet()
        assert (await running.summary())["callbacks"] == {"posted": 1, "trouble_rt": 1, "given_up": 1}
    server.close()


async def test_what_people_write_is_posted_to_the_account_and_stop_blocks_the_pair() -> None:
    async with listener() as ours, carrier(inbound_url="http://127.0.0.1:1", scripted={PERSON: "reply: Stop "}) as running:
        await running.configure(inbound_url=ours.url + "/in")
        await running.send()
        await running.quiet()
        inbound = _read(ours.heard[0]).inbound[0]
        assert (inbound.from_number, inbound.to_address, inbound.body, inbound.keyword) == (PERSON, SENDER, " Stop ", "STOP")
        assert (await running.send()).json()["code"] == 21610
        replies = (await running.client.get("/admin/auto-replies")).json()["auto_replies"]
        assert [(reply["to"], reply["from"]) for reply in replies] == [(PERSON, SENDER)]
        assert (await running.summary())["replies"] == {"STOP": 1}


async def test_an_account_that_answers_itself_is_left_to_it() -> None:
    async with listener() as ours, carrier(managed_opt_out=False, scripted={PERSON: "reply:STOP"}) as running:
        await running.configure(inbound_url=ours.hook)
        await running.send()
        await running.quiet()
        assert _read(ours.heard[0]).inbound[0].keyword is None
        assert (await running.send()).status_code == 201
        assert (await running.client.get("/admin/auto-replies")).json()["auto_replies"] == []


async def test_stop_to_a_number_of_a_service_blocks_the_service() -> None:
    async with listener() as ours, carrier(senders=[SENDER, _SERVICE], inbound_url="") as running:
        await running.configure(inbound_url=ours.hook)
        form = {"To": PERSON, "MessagingServiceSid": _SERVICE, "Body": "x", "StatusCallback": ours.hook}
        await running.client.post(MESSAGES, data=form)
        await running.quiet()
        assert {parse_qs(call.body.decode())["MessagingServiceSid"][0] for call in ours.heard} == {_SERVICE}
        await running.client.post("/admin/inbound", json={"from": PERSON, "to": SENDER, "body": "quit"})
        await running.quiet()
        assert parse_qs(ours.heard[-1].body.decode())["MessagingServiceSid"] == [_SERVICE]
        assert (await running.client.post(MESSAGES, data=form)).json()["code"] == 21610


@pytest.mark.parametrize("body", ["please stop texting me", "STOP now", "stopp", "no"])
async def test_only_a_text_that_is_the_word_alone_blocks(body: str) -> None:
    async with carrier() as running:
        await running.client.post("/admin/inbound", json={"from": PERSON, "to": SENDER, "body": body})
        assert (await running.send()).status_code == 201


@pytest.mark.parametrize(
    "said", [{}, [], {"from": PERSON}, {"from": 1, "to": 2, "body": 3}, {"from": "a", "to": "b", "body": "c", "account": "d"}]
)
async def test_a_text_that_cannot_be_said_is_refused(said: object) -> None:
    async with carrier() as running:
        assert (await running.client.post("/admin/inbound", json=said)).status_code == 400
