"""Whose law on consent does a person come under, and what does it want of them? The rows that apply, and the age of consent."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from app.domain import regions
from app.domain.clocks import runs_out_at, zones_of
from app.domain.consent_rows import ELSEWHERE, EUROPE, RECORDED, ROWS, TEXTS, NeedRow, Way
from app.domain.facts import ConsentBasis, ConsentFacts, ConsentState, Technology

# Digital consent age, GDPR art. 8(1) and the states' acts; the article's own age where a state is not named.
AGES: Mapping[str, int] = {
    **dict.fromkeys((*EUROPE.keys() - {"CH"}, "DE", "NL", "IE"), 16),
    "FR": 15,
    "ES": 14,
    "IT": 14,
    "GB": 13,
}
AGE_SOURCE = "GDPR and UK GDPR art. 8(1): consent of a child is given by who holds parental responsibility"
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


@lru_cache(maxsize=8192)
def needs_of(places: tuple[str, ...], technology: Technology, profile: str, days: frozenset[date]) -> tuple[NeedRow, ...]:
    """Every row that speaks of someone in all these regions ("US", "US-FL"), on any of these local days: all must be met."""
    found: dict[NeedRow, None] = {}
    for region in places:
        country = country_of(region)
        own = _in_force((country, region), technology, profile, days)
        if not any(row.region == country for row in own):
            own = (*_in_force((ELSEWHERE,), technology, profile, days), *own)
        found.update(dict.fromkeys(own))
    return tuple(found)


def _in_force(names: Iterable[str], technology: Technology, profile: str, days: frozenset[date]) -> tuple[NeedRow, ...]:
    wanted = set(names)
    return tuple(
        row
        for row in ROWS
        if row.region in wanted
        and technology in row.technologies
        and row.profile in {"", profile}
        and any(row.holds(day) for day in days)
    )


@dataclass(frozen=True, slots=True)
class End:
    """When a consent counts no more (None: it has no end), and the law or the word that says so."""

    at: datetime | None = None
    source: str = ""


def end_of(consent: ConsentFacts, *, region: str, zones: tuple[str, ...], recorded: bool, now: datetime) -> End:
    """The end of a consent that is given, in the number's own region: its own, or the clock's where that comes first.

    `recorded` asks about recorded calls, else texts. Computed when asked for and never stored: clocks change with the law.
    """
    if consent.state is not ConsentState.GIVEN:
        return End()
    clocks = zones_of(zones)
    day = max(now.astimezone(zone).date() for zone in clocks)
    technologies = RECORDED if recorded else TEXTS
    own = [] if consent.expires_at is None else [(consent.expires_at, "the end it was given with")]
    found: list[tuple[datetime, str]] = []
    for way, row in ways_of(region, technologies, consent.basis, day):
        begins = consent.expires_at if way.from_end else consent.since
        if way.from_end:
            own = []
        if way.months is not None and begins is not None:
            found.append((runs_out_at(begins, way.months, zones=clocks), row.source))
    return min((End(*each) for each in (*own, *found)), key=lambda end: end.at or now, default=End())


def ways_of(region: str, technologies: frozenset[Technology], basis: ConsentBasis, day: date) -> tuple[tuple[Way, NeedRow], ...]:
    """How a consent of this kind may do in a region, by any of the technologies, with the row that says so."""
    rows = (row for technology in sorted(technologies) for row in needs_of((region,), technology, "strict", frozenset({day})))
    return tuple((way, row) for row in dict.fromkeys(rows) if (way := row.way(basis)) is not None)
