"""Does the simulator speak Sinch's SMS batches as our provider file expects it? Words and reports of each recipient's own."""

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
    Request,
    Response,
    Sought,
)
from app.domain.message import Channel, State
from app.ports import Account, BadSignature
from app.providers._http import HttpSender
from app.providers.registry import outcomes_of
from app.providers.sinch import Sinch
from tests.contract.examples_of import message
from tests.simulator.running import PERSON, SENDER, Carrier, Listener, carrier, listener, until

_PLAN, _TOKEN, _SECRET = "sinch-service-plan", "simulated-sinch-token", "a-simulated-signing-secret"
_OTHER, _THIRD = "+12125551001", "+12125551002"


def _provider(running: Carrier, token: str = _TOKEN, secret: str = _SECRET) -> Sinch:
    shown = {"webhook_username": "tactful", "webhook_password": "a-webhook-password", "webhook_secret": secret}
    return Sinch(Account({"service_plan_id": _PLAN, "api_token": token, **shown}, running.url))


def _message(ours: Listener, to: str = PERSON, body: str = "Hi 🎉 20% off") -> Outbound:
    return message(Channel.SMS, to=to, sender=SENDER, body=body, reference=f"ref-{to}", callback_url=f"{ours.hook}?r=ref-{to}")


async def _ask(running: Carrier, request: Request | None, *, timeout: float = 5) -> Response:  # noqa: ASYNC109
    assert request is not None
    async with HttpSender() as sender:
        answer = await sender.send(request, timeout=timeout)
    assert isinstance(answer, Response)
    return answer


async def _hand_over(running: Carrier, members: Sequence[Outbound], *, token: str = _TOKEN) -> list[Outcome]:
    provider = _provider(running, token)
    batch = Batch(members=tuple(members), reference="the-batch", callback_url=f"{members[0].callback_url[:-1]}batch")
    async with HttpSender() as sender:
        return list(outcomes_of(provider, batch, await sender.send(provider.build_batch(batch), timeout=0.5)))


def _receipts(running: Carrier, ours: Listener) -> dict[str | None, tuple[State | None, ErrorClass | None]]:
    """The last that was told of each recipient."""
    told: list[Receipt] = [receipt for call in ours.heard for receipt in _provider(running).read_webhook(call).receipts]
    assert {receipt.reference for receipt in told} <= {"the-batch"}
    return {receipt.recipient: (receipt.state, receipt.error) for receipt in told}


async def test_each_of_a_batch_gets_its_own_words_and_a_signed_report_that_names_it() -> None:
    async with listener() as ours, carrier(sinch_signing_secret=_SECRET, scripted={_OTHER: "undelivered:404"}) as running:
        accepted = await _hand_over(running, [_message(ours), _message(ours, _OTHER, "Hello ${name}")])
        await running.quiet()
        seen = (await running.client.get("/admin/messages")).json()["messages"]
        told = _receipts(running, ours)
        with pytest.raises(BadSignature):
            _provider(running, secret="another-secret-altogether").read_webhook(ours.heard[0])
        assert _SECRET not in (await running.client.get("/admin/config")).text
    assert [(each["to"], each["body"]) for each in seen] == [(PERSON, "Hi 🎉 20% off"), (_OTHER, "Hello ${name}")]
    assert [outcome.provider_message_id for outcome in accepted if isinstance(outcome, Accepted)] == [
        each["sid"] for each in seen
    ]
    assert told == {PERSON: (State.DELIVERED, None), _OTHER: (State.UNDELIVERED, ErrorClass.TEMPORARILY_UNREACHABLE)}


async def test_a_recipient_that_is_refused_is_told_in_its_report_and_the_others_go() -> None:
    script = {_OTHER: "refuse:61"}
    async with listener() as ours, carrier(scripted=script, closed_regions=["+44"], landlines=[_THIRD]) as running:
        members = [_message(ours, to) for to in (PERSON, _OTHER, _THIRD, "+447700900123")]
        assert all(isinstance(outcome, Accepted) for outcome in await _hand_over(running, members))
        await running.quiet()
        told = _receipts(running, ours)
    assert told == {
        PERSON: (State.DELIVERED, None),
        _OTHER: (State.FAILED, ErrorClass.BLOCKED),
        _THIRD: (State.UNDELIVERED, ErrorClass.CAPABILITY_MISSING),
        "+447700900123": (State.FAILED, ErrorClass.SENDER_CONFIG),
    }


@pytest.mark.parametrize("script", ["lose_answer", "error_after:502"])
async def test_a_lost_answer_leaves_all_open_until_their_reports_or_the_list_by_reference(script: str) -> None:
    async with listener() as ours, carrier(scripted={_OTHER: script}) as running:
        outcomes = await _hand_over(running, [_message(ours), _message(ours, _OTHER)])
        assert [type(outcome) for outcome in outcomes] == [MayHaveLeft, MayHaveLeft]
        await running.quiet()
        assert _receipts(running, ours).keys() == {PERSON, _OTHER}
        provider = _provider(running)
        sought = Sought(
            provider_message_id=None, reference="the-batch", own_id="m", to=PERSON, sender=SENDER, channel=Channel.SMS, body="",
            handed_over_at=Clock().now(),
        )  # fmt: skip
        found = provider.read_lookup(sought, await _ask(running, provider.build_lookup(sought)))
        assert [receipt.state for receipt in found.receipts] == [State.SUBMITTED]


async def test_a_stop_makes_later_messages_to_the_pair_end_as_deleted_which_is_an_opt_out() -> None:
    async with listener() as ours, carrier(sinch_signing_secret=_SECRET) as running:
        await running.configure(sinch_inbound_url=ours.url + "/in")
        said = {"from": PERSON, "to": SENDER, "body": " Stop ", "account": _PLAN}
        assert (await running.client.post("/admin/inbound", json=said)).json() == {"sent": True}
        await running.quiet()
        (heard,) = [inbound for call in ours.heard for inbound in _provider(running).read_webhook(call).inbound]
        await _hand_over(running, [_message(ours), _message(ours, _OTHER)])
        await running.quiet()
        told = _receipts(running, ours)
    assert (heard.from_number, heard.to_address, heard.body) == (PERSON, SENDER, " Stop ")
    assert told == {PERSON: (State.FAILED, ErrorClass.OPTED_OUT), _OTHER: (State.DELIVERED, None)}


async def test_without_signatures_the_urls_name_and_password_are_shown() -> None:
    async with listener() as ours, carrier() as running:
        target = ours.url.replace("http://", "http://tactful:a-webhook-password@") + "/in"
        await running.configure(sinch_inbound_url=target)
        said = {"from": PERSON, "to": SENDER, "body": "hello", "account": _PLAN}
        await running.client.post("/admin/inbound", json=said)
        await running.quiet()
        assert len(_provider(running).read_webhook(ours.heard[0]).inbound) == 1
        assert "a-webhook-password" not in (await running.client.get("/admin/config")).text


async def test_a_batch_is_taken_back_or_thinned_out_until_it_is_sent_and_each_report_can_be_asked_for() -> None:
    async with listener() as ours, carrier(time_scale=1, sent_seconds=20) as running:
        provider = _provider(running)
        many = [_message(ours), _message(ours, _OTHER)]
        (first, _) = await _hand_over(running, many)
        assert isinstance(first, Accepted)
        thinned = await _ask(running, provider.build_cancel(first.provider_message_id, to=PERSON, channel=Channel.SMS))
        assert provider.read_cancel(thinned)
        sought = Sought(
            provider_message_id=first.provider_message_id, reference="r", own_id="m", to=PERSON, sender=SENDER,
            channel=Channel.SMS, body="", handed_over_at=Clock().now(),
        )  # fmt: skip
        found = provider.read_lookup(sought, await _ask(running, provider.build_lookup(sought)))
        assert [receipt.state for receipt in found.receipts] == [State.CANCELLED]
        single = provider.read_response(await _ask(running, provider.build_request(_message(ours, _THIRD))))
        assert isinstance(single, Accepted)
        gone = await _ask(running, provider.build_cancel(single.provider_message_id, to=_THIRD, channel=Channel.SMS))
        assert provider.read_cancel(gone)
        statuses = (await running.summary())["statuses"]
    assert statuses == {"canceled": 2, "queued": 1}


async def test_a_wrong_token_and_too_high_a_rate_refuse_all_of_a_batch() -> None:
    async with listener() as ours, carrier(parts_per_second=2) as running:
        members = [_message(ours), _message(ours, _OTHER)]
        outcomes = [
            *await _hand_over(running, members, token="another-token-altogether"),
            *await _hand_over(running, members),
            *await _hand_over(running, members),
        ]
    assert [outcome.error if isinstance(outcome, Refused) else type(outcome) for outcome in outcomes] == [
        ErrorClass.ACCOUNT, ErrorClass.ACCOUNT, Accepted, Accepted, ErrorClass.THROTTLED, ErrorClass.THROTTLED,
    ]  # fmt: skip


_GOOD = {"from": "15005550006", "to": ["12125551000"], "body": "hi"}
_FORMAT = "syntax_invalid_parameter_format"


_UNREADABLE: tuple[tuple[Any, str], ...] = (
    ([], "syntax_invalid_json"), ({}, _FORMAT), ({**_GOOD, "to": []}, _FORMAT), ({**_GOOD, "to": ["12"]}, _FORMAT),
    ({**_GOOD, "to": ["12125551000"] * 1001}, _FORMAT), ({**_GOOD, "body": "x" * 2001}, _FORMAT),
    ({**_GOOD, "type": "mt_media"}, _FORMAT), ({**_GOOD, "type": []}, _FORMAT),
    ({**_GOOD, "parameters": {"name": "Ann"}}, _FORMAT),
    ({**_GOOD, "callback_url": "nowhere"}, _FORMAT), ({**_GOOD, "expire_at": "tomorrow"}, _FORMAT),
    ({**_GOOD, "client_reference": "x" * 2049}, _FORMAT), ({**_GOOD, "from": "15550000000"}, "syntax_constraint_violation"),
)  # fmt: skip


async def test_a_batch_that_cannot_be_read_does_nothing_and_says_why() -> None:
    async with carrier() as running, httpx.AsyncClient(headers={"authorization": f"Bearer {_TOKEN}"}) as client:
        for body, code in _UNREADABLE:
            answer = await client.post(f"{running.url}/xms/v1/{_PLAN}/batches", content=json.dumps(body))
            assert (answer.status_code, answer.json()["code"]) == (400, code), body
        assert (await running.summary())["accepted"] == 0


async def test_a_parameter_without_a_value_fails_its_own_recipient_alone() -> None:
    body = {**_GOOD, "to": ["12125551000", "12125551001"], "body": "Hi ${name}", "parameters": {"name": {"12125551000": "Ann"}}}
    async with carrier() as running, httpx.AsyncClient(headers={"authorization": f"Bearer {_TOKEN}"}) as client:
        batch = (await client.post(f"{running.url}/xms/v1/{_PLAN}/batches", json=body)).json()["id"]
        await running.quiet()
        reports = f"{running.url}/xms/v1/{_PLAN}/batches/{batch}/delivery_report"
        await until_final(client, f"{reports}/12125551000")
        await until_final(client, f"{reports}/12125551001", "Rejected")
        report = (await client.get(f"{reports}/12125551001")).json()
    assert (report["status"], report["code"]) == ("Rejected", 405)


async def until_final(client: httpx.AsyncClient, url: str, status: str = "Delivered") -> None:
    async def is_final() -> bool:
        return bool((await client.get(url)).json()["status"] == status)

    await until(is_final)
