"""Does a recorded call say what it must, in time? Who calls first, and within two seconds how to stop it: 47 CFR 64.1200(b)."""

import re
import unicodedata
from dataclasses import dataclass

from app.domain.identity import find_name

IDENTITY_FIRST = "voice_identity_first"
VOICE_OPT_OUT = "voice_opt_out"
VOICEMAIL_NUMBER = "voicemail_number"

WORDS_PER_SECOND = 2.5  # 150 words a minute, an easy reading pace
_WITHIN = 2.0  # seconds between the identity and the way out: (b)(3)
_BEGINNING = 8.0  # seconds in which a name still counts as said at the beginning

_BREAK = re.compile(
    r"<break\b[^>]*?time\s*=\s*[\"']?(\d+(?:\.\d+)?)\s*(ms|s)[^>]*>|<pause\b[^>]*?length\s*=\s*[\"']?(\d+)[^>]*>", re.IGNORECASE
)
_SILENCE = "\x00"  # stands for one word's time in the script as it is measured
_TAG = re.compile(r"<[^>]*>")
_VOICEMAIL = re.compile(r"^\s*\[voicemail\]\s*$", re.IGNORECASE | re.MULTILINE)
_SENTENCE = re.compile(r"[^.!?;\n]+")
_KEY = (
    r"(?:\d|zero|one|two|three|four|five|six|seven|eight|nine|star|pound|hash|any key|uno|dos|nueve|neuf|un|deux|etoile|estrella|"
    r"neun|\*|#)"
)
_PRESS = (
    r"\b(?:press|push|hit|dial|touch|appuyez(?: sur)?(?: le)?|composez|tapez|pulse|marque|oprima|presione|drucken sie)(?: the)? "
    f"{_KEY}"
)
_SAY = (
    r"\bsay(?:ing)? [\"']?(?:stop|remove|opt out|unsubscribe|do not call|no)\b|\b(?:dites|diga) [\"']?(?:stop|arret|alto|baja)\b"
)
_WISH = (
    r"\b(?:opt(?:ing)?[ -]?out|unsubscribe|stop|end|be removed|remove|do[ -]not[ -]call|no longer|not (?:be called|receive)|"
    r"never|off (?:our|the|this) list|ne plus|arreter|desabonner|no recibir|dejar de|parar|darse de baja|baja|"
    r"nicht mehr|abmelden)\b"
)
_OFFER = re.compile(f"(?:{_PRESS}|{_SAY})")
_WISHED = re.compile(_WISH)
_CONDITION = re.compile(
    r"\s*(?:if|to|for|at any time|you (?:can|may)|please|pour|si|para|wenn|um)\b"
)  # how such a sentence begins
_FREE_CODE = r"8(?:00|33|44|55|66|77|88)"
_TOLL_FREE = re.compile(rf"(?:\b1\W{{0,2}})?\b{_FREE_CODE}\W{{1,3}}\d{{3}}\W?\d{{4}}\b|\+1\W?{_FREE_CODE}\W?\d{{3}}\W?\d{{4}}\b")


@dataclass(frozen=True, slots=True)
class _Branch:
    """What is said to a person, and what is left on a machine ("" where nothing of its own is)."""

    person: str
    machine: str


def read_script(script: str, brand: str) -> frozenset[str]:
    """What a recorded script lacks: `voice_identity_first`, `voice_opt_out`, `voicemail_number`.

    Time is estimated at 150 words a minute; SSML's `<break time="2s"/>` counts as silence. A line `[voicemail]` begins what is
    left on a machine, which must give a toll-free number: (b)(3).
    """
    branch = _branches(script)
    lacks: set[str] = set()
    end = find_name(branch.person, brand)
    if end is None or _seconds(branch.person[:end]) > _BEGINNING:
        lacks.add(IDENTITY_FIRST)
    offered = _offered_at(branch.person, after=end or 0)
    if offered is None or _seconds(branch.person[end or 0 : offered]) > _WITHIN:
        lacks.add(VOICE_OPT_OUT)
    if branch.machine and not _TOLL_FREE.search(branch.machine):
        lacks.add(VOICEMAIL_NUMBER)
    return frozenset(lacks)


def split_script(script: str) -> tuple[str, str]:
    """What is said to a person, and what is left on a machine ("" where nothing of its own is), as written."""
    person, _, machine = _VOICEMAIL.sub("\x01", script, count=1).partition("\x01")
    return person.strip(), machine.strip()


def _branches(script: str) -> _Branch:
    person, machine = split_script(script)
    return _Branch(_spoken(person), _spoken(machine))


def _spoken(marked: str) -> str:
    """What is heard of a marked-up script, flattened; silence as a row of marks, one a word's time."""

    def silence(found: re.Match[str]) -> str:
        seconds = float(found[1]) / (1000 if (found[2] or "").lower() == "ms" else 1) if found[1] else float(found[3])
        return f" {' '.join(_SILENCE * round(min(seconds, 60) * WORDS_PER_SECOND))} "

    heard = _TAG.sub(" ", _BREAK.sub(silence, marked.replace(_SILENCE, " ")))
    parted = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", heard).casefold())
    return unicodedata.normalize("NFC", "".join(char for char in parted if unicodedata.category(char) != "Mn")).strip()


def _seconds(said: str) -> float:
    return len(said.split()) / WORDS_PER_SECOND


def _offered_at(said: str, *, after: int) -> int | None:
    """Where the words begin that tell how to stop the calls; None without any. `after` is where the name ended."""
    for sentence in _SENTENCE.finditer(said):
        words = sentence.group()
        offer, wish = _OFFER.search(words), _WISHED.search(words)
        if offer and wish:
            own = sentence.start() >= after and _CONDITION.match(words)
            return sentence.start() + (0 if own else min(offer.start(), wish.start()))
    return None
