"""Who tells on whose network a number is? Each carrier that does, in its own words, and what they come down to."""

from typing import Any

import pytest

from app.domain.networks import is_tmobile_us, read_network
from app.providers._infobip_events import receipt_of
from app.providers._sinch_events import recipient_report
from app.providers._telnyx_events import found_receipt
from app.providers._vonage_events import read_event

_ID = "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab"


def _vonage(network: str) -> Any:
    event = {"message_uuid": _ID, "to": "14155550123", "status": "delivered", "channel": "sms"}
    return read_event({**event, "destination": {"network_code": network}}, "", "n", {}).receipts[0]


def _telnyx(network: str) -> Any:
    said = {"id": _ID, "to": [{"phone_number": "+14155550123", "status": "delivered", "carrier": network}]}
    return found_receipt(said, "r", {}).receipts[0]


def _sinch(network: str) -> Any:
    said = {"batch_id": "b", "recipient": "14155550123", "code": 0, "status": "Delivered", "operator": network}
    return recipient_report(said, None)


def _infobip(network: str) -> Any:
    return receipt_of({"messageId": _ID, "to": "14155550123", "status": {"id": 5, "name": "OK"}, "mccMnc": network}, None)


@pytest.mark.parametrize("told_by", [_vonage, _telnyx, _sinch, _infobip])
@pytest.mark.parametrize(
    ("written", "kept"),
    [("310260", "310260"), ("310-260", "310260"), (" T-Mobile USA,  Inc. ", "T-MOBILE USA, INC."), ("", None), ("123", None)],
)
def test_a_receipt_names_the_network(told_by: Any, written: str, kept: str | None) -> None:
    assert read_network(told_by(written).network) == kept


def test_t_mobiles_day_is_full_for_its_numbers_alone() -> None:
    assert all(map(is_tmobile_us, ("310260", "312250", "T-MOBILE USA, INC.", "METROPCS")))
    assert not any(map(is_tmobile_us, ("", "310410", "VERIZON WIRELESS", "26201", "T-MOBILE CZECH REPUBLIC")))
    assert read_network("A" * 500) == "A" * 60
    assert read_network("\x00\x1b") is None
