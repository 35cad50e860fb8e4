"""How is a text looked at before it goes? For whom, and what she would read: its parts, what is missing, what costs parts."""

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from app.domain.parts import Encoding
from app.domain.plain_letters import stand_in
from app.http.ids import ContactId
from app.http.shapes import Shape, View
from app.usecases.preview_template import Preview

MOST_VERSIONS = 2**31 - 1
Version = Annotated[int, Field(ge=1, le=MOST_VERSIONS, strict=True)]
_PREVIEW: dict[str, Any] = {
    "body": "Hi Maya, your order [order] is ready. Reply STOP to opt out",
    "encoding": "gsm7",
    "units": 59,
    "parts": 1,
    "missing": ["order"],
    "foreign_characters": [],
    "plain": {"body": "Hi Maya, your order [order] is ready. Reply STOP to opt out", "encoding": "gsm7", "parts": 1},
}


class PreviewIn(Shape):
    """For whom to render."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"values": {"first_name": "Maya", "order": "A-17"}}]})

    version: Version | None = Field(default=None, description="The newest, if left out")
    contact_id: ContactId | None = Field(default=None, description="Take this contact's values")
    values: Annotated[dict[str, Any], Field(max_length=200)] = Field(
        default_factory=dict, description="Values by name; they go over the contact's"
    )


class ForeignCharacter(View):
    """A character that keeps the text out of GSM-7, and so more than doubles its parts."""

    character: str
    name: str = Field(examples=["LEFT DOUBLE QUOTATION MARK"])
    plainly: str | None = Field(description="What may stand for it in GSM-7; null where nothing says the same")


class PlainView(View):
    """The text as it would leave with `letters` of the workspace's policy set to `plain`."""

    body: str = Field(description="Unchanged where its signs do not all have one that says the same")
    encoding: Encoding
    parts: int


class PreviewView(View):
    """What a person would read."""

    model_config = ConfigDict(json_schema_extra={"examples": [_PREVIEW]})

    body: str = Field(description="With `[name]` where a value is missing: nobody would be sent such a text")
    encoding: Encoding
    units: int = Field(description="Septets (gsm7) or UTF-16 code units (ucs2)")
    parts: int
    missing: list[str]
    foreign_characters: list[ForeignCharacter]
    plain: PlainView


def foreign_views(found: Iterable[tuple[str, str]]) -> list[ForeignCharacter]:
    """Characters that GSM-7 lacks, each with its name, as they are shown."""
    return [ForeignCharacter(character=character, name=name, plainly=stand_in(character)) for character, name in found]


def preview_view(preview: Preview) -> PreviewView:
    """A preview as it is shown."""
    return PreviewView(
        body=preview.body,
        encoding=preview.parts.encoding,
        units=preview.parts.units,
        parts=preview.parts.parts,
        missing=list(preview.missing),
        foreign_characters=foreign_views(preview.foreign_characters),
        plain=PlainView(body=preview.plain, encoding=preview.plain_parts.encoding, parts=preview.plain_parts.parts),
    )
