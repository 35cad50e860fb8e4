"""How is it shown what a campaign brought? Clicks, what was put down to them, and money by currency."""

from decimal import Decimal
from typing import Any, Literal

from pydantic import ConfigDict, Field

from app.http.shapes import View
from app.usecases.put_down_events import Results

_CLICKS: dict[str, Any] = {"clicks": 310, "unique_clicks": 260, "human_clicks": 240, "unique_human_clicks": 221}
_RESULTS: dict[str, Any] = {
    "clicks": _CLICKS,
    "conversion_days": 7,
    "conversions": [
        {"kind": "purchase", "name": "purchase", "currency": "USD", "events": 31, "people": 29, "amount": "2410.5000"},
        {"kind": "custom", "name": "signed_up", "currency": None, "events": 12, "people": 12, "amount": None},
    ],
    "purchases_after_delivery": [{"currency": "USD", "events": 74, "people": 66, "amount": "5120.0000"}],
}


class ClicksView(View):
    """A campaign's clicks in all."""

    clicks: int
    unique_clicks: int = Field(description="Messages a link was followed from")
    human_clicks: int = Field(description="Those that look like a person's")
    unique_human_clicks: int


class PurchasesView(View):
    """Purchases in one currency."""

    currency: str = Field(description="ISO 4217", examples=["USD"])
    events: int
    people: int
    amount: Decimal


class ConversionView(View):
    """Events of one name (and currency) that are put down to the campaign."""

    kind: Literal["purchase", "custom"]
    name: str
    currency: str | None
    events: int
    people: int
    amount: Decimal | None


class ResultsView(View):
    """What a campaign brought so far. Tests are left out."""

    model_config = ConfigDict(json_schema_extra={"examples": [_RESULTS]})

    clicks: ClicksView
    conversion_days: int
    conversions: list[ConversionView] = Field(
        description="Purchases and custom events within `conversion_days` after a person's click on one of its links, each put "
        "down to the last message whose link the person had followed; some minutes after they were told"
    )
    purchases_after_delivery: list[PurchasesView] = Field(
        description="What people bought within as many days after it was delivered, whether or not they followed a link: those "
        "above among them, and no cause is claimed"
    )


def results_view(results: Results) -> ResultsView:
    """Results as the API shows them."""
    return ResultsView(
        clicks=ClicksView(**dict(results.clicks)),
        conversion_days=results.days,
        conversions=[ConversionView(**dict(row)) for row in results.conversions],
        purchases_after_delivery=[PurchasesView(**dict(row)) for row in results.after_delivery],
    )
