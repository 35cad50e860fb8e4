"""Which days are holidays there? Calendars of countries and states from the `holidays` library, with the days it does not know.

A calendar is named as its region is: "US" (federal), "US-LA" (the state's whole list, observed days included), "FR",
"FR-ALSACE-MOSELLE" (only the days that France has not), "GB" (what the whole kingdom keeps), "AU" (national days).
"""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache

import holidays

# Calendars that are made of others. Rhode Island's law names state and federal holidays.
_JOINED: Mapping[str, tuple[str, ...]] = {"US-RI": ("US-RI", "US")}
_ALSACE_MOSELLE = "FR-ALSACE-MOSELLE"


class UnknownCalendar(ValueError):
    """No calendar of that name is known."""


def is_holiday(calendar: str, day: date) -> bool:
    """Whether a local day is a holiday. Raises UnknownCalendar."""
    return day in holidays_of(calendar, day.year)


@lru_cache(maxsize=4096)
def holidays_of(calendar: str, year: int) -> frozenset[date]:
    """The holidays of one year, days off instead of them included. Raises UnknownCalendar."""
    if calendar == _ALSACE_MOSELLE:
        return _library("FR", "57", year) - _library("FR", None, year)
    parts = _JOINED.get(calendar, (calendar,))
    found = (_library(country, subdivision or None, year) for country, _, subdivision in (part.partition("-") for part in parts))
    return frozenset().union(*found, _own_days(calendar, year))


@lru_cache(maxsize=1)
def _supported() -> Mapping[str, frozenset[str]]:
    return {country: frozenset(parts) for country, parts in holidays.list_supported_countries(include_aliases=False).items()}


def is_calendar(name: str) -> bool:
    """Whether there is a calendar of that name."""
    country, _, subdivision = name.partition("-")
    return name == _ALSACE_MOSELLE or (country in _supported() and (not subdivision or subdivision in _supported()[country]))


def _library(country: str, subdivision: str | None, year: int) -> frozenset[date]:
    if not is_calendar(f"{country}-{subdivision}" if subdivision else country):
        raise UnknownCalendar(f"there is no calendar of {country}{f'-{subdivision}' if subdivision else ''}")
    return frozenset(holidays.country_holidays(country, subdiv=subdivision, years=year))


def _own_days(calendar: str, year: int) -> frozenset[date]:
    """Days the library leaves out."""
    if calendar == "US-RI" and year % 2 == 0:
        # R.I.G.L. 25-1-1: the general election, the Tuesday after the first Monday in November of even years.
        first_monday = next(date(year, 11, day) for day in range(1, 8) if date(year, 11, day).weekday() == 0)
        return frozenset({first_monday + timedelta(days=1)})
    return frozenset()


def is_weekend(country: str, day: date) -> bool:
    """Whether a day is of the country's weekend; Saturday and Sunday where nothing else is known."""
    return day.weekday() in _weekend(country)


@lru_cache(maxsize=256)
def _weekend(country: str) -> frozenset[int]:
    return frozenset(holidays.country_holidays(country).weekend) if is_calendar(country) else frozenset({5, 6})
