"""How are prices written? What one part costs, by the country it goes to; exact, as text."""

from typing import Annotated

from phonenumbers import SUPPORTED_REGIONS
from pydantic import AfterValidator, ConfigDict, Field

from app.http.shapes import Shape

_MOST_DIGITS = 18


def _known_country(code: str) -> str:
    if code not in SUPPORTED_REGIONS:
        raise ValueError(f"{code} is no country with telephone numbers")
    return code


class PriceShape(Shape):
    """What one part costs."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"amount": "0.0079", "currency": "USD"}]})

    amount: Annotated[str, Field(pattern=r"^\d{1,9}(\.\d{1,9})?$", max_length=_MOST_DIGITS + 1, examples=["0.0079"])]
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$", description="ISO 4217", examples=["USD"])]


Country = Annotated[str, Field(pattern="^[A-Z]{2}$", description="ISO 3166 alpha-2"), AfterValidator(_known_country)]
Prices = Annotated[
    dict[Country, PriceShape], Field(max_length=300, description="What one part costs, by the country it goes to; replaced whole")
]
