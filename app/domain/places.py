"""Where does somebody say to live? A country, state, postal code or zone becomes a region with every zone it may mean."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from app.domain.countries import country_zones, find_country, same_clocks
from app.domain.postal_codes import MILITARY, BadPostalCode, Postal, read_postal_code
from app.domain.subdivisions import TERRITORIES, find_subdivision, has_subdivisions, subdivision_zones
from app.domain.zones import zone_names

MOST_PLACES = 10
DECLARED, VERIFIED = "declared", "verified"
AS_SAID = ("city", "city_key", "latitude", "longitude")
"""What a kept place has beside what rules read of it."""
FRESH = timedelta(days=365)  # policy: people move; an address checked longer ago is one they once declared


class BadPlace(ValueError):
    """A place that cannot be. `field` is the part at fault: country, region, postal_code, time_zone, latitude or as_of."""

    def __init__(self, field: str, code: str, detail: str) -> None:
        super().__init__(detail)
        self.field = field
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A place as it was said. `country` is a code or a name, `region` too; "" is not said. `as_of` is when it was known.

    City and coordinates (degrees, WGS 84) are taken as they are said: audiences ask for them, no rule does.
    """

    country: str = ""
    region: str = ""
    city: str = ""
    postal_code: str = ""
    latitude: float | None = None
    longitude: float | None = None
    time_zone: str = ""
    strength: str = DECLARED
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Found:
    country: str
    region: str
    zones: tuple[str, ...]
    postal_code: str
    evidence: str


def known_zones(region: str) -> tuple[str, ...] | None:
    """Every zone of "US", "US-FL", "FR-57" or "PR"; None when no such region is known."""
    return subdivision_zones(region) if "-" in region else country_zones(region)


def city_key(city: str) -> str:
    """What cities are compared by: case and spaces do not matter."""
    return " ".join(city.casefold().split())


def read_place(said: Said, *, now: datetime) -> dict[str, Any]:
    """The place as it is kept with a contact and read by rules: region, zones, strength, evidence, and what was said.

    Raises BadPlace: a country, region, postal code or zone that does not exist, parts that contradict one another, or a date
    that has not come.
    """
    if said.as_of is not None and said.as_of > now:
        raise BadPlace("as_of", "in_the_future", "lies in the future")
    if (said.latitude is None) != (said.longitude is None):
        raise BadPlace("latitude", "half_a_point", "latitude and longitude go together")
    found = _locate(said.country.strip(), said.region.strip(), said.postal_code.strip(), said.time_zone.strip())
    as_of = said.as_of or (now if said.strength == VERIFIED else None)
    city = " ".join(said.city.split())
    nearer: dict[str, Any] = {} if not city else {"city": city, "city_key": city_key(city)}
    if said.latitude is not None:
        nearer |= {"latitude": said.latitude, "longitude": said.longitude}
    return {
        **nearer,
        "country": found.country,
        "region": found.region,
        "postal_code": found.postal_code or None,
        "time_zone": said.time_zone.strip() or None,
        "zones": list(found.zones),
        "strength": said.strength,
        "evidence": found.evidence,
        "as_of": None if as_of is None else as_of.isoformat(),
    }


def strength_at(place: Mapping[str, Any], now: datetime) -> str:
    """How strong a kept place is by then: what was verified more than a year ago is as good as declared."""
    as_of = place.get("as_of")
    if place.get("strength") == VERIFIED and as_of is not None and datetime.fromisoformat(as_of) + FRESH < now:
        return DECLARED
    return str(place.get("strength", DECLARED))


def is_country_alone(place: Mapping[str, Any]) -> bool:
    """Whether a kept place names a country and nothing nearer."""
    return place.get("region") == place.get("country") and not place.get("postal_code") and not place.get("time_zone")


@lru_cache(maxsize=16_384)
def _locate(country_text: str, region_text: str, postal_text: str, zone: str) -> _Found:
    country = find_country(country_text)
    if country is None:
        raise BadPlace("country", "unknown_country", "not a country's code (ISO 3166 alpha-2)" if country_text else "is missing")
    region, evidence = _region(country, region_text), f"region {region_text}" if region_text else f"country {country}"
    postal = _postal(country, postal_text)
    if postal is not None and postal.region == MILITARY:
        if not zone:
            raise BadPlace("postal_code", "no_place", "the forces' post is delivered anywhere: say the time zone too")
        postal = Postal(postal.code, "")
    if postal is not None and postal.region:
        if region and postal.region not in {region, country}:
            raise BadPlace("postal_code", "contradicts_region", f"lies in {postal.region}, not in {region}")
        region, evidence = region or postal.region, f"postal code {postal.code}"
    region = region or country
    zones = (postal.zones if postal is not None else ()) or known_zones(region) or ()
    if zone:
        zones, evidence = (_checked_zone(zone, region, country, zones),), f"time zone {zone}"
    return _Found(country, region, zones, postal.code if postal is not None else "", evidence)


def _region(country: str, text: str) -> str:
    if not text:
        return ""
    if not has_subdivisions(country):
        # "DE" or "GU" said twice is no contradiction.
        if find_country(text) == country:
            return country
        raise BadPlace("region", "unknown_region", f"no parts of {country} are known here: leave it out, or say the time zone")
    found = find_subdivision(country, text)
    if found is None:
        raise BadPlace("region", "unknown_region", f"{country} has no such state, province or department")
    return found


def _postal(country: str, text: str) -> Postal | None:
    if not text:
        return None
    home = next((parent for parent, parts in TERRITORIES.items() if country in parts), country)
    try:
        found = read_postal_code(home, text)
    except BadPostalCode as problem:
        raise BadPlace("postal_code", "bad_postal_code", str(problem)) from None
    if country not in {home, found.region}:
        raise BadPlace("postal_code", "contradicts_region", f"lies in {found.region}, not in {country}")
    return found


def _checked_zone(zone: str, region: str, country: str, zones: tuple[str, ...]) -> str:
    if zone not in zone_names():
        raise BadPlace("time_zone", "bad_time_zone", "not an IANA time zone such as Europe/Vienna")
    if zones and not same_clocks(zone, zones):
        detail = f"the clocks of {region or country} are not those of {zone}: two places are said as two"
        raise BadPlace("time_zone", "contradicts_region", detail)
    return zone
