"""How are caps written? At most so many messages in any elapsed window of so many seconds."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from app.http.shapes import Shape

MOST_CAPS = 10
_LONGEST_WINDOW = 366 * 86_400


class CapShape(Shape):
    """At most `limit` marketing messages to one number in any elapsed window: rolling, never calendar days."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"limit": 3, "window_seconds": 604_800}]})

    limit: Annotated[int, Field(ge=1, le=10_000, strict=True)]
    window_seconds: Annotated[int, Field(ge=1, le=_LONGEST_WINDOW, strict=True)]


Caps = Annotated[list[CapShape], Field(max_length=MOST_CAPS)]


def stored_caps(caps: Sequence[CapShape]) -> list[dict[str, Any]]:
    """Caps as they are kept."""
    return [cap.model_dump() for cap in caps]
