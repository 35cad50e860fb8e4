"""How are a person's whereabouts and age told? Places as they are said, and as they were located; a birth date; a person's id."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, JsonValue

from app.domain import contact as limits
from app.domain.contact import BadField
from app.domain.errors import InvalidField
from app.domain.places import MOST_PLACES, Said
from app.http.shapes import Instant, Shape, Text, View

_DAY = re.compile(r"\d{4}-\d\d-\d\d\Z", re.ASCII)
_SAID: dict[str, JsonValue] = {"country": "US", "region": "CA", "postal_code": "94110", "strength": "declared"}
Strength = Literal["declared", "verified"]


def _written_day(value: Any) -> Any:
    """Refuse what pydantic would take for a day beside the one spelling: seconds, instants."""
    if isinstance(value, str) and _DAY.match(value):
        return value
    raise ValueError("a day is written as 1990-05-04")


BirthDate = Annotated[date, BeforeValidator(_written_day)]
Person = Annotated[str, Field(min_length=1, max_length=limits.LONGEST_PERSON), AfterValidator(limits.check_person)]


class PlaceIn(Shape):
    """A place, as near as it is known."""

    model_config = ConfigDict(json_schema_extra={"examples": [_SAID]})

    country: Annotated[Text, Field(min_length=1, max_length=100, description="ISO 3166 alpha-2, or the country's English name")]
    region: Annotated[Text, Field(min_length=1, max_length=100)] | None = Field(
        default=None, description="A state, province or department of US, CA, AU or FR: its code or its name"
    )
    city: Annotated[Text, Field(min_length=1, max_length=100)] | None = Field(default=None, description="As it is written there")
    postal_code: Annotated[Text, Field(min_length=1, max_length=16)] | None = Field(
        default=None, description="Read for US, CA, FR and ES; kept for other countries"
    )
    time_zone: Annotated[Text, Field(min_length=1, max_length=64)] | None = Field(
        default=None, description="An IANA name, where it is known: the region's clocks must agree with it"
    )
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = Field(
        default=None, description="In degrees, with `longitude`: audiences may ask for a radius"
    )
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None
    strength: Strength = "declared"
    as_of: Instant | None = Field(default=None, description="When it was known; a verified place without it was verified now")

    def said(self) -> Said:
        """As the domain reads it."""
        return Said(
            country=self.country,
            region=self.region or "",
            city=self.city or "",
            postal_code=self.postal_code or "",
            latitude=self.latitude,
            longitude=self.longitude,
            time_zone=self.time_zone or "",
            strength=self.strength,
            as_of=self.as_of,
        )


Places = Annotated[list[PlaceIn], Field(max_length=MOST_PLACES)]


class PlaceView(View):
    """A place as it was located: its region, and every zone the person may be in there."""

    country: str
    region: str = Field(description="Such as US-CA, FR-57 or DE", examples=["US-CA"])
    city: str | None = None
    postal_code: str | None
    latitude: float | None = None
    longitude: float | None = None
    time_zone: str | None
    zones: list[str] = Field(examples=[["America/Los_Angeles"]])
    strength: Strength
    evidence: str = Field(description="What it was told by", examples=["postal code 94110"])
    as_of: datetime | None


def place_view(kept: Mapping[str, Any]) -> PlaceView:
    """A kept place as the API shows it."""
    return PlaceView(
        country=kept.get("country", kept["region"][:2]),
        region=kept["region"],
        city=kept.get("city"),
        postal_code=kept.get("postal_code"),
        latitude=kept.get("latitude"),
        longitude=kept.get("longitude"),
        time_zone=kept.get("time_zone"),
        zones=kept["zones"],
        strength=kept.get("strength", "declared"),
        evidence=kept.get("evidence", ""),
        as_of=kept.get("as_of"),
    )


def kept_places(places: Sequence[PlaceIn], now: datetime) -> tuple[Mapping[str, Any], ...]:
    """Places as they are kept. Raises InvalidField, naming the part of the place."""
    try:
        return limits.check_places([place.said() for place in places], now=now)
    except BadField as problem:
        raise InvalidField(problem.detail, pointer=f"/body/places/{problem.at}", code=problem.code) from problem


def checked_birth_date(born: date, now: datetime) -> date:
    """A birth date a living person may have. Raises InvalidField."""
    try:
        return limits.check_birth_date(born, today=now.date())
    except BadField as problem:
        raise InvalidField(problem.detail, pointer="/body/birth_date", code=problem.code) from problem
