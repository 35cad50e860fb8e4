"""What must this text hold, and what may it not be about? The rows that speak of a message and of where its reader may be."""

from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache

from app.domain.content_rows import AGES, ANYWHERE, NEEDS, PROHIBITED, AgeRow, ContentRow, NeedRow, ProhibitedRow
from app.domain.facts import Facts, Ground, Technology
from app.domain.message import Channel, Purpose

NOT_COMMERCIAL = frozenset({Ground.EMERGENCY, Ground.USER_INITIATED})
"""Grounds on which a message is no commercial one, and has no form to keep."""
_SPOKEN_OF: tuple[AgeRow | ProhibitedRow, ...] = (*PROHIBITED, *AGES)
DECLARABLE = tuple(sorted({row.category for row in _SPOKEN_OF}))
"""Every category some row speaks of."""


class ContentRowProblem(ValueError):
    """A row that ends before it starts, or speaks of the same as another at the same time."""


@lru_cache(maxsize=4_096)
def needed(
    regions: tuple[str, ...], channel: Channel, purpose: Purpose, technology: Technology, day: date
) -> tuple[NeedRow, ...]:
    """The rows of what such a message must hold, for someone who may be in any of these regions."""
    return tuple(row for row in NEEDS if row.holds(regions, channel, purpose, technology, day))


@lru_cache(maxsize=4_096)
def prohibited(
    regions: tuple[str, ...], channel: Channel, purpose: Purpose, technology: Technology, day: date
) -> tuple[ProhibitedRow, ...]:
    """The rows of what such a message may not be about."""
    return tuple(row for row in PROHIBITED if row.holds(regions, channel, purpose, technology, day))


@lru_cache(maxsize=4_096)
def age_gate(
    regions: tuple[str, ...], channel: Channel, purpose: Purpose, technology: Technology, day: date, category: str
) -> AgeRow | None:
    """The highest age any of the regions asks for a category; a region without a row of its own asks the strictest."""
    own = [row for row in AGES if row.category == category and row.holds(regions, channel, purpose, technology, day)]
    named = {row.region for row in own if row.region != ANYWHERE}
    countries = {region[:2] for region in regions}
    asked = [row for row in own if row.region != ANYWHERE or not countries or not countries <= named]
    return max(asked, key=lambda row: row.age, default=None)


def content_regions(facts: Facts) -> tuple[str, ...]:
    """Every region the person may be in, each with the country around it: the number's, and those of declared places."""
    return regions_around(facts.number.region, facts.number.subdivision, (place.region for place in facts.places))


def regions_around(region: str, subdivision: str = "", places: Iterable[str] = ()) -> tuple[str, ...]:
    """The regions of a number and of places ("US-CA"), with the countries around them, each once, sorted."""
    found = {region, f"{region}-{subdivision}" if subdivision else ""}
    for place in places:
        found |= {place, place.partition("-")[0]}
    return tuple(sorted(found - {""}))


def check_rows(rows: Sequence[ContentRow]) -> None:
    """Raise ContentRowProblem, naming the row, for one that ends before it starts or overlaps another of the same."""
    seen: dict[tuple[object, ...], list[ContentRow]] = {}
    for row in rows:
        name = f"{row.region or 'anywhere'} {_about(row)}"
        if row.valid_from and row.valid_to and row.valid_to <= row.valid_from:
            raise ContentRowProblem(f"{name}: ends before it starts")
        for channel in row.channels:
            for purpose in row.purposes:
                others = seen.setdefault((type(row), row.region, _about(row), channel, purpose), [])
                if any(_meet(row, other) for other in others):
                    raise ContentRowProblem(f"{name}: overlaps another row for {channel} and {purpose}")
                others.append(row)


def _about(row: ContentRow) -> str:
    return row.element if isinstance(row, NeedRow) else getattr(row, "category", "")


def _meet(one: ContentRow, other: ContentRow) -> bool:
    starts = max(one.valid_from or date.min, other.valid_from or date.min)
    ends = min(one.valid_to or date.max, other.valid_to or date.max)
    return starts < ends and not one.technologies.isdisjoint(other.technologies)


check_rows(NEEDS)
check_rows(PROHIBITED)
check_rows(AGES)
