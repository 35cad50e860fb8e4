"""Where does a contact live? Countries, states, cities and postal codes as they were said, and how far from a point."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.audience.facts import ContactFacts
from app.domain.audience.fields import Field, RuleProblem, Value, number, one_or_many, read_text
from app.domain.audience.kind import Kind
from app.domain.audience.patterns import REGION
from app.domain.audience.tree import Leaf
from app.domain.places import city_key

EARTH_KM = 6_371.0088  # mean radius, IUGG
_HALF_ROUND = math.pi * EARTH_KM


@dataclass(frozen=True, slots=True)
class Place(Leaf):
    """One place of the contact lies in one of these regions and, where it is said, in that city or under that postal code."""

    place: tuple[str, ...]
    city: str | None = None
    postal_code: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Radius(Leaf):
    """One place of the contact with coordinates lies within so many kilometres of a point, along a great circle."""

    radius: float
    latitude: float
    longitude: float


def reach(km: float) -> float:
    """What the haversine of two points' angle may be when they lie within so many kilometres."""
    return math.sin(min(km, _HALF_ROUND) / (2 * EARTH_KM)) ** 2


def haversine(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """The haversine of the angle between two points given in degrees."""
    a, b = math.radians(latitude), math.radians(other_latitude)
    return (
        math.sin((b - a) / 2) ** 2
        + math.cos(a) * math.cos(b) * math.sin((math.radians(other_longitude) - math.radians(longitude)) / 2) ** 2
    )


def _lies_in(leaf: Place, place: Mapping[str, Any]) -> bool:
    region, country = place.get("region"), place.get("country")
    if region not in leaf.place and country not in leaf.place:
        return False
    if leaf.city is not None and place.get("city_key") != city_key(leaf.city):
        return False
    code = place.get("postal_code")
    return not leaf.postal_code or (code is not None and code.startswith(leaf.postal_code))


def _is_near(leaf: Radius, place: Mapping[str, Any]) -> bool:
    latitude, longitude = place.get("latitude"), place.get("longitude")
    if latitude is None or longitude is None:
        return False
    return haversine(leaf.latitude, leaf.longitude, latitude, longitude) <= reach(leaf.radius)


def _shown(_: Any, contact: ContactFacts) -> list[dict[str, Any]]:
    names = ("country", "region", "city", "postal_code", "latitude", "longitude")
    return [{name: place[name] for name in names if place.get(name) is not None} for place in contact.places]


def _region(raw: Any, pointer: str) -> str:
    if not isinstance(raw, str) or not REGION.fullmatch(raw):
        raise RuleProblem(pointer, "a region is written as US, US-CA or FR-57")
    return raw


def _postal_code(raw: Any, pointer: str) -> str:
    return read_text(raw, pointer, longest=16)


KINDS = (
    Kind(
        node=Place,
        says=(
            "a country, state, province or department one of the contact's places lies in (US, US-CA, FR-57), or a list; with "
            "`city` that city, with `postal_code` codes that begin so"
        ),
        fields=(
            Field(name="place", value=one_or_many(_region, what="regions"), needed=True),
            Field(name="city", value=Value(lambda raw, pointer: read_text(raw, pointer, longest=100))),
            Field(name="postal_code", value=one_or_many(_postal_code, what="postal codes")),
        ),
        holds=lambda leaf, contact: any(_lies_in(leaf, place) for place in contact.places),
        actual=_shown,
    ),
    Kind(
        node=Radius,
        says="kilometres around `latitude` and `longitude`, of places whose coordinates were given",
        fields=(
            Field(name="radius", value=number(least=0.01, most=20_038), needed=True, unit="km"),
            Field(name="latitude", value=number(least=-90, most=90), needed=True),
            Field(name="longitude", value=number(least=-180, most=180), needed=True),
        ),
        holds=lambda leaf, contact: any(_is_near(leaf, place) for place in contact.places),
        actual=_shown,
    ),
)
