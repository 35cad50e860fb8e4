"""How does a campaign look from outside? What may be asked of it, and what it answers."""

from enum import StrEnum
from typing import Any, Literal

from pydantic import ConfigDict, Field, model_validator

from app.domain.facts import Technology
from app.domain.lifecycle import CampaignAction, CampaignState, allowed_actions
from app.domain.message import Channel, Purpose
from app.http.about_shapes import BRAND, CATEGORIES, SUBJECT, TOPIC, Brand, Categories, Subject, Topic
from app.http.campaign_plan_shapes import BudgetShape, FallbackShape, PaceShape, SplitShape, Version, fallback_view, split_view
from app.http.caps import Caps, CapShape, stored_caps
from app.http.ids import AudienceId, CampaignId, SenderId, SenderPoolId, TemplateId
from app.http.link_shapes import EXAMPLE as _LINKS
from app.http.link_shapes import LINKS, LinksShape
from app.http.shapes import IfGiven, Instant, Name, Shape, View
from app.storage.database import Row

_VERBS = frozenset(CampaignAction) - {CampaignAction.START, CampaignAction.DRAIN, CampaignAction.COMPLETE}
_TOO_LATE = "Nothing is handed over at or after this instant: too late means never"
_TECHNOLOGY = "What reaches the person: a text, or a call by a person, a recording, an artificial voice; a recording if left out"
_MEMBERSHIP = (
    "`snapshot`: who the audience holds for at the launch. `live`: it is looked at again when each message leaves, and who is in "
    "it no longer is left out with `audience.left`; who comes to it until `joins_until` is written to as well"
)
_JOINS_UNTIL = (
    "Of a `live` campaign: until then it looks each minute for who came to its audience, and its books stay open. null: nobody "
    "joins. Not after `not_after`, and at most 366 days behind the launch"
)
Membership = Literal["snapshot", "live"]
_EXAMPLE: dict[str, Any] = {
    "name": "Autumn sale",
    "template_id": "tpl_01jdd00000e008000000000001",
    "audience_id": "aud_01jdd00000e008000000000001",
    "sender_id": "snd_01jdd00000e008000000000001",
    "caps": [{"limit": 1, "window_seconds": 86_400}],
    "links": _LINKS,
    "not_after": "2026-11-27T20:00:00Z",
}
_CAMPAIGN: dict[str, Any] = {
    **_EXAMPLE,
    "sender_pool_id": None,
    "fallback": None,
    "split": None,
    "budget": None,
    "membership": "snapshot",
    "joins_until": None,
    "pace": {"send_at_local": None, "when_passed": "send", "spread_seconds": 0},
    "id": "cmp_01jdd00000e008000000000001",
    "state": "running",
    "actions": ["pause", "cancel"],
    "channel": "sms",
    "purpose": "marketing",
    "brand": "Acme Shoes",
    "topic": "",
    "subject": "",
    "technology": "text",
    "categories": [],
    "template_version": 2,
    "scheduled_at": None,
    "launched_at": "2026-11-23T10:05:00Z",
    "finished_at": None,
    "created_at": "2026-11-23T10:00:00Z",
    "updated_at": "2026-11-23T10:05:00Z",
}
_PAUSED: dict[str, Any] = {**_CAMPAIGN, "state": "paused", "actions": ["resume", "cancel"]}
_CANCELLED: dict[str, Any] = {**_CAMPAIGN, "state": "cancelled", "actions": []}


def _plain(columns: dict[str, Any]) -> dict[str, Any]:
    """Columns with their words as plain text."""
    return {name: value.value if isinstance(value, StrEnum) else value for name, value in columns.items()}


class CampaignIn(Shape):
    """A draft to make."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    name: Name
    template_id: TemplateId
    template_version: Version | None = Field(default=None, description="The newest, if left out; it stays the campaign's")
    audience_id: AudienceId
    sender_id: SenderId | None = Field(default=None, description="Its channel must be the template's")
    sender_pool_id: SenderPoolId | None = Field(
        default=None, description="Instead of one sender: each message's is chosen among these"
    )
    fallback: FallbackShape | None = None
    split: SplitShape | None = Field(default=None, description="Several texts side by side, and a group that gets none")
    pace: PaceShape = Field(default_factory=PaceShape)
    budget: BudgetShape | None = Field(default=None, description="What it may cost at most")
    membership: Membership = Field(default="snapshot", description=_MEMBERSHIP)
    joins_until: Instant | None = Field(default=None, description=_JOINS_UNTIL)
    purpose: Purpose = Purpose.MARKETING
    caps: Caps = Field(default_factory=list, description="Within this campaign, beside the workspace's own")
    brand: Brand = Field(default="", description=BRAND)
    topic: Topic = Field(default="", description=TOPIC)
    subject: Subject = Field(default="", description=SUBJECT)
    technology: Technology | None = Field(default=None, description=_TECHNOLOGY)
    categories: Categories = Field(default=[], description=CATEGORIES)
    links: LinksShape | None = Field(default=None, description=LINKS)
    not_after: Instant | None = Field(default=None, description=_TOO_LATE)
    scheduled_at: Instant | None = Field(default=None, description="When it is meant to go; `schedule` makes it so")

    @model_validator(mode="after")
    def one_way(self) -> "CampaignIn":
        """Either a sender or a pool of them."""
        if (self.sender_id is None) == (self.sender_pool_id is None):
            raise ValueError("give a sender_id or a sender_pool_id, and only one of them")
        return self

    def columns(self) -> dict[str, Any]:
        """The draft as it is kept."""
        columns = _plain(self.model_dump())
        columns["pool_id"] = columns.pop("sender_pool_id")
        columns["fallback"] = self.fallback.plan() if self.fallback else None
        columns["split"] = self.split.split() if self.split else None
        columns["budget"] = self.budget.stored() if self.budget else None
        columns |= columns.pop("pace") | {"when_passed": self.pace.when_passed.value}
        return {**columns, "caps": stored_caps(self.caps)}


class CampaignPatch(Shape):
    """What to change of a draft. Fields left out stay."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Autumn sale, second try", "not_after": None}]})

    name: IfGiven[Name] = None
    template_id: IfGiven[TemplateId] = None
    template_version: IfGiven[Version] = Field(default=None, description="With another template, the newest if left out")
    audience_id: IfGiven[AudienceId] = None
    sender_id: IfGiven[SenderId] = Field(default=None, description="Takes the place of a pool")
    sender_pool_id: IfGiven[SenderPoolId] = Field(default=None, description="Takes the place of a single sender")
    fallback: FallbackShape | None = Field(default=None, description="null takes it away")
    split: SplitShape | None = Field(default=None, description="null takes it away")
    pace: IfGiven[PaceShape] = Field(default=None, description="Replaced whole")
    budget: BudgetShape | None = Field(default=None, description="null takes it away")
    membership: IfGiven[Membership] = Field(default=None, description=_MEMBERSHIP)
    joins_until: Instant | None = Field(default=None, description=f"{_JOINS_UNTIL}; null takes it away")
    purpose: IfGiven[Purpose] = None
    caps: IfGiven[Caps] = None
    brand: IfGiven[Brand] = Field(default=None, description=BRAND)
    topic: IfGiven[Topic] = Field(default=None, description=TOPIC)
    subject: IfGiven[Subject] = Field(default=None, description=SUBJECT)
    technology: IfGiven[Technology] = Field(default=None, description=_TECHNOLOGY)
    categories: IfGiven[Categories] = Field(default=None, description=CATEGORIES)
    links: LinksShape | None = Field(default=None, description=LINKS)
    not_after: Instant | None = Field(default=None, description=f"{_TOO_LATE}; null takes it away")
    scheduled_at: Instant | None = Field(default=None, description="null takes it away")

    @model_validator(mode="after")
    def one_way(self) -> "CampaignPatch":
        """Not a sender and a pool of them."""
        if self.sender_id is not None and self.sender_pool_id is not None:
            raise ValueError("give a sender_id or a sender_pool_id, and only one of them")
        return self

    def columns(self) -> dict[str, Any]:
        """The columns to replace."""
        columns = _plain(self.model_dump(exclude_unset=True))
        if "sender_pool_id" in columns:
            columns["pool_id"] = columns.pop("sender_pool_id")
        if self.fallback is not None:
            columns["fallback"] = self.fallback.plan()
        if self.split is not None:
            columns["split"] = self.split.split()
        if self.budget is not None:
            columns["budget"] = self.budget.stored()
        if self.pace is not None:
            columns |= columns.pop("pace") | {"when_passed": self.pace.when_passed.value}
        return columns


class ScheduleIn(Shape):
    """When to launch."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"scheduled_at": "2026-11-27T15:00:00Z"}]})

    scheduled_at: Instant | None = Field(default=None, description="The draft's own `scheduled_at`, if left out")


class CampaignView(View):
    """A campaign."""

    model_config = ConfigDict(json_schema_extra={"examples": [_CAMPAIGN]})

    id: CampaignId
    name: str
    state: CampaignState
    actions: list[CampaignAction] = Field(description="What can be asked of it in this state")
    channel: Channel
    purpose: Purpose
    template_id: TemplateId
    template_version: int
    audience_id: AudienceId
    sender_id: SenderId | None = Field(description="null where a pool chooses")
    sender_pool_id: SenderPoolId | None
    fallback: FallbackShape | None
    split: SplitShape | None
    pace: PaceShape
    budget: BudgetShape | None
    membership: Membership = Field(description=_MEMBERSHIP)
    joins_until: Instant | None = Field(description=_JOINS_UNTIL)
    caps: list[CapShape]
    brand: str = Field(description=BRAND)
    topic: str = Field(description=TOPIC)
    subject: str = Field(description=SUBJECT)
    technology: Technology
    categories: list[str]
    links: LinksShape | None = Field(description=LINKS)
    not_after: Instant | None
    scheduled_at: Instant | None
    launched_at: Instant | None
    finished_at: Instant | None = Field(description="When its books closed")
    created_at: Instant
    updated_at: Instant


class PausedView(View):
    """A campaign that was paused, and what the pause met."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"campaign": _PAUSED, "in_flight": 40, "queued": 1960}]})

    campaign: CampaignView
    in_flight: int = Field(description="Had left when the pause came: beyond recall, their outcomes are still recorded")
    queued: int = Field(description="Wait for a resume")


class CancelledView(View):
    """A campaign that was cancelled, and what became of its messages."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"campaign": _CANCELLED, "in_flight": 40, "cancelled": 1960, "being_cancelled": 0}]}
    )

    campaign: CampaignView
    in_flight: int = Field(description="Had left when the cancel came: beyond recall, their outcomes are still recorded")
    cancelled: int = Field(description="Closed with this answer")
    being_cancelled: int = Field(description="Will be closed within seconds; none of them leaves any more")


def campaign_view(row: Row) -> CampaignView:
    """A stored campaign as the API shows it."""
    apart = {"actions", "sender_id", "sender_pool_id", "fallback", "split", "pace", "budget"}
    fields = {name: row[name] for name in CampaignView.model_fields if name not in apart}
    fields["sender_pool_id"] = row["pool_id"]
    fields["fallback"] = fallback_view(row["fallback"])
    fields["split"] = split_view(row["split"])
    fields["budget"] = None if row["budget"] is None else BudgetShape(**row["budget"])
    fields["pace"] = PaceShape(**{name: row[name] for name in PaceShape.model_fields})
    fields["sender_id"] = row["sender_id"] if row["pool_id"] is None else None
    actions = [action for action in allowed_actions(CampaignState(row["state"])) if action in _VERBS]
    return CampaignView(**fields, actions=actions)
