"""What is the longest anyone's text could be? The longest value seen under each name, and all of them put together."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from app.domain.liquid.values import Values, item_named, written
from app.domain.parts import foreign_in
from app.domain.plain_letters import plainly


class LongestValues:
    """What people hold under the names a text uses.

    Two values are kept of each name: the longest, and the longest of those with a character that GSM-7 lacks. A short name with
    such a letter makes the whole text dearer than a long one without. `plain`: where signs are written plainly, they are none.
    """

    def __init__(self, names: Iterable[str], *, plain: bool = False) -> None:
        self._names = tuple(names)
        self._plain = plain
        self._held: Counter[str] = Counter()
        self._texts: Counter[str] = Counter()
        self._longest: dict[str, tuple[int, object]] = {}
        self._foreign: dict[str, tuple[int, object]] = {}

    def see(self, values: Values) -> None:
        """Take one person's values into account."""
        for name in self._names:
            value = _found(values, name)
            if value is None or value in ("", []):
                continue
            self._held[name] += 1
            text = written(value)
            if text is not None:
                self._texts[name] = max(self._texts[name], len(text))
            said = text if text is not None else _items(value)
            if len(said) > self._longest.get(name, (0, None))[0]:
                self._longest[name] = (len(said), value)
            if len(said) > self._foreign.get(name, (0, None))[0] and foreign_in(plainly(said) if self._plain else said):
                self._foreign[name] = (len(said), value)

    def held_by(self, name: str) -> int:
        """How many of those seen have something under a name."""
        return self._held[name]

    def longest(self, name: str) -> int:
        """Characters of the longest text seen under a name."""
        return self._texts[name]

    def together(self) -> tuple[dict[str, Any], ...]:
        """Values of nobody, whose texts are the longest: all the longest ones, and those with one that forces UCS-2 among them.

        That is the one that loses the fewest characters against the longest of its name.
        """
        longest = _nested(self._longest)
        if not self._foreign:
            return (longest,)
        least = min(self._foreign, key=lambda name: self._longest[name][0] - self._foreign[name][0])
        return longest, _nested({**self._longest, least: self._foreign[least]})


def _found(values: Values, name: str) -> object:
    found: object = values
    for part in name.split("."):
        found = item_named(found, part)
    return found


def _items(value: object) -> str:
    return "".join(written(item) or "" for item in value) if isinstance(value, list | tuple) else ""


def _nested(flat: Mapping[str, tuple[int, object]]) -> dict[str, Any]:
    """Values by name as a contact has them: what is called city.name lies in city."""
    values: dict[str, Any] = {}
    for name, (_, value) in sorted(flat.items()):
        *way, last = name.split(".")
        place: object = values
        for part in way:
            place = place.setdefault(part, {}) if isinstance(place, dict) else None
        if isinstance(place, dict):
            place[last] = value
    return values
