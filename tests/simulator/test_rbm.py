"""Does the simulator speak Google's RCS for Business as our provider file expects it? Tokens, own ids, reads, taps, revoking."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from app.clock import Clock
from app.domain.delivery import (
    Accepted,
    ErrorClass,
    Inbound,
    InboundKind,
    MayHaveLeft,
    NeverLeft,
    Outbound,
    Outcome,
    Receipt,
    Refused,
    Request,
    Response,
)
from app.domain.message import Channel, State
from app.domain.rich import PLAIN, Card, Content, Media, Suggestion, SuggestionKind
from app.ports import Account, BadSignature
from app.providers._http import HttpSender
from app.providers._tokens import AccountSender
from app.providers.google_rbm import GoogleRbm
from app.providers.registry import outcome_of
from tests.contract.examples_of import message
from tests.simulator.rbm_account import AGENT, CREDENTIALS, settings_of
from tests.simulator.running import PERSON, Carrier, Listener, carrier, listener

_ID, _OTHER_ID = "018f0000-0000-7000-8000-000000000001", "018f0000-0000-7000-8000-000000000002"
_REPLY = Suggestion(kind=SuggestionKind.REPLY, text="No more, please", postback="stop")
_OPEN = Suggestion(kind=SuggestionKind.OPEN_URL, text="Look", postback="look", url="https://shop.example/boots")
_PICTURE = Media(url="https://media.shop.example/boots.jpg", content_type="image/jpeg")


@asynccontextmanager
async def _agent(**config: Any) -> AsyncIterator[tuple[Listener, Carrier]]:
    async with listener() as ours, carrier(**settings_of(ours.hook), **config) as running:
        ours.answers += [200] * 50
        yield ours, running


def _provider(running: Carrier, **credentials: str) -> GoogleRbm:
    return GoogleRbm(Account({**CREDENTIALS, **credentials}, running.url))


def _message(own_id: str = _ID, content: Content = PLAIN, body: str = "Hi 🎉", to: str = PERSON, **fields: Any) -> Outbound:
    return message(Channel.RCS, to=to, sender=AGENT, body=body, own_id=own_id, content=content, **fields)


async def _ask(provider: GoogleRbm, request: Request | None, *, seconds: float = 5) -> Response | NeverLeft | MayHaveLeft:
    assert request is not None
    async with HttpSender() as http:
        return await AccountSender(http, Clock().now).send(provider, request, account="ours", timeout=seconds)


async def _hand_over(running: Carrier, outbound: Outbound, *, seconds: float = 5) -> Outcome:
    provider = _provider(running)
    return outcome_of(provider, await _ask(provider, provider.build_request(outbound), seconds=seconds))


def _told(running: Carrier, ours: Listener) -> tuple[list[Receipt], list[Inbound]]:
    readings = [_provider(running).read_webhook(call) for call in ours.heard]
    return [each for reading in readings for each in reading.receipts], [each for reading in readings for each in reading.inbound]


async def test_a_message_is_delivered_then_read_then_tapped_on_and_all_is_signed() -> None:
    async with _agent(scripted={PERSON: ["read", "tap:stop"]}) as (ours, running):
        content = Content(cards=(Card(title="Boots", media=_PICTURE, suggestions=(_REPLY, _OPEN)),))
        outcome = await _hand_over(running, _message(content=content))
        await running.quiet()
        receipts, (tap,) = _told(running, ours)
        with pytest.raises(BadSignature):
            _provider(running, client_token="a" * 20, previous_client_token="b" * 20).read_webhook(ours.heard[0])
        assert CREDENTIALS["client_token"] not in (await running.client.get("/admin/config")).text
        assert (await running.summary())["statuses"] == {"read": 1}
    assert outcome == Accepted(_ID)
    assert [(receipt.state, receipt.provider_message_id) for receipt in receipts] == [(State.DELIVERED, _ID), (State.READ, _ID)]
    assert (tap.kind, tap.payload, tap.body, tap.from_number) == (InboundKind.TAP, "stop", "No more, please", PERSON)


@pytest.mark.parametrize("script", ["lose_answer", "error_after:503"])
async def test_a_repeat_after_a_lost_answer_is_ignored_and_another_message_under_its_id_refused(script: str) -> None:
    async with _agent(scripted={PERSON: script}) as (_, running):
        assert isinstance(await _hand_over(running, _message(), seconds=0.4), MayHaveLeft)
        await running.configure(scripted={})
        assert await _hand_over(running, _message()) == Accepted(_ID)
        other = await _hand_over(running, _message(body="something else"))
        assert (await running.summary())["accepted"] == 1
    assert isinstance(other, Refused)
    assert (other.error, other.code) == (ErrorClass.DUPLICATE, "ALREADY_EXISTS")


async def test_a_phone_without_rcs_is_told_by_the_capability_check_and_by_the_send() -> None:
    async with _agent(without_rcs=[PERSON]) as (_, running):
        refused = await _hand_over(running, _message())
        provider = _provider(running)
        for number, can in ((PERSON, False), ("+12125551001", True)):
            answer = await _ask(provider, provider.build_capability(number, AGENT, _ID))
            assert isinstance(answer, Response)
            assert provider.read_capability(answer) is can
    assert isinstance(refused, Refused)
    assert refused.error is ErrorClass.CAPABILITY_MISSING


async def test_strangers_get_no_token_and_other_agents_no_message() -> None:
    async with _agent() as (_, running):
        stranger = _provider(running, client_email="stranger@project.example")
        assert isinstance(await _ask(stranger, stranger.build_request(_message())), NeverLeft), "without a token nothing goes"
        other = _provider(running)
        sent = await _ask(other, other.build_request(message(Channel.RCS, to=PERSON, sender="somebody-elses", own_id=_ID)))
        refused = outcome_of(other, sent)
        assert (await running.summary())["accepted"] == 0
    assert isinstance(refused, Refused)
    assert (refused.error, refused.code) == (ErrorClass.SENDER_CONFIG, "PERMISSION_DENIED")


async def test_a_message_to_a_phone_that_is_away_is_revoked_by_us_or_by_its_time_to_live() -> None:
    async with _agent(scripted={PERSON: "undelivered:30003"}, sent_seconds=20) as (ours, running):
        await _hand_over(running, _message())
        await _hand_over(running, _message(_OTHER_ID, validity=60))
        provider = _provider(running)
        answer = await _ask(provider, provider.build_cancel(_ID, to=PERSON, channel=Channel.RCS))
        assert isinstance(answer, Response)
        assert provider.read_cancel(answer)
        await running.quiet()
        receipts, _ = _told(running, ours)
    assert [(receipt.provider_message_id, receipt.state) for receipt in receipts] == [(_OTHER_ID, State.EXPIRED)]


async def test_a_webhook_is_believed_after_its_handshake_and_only_a_200_ends_an_event() -> None:
    async with listener(200, 204, 200) as ours, carrier(**settings_of("")) as running:
        asked = {"agent": AGENT, "url": ours.hook}
        assert (await running.client.post("/admin/rbm-handshake", json=asked)).json() == {"verified": False}, "it says no secret"
        reading = _provider(running).read_webhook(ours.heard[0])
        assert reading.answer_body == str(json.loads(ours.heard[0].body)["secret"]).encode()
        await running.configure(rbm_webhook_url=ours.hook)
        await running.client.post("/admin/inbound", json={"from": PERSON, "to": AGENT, "body": "STOP", "account": AGENT})
        await running.quiet()
        notices = [_provider(running).read_webhook(call).inbound[0] for call in ours.heard[1:]]
    assert [(notice.kind, notice.keyword) for notice in notices] == [(InboundKind.NOTICE, "STOP")] * 2
    assert len({notice.event_key for notice in notices}) == 1


_GOOD: dict[str, Any] = {"contentMessage": {"text": "hi"}, "messageTrafficType": "PROMOTION"}
_CARD = {"title": "Boots"}


def _with(**content: Any) -> dict[str, Any]:
    return {**_GOOD, "contentMessage": content}


def _carousel(*cards: Mapping[str, Any]) -> dict[str, Any]:
    return _with(richCard={"carouselCard": {"cardWidth": "MEDIUM", "cardContents": list(cards)}})


def _taps(count: int, text: str = "Yes") -> list[dict[str, Any]]:
    return [{"reply": {"text": text, "postbackData": "y"}}] * count


_UNREADABLE: tuple[Any, ...] = (
    [], {}, {"contentMessage": {"text": "hi"}}, {**_GOOD, "colour": "red"}, {**_GOOD, "ttl": "ten"},
    {**_GOOD, "messageTrafficType": []}, {**_GOOD, "ttl": "1400000s"},
    _with(text="x" * 3073), _with(text=""), _with(text="hi", contentInfo={"fileUrl": "https://m.example/a"}), _with(),
    _with(contentInfo={"fileUrl": "nowhere"}), _with(text="hi", suggestions=_taps(12)),
    _with(text="hi", suggestions=_taps(1, "x" * 26)),
    _with(text="hi", suggestions=[{"action": {"text": "Go", "postbackData": "g"}}]),
    _carousel(_CARD), _carousel(_CARD, {}), _carousel(*[_CARD] * 11), _carousel(_CARD, {"title": "x" * 201}),
    _carousel(_CARD, {**_CARD, "suggestions": _taps(5)}), _with(richCard={"standaloneCard": {"cardContent": _CARD}}),
    _carousel(_CARD, {"media": {"contentInfo": {"fileUrl": "https://m.example/a"}}}),
)  # fmt: skip


async def test_a_message_that_cannot_be_read_is_an_invalid_argument() -> None:
    async with _agent() as (_, running), httpx.AsyncClient() as client:
        asked = _provider(running).token_request(Clock().now())
        assert isinstance(asked, Request)
        token = (await client.post(asked.url, content=asked.body, headers=dict(asked.headers))).json()["access_token"]
        headers, query = {"authorization": f"Bearer {token}"}, {"messageId": _ID, "agentId": AGENT}
        for body in _UNREADABLE:
            url = f"{running.url}/v1/phones/{PERSON}/agentMessages"
            answer = await client.post(url, params=query, content=json.dumps(body), headers=headers)
            assert (answer.status_code, answer.json()["error"]["status"]) == (400, "INVALID_ARGUMENT"), body
        assert (await running.summary())["accepted"] == 0
