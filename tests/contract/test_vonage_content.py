"""How does Vonage show what is more than a text? Cards with the message's words, what it shows no way, files, long scripts."""

import json
from dataclasses import replace
from typing import Any

import pytest

from app.domain.message import Channel, Purpose
from app.domain.rich import Card, Content, Media, Suggestion, SuggestionKind
from tests.contract import examples_of as examples

_VONAGE = examples.open_provider("vonage")
_BOOTS = Media(url="https://media.blue.example/boots.jpg", content_type="image/jpeg")
_TAPS = tuple(Suggestion(kind=SuggestionKind.REPLY, text=f"Size {size}") for size in range(36, 48))


def _rcs(content: Content, body: str = "Reply STOP to stop", purpose: Purpose = Purpose.MARKETING) -> dict[str, Any]:
    message = examples.message(Channel.RCS, sender="Blue_Shop", body=body, content=content, purpose=purpose)
    return dict(json.loads(_VONAGE.build_request(message).body))


def test_the_text_of_a_message_with_cards_stands_on_a_card() -> None:
    boots, coat = Card(title="Boots", text="Warm", media=_BOOTS), Card(title="Coat", media=_BOOTS)
    assert _rcs(Content(cards=(boots,)))["card"]["text"] == "Warm\n\nReply STOP to stop"
    cards = _rcs(Content(cards=(boots, coat)))["carousel"]["cards"]
    assert [card["text"] for card in cards] == ["Warm\n\nReply STOP to stop", "Coat"]
    assert _rcs(Content(cards=(Card(title="Boots"),)))["text"] == "Boots\nReply STOP to stop"


def test_what_an_rcs_message_is_sent_for_is_told() -> None:
    told = [_rcs(Content(media=(_BOOTS,)), "", purpose)["rcs"] for purpose in (Purpose.MARKETING, Purpose.TRANSACTIONAL)]
    assert told == [{"category": "promotion"}, {"category": "transaction"}]


@pytest.mark.parametrize("content", [
    Content(cards=(Card(media=_BOOTS), Card(title="Coat", media=_BOOTS))),
    Content(cards=(Card(title="Boots", media=_BOOTS), Card(title="Coat"))),
    Content(cards=(Card(title="Boots", media=_BOOTS, suggestions=_TAPS[:2]),), suggestions=_TAPS[:3]),
    Content(cards=(Card(title="Boots", suggestions=_TAPS[:1]),), suggestions=_TAPS[:11]),
    Content(media=(_BOOTS,), suggestions=_TAPS[:5]),
    Content(media=(_BOOTS,), suggestions=_TAPS[:1]),
])  # fmt: skip
def test_what_vonage_shows_no_way_is_refused_and_not_cut(content: Content) -> None:
    with pytest.raises(ValueError, match=r"picture and words|there is room for"):
        _rcs(content, "")


def test_a_document_goes_by_mms_as_a_file() -> None:
    menu = Media(url="https://media.blue.example/menu", content_type="application/pdf")
    message = examples.message(Channel.MMS, body="", content=Content(media=(menu,)))
    assert json.loads(_VONAGE.build_request(message).body)["file"] == {"url": menu.url}
    two = json.loads(_VONAGE.build_request(replace(message, content=Content(media=(_BOOTS, menu)))).body)
    assert [part["type"] for part in two["content"]] == ["image", "file"]


def test_pauses_give_way_where_a_script_with_them_is_too_long_to_be_said() -> None:
    def said(script: str) -> str:
        call = examples.message(Channel.VOICE, body=script)
        return str(json.loads(_VONAGE.build_request(call).body)["ncco"][0]["text"])

    pause = '<break time="1s"/>'
    assert said(f"One{pause}two") == '<speak>One<break time="1000ms"/>two</speak>'
    assert said(f"a{pause}" * 70) == "a " * 70
    assert said("a" * 1_500) == "a" * 1_500
