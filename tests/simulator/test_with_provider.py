"""Do the provider file and the simulator speak the same language? A thousand messages, every webhook read."""

import asyncio
from collections import Counter

import pytest

from app.domain.delivery import Accepted, ErrorClass, MayHaveLeft, Outbound, Outcome, Refused
from app.domain.message import Channel, State
from app.ports import Account
from app.providers._http import HttpSender
from app.providers.registry import outcome_of
from app.providers.twilio import Twilio
from tests.contract.examples_of import message
from tests.simulator.running import ACCOUNT, PERSON, SENDER, TOKEN, Carrier, Listener, carrier, listener


def _message(to: str, url: str, body: str = "20% off & more: 5 € 🎉\nReply STOP", sender: str = SENDER) -> Outbound:
    return message(Channel.SMS, to=to, sender=sender, body=body, callback_url=f"{url}/hook?r=ref-{to[1:]}", validity=600)


async def _hand_over(sender: HttpSender, running: Carrier, message: Outbound, *, timeout: float = 5) -> Outcome:  # noqa: ASYNC109
    provider = Twilio(Account({"account_sid": ACCOUNT, "auth_token": TOKEN}, running.url))
    return outcome_of(provider, await sender.send(provider.build_request(message), timeout=timeout))


@pytest.mark.parametrize(("script", "error"), [
    ("refuse:21211", ErrorClass.INVALID_NUMBER), ("refuse:21610", ErrorClass.OPTED_OUT), ("refuse:21614", ErrorClass.LANDLINE),
    ("refuse:21611", ErrorClass.QUEUE_FULL), ("refuse:20003", ErrorClass.ACCOUNT), ("throttle_once", ErrorClass.THROTTLED),
])  # fmt: skip
async def test_a_refusal_is_understood(script: str, error: ErrorClass) -> None:
    async with listener() as ours, carrier(scripted={PERSON: script}) as running, HttpSender() as sender:
        outcome = await _hand_over(sender, running, _message(PERSON, ours.url))
        assert isinstance(outcome, Refused)
        assert outcome.error is error


@pytest.mark.parametrize("script", ["lose_answer:close", "lose_answer:half", "stall", "error:500", "error_after:502"])
async def test_whatever_is_not_a_clear_answer_may_have_left(script: str) -> None:
    async with listener() as ours, carrier(scripted={PERSON: script}, time_scale=1) as running, HttpSender() as sender:
        assert isinstance(await _hand_over(sender, running, _message(PERSON, ours.url), timeout=0.5), MayHaveLeft)
        assert (await running.summary())["posts"] == 1


async def test_the_text_arrives_as_it_was_written() -> None:
    body = "ÄÖÜ \t+&=%#? 'quotes' \"double\" \\ 😀 \r\n end "
    async with listener() as ours, carrier() as running, HttpSender() as sender:
        outcome = await _hand_over(sender, running, _message(PERSON, ours.url, body))
        assert isinstance(outcome, Accepted)
        seen = (await running.client.get("/admin/messages")).json()["messages"][0]
        assert (seen["body"], seen["to"], seen["from"], seen["validity_period"]) == (body, PERSON, SENDER, 600)
        assert seen["sid"] == outcome.provider_message_id
        assert seen["parts"] == outcome.parts


async def _read_all(ours: Listener, running: Carrier) -> dict[str, State]:
    """The highest state each reference was told of, as the service would reduce it."""
    provider = Twilio(Account({"account_sid": ACCOUNT, "auth_token": TOKEN}, running.url))
    states: dict[str, State] = {}
    for call in ours.heard:
        for receipt in provider.read_webhook(call).receipts:
            assert receipt.reference is not None
            assert receipt.state is not None
            states[receipt.reference] = max(receipt.state, states.get(receipt.reference, State.CREATED))
    return states


async def test_a_thousand_messages_with_every_trouble_settle_by_their_receipts() -> None:
    people = [f"+1212555{number}" for number in range(1000, 2000)]
    trouble = {
        "seed": 4, "latency_mean": 0.5, "lose_answer": 0.1, "server_error": 0.03, "server_error_after": 0.03,
        "async_failure": 0.1, "double_receipt": 0.2, "out_of_order": 0.3, "late_receipt": 0.1, "early_receipt": 0.3,
        "reply_stop": 0.05, "reply_text": 0.05,
    }  # fmt: skip
    async with listener() as ours, carrier(**trouble) as running, HttpSender() as sender:
        await running.configure(inbound_url=ours.url + "/in")
        outcomes = await asyncio.gather(*(_hand_over(sender, running, _message(person, ours.url)) for person in people))
        await running.quiet()
        summary = await running.summary()
        taken = {message["to"] for page in (0, 500) for message in (
            await running.client.get("/admin/messages", params={"cursor": page, "limit": 500})
        ).json()["messages"]}  # fmt: skip
        kinds = Counter(type(outcome).__name__ for outcome in outcomes)
        states = await _read_all(ours, running)
        inbound = [each for call in ours.heard for each in
                   Twilio(Account({"account_sid": ACCOUNT, "auth_token": TOKEN})).read_webhook(call).inbound]  # fmt: skip
    assert kinds.keys() == {"Accepted", "MayHaveLeft"}
    assert summary["posts"] == len(people), "nothing was sent a second time"
    assert summary["accepted"] == len(taken) > kinds["Accepted"]
    assert states.keys() == {f"ref-{person[1:]}" for person in taken}, (
        "every message taken is known, whether its answer came or not"
    )
    ends = Counter(state.word for state in states.values())
    assert dict(ends) == summary["statuses"]
    assert len(inbound) == sum(summary["replies"].values()) > 0
    assert summary["replies"]["STOP"] == summary["opted_out"] > 0
    assert summary["callbacks"]["answered"] == summary["callbacks"]["posted"]
