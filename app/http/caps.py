"""How are caps written? At most so many messages in any elapsed window of so many seconds, or in calendar days of a zone."""

from collections.abc import Sequence
from typing import Annotated, Any, Self

from pydantic import AfterValidator, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from app.domain.zones import zone_names
from app.http.shapes import Shape

MOST_CAPS = 10
_DAY = 86_400
_LONGEST_WINDOW = 366 * _DAY


def _known_zone(name: str) -> str:
    if name not in zone_names():
        raise ValueError("not an IANA time zone such as Europe/Vienna")
    return name


class CapShape(Shape):
    """At most `limit` marketing messages to one number in any elapsed window, or in that many calendar days of a zone."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"limit": 3, "window_seconds": 604_800}]})

    limit: Annotated[int, Field(ge=1, le=10_000, strict=True)]
    window_seconds: Annotated[int, Field(ge=1, le=_LONGEST_WINDOW, strict=True)]
    zone: Annotated[str, Field(max_length=64), AfterValidator(_known_zone)] | None = Field(
        default=None, description="Count calendar days of this IANA zone instead: the window is then whole days"
    )

    @model_validator(mode="after")
    def _whole_days(self) -> Self:
        if self.zone is not None and self.window_seconds % _DAY:
            raise ValueError("calendar days are counted whole: window_seconds must be a multiple of 86400")
        return self

    @model_serializer(mode="wrap")
    def _without_absent_zone(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        written: dict[str, Any] = handler(self)
        return {name: value for name, value in written.items() if name != "zone" or value is not None}


Caps = Annotated[list[CapShape], Field(max_length=MOST_CAPS)]


def stored_caps(caps: Sequence[CapShape]) -> list[dict[str, Any]]:
    """Caps as they are kept."""
    return [cap.model_dump() for cap in caps]
