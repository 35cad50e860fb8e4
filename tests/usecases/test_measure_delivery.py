"""Do the figures of a sender say what became of its attempts, however often they are counted and whatever comes late?"""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from app.domain.deliverability import KEPT, hour_of
from app.domain.delivery import ErrorClass, Receipt
from app.domain.ids import decode_id
from app.domain.message import State
from app.usecases.context import Context
from app.usecases.measure_delivery import measure_delivery
from app.usecases.record_receipts import Received, record_receipts
from tests.factories import calling, make_key, make_workspace
from tests.shop import Shop

_ATTEMPT = """
INSERT INTO attempt (workspace_id, message_id, number, provider_id, sender_id, outcome, provider_message_id, handed_over_at,
                     answered_at)
SELECT workspace_id, id, 1, $2, sender_id, $3, $4, $5, $5 FROM message WHERE id = $1
"""


@pytest.fixture
async def shop(context: Context) -> AsyncIterator[Shop]:
    workspace_id = await make_workspace(context)
    async with calling(context, await make_key(context, workspace_id)) as client:
        yield Shop(context, client, workspace_id)


async def _tried(shop: Shop, sender: dict[str, Any], to: str, name: str, *, outcome: str = "accepted") -> None:
    """A message to a number, handed over six minutes ago."""
    body = {"to": to, "purpose": "transactional", "sender_id": sender["id"], "body": "It is ready."}
    message_id = decode_id("message", (await shop.made("/v1/messages", body))["id"])
    provider_id = decode_id("provider", sender["provider_id"])
    at = shop.context.clock.now() - timedelta(minutes=6)
    sid = name if outcome == "accepted" else None
    await shop.execute("UPDATE message SET state = 30, attempts = 1 WHERE id = $1", message_id)
    await shop.execute(_ATTEMPT, message_id, provider_id, outcome, sid, at)


async def _told(shop: Shop, sender: dict[str, Any], name: str, state: State, *, seconds: int, **fields: Any) -> None:
    """What the carrier says of a message, so long after its hand-over."""
    provider_id: UUID = decode_id("provider", sender["provider_id"])
    at = await shop.value("SELECT handed_over_at FROM attempt WHERE provider_message_id = $1", name)
    receipt = Receipt(
        event_key=f"{name}/{state}",
        raw_status=state.name,
        state=state,
        provider_message_id=name,
        occurred_at=at + timedelta(seconds=seconds),
        **fields,
    )
    await record_receipts(shop.context, [Received(shop.workspace_id, provider_id, receipt)], now=shop.context.clock.now())


async def _read(shop: Shop, sender: dict[str, Any]) -> dict[str, Any]:
    answer = await shop.client.get(f"/v1/senders/{sender['id']}/deliverability")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_a_senders_figures_are_those_of_its_attempts_however_often_they_are_counted(shop: Shop) -> None:
    sender = await shop.sender()
    price: dict[str, Any] = {"price": Decimal("0.0079"), "currency": "USD"}
    for at in range(4):
        await _tried(shop, sender, f"+1212555010{at}", f"us{at}")
    await _tried(shop, sender, "+4915112345678", "de")
    await _tried(shop, sender, "+12125550109", "lost", outcome="unknown")
    await _tried(shop, sender, "+12125550108", "never", outcome="never_left")
    await _told(shop, sender, "us0", State.SENT, seconds=1, **price)
    await _told(shop, sender, "us0", State.DELIVERED, seconds=4, **price)
    await _told(shop, sender, "us1", State.DELIVERED, seconds=8)
    await _told(shop, sender, "us2", State.UNDELIVERED, seconds=9, error=ErrorClass.TEMPORARILY_UNREACHABLE, error_code="30003")
    assert await measure_delivery(shop.context) > 0
    assert await measure_delivery(shop.context) == 0

    told = await _read(shop, sender)
    overall = told["overall"]
    assert (overall["handed_over"], overall["accepted"], overall["delivered"], overall["failed"]) == (6, 5, 2, 1)
    assert (overall["share"], overall["mean_seconds"]) == (0.6667, 6.0)
    assert overall["prices"] == [{"currency": "USD", "total": "0.0079", "each": "0.001580"}]
    assert [(place["region"], place["handed_over"]) for place in told["places"]] == [("US", 5), ("DE", 1)]
    assert told["places"][1]["share"] is None

    await _told(shop, sender, "us2", State.DELIVERED, seconds=30)  # late, and it counts
    await _told(shop, sender, "de", State.DELIVERED, seconds=2, price=Decimal("0.07"), currency="EUR")
    await shop.execute("UPDATE measured_hour SET measured_at = measured_at - interval '10 minutes'")
    await measure_delivery(shop.context)
    overall = (await _read(shop, sender))["overall"]
    assert (overall["handed_over"], overall["delivered"], overall["failed"]) == (6, 4, 0)
    assert [price["currency"] for price in overall["prices"]] == ["EUR", "USD"]


async def test_a_number_learns_its_network_from_receipts_and_a_full_t_mobile_day_holds_t_mobile_alone(shop: Shop) -> None:
    sender = await shop.sender(kind="long_code", address="+12125550199")
    for at in range(3):
        await _tried(shop, sender, f"+1212555010{at}", f"us{at}")
    await _told(shop, sender, "us0", State.DELIVERED, seconds=4, network="310-260")
    await _told(shop, sender, "us1", State.DELIVERED, seconds=8, network=" Verizon  Wireless ")
    await measure_delivery(shop.context)
    places = {place["network"]: place["delivered"] for place in (await _read(shop, sender))["places"]}
    assert places == {"310260": 1, "VERIZON WIRELESS": 1, "": 0}

    await _told(shop, sender, "us2", State.UNDELIVERED, seconds=9, error=ErrorClass.DAILY_CAP, error_code="30023")
    judged = {}
    for at in range(3):
        body = {"to": f"+1212555010{at}", "channel": "sms", "purpose": "transactional", "sender_id": sender["id"]}
        answer = await shop.client.post("/v1/decisions", json=body)
        judged[at] = [reason["rule"] for reason in answer.json()["reasons"]]
    assert judged == {0: ["sender.tmobile_daily_cap"], 1: [], 2: ["sender.tmobile_daily_cap"]}


async def test_figures_are_forgotten_after_their_days_and_shown_to_nobody_else(shop: Shop) -> None:
    sender = await shop.sender()
    await measure_delivery(shop.context)
    hour = hour_of(shop.context.clock.now() - KEPT - timedelta(hours=2))
    await shop.execute(
        "INSERT INTO delivery_stat (workspace_id, sender_id, hour, region, handed_over, accepted, delivered, failed, seconds) "
        "VALUES ($1, $2, $3, 'US', 1, 1, 1, 0, 1), ($1, $2, $4, 'US', 1, 1, 1, 0, 1)",
        shop.workspace_id,
        decode_id("sender", sender["id"]),
        hour,
        hour + timedelta(days=10),
    )
    await measure_delivery(shop.context)
    assert await shop.value("SELECT count(*) FROM delivery_stat") == 1
    assert (await _read(shop, sender))["overall"]["handed_over"] == 0
    workspace_id = await make_workspace(shop.context, name="Other Shop")
    async with calling(shop.context, await make_key(shop.context, workspace_id)) as stranger:
        assert (await stranger.get(f"/v1/senders/{sender['id']}/deliverability")).status_code == 404
        for days in (0, 61, "x"):
            answer = await shop.client.get(f"/v1/senders/{sender['id']}/deliverability", params={"days": days})
            assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/query/days")
