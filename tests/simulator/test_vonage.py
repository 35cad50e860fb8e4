"""Does the simulator speak Vonage's Messages as our provider file expects it? Two logins, a late no, a signature forgotten."""

import json
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from app.clock import Clock
from app.domain.delivery import Accepted, ErrorClass, MayHaveLeft, Outbound, Outcome, Receipt, Refused
from app.domain.message import Channel, State
from app.ports import Account, BadSignature
from app.providers._http import HttpSender
from app.providers._tokens import AccountSender
from app.providers.registry import outcome_of
from app.providers.vonage import Vonage
from tests.contract import examples_of
from tests.contract.examples_of import message
from tests.simulator.running import PERSON, SENDER, Carrier, Listener, carrier, listener

_KEY, _SIGNATURE = "51mulated", "simulated-vonage-signature-secret"
_BASIC = {"api_key": _KEY, "api_secret": "simulated-vonage-secret", "signature_secret": _SIGNATURE}
_PEM = examples_of.read("google_rbm", "account")["credentials"]["private_key"]
_APPLICATION = "0d1e2f30-0000-4000-8000-000000000001"
_OTHER = "+12125551001"


def _provider(running: Carrier, **credentials: str) -> Vonage:
    return Vonage(Account({**_BASIC, **credentials}, running.url))


def _message(ours: Listener, to: str = PERSON, sender: str = SENDER) -> Outbound:
    return message(Channel.SMS, to=to, sender=sender, body="Hi 🎉", reference=f"ref-{to}", callback_url=f"{ours.hook}?r=ref-{to}")


async def _hand_over(running: Carrier, outbound: Outbound, **credentials: str) -> Outcome:
    provider = _provider(running, **credentials)
    async with HttpSender() as http:
        sender = AccountSender(http, Clock().now)
        answer = await sender.send(provider, provider.build_request(outbound), account="ours", timeout=0.5)
    return outcome_of(provider, answer)


def _receipts(running: Carrier, ours: Listener) -> list[Receipt]:
    return [receipt for call in ours.heard for receipt in _provider(running).read_webhook(call).receipts]


async def test_a_text_is_taken_by_either_login_and_its_statuses_are_signed() -> None:
    public = load_pem_private_key(_PEM.encode(), None).public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    async with listener() as ours, carrier(vonage_applications={_APPLICATION: pem}) as running:
        application = {"application_id": _APPLICATION, "private_key": _PEM}
        outcomes = [await _hand_over(running, _message(ours)), await _hand_over(running, _message(ours, _OTHER), **application)]
        stranger = {**application, "application_id": _APPLICATION.replace("1", "2")}
        refused = await _hand_over(running, _message(ours), **stranger)
        await running.quiet()
        receipts = _receipts(running, ours)
        with pytest.raises(BadSignature):
            _provider(running, signature_secret="b" * 40).read_webhook(ours.heard[0])
        assert _SIGNATURE not in (await running.client.get("/admin/config")).text
    ids = {outcome.provider_message_id for outcome in outcomes if isinstance(outcome, Accepted)}
    assert len(ids) == 2 and {receipt.provider_message_id for receipt in receipts} == ids
    assert {(receipt.reference, receipt.state) for receipt in receipts} == {
        (f"ref-{to}", state) for to in (PERSON, _OTHER) for state in (State.SENT, State.DELIVERED)
    }
    assert isinstance(refused, Refused) and refused.error is ErrorClass.ACCOUNT


async def test_a_status_without_its_signature_comes_again_with_it_after_a_5xx_alone() -> None:
    for first, calls in ((503, 4), (403, 2)):
        async with listener(first, first) as ours, carrier(scripted={PERSON: "unsigned_receipt"}) as running:
            await _hand_over(running, _message(ours))
            await running.quiet()
            signed = [call for call in ours.heard if "authorization" in call.headers]
            unsigned = next(call for call in ours.heard if "authorization" not in call.headers)
            with pytest.raises(BadSignature) as told:
                _provider(running).read_webhook(unsigned)
            assert told.value.status == 503
            assert (len(ours.heard), len(signed)) == (calls, calls - 2)


@pytest.mark.parametrize("script", ["lose_answer", "error_after:502"])
async def test_a_lost_answer_is_settled_by_the_reference_that_comes_back(script: str) -> None:
    async with listener() as ours, carrier(scripted={PERSON: script}) as running:
        assert isinstance(await _hand_over(running, _message(ours)), MayHaveLeft)
        await running.quiet()
        assert [receipt.reference for receipt in _receipts(running, ours)] == [f"ref-{PERSON}"] * 2


async def test_a_stop_is_heard_and_later_texts_are_taken_and_then_rejected_with_1240() -> None:
    async with listener() as ours, carrier(scripted={_OTHER: "undelivered:1190"}) as running:
        await running.configure(vonage_inbound_url=ours.url + "/in")
        said = {"from": PERSON, "to": SENDER, "body": "Stop", "account": _KEY}
        await running.client.post("/admin/inbound", json=said)
        await running.quiet()
        ((heard,),) = [_provider(running).read_webhook(call).inbound for call in ours.heard]
        ours.heard.clear()
        assert isinstance(await _hand_over(running, _message(ours)), Accepted)
        await _hand_over(running, _message(ours, _OTHER))
        await running.quiet()
        ends = {receipt.reference: (receipt.state, receipt.error) for receipt in _receipts(running, ours)}
    assert (heard.from_number, heard.to_address, heard.body, heard.keyword) == (PERSON, SENDER, "Stop", "STOP")
    assert ends == {
        f"ref-{PERSON}": (State.FAILED, ErrorClass.OPTED_OUT), f"ref-{_OTHER}": (State.UNDELIVERED, ErrorClass.NOT_IN_SERVICE),
    }  # fmt: skip


async def test_a_wrong_secret_a_low_balance_a_stranger_as_sender_and_too_high_a_rate_are_refused() -> None:
    async with listener() as ours, carrier(parts_per_second=1, scripted={_OTHER: "refuse:1070"}) as running:
        outcomes = [
            await _hand_over(running, _message(ours), api_secret="another-secret"),
            await _hand_over(running, _message(ours, sender="+15550001111")),
            await _hand_over(running, _message(ours)),
            await _hand_over(running, _message(ours)),
        ]
        await running.configure(parts_per_second=0)
        outcomes.append(await _hand_over(running, _message(ours, _OTHER)))
    assert [outcome.error if isinstance(outcome, Refused) else type(outcome) for outcome in outcomes] == [
        ErrorClass.ACCOUNT, ErrorClass.INVALID_REQUEST, Accepted, ErrorClass.THROTTLED, ErrorClass.ACCOUNT,
    ]  # fmt: skip


_GOOD = {"to": "12125551000", "from": "15005550006", "channel": "sms", "message_type": "text", "text": "hi"}
_UNREADABLE: tuple[tuple[Any, str], ...] = (
    ([], "body"), ({}, "channel"), ({**_GOOD, "channel": "pigeon"}, "channel"), ({**_GOOD, "to": "+12125551000"}, "to"),
    ({**_GOOD, "from": ""}, "from"), ({**_GOOD, "text": "x" * 3201}, "text"), ({**_GOOD, "client_ref": "x" * 101}, "client_ref"),
    ({**_GOOD, "webhook_url": "nowhere"}, "webhook_url"), ({**_GOOD, "ttl": 19}, "ttl"),
    ({**_GOOD, "message_type": []}, "message_type"),
)  # fmt: skip


async def test_a_text_that_cannot_be_read_is_a_problem_that_names_the_parameter() -> None:
    login = (_KEY, _BASIC["api_secret"])
    async with carrier() as running, httpx.AsyncClient(auth=login) as client:
        for body, parameter in _UNREADABLE:
            answer = await client.post(running.url + "/v1/messages", content=json.dumps(body))
            assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
            assert [wrong["name"] for wrong in answer.json()["invalid_parameters"]] == [parameter], body
        assert (await running.summary())["accepted"] == 0
