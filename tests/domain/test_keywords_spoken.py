"""How do people say it, in their languages, disguised, misspelt and at length? Own cases of the same kinds as the shared ones."""

import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import keyword_words as words
from app.domain.keywords import Keyword, classify, language_for, narrows, normalise, read_reply
from app.domain.slips import is_slip, within

_SAID = [json.loads(line) for line in Path(__file__).with_name("replies.jsonl").read_text("utf-8").splitlines()]


@pytest.mark.parametrize(("keyword", "text"), _SAID, ids=lambda value: ascii(value)[:50])
def test_a_reply_is_taken_as_a_reasonable_person_would(keyword: str, text: str) -> None:
    assert classify(text) == keyword


_LISTED = {
    Keyword.STOP: words.STOP,
    Keyword.START: words.START,
    Keyword.HELP: words.HELP,
}
_ALL = [
    (keyword, language, word.strip())
    for keyword, lines in _LISTED.items()
    for language, line in lines.items()
    for word in line.split(",")
]


@pytest.mark.parametrize(("keyword", "language", "word"), _ALL, ids=lambda value: ascii(value)[:40])
def test_every_word_of_every_language_is_heard_however_it_is_typed(keyword: Keyword, language: str, word: str) -> None:
    for typed in (word, word.upper(), word.title(), f" {word}!", f"\u201c{word}\u201d", unicodedata.normalize("NFD", word)):
        assert classify(typed) is keyword, typed
    reading = read_reply(word)
    assert not reading.languages or language in reading.languages


@pytest.mark.parametrize("language", words.YES)
def test_a_yes_and_a_no_of_every_language_say_so(language: str) -> None:
    for says, lines in (("yes", words.YES), ("no", words.NO)):
        for word in lines.get(language, "").split(","):
            if normalise(word):
                assert read_reply(word.strip()).says == says, word


@pytest.mark.parametrize(
    ("text", "locale", "region", "language"),
    [
        ("STOP", None, "US", "en"),
        ("STOP", None, "FR", "fr"),
        ("STOP", "es-MX", "US", "es"),
        ("ARRET", None, "CA", "fr"),
        ("BAJA", None, "US", "es"),
        ("STOPP", None, "DE", "de"),
        ("Abmelden", "en", "GB", "de"),
        ("CANCELAR", None, "BR", "pt"),
        ("CANCELAR", None, "US", "es"),
        ("\u505c\u6b62", None, "JP", "ja"),
        ("\u505c\u6b62", None, "US", "zh"),
        ("unsubscribe", "fr", "FR", "en"),
        ("je ne veux plus recevoir de sms", None, "US", "fr"),
        ("ja", None, "SE", "sv"),
        ("AIDE", None, "CA", "fr"),
    ],
)
def test_the_answer_is_in_the_language_of_the_word_else_of_the_person(
    text: str, locale: str | None, region: str, language: str
) -> None:
    assert language_for(read_reply(text), locale=locale, region=region) == language


@pytest.mark.parametrize("text", ["PROMO", "promo!", "Promos please", "offers only", " Promotion "])
def test_an_answer_to_the_scope_question_narrows(text: str) -> None:
    assert narrows(text)


@pytest.mark.parametrize("text", ["", "STOP", "any promo today?", "promote", "no"])
def test_anything_else_narrows_nothing(text: str) -> None:
    assert not narrows(text)


@pytest.mark.parametrize(("text", "asks"), [("who is this?", True), ("qui \u00eates-vous", True), ("wrong number", False)])
def test_who_asks_who_we_are_is_told_from_who_was_written_to_by_mistake(text: str, asks: bool) -> None:
    assert read_reply(text).asks_who is asks


_KEYWORDS = st.sampled_from([word for _, _, word in _ALL])
_BEFORE = ["", " ", "\t", "*", "\u201c", "\u00bf", "\u200b", "\u202d", "\U0001f621 ", "- ", "\n\n"]
_BEHIND = [
    "",
    " ",
    "!",
    "...",
    "?!",
    "\u201d",
    "\u200b",
    "\ufe0f",
    " \U0001f621",
    " \U0001f44d\U0001f3fd",
    "\u2026",
    "\n--\nSent from my phone",
]
_INSIDE = ["", "\u200b", "\u200d", "\u00ad", "\u2060", "\ufeff"]


@given(_KEYWORDS, st.sampled_from(_BEFORE), st.sampled_from(_BEHIND), st.data())
def test_case_punctuation_emoji_and_what_cannot_be_seen_change_nothing(
    word: str, before: str, behind: str, data: st.DataObject
) -> None:
    cased = data.draw(st.sampled_from([word, word.upper(), word.lower(), word.title(), word.swapcase()]))
    typed = "".join(char + data.draw(st.sampled_from(_INSIDE)) for char in cased)
    assert classify(before + typed + behind) is classify(word)


@given(
    st.sampled_from(["stop", "unsubscribe", "cancel", "quit", "arret", "start", "help", "unstop"]),
    st.sampled_from([" ", ".", "-", "_", "*", " . "]),
)
def test_letters_with_something_between_them_are_still_the_word(word: str, between: str) -> None:
    assert classify(between.join(word)) is classify(word)


_ENGLISH = st.sampled_from(
    "the a we they shop sale nice day bus dinner tomorrow store great coffee friday blue shoes love weekend order size".split()
)
_ACTING = st.sampled_from(
    ["stop", "end", "quit", "cancel", "remove", "unsubscribe", "start", "yes", "help", "info", "arret", "baja", "alto"]
)


@given(st.lists(_ENGLISH, min_size=1, max_size=6), _ACTING, st.lists(_ENGLISH, min_size=1, max_size=6))
def test_what_contains_a_keyword_is_never_one_for_that(front: list[str], word: str, behind: list[str]) -> None:
    assert classify(" ".join([*front, word, *behind])) is Keyword.NONE
    assert classify("".join([front[0], word, behind[0]])) in {Keyword.NONE, Keyword.REVIEW}


@given(_ENGLISH)
def test_an_ordinary_word_alone_is_no_keyword(word: str) -> None:
    assert classify(word) is Keyword.NONE


@given(
    st.sampled_from(["don't ", "do not ", "can't ", "never ", "please don't ", "why would I "]),
    st.sampled_from(["stop", "stop texting me", "stop sending me these", "unsubscribe me"]),
)
def test_a_negated_request_never_opts_out(negation: str, request: str) -> None:
    assert classify(negation + request) in {Keyword.NONE, Keyword.REVIEW}


_LETTERS = st.text("abcdefghijklmnopqrstuvwxyz", min_size=4, max_size=9)


@given(_LETTERS)
def test_a_yes_is_never_guessed_at(word: str) -> None:
    exact = {
        normalise(each).replace(" ", "")
        for table in (words.START, words.YES)
        for line in table.values()
        for each in line.split(",")
    }
    assert classify(word) is not Keyword.START or word in exact


@given(_LETTERS, _LETTERS)
def test_one_slip_is_within_two_letters(word: str, target: str) -> None:
    if is_slip(word, target):
        assert within(word, target, 1)


@given(_LETTERS, st.integers(0, 8), st.integers(0, 25))
def test_distances_are_small_when_little_was_changed(word: str, place: int, letter: int) -> None:
    changed = word[:place] + chr(ord("a") + letter) + word[place + 1 :]
    assert within(changed, word, 1)
    assert within(word, changed, 1)


@given(
    st.lists(
        st.sampled_from(
            "stop any more any more from your list please do not text me messages who is this number how wrong x".split()
        ),
        max_size=120,
    )
)
def test_the_longest_tangle_of_their_words_is_read_in_no_time(tangle: list[str]) -> None:
    assert classify(" ".join(tangle)) in set(Keyword)
