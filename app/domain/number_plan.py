"""How many of its digits decide what a number is? Those that begin alike are alike, and the phone library is asked once for all.

It matches some dozens of expressions against every number, while a list of a million holds a few thousand beginnings. Where all
expressions of a country take any further digit, the region, line type and zones of a number cannot depend on it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata
from phonenumbers.tzdata import TIMEZONE_DATA

from app.domain.digit_positions import NOWHERE, Positions, States, UnreadableExpression
from app.domain.facts import NumberFacts, NumberKind

_FEWEST = 5  # digits, with the calling code, that zones and area codes are looked up by
_MOST_KNOWN = 200_000  # beginnings of a country: a list of noise must not fill the memory
_DESCRIPTIONS = (
    *("fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost"),
    *("personal_number", "voip", "pager", "uan", "voicemail"),
)

Answer = tuple[int, NumberFacts]
"""How many digits are left out at the beginning (the prefix for calls at home), and what the first such number is."""


@dataclass(frozen=True, slots=True)
class _Node:
    """Where the expressions stand after the first digits of a number, as it is written and without the prefix."""

    general: States
    others: States
    idd: States
    prefix: States
    zero: States
    code: States
    bare: States | None


class Plan:
    """The plan of a region, for numbers after a calling code (`abroad`) or as they are dialled at home.

    Raises UnreadableExpression when it cannot be read this way: then every number has to be looked at by itself.
    """

    def __init__(self, region: str, *, abroad: bool) -> None:
        meta = PhoneMetadata.metadata_for_region(region, None)
        if meta is None or meta.country_code is None:
            raise UnreadableExpression(region)
        self.calling_code = str(meta.country_code)
        self._first = max(1, _FEWEST - len(self.calling_code))
        self._at: Final = Positions()
        general, others = self._read_facts(meta.country_code)
        prefix = meta.national_prefix_for_parsing or ""
        simple = prefix.isdecimal() and meta.national_prefix_transform_rule is None
        self._prefix = prefix if simple else ""
        root = _Node(
            general,
            others,
            NOWHERE if abroad else self._begin(meta.international_prefix or ""),
            self._begin(prefix),
            self._begin("0"),
            NOWHERE if abroad else self._begin(self.calling_code),
            None,
        )
        self._nodes: dict[str, _Node] = {"": root}
        self._known: dict[tuple[int, str], Answer | None] = {}

    def _begin(self, expression: str) -> States:
        return self._at.add(expression, whole=False) if expression else NOWHERE

    def _read_facts(self, calling_code: int) -> tuple[States, States]:
        general: set[int] = set()
        others: set[int] = set()
        for region in COUNTRY_CODE_TO_REGION_CODE[calling_code]:
            meta = PhoneMetadata.metadata_for_region(region, None)
            if meta is None:
                raise UnreadableExpression(region)
            general |= self._at.add(str(getattr(meta.general_desc, "national_number_pattern", "")), whole=True)
            if meta.leading_digits:
                others |= self._at.add(meta.leading_digits, whole=False)
            for name in _DESCRIPTIONS:
                pattern = getattr(getattr(meta, name), "national_number_pattern", None)
                if pattern not in {None, "NA"}:
                    others |= self._at.add(str(pattern), whole=True)
        return frozenset(general), frozenset(others)

    def find(self, digits: str, ask: Callable[[], Answer | None]) -> Answer | None:
        """What is known of numbers that begin so; `ask` tells it of the first one. None: each is asked about by itself."""
        length = len(digits)
        for taken in range(self._first, length):
            key = (length, digits[:taken])
            found = self._known.get(key, _UNKNOWN)
            if found is _DEEPER:
                continue
            if found is not _UNKNOWN:
                return found
            if self._decides(digits[:taken]):
                answer = ask()
                self._remember(key, answer)
                return answer
            self._remember(key, _DEEPER)
        return None

    def _remember(self, key: tuple[int, str], answer: Answer | None) -> None:
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
            self._nodes = {"": self._nodes[""]}
        self._known[key] = answer

    def _decides(self, begin: str) -> bool:
        """Whether all numbers of one length that begin so are alike."""
        node = self._node(begin)
        if not (node.idd or node.prefix or node.zero or node.code):
            return self._is_free(node.general | node.others) and self._is_one_place(begin)
        # The prefix is taken off a number that begins with it and is none with it.
        bare = begin[len(self._prefix) :]
        if node.bare is None or node.idd or node.general or bare.startswith("0"):
            return False
        if node.code and self.calling_code != self._prefix:
            return False
        return self._is_free(node.bare) and self._is_one_place(bare)

    def _is_free(self, states: States) -> bool:
        return all(self._at.free[state] for state in states)

    def _is_one_place(self, begin: str) -> bool:
        found = self.calling_code + begin
        return len(found) >= _FEWEST and found not in _longer_places()

    def _node(self, begin: str) -> _Node:
        found = self._nodes.get(begin)
        if found is not None:
            return found
        before, digit, after = self._node(begin[:-1]), int(begin[-1]), self._at.after
        bare = None if before.bare is None else after(before.bare, digit)
        if self._prefix and begin == self._prefix:
            root = self._nodes[""]
            bare = root.general | root.others
        node = _Node(
            after(before.general, digit),
            after(before.others, digit),
            after(before.idd, digit),
            after(before.prefix, digit),
            after(before.zero, digit),
            after(before.code, digit),
            bare,
        )
        self._nodes[begin] = node
        return node


_NOTHING = NumberFacts("", "", NumberKind.UNKNOWN, ())
_UNKNOWN: Final[Answer] = (-1, _NOTHING)
_DEEPER: Final[Answer] = (-2, _NOTHING)


@lru_cache(maxsize=1)
def _longer_places() -> frozenset[str]:
    """Beginnings that do not tell the zones yet: longer ones tell others."""
    return frozenset(str(key)[:length] for key in TIMEZONE_DATA for length in range(1, len(str(key))))


@lru_cache(maxsize=512)
def plan_of(region: str, *, abroad: bool) -> Plan | None:
    """The plan of a region (ISO 3166 alpha-2); None where it cannot be read this way."""
    try:
        return Plan(region, abroad=abroad)
    except UnreadableExpression:
        return None


def split_code(digits: str) -> tuple[str, str] | None:
    """The main region of an international number (without its plus) and the digits after the calling code."""
    for length in (1, 2, 3):
        regions = COUNTRY_CODE_TO_REGION_CODE.get(int(digits[:length] or "0"))
        if regions is not None:
            return regions[0], digits[length:]
    return None
