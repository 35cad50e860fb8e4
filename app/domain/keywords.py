"""What does a reply mean? STOP, START and HELP in the languages people use, and never a word inside an ordinary sentence.

The words: 47 CFR 64.1200(a)(10) per-se words, the carriers' and CTIA's lists, and their counterparts in other languages.
"""

import re
import unicodedata
from enum import StrEnum
from functools import lru_cache

_LONGEST = 500  # a longer text is prose; nobody reads a keyword out of it


class Keyword(StrEnum):
    """How a reply is taken. REVIEW may be an opt-out: a person must read it. NONE is an ordinary reply."""

    STOP = "stop"
    START = "start"
    HELP = "help"
    REVIEW = "review"
    WRONG_NUMBER = "wrong_number"
    NONE = "none"


_WORDS: dict[Keyword, str] = {
    Keyword.STOP: """
        stop stopall stop all end cancel unsubscribe unsub quit revoke optout opt out remove td stopp stoppen
        arret arrêt arreter arrêter arretez arrêtez desabonner désabonner desabonnement alto baja parar cancelar no mas no más
        abmelden abbestellen annulla disiscrivi sair parar cancelar descadastrar afmelden avregistrera avsluta rezygnuje wypisz
        ret iptal dur стоп отписаться отписка 退订 退訂 停止 取消 配信停止 수신거부 중지 إلغاء الغاء توقف הסר huy hủy berhenti batal
    """,
    Keyword.START: "start unstop yes optin opt in subscribe",
    Keyword.HELP: "help info aide ayuda hilfe aiuto ajuda",
}
_TWO_WORDS = ("stop all", "opt out", "no mas", "no más", "opt in")
_SIGNS = frozenset("🛑⛔🚫✋")
_DOTLESS = str.maketrans({"ı": "i", "İ": "i"})

_POLITE = frozenset("please pls plz thanks thankyou thx ok okay hi hello hey sir now just ty kindly".split())

_WHAT = (
    "text|texts|texting|txt|txts|txting|message|messages|messaging|msg|msgs|sms|mms|call|calls|calling|contact|contacting|"
    "send|sending|spam|spamming|promo|promos|promotion|promotions|promotional|marketing|ad|ads|advert|adverts|advertising|"
    "offer|offers|deals|alerts|notifications|subscription|subscriptions|these|this|that|it|me|all|everything|bothering|harassing"
)
_OPT_OUT_PHRASES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?:i (?:want|would like|need) (?:you )?to |you (?:must|need to|have to) |can you |could you |will you )?"
        rf"(?:stop|quit|cease|end|cancel) (?:(?:all|the|your|my|these|this|those|any) )*(?:{_WHAT})(?: (?:{_WHAT}|me|to|from|you|my|"
        rf"number|phone|cell|anymore|any more|again|immediately|at once|already))*",
        r"(?:take|get|remove|delete|drop) (?:me|my (?:number|name|phone|phone number))(?: (?:off|from|out of)(?: of)?"
        r"(?: (?:your|this|the|all|any|every|mailing|text|texting|sms|contact|calling|marketing))*(?: (?:list|lists|database|system))?)?",
        r"(?:remove|delete|lose|forget) (?:me|my (?:number|phone number|phone|data))",
        rf"no (?:more|further) (?:{_WHAT})(?: (?:{_WHAT}))*",
        r"(?:do not|dont|don t|never) (?:ever )?(?:text|message|contact|call|send|sms|txt|bother)(?: me)?(?: \w+){0,4}",
        r"(?:unsubscribe|unsub|opt|sign)(?: me)?(?: out| off)?(?: (?:from|of))?(?: (?:your|this|the|all|these|everything|list|lists|"
        r"texts|messages|alerts|offers|promotions|it))*",
        r"leave me alone",
        r"i (?:no longer|do not|dont|don t) (?:want|wish) (?:to (?:receive|get|have) )?(?:(?:any|these|your|more|this|to be) )*"
        rf"(?:{_WHAT}|contacted|texted)(?: (?:{_WHAT}|from|you|anymore|any more))*",
        r"i (?:revoke|withdraw) (?:my )?consent",
        r"(?:i )?(?:am )?not interested",
        r"(?:ne )?(?:plus|pas) de (?:sms|messages?|pub|publicites?)",
        r"no quiero (?:recibir )?(?:mas )?(?:mensajes?|sms|publicidad)",
        r"keine (?:sms|nachrichten|werbung)(?: mehr)?",
    )
)
_WRONG_NUMBER_PHRASES = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?:this is |you (?:have |got |ve got )+)?(?:the |a )?wrong (?:number|person|phone)(?: \w+){0,4}",
        r"who(?: the \w+)? (?:is|are|r|s|dis|this)(?: (?:this|you|that|it|texting|calling))*(?: \w+){0,2}",
        r"whos this",
        r"i (?:dont|don t|do not) know (?:you|who (?:this is|you are)|this number)",
        r"(?:this is )?not (?:my|his|her) number(?: anymore)?",
        r"new phone who (?:dis|this)",
    )
)


def normalise(text: str) -> str:
    """One line of lower-case letters and single spaces: no marks, digits, punctuation, emoji or invisible characters."""
    line = unicodedata.normalize("NFKC", text).strip().splitlines()[:1]
    seen = "".join(character for character in (line[0] if line else "") if unicodedata.category(character) not in {"Cf", "Cc"})
    folded = unicodedata.normalize("NFD", seen.translate(_DOTLESS).casefold())
    letters = (
        character if unicodedata.category(character)[0] == "L" else "" if unicodedata.category(character) == "Mn" else " "
        for character in folded
    )
    return " ".join(unicodedata.normalize("NFC", "".join(letters)).split())


@lru_cache(maxsize=1)
def _exact() -> dict[str, Keyword]:
    """Every word, normalised as replies are, with and without its spaces."""
    table: dict[str, Keyword] = {}
    for keyword, listed in _WORDS.items():
        words = listed.split()
        pairs = {pair for pair in _TWO_WORDS if f" {pair} " in f" {' '.join(words)} "}
        for word in (*words, *pairs):
            if word in {"out", "opt", "in", "all", "no", "mas", "más"}:
                continue
            table[normalise(word)] = keyword
            table[normalise(word).replace(" ", "")] = keyword
    return table


def _bare(words: list[str]) -> list[str]:
    """The words without the polite ones around them."""
    while words and words[0] in _POLITE:
        words = words[1:]
    while words and words[-1] in _POLITE:
        words = words[:-1]
    return words


def classify(text: str) -> Keyword:
    """What a reply means. Only a whole reply that is a keyword, or a plain sentence asking for the same, acts.

    A reply that begins with an opt-out word and goes on otherwise is REVIEW: it may be one, and nobody should guess.
    """
    if len(text) > _LONGEST:
        return Keyword.NONE
    visible = {character for character in text if not character.isspace() and unicodedata.category(character) not in {"Cf", "Mn"}}
    if visible and visible <= _SIGNS:
        return Keyword.STOP
    line = normalise(text)
    exact = _exact()
    found = exact.get(line) or exact.get(line.replace(" ", ""))
    if found:
        return found
    bare = _bare(line.replace("thank you", "thankyou").split())
    sentence = " ".join(bare)
    found = exact.get(sentence) or (Keyword.STOP if bare and set(bare) <= {"stop"} else None)
    if found:
        return found
    if any(phrase.fullmatch(sentence) for phrase in _OPT_OUT_PHRASES):
        return Keyword.STOP
    if any(phrase.fullmatch(sentence) for phrase in _WRONG_NUMBER_PHRASES):
        return Keyword.WRONG_NUMBER
    if bare and exact.get(bare[0]) is Keyword.STOP and bare[0].isascii():
        return Keyword.REVIEW
    return Keyword.NONE
