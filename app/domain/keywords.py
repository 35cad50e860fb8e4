"""What does a reply mean? STOP, START and HELP in the languages people use, and never a word inside an ordinary sentence.

The words: 47 CFR 64.1200(a)(10) per-se words, the carriers' and CTIA's lists, and their counterparts in other languages.
"""

import re
import unicodedata
from enum import StrEnum
from functools import lru_cache

_LONGEST_TEXT = 5_000
_LONGEST_LINE = 500  # a longer line is prose; nobody reads a keyword out of it


class Keyword(StrEnum):
    """How a reply is taken. REVIEW may be an opt-out: marketing rests until a person has read it. NONE is an ordinary reply."""

    STOP = "stop"
    START = "start"
    HELP = "help"
    REVIEW = "review"
    WRONG_NUMBER = "wrong_number"
    NONE = "none"


# Single words, and phrases that count as one, separated by commas. Marks and case do not matter.
_WORDS: dict[Keyword, tuple[str, ...]] = {
    Keyword.STOP: (
        "stop, stop all, stopall, end, cancel, unsubscribe, unsub, quit, revoke, opt out, remove, td, no more",  # en
        "unsuscribe, unsubcribe, unsubscibe, stopp, stopit",  # as people misspell them
        "arret, arrêt, arreter, arrêter, arretez, arrêtez, desabonner, désabonner, desabonnement, me desabonner",  # fr
        "alto, baja, parar, cancelar, no mas, no más, desuscribir, desuscribirme, darme de baja, dar de baja",  # es
        "abmelden, abbestellen, annulla, disiscrivi, sair, descadastrar, stoppen, afmelden, uitschrijven",  # de it pt nl
        "avregistrera, avsluta, rezygnuje, wypisz, ret, iptal, dur",  # sv pl tr
        "стоп, отписаться, отписка, إلغاء, الغاء, توقف, הסר, huy, hủy, berhenti, batal",  # ru ar he vi id
        "退订, 退訂, 停止, 取消, 配信停止, 수신거부, 중지",  # zh ja ko
    ),
    Keyword.START: ("start, unstop, yes, opt in, subscribe",),
    Keyword.HELP: ("help, help me, info, aide, ayuda, hilfe, aiuto, ajuda",),
}
_SIGNS = frozenset("🛑⛔🚫✋")
_POLITE = frozenset(
    "please pls plz thanks thankyou thx ty kindly ok okay hi hello hey sir madam now just "
    "svp merci bitte danke por favor gracias grazie obrigado obrigada".split()
)
_CURSES = frozenset("fucking fuckin freaking damn goddamn bloody f ing effing".split())

_WHAT = (
    "(?:text|texts|texting|txt|txts|txting|message|messages|messaging|msg|msgs|sms|mms|call|calls|calling|contact|contacting|"
    "send|sending|spam|spamming|promo|promos|promotion|promotions|promotional|marketing|ad|ads|advert|adverts|advertising|"
    "offer|offers|deals|alerts|notifications|subscription|subscriptions|these|this|that|it|me|all|everything|bothering|harassing)"
)
_REST = f"(?: (?:{_WHAT}|to|from|you|my|your|list|number|phone|cell|anymore|any more|again|ever|immediately|at once|already))*"
_WISH = (
    "(?:(?:i (?:want|would like|wish|need) (?:you )?to|you (?:must|need to|have to)|(?:can|could|will|would) you|"
    "how (?:do|can) i|can i|let me|make it|text|txt|reply|send) )?"
)
_LISTS = (
    "(?:(?: (?:your|this|the|all|any|every|mailing|text|texting|sms|contact|calling|marketing))*"
    "(?: (?:list|lists|database|system)))"
)
_ANY = "(?:(?:any|your|more) )*"
_DO_NOT = "(?:do not|dont|don t|never) (?:ever )?(?:text|message|contact|call|send|sms|txt|bother)"

_OPT_OUT = (
    f"{_WISH}(?:stop|quit|cease|end|cancel)(?: (?:all|the|your|my|these|this|those|any))* {_WHAT}{_REST}",
    f"{_WISH}(?:stop|unsubscribe|unsub|opt out|be removed|quit|cancel this)(?: me)?{_REST}",
    "stop (?:to )?(?:end|opt out|cancel|unsubscribe|quit)",
    "stop (?:de |les |aux |au |a )?(?:sms|messages?|pub|publicites?)",
    f"(?:take|get|remove|delete|drop) (?:me|my (?:number|name|phone|phone number))(?: (?:off|from|out of)(?: of)?{_LISTS}?)?",
    "(?:remove|delete|lose|forget) (?:me|my (?:number|phone number|phone|data))",
    f"no (?:more|further) {_WHAT}(?: {_WHAT})*",
    f"{_DO_NOT}{_REST}",
    f"(?:unsubscribe|unsub|opt|sign)(?: me)?(?: out| off)(?: (?:from|of))?{_REST}",
    f"(?:unsubscribe|unsub)(?: me)? (?:from|of){_LISTS}?{_REST}",
    "leave me alone",
    f"i (?:no longer|do not|dont|don t) (?:want|wish) (?:to (?:receive|get|have|be) )?{_ANY}(?:{_WHAT}|contacted|texted){_REST}",
    "i (?:revoke|withdraw) (?:my )?consent",
    "(?:i )?(?:am |m )?not interested",
    "(?:ne )?(?:plus|pas) (?:de|recevoir(?: de| vos| ces)?)(?: (?:sms|messages?|pub|publicites?))?",
    "no quiero (?:recibir )?(?:mas )?(?:mensajes?|sms|publicidad)",
    "cancelar (?:la |mi )?(?:suscripcion|inscricao|assinatura)",
    "keine (?:sms|nachrichten|werbung)(?: mehr)?",
)
_WRONG_NUMBER = (
    "(?:this is |you (?:have |got |ve got )+)?(?:the |a )?wrong (?:number|person|phone)(?: [^ ]+){0,4}",
    "who(?: the [^ ]+)? (?:is|are|r|s|dis|this)(?: (?:this|you|that|it|texting|calling))*(?: [^ ]+){0,2}",
    "whos this",
    "i (?:dont|don t|do not) know (?:you|who (?:this is|you are)|this number)",
    "(?:this is )?not (?:my|his|her) number(?: anymore)?",
    "new phone who (?:dis|this)",
)
# How a reply begins that may be an opt-out, though it goes on in a way nobody should guess at.
_MAY_BE = (f"{_DO_NOT} ", "(?:fuck|piss|sod) (?:off|you)", "go away", "get lost")


def normalise(line: str) -> str:
    """A line as lower-case letters and single spaces: no marks, digits, punctuation, emoji or invisible characters."""
    shown = (char for char in unicodedata.normalize("NFKC", line) if unicodedata.category(char) not in {"Cf", "Cc"})
    folded = unicodedata.normalize("NFD", "".join(shown).translate(_DOTLESS).casefold())
    letters = "".join(_letter(char) for char in folded)
    return " ".join(unicodedata.normalize("NFC", letters).split())


_DOTLESS = str.maketrans({"ı": "i", "İ": "i"})


def _letter(char: str) -> str:
    category = unicodedata.category(char)
    if category[0] == "L":
        return char
    return "" if category == "Mn" else " "


def classify(text: str) -> Keyword:
    """What a reply means. Only a whole first line that is a keyword, or a plain sentence asking for the same, acts.

    One that begins with an opt-out word and goes on otherwise is REVIEW: it may be an opt-out, and nobody should guess.
    """
    for written in text[:_LONGEST_TEXT].splitlines():
        if len(written) > _LONGEST_LINE:
            return Keyword.NONE
        if _is_sign(written):
            return Keyword.STOP
        line = normalise(written)
        words = _bare([word for word in line.replace("thank you", "thankyou").split() if word not in _CURSES])
        if words or line in _exact():
            return _of_line(line, words)
    return Keyword.NONE


def _is_sign(line: str) -> bool:
    shown = {char for char in line if not char.isspace() and unicodedata.category(char) not in {"Cf", "Mn"}}
    return bool(shown) and shown <= _SIGNS


def _of_line(line: str, words: list[str]) -> Keyword:
    exact, phrases = _exact(), _phrases()
    sentence = " ".join(words)
    for whole in (line, line.replace(" ", ""), sentence):
        if whole in exact:
            return exact[whole]
    if all(exact.get(word) is Keyword.STOP for word in words):
        return Keyword.STOP
    for keyword, phrase in phrases:
        if phrase.fullmatch(sentence):
            return keyword
    return Keyword.REVIEW if exact.get(words[0]) is Keyword.STOP or _beginnings().match(sentence) else Keyword.NONE


def _bare(words: list[str]) -> list[str]:
    """The words without the polite ones around them."""
    while words and words[0] in _POLITE:
        words = words[1:]
    while words and words[-1] in _POLITE:
        words = words[:-1]
    return words


@lru_cache(maxsize=1)
def _exact() -> dict[str, Keyword]:
    """Every word, normalised as replies are, with and without its spaces."""
    table: dict[str, Keyword] = {}
    for keyword, lines in _WORDS.items():
        for word in ",".join(lines).split(","):
            table[normalise(word)] = table[normalise(word).replace(" ", "")] = keyword
    return table


@lru_cache(maxsize=1)
def _phrases() -> tuple[tuple[Keyword, re.Pattern[str]], ...]:
    kinds = ((Keyword.STOP, _OPT_OUT), (Keyword.WRONG_NUMBER, _WRONG_NUMBER))
    return tuple((keyword, re.compile("|".join(f"(?:{phrase})" for phrase in phrases))) for keyword, phrases in kinds)


@lru_cache(maxsize=1)
def _beginnings() -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{phrase})" for phrase in _MAY_BE))
