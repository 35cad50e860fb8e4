"""How is a region named? A country, or a state, province or department of one; one nobody knows is refused by its name."""

from typing import Annotated

from pydantic import AfterValidator, Field

from app.domain.regions import is_region

MOST_REGIONS = 300


def _known(code: str) -> str:
    if not is_region(code):
        raise ValueError(f"{code} is not a known region: ISO 3166, such as US, US-LA or FR-57")
    return code


Region = Annotated[
    str,
    Field(
        min_length=2,
        max_length=10,
        pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$",
        examples=["US-LA"],
        description="A country (US), or a state, province or department (US-LA, CA-QC, FR-57)",
    ),
    AfterValidator(_known),
]


def _each_once(regions: list[str]) -> list[str]:
    return sorted(set(regions))


Regions = Annotated[list[Region], Field(max_length=MOST_REGIONS), AfterValidator(_each_once)]
