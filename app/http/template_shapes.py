"""How does a template look from outside? A text with its languages and channels, its versions, and what a preview tells."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import ConfigDict, Field

from app.domain.locales import language_of
from app.domain.message import Channel
from app.domain.rich import PLAIN, Content
from app.http.content_shapes import ContentShape, ContentView
from app.http.ids import TemplateId
from app.http.language_shapes import (
    BESIDE,
    DEFAULTS,
    LOCALE,
    LOCALES,
    MISSING,
    Body,
    Defaults,
    Locale,
    Locales,
    Missing,
    TextView,
    gap_views,
    languages_in,
    text_views,
)
from app.http.shapes import Instant, Name, Shape, View
from app.storage.database import Row
from app.usecases.templates import (
    Written,
    compiled,
)

CHANNELS = "The same text for other channels, as they carry it: what a campaign that falls back says on its other ways"
_BODY = 'Hi {{ first_name | default: "there" }}, your order {{ order }} is ready. Reply STOP to opt out'


_FIELDS: list[Any] = [{"name": "first_name", "has_default": True}, {"name": "order", "has_default": False}]
_VERSION: dict[str, Any] = {"version": 1, "body": _BODY, "fields": _FIELDS, "created_at": "2026-11-23T10:00:00Z"}
_TEMPLATE: dict[str, Any] = {
    **_VERSION,
    "id": "tpl_01jdd00000e008000000000001",
    "name": "order ready",
    "channel": "sms",
    "updated_at": "2026-11-23T10:00:00Z",
}


class ChannelText(Shape):
    """A text for one channel, in its languages."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"body": _BODY}]})

    body: Body
    content: ContentShape | None = Field(default=None, description=BESIDE)
    locale: Locale | None = Field(default=None, description=LOCALE)
    locales: Locales = Field(default_factory=dict, description=LOCALES)
    defaults: Defaults = Field(default_factory=dict, description=DEFAULTS)
    missing: Missing = Field(default="skip", description=MISSING)

    def written(self) -> Written:
        """As a value."""
        return Written(
            body=self.body,
            content=_content(self.content),
            languages=languages_in(self.locale, self.locales, defaults=self.defaults, missing=self.missing),
        )


class VersionIn(ChannelText):
    """The next version of a text."""

    channels: dict[Channel, ChannelText] = Field(default={}, description=CHANNELS)

    def written(self) -> Written:
        """As a value."""
        others = {channel.value: text.written() for channel, text in self.channels.items()}
        return replace(super().written(), others=others)


class TemplateIn(VersionIn):
    """A text to be personalised."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "order ready", "channel": "sms", "body": _BODY}]})

    name: Name
    channel: Channel = Channel.SMS


class FieldView(View):
    """A value the text uses."""

    name: str
    has_default: bool = Field(
        description="Whether the text is whole without it: every use has a default, or lies where a condition says it is there. "
        "Otherwise a person who lacks it gets no message"
    )


class ChannelTextView(View):
    """A text for one channel, in its languages."""

    body: str
    content: ContentView | None = None
    locale: str | None = None
    locales: dict[str, TextView] = Field(default_factory=dict)
    defaults: dict[str, str] = Field(default_factory=dict)
    missing: Missing = "skip"


class TemplateView(View):
    """A template as its newest version has it."""

    model_config = ConfigDict(json_schema_extra={"examples": [_TEMPLATE]})

    id: TemplateId
    name: str
    channel: Channel
    version: int
    body: str
    content: ContentView | None = None
    locale: str | None = Field(default=None, description=LOCALE)
    locales: dict[str, TextView] = Field(default_factory=dict, description=LOCALES)
    defaults: dict[str, str] = Field(default_factory=dict, description=DEFAULTS)
    missing: Missing = Field(default="skip", description=MISSING)
    channels: dict[Channel, ChannelTextView] = Field(default={}, description=CHANNELS)
    fields: list[FieldView]
    created_at: Instant
    updated_at: Instant


class VersionView(View):
    """One version, as it will always be."""

    model_config = ConfigDict(json_schema_extra={"examples": [_VERSION]})

    version: int
    body: str
    content: ContentView | None = None
    locale: str | None = Field(default=None, description=LOCALE)
    locales: dict[str, TextView] = Field(default_factory=dict, description=LOCALES)
    defaults: dict[str, str] = Field(default_factory=dict, description=DEFAULTS)
    missing: Missing = Field(default="skip", description=MISSING)
    channels: dict[Channel, ChannelTextView] = Field(default={}, description=CHANNELS)
    fields: list[FieldView]
    created_at: Instant


def _fields(row: Row) -> list[FieldView]:
    template = compiled(row["body"], locales=row["locales"])
    return [FieldView(name=field.name, has_default=field.has_default) for field in template.fields]


def _channel_views(stored: Mapping[str, Any] | None) -> dict[Channel, ChannelTextView]:
    return {
        Channel(channel): ChannelTextView(
            body=text["body"],
            content=text["content"],
            locale=language_of(text["locales"]) or None,
            locales=text_views(text["locales"]),
            **gap_views(text["locales"]),
        )
        for channel, text in (stored or {}).items()
    }


def _content(shape: ContentShape | None) -> Content:
    return shape.content() if shape else PLAIN


def template_view(row: Row) -> TemplateView:
    """A stored template as the API shows it."""
    return TemplateView(
        id=row["id"],
        name=row["name"],
        channel=row["channel"],
        version=row["version"],
        body=row["body"],
        content=row["content"],
        locale=language_of(row["locales"]) or None,
        locales=text_views(row["locales"]),
        **gap_views(row["locales"]),
        channels=_channel_views(row["channels"]),
        fields=_fields(row),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def version_view(row: Row) -> VersionView:
    """A stored version as the API shows it."""
    return VersionView(
        version=row["version"],
        body=row["body"],
        content=row["content"],
        locale=language_of(row["locales"]) or None,
        locales=text_views(row["locales"]),
        **gap_views(row["locales"]),
        channels=_channel_views(row["channels"]),
        fields=_fields(row),
        created_at=row["created_at"],
    )
