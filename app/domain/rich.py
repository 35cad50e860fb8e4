"""What can a message carry beside its text? Media, RCS cards and suggestions, and how a call is spoken; as values and as JSON."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any

from app.domain.errors import InvalidField
from app.domain.message import Channel

MOST_MEDIA = 10
MOST_CARDS, FEWEST_IN_A_CAROUSEL = 10, 2
MOST_SUGGESTIONS, MOST_ON_A_CARD = 11, 4
LONGEST_SUGGESTION, LONGEST_POSTBACK = 25, 2_048
LONGEST_TITLE, LONGEST_CARD_TEXT = 200, 2_000
MOST_VARIABLES = 100
KEYS = tuple("0123456789*#")


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """One picture, sound or other file at a public URL. `size` is in bytes, None where nobody said; `content_type` may be ""."""

    url: str
    content_type: str = ""
    size: int | None = None


class SuggestionKind(StrEnum):
    """What a tap on a suggestion does."""

    REPLY = "reply"
    OPEN_URL = "open_url"
    DIAL = "dial"
    SHOW_LOCATION = "show_location"
    SHARE_LOCATION = "share_location"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """One thing to tap. `postback` comes back with the tap; `url`, `phone` (E.164) and the place belong to their kinds."""

    kind: SuggestionKind
    text: str
    postback: str = ""
    url: str = ""
    phone: str = ""
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One rich card: a title, a text, a picture, and what can be tapped on it."""

    title: str = ""
    text: str = ""
    media: Media | None = None
    suggestions: tuple[Suggestion, ...] = ()


class Voicemail(StrEnum):
    """What happens when a machine answers: the script's `[voicemail]` part is left after its beep, or the call ends."""

    LEAVE = "leave"
    HANG_UP = "hang_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """How a call's script is spoken. `language` is BCP 47, `voice` the provider's own name of one ("": its default).

    `recording` is played in place of the script's words to a person; `opt_out_key` is the key the script offers.
    """

    language: str = "en-US"
    voice: str = ""
    recording: str = ""
    opt_out_key: str = "9"
    voicemail: Voicemail = Voicemail.HANG_UP


class WhenTooLarge(StrEnum):
    """What becomes of an MMS whose media weigh more than its carriers take: nothing leaves, or a text with their addresses."""

    REFUSE = "refuse"
    LINK = "link"


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """A word of a carrier's template, by its name there ("1"), and what it becomes."""

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierTemplate:
    """A template its author made at the carrier (Twilio's ContentSid) and its words.

    It shows the same cards and suggestions, which stay what the rules read and what other carriers get.
    """

    id: str
    variables: tuple[Variable, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """Everything a message carries beside its text. Several cards are a carousel.

    `when_too_large` is of the media of an MMS, `carrier_template` of carriers that show cards by no other way.
    """

    media: tuple[Media, ...] = ()
    cards: tuple[Card, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    subject: str = ""
    speech: Speech = field(default_factory=Speech)
    when_too_large: WhenTooLarge = WhenTooLarge.REFUSE
    carrier_template: CarrierTemplate | None = None


PLAIN = Content()


def content_json(content: Content) -> dict[str, Any] | None:
    """Content as it is stored; None for a plain text."""
    return None if content == PLAIN else asdict(content)


def read_content(stored: Mapping[str, Any] | None) -> Content:
    """Stored content as a value."""
    if not stored:
        return PLAIN
    template = stored.get("carrier_template")
    return Content(
        media=tuple(Media(**item) for item in stored.get("media", ())),
        cards=tuple(_card(item) for item in stored.get("cards", ())),
        suggestions=tuple(_suggestion(item) for item in stored.get("suggestions", ())),
        subject=stored.get("subject", ""),
        speech=_speech(stored.get("speech") or {}),
        when_too_large=WhenTooLarge(stored.get("when_too_large", WhenTooLarge.REFUSE)),
        carrier_template=template and _carrier_template(template),
    )


def _carrier_template(stored: Mapping[str, Any]) -> CarrierTemplate:
    return CarrierTemplate(id=stored["id"], variables=tuple(Variable(**item) for item in stored.get("variables", ())))


def _card(stored: Mapping[str, Any]) -> Card:
    media = stored.get("media")
    return Card(
        title=stored.get("title", ""),
        text=stored.get("text", ""),
        media=None if media is None else Media(**media),
        suggestions=tuple(_suggestion(item) for item in stored.get("suggestions", ())),
    )


def _suggestion(stored: Mapping[str, Any]) -> Suggestion:
    return Suggestion(**{**stored, "kind": SuggestionKind(stored["kind"])})


def _speech(stored: Mapping[str, Any]) -> Speech:
    known = dict(stored)
    if "voicemail" in known:
        known["voicemail"] = Voicemail(known["voicemail"])
    return Speech(**known)


def said_beside(content: Content) -> str:
    """What a person reads beside the text, a line each, for the rules on content: cards, suggestions, and where they lead."""
    if content == PLAIN:
        return ""
    suggestions = [*content.suggestions, *(tap for card in content.cards for tap in card.suggestions)]
    lines = [content.subject, *(line for card in content.cards for line in (card.title, card.text))]
    lines += [line for tap in suggestions for line in (tap.text, tap.url)]
    lines += [variable.value for variable in content.carrier_template.variables] if content.carrier_template else []
    return "\n".join(line for line in lines if line)


_OFFERS: Mapping[Channel, frozenset[str]] = {
    Channel.SMS: frozenset(),
    Channel.MMS: frozenset({"media", "subject"}),
    Channel.RCS: frozenset({"media", "cards", "suggestions", "carrier_template"}),
    Channel.VOICE: frozenset({"speech"}),
}


def addresses_in(content: Content) -> tuple[str, ...]:
    """The addresses that can be opened with a tap."""
    suggestions = (*content.suggestions, *(one for card in content.cards for one in card.suggestions))
    return tuple(one.url for one in suggestions if one.kind is SuggestionKind.OPEN_URL)


def with_addresses(content: Content, led: Callable[[str], str]) -> Content:
    """The content with what `led` makes of each address that can be opened with a tap."""

    def opened(suggestions: tuple[Suggestion, ...]) -> tuple[Suggestion, ...]:
        return tuple(replace(one, url=led(one.url)) if one.kind is SuggestionKind.OPEN_URL else one for one in suggestions)

    cards = tuple(replace(card, suggestions=opened(card.suggestions)) for card in content.cards)
    return replace(content, cards=cards, suggestions=opened(content.suggestions))


def check_content(content: Content, channel: Channel, *, pointer: str = "/body/content") -> None:
    """Raise InvalidField, naming the field, for what a channel cannot carry or what is over its counts and lengths.

    Counts and lengths are those all carriers of RCS share (facts/providers 2, 5, 6 and 9).
    """
    for name in ("media", "cards", "suggestions", "subject", "carrier_template"):
        if getattr(content, name) and name not in _OFFERS[channel]:
            raise InvalidField(
                f"a message by {channel} carries no {name.replace('_', ' ')}",
                pointer=f"{pointer}/{name}",
                code="not_on_this_channel",
            )
    if content.speech != PLAIN.speech and channel is not Channel.VOICE:
        raise InvalidField(f"a message by {channel} is not spoken", pointer=f"{pointer}/speech", code="not_on_this_channel")
    if content.when_too_large is not WhenTooLarge.REFUSE and channel is not Channel.MMS:
        raise InvalidField("only media of an MMS become links", pointer=f"{pointer}/when_too_large", code="not_on_this_channel")
    for problem, where in _problems(content, channel):
        raise InvalidField(problem, pointer=pointer + where, code="bad_content")


def _problems(content: Content, channel: Channel) -> Iterator[tuple[str, str]]:
    if channel is Channel.MMS and not content.media:
        yield "an MMS carries at least one medium", "/media"
    if len(content.media) > (MOST_MEDIA if channel is Channel.MMS else 1):
        yield "more media than one message carries", "/media"
    if content.cards and content.media:
        yield "cards carry their own media", "/media"
    if len(content.cards) > MOST_CARDS:
        yield f"a carousel has {FEWEST_IN_A_CAROUSEL} to {MOST_CARDS} cards", "/cards"
    for place, card in enumerate(content.cards):
        yield from _card_problems(card, f"/cards/{place}")
    if len(content.suggestions) > MOST_SUGGESTIONS:
        yield f"at most {MOST_SUGGESTIONS} suggestions", "/suggestions"
    for place, suggestion in enumerate(content.suggestions):
        yield from _suggestion_problems(suggestion, f"/suggestions/{place}")
    if content.carrier_template:
        yield from _carrier_template_problems(content, content.carrier_template)
    if content.speech.opt_out_key not in KEYS:
        yield "one key of a telephone", "/speech/opt_out_key"


def _carrier_template_problems(content: Content, template: CarrierTemplate) -> Iterator[tuple[str, str]]:
    names = [variable.name for variable in template.variables]
    if not (content.cards or content.suggestions):
        yield "the cards or suggestions that the carrier's template shows are told too: the rules read them", "/carrier_template"
    if len(names) > MOST_VARIABLES:
        yield f"at most {MOST_VARIABLES} variables", "/carrier_template/variables"
    if len(set(names)) < len(names):
        yield "each variable once", "/carrier_template/variables"


def _card_problems(card: Card, where: str) -> Iterator[tuple[str, str]]:
    if not (card.title or card.text or card.media):
        yield "a card has a title, a text or a picture", where
    if len(card.title) > LONGEST_TITLE:
        yield f"at most {LONGEST_TITLE} characters", f"{where}/title"
    if len(card.text) > LONGEST_CARD_TEXT:
        yield f"at most {LONGEST_CARD_TEXT} characters", f"{where}/text"
    if len(card.suggestions) > MOST_ON_A_CARD:
        yield f"at most {MOST_ON_A_CARD} suggestions on a card", f"{where}/suggestions"
    for place, suggestion in enumerate(card.suggestions):
        yield from _suggestion_problems(suggestion, f"{where}/suggestions/{place}")


def _suggestion_problems(suggestion: Suggestion, where: str) -> Iterator[tuple[str, str]]:
    if not 1 <= len(suggestion.text) <= LONGEST_SUGGESTION:
        yield f"1 to {LONGEST_SUGGESTION} characters", f"{where}/text"
    if len(suggestion.postback.encode()) > LONGEST_POSTBACK:
        yield f"at most {LONGEST_POSTBACK} bytes", f"{where}/postback"
    if suggestion.kind is SuggestionKind.OPEN_URL and not suggestion.url.startswith(("https://", "http://")):
        yield "opening a page takes its http or https URL", f"{where}/url"
    if suggestion.kind is SuggestionKind.DIAL and not suggestion.phone.startswith("+"):
        yield "dialling takes a number in E.164", f"{where}/phone"
    if suggestion.kind is SuggestionKind.SHOW_LOCATION and (suggestion.latitude is None or suggestion.longitude is None):
        yield "showing a place takes its latitude and longitude", where
