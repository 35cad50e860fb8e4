"""Does Twilio tell what became of a message, and take many at once where it is asked to? Look-ups, and the bulk API."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.domain.delivery import (
    Accepted,
    AnsweredBy,
    Batch,
    ErrorClass,
    Found,
    MayHaveLeft,
    Refused,
    Response,
    Sought,
)
from app.domain.message import Channel, State
from app.ports import Account, BadCredentials, Batches, LooksUp
from app.providers.registry import batch_request_for, batches_of, outcomes_of
from app.providers.twilio import Twilio
from tests.contract import examples_of as examples

_SID = "AC" + "0" * 32
_MESSAGE, _OTHER = "SM" + "0" * 31 + "1", "SM" + "0" * 31 + "2"
_SOUGHT = Sought(
    provider_message_id=None,
    reference=examples.REFERENCE,
    own_id=examples.OWN_ID,
    to="+14155550123",
    sender="+15005550006",
    channel=Channel.SMS,
    body="Hello",
    handed_over_at=examples.NOW,
)
_SHOWN = {
    "sid": _MESSAGE,
    "status": "delivered",
    "direction": "outbound-api",
    "to": "+14155550123",
    "from": "+15005550006",
    "messaging_service_sid": None,
    "body": "Hello",
    "error_code": None,
    "price": "-0.00750",
    "price_unit": "USD",
    "date_created": "Thu, 01 Jan 2026 12:00:01 +0000",
    "date_updated": "Thu, 01 Jan 2026 12:00:09 +0000",
}


def _twilio(base_url: str | None = None, **credentials: str) -> Twilio:
    return Twilio(Account({"account_sid": _SID, "auth_token": "a-live-token", **credentials}, base_url))


def _answer(value: Any, status: int = 200) -> Response:
    return Response(status, {}, orjson.dumps(value))


def _listed(*items: dict[str, Any], sought: Sought = _SOUGHT, name: str = "messages") -> list[str | None]:
    found = _twilio().read_lookup(sought, _answer({name: items}))
    assert not found.is_absent
    return [receipt.provider_message_id for receipt in found.receipts]


def test_a_message_is_asked_for_by_its_id() -> None:
    assert isinstance(_twilio(), LooksUp)
    asked = _twilio().build_lookup(replace(_SOUGHT, provider_message_id=_MESSAGE))
    assert asked is not None
    assert (asked.method, asked.url, asked.body) == (
        "GET", f"https://api.twilio.com/2010-04-01/Accounts/{_SID}/Messages/{_MESSAGE}.json", b"",
    )  # fmt: skip
    assert "content-type" not in asked.headers


def test_what_is_found_by_its_id_is_the_attempts_own() -> None:
    [receipt] = _twilio().read_lookup(replace(_SOUGHT, provider_message_id=_MESSAGE), _answer(_SHOWN)).receipts
    assert (receipt.state, receipt.reference, receipt.provider_message_id) == (State.DELIVERED, examples.REFERENCE, _MESSAGE)
    assert (receipt.price, receipt.currency) == (Decimal("0.00750"), "USD")
    assert receipt.occurred_at == datetime(2026, 1, 1, 12, 0, 9, tzinfo=UTC)
    assert receipt.event_key == f"{_MESSAGE}:delivered:", "as in the callback, so that neither counts twice"


@pytest.mark.parametrize(("status", "code", "state", "error"), [
    ("undelivered", 30005, State.UNDELIVERED, ErrorClass.NOT_IN_SERVICE),
    ("failed", 30036, State.EXPIRED, ErrorClass.EXPIRED),
    ("undelivered", 0, State.UNDELIVERED, None),
    ("delivered", 30005, State.DELIVERED, None),
    ("tomorrow", None, None, None),
])  # fmt: skip
def test_a_state_found_is_read_as_one_told(status: str, code: int | None, state: State | None, error: ErrorClass | None) -> None:
    answer = _answer({**_SHOWN, "status": status, "error_code": code})
    [receipt] = _twilio().read_lookup(replace(_SOUGHT, provider_message_id=_MESSAGE), answer).receipts
    assert (receipt.state, receipt.error) == (state, error)


def test_without_an_id_what_went_to_the_number_is_listed() -> None:
    asked = _twilio("http://127.0.0.1:9/").build_lookup(_SOUGHT)
    assert asked is not None
    parts = urlsplit(asked.url)
    assert (parts.hostname, parts.path) == ("127.0.0.1", f"/2010-04-01/Accounts/{_SID}/Messages.json")
    assert parse_qs(parts.query) == {"To": ["+14155550123"], "DateSent>": ["2026-01-01T11:59:00Z"], "PageSize": ["50"]}


@pytest.mark.parametrize(("channel", "to", "resource", "since"), [
    (Channel.RCS, "rcs:+14155550123", "Messages", "DateSent>"), (Channel.VOICE, "+14155550123", "Calls", "StartTime>"),
])  # fmt: skip
def test_each_channel_is_listed_where_it_is_kept(channel: Channel, to: str, resource: str, since: str) -> None:
    asked = _twilio().build_lookup(replace(_SOUGHT, channel=channel))
    assert asked is not None
    assert f"/{resource}.json?" in asked.url
    assert parse_qs(urlsplit(asked.url).query).keys() == {"To", since, "PageSize"}
    assert parse_qs(urlsplit(asked.url).query)["To"] == [to]


def test_all_that_fit_are_candidates() -> None:
    assert _listed(_SHOWN, {**_SHOWN, "sid": _OTHER, "status": "sent"}) == [_MESSAGE, _OTHER]


@pytest.mark.parametrize("other", [
    {"body": "Hullo"}, {"from": "+15005550007"}, {"to": "+14155550124"}, {"direction": "inbound"},
    {"date_created": "Thu, 01 Jan 2026 11:58:00 +0000"}, {"date_created": "Thu, 01 Jan 2026 12:06:00 +0000"},
    {"date_created": None}, {"date_created": "Thu, 01 Jan 2026 12:00:01"}, {"date_created": 7}, {"sid": None}, {"status": ""},
])  # fmt: skip
def test_what_differs_is_no_candidate(other: dict[str, Any]) -> None:
    assert _listed({**_SHOWN, **other}) == []


def test_a_messaging_service_is_known_by_its_own_id() -> None:
    service = "MG" + "0" * 32
    sought = replace(_SOUGHT, sender=service)
    assert _listed({**_SHOWN, "from": "+15005550099", "messaging_service_sid": service}, sought=sought) == [_MESSAGE]
    assert _listed(_SHOWN, sought=sought) == []


def test_a_message_by_rcs_is_found_under_its_prefix() -> None:
    sought = replace(_SOUGHT, channel=Channel.RCS, sender="blue_shop_agent")
    assert _listed({**_SHOWN, "to": "rcs:+14155550123", "from": "rcs:blue_shop_agent"}, sought=sought) == [_MESSAGE]


def test_a_call_is_found_with_who_took_it() -> None:
    sought = replace(_SOUGHT, channel=Channel.VOICE)
    shown = {**_SHOWN, "sid": "CA1", "status": "completed", "duration": "25", "answered_by": "machine_start"}
    del shown["body"]
    [receipt] = _twilio().read_lookup(sought, _answer({"calls": [shown]})).receipts
    assert (receipt.state, receipt.duration, receipt.answered_by) == (State.DELIVERED, 25, AnsweredBy.MACHINE)


@pytest.mark.parametrize("status", [404, 429, 500, 302])
@pytest.mark.parametrize("sid", [None, _MESSAGE])
def test_any_other_answer_says_nothing(status: int, sid: str | None) -> None:
    assert _twilio().read_lookup(replace(_SOUGHT, provider_message_id=sid), _answer(_SHOWN, status)) == Found()


def test_another_message_than_the_one_asked_for_says_nothing() -> None:
    assert _twilio().read_lookup(replace(_SOUGHT, provider_message_id=_OTHER), _answer(_SHOWN)) == Found()


_JSON = some.recursive(
    some.none() | some.booleans() | some.floats(allow_nan=False) | some.text(max_size=20),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.sampled_from(sorted(_SHOWN)), inner, max_size=4),
    max_leaves=8,
)


@given(value=_JSON, sid=some.none() | some.just(_MESSAGE), channel=some.sampled_from(sorted(Channel)))
def test_no_answer_stops_a_look_up(value: Any, sid: str | None, channel: Channel) -> None:
    sought = replace(_SOUGHT, provider_message_id=sid, channel=channel)
    for answer in (value, {"messages": value, "calls": value}, {"messages": [{**_SHOWN, "price": value, "date_updated": value}]}):
        assert not _twilio().read_lookup(sought, _answer(answer)).is_absent


# The bulk API.

_MEMBERS = tuple(
    examples.message(Channel.SMS, to=f"+1415555012{place}", body=f"Hello {{{{ {place} }}}}", reference=str(place) * 36)
    for place in range(3)
)
_BATCH = Batch(members=_MEMBERS, reference="B" * 36, callback_url="https://hooks.blue.example/x?r=" + "B" * 36)
_OPERATION = "comms_operation_01h9krwprkeee8fzqspvwy6nq8"


def test_without_being_asked_for_nothing_goes_together() -> None:
    for provider in (_twilio(), _twilio(bulk="off")):
        assert isinstance(provider, Batches)
        assert batches_of(provider, _MEMBERS, lambda message: message) == (list(_MEMBERS), [])
        assert isinstance(batch_request_for(provider, _BATCH), Refused)


def test_asked_for_plain_texts_of_one_sender_go_together() -> None:
    alone, together = batches_of(_twilio(bulk="on"), _MEMBERS, lambda message: message)
    assert (alone, together) == ([], [list(_MEMBERS)])


@pytest.mark.parametrize("message", [
    examples.message(Channel.SMS, validity=3_600), examples.message(Channel.SMS, sender="MG" + "0" * 32),
    examples.message(Channel.MMS), examples.message(Channel.RCS), examples.message(Channel.VOICE),
    examples.message(Channel.SMS, body=""),
])  # fmt: skip
def test_what_the_bulk_api_cannot_say_goes_alone(message: Any) -> None:
    assert _twilio(bulk="on").batch_key(message) is None


def test_each_text_is_its_recipients_variable() -> None:
    built = _twilio(bulk="on").build_batch(_BATCH)
    assert (built.method, built.url) == ("POST", "https://comms.twilio.com/v1/Messages")
    assert built.headers["content-type"] == "application/json"
    body = orjson.loads(built.body)
    assert body["from"] == {"address": "+15005550006", "channel": "SMS"}
    assert body["content"] == {"text": "{{ text | default: '' }}"}
    assert [(to["address"], to["channel"], to["variables"]["text"]) for to in body["to"]] == [
        (member.to, "PHONE", member.body) for member in _MEMBERS
    ]


def test_an_account_elsewhere_sends_its_batches_there() -> None:
    assert _twilio("http://127.0.0.1:9/", bulk="on").build_batch(_BATCH).url == "http://127.0.0.1:9/v1/Messages"


@pytest.mark.parametrize("answer", [
    _answer({"operationId": _OPERATION, "operationLocation": "https://comms.twilio.com/v1/Messages/Operations/x"}, 202),
    Response(202, {"operationid": _OPERATION}, b""),
])  # fmt: skip
def test_a_yes_takes_all_each_under_an_id_of_its_own(answer: Response) -> None:
    outcomes = outcomes_of(_twilio(bulk="on"), _BATCH, answer)
    assert outcomes == [Accepted(f"{_OPERATION}/{place}") for place in range(3)]


def test_a_yes_without_an_operation_and_a_broken_answer_settle_none() -> None:
    for answer in (_answer({}, 202), _answer({"operationId": ""}, 200), _answer({}, 503), Response(202, {}, b"<html>")):
        outcomes = outcomes_of(_twilio(bulk="on"), _BATCH, answer)
        assert len(outcomes) == 3
        assert all(isinstance(outcome, MayHaveLeft) for outcome in outcomes)


def test_a_no_refuses_all() -> None:
    outcomes = outcomes_of(_twilio(bulk="on"), _BATCH, _answer({"code": 20429, "message": "slow down"}, 429))
    assert [(outcome.error, outcome.code) for outcome in outcomes if isinstance(outcome, Refused)] == [
        (ErrorClass.THROTTLED, "20429")
    ] * 3


def test_what_went_in_bulk_can_be_neither_asked_for_nor_taken_back() -> None:
    provider = _twilio(bulk="on")
    assert provider.build_lookup(replace(_SOUGHT, provider_message_id=f"{_OPERATION}/0")) is None
    assert provider.build_cancel(f"{_OPERATION}/0", to="+14155550123", channel=Channel.SMS) is None


def test_bulk_is_on_or_off() -> None:
    with pytest.raises(BadCredentials) as refused:
        _twilio(bulk="perhaps")
    assert refused.value.field == "bulk"
