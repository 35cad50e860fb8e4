"""Does the simulator call as Twilio does? It fetches what to say, listens, presses keys, tells who answered, and refuses."""

from collections import Counter
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, parse_qsl

import httpx
import pytest

from app.domain.delivery import Accepted, AnsweredBy, CallMoment, ErrorClass, Refused
from app.domain.message import Channel, State
from app.ports import Account
from app.providers._http import HttpSender
from app.providers.registry import outcome_of
from app.providers.twilio import Twilio
from tests.contract.examples_of import message
from tests.listening import Call, Reply, listening
from tests.simulator.running import ACCOUNT, PERSON, SENDER, TOKEN, Carrier, carrier, listener

_CALLS = f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json"
_SAYS = "<Response><Say>Press nine to end these calls</Say></Response>"


def _document(*verbs: str) -> str:
    return f"<Response>{''.join(verbs)}</Response>"


async def _call(running: Carrier, **fields: Any) -> httpx.Response:
    return await running.client.post(_CALLS, data={"To": PERSON, "From": SENDER, "Twiml": _SAYS, **fields})


async def _seen(running: Carrier) -> dict[str, Any]:
    await running.quiet()
    (call,) = (await running.client.get("/admin/calls")).json()["calls"]
    return dict(call)


def _forms(calls: list[Any]) -> list[Mapping[str, str]]:
    return [dict(parse_qsl(call.body.decode())) for call in calls]


async def test_a_call_is_told_step_by_step_signed_and_numbered() -> None:
    wanted = {"StatusCallbackEvent": ["initiated", "ringing", "answered", "completed"]}
    async with listener() as ours, carrier() as running:
        created = await _call(running, StatusCallback=ours.hook + "?r=ref", **wanted)
        assert (created.status_code, created.json()["status"]) == (201, "queued")
        seen = await _seen(running)
        provider = Twilio(Account({"account_sid": ACCOUNT, "auth_token": TOKEN}, running.url))
        receipts = [receipt for call in ours.heard for receipt in provider.read_webhook(call).receipts]
        numbers = sorted(int(form["SequenceNumber"]) for form in _forms(ours.heard))
    assert seen["heard"] == ["Press nine to end these calls"]
    assert {receipt.state for receipt in receipts} == {State.SUBMITTED, State.SENT, State.DELIVERED}
    assert {receipt.reference for receipt in receipts} == {"ref"} and numbers == [0, 1, 2, 3]


@pytest.mark.parametrize(("script", "end", "state"), [
    ("busy", "busy", State.UNDELIVERED), ("no_answer", "no-answer", State.UNDELIVERED), ("failed:13225", "failed", State.FAILED),
])  # fmt: skip
async def test_a_call_nobody_takes_is_told_once_it_is_over(script: str, end: str, state: State) -> None:
    async with listener() as ours, carrier(scripted={PERSON: script}) as running:
        await _call(running, StatusCallback=ours.hook)
        seen = await _seen(running)
        provider = Twilio(Account({"account_sid": ACCOUNT, "auth_token": TOKEN}, running.url))
        (receipt,) = [receipt for call in ours.heard for receipt in provider.read_webhook(call).receipts]
    assert (seen["status"], seen["heard"], receipt.state) == (end, [], state)


async def test_keys_are_pressed_into_each_gather_and_the_answer_is_done() -> None:
    asked: list[str] = []

    def answers(call: Call) -> Reply:
        form = parse_qs(call.body.decode())
        asked.append(form.get("Digits", ["-"])[0])
        more = _document('<Gather action="/keys" numDigits="2" finishOnKey=""><Say>And now</Say></Gather>', "<Say>None</Say>")
        return Reply(200, (more if len(asked) < 2 else _document("<Say>Goodbye</Say><Hangup/><Say>never</Say>")).encode())

    async with listening(answers) as url, carrier(scripted={PERSON: "press:19#"}) as running:
        first = f'<Gather action="{url}/keys" numDigits="1" finishOnKey=""><Say>Press one or nine</Say></Gather><Say>None</Say>'
        await _call(running, Twiml=_document(first))
        seen = await _seen(running)
    assert asked == ["1", "9#"]
    assert seen["heard"] == ["Press one or nine", "And now", "Goodbye"]
    assert seen["status"] == "completed"


async def test_nobody_presses_and_the_call_goes_on_after_the_gather() -> None:
    async with listener() as ours, carrier() as running:
        verb = f'<Gather action="{ours.hook}" timeout="1"><Say>Press nine</Say><Pause length="1"/></Gather>'
        await _call(running, Twiml=_document(verb, "<Play>https://media.shop.example/a.mp3</Play>"))
        seen = await _seen(running)
    assert (ours.heard, seen["heard"]) == ([], ["Press nine", "https://media.shop.example/a.mp3"])


async def test_a_document_is_fetched_and_one_that_does_not_come_is_apologised_for() -> None:
    def answers(call: Call) -> Reply:
        return Reply(200, _SAYS.encode()) if call.target == "/good" else Reply(404)

    async with listening(answers) as url, carrier() as running:
        await running.client.post(_CALLS, data={"To": PERSON, "From": SENDER, "Url": f"{url}/good"})
        await running.client.post(_CALLS, data={"To": PERSON, "From": SENDER, "Url": f"{url}/bad"})
        await _call(running, Twiml="<Response><Dance/></Response>")
        await running.quiet()
        calls = (await running.client.get("/admin/calls")).json()["calls"]
        assert (await running.summary())["calls"] == {"completed": 3}
    assert [call["heard"][0][:5] for call in calls] == ["Press", "We ar", "We ar"]


async def test_who_took_the_call_is_told_beside_and_the_call_can_then_be_changed_until_it_ends() -> None:
    machine = {"MachineDetection": "DetectMessageEnd", "AsyncAmd": "true"}
    async with listener() as ours, carrier(scripted={PERSON: "machine"}, time_scale=0.1) as running:
        verb = _document(f'<Gather action="{ours.hook}"><Say>Hello, person</Say></Gather>')
        created = await _call(running, Twiml=verb, AsyncAmdStatusCallback=f"{ours.hook}?step=machine&r=x", **machine)
        provider = Twilio(Account({"account_sid": ACCOUNT, "auth_token": TOKEN}, running.url))
        while not ours.heard:
            await running.client.get("/admin/pending")
        url = f"/2010-04-01/Accounts/{ACCOUNT}/Calls/{created.json()['sid']}.json"
        changed = await running.client.post(url, data={"Twiml": _document("<Say>Hello, machine</Say>")})
        seen = await _seen(running)
        late = await running.client.post(url, data={"Status": "completed"})
        reading = provider.read_webhook(ours.heard[0])
    assert changed.status_code == 200
    assert seen["heard"] == ["Hello, person", "Hello, machine"]
    assert (late.status_code, late.json()["code"]) == (400, 21220)
    assert reading.call is not None
    assert (reading.call.moment, reading.call.answered_by) == (CallMoment.MACHINE, AnsweredBy.MACHINE)


async def test_a_call_is_taken_back_until_it_is_answered_and_listed_by_its_number() -> None:
    async with listener() as ours, carrier(time_scale=1) as running, HttpSender() as sender:
        provider = Twilio(Account({"account_sid": ACCOUNT, "auth_token": TOKEN}, running.url))
        outbound = message(Channel.VOICE, to=PERSON, sender=SENDER, body="Press 9 to stop", callback_url=ours.hook + "?r=x")
        outcome = outcome_of(provider, await sender.send(provider.build_request(outbound), timeout=5))
        assert isinstance(outcome, Accepted)
        listed = (await running.client.get(_CALLS, params={"To": PERSON, "StartTime>": "2026-01-01T00:00:00Z"})).json()["calls"]
        request = provider.build_cancel(outcome.provider_message_id, to=PERSON, channel=Channel.VOICE)
        assert request is not None
        answer = await sender.send(request, timeout=5)
        await running.quiet()
        states = [receipt.state for call in ours.heard for receipt in provider.read_webhook(call).receipts]
    assert [call["sid"] for call in listed] == [outcome.provider_message_id]
    assert hasattr(answer, "status") and answer.status == 200
    assert states[-1] is State.CANCELLED


_REFUSED: tuple[tuple[dict[str, str], str], ...] = (
    ({"To": ""}, "21201"), ({"From": ""}, "21213"), ({"Twiml": ""}, "21205"), ({"Url": "nowhere"}, "21205"),
    ({"Twiml": "x" * 4001}, "20001"), ({"To": "+12"}, "21217"), ({"From": "+15550001111"}, "21210"),
    ({"To": "+447700900123"}, "21215"),
    ({"MachineDetection": "Guess"}, "20001"), ({"StatusCallback": "nowhere"}, "21205"),
)  # fmt: skip


async def test_what_twilio_refuses_is_refused_with_its_code() -> None:
    async with carrier(closed_regions=["+44"], scripted={"+12125551001": "throttle_once"}) as running, HttpSender() as sender:
        for fields, code in _REFUSED:
            answer = await _call(running, **fields)
            assert (answer.status_code, str(answer.json()["code"])) == (400, code), fields
        stranger = Twilio(Account({"account_sid": ACCOUNT, "auth_token": "another-auth-token"}, running.url))
        known = Twilio(Account({"account_sid": ACCOUNT, "auth_token": TOKEN}, running.url))
        errors = []
        for provider, to in ((stranger, PERSON), (known, "+12125551001")):
            outbound = message(Channel.VOICE, to=to, sender=SENDER, body="Hi", callback_url="https://hooks.shop.example/x?r=x")
            outcome = outcome_of(provider, await sender.send(provider.build_request(outbound), timeout=5))
            assert isinstance(outcome, Refused)
            errors.append(outcome.error)
        assert (await running.client.get("/admin/calls")).json() == {"calls": []}
    assert errors == [ErrorClass.ACCOUNT, ErrorClass.THROTTLED]


async def test_calls_are_taken_by_shares_of_people_and_machines_and_one_under_way_ends_with_the_carrier() -> None:
    async with carrier(calls_unanswered=0.3, calls_to_machines=0.5, seed=5) as running:
        for number in range(40):
            await _call(running, To=f"+1212555{1000 + number}", MachineDetection="Enable")
        await running.quiet()
        calls = (await running.client.get("/admin/calls")).json()["calls"]
        await running.configure(time_scale=100)
        await _call(running, To="+12125552000", MachineDetection="Enable", AsyncAmd="true")
    ends = Counter((call["status"], call["answered_by"]) for call in calls)
    assert ends.keys() == {("no-answer", None), ("completed", "human"), ("completed", "machine_start")}
