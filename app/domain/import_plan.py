"""What would an import do? Its rows are counted by what they come to; what the world made of it since is told apart."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from app.domain.contact import Change, Profile

PLAN_LIFE = timedelta(days=7)
"""How long a plan waits to be applied: its rows are personal data that nobody uses meanwhile."""

_WORDS = {"created": "new", "updated": "changed", "unchanged": "unchanged", "duplicate": "duplicates"}
_SINGLE = ("locale", "time_zone", "birth_date", "person", "places")
_MOST_NAMES = 200  # kinds of things told apart; a file may have columns without end


def overwritten(kept: Profile, change: Change) -> list[str]:
    """The fields in which the contact holds one thing and the row says another."""
    held = kept.attributes
    found = [name for name, value in change.attributes.items() if held.get(name) is not None and value not in (None, held[name])]
    return found + [
        name for name in _SINGLE if getattr(kept, name) and (said := getattr(change, name)) and said != getattr(kept, name)
    ]


def add_to_plan(plan: Mapping[str, Any] | None, counts: Mapping[str, Mapping[str, int] | int]) -> dict[str, Any]:
    """A plan with a chunk's counts added, by kind; the rarest kinds beyond two hundred are told together as "others"."""
    kept = dict(plan or {})
    for name, count in counts.items():
        if isinstance(count, int):
            kept[name] = kept.get(name, 0) + count
            continue
        total = Counter(kept.get(name, {})) + Counter(count)
        rest = sum(number for _, number in total.most_common()[_MOST_NAMES:])
        kept[name] = dict(total.most_common(_MOST_NAMES)) | ({"others": total.get("others", 0) + rest} if rest else {})
    return kept


def count_outcomes(rows: Iterable[tuple[str, str]]) -> dict[str, Mapping[str, int] | int]:
    """(outcome, reason) of rows as a plan counts them; the rejected by the code of their reason."""
    outcomes: Counter[str] = Counter()
    rejected: Counter[str] = Counter()
    for outcome, reason in rows:
        if outcome == "rejected":
            rejected[reason.partition(":")[0]] += 1
        else:
            outcomes[_WORDS[outcome]] += 1
    return {**{word: outcomes[word] for word in _WORDS.values()}, "rejected": dict(rejected)}
