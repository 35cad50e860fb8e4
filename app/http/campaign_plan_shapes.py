"""How is a campaign laid out? The ways it falls back to, the texts it is divided into, and when each member's turn comes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field, NaiveDatetime

from app.domain.budget import budget_json, read_budget
from app.domain.fallback import MOST_HOPS, Hop, Plan, WhenUnsure, read_plan
from app.domain.pace import LONGEST_SPREAD, WhenPassed
from app.domain.split import MOST_VARIANTS, Split, Variant, read_split
from app.http.ids import TemplateId
from app.http.message_shapes import WHEN_UNSURE, WayShape
from app.http.prices import Country
from app.http.shapes import Shape, Text

_FALLBACK = (
    "Ways to try in turn for each person whom the one before failed, or did not reach in time. Consent, hours and caps are "
    "decided anew on each"
)
Version = Annotated[int, Field(ge=1, le=2**31 - 1, strict=True)]


class CampaignHopShape(WayShape):
    """A way for those the campaign's own does not reach, with a template of its channel."""

    template_id: TemplateId | None = Field(
        default=None, description="Of this channel, or with a text for it; the campaign's own, which then has one, if left out"
    )
    template_version: Version | None = Field(default=None, description="The newest, if left out; it stays the campaign's")

    def hop(self) -> Hop:
        """As a value."""
        return Hop(
            channel=self.channel,
            after=self.after_seconds,
            sender_id=self.sender_id,
            pool_id=self.sender_pool_id,
            template_id=self.template_id,
            template_version=self.template_version,
        )


Ways = Annotated[list[CampaignHopShape], Field(max_length=MOST_HOPS, description=_FALLBACK)]


class FallbackShape(Shape):
    """What to do for those a campaign does not reach on its own way."""

    ways: Ways
    when_unsure: WhenUnsure = Field(default=WhenUnsure.STAY, description=WHEN_UNSURE)

    def plan(self) -> Plan | None:
        """As a value; None without any way."""
        hops = tuple(way.hop() for way in self.ways)
        return Plan(hops=hops, when_unsure=self.when_unsure) if hops else None


def fallback_view(stored: Mapping[str, Any] | None) -> FallbackShape | None:
    """Stored ways as the API shows them."""
    plan = read_plan(stored)
    if plan is None:
        return None
    ways = [
        CampaignHopShape(
            channel=hop.channel,
            sender_id=hop.sender_id,
            sender_pool_id=hop.pool_id,
            after_seconds=hop.after,
            template_id=hop.template_id,
            template_version=hop.template_version,
        )
        for hop in plan.hops
    ]
    return FallbackShape(ways=ways, when_unsure=plan.when_unsure)


class VariantShape(Shape):
    """One of several texts."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 _.-]{0,31}$", examples=["A"])]
    template_id: TemplateId = Field(description="Of the campaign's channel")
    template_version: Version | None = Field(default=None, description="The newest, if left out; it stays the campaign's")
    weight: Annotated[float, Field(gt=0, le=1_000_000)] = Field(default=1.0, description="Its share against the others'")


class SplitShape(Shape):
    """How members are divided. A number's place is fixed: the same in every preview, and at the launch."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"holdout": 0.05}]})

    variants: Annotated[list[VariantShape], Field(max_length=MOST_VARIANTS)] = Field(
        default=[], description="Two or more texts; without any all get the campaign's template"
    )
    holdout: Annotated[float, Field(ge=0, lt=1)] = Field(
        default=0.0, description="The part of all that gets nothing, to be compared with"
    )
    key: Annotated[Text, Field(max_length=64)] = Field(
        default="", description="Campaigns with the same key hold the same people out, and give them the same places"
    )

    def split(self) -> Split:
        """As a value."""
        variants = tuple(
            Variant(name=one.name, template_id=one.template_id, template_version=one.template_version, weight=one.weight)
            for one in self.variants
        )
        return Split(variants=variants, holdout=self.holdout, key=self.key)


def split_view(stored: Mapping[str, Any] | None) -> SplitShape | None:
    """A stored split as the API shows it."""
    if stored is None:
        return None
    split = read_split(stored)
    variants = [
        VariantShape(name=one.name, template_id=one.template_id, template_version=one.template_version, weight=one.weight)
        for one in split.variants
    ]
    return SplitShape(variants=variants, holdout=split.holdout, key=split.key)


Amount = Annotated[str, Field(pattern=r"^\d{1,9}(\.\d{1,9})?$", max_length=19, examples=["250.00"])]


class BudgetShape(Shape):
    """What a campaign may cost, by its senders' prices, else the workspace's. It is set aside before a message leaves."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"currency": "USD", "total": "250.00", "per_day": "50.00"}]})

    currency: Annotated[str, Field(pattern="^[A-Z]{3}$", description="ISO 4217", examples=["USD"])]
    total: Amount | None = Field(default=None, description="Whom it does not reach any more is closed with `budget.total`")
    per_day: Amount | None = Field(default=None, description="Of UTC's days; who comes too late for one waits for the next")
    by_country: Annotated[dict[Country, Amount], Field(max_length=300)] = Field(default={})

    def stored(self) -> dict[str, Any] | None:
        """As it is kept."""
        return budget_json(read_budget(self.model_dump()))


def _within_reason(value: datetime) -> datetime:
    if not 2000 <= value.year <= 2100:
        raise ValueError("give a year between 2000 and 2100")
    return value


class PaceShape(Shape):
    """When each member's turn comes, beside the hours that the rules keep anyway."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"send_at_local": "2026-11-27T10:00:00", "when_passed": "skip"}]})

    send_at_local: Annotated[NaiveDatetime, AfterValidator(_within_reason)] | None = Field(
        default=None,
        description="A time without zone, at which each is due where they are: by the contact's zone, else when it is that late "
        "in every zone the number may be in. Launch before it begins anywhere",
    )
    when_passed: WhenPassed = Field(
        default=WhenPassed.SEND,
        description="For people for whom it has passed at the launch: `send` at once, the `next_day` at that hour, or `skip`",
    )
    spread_seconds: Annotated[int, Field(ge=0, le=LONGEST_SPREAD, strict=True)] = Field(
        default=0, description="Strew the messages evenly over so many seconds"
    )
