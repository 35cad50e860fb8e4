"""Do our answers hold what they must, in every language, and nothing that sells?"""

import pytest

from app.domain.content import read_content
from app.domain.keyword_words import REGION_LANGUAGES
from app.domain.keywords import Keyword, classify
from app.domain.parts import count_parts
from app.domain.reply_texts import TEXTS, reply_text

_KINDS = ("stop", "narrowed", "start", "help", "who")


@pytest.mark.parametrize("language", TEXTS)
@pytest.mark.parametrize("kind", _KINDS)
def test_an_answer_names_us_sells_nothing_and_fits(language: str, kind: str) -> None:
    for asks in (False, True):
        text = reply_text(kind, language=language, name="Blue Shop", contact="blue.example/help", asks=asks)
        assert "Blue Shop" in text and "{" not in text
        assert read_content(text, brand="Blue Shop").marketing == ()
        assert count_parts(text).parts <= 3


@pytest.mark.parametrize("language", TEXTS)
def test_the_words_an_answer_asks_for_are_words_we_hear(language: str) -> None:
    written = reply_text("help", language=language, name="X").replace("\uff0c", " ").replace("\u3002", " ").replace(".", " ")
    assert any(classify(word) is Keyword.STOP for word in written.split())


def test_canadian_and_french_duties_are_in_the_french_texts() -> None:
    assert "AIDE" in reply_text("stop", language="fr", name="X")
    assert "ARRET" in reply_text("help", language="fr", name="X") and "STOP" in reply_text("help", language="fr", name="X")


def test_a_language_without_texts_is_answered_in_english() -> None:
    assert reply_text("stop", language="xx", name="X") == reply_text("stop", language="en", name="X")
    assert set(REGION_LANGUAGES.values()) <= set(TEXTS)


def test_the_question_of_scope_stands_behind_the_confirmation_alone() -> None:
    assert reply_text("stop", language="en", name="X", asks=True).endswith("PROMO to stop marketing only.")
    assert "PROMO" not in reply_text("help", language="en", name="X", asks=True)
