"""Which name was meant? The nearest of those there are, for one that nobody has."""

from collections.abc import Iterable
from difflib import get_close_matches

_NEAR = 0.75  # two letters swapped in a short name; more would put names forward that only look alike
_LONGEST = 64  # names are words: what is longer is not compared


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name a name was likely meant to be: first_name for firstName or frist_name. None where none is near."""
    plain: dict[str, str] = {}
    for one in known:
        if len(one) <= _LONGEST and one != name:
            plain.setdefault(_bare(one), one)
    found = get_close_matches(_bare(name), plain, n=1, cutoff=_NEAR) if len(name) <= _LONGEST else []
    return plain[found[0]] if found else None


def _bare(name: str) -> str:
    return name.casefold().replace("_", "").replace("-", "")
