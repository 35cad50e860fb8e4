"""Which countries are there, and which zones does each span? As the pinned time zone data lists them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from importlib.resources import files

from app.domain.subdivisions import plain
from app.domain.zones import load_zone

# Not in ISO 3166, though phone numbers have it.
_KOSOVO: Mapping[str, tuple[str, ...]] = {"XK": ("Europe/Belgrade",)}
_ALSO_CALLED: Mapping[str, str] = {
    "usa": "US",
    "unitedstatesofamerica": "US",
    "america": "US",
    "uk": "GB",
    "unitedkingdom": "GB",
    "greatbritain": "GB",
    "england": "GB",
    "deutschland": "DE",
    "osterreich": "AT",
    "schweiz": "CH",
    "suisse": "CH",
    "espana": "ES",
    "italia": "IT",
    "southkorea": "KR",
    "korea": "KR",
    "kosovo": "XK",
    "czechia": "CZ",
    "uae": "AE",
    "russianfederation": "RU",
}
_INSTANTS = tuple(datetime(2026, month, 15, tzinfo=UTC) for month in (1, 4, 7, 10, 11))


def _table(name: str) -> list[list[str]]:
    text = (files("tzdata") / "zoneinfo" / name).read_text("utf-8")
    return [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]


@lru_cache(maxsize=1)
def _zones() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = dict(_KOSOVO)
    for country, _, zone, *_ in _table("zone.tab"):
        found[country] = tuple(sorted((*found.get(country, ()), zone)))
    return found


@lru_cache(maxsize=1)
def _names() -> Mapping[str, str]:
    return {**{plain(name): code for code, name, *_ in _table("iso3166.tab")}, **_ALSO_CALLED}


def country_zones(country: str) -> tuple[str, ...] | None:
    """Every zone of a country (ISO 3166 alpha-2), sorted; None when there is no such country, or nobody lives there."""
    return _zones().get(country)


def find_country(text: str) -> str | None:
    """The code meant by "us", "US" or "United States", or None."""
    code = text.strip().upper()
    return code if code in _zones() else _names().get(plain(text))


def country_codes() -> frozenset[str]:
    """Every code there is."""
    return frozenset(_zones())


@lru_cache(maxsize=1024)
def _clocks(zone: str) -> tuple[object, ...]:
    clock = load_zone(zone)
    return tuple(instant.astimezone(clock).utcoffset() for instant in _INSTANTS)


def same_clocks(zone: str, others: tuple[str, ...]) -> bool:
    """Whether a zone's clocks agree today with those of one of the others: old names and near neighbours count as the same."""
    return zone in others or any(_clocks(zone) == _clocks(other) for other in others)
