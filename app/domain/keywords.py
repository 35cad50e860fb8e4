"""What does a reply mean? STOP, START and HELP in the languages people use, and never a word inside an ordinary sentence.

The words are in `keyword_words`, the sentences in `keyword_phrases`; this reads a reply by them. A "no" is heard through typing
errors and disguises, a "yes" is not: nobody agrees by a guess.
"""

import re
import unicodedata
from collections.abc import Sequence

from app.domain import keyword_words as words
from app.domain.keyword_book import (
    Keyword,
    Reading,
    beginnings,
    exact,
    held,
    inside,
    joining,
    normalise,
    polite,
    promo,
    requests,
    sentences,
)
from app.domain.keyword_phrases import NEGATIONS
from app.domain.slips import is_slip, within

__all__ = ["Keyword", "Reading", "classify", "language_for", "narrows", "normalise", "read_reply"]

_LONGEST_TEXT = 5_000
_LONGEST_LINE = 500  # a longer line is prose; nobody reads a keyword out of it
_LINES_READ = 3


_ORDINARY = Reading(Keyword.NONE)
_DOUBTFUL = Reading(Keyword.REVIEW)


def classify(text: str) -> Keyword:
    """What a reply means. Only a whole first line that is a keyword, or a plain sentence asking for the same, acts.

    One that begins with an opt-out word and goes on otherwise is REVIEW: it may be an opt-out, and nobody should guess.
    """
    return read_reply(text).keyword


def read_reply(text: str) -> Reading:
    """What a reply means, with what an answer to it needs to know. Total: any text is taken somehow."""
    lines = [line for line in text[:_LONGEST_TEXT].splitlines() if line.strip()]
    for written in lines:
        found = _read_line(written)
        if found is not None:
            if found.keyword is Keyword.NONE and any(_asks_inside(line) for line in lines[:_LINES_READ]):
                return _DOUBTFUL
            return found
    return _ORDINARY


def narrows(text: str) -> bool:
    """Whether a reply to "reply PROMO to stop offers only" says so."""
    return " ".join(_bare(normalise(text[:_LONGEST_LINE]).split())) in promo()


def language_for(reading: Reading, *, locale: str | None, region: str) -> str:
    """The language to answer in: the word's own, else the person's locale's, else their region's. ISO 639-1."""
    own = (locale or "").replace("_", "-").partition("-")[0].lower()
    of_region = words.REGION_LANGUAGES.get(region, "en")
    if not reading.languages:
        return own or of_region
    return next((language for language in (own, of_region) if language in reading.languages), reading.languages[0])


def _read_line(written: str) -> Reading | None:
    """What a line means; None when it says nothing at all, and the next one has to be read."""
    if len(written) > _LONGEST_LINE:
        return _ORDINARY
    line = normalise(written)
    bare = _bare([word for word in _without_politeness(line).split() if word not in words.CURSES])
    if not bare and line not in exact():
        return _of_signs(written)
    found = _of_words(line, bare) or _disguised(written) or _of_sentence(bare) or _of_clauses(written)
    if found is not None:
        return found
    return _DOUBTFUL if _may_be(bare) or _asks_inside(written) else _ORDINARY


def _of_signs(line: str) -> Reading | None:
    shown = {char for char in line if not char.isspace() and unicodedata.category(char) not in {"Cf", "Mn"}}
    if shown & words.STOP_SIGNS:
        return Reading(Keyword.STOP)
    return _DOUBTFUL if shown & words.DOUBTFUL_SIGNS else None


def _of_words(line: str, bare: Sequence[str]) -> Reading | None:
    """A line that is a keyword, spaced or not, or several that say stop."""
    known_words, sentence = exact(), " ".join(bare)
    for whole in (line, line.replace(" ", ""), sentence, sentence.replace(" ", "")):
        if whole in known_words:
            return known_words[whole]
    known = [known_words.get(word, _ORDINARY) for word in bare]
    kinds = {reading.keyword for reading in known}
    if Keyword.STOP in kinds and kinds <= {Keyword.STOP, Keyword.HELP}:
        return next(reading for reading in known if reading.keyword is Keyword.STOP)
    if Keyword.STOP in kinds and Keyword.NONE not in kinds:  # "start stop"
        return _DOUBTFUL
    if len(bare) == 1 and (meant := _slipped(bare[0])) is not None:
        return meant
    return None


def _slipped(word: str) -> Reading | None:
    """A keyword with one slip of the finger, or a long one misspelt. Ordinary words are what they are."""
    if word in words.ORDINARY or not word.isascii():
        return None
    known = exact()
    for shorter in _shortened(word):
        if shorter in known and known[shorter].keyword is not Keyword.START:
            return known[shorter]
    for target in words.TYPED_WRONG:
        if is_slip(word, target):
            return known[target]
    for target in words.MISSPELT:
        if word[0] == target[0] and within(word, target, 2) and not any(within(word, yes, 2) for yes in joining()):
            return known[target]
    return next((known[target] for target in words.ASKED_WRONG if is_slip(word, target)), None)


def _shortened(word: str) -> set[str]:
    """The word with every letter that is drawn out ("stoooop") written once, or twice."""
    return {re.sub(r"(.)\1{2,}", shown, word) for shown in (r"\1", r"\1\1")} - {word}


# Digits and signs written for the letters they look like, and letters of other scripts that look like Latin ones.
_LOOKS_LIKE = str.maketrans("0134578$@!|", "oleastbsail")
_LATIN = str.maketrans("авекмнорстухѕіјԁɡαβεζηικμνορτυχϲ", "abekmhopctyxsijdgabezhikmnoptuxc")


def _disguised(written: str) -> Reading | None:
    """A single word that only looks like a keyword: "ST0P", or Latin letters swapped for their Greek or Cyrillic doubles."""
    token = unicodedata.normalize("NFKC", written).strip(" \t.,!?\"'*_-").casefold()
    if not token or any(char.isspace() for char in token) or sum(char.isalpha() for char in token) < 2:
        return None
    for shown in (token.translate(_LOOKS_LIKE), normalise(token).translate(_LATIN)):
        found = exact().get(shown) if shown != token and shown.isascii() and len(shown) >= 4 else None
        if found is not None and found.keyword in {Keyword.STOP, Keyword.HELP}:
            return found
    return None


def _of_sentence(bare: Sequence[str]) -> Reading | None:
    sentence = " ".join(bare)
    return next((reading for pattern, reading in sentences() if pattern.fullmatch(sentence)), None)


_ENDS = re.compile(r"[.!?;:,…。！？،؛\n—–]+|\s-\s")  # other scripts' full stops and commas
_SENTENCE_ENDS = re.compile(r"[.!?…。！？]+")
# "I am not Bob", "no Maria here": a name is told from an ordinary word by its capital.
_NOT_NAMED = re.compile(
    r"\W*(?i:sorry,? |hi,? |hello,? )?(?:(?i:this is not|this isn.?t|i am not|i.?m not|im not|not) "
    r"(?!(?i:interested|sure|today|tonight|now|yet|really|going|happy|available|here|home|at|in|it|that|me|my|your|for|good|bad|ok|cool|"
    r"funny|so|very|too|much|again|anymore|working|done|ready)\b)[A-Z][a-z]+"
    r"|(?i:there.?s |there is )?(?i:no|nobody|no one)(?: (?i:named|called|by the name of))? [A-Z][a-z]+(?: [A-Z][a-z]+)?"
    r" (?i:here|at this number))\W*"
)
_BY_ITSELF = frozenset({"stop", "stopall", "stop all", "unsubscribe", "unsub", "opt out", "optout"})


def _of_clauses(written: str) -> Reading | None:
    """A request, or a wrong number, that is a clause of its own in a longer reply."""
    if _NOT_NAMED.fullmatch(written):
        return Reading(Keyword.WRONG_NUMBER)
    clauses = [clause for clause in (_bare(normalise(part).split()) for part in _ENDS.split(written)) if clause]
    if len(clauses) < 2:
        return None
    said = [" ".join(clause) for clause in clauses]
    for pattern, reading in requests():
        if any(len(clause) > 1 and pattern.fullmatch(one) for clause, one in zip(clauses, said, strict=True)):
            return reading
    alone = [" ".join(_bare(normalise(part).split())) for part in _SENTENCE_ENDS.split(written)]
    if not _BY_ITSELF.isdisjoint(alone):
        return Reading(Keyword.STOP)
    for pattern, reading in sentences():
        if reading.keyword is Keyword.WRONG_NUMBER and any(pattern.fullmatch(one) for one in said):
            return reading
    return None


def _may_be(bare: Sequence[str]) -> bool:
    sentence = " ".join(bare)
    return exact().get(bare[0], _ORDINARY).keyword is Keyword.STOP or beginnings().match(sentence) is not None


def _asks_inside(written: str) -> bool:
    """Whether somewhere in a line something is asked or said that a person should read."""
    if written.lstrip().startswith(">"):  # a quotation of what we wrote
        return False
    sentence = normalise(written[: 2 * _LONGEST_LINE])
    if held().search(sentence):
        return True
    for pattern in inside():
        for found in pattern.finditer(sentence):
            if words_before(sentence, found.start()).isdisjoint(NEGATIONS):
                return True
    return False


def words_before(sentence: str, place: int, *, most: int = 3) -> set[str]:
    """The last few words before a place in a normalised sentence."""
    return set(sentence[:place].split()[-most:])


def _without_politeness(line: str) -> str:
    for phrase in words.POLITE_PHRASES:
        if phrase in line:
            line = re.sub(rf"(?<!\w){phrase}(?!\w)", " ", line)
    return line


def _bare(spoken: Sequence[str]) -> list[str]:
    """The words without the polite ones around them."""
    around = polite()
    first, last = 0, len(spoken)
    while first < last and spoken[first] in around:
        first += 1
    while last > first and spoken[last - 1] in around:
        last -= 1
    return list(spoken[first:last])
