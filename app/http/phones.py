"""How is a phone number asked for? One field for bodies, and the reading of one in a query."""

from typing import Annotated

from pydantic import Field

from app.usecases.read_phone import DefaultRegion, read_phone

__all__ = ["DefaultRegion", "Phone", "read_phone", "read_queried_phone"]

Phone = Annotated[
    str,
    Field(min_length=1, max_length=64, description="E.164, or national with `default_region`", examples=["+14155550123"]),
]


def read_queried_phone(text: str) -> str:
    """A number in a query (E.164): there, a + that is not escaped arrives as a space. Raises InvalidField."""
    spelled = "+" + text[1:] if text.startswith(" ") else text
    return read_phone(spelled, pointer="/query/phone")[0].e164
