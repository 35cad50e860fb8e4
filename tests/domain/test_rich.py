"""Is what goes beside a text kept, checked and personalised? Cards, media, suggestions and speech, by tables and by chance."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.domain.errors import InvalidField
from app.domain.message import Channel
from app.domain.rich import (
    PLAIN,
    Card,
    Content,
    Media,
    Speech,
    Suggestion,
    SuggestionKind,
    Voicemail,
    check_content,
    content_json,
    read_content,
    said_beside,
)
from app.domain.rich_template import RichTemplate
from app.domain.template import MissingField, TemplateProblem

words = some.text(max_size=20)
media = some.builds(Media, url=words, content_type=words, size=some.none() | some.integers(1, 10**9))
suggestions = some.builds(Suggestion, kind=some.sampled_from(SuggestionKind), text=words, postback=words, url=words, phone=words)
cards = some.builds(
    Card, title=words, text=words, media=some.none() | media, suggestions=some.lists(suggestions, max_size=2).map(tuple)
)
speeches = some.builds(Speech, language=words, voice=words, recording=words, voicemail=some.sampled_from(Voicemail))
contents = some.builds(
    Content,
    media=some.lists(media, max_size=3).map(tuple),
    cards=some.lists(cards, max_size=3).map(tuple),
    suggestions=some.lists(suggestions, max_size=3).map(tuple),
    subject=words,
    speech=speeches,
)
PICTURE = Media(url="https://media.example/a.jpg")
TAP = Suggestion(kind=SuggestionKind.REPLY, text="Yes")


@given(contents)
def test_what_is_stored_reads_back_the_same(content: Content) -> None:
    stored = content_json(content)
    assert read_content(None if stored is None else json.loads(json.dumps(stored))) == content


def test_a_plain_text_stores_nothing() -> None:
    assert content_json(PLAIN) is None
    assert read_content(None) == PLAIN == read_content({})


@pytest.mark.parametrize(("channel", "content"), [
    (Channel.SMS, PLAIN),
    (Channel.MMS, Content(media=(PICTURE,) * 10, subject="New")),
    (Channel.RCS, Content(media=(PICTURE,), suggestions=(TAP,) * 11)),
    (Channel.RCS, Content(cards=(Card(title="Boots"),) * 10)),
    (Channel.VOICE, Content(speech=Speech(language="es-US", opt_out_key="#"))),
])  # fmt: skip
def test_what_a_channel_carries_passes(channel: Channel, content: Content) -> None:
    check_content(content, channel)


def _tap(**fields: Any) -> Content:
    return Content(suggestions=(Suggestion(**{"kind": SuggestionKind.REPLY, "text": "Yes", **fields}),))


@pytest.mark.parametrize(("channel", "content", "pointer"), [
    (Channel.SMS, Content(media=(PICTURE,)), "/body/content/media"),
    (Channel.SMS, Content(speech=Speech(voice="x")), "/body/content/speech"),
    (Channel.MMS, PLAIN, "/body/content/media"),
    (Channel.MMS, Content(media=(PICTURE,) * 11), "/body/content/media"),
    (Channel.MMS, Content(media=(PICTURE,), cards=(Card(title="a"),)), "/body/content/cards"),
    (Channel.RCS, Content(media=(PICTURE,) * 2), "/body/content/media"),
    (Channel.RCS, Content(media=(PICTURE,), cards=(Card(title="a"),)), "/body/content/media"),
    (Channel.RCS, Content(subject="x"), "/body/content/subject"),
    (Channel.RCS, Content(cards=(Card(title="a"),) * 11), "/body/content/cards"),
    (Channel.RCS, Content(cards=(Card(title="a"), Card())), "/body/content/cards/1"),
    (Channel.RCS, Content(cards=(Card(title="a" * 201),)), "/body/content/cards/0/title"),
    (Channel.RCS, Content(cards=(Card(text="a" * 2_001),)), "/body/content/cards/0/text"),
    (Channel.RCS, Content(cards=(Card(title="a", suggestions=(TAP,) * 5),)), "/body/content/cards/0/suggestions"),
    (Channel.RCS, Content(suggestions=(TAP,) * 12), "/body/content/suggestions"),
    (Channel.RCS, _tap(text=""), "/body/content/suggestions/0/text"),
    (Channel.RCS, _tap(text="a" * 26), "/body/content/suggestions/0/text"),
    (Channel.RCS, _tap(postback="é" * 1_025), "/body/content/suggestions/0/postback"),
    (Channel.RCS, _tap(kind=SuggestionKind.OPEN_URL, url="javascript:x"), "/body/content/suggestions/0/url"),
    (Channel.RCS, _tap(kind=SuggestionKind.DIAL, phone="112"), "/body/content/suggestions/0/phone"),
    (Channel.RCS, _tap(kind=SuggestionKind.SHOW_LOCATION, latitude=1.0), "/body/content/suggestions/0"),
    (Channel.VOICE, Content(speech=Speech(opt_out_key="99")), "/body/content/speech/opt_out_key"),
])  # fmt: skip
def test_what_a_channel_cannot_carry_is_named(channel: Channel, content: Content, pointer: str) -> None:
    with pytest.raises(InvalidField) as refused:
        check_content(content, channel)
    assert refused.value.pointer == pointer


def test_merge_tags_are_read_in_texts_and_addresses_and_nowhere_else() -> None:
    content = Content(
        cards=(Card(title="For {{ name }}", media=Media(url="https://m.example/{{ size }}.jpg", content_type="{{ name }}")),),
        suggestions=(Suggestion(kind=SuggestionKind.OPEN_URL, text="Go", url="https://s.example/{{ name }}"),),
    )
    rendered = RichTemplate(content_json(content)).render({"name": "Ana", "size": 42})
    assert rendered.cards[0].title == "For Ana"
    assert rendered.cards[0].media == Media(url="https://m.example/42.jpg", content_type="{{ name }}")
    assert rendered.suggestions[0].url == "https://s.example/Ana"
    with pytest.raises(MissingField):
        RichTemplate(content_json(content)).render({"name": "Ana"})


def test_a_fault_in_a_tag_is_found_when_it_is_compiled() -> None:
    with pytest.raises(TemplateProblem):
        RichTemplate(content_json(Content(cards=(Card(title="{{ name"),))))


def test_rules_on_content_read_what_cards_and_buttons_say() -> None:
    card = Card(
        title="Boots",
        text="20 % off",
        suggestions=(Suggestion(kind=SuggestionKind.OPEN_URL, text="Buy", url="https://bit.ly/x"),),
    )
    assert said_beside(Content(cards=(card,), suggestions=(TAP,))) == "Boots\n20 % off\nYes\n\nBuy\nhttps://bit.ly/x".replace(
        "\n\n", "\n"
    )
    assert said_beside(PLAIN) == ""
