"""Does the simulator speak Infobip's SMS v3 as our provider file expects it? Batches, repeats, refusals, reports, inbound."""

import json
from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from app.clock import Clock
from app.domain.delivery import (
    Accepted,
    Batch,
    ErrorClass,
    MayHaveLeft,
    Outbound,
    Outcome,
    Receipt,
    Refused,
    Response,
    Sought,
)
from app.domain.message import Channel, State
from app.ports import Account
from app.providers._http import HttpSender
from app.providers.infobip import Infobip
from app.providers.registry import outcome_of, outcomes_of
from tests.contract.examples_of import message
from tests.simulator.running import PERSON, SENDER, Carrier, Listener, carrier, listener

_KEY = "simulated-infobip-key"
_OTHER, _THIRD = "+12125551001", "+12125551002"
_USER, _PASSWORD = "tactful", "a-webhook-password"


def _provider(running: Carrier, key: str = _KEY) -> Infobip:
    return Infobip(Account({"api_key": key, "webhook_username": _USER, "webhook_password": _PASSWORD}, running.url))


def _message(ours: Listener, to: str = PERSON, own_id: str = "m-1", body: str = "Hi 🎉 20% off") -> Outbound:
    return message(Channel.SMS, to=to, sender=SENDER, body=body, own_id=own_id, reference=f"ref-{own_id}", callback_url=ours.hook)


async def _hand_over(running: Carrier, outbound: Outbound, *, key: str = _KEY, timeout: float = 5) -> Outcome:  # noqa: ASYNC109
    provider = _provider(running, key)
    async with HttpSender() as sender:
        return outcome_of(provider, await sender.send(provider.build_request(outbound), timeout=timeout))


async def _hand_over_all(running: Carrier, members: Sequence[Outbound]) -> Sequence[Outcome]:
    provider = _provider(running)
    batch = Batch(members=tuple(members), reference="batch", callback_url=members[0].callback_url)
    async with HttpSender() as sender:
        response = await sender.send(provider.build_batch(batch), timeout=5)
    return outcomes_of(provider, batch, response)


def _receipts(running: Carrier, ours: Listener) -> list[Receipt]:
    return [receipt for call in ours.heard for receipt in _provider(running).read_webhook(call).receipts]


async def test_a_message_is_taken_under_our_id_and_its_report_comes_with_our_password() -> None:
    async with listener() as ours, carrier() as running:
        outcome = await _hand_over(running, _message(ours))
        await running.quiet()
        seen = (await running.client.get("/admin/messages")).json()["messages"][0]
        (receipt,) = _receipts(running, ours)
    assert outcome == Accepted("m-1", 1)
    assert (seen["sid"], seen["to"], seen["from"], seen["body"]) == ("m-1", PERSON, SENDER, "Hi 🎉 20% off")
    assert (receipt.reference, receipt.provider_message_id, receipt.state) == ("ref-m-1", "m-1", State.DELIVERED)
    assert receipt.recipient == PERSON


async def test_a_second_use_of_an_id_is_a_duplicate_inside_the_200_and_nothing_is_sent_twice() -> None:
    async with listener() as ours, carrier() as running:
        await _hand_over(running, _message(ours))
        again = await _hand_over(running, _message(ours))
        assert (await running.summary())["accepted"] == 1
    assert isinstance(again, Refused)
    assert (again.error, again.code) == (ErrorClass.DUPLICATE, "status.23")


async def test_a_batch_is_taken_in_part_each_member_by_its_own_status() -> None:
    async with listener() as ours, carrier(scripted={_OTHER: "refuse:14"}) as running:
        members = [_message(ours), _message(ours, _OTHER, "m-2"), _message(ours, "+12", "m-3"), _message(ours, _THIRD, "m-4")]
        outcomes = await _hand_over_all(running, members)
        await running.quiet()
        told = {receipt.reference for receipt in _receipts(running, ours)}
        summary = await running.summary()
    assert [outcome.error if isinstance(outcome, Refused) else type(outcome) for outcome in outcomes] == [
        Accepted, ErrorClass.BLOCKED, ErrorClass.INVALID_NUMBER, Accepted,
    ]  # fmt: skip
    assert told == {"ref-m-1", "ref-m-4"}
    assert (summary["posts"], summary["accepted"], summary["refused"]) == (1, 2, {"status.14": 1, "status.52": 1})


@pytest.mark.parametrize("script", ["lose_answer", "lose_answer:half", "stall", "error_after:502"])
async def test_a_lost_answer_took_the_whole_batch_and_the_logs_know_it(script: str) -> None:
    async with listener() as ours, carrier(scripted={_OTHER: script}, time_scale=1) as running, HttpSender() as sender:
        provider = _provider(running)
        members = (_message(ours), _message(ours, _OTHER, "m-2"))
        batch = Batch(members=members, reference="batch", callback_url=ours.hook)
        outcome = outcome_of(provider, await sender.send(provider.build_batch(batch), timeout=0.5))
        assert isinstance(outcome, MayHaveLeft)
        assert (await running.summary())["accepted"] == 2
        sought = Sought(
            provider_message_id=None,
            reference="r",
            own_id="m-2",
            to=_OTHER,
            sender=SENDER,
            channel=Channel.SMS,
            body="",
            handed_over_at=Clock().now(),
        )
        request = provider.build_lookup(sought)
        assert request is not None
        found = await sender.send(request, timeout=5)
        assert isinstance(found, Response)
        assert [receipt.provider_message_id for receipt in provider.read_lookup(sought, found).receipts] == ["m-2"]


@pytest.mark.parametrize(("script", "state", "error"), [
    ("undelivered:1", State.UNDELIVERED, ErrorClass.INVALID_NUMBER),
    ("undelivered:607", State.UNDELIVERED, ErrorClass.SPAM_FILTERED),
    ("undelivered:30003", State.UNDELIVERED, ErrorClass.TEMPORARILY_UNREACHABLE),
])  # fmt: skip
async def test_a_failure_comes_as_a_report_with_its_error(script: str, state: State, error: ErrorClass) -> None:
    async with listener() as ours, carrier(scripted={PERSON: script}) as running:
        assert isinstance(await _hand_over(running, _message(ours)), Accepted)
        await running.quiet()
        (receipt,) = _receipts(running, ours)
    assert (receipt.state, receipt.error) == (state, error)


async def test_a_stop_is_heard_and_later_messages_to_the_pair_end_with_603() -> None:
    async with listener() as ours, carrier() as running:
        target = ours.url.replace("http://", f"http://{_USER}:{_PASSWORD}@") + "/in"
        await running.configure(infobip_inbound_url=target)
        said = {"from": PERSON, "to": SENDER, "body": " Stop ", "account": "infobip"}
        assert (await running.client.post("/admin/inbound", json=said)).json() == {"sent": True}
        await running.quiet()
        (heard,) = [inbound for call in ours.heard for inbound in _provider(running).read_webhook(call).inbound]
        assert isinstance(await _hand_over(running, _message(ours)), Accepted)
        await _hand_over(running, _message(ours, _OTHER, "m-2"))
        await running.quiet()
        ends = {receipt.reference: (receipt.state, receipt.error_code) for receipt in _receipts(running, ours)}
        assert _PASSWORD not in (await running.client.get("/admin/config")).text
    assert (heard.from_number, heard.to_address, heard.body, heard.keyword) == (PERSON, SENDER, " Stop ", "STOP")
    assert ends == {"ref-m-1": (State.UNDELIVERED, "603"), "ref-m-2": (State.DELIVERED, None)}


async def test_a_wrong_key_and_too_high_a_rate_are_refused_as_a_whole() -> None:
    async with listener() as ours, carrier(parts_per_second=1) as running:
        wrong = await _hand_over(running, _message(ours), key="another-key-altogether")
        first = await _hand_over(running, _message(ours))
        second = await _hand_over(running, _message(ours, own_id="m-2"))
    assert isinstance(wrong, Refused)
    assert wrong.error is ErrorClass.ACCOUNT
    assert isinstance(first, Accepted)
    assert isinstance(second, Refused)
    assert (second.error, second.retry_after) == (ErrorClass.THROTTLED, 1)


_GOOD = {"sender": "15005550006", "destinations": [{"to": "12125551000", "messageId": "m"}], "content": {"text": "hi"}}


@pytest.mark.parametrize(("body", "place"), [
    ([], "messages"), ({}, "messages"), ({"messages": []}, "messages"), ({"messages": [_GOOD, 5]}, "messages[1]"),
    ({"messages": [{**_GOOD, "content": {"text": ""}}]}, "messages[0].content.text"),
    ({"messages": [{**_GOOD, "destinations": [{}]}]}, "messages[0].destinations"),
    ({"messages": [{**_GOOD, "destinations": [{"to": "1", "messageId": "m" * 201}]}]}, "messages[0].destinations"),
    ({"messages": [{**_GOOD, "sender": None}]}, "messages[0].sender"),
    ({"messages": [{**_GOOD, "webhooks": {"delivery": {"url": "nowhere"}}}]}, "messages[0].webhooks.delivery.url"),
    ({"messages": [{**_GOOD, "webhooks": [1]}]}, "messages[0].webhooks.delivery.url"),
    ({"messages": [{**_GOOD, "webhooks": {"callbackData": "x" * 4001}}]}, "messages[0].webhooks.callbackData"),
])  # fmt: skip
async def test_a_request_that_cannot_be_read_does_nothing_and_is_told_where(body: Any, place: str) -> None:
    async with carrier() as running, httpx.AsyncClient(headers={"authorization": f"App {_KEY}"}) as client:
        answer = await client.post(running.url + "/sms/3/messages", content=json.dumps(body))
        summary = await running.summary()
    assert (answer.status_code, answer.json()["errorCode"]) == (400, "E400")
    assert place in [fault["property"] for fault in answer.json()["violations"]]
    assert summary["accepted"] == 0
