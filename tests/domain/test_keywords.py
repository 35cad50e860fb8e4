"""Is every way of saying stop heard, and an ordinary reply left alone?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.keywords import Keyword, classify, normalise

_WORKED = [
    ("K01", "STOP", Keyword.STOP),
    ("K03", " Stop ", Keyword.STOP),
    ("K05", "STOP!!!", Keyword.STOP),
    ("K07", "\u201cSTOP\u201d", Keyword.STOP),
    ("K09", "\U0001f6d1", Keyword.STOP),
    ("K11", "S T O P", Keyword.STOP),
    ("K13", "S\u200bTO\u200dP", Keyword.STOP),
    ("K15", "STOPALL", Keyword.STOP),
    ("K17", "UNSUBSCRIBE", Keyword.STOP),
    ("K19", "unsub", Keyword.STOP),
    ("K21", "END", Keyword.STOP),
    ("K23", "OPTOUT", Keyword.STOP),
    ("K25", "OPT-OUT", Keyword.STOP),
    ("K27", "Remove", Keyword.STOP),
    ("K29", "please stop texting me", Keyword.STOP),
    ("K31", "take me off your list", Keyword.STOP),
    ("K33", "No more messages thanks", Keyword.STOP),
    ("K35", "STOP promotions", Keyword.STOP),
    ("K37", "ARRET", Keyword.STOP),
    ("K39", "ARRÊTEZ !", Keyword.STOP),
    ("K41", "BAJA", Keyword.STOP),
    ("K43", "no más", Keyword.STOP),
    ("K45", "Abmelden", Keyword.STOP),
    ("K47", "ANNULLA", Keyword.STOP),
    ("K49", "\u0421\u0422\u041e\u041f", Keyword.STOP),
    ("K51", "\u505c\u6b62", Keyword.STOP),
    ("K53", "\u0625\u0644\u063a\u0627\u0621", Keyword.STOP),
    ("K55", "help!", Keyword.HELP),
    ("K57", "AIDE", Keyword.HELP),
    ("K59", "unstop", Keyword.START),
    ("K61", "can't stop loving these deals", Keyword.NONE),
    ("K63", "Do you stop by the store on Sunday?", Keyword.NONE),
    ("K65", "End of the month is fine", Keyword.REVIEW),
    ("K67", "who is this?", Keyword.WRONG_NUMBER),
]


@pytest.mark.parametrize(("case", "text", "keyword"), _WORKED, ids=[row[0] for row in _WORKED])
def test_a_worked_case_is_read_right(case: str, text: str, keyword: Keyword) -> None:
    assert classify(text) is keyword, case


_SAID: dict[Keyword, tuple[str, ...]] = {
    Keyword.STOP: (
        # single words, however typed
        "stop",
        "Stop.",
        '"STOP"',
        "S.T.O.P.",
        "s-t-o-p",
        "\uff33\uff34\uff2f\uff30",
        "\u202dSTOP\u202c",
        "STOP STOP",
        "stop stop stop",
        "STOP!!! \U0001f621",
        "stopp",
        "CANCEL",
        "QUIT",
        "End.",
        "REVOKE",
        "un-subscribe",
        "unsuscribe",
        "TD",
        "STOP 36111",
        "Stop end",
        "Stop all",
        "stop-all",
        "opt out",
        "Opt  Out!",
        "No more",
        "\U0001f6d1\U0001f6d1",
        "\u26d4\ufe0f",
        "\u270b",
        "\U0001f6d1 \U0001f6ab",
        # politely, and less so
        "stop please",
        "please stop",
        "ok stop",
        "STOP thanks",
        "STOP NOW",
        "Thank you, stop",
        "STOP, por favor",
        "Arret svp",
        "Bitte abmelden",
        "stop f***ing texting me",
        "STOP the damn texts",
        # sentences
        "don't text me",
        "Don\u2019t text me anymore",
        "do not contact me again",
        "Never call my number again",
        "leave me alone",
        "stop texting",
        "stop spamming me",
        "Stop sending me these",
        "stop these messages",
        "Stop it",
        "stop contacting me",
        "stop calling me",
        "please stop sending messages to this number",
        "STOP ALL MESSAGES",
        "stop marketing",
        "quit texting me",
        "end texts",
        "cancel my subscription",
        "can you stop texting me",
        "I want to stop",
        "I want to unsubscribe",
        "I want to opt out",
        "how do I unsubscribe",
        "unsubscribe please",
        "Unsubscribe me",
        "unsubscribe from all lists",
        "opt me out",
        "sign me out",
        "remove me",
        "Remove me from your list",
        "take me off this list please",
        "get me off your mailing list",
        "delete my number",
        "please remove my number",
        "no more texts",
        "I no longer want these texts",
        "I don't want to receive any more messages",
        "I revoke my consent",
        "I withdraw consent",
        "not interested",
        "I'm not interested",
        "text stop",
        "reply stop",
        "STOP to end",
        "stop2end",
        "stop to opt out",
        # the first line counts, and greetings do not
        "STOP\n\nSent from my phone",
        "STOP\nthis is my signature",
        "\n\nSTOP",
        "Hello\nSTOP",
        "STOP\r\n> your message",
        "STOP\n" + "quoted " * 200,
        # other languages
        "arrêt",
        "Stop SMS",
        "stop aux sms",
        "desabonner",
        "D\u00c9SABONNER",
        "plus de sms",
        "ne plus recevoir",
        "ALTO",
        "parar",
        "no quiero más mensajes",
        "darme de baja",
        "cancelar suscripción",
        "STOPP",
        "Abbestellen",
        "keine SMS mehr",
        "sair",
        "cancelar inscri\u00e7\u00e3o",
        "afmelden",
        "avregistrera",
        "wypisz",
        "\u0130PTAL",
        "iptal",
        "IPTAL",
        "Ret",
        "\u043e\u0442\u043f\u0438\u0441\u0430\u0442\u044c\u0441\u044f",
        "\u0421\u0442\u043e\u043f!",
        "\u9000\u8ba2",
        "\u9000\u8a02",
        "\u505c\u6b62\u3002",
        "\u914d\u4fe1\u505c\u6b62",
        "\uc218\uc2e0\uac70\ubd80",
        "\u062a\u0648\u0642\u0641",
        "\u0627\u0644\u063a\u0627\u0621",
        "\u05d4\u05e1\u05e8",
        "HUY",
        "H\u1ee6Y",
        "berhenti",
    ),
    Keyword.START: (
        "START",
        "start!",
        "unstop",
        "UN-STOP",
        "yes",
        "Yes please \U0001f60a",
        "YES!",
        "subscribe",
        "opt in",
        "OPTIN",
    ),
    Keyword.HELP: ("help", "help?", "Help me", "info", "Info please", "AYUDA", "hilfe", "aiuto", "ajuda"),
    Keyword.REVIEW: (
        "Stop by anytime",
        "End of month works",
        "cancel my order",
        "quit smoking today",
        "Cancel that appointment at 5",
        "STOP YOU IDIOTS",
        "Remove the onions please",
        "Don't send it yet",
        "don't call me before 9",
        "fuck off",
        "go away",
        "\u0421\u0442\u043e\u043f, \u043a\u043e\u0433\u0434\u0430?",
    ),
    Keyword.WRONG_NUMBER: (
        "wrong number",
        "Wrong number!",
        "This is the wrong number",
        "you have the wrong number",
        "who is this",
        "Who dis",
        "new phone who dis",
        "who are you?",
        "Who is texting",
        "I don't know you",
        "I dont know who this is",
        "not my number",
    ),
    Keyword.NONE: (
        "",
        "   ",
        "\n\n",
        "!!!",
        "\U0001f44d",
        "Thanks!",
        "ok",
        "no",
        "send",
        "weekend",
        "stopwatch",
        "unstoppable",
        "A" * 5000,
        "can't stop won't stop",
        "don't stop",
        "I will stop by later",
        "When do you stop serving dinner?",
        "The bus stop is far",
        "non-stop fun",
        "when does it end",
        "is this the end?",
        "I'd like to cancel my appointment",
        "I need to cancel",
        "Can you help me with my order?",
        "helpful info about the yes campaign",
        "info@acme.example",
        "yes I would like a table for two",
        "See you\nSTOP",
        "who wants pizza tonight",
        "stop " + "word " * 200,
    ),
}


@pytest.mark.parametrize(
    ("text", "keyword"),
    [(text, keyword) for keyword, texts in _SAID.items() for text in texts],
    ids=lambda value: ascii(value)[:40],
)
def test_a_reply_is_taken_as_a_reasonable_person_would(text: str, keyword: Keyword) -> None:
    assert classify(text) is keyword


_COMMANDS = st.sampled_from(["stop", "unsubscribe", "cancel", "end", "quit", "arret", "baja", "start", "unstop", "help", "info"])
_DRESSINGS = st.sampled_from(["", "!", "...", " ", "\u201d", "\u200b", "\ufe0f", " \U0001f621", "?!", "\t", " please", " thanks"])


@given(_COMMANDS, _DRESSINGS, st.data())
def test_case_punctuation_and_what_cannot_be_seen_change_nothing(word: str, behind: str, data: st.DataObject) -> None:
    typed = "".join(data.draw(st.sampled_from([char, char.upper(), f"{char}\u200d", f"{char}\u00ad"])) for char in word)
    assert classify(typed + behind) is classify(word) is not Keyword.NONE


_ORDINARY = st.sampled_from("i we the dinner at friday really love your shop bus is far tomorrow with friends".split())


@given(st.lists(_ORDINARY, min_size=1, max_size=6), _COMMANDS, st.lists(_ORDINARY, max_size=6))
def test_a_word_inside_an_ordinary_sentence_never_acts(front: list[str], word: str, behind: list[str]) -> None:
    assert classify(" ".join([*front, word, *behind])) is Keyword.NONE


@given(st.text(max_size=600))
def test_any_text_is_taken_somehow_and_its_shape_is_settled(text: str) -> None:
    assert classify(text) in set(Keyword)
    assert normalise(normalise(text)) == normalise(text)
