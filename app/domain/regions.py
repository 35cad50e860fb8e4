"""Which regions does a region lie in, and is there such a region? "US-FL" is in "US", and so is Puerto Rico, however written."""

from collections.abc import Mapping
from functools import lru_cache

import holidays
import phonenumbers

# Territories under federal law (47 U.S.C. 153) to which ISO 3166 and phone numbers also give codes of their own.
_PARENT: Mapping[str, str] = {"AS": "US", "GU": "US", "MP": "US", "PR": "US", "VI": "US", "UM": "US"}


def country_of(region: str) -> str:
    """The country whose law a region is under: "US" for "US-FL", "PR" and "US-PR"; "" for ""."""
    country = region.partition("-")[0]
    return _PARENT.get(country, country)


@lru_cache(maxsize=4096)
def path_of(region: str, subdivision: str = "") -> tuple[str, ...]:
    """A region and all it lies in, widest first: ("US", "US-FL"). A territory is a part of its country: ("US", "US-PR")."""
    if not region:
        return ()
    country, _, inner = region.partition("-")
    if country in _PARENT:
        country, inner = _PARENT[country], country
    inner = inner or subdivision
    return (country, f"{country}-{inner}") if inner else (country,)


def covers(wide: str, narrow: str) -> bool:
    """Whether `wide` is `narrow` or holds it: "US" covers "US-LA" and "PR"."""
    return bool(wide) and path_of(wide)[-1] in path_of(narrow)


@lru_cache(maxsize=4096)
def is_region(code: str) -> bool:
    """Whether there is such a country, or such a state, province or department of one."""
    country, dash, subdivision = code.partition("-")
    if country not in phonenumbers.SUPPORTED_REGIONS:
        return False
    return not dash or subdivision in _subdivisions(country)


def _subdivisions(country: str) -> frozenset[str]:
    own = _DEPARTMENTS if country == "FR" else ()
    return frozenset((*own, *holidays.list_supported_countries(include_aliases=False).get(country, ())))


_DEPARTMENTS = (
    *(f"{number:02}" for number in range(1, 96) if number != 20),
    *("2A", "2B", "971", "972", "973", "974", "976"),
)
