"""How does what a message carries beside its text look from outside? Media, cards, suggestions, and how a call is spoken."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from app.domain.rich import (
    LONGEST_CARD_TEXT,
    LONGEST_POSTBACK,
    LONGEST_SUGGESTION,
    LONGEST_TITLE,
    MOST_CARDS,
    MOST_MEDIA,
    MOST_ON_A_CARD,
    MOST_SUGGESTIONS,
    MOST_VARIABLES,
    Content,
    SuggestionKind,
    Voicemail,
    WhenTooLarge,
    read_content,
)
from app.http.shapes import Shape, Text, View

_MEDIUM: dict[str, Any] = {"url": "https://media.example.com/boots.jpg", "content_type": "image/jpeg", "size": 240_000}
_SUGGESTION: dict[str, Any] = {"kind": "reply", "text": "Keep my place", "postback": "keep"}
CONTENT: dict[str, Any] = {
    "cards": [{"title": "Boots, 20 % off", "text": "Until Sunday.", "media": _MEDIUM, "suggestions": [_SUGGESTION]}],
    "suggestions": [{"kind": "open_url", "text": "Our shop", "postback": "shop", "url": "https://shop.example.com/"}],
}
"""Content of a message by RCS, as documents show it."""

WebUrl = Annotated[Text, Field(min_length=8, max_length=2_000, pattern=r"^https?://(\{\{[^{}]*\}\}|\S)+$")]


class MediaShape(Shape):
    """A picture, sound or other file the carrier fetches."""

    model_config = ConfigDict(json_schema_extra={"examples": [_MEDIUM]})

    url: WebUrl
    content_type: Annotated[Text, Field(max_length=100)] = Field(default="", examples=["image/jpeg"])
    size: Annotated[int, Field(ge=1, le=200_000_000, strict=True)] | None = Field(
        default=None,
        description="Bytes, where known: media over what the carrier takes do not go (see `when_too_large`)",
    )


class SuggestionShape(Shape):
    """Something to tap. What comes back is an inbound of kind `tap` with its postback."""

    model_config = ConfigDict(json_schema_extra={"examples": [_SUGGESTION]})

    kind: SuggestionKind
    text: Annotated[Text, Field(min_length=1, max_length=LONGEST_SUGGESTION)]
    postback: Annotated[Text, Field(max_length=LONGEST_POSTBACK)] = ""
    url: Annotated[Text, Field(max_length=2_000)] = Field(default="", description="Of `open_url`")
    phone: Annotated[Text, Field(max_length=16)] = Field(default="", description="Of `dial`, in E.164")
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = Field(default=None, description="Of `show_location`")
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = Field(default=None, description="Of `show_location`")


class CardShape(Shape):
    """One rich card. At least one of title, text and media."""

    title: Annotated[Text, Field(max_length=LONGEST_TITLE)] = ""
    text: Annotated[Text, Field(max_length=LONGEST_CARD_TEXT)] = ""
    media: MediaShape | None = None
    suggestions: Annotated[list[SuggestionShape], Field(max_length=MOST_ON_A_CARD)] = Field(default_factory=list)


class SpeechShape(Shape):
    """How a call's script is spoken."""

    language: Annotated[Text, Field(min_length=2, max_length=35)] = Field(default="en-US", description="BCP 47")
    voice: Annotated[Text, Field(max_length=100)] = Field(default="", description="The carrier's own name of a voice")
    recording: Annotated[Text, Field(max_length=2_000, pattern=r"^$|^https?://[^\s]+$")] = Field(
        default="", description="Audio played to a person in place of the script's words, which must say the same"
    )
    opt_out_key: Annotated[Text, Field(pattern=r"^[0-9*#]$")] = Field(
        default="9", description="The key the script offers to be called no more; pressing it is an opt-out at once"
    )
    voicemail: Voicemail = Field(
        default=Voicemail.HANG_UP, description="What a machine gets: the script's `[voicemail]` part, or nothing"
    )


class VariableShape(Shape):
    """A word of a carrier's template, and what it becomes."""

    name: Annotated[Text, Field(min_length=1, max_length=16, pattern=r"^[A-Za-z0-9_]+$")] = Field(examples=["1"])
    value: Annotated[Text, Field(max_length=1_600)] = Field(examples=["{{first_name}}"])


class CarrierTemplateShape(Shape):
    """A template made beforehand at the carrier, for one that shows cards by no other way: Twilio's ContentSid."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"id": "HX" + "0" * 32, "variables": [{"name": "1", "value": "{{first_name}}"}]}]}
    )

    id: Annotated[Text, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
    variables: Annotated[list[VariableShape], Field(max_length=MOST_VARIABLES)] = Field(default_factory=list)


class ContentShape(Shape):
    """What a message carries beside its text. SMS carries nothing, MMS media, RCS media or cards, voice its speech."""

    model_config = ConfigDict(json_schema_extra={"examples": [CONTENT]})

    media: Annotated[list[MediaShape], Field(max_length=MOST_MEDIA)] = Field(default_factory=list)
    cards: Annotated[list[CardShape], Field(max_length=MOST_CARDS)] = Field(
        default_factory=list, description="One card, or the 2 to 10 of a carousel"
    )
    suggestions: Annotated[list[SuggestionShape], Field(max_length=MOST_SUGGESTIONS)] = Field(default_factory=list)
    subject: Annotated[Text, Field(max_length=100)] = Field(default="", description="Of an MMS")
    speech: SpeechShape = Field(default_factory=SpeechShape)
    when_too_large: WhenTooLarge = Field(
        default=WhenTooLarge.REFUSE,
        description="Of an MMS whose media weigh more than carriers take: it is refused, or goes as a text with their addresses",
    )
    carrier_template: CarrierTemplateShape | None = Field(
        default=None,
        description="By RCS at Twilio, which shows cards and suggestions by its own templates only. The `cards` and "
        "`suggestions` beside it say the same: the rules read them, and other carriers get them",
    )

    def content(self) -> Content:
        """The same as a value."""
        return read_content(self.model_dump(mode="json"))


class ContentView(View):
    """What a message carries beside its text."""

    media: list[MediaShape]
    cards: list[CardShape]
    suggestions: list[SuggestionShape]
    subject: str
    speech: SpeechShape
    when_too_large: WhenTooLarge = WhenTooLarge.REFUSE
    carrier_template: CarrierTemplateShape | None = None
