"""How do people say it, in their languages, disguised, misspelt and at length? Own cases of the same kinds as the shared ones."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import keyword_words as words
from app.domain.keywords import Keyword, classify, language_for, narrows, normalise, read_reply
from app.domain.slips import is_slip, within

_SAID: dict[Keyword, tuple[str, ...]] = {
    Keyword.STOP: (
        "stpo",
        "sotp",
        "tsop",
        "sttop",
        "stoppp",
        "STOOOOP",
        "ST0P",
        "5TOP",
        "$TOP",
        "\u0405\u0422\u041e\u0420",
        "ＳＴＯＰ",
        "ⓈⓉⓄⓅ",
        "\U0001f182\U0001f183\U0001f17e\U0001f17f",
        "\U0001f1f8\U0001f1f9\U0001f1f4\U0001f1f5",
        "stop1",
        "STOP.",
        "*STOP*",
        "unsuscribe",
        "unsubscibe",
        "unsubsribe",
        "UNSUBSCRIBE ME",
        "canccel",
        "cnacel",
        "cancle",
        "rmove",
        "remvoe",
        "revoek",
        "qiut",
        "Stop pls",
        "stop \U0001f64f",
        "\U0001f6d1 please",
        "\U0001f6d1\U0001f6d1 \U0001f621",
        "stop!!!!",
        "S*T*O*P",
        "S_T_O_P",
        "s. t. o. p",
        "STOP\xa0",
        "\u202eSTOP",
        "unsubscribe thanks",
        "opt me out please",
        "take my number off your list",
        "remove my number from your list please",
        "Please remove me from this list",
        "delete me from your database",
        "don't ever text me again",
        "do not message me",
        "I don't want your texts",
        "i dont want any more texts from you",
        "I no longer wish to receive these messages",
        "please stop sending me texts",
        "would you please stop texting me",
        "I said stop texting me",
        "kindly stop messaging me",
        "no more sms",
        "no further messages please",
        "unsubscribe from this list",
        "I want to be removed from your list",
        "I withdraw my consent",
        "I revoke my permission",
        "lose my number",
        "I already bought one. Please stop texting me!",
        "Not my thing. Unsubscribe.",
        "No thanks. Stop.",
        "I never signed up for this, take me off your list",
        "Wrong shop, please remove my number",
        "stop the texts",
        "stop these texts now",
        "STOP ALL TEXTS",
        "end these messages",
        "cease and desist texting me",
        "quit sending me texts",
        "Arrêtez de m'envoyer des messages",
        "arretez les sms",
        "je ne veux plus recevoir de sms",
        "Merci de me désinscrire",
        "Je ne veux plus recevoir vos messages",
        "supprimez mon numéro",
        "laissez-moi tranquille",
        "désinscription",
        "me désabonner svp",
        "ARRÊT SVP",
        "stop pub",
        "arretes",
        "dejen de enviarme mensajes",
        "no quiero recibir más mensajes",
        "no me manden más mensajes",
        "quítenme de la lista",
        "déjenme en paz",
        "dame de baja",
        "quiero darme de baja",
        "por favor dejen de escribirme",
        "ya no quiero mensajes",
        "NO MAS",
        "¡BAJA!",
        "cancelar suscripción",
        "Bitte keine SMS mehr",
        "Keine Werbung mehr",
        "Hören Sie auf mir zu schreiben",
        "bitte melden sie mich ab",
        "ich möchte keine nachrichten mehr erhalten",
        "löschen Sie meine Nummer",
        "ich widerrufe meine Einwilligung",
        "Abbestellen bitte",
        "STOPP!",
        "lass mich in ruhe",
        "Smettetela di scrivermi",
        "non voglio più ricevere messaggi",
        "cancellatemi dalla lista",
        "BASTA",
        "disiscrivimi",
        "annulla grazie",
        "parem de me mandar mensagens",
        "não quero mais receber mensagens",
        "me tirem da lista",
        "SAIR",
        "Pare",
        "stop met berichten sturen",
        "geen sms meer",
        "haal mij van de lijst",
        "AFMELDEN",
        "uitschrijven aub",
        "sluta skicka sms",
        "ta bort mig från listan",
        "STOPPA",
        "avmeld",
        "lopeta",
        "AFMELD",
        "proszę nie pisać",
        "nie chcę więcej smsów",
        "usuńcie mój numer",
        "wypisz mnie",
        "REZYGNUJĘ",
        "lütfen mesaj atmayın",
        "beni listeden çıkarın",
        "İPTAL",
        "DUR",
        "ret",
        "Больше не пишите мне",
        "не хочу получать смс",
        "удалите мой номер",
        "хватит",
        "отпишите меня",
        "прекратите слать смс",
        "СТОП!!!",
        "不要再发短信了",
        "请不要给我发短信",
        "退订",
        "请停止",
        "取消订阅",
        "拒收",
        "別再發了",
        "配信停止してください",
        "メッセージを送らないでください",
        "もう送らないで",
        "やめて",
        "退会",
        "더 이상 보내지 마세요",
        "문자 보내지 마세요",
        "수신거부",
        "그만",
        "لا ترسلوا لي رسائل",
        "توقفوا عن الإرسال",
        "إلغاء الاشتراك",
        "אל תשלחו לי הודעות",
        "תסירו אותי מהרשימה",
        "הסר",
        "đừng gửi tin nhắn cho tôi",
        "HỦY",
        "ngừng",
        "jangan kirim sms lagi",
        "berhenti",
        "διακοπή",
        "відписатися",
        "बंद करो",
        "หยุด",
        "leiratkozás",
        "dezabonare",
        "odhlásit",
    ),
    Keyword.NONE: (
        "shop",
        "step",
        "spot",
        "top",
        "stock",
        "stoop",
        "strop",
        "atop",
        "stomp",
        "store",
        "stops",
        "stopped",
        "quite",
        "quiet",
        "quilt",
        "cancer",
        "evoke",
        "remote",
        "held",
        "hello",
        "kelp",
        "helps",
        "lol",
        "thanks!",
        "ok",
        "no",
        "no thanks",
        "non merci",
        "nein danke",
        "Great, see you at 5",
        "can't stop loving this",
        "don't stop",
        "Don't stop texting me",
        "please don't stop sending these",
        "I can't stop laughing",
        "nonstop",
        "unstoppable",
        "bus stop",
        "I'll stop by tomorrow",
        "we should stop for lunch",
        "what time do you end",
        "help yourself to cookies",
        "yes I'd like a table",
        "yes but only on Friday",
        "red",
        "six",
        "peru",
        "How much is it?",
        "who wants pizza tonight",
        "who is coming on Friday?",
        "I'm not hungry",
        "not today",
        "not bad",
        "This is great",
        "no problem",
        "no problem here",
        "the end is near",
        "Is the sale still on?",
        "When is the start?",
        "start at 5?",
        "Can I get the info by mail",
        "je serai là",
        "a bientôt",
        "¿a qué hora abren?",
        "bis morgen",
        "ci vediamo domani",
        "1",
        "\U0001f44d",
        "❤️",
        "\U0001f602\U0001f602",
        "",
        "baby",
        "altoona",
        "pesto",
        "desk",
        "top stop shop",
        "I love these messages",
        "keep them coming",
        "the doctor told me to quit",
        "I need to stop at the bank",
        "how do I start",
        "I have to cancel my dentist",
        "no me digas",
        "I want to stop by",
        "my phone died",
        "I was stopped by the police",
        "can you stop by the store",
        "Never mind",
        "nobody knows",
        "what's the story",
        "spam sandwich please",
        "It is not far",
        "this isn't funny",
    ),
    Keyword.REVIEW: (
        "Stop by anytime",
        "End of month works",
        "cancel my order",
        "go away",
        "fuck off",
        "this is spam",
        "SPAM",
        "spam",
        "I will report you",
        "I will sue you",
        "harassment",
        "how did you get my number",
        "where did you get this number?",
        "John passed away last year",
        "I asked you to stop texting me three times already",
        "my lawyer says you must stop texting me or else",
        "tcpa violation",
        "\U0001f44e",
        "\U0001f595",
        "\U0001f515",
        "Don't call me, I'm in class",
        "don't text me before 9 please I sleep",
        "I already told you no",
        "I did not sign up for this",
        "STOP YOU IDIOTS",
        "stop being so cheap",
        "Remove the onions please",
        "unsubscribe my husband",
        "Hello\nI got it.\nplease stop texting me",
        "End this now or I call my lawyer",
        "enough with the offers",
        "Baja el precio",
        "Alto ahí amigo",
        "arrête de rigoler",
        "Basta con esto ya me tienen harto",
        "end of story? no idea",
    ),
    Keyword.WRONG_NUMBER: (
        "wrong number",
        "Wrong person",
        "sorry wrong number",
        "you have the wrong number",
        "I think you have the wrong number",
        "who is this?",
        "who's this",
        "Who dis",
        "new phone who dis",
        "who are you?",
        "Who is this and how did you get my number",
        "This isn't Maria",
        "I'm not Bob",
        "This is not John",
        "no John here",
        "There is no Maria at this number",
        "not my number",
        "Bob no longer has this number",
        "this is not Bob's number",
        "Wrong number, stop texting",
        "mauvais numéro",
        "vous vous êtes trompé de numéro",
        "c'est qui ?",
        "qui est-ce ?",
        "qui êtes-vous",
        "número equivocado",
        "¿quién es?",
        "¿quién eres?",
        "falsche Nummer",
        "wer ist das?",
        "Wer sind Sie?",
        "numero sbagliato",
        "chi è?",
        "chi sei",
        "número errado",
        "quem é?",
        "verkeerd nummer",
        "wie is dit?",
        "fel nummer",
        "zły numer",
        "kto to?",
        "pomyłka",
        "yanlış numara",
        "kimsiniz",
        "вы ошиблись номером",
        "кто это?",
        "не тот номер",
        "打错了",
        "你是谁",
        "你是誰？",
        "間違いです",
        "どちら様ですか",
        "誰ですか",
        "누구세요",
        "잘못 보내셨어요",
        "رقم خطأ",
        "من أنت",
        "מספר שגוי",
        "מי זה?",
        "nhầm số rồi",
        "ai đấy",
        "salah sambung",
        "siapa ini",
    ),
    Keyword.START: (
        "START",
        "start!",
        "Start please",
        "unstop",
        "UNSTOP",
        "YES",
        "yes please \U0001f60a",
        "Oui",
        "OUI !",
        "sí",
        "SI",
        "ja",
        "Ja!",
        "sim",
        "tak",
        "evet",
        "да",
        "ДА!",
        "はい",
        "是",
        "네",
        "نعم",
        "כן",
        "có",
        "ya",
        "subscribe",
        "opt in",
        "s'abonner",
        "suscribirme",
        "anmelden",
        "iscrivimi",
        "старт",
        "开始",
        "開始",
        "시작",
        "ابدأ",
        "kyllä",
        "igen",
        "ano",
        "alta",
        "commencer",
        "abonnieren",
        "подписаться",
        "登録",
    ),
    Keyword.HELP: (
        "HELP",
        "help!",
        "hlep",
        "hepl",
        "info",
        "INFO?",
        "AIDE",
        "Aide svp",
        "AYUDA",
        "hilfe",
        "aiuto",
        "ajuda",
        "pomoc",
        "помощь",
        "帮助",
        "ヘルプ",
        "도움말",
        "مساعدة",
        "עזרה",
        "bantuan",
        "hjälp",
        "help me please",
        "hulp",
        "yardım",
        "apua",
        "H E L P",
        "βοήθεια",
    ),
}


@pytest.mark.parametrize(
    ("text", "keyword"),
    [(text, keyword) for keyword, texts in _SAID.items() for text in texts],
    ids=lambda value: ascii(value)[:50],
)
def test_a_reply_is_taken_as_a_reasonable_person_would(text: str, keyword: Keyword) -> None:
    assert classify(text) is keyword


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
