"""Does the simulator speak Telnyx's v2 as our provider file expects it? Repeats, coded errors, signed events, a STOP."""

import json
from typing import Any

import httpx
import pytest

from app.domain.delivery import Accepted, ErrorClass, MayHaveLeft, Outbound, Outcome, Receipt, Refused, Response, Sought
from app.domain.message import Channel, State
from app.ports import Account, BadSignature
from app.providers._http import HttpSender
from app.providers.registry import outcome_of
from app.providers.telnyx import Telnyx
from tests.contract.examples_of import message
from tests.simulator.running import PERSON, SENDER, Carrier, Listener, carrier, listener

_KEY = "simulated-telnyx-key"
_OTHER = "+12125551001"


async def _provider(running: Carrier, key: str = _KEY) -> Telnyx:
    public_key = (await running.client.get("/admin/config")).json()["telnyx_public_key"]
    return Telnyx(Account({"api_key": key, "public_key": public_key}, running.url))


def _message(ours: Listener, to: str = PERSON, own_id: str = "m-1", body: str = "Hi 🎉 20% off") -> Outbound:
    return message(Channel.SMS, to=to, sender=SENDER, body=body, own_id=own_id, callback_url=f"{ours.hook}?r=ref-{own_id}")


async def _hand_over(running: Carrier, outbound: Outbound, *, key: str = _KEY, timeout: float = 5) -> Outcome:  # noqa: ASYNC109
    provider = await _provider(running, key)
    async with HttpSender() as sender:
        return outcome_of(provider, await sender.send(provider.build_request(outbound), timeout=timeout))


async def _receipts(running: Carrier, ours: Listener) -> list[Receipt]:
    provider = await _provider(running)
    return [receipt for call in ours.heard for receipt in provider.read_webhook(call).receipts]


async def test_a_message_is_taken_and_its_events_are_signed() -> None:
    async with listener() as ours, carrier() as running:
        outcome = await _hand_over(running, _message(ours))
        await running.quiet()
        receipts = await _receipts(running, ours)
        stranger = Telnyx(Account({"api_key": _KEY, "public_key": "A" * 43 + "="}, running.url))
        with pytest.raises(BadSignature):
            stranger.read_webhook(ours.heard[0])
        assert "simulated-telnyx-seed" not in (await running.client.get("/admin/config")).text
    assert isinstance(outcome, Accepted)
    assert outcome.parts == 1
    assert {receipt.state for receipt in receipts} == {State.SENT, State.DELIVERED}
    assert {receipt.reference for receipt in receipts} == {"ref-m-1"}
    assert {receipt.provider_message_id for receipt in receipts} == {outcome.provider_message_id}


@pytest.mark.parametrize("script", ["lose_answer", "lose_answer:half", "stall", "error_after:502"])
async def test_a_repeat_after_a_lost_answer_is_given_the_first_ones_and_nothing_is_sent_twice(script: str) -> None:
    async with listener() as ours, carrier(scripted={PERSON: script}, time_scale=1) as running:
        assert isinstance(await _hand_over(running, _message(ours), timeout=0.5), MayHaveLeft)
        await running.configure(scripted={})
        again = await _hand_over(running, _message(ours))
        seen = (await running.client.get("/admin/messages")).json()["messages"]
    assert isinstance(again, Accepted)
    assert [each["sid"] for each in seen] == [again.provider_message_id]


async def test_another_body_under_a_used_key_is_no_clear_no() -> None:
    async with listener() as ours, carrier() as running:
        await _hand_over(running, _message(ours))
        assert isinstance(await _hand_over(running, _message(ours, body="something else")), MayHaveLeft)
        assert (await running.summary())["accepted"] == 1


async def test_a_refusal_is_not_replayed() -> None:
    async with listener() as ours, carrier(scripted={PERSON: "refuse_once:40318"}) as running:
        first, second = await _hand_over(running, _message(ours)), await _hand_over(running, _message(ours))
    assert isinstance(first, Refused)
    assert (first.error, first.code, first.retry_after) == (ErrorClass.QUEUE_FULL, "40318", 1)
    assert isinstance(second, Accepted)


@pytest.mark.parametrize(("script", "state", "error"), [
    ("undelivered:40008", State.UNDELIVERED, ErrorClass.NOT_IN_SERVICE), ("failed:40002", State.FAILED, ErrorClass.SPAM_FILTERED),
    ("undelivered:30003", State.UNDELIVERED, ErrorClass.TEMPORARILY_UNREACHABLE),
])  # fmt: skip
async def test_a_failure_comes_as_an_event_with_its_error_and_the_look_up_says_the_same(
    script: str, state: State, error: ErrorClass
) -> None:
    async with listener() as ours, carrier(scripted={PERSON: script}) as running, HttpSender() as sender:
        outcome = await _hand_over(running, _message(ours))
        assert isinstance(outcome, Accepted)
        await running.quiet()
        last = (await _receipts(running, ours))[-1]
        provider = await _provider(running)
        sought = Sought(
            provider_message_id=outcome.provider_message_id,
            reference="r",
            own_id="m-1",
            to=PERSON,
            sender=SENDER,
            channel=Channel.SMS,
            body="",
            handed_over_at=ours.heard[0].received_at,
        )
        request = provider.build_lookup(sought)
        assert request is not None
        found = await sender.send(request, timeout=5)
        assert isinstance(found, Response)
        (looked_up,) = provider.read_lookup(sought, found).receipts
    assert (last.state, last.error) == (looked_up.state, looked_up.error) == (state, error)


async def test_a_stop_is_heard_and_later_messages_to_the_pair_are_refused_until_start() -> None:
    async with listener() as ours, carrier() as running:
        await running.configure(telnyx_inbound_url=ours.url + "/in")
        said = {"from": PERSON, "to": SENDER, "body": " Stop ", "account": "telnyx"}
        assert (await running.client.post("/admin/inbound", json=said)).json() == {"sent": True}
        await running.quiet()
        provider = await _provider(running)
        (heard,) = [inbound for call in ours.heard for inbound in provider.read_webhook(call).inbound]
        blocked, free = await _hand_over(running, _message(ours)), await _hand_over(running, _message(ours, _OTHER, "m-2"))
        await running.client.post("/admin/inbound", json={**said, "body": "start"})
        again = await _hand_over(running, _message(ours, own_id="m-3"))
    assert (heard.from_number, heard.to_address, heard.body, heard.keyword) == (PERSON, SENDER, " Stop ", "STOP")
    assert isinstance(blocked, Refused)
    assert (blocked.error, blocked.code) == (ErrorClass.OPTED_OUT, "40300")
    assert isinstance(free, Accepted)
    assert isinstance(again, Accepted)


async def test_a_wrong_key_a_bad_number_and_too_high_a_rate_are_refused() -> None:
    async with listener() as ours, carrier(parts_per_second=1) as running:
        outcomes = [
            await _hand_over(running, _message(ours), key="another-key-altogether"),
            await _hand_over(running, _message(ours, "+12", "m-2")),
            await _hand_over(running, _message(ours, own_id="m-3")),
            await _hand_over(running, _message(ours, own_id="m-4")),
        ]
    assert [outcome.error if isinstance(outcome, Refused) else type(outcome) for outcome in outcomes] == [
        ErrorClass.ACCOUNT, ErrorClass.INVALID_NUMBER, Accepted, ErrorClass.THROTTLED,
    ]  # fmt: skip


_GOOD = {"to": PERSON, "from": SENDER, "text": "hi"}


@pytest.mark.parametrize(("body", "code"), [
    ([], "10015"), ({}, "40310"), ({**_GOOD, "to": 5}, "40310"), ({**_GOOD, "from": [1]}, "40305"),
    ({**_GOOD, "text": ""}, "10004"), ({**_GOOD, "text": 5}, "10004"), ({**_GOOD, "media_urls": "x"}, "10015"),
    ({**_GOOD, "webhook_url": "nowhere"}, "10015"),
])  # fmt: skip
async def test_a_request_that_cannot_be_read_is_told_by_its_code(body: Any, code: str) -> None:
    async with carrier() as running, httpx.AsyncClient(headers={"authorization": f"Bearer {_KEY}"}) as client:
        answer = await client.post(running.url + "/v2/messages", content=json.dumps(body))
        summary = await running.summary()
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, code)
    assert summary["accepted"] == 0
