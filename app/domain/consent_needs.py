"""Whose law on consent does a person come under, and what does it want of them? The rows that apply, of those there are."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from app.domain import regions
from app.domain.consent_rows import ELSEWHERE, NeedRow
from app.domain.facts import Technology

# Parts of a country with a region code of their own, under its law on consent though perhaps not under its hours.
_PARTS: Mapping[str, str] = {
    **dict.fromkeys(("GF", "GP", "MQ", "RE", "YT", "MF", "BL", "PM", "WF", "NC", "PF"), "FR"),
    "AX": "FI",
    "SJ": "NO",
}


def country_of(region: str) -> str:
    """The country whose law on consent a region is under: "US" for "US-FL" and for "PR"."""
    country = regions.country_of(region)
    return _PARTS.get(country, country)


def needs_among(
    rows: Sequence[NeedRow], places: tuple[str, ...], technology: Technology, profile: str, days: frozenset[date]
) -> tuple[NeedRow, ...]:
    """Every row that speaks of someone in all these regions ("US", "US-FL"), on any of these local days: all must be met."""
    found: dict[NeedRow, None] = {}
    for region in places:
        country = country_of(region)
        own = _in_force(rows, (country, region), technology, profile, days)
        if not any(row.region == country for row in own):
            own = (*_in_force(rows, (ELSEWHERE,), technology, profile, days), *own)
        found.update(dict.fromkeys(own))
    return tuple(found)


def _in_force(
    rows: Sequence[NeedRow], names: Iterable[str], technology: Technology, profile: str, days: frozenset[date]
) -> tuple[NeedRow, ...]:
    wanted = set(names)
    return tuple(
        row
        for row in rows
        if row.region in wanted
        and technology in row.technologies
        and row.profile in {"", profile}
        and any(row.holds(day) for day in days)
    )
