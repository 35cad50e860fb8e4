"""Does Plivo tell what became of a message or call, and is a call taken back? Records by their ids, and what they say."""

from typing import Any

import orjson
import pytest

from app.domain.delivery import Response, Sought
from app.domain.message import Channel, State
from app.ports import Account, LooksUp, Recalls
from app.providers.plivo import Plivo
from tests.contract import examples_of as examples

_ID, _TOKEN = "MA0123456789ABCDEFGH", "a-live-token"
_ACCOUNT = f"https://api.plivo.com/v1/Account/{_ID}"


def _plivo() -> Plivo:
    return Plivo(Account({"auth_id": _ID, "auth_token": _TOKEN}))


def _sought(known: str | None, channel: Channel = Channel.SMS) -> Sought:
    return Sought(
        provider_message_id=known, reference=examples.REFERENCE, own_id=examples.OWN_ID, to="+14155550123", sender="+15005550006",
        channel=channel, body="Hello", handed_over_at=examples.NOW,
    )  # fmt: skip


def test_a_message_and_a_call_are_asked_for_by_their_id() -> None:
    provider: LooksUp = _plivo()
    for channel, name in ((Channel.SMS, "Message"), (Channel.MMS, "Message"), (Channel.VOICE, "Call")):
        asked = provider.build_lookup(_sought("u/1", channel))
        assert asked is not None
        assert (asked.method, asked.url, asked.body) == ("GET", f"{_ACCOUNT}/{name}/u%2F1/", b"")
    assert provider.build_lookup(_sought(None)) is None


@pytest.mark.parametrize(("record", "state", "error"), [
    ({"message_state": "delivered", "error_code": "000", "total_amount": "0.0055"}, State.DELIVERED, None),
    ({"message_state": "queued", "error_code": None}, State.SUBMITTED, None),
    ({"message_state": "failed", "error_code": "200"}, State.FAILED, "opted_out"),
    ({"message_state": "failed", "error_code": "420"}, State.EXPIRED, "expired"),
    ({"message_state": "undelivered", "error_code": "12345"}, State.UNDELIVERED, "unknown"),
    ({"message_state": "pondered"}, None, None),
])  # fmt: skip
def test_a_record_tells_of_a_message(record: dict[str, Any], state: State | None, error: str | None) -> None:
    [receipt] = _plivo().read_lookup(_sought("u-1"), Response(200, {}, orjson.dumps(record))).receipts
    assert (receipt.provider_message_id, receipt.state, receipt.error) == ("u-1", state, error)


@pytest.mark.parametrize(("record", "state", "error"), [
    ({"hangup_cause_code": 4000, "answer_time": "2026-01-01 12:00:00", "call_duration": 9}, State.DELIVERED, None),
    ({"hangup_cause_code": 1000, "answer_time": None}, State.CANCELLED, None),
    ({"hangup_cause_code": 2000, "answer_time": ""}, State.UNDELIVERED, "invalid_number"),
    ({"hangup_cause_code": 3010}, State.UNDELIVERED, "temporarily_unreachable"),
    ({"hangup_cause_code": 3130}, State.UNDELIVERED, "spam_filtered"),
    ({"hangup_cause_code": 3020}, State.UNDELIVERED, "unknown"),
    ({"hangup_cause_code": 3999}, State.UNDELIVERED, "unknown"),
])  # fmt: skip
def test_a_record_tells_of_a_call(record: dict[str, Any], state: State, error: str | None) -> None:
    [receipt] = _plivo().read_lookup(_sought("u-1", Channel.VOICE), Response(200, {}, orjson.dumps(record))).receipts
    assert (receipt.provider_message_id, receipt.state, receipt.error) == ("u-1", state, error)


@pytest.mark.parametrize(("status", "body"), [(200, b"{}"), (200, b"["), (404, b'{"message_state": "sent"}'), (500, b"")])
def test_no_record_proves_nothing(status: int, body: bytes) -> None:
    for channel in (Channel.SMS, Channel.VOICE):
        found = _plivo().read_lookup(_sought("u-1", channel), Response(status, {}, body))
        assert (found.receipts, found.is_absent) == ((), False)


def test_a_call_can_be_taken_back_and_a_message_cannot() -> None:
    provider: Recalls = _plivo()
    asked = provider.build_cancel("u-1", to="+14155550123", channel=Channel.VOICE)
    assert asked is not None
    assert (asked.method, asked.url) == ("DELETE", f"{_ACCOUNT}/Request/u-1/")
    assert provider.build_cancel("u-1", to="+14155550123", channel=Channel.SMS) is None
    assert [provider.read_cancel(Response(status, {}, b"")) for status in (204, 200, 404, 500)] == [True, False, False, False]
