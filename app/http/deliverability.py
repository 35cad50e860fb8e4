"""How well does a sender deliver, where, how fast and for how much? As measured from what carriers said."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field

from app.domain.deliverability import Tried, add_up, expected_share
from app.http.deps import ContextDep, caller_with
from app.http.ids import SenderId
from app.http.problems import documented
from app.http.shapes import Instant, View
from app.usecases.authenticate import Caller
from app.usecases.measure_delivery import read_deliverability

router = APIRouter(prefix="/senders", tags=["senders"])

_MOST_PLACES = 500
_PRICE: dict[str, Any] = {"currency": "USD", "total": "31.60", "each": "0.0079"}
_ALL: dict[str, Any] = {
    "handed_over": 4100,
    "accepted": 4080,
    "delivered": 3876,
    "failed": 124,
    "share": 0.969,
    "expected_share": 0.9687,
    "mean_seconds": 4.2,
    "prices": [_PRICE],
}


class PriceView(View):
    """What messages cost, as far as the carrier has said."""

    model_config = ConfigDict(json_schema_extra={"examples": [_PRICE]})

    currency: str = Field(description="ISO 4217")
    total: Decimal
    each: Decimal = Field(description="The total by the message that was accepted")


class DeliveredView(View):
    """What became of attempts."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ALL]})

    handed_over: int = Field(description="Requests that left, or may have")
    accepted: int = Field(description="Those the carrier took")
    delivered: int
    failed: int = Field(description="Those it took and could not deliver. Neither: nothing final was said yet")
    share: float | None = Field(description="Delivered of those whose end is known")
    expected_share: float = Field(description="The share to count on: small numbers are drawn towards what is known beyond them")
    mean_seconds: float | None = Field(description="From the hand-over to the delivery")
    prices: list[PriceView]


class PlaceView(DeliveredView):
    """The same for one country and network."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"region": "US", "network": "", **_ALL}]})

    region: str = Field(description="ISO 3166; empty where the number belongs to none")
    network: str = Field(description="The carrier's network, as one told it; empty where nobody did")


class DeliverabilityView(View):
    """A sender's deliveries, over all and by place."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "sender_id": "snd_01jdd00000e008000000000001",
                    "since": "2026-11-16T10:00:00Z",
                    "overall": _ALL,
                    "places": [{"region": "US", "network": "", **_ALL}],
                }
            ]
        }
    )

    sender_id: SenderId
    since: Instant
    overall: DeliveredView
    places: list[PlaceView] = Field(description=f"The busiest first, {_MOST_PLACES} at most")


def _prices(tried: Tried) -> list[PriceView]:
    by_currency: Mapping[str, Decimal] = tried.prices
    return [
        PriceView(currency=currency, total=total, each=round(total / max(tried.accepted, 1), 6))
        for currency, total in sorted(by_currency.items())
    ]


def _figures(tried: Tried, overall: Tried) -> dict[str, Any]:
    return {
        "handed_over": tried.handed_over,
        "accepted": tried.accepted,
        "delivered": tried.delivered,
        "failed": tried.failed,
        "share": None if tried.share is None else round(tried.share, 4),
        "expected_share": round(expected_share(tried, of_all=overall), 4),
        "mean_seconds": None if tried.mean_seconds is None else round(tried.mean_seconds, 3),
        "prices": _prices(tried),
    }


@router.get("/{sender_id}/deliverability", summary="How well a sender delivers", responses=documented(404))
async def deliverability(
    sender_id: SenderId,
    context: ContextDep,
    caller: Annotated[Caller, caller_with("senders:read")],
    days: Annotated[int, Query(ge=1, le=60, description="How many days back")] = 7,
) -> DeliverabilityView:
    """By country and network: what was handed over and delivered, how long that took and what it cost.

    Counted by the hour some minutes after the hand-over, and again as receipts come in, for three days; kept for sixty. Errors of
    recipients are part of it: compare senders that write to the same people.
    """
    now = context.clock.now()
    places = await read_deliverability(context, workspace_id=caller.workspace_id, sender_id=sender_id, days=days, now=now)
    overall = add_up(places)
    return DeliverabilityView(
        sender_id=sender_id,
        since=now - timedelta(days=days),
        overall=DeliveredView(**_figures(overall, overall)),
        places=[
            PlaceView(region=place.region, network=place.network, **_figures(place, overall)) for place in places[:_MOST_PLACES]
        ],
    )
