"""Is Sinch's own way kept? Batches with words for each, three ways to authorise, look-ups and recalls."""

import base64
import json
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from app.domain.delivery import (
    Accepted,
    Batch,
    ErrorClass,
    Found,
    MayHaveLeft,
    Refused,
    Request,
    Response,
    Sought,
    Token,
)
from app.domain.message import Channel, State
from app.domain.rich import Card, Content, Media, Suggestion, SuggestionKind
from app.ports import Account, Authorises, BadCredentials, Batches, ChecksCapability, LooksUp, Recalls, Speaks
from app.providers.registry import batches_of, outcomes_of, request_for
from app.providers.sinch import Sinch
from tests.contract import examples_of as examples
from tests.contract.sinch_calls import (
    BATCH,
    HOOK,
    PLAN,
    PROJECT,
    URL,
    VOICE,
    member_of,
    report_of,
    sinch,
)


def _batch(count: int, **fields: Any) -> Batch:
    members = tuple(member_of(place, **fields) for place in range(count))
    return Batch(members=members, reference="b" * 36, callback_url=f"{URL}?r={'b' * 36}")


def _answer(status: int, body: Any) -> Response:
    return Response(status, {}, json.dumps(body).encode())


def test_it_offers_what_sinch_offers() -> None:
    provider = sinch()
    for offer in (Batches, LooksUp, Recalls, Authorises, Speaks):
        assert isinstance(provider, offer)
    assert not isinstance(provider, ChecksCapability), "Sinch answers that by a callback, later"


# Which credentials, which host, which authorization


def test_a_service_plan_brings_its_own_token_and_a_project_leaves_it_to_the_sender() -> None:
    plan, project = sinch(PLAN).build_request(member_of(1)), sinch(PROJECT).build_request(member_of(1))
    assert (plan.url, plan.headers["authorization"]) == (
        "https://us.sms.api.sinch.com/xms/v1/a-service-plan/batches",
        "Bearer a-token-of-the-plan",
    )
    assert project.url == "https://zt.us.sms.api.sinch.com/xms/v1/a-project-id/batches"
    assert "authorization" not in project.headers
    assert plan.body == project.body


@pytest.mark.parametrize(("region", "hosts"), [
    ("us", ("us.sms.api.sinch.com", "us.conversation.api.sinch.com", "calling-use1.api.sinch.com")),
    ("eu", ("eu.sms.api.sinch.com", "eu.conversation.api.sinch.com", "calling-euc1.api.sinch.com")),
    ("br", ("br.sms.api.sinch.com", "br.conversation.api.sinch.com", "calling-sae1.api.sinch.com")),
    ("au", ("au.sms.api.sinch.com", "us.conversation.api.sinch.com", "calling-apse2.api.sinch.com")),
])  # fmt: skip
def test_a_region_has_hosts_of_its_own(region: str, hosts: tuple[str, ...]) -> None:
    provider = sinch(region=region)
    channels = (Channel.SMS, Channel.RCS, Channel.VOICE)
    assert tuple(urlsplit(provider.build_request(member_of(1, channel=channel)).url).hostname for channel in channels) == hosts


def test_an_account_elsewhere_asks_there_for_its_token_too() -> None:
    asked = sinch(base_url="http://127.0.0.1:9/carrier/").token_request(examples.NOW)
    assert isinstance(asked, Request)
    assert asked.url == "http://127.0.0.1:9/carrier/oauth2/token"


@pytest.mark.parametrize(("sets", "channel"), [
    ((PLAN,), Channel.RCS), ((PLAN,), Channel.VOICE), ((VOICE,), Channel.SMS), ((PROJECT,), Channel.VOICE),
])  # fmt: skip
def test_a_channel_without_credentials_refuses_and_sends_nothing(sets: tuple[dict[str, str], ...], channel: Channel) -> None:
    refused = request_for(sinch(*sets), member_of(1, channel=channel))
    assert isinstance(refused, Refused)
    assert refused.code == "not_built"


@pytest.mark.parametrize(("given", "field"), [
    ({}, "service_plan_id"),
    ({"service_plan_id": "a-service-plan"}, "api_token"),
    ({"project_id": "a-project-id", "key_id": "an-access-key"}, "key_secret"),
    ({**PLAN, "application_secret": "BeIukql3pTKJ8RGL5zo0DA=="}, "application_key"),
    ({**VOICE, "application_secret": "BeIukql3pTKJ8RGL5zo0D=="}, "application_secret"),
])  # fmt: skip
def test_half_a_set_of_credentials_is_refused(given: dict[str, str], field: str) -> None:
    with pytest.raises(BadCredentials) as refused:
        Sinch(Account({**HOOK, **given}))
    assert refused.value.field == field


def test_a_token_is_asked_for_and_read() -> None:
    provider = sinch(PROJECT)
    asked = provider.token_request(examples.NOW)
    assert isinstance(asked, Request)
    assert (asked.method, asked.url, asked.body) == (
        "POST",
        "https://auth.sinch.com/oauth2/token",
        b"grant_type=client_credentials",
    )
    assert base64.b64decode(asked.headers["authorization"].removeprefix("Basic ")) == b"an-access-key:its-secret"
    had = provider.read_token(_answer(200, {"access_token": "t-1", "expires_in": 3599, "token_type": "bearer"}), examples.NOW)
    assert had == Token("t-1", examples.NOW + timedelta(seconds=3599))


@pytest.mark.parametrize("answer", [
    _answer(401, {"access_token": "t", "expires_in": 9}), _answer(200, {}), _answer(200, {"access_token": "", "expires_in": 9}),
    _answer(200, {"access_token": "t", "expires_in": "9"}), _answer(200, {"access_token": "t\n", "expires_in": 9}),
    _answer(200, {"access_token": "t", "expires_in": 1e300}), _answer(200, {"access_token": "t", "expires_in": True}),
])  # fmt: skip
def test_what_is_no_token_is_not_used(answer: Response) -> None:
    assert sinch(PROJECT).read_token(answer, examples.NOW) is None


# Batches


def test_each_of_a_batch_has_words_of_its_own_and_the_batch_one_reference() -> None:
    batch = _batch(3, validity=600)
    body = json.loads(sinch().build_batch(batch).body)
    assert body["to"] == ["14155550000", "14155550001", "14155550002"]
    assert (body["body"], body["client_reference"], body["delivery_report"]) == ("${text}", "b" * 36, "per_recipient")
    assert body["parameters"] == {"text": {"14155550000": "Hello 0", "14155550001": "Hello 1", "14155550002": "Hello 2"}}
    assert body["expire_at"] == "2026-01-01T12:10:00.000Z"
    assert body["callback_url"].endswith(f"@hooks.blue.example/webhooks/sinch/prv_1?r={'b' * 36}")


def test_pictures_go_in_a_batch_under_one_subject() -> None:
    content = Content(media=(Media(url="https://media.blue.example/a.jpg"),), subject="Autumn")
    body = json.loads(sinch().build_batch(_batch(2, channel=Channel.MMS, content=content)).body)
    assert body["body"] == {"url": "https://media.blue.example/a.jpg", "message": "${text}", "subject": "Autumn"}


def test_only_what_shares_sender_end_and_picture_goes_together() -> None:
    held = [
        member_of(1), member_of(2), member_of(3, sender="BLUE"), member_of(4, validity=60), member_of(5, channel=Channel.RCS),
        member_of(6, channel=Channel.VOICE), member_of(7, channel=Channel.MMS), member_of(8, channel=Channel.MMS),
    ]  # fmt: skip
    alone, together = batches_of(sinch(), held, lambda one: one)
    assert [[one.to[-1] for one in group] for group in together] == [["1", "2"], ["7", "8"]]
    assert sorted(one.to[-1] for one in alone) == ["3", "4", "5", "6"]


def test_beside_cards_there_is_room_for_three_taps() -> None:
    taps = tuple(Suggestion(kind=SuggestionKind.REPLY, text=f"Tap {place}") for place in range(4))
    for number, fits in ((3, True), (4, False)):
        content = Content(cards=(Card(title="One"), Card(title="Two")), suggestions=taps[:number])
        built = request_for(sinch(PROJECT), examples.message(Channel.RCS, content=content))
        assert isinstance(built, Refused) is not fits


def test_a_batch_is_read_for_each_and_whom_it_does_not_name_may_have_left() -> None:
    outcomes = outcomes_of(sinch(), _batch(3), _answer(201, {"id": BATCH, "to": ["14155550002", "+14155550000"]}))
    assert outcomes[0] == Accepted(f"{BATCH}:14155550000")
    assert isinstance(outcomes[1], MayHaveLeft)
    assert outcomes[2] == Accepted(f"{BATCH}:14155550002")


@pytest.mark.parametrize(("status", "body"), [(500, {}), (201, {}), (201, []), (201, {"id": [1], "to": []}), (408, None)])
def test_a_batch_without_a_clear_answer_settles_nobody(status: int, body: Any) -> None:
    outcomes = outcomes_of(sinch(), _batch(2), _answer(status, body))
    assert len(outcomes) == 2
    assert all(isinstance(outcome, MayHaveLeft) for outcome in outcomes)


def test_a_refused_batch_is_refused_for_all() -> None:
    outcomes = outcomes_of(sinch(), _batch(2), _answer(400, {"code": "syntax_constraint_violation", "text": "to"}))
    assert [outcome.error for outcome in outcomes if isinstance(outcome, Refused)] == [ErrorClass.INVALID_REQUEST] * 2


def test_a_batch_of_one_is_deleted_and_one_of_many_is_taken_out() -> None:
    provider = sinch()
    alone = provider.build_cancel(BATCH, to="+14155550123", channel=Channel.SMS)
    of_many = provider.build_cancel(f"{BATCH}:14155550123", to="+14155550123", channel=Channel.MMS)
    assert alone is not None
    assert of_many is not None
    assert (alone.method, alone.url) == ("DELETE", f"https://us.sms.api.sinch.com/xms/v1/a-service-plan/batches/{BATCH}")
    assert (of_many.method, of_many.url) == ("POST", alone.url)
    assert json.loads(of_many.body) == {"type": "mt_media", "to_remove": ["14155550123"]}
    assert provider.build_cancel(BATCH, to="+14155550123", channel=Channel.RCS) is None


@pytest.mark.parametrize(("status", "body", "taken_back"), [
    (200, {"id": BATCH, "canceled": True}, True), (404, {"id": BATCH}, False), (200, {}, False), (500, {}, False),
])  # fmt: skip
def test_only_a_clear_yes_says_that_it_was_taken_back(status: int, body: Any, *, taken_back: bool) -> None:
    assert sinch().read_cancel(_answer(status, body)) is taken_back


# Look-ups


def _sought(channel: Channel, message_id: str | None) -> Sought:
    return Sought(
        provider_message_id=message_id,
        reference="r" * 36,
        own_id=examples.OWN_ID,
        to="+14155550123",
        sender="+15005550006",
        channel=channel,
        body="Hello",
        handed_over_at=examples.NOW,
    )


@pytest.mark.parametrize("message_id", [BATCH, f"{BATCH}:14155550123"])
def test_a_recipient_of_a_batch_is_asked_for(message_id: str) -> None:
    provider, sought = sinch(), _sought(Channel.SMS, message_id)
    asked = provider.build_lookup(sought)
    assert asked is not None
    assert asked.url.endswith(f"/batches/{BATCH}/delivery_report/14155550123")
    found = provider.read_lookup(sought, Response(200, {}, report_of("Delivered")))
    assert [(one.state, one.reference) for one in found.receipts] == [(State.DELIVERED, sought.reference)]


def test_a_lost_batch_of_one_is_found_by_its_reference() -> None:
    provider, sought = sinch(), _sought(Channel.SMS, None)
    asked = provider.build_lookup(sought)
    assert asked is not None
    assert parse_qs(urlsplit(asked.url).query) == {"client_reference": ["r" * 36], "start_date": ["2026-01-01T11:55:00Z"]}
    batches = [{"id": "another", "client_reference": "x"}, {"id": BATCH, "client_reference": "r" * 36}, 7]
    found = provider.read_lookup(sought, _answer(200, {"count": 3, "batches": batches}))
    assert [(one.state, one.provider_message_id, one.reference) for one in found.receipts] == [(State.SUBMITTED, BATCH, "r" * 36)]


def test_a_call_is_asked_for_and_tells_its_end_only_when_it_has_ended() -> None:
    provider, sought = sinch(), _sought(Channel.VOICE, "c-1")
    asked = provider.build_lookup(sought)
    assert asked is not None
    assert asked.url == "https://calling-use1.api.sinch.com/calling/v1/calls/id/c-1"
    assert asked.headers["authorization"].startswith("Basic ")
    call = {"callId": "c-1", "status": "FINAL", "result": "BUSY", "reason": "N/A", "duration": 0}
    assert [one.state for one in provider.read_lookup(sought, _answer(200, call)).receipts] == [State.UNDELIVERED]
    assert provider.read_lookup(sought, _answer(200, {**call, "status": "ONGOING"})) == Found()


@pytest.mark.parametrize(("channel", "message_id"), [(Channel.RCS, "m"), (Channel.RCS, None), (Channel.VOICE, None)])
def test_what_cannot_be_asked_is_not(channel: Channel, message_id: str | None) -> None:
    assert sinch().build_lookup(_sought(channel, message_id)) is None


@pytest.mark.parametrize("answer", [_answer(404, {}), _answer(500, {}), _answer(200, None), _answer(200, {"batches": []})])
def test_a_question_without_an_answer_proves_nothing(answer: Response) -> None:
    for message_id in (None, BATCH):
        assert sinch().read_lookup(_sought(Channel.SMS, message_id), answer) == Found()
