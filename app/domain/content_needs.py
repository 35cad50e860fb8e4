"""What must this text hold, and what may it not be about? Of the rows there are, those that speak of it and of its reader."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TypeVar

from app.domain.content_rows import AGES, ANYWHERE, PROHIBITED, AgeRow, ContentRow, ProhibitedRow
from app.domain.facts import Facts, Ground, Technology
from app.domain.message import Channel, Purpose

Row = TypeVar("Row", bound=ContentRow)

NOT_COMMERCIAL = frozenset({Ground.EMERGENCY, Ground.USER_INITIATED})
"""Grounds on which a message is no commercial one, and has no form to keep."""
_SPOKEN_OF: tuple[AgeRow | ProhibitedRow, ...] = (*PROHIBITED, *AGES)
DECLARABLE = tuple(sorted({row.category for row in _SPOKEN_OF}))
"""Every category some row speaks of."""


def holding(
    rows: Sequence[Row], regions: tuple[str, ...], channel: Channel, purpose: Purpose, technology: Technology, day: date
) -> tuple[Row, ...]:
    """Of these rows, those that speak of such a message to someone who may be in any of these regions."""
    return tuple(row for row in rows if row.holds(regions, channel, purpose, technology, day))


def highest_age(rows: Iterable[AgeRow], regions: tuple[str, ...], category: str) -> AgeRow | None:
    """Of the rows that hold, the highest age for a category; a region without a row of its own asks the strictest."""
    own = [row for row in rows if row.category == category]
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
