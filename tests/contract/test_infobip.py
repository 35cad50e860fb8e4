"""Is Infobip's own way kept? Batches by our ids, look-ups in its logs, credentials in our URL, and reports in any order."""

import json
import random
from base64 import b64encode
from dataclasses import replace
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.domain.delivery import Accepted, Batch, ErrorClass, Found, MayHaveLeft, Outbound, Outcome, Refused, Response, Sought
from app.domain.message import Channel, State
from app.domain.rich import Card, Content, Media
from app.ports import Account, BadSignature, Batches, ChecksCapabilities, ChecksCapability, LooksUp, Recalls, Speaks
from app.providers._infobip_codes import CODES
from app.providers.infobip import Infobip
from app.providers.registry import batches_of, outcomes_of, request_for
from tests.contract import examples_of as examples

_GOOD = {"api_key": "a-key-of-infobip", "webhook_username": "tactful", "webhook_password": "p@ss:word/1"}
_OK = {"groupId": 1, "groupName": "PENDING", "id": 26, "name": "PENDING_ACCEPTED"}
_TAKEN_BEFORE = {"groupId": 5, "groupName": "REJECTED", "id": 23, "name": "REJECTED_DUPLICATE_MESSAGE_ID"}


def _infobip(base_url: str | None = None, **credentials: str) -> Infobip:
    return Infobip(Account({**_GOOD, **credentials}, base_url))


def _member(place: int, **fields: Any) -> Outbound:
    reference = f"{place:036d}"
    return examples.message(
        fields.pop("channel", Channel.SMS),
        to=f"+1415555{place:04d}",
        own_id=f"00000000-0000-4000-8000-{place:012d}",
        reference=reference,
        callback_url=f"https://hooks.blue.example/webhooks/infobip/prv_1?r={reference}",
        **fields,
    )


def _batch(count: int) -> Batch:
    return Batch(
        members=tuple(_member(place) for place in range(count)), reference="b" * 36, callback_url="https://x.example/?r=b"
    )


def _answer(status: int, body: Any, **headers: str) -> Response:
    return Response(status, headers, json.dumps(body).encode())


def _results(*results: Any, authorization: str | None = None) -> Any:
    shown = authorization or "Basic " + b64encode(b"tactful:p@ss:word/1").decode()
    example = {
        "webhook": {
            "method": "POST",
            "url": "https://hooks.blue.example/webhooks/infobip/prv_1",
            "query": "",
            "headers": {"authorization": shown},
            "body": json.dumps({"results": results}),
        }
    }
    return examples.webhook(example)


def test_it_offers_what_infobip_offers() -> None:
    provider = _infobip()
    assert isinstance(provider, Batches)
    assert isinstance(provider, LooksUp)
    assert isinstance(provider, ChecksCapability)
    assert not isinstance(provider, Recalls)
    assert not isinstance(provider, Speaks)


def test_the_callback_carries_the_credentials_that_are_believed() -> None:
    body = json.loads(_infobip().build_request(_member(1)).body)
    called = urlsplit(body["messages"][0]["webhooks"]["delivery"]["url"])
    shown = f"{unquote(called.username or '')}:{unquote(called.password or '')}"
    assert (called.hostname, called.path, called.query) == ("hooks.blue.example", "/webhooks/infobip/prv_1", f"r={1:036d}")
    assert _infobip().read_webhook(_results(authorization="Basic " + b64encode(shown.encode()).decode())).unread == 1


def test_while_a_password_is_rotated_both_are_believed_and_no_third() -> None:
    provider = _infobip(previous_webhook_password="the-one-before")
    for password in (b"p@ss:word/1", b"the-one-before"):
        provider.read_webhook(_results(authorization="Basic " + b64encode(b"tactful:" + password).decode()))
        provider.read_webhook(_results(authorization="Bearer " + password.decode()))
    for wrong in (
        "Basic " + b64encode(b"tactful:another").decode(),
        "Basic " + b64encode(b"other:p@ss:word/1").decode(),
        "Bearer x",
        "",
    ):
        with pytest.raises(BadSignature):
            provider.read_webhook(_results(authorization=wrong or " "))


def test_a_batch_is_many_messages_each_under_its_own_id_reference_and_url() -> None:
    batch = _batch(3)
    body = json.loads(_infobip().build_batch(batch).body)
    for member, message in zip(batch.members, body["messages"], strict=True):
        assert message["destinations"] == [{"to": member.to[1:], "messageId": member.own_id}]
        assert message["webhooks"]["callbackData"] == member.reference
        assert message["webhooks"]["delivery"]["url"].endswith(member.reference)


def test_messages_of_different_channels_do_not_go_together() -> None:
    held = [
        _member(1),
        _member(2),
        _member(3, channel=Channel.RCS),
        _member(4, channel=Channel.RCS),
        _member(5, channel=Channel.VOICE),
    ]
    alone, together = batches_of(_infobip(), held, lambda one: one)
    assert [one.channel for one in alone] == [Channel.VOICE]
    assert [[one.channel for one in group] for group in together] == [[Channel.SMS] * 2, [Channel.RCS] * 2]


def test_a_batch_is_accepted_in_part_and_told_in_any_order() -> None:
    batch = _batch(4)
    lines = [
        {"messageId": batch.members[2].own_id, "status": _TAKEN_BEFORE},
        {"messageId": batch.members[0].own_id, "status": _OK, "details": {"messageCount": 2}},
        {"messageId": "somebody else", "status": _OK},
        {"messageId": batch.members[3].own_id, "status": {"groupId": 5, "id": 52}},
    ]
    outcomes = outcomes_of(_infobip(), batch, _answer(200, {"messages": lines}))
    assert outcomes[0] == Accepted(batch.members[0].own_id, 2)
    assert isinstance(outcomes[1], MayHaveLeft)
    assert [(each.error, each.code) for each in outcomes[2:] if isinstance(each, Refused)] == [
        (ErrorClass.DUPLICATE, "status.23"),
        (ErrorClass.INVALID_NUMBER, "status.52"),
    ]


@pytest.mark.parametrize(("status", "body"), [(500, {}), (200, {}), (200, []), (408, None), (302, {})])
def test_a_batch_without_a_clear_answer_settles_nobody(status: int, body: Any) -> None:
    outcomes = outcomes_of(_infobip(), _batch(3), _answer(status, body))
    assert len(outcomes) == 3
    assert all(isinstance(outcome, MayHaveLeft) for outcome in outcomes)


def _classes(outcomes: list[Outcome]) -> list[ErrorClass]:
    return [outcome.error for outcome in outcomes if isinstance(outcome, Refused)]


def test_one_bad_message_does_not_end_the_others_of_its_batch() -> None:
    faults = [{"property": "messages[1].destinations[0].to", "violation": "no number: 14155550001"}]
    outcomes = outcomes_of(_infobip(), _batch(3), _answer(400, {"errorCode": "E400", "violations": faults}))
    assert _classes(outcomes) == [ErrorClass.PROVIDER_TEMPORARY, ErrorClass.INVALID_REQUEST, ErrorClass.PROVIDER_TEMPORARY]


def test_a_batch_refused_for_nobody_in_particular_is_refused_for_all() -> None:
    outcomes = outcomes_of(_infobip(), _batch(2), _answer(429, {"errorCode": "E429"}, **{"retry-after": "3"}))
    assert outcomes == [Refused(ErrorClass.THROTTLED, "E429", "Infobip answered 429 with E429", 3.0)] * 2


def _sought(channel: Channel) -> Sought:
    return Sought(
        provider_message_id=None,
        reference="r" * 36,
        own_id=examples.OWN_ID,
        to="+14155550123",
        sender="+15005550006",
        channel=channel,
        body="Hello",
        handed_over_at=examples.NOW,
    )


@pytest.mark.parametrize(("channel", "path"), [
    (Channel.SMS, "/sms/3/logs"), (Channel.MMS, "/mms/2/logs"), (Channel.RCS, "/rcs/2/logs"), (Channel.VOICE, "/tts/3/logs"),
])  # fmt: skip
def test_a_lost_message_is_looked_for_by_its_id_in_its_channels_logs(channel: Channel, path: str) -> None:
    provider, sought = _infobip("https://own.api.infobip.example/"), _sought(channel)
    asked = provider.build_lookup(sought)
    assert asked is not None
    assert (asked.method, asked.url) == ("GET", f"https://own.api.infobip.example{path}?messageId={examples.OWN_ID}")
    line = {
        "messageId": examples.OWN_ID,
        "destination": "14155550123",
        "status": {"groupId": 3, "id": 5},
        "doneAt": "2026-01-01T12:00:00Z",
    }
    other = {**line, "messageId": "another"}
    found = provider.read_lookup(sought, _answer(200, {"results": [other, line, None]}))
    assert [(one.state, one.reference, one.provider_message_id) for one in found.receipts] == [
        (State.DELIVERED, sought.reference, examples.OWN_ID)
    ]


@pytest.mark.parametrize("answer", [
    _answer(200, {"results": []}), _answer(200, None), _answer(404, {}), _answer(500, {}), Response(200, {}, b"<html>"),
])  # fmt: skip
def test_logs_that_do_not_know_a_message_prove_nothing(answer: Response) -> None:
    assert _infobip().read_lookup(_sought(Channel.SMS), answer) == Found()


@pytest.mark.parametrize(("status", "code", "reachable"), [
    (200, "ENABLED", True), (200, "UNREACHABLE", False), (200, "AGENT_NOT_LAUNCHED", False), (200, "REQUEST_FAILED", None),
    (200, "UNKNOWN_CODE", None), (429, "ENABLED", None), (500, "", None),
])  # fmt: skip
def test_whether_a_number_is_reached_by_rcs(status: int, code: str, reachable: bool | None) -> None:
    provider = _infobip()
    asked = provider.build_capability("+14155550123", "BlueAgent", "")
    assert asked.url == "https://api.infobip.com/rcs/2/capability-check/query"
    assert json.loads(asked.body) == {"sender": "BlueAgent", "phoneNumbers": ["14155550123"]}
    assert (
        provider.read_capability(_answer(status, {"capabilityCheckResults": [{"phoneNumber": "1", "code": code}]})) is reachable
    )


def test_many_numbers_are_asked_about_at_once_and_told_apart_by_their_number() -> None:
    provider, numbers = _infobip(), ["+14155550123", "+14155550124", "+14155550125"]
    assert isinstance(provider, ChecksCapabilities)
    assert json.loads(provider.build_capabilities(numbers, "BlueAgent").body)["phoneNumbers"] == [one[1:] for one in numbers]
    said = [{"phoneNumber": "14155550124", "code": "UNREACHABLE"}, {"phoneNumber": "+14155550123", "code": "ENABLED"}, None, {}]
    answer = {"capabilityCheckResults": said}
    assert provider.read_capabilities(numbers, _answer(200, answer)) == {numbers[0]: True, numbers[1]: False}
    assert provider.read_capabilities(numbers, _answer(500, answer)) == {}


def test_words_that_no_card_has_room_for_are_refused_not_cut() -> None:
    card = Card(text="a" * 2_000, media=Media(url="https://media.blue.example/a.jpg"))
    message = replace(_member(1, channel=Channel.RCS), body="Reply STOP to end.", content=Content(cards=(card,)))
    refused = request_for(_infobip(), message)
    assert isinstance(refused, Refused)
    assert refused.code == "not_built"


@pytest.mark.parametrize("cards", [(Card(text="Boots"),), (Card(title="Boots"), Card(text="Shoes"))])
def test_a_card_of_words_alone_is_refused_before_infobip_would(cards: tuple[Card, ...]) -> None:
    refused = request_for(_infobip(), examples.message(Channel.RCS, body="", content=Content(cards=cards)))
    assert isinstance(refused, Refused)
    assert refused.code == "not_built"


def test_a_card_with_a_title_or_a_picture_is_drawn() -> None:
    for card in (Card(title="Boots"), Card(media=Media(url="https://cdn.blue.example/boots.jpg"))):
        message = examples.message(Channel.RCS, body="Until Sunday", content=Content(cards=(card,)))
        assert not isinstance(request_for(_infobip(), message), Refused)


_WORDS = (3, 7, 26, 2, 5, 9, 15, 29, 12, 900)


@given(order=some.permutations(_WORDS), again=some.lists(some.sampled_from(_WORDS), max_size=5), seed=some.integers(0, 99))
def test_reports_in_any_order_and_number_come_to_the_same(order: list[int], again: list[int], seed: int) -> None:
    groups = {3: 1, 7: 1, 26: 1, 2: 3, 5: 3, 9: 2, 15: 4, 29: 4, 12: 5, 900: 9}
    told = [*order, *again]
    random.Random(seed).shuffle(told)
    reports = [
        {"messageId": "m", "status": {"groupId": groups[word], "id": word, "name": str(word)}, "doneAt": ""} for word in told
    ]
    reading = _infobip().read_webhook(_results(*reports))
    assert max(receipt.state for receipt in reading.receipts if receipt.state is not None) is State.DELIVERED
    assert len({receipt.event_key for receipt in reading.receipts}) == len(_WORDS)


@given(garbage=some.recursive(
    some.none() | some.booleans() | some.integers() | some.text(max_size=9),
    lambda inside: some.lists(inside, max_size=4) | some.dictionaries(
        some.sampled_from(["messageId", "status", "id", "groupId", "to", "from", "message", "type", "price", "error"]),
        inside, max_size=6,
    ),
    max_leaves=20,
))  # fmt: skip
def test_a_result_that_is_garbage_costs_the_others_nothing(garbage: Any) -> None:
    good = {"messageId": "m", "to": "14155550123", "status": {"groupId": 3, "id": 5}}
    reading = _infobip().read_webhook(_results(garbage, good))
    assert [receipt.state for receipt in reading.receipts][-1] is State.DELIVERED


@pytest.mark.parametrize(("error", "status", "means"), [
    (608, 87, ErrorClass.SPAM_FILTERED),  # held for a fraud: to try again makes it worse
    (609, 87, ErrorClass.DAILY_CAP),
    (0, 6, ErrorClass.CAPABILITY_MISSING),  # a network the account does not cover says nothing against the number
    (0, 8, ErrorClass.INVALID_NUMBER),
    (34, 9, ErrorClass.PROVIDER_TEMPORARY),
    (351, 9, ErrorClass.TEMPORARILY_UNREACHABLE),
    (571, 4, ErrorClass.SENDER_CONFIG),
    (1159, 9, ErrorClass.TEMPORARILY_UNREACHABLE),
    (4118, 4, ErrorClass.SENDER_CONFIG),
    (4129, 4, ErrorClass.CONTENT_REJECTED),
    (4137, 4, ErrorClass.BLOCKED),
    (10301, 9, ErrorClass.ACCOUNT),
    (10305, 9, ErrorClass.INVALID_NUMBER),
    (10313, 9, ErrorClass.BLOCKED),
    (15006, 9, ErrorClass.EXPIRED),
    (15010, 4, ErrorClass.SENDER_CONFIG),
    (15015, 4, ErrorClass.OPTED_OUT),  # the person blocked our number for pictures: a no, as 573 is for texts
    (15017, 9, ErrorClass.NOT_IN_SERVICE),
    (15019, 9, ErrorClass.CAPABILITY_MISSING),
    (15026, 4, ErrorClass.CONTENT_REJECTED),
    (15000, 9, ErrorClass.UNKNOWN),
])  # fmt: skip
def test_codes_of_every_channel_mean_what_infobip_says(error: int, status: int, means: ErrorClass) -> None:
    group = 5 if status in {6, 8, 87} else 2
    report = {"messageId": "m", "status": {"groupId": group, "id": status, "name": "x"}, "error": {"id": error}}
    receipt = _infobip().read_webhook(_results(report)).receipts[0]
    assert (receipt.error, receipt.error_code) == (means, str(error) if error else f"status.{status}")


def test_no_code_means_two_things() -> None:
    listed = [code for codes in CODES.values() for code in codes]
    assert len(listed) == len(set(listed))


def test_a_picture_message_whose_words_come_in_one_piece_is_heard() -> None:
    said = _infobip().read_webhook(_results({"messageId": "m", "from": "14155550123", "to": "14155550100", "message": "STOP"}))
    assert [(one.channel, one.body, one.from_number) for one in said.inbound] == [(Channel.MMS, "STOP", "+14155550123")]
