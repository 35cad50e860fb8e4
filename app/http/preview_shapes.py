"""How is a text looked at before it goes? For whom, and what she would read: its parts, what is missing, what costs parts."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from app.domain.foreign_characters import Foreign
from app.domain.parts import Encoding
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
    "foreign_kinds": 0,
    "parts_without_foreign": 1,
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


class PlaceView(View):
    """Where in the text as shown, counted from 1."""

    line: int
    column: int = Field(description="In characters")


class ForeignCharacterView(View):
    """A character that keeps the text out of GSM-7, and so more than doubles its parts."""

    character: str = Field(description="With the mark that belongs to it")
    name: str = Field(examples=["LEFT DOUBLE QUOTATION MARK"])
    plainly: str | None = Field(description="What may stand for it in GSM-7, nothing at all perhaps; null: nothing says the same")
    count: int
    places: list[PlaceView] = Field(description="The first ten")
    parts_without: int = Field(description="What the text comes to with this one written plainly, or left out")


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
    foreign_characters: list[ForeignCharacterView] = Field(description="The first fifty kinds")
    foreign_kinds: int
    parts_without_foreign: int = Field(description="Parts with all of them written plainly, or left out")
    plain: PlainView


def foreign_views(foreign: Foreign) -> list[ForeignCharacterView]:
    """What keeps a text out of GSM-7, as it is shown."""
    return [
        ForeignCharacterView(
            character=found.character,
            name=found.name,
            plainly=found.plainly,
            count=found.count,
            places=[PlaceView(line=line, column=column) for line, column in found.places],
            parts_without=found.parts_without,
        )
        for found in foreign.characters
    ]


def preview_view(preview: Preview) -> PreviewView:
    """A preview as it is shown."""
    return PreviewView(
        body=preview.body,
        encoding=preview.parts.encoding,
        units=preview.parts.units,
        parts=preview.parts.parts,
        missing=list(preview.missing),
        foreign_characters=foreign_views(preview.foreign),
        foreign_kinds=preview.foreign.kinds,
        parts_without_foreign=preview.foreign.parts_without,
        plain=PlainView(body=preview.plain, encoding=preview.plain_parts.encoding, parts=preview.plain_parts.parts),
    )
