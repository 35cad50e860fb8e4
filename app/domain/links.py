"""Which addresses in a text become short links? Those its author wrote out, never one that a value brought in.

A template is read for addresses once. What was written whole leads where it says; one that goes on in a tag must have its host
written out, and leads wherever on that host each person's text says. The rendered text is then searched for exactly these.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.link_target import BadTarget, check_target

CODE_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
"""58 characters, none of which is taken for another; all of them count once in an SMS."""
_CODE_CHARACTERS = frozenset(CODE_ALPHABET)
CODE_LENGTH = 11
"""58^11 codes are 64.4 bits: at a thousand guesses a second one of a million links is met once in 800 years."""
BLANK_CODE = "0" * CODE_LENGTH
"""Nobody's: a text is read and counted with it before anybody's own codes are in it."""
MOST_LINKS = 20
"""Addresses a text may have made short."""

_BODY = r"[!#$%&()*+,\-./0-9:;=?@A-Z\[\]_a-z~]"
_ADDRESS = re.compile(rf"(?<![\w@.])https?://{_BODY}*", re.IGNORECASE)
_ODD = re.compile(
    r"""(?<![\w.])(?:(?!https?:)[a-z][a-z0-9+.\-]{0,30}://
    |(?:javascript|vbscript):(?=\S) |data:(?=[a-z]+/|;|,)
    |file:(?=/) |blob:(?=h) |about:(?=blank|srcdoc) |intent:(?=[/\#]))\S*""",
    re.IGNORECASE | re.VERBOSE,
)
_HOST_IS_OUT = re.compile(r"https?://[^/?#]+[/?#]", re.IGNORECASE)
_ENDS = ".,;:!?*_~"


@dataclass(frozen=True, slots=True)
class Written:
    """An address as a template has it: all of it, or what stands before its first tag (then `whole` is false).

    `for_one` says that it was written for one person: it is counted with all others of its host.
    """

    address: str
    whole: bool
    for_one: bool = False

    @property
    def is_personal(self) -> bool:
        """Whether it leads each person somewhere else."""
        return self.for_one or not self.whole

    @property
    def label(self) -> str:
        """What it is counted under, and shown as."""
        if self.for_one:
            return f"{origin_of(self.address)}…"
        return self.address if self.whole else f"{self.address}…"


@dataclass(frozen=True, slots=True)
class Spot:
    """An address in a rendered text: from `start` to before `end`; `place` is that of its `Written`."""

    start: int
    end: int
    address: str
    place: int


class UnusableLink(ValueError):
    """An address in a text that cannot be made short; `address` is what the author wrote."""

    def __init__(self, address: str, detail: str) -> None:
        shown = address if len(address) <= 80 else f"{address[:79]}…"
        super().__init__(f"{shown}: {detail}")
        self.address = address


def code_of(number: int) -> str:
    """A number of at least 65 random bits as a code."""
    found = []
    for _ in range(CODE_LENGTH):
        number, digit = divmod(number, len(CODE_ALPHABET))
        found.append(CODE_ALPHABET[digit])
    return "".join(found)


def is_code(text: str) -> bool:
    """Whether a text could be a code of ours."""
    return len(text) == CODE_LENGTH and _CODE_CHARACTERS.issuperset(text)


def _bare(address: str) -> str:
    """Without what belongs to the sentence around it: a full stop, or a bracket that was opened before it."""
    while address:
        last = address[-1]
        if last in _ENDS or (last == ")" and address.count(")") > address.count("(")) or last == "]":
            address = address[:-1]
        else:
            break
    return address


def _runs_on(text: str, end: int) -> bool:
    """Whether a letter follows that an address cannot hold: nobody can say where the address was meant to end."""
    return end < len(text) and not text[end].isascii() and text[end].isalnum()


def written_links(source: str, *, own: str, allow_http: bool = False) -> tuple[Written, ...]:
    """The addresses of a template's source, each once. Raises UnusableLink for the first that no short link may lead to.

    What begins with `own` is a short link already, and left alone.
    """
    odd = _ODD.search(source)
    if odd is not None:
        raise UnusableLink(odd.group(), "links lead to https:// addresses")
    found: dict[Written, None] = {}
    for match in _ADDRESS.finditer(source):
        tagged = source.startswith(("{{", "{%"), match.end())
        address = match.group() if tagged else _bare(match.group())
        if own and address.startswith(own):
            continue
        if _runs_on(source, match.end()):
            raise UnusableLink(match.group() + source[match.end()], "put a space behind it, or percent-encode what is not ASCII")
        _check(address, tagged=tagged, allow_http=allow_http)
        found[Written(address, whole=not tagged)] = None
    if len(found) > MOST_LINKS:
        raise UnusableLink(list(found)[-1].address, f"is one of {len(found)} links; a text may have {MOST_LINKS}")
    return tuple(found)


def _check(address: str, *, tagged: bool, allow_http: bool) -> None:
    if tagged and _HOST_IS_OUT.match(address) is None:
        raise UnusableLink(address, "the host must be written out, up to the slash behind it")
    try:
        check_target(address, allow_http=allow_http)
    except BadTarget as problem:
        raise UnusableLink(address, str(problem)) from problem


def find_links(text: str, written: Sequence[Written]) -> list[Spot]:
    """The addresses in a rendered text that are its author's, in order."""
    if not written or "://" not in text:
        return []
    whole = {one.address: place for place, one in enumerate(written) if one.whole}
    begun = sorted(((one.address, place) for place, one in enumerate(written) if not one.whole), key=lambda pair: -len(pair[0]))
    spots = []
    for match in _ADDRESS.finditer(text):
        address = _bare(match.group())
        place = whole.get(address)
        if place is None:
            place = next((place for start, place in begun if address.startswith(start)), None)
        if place is not None and not _runs_on(text, match.end()):
            spots.append(Spot(match.start(), match.start() + len(address), address, place))
    return spots


def with_links(text: str, spots: Sequence[Spot], links: Sequence[str]) -> str:
    """The text with a link in each spot."""
    pieces: list[str] = []
    end = 0
    for spot, link in zip(spots, links, strict=True):
        pieces += (text[end : spot.start], link)
        end = spot.end
    return "".join((*pieces, text[end:]))


def origin_of(address: str) -> str:
    """What an address has up to the slash behind its host; that slash is added where it has none."""
    found = _HOST_IS_OUT.match(address)
    return f"{found.group()[:-1] if found else address}/"
