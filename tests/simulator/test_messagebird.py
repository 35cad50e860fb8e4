"""Does the simulator speak MessageBird's REST API as our provider file expects it? One text to many, reports as signed GETs."""

import json
from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from app.clock import Clock
from app.domain.delivery import Accepted, Batch, ErrorClass, MayHaveLeft, Outbound, Outcome, Refused, Request, Response, Sought
from app.domain.message import Channel, State
from app.ports import Account, BadSignature
from app.providers._http import HttpSender
from app.providers.messagebird import MessageBird
from app.providers.registry import outcomes_of
from tests.contract.examples_of import message
from tests.simulator.running import PERSON, SENDER, Carrier, Listener, carrier, listener

_KEY, _SIGNING, _ACCOUNT = "simulated-messagebird-key", "simulated-messagebird-signing-key", "messagebird"
_OTHER, _THIRD = "+12125551001", "+12125551002"


def _provider(running: Carrier, key: str = _KEY, signing: str = _SIGNING) -> MessageBird:
    return MessageBird(Account({"access_key": key, "signing_key": signing}, running.url))


def _message(ours: Listener, to: str = PERSON, body: str = "Hi 🎉 20% off", sender: str = SENDER) -> Outbound:
    return message(Channel.SMS, to=to, sender=sender, body=body, reference="the-batch", callback_url=f"{ours.hook}?r=the-batch")


async def _ask(request: Request | None, *, seconds: float = 5) -> Response:
    assert request is not None
    async with HttpSender() as sender:
        answer = await sender.send(request, timeout=seconds)
    assert isinstance(answer, Response)
    return answer


async def _hand_over(running: Carrier, members: Sequence[Outbound], *, key: str = _KEY) -> list[Outcome]:
    provider = _provider(running, key)
    batch = Batch(members=tuple(members), reference="the-batch", callback_url=members[0].callback_url)
    async with HttpSender() as sender:
        return list(outcomes_of(provider, batch, await sender.send(provider.build_batch(batch), timeout=0.5)))


def _ends(running: Carrier, ours: Listener) -> dict[str | None, tuple[State | None, ErrorClass | None]]:
    """The last that was told of each recipient."""
    told = [receipt for call in ours.heard for receipt in _provider(running).read_webhook(call).receipts]
    assert {receipt.reference for receipt in told} == {"the-batch"}
    return {receipt.recipient: (receipt.state, receipt.error) for receipt in told}


async def test_one_text_goes_to_many_and_each_is_reported_by_a_signed_get() -> None:
    script = {_OTHER: "undelivered:13", _THIRD: "double_receipt"}
    async with listener() as ours, carrier(scripted=script) as running:
        outcomes = await _hand_over(running, [_message(ours), _message(ours, _OTHER), _message(ours, _THIRD)])
        await running.quiet()
        seen = (await running.client.get("/admin/messages")).json()["messages"]
        ends = _ends(running, ours)
        nonces = [_provider(running).read_webhook(call).nonce for call in ours.heard]
        with pytest.raises(BadSignature):
            _provider(running, signing="b" * 40).read_webhook(ours.heard[0])
        assert _SIGNING not in (await running.client.get("/admin/config")).text
    assert {call.method for call in ours.heard} == {"GET"}
    assert len(set(nonces)) == len(nonces) == 8
    assert [outcome.provider_message_id for outcome in outcomes if isinstance(outcome, Accepted)] == [
        each["sid"] for each in seen
    ]
    assert ends == {
        PERSON: (State.DELIVERED, None), _OTHER: (State.UNDELIVERED, ErrorClass.BLOCKED), _THIRD: (State.DELIVERED, None),
    }  # fmt: skip


@pytest.mark.parametrize("script", ["lose_answer", "error_after:502"])
async def test_a_lost_answer_is_settled_by_reports_that_name_the_batch_and_the_recipient(script: str) -> None:
    async with listener() as ours, carrier(scripted={PERSON: script}) as running:
        outcomes = await _hand_over(running, [_message(ours), _message(ours, _OTHER)])
        assert [type(outcome) for outcome in outcomes] == [MayHaveLeft, MayHaveLeft]
        await running.quiet()
        assert _ends(running, ours) == {PERSON: (State.DELIVERED, None), _OTHER: (State.DELIVERED, None)}


async def test_a_stop_is_heard_and_later_messages_to_the_pair_fail_with_103() -> None:
    async with listener() as ours, carrier() as running:
        await running.configure(messagebird_inbound_url=ours.url + "/in")
        said = {"from": PERSON, "to": SENDER, "body": " Stop & ", "account": _ACCOUNT}
        await running.client.post("/admin/inbound", json=said)
        await running.client.post("/admin/inbound", json={**said, "body": "STOP"})
        await running.quiet()
        bodies = {inbound.body: inbound for call in ours.heard for inbound in _provider(running).read_webhook(call).inbound}
        ours.heard.clear()
        await _hand_over(running, [_message(ours), _message(ours, _OTHER)])
        await running.quiet()
        ends = _ends(running, ours)
    assert bodies.keys() == {" Stop & ", "STOP"}
    assert (bodies["STOP"].from_number, bodies["STOP"].to_address) == (PERSON, SENDER)
    assert ends == {PERSON: (State.UNDELIVERED, ErrorClass.OPTED_OUT), _OTHER: (State.DELIVERED, None)}


async def test_a_message_is_deleted_until_it_is_sent_and_can_be_asked_for() -> None:
    async with listener() as ours, carrier(time_scale=1, sent_seconds=20) as running:
        provider = _provider(running)
        taken = provider.read_response(await _ask(provider.build_request(_message(ours))))
        assert isinstance(taken, Accepted)
        sought = Sought(
            provider_message_id=taken.provider_message_id, reference="r", own_id="m", to=PERSON, sender=SENDER,
            channel=Channel.SMS, body="", handed_over_at=Clock().now(),
        )  # fmt: skip
        found = provider.read_lookup(sought, await _ask(provider.build_lookup(sought)))
        assert [receipt.state for receipt in found.receipts] == [State.SUBMITTED]
        deleting = provider.build_cancel(taken.provider_message_id, to=PERSON, channel=Channel.SMS)
        assert provider.read_cancel(await _ask(deleting))
        assert not provider.read_cancel(await _ask(deleting)), "it is gone"


async def test_a_wrong_key_a_stranger_as_sender_and_too_high_a_rate_are_refused() -> None:
    async with listener() as ours, carrier(parts_per_second=1) as running:
        outcomes = [
            *await _hand_over(running, [_message(ours)], key="another-key-altogether"),
            *await _hand_over(running, [_message(ours, sender="+15550001111")]),
            *await _hand_over(running, [_message(ours)]),
            *await _hand_over(running, [_message(ours)]),
        ]
    assert [outcome.error if isinstance(outcome, Refused) else type(outcome) for outcome in outcomes] == [
        ErrorClass.ACCOUNT, ErrorClass.SENDER_CONFIG, Accepted, ErrorClass.THROTTLED,
    ]  # fmt: skip


_GOOD = {"originator": "15005550006", "recipients": ["12125551000"], "body": "hi"}
_UNREADABLE: tuple[tuple[Any, int, str | None], ...] = (
    ([], 21, None), ({}, 9, "originator"), ({**_GOOD, "body": ""}, 9, "body"), ({**_GOOD, "recipients": []}, 9, "recipients"),
    ({**_GOOD, "recipients": ["12"]}, 10, "recipients"), ({**_GOOD, "recipients": ["12125551000"] * 51}, 10, "recipients"),
    ({**_GOOD, "originator": "TooLongAName"}, 10, "originator"), ({**_GOOD, "body": "x" * 1378}, 10, "body"),
    ({**_GOOD, "validity": 0}, 10, "validity"), ({**_GOOD, "reportUrl": "nowhere"}, 10, "reportUrl"),
    ({**_GOOD, "datacoding": "morse"}, 10, "datacoding"), ({**_GOOD, "type": {}}, 10, "type"),
    ({**_GOOD, "reference": 5}, 10, "reference"),
)  # fmt: skip


async def test_a_message_that_cannot_be_read_does_nothing_and_the_parameter_is_named() -> None:
    async with carrier() as running, httpx.AsyncClient(headers={"authorization": f"AccessKey {_KEY}"}) as client:
        for body, code, parameter in _UNREADABLE:
            answer = await client.post(running.url + "/messages", content=json.dumps(body))
            (fault,) = answer.json()["errors"]
            assert (answer.status_code, fault["code"], fault["parameter"]) == (422, code, parameter), body
        assert (await running.summary())["accepted"] == 0
