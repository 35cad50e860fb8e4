"""Which number does a caller mean? One reading for every door, with the reason and the field when it is none."""

from typing import Annotated

from phonenumbers import SUPPORTED_REGIONS
from pydantic import Field

from app.domain.errors import InvalidField
from app.domain.facts import NumberFacts
from app.domain.number import NumberProblem, read_number

DefaultRegion = Annotated[
    str, Field(pattern="^[A-Z]{2}$", description="The country national numbers are of, ISO 3166 alpha-2", examples=["US"])
]


def read_phone(text: str, *, default_region: str | None = None, pointer: str = "/body/phone") -> tuple[NumberFacts, str | None]:
    """The number in `text`, and the extension that was dropped from it, if there was one.

    Raises InvalidField at `pointer` (or at the default region beside it), with the reason as its code.
    """
    try:
        number = read_number(text, default_region=default_region)
    except NumberProblem as problem:
        place = pointer.rpartition("/")[0] + "/default_region" if problem.code == "unknown_region" else pointer
        raise InvalidField(problem.detail, pointer=place, code=problem.code) from problem
    return number.facts, number.extension


def check_region(region: str | None, *, pointer: str) -> str | None:
    """A default region that numbers can be read with. Raises InvalidField at `pointer`."""
    if region is not None and region not in SUPPORTED_REGIONS:
        raise InvalidField("not the ISO 3166 code of a country with phone numbers", pointer=pointer, code="unknown_region")
    return region
