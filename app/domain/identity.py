"""Does a text say who sends it, and where they can be found? By the brand's name, and an address or a link."""

import re
import unicodedata
from functools import lru_cache

# Names end in these without anyone saying them.
_FORMS = frozenset(
    "inc llc ltd limited corp corporation co company gmbh ag sa sas sarl srl spa bv nv ab as oy plc pty kg ug".split()
)
_COMMON_ENDINGS = (
    "com|org|net|ca|co|us|uk|eu|fr|de|es|it|nl|be|ch|at|pt|pl|se|no|dk|fi|ie|au|nz|io|app|shop|store|info|example|quebec"
)
_LINK = re.compile(
    rf"https?://[^\s/]|\bwww\.\S|(?<![@\w.-])(?:[a-z0-9-]+\.)+(?:{_COMMON_ENDINGS})\b|(?<![@\w.-])(?:[a-z0-9-]+\.)+[a-z]{{2,}}/\S"
)
_POST_CODE = re.compile(r"\b[a-z]\d[a-z][ -]?\d[a-z]\d\b|\b[a-z]{2},? \d{5}\b|\bp\.? ?o\.? box \d|\bc\.? ?p\.? \d{2,}")
_STREET = re.compile(
    r"\b\d{1,5}[a-z]?,? (?:rue|avenue|av|boul|boulevard|chemin|place) \S|"
    r"\b\d{1,5} [\w.' -]{2,40}?\b(?:st|street|ave|avenue|rd|road|blvd|boulevard|dr|drive|lane|ln|way|crescent|square|sq|place)\b"
)
_REACHED = re.compile(r"\S@(?:[a-z0-9-]+\.)+[a-z]{2,}|\+?\d[\d() .-]{7,}\d")


def names(shown: str, brand: str) -> bool:
    """Whether a flattened text names the brand. Without a brand there is nothing to look for, and nothing is missed."""
    wanted = _wanted(brand)
    return wanted is None or wanted.search(shown) is not None


def find_name(shown: str, brand: str) -> int | None:
    """Where in a flattened text the brand's name ends; None when it is not there, 0 without a brand."""
    wanted = _wanted(brand)
    if wanted is None:
        return 0
    found = wanted.search(shown)
    return found.end() if found else None


def tells_where(shown: str) -> bool:
    """Whether a flattened text gives a mailing address and a way to reach the sender, or a link to them (SOR/2012-36 s. 2)."""
    if "." in shown and _LINK.search(shown):
        return True
    return bool((_POST_CODE.search(shown) or _STREET.search(shown)) and _REACHED.search(shown))


def hide_name(shown: str, brand: str) -> str:
    """A flattened text with `_` for every character of the brand's name: as long, and a word still, but one that says nothing."""
    wanted = _wanted(brand)
    return shown if wanted is None else wanted.sub(lambda found: "_" * len(found.group()), shown)


@lru_cache(maxsize=1_024)
def name_words(brand: str) -> tuple[str, ...]:
    """The words of a brand's name as they stand in a flattened text, without its legal form: "Blue Shop GmbH" is blue, shop."""
    flattened = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", brand).casefold())
    bare = unicodedata.normalize("NFC", "".join(char for char in flattened if unicodedata.category(char) not in {"Mn", "Cf"}))
    words = re.findall(r"\w+", bare.replace("\u0131", "i"))
    while len(words) > 1 and words[-1] in _FORMS:
        words.pop()
    return tuple(words)


@lru_cache(maxsize=1_024)
def _wanted(brand: str) -> re.Pattern[str] | None:
    words = name_words(brand)
    if not words:
        return None
    name = r"\W{0,3}".join(map(re.escape, words))
    # Names in scripts without spaces have no edges to look for.
    return re.compile(rf"(?<![^\W_]){name}(?![a-rt-z0-9])" if words[0].isascii() and words[-1].isascii() else name)
