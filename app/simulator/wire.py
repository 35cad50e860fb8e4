"""How do requests and answers look inside the simulator? As little as plain ASGI allows, so that the hot route stays cheap."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs, unquote

import orjson

HANG_UP = "tactful.hang_up"
"""Server extension: scope["extensions"][HANG_UP]["close"] closes the connection once what was written is out."""


@dataclass(frozen=True)
class Call:
    """One request."""

    method: str
    path: str
    query_string: bytes
    headers: Mapping[bytes, bytes]
    body: bytes

    @cached_property
    def query(self) -> Mapping[str, str]:
        """The query; of repeated names the first."""
        return {name: values[0] for name, values in parse_qs(self.query_string.decode("latin-1"), keep_blank_values=True).items()}

    def header(self, name: bytes) -> str:
        """A header, by its lower-case name, or nothing."""
        return self.headers.get(name, b"").decode("latin-1")

    def json(self) -> Any:
        """The body as JSON. Raises ValueError."""
        return orjson.loads(self.body)


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, JSON unless said otherwise. `lost_by` says how it fails to arrive: close, stall or half."""

    status: int
    body: bytes
    content_type: bytes = b"application/json"
    extra: tuple[tuple[bytes, bytes], ...] = ()
    lost_by: str | None = None

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """As ASGI wants them."""
        length = str(len(self.body)).encode()
        return [(b"content-type", self.content_type), (b"content-length", length), *self.extra]


def read_form(body: bytes) -> dict[str, list[str]]:
    """A form's values by name, blank ones kept: urllib.parse.parse_qs in half its time."""
    form: dict[str, list[str]] = {}
    for pair in body.decode("utf-8", "replace").replace("+", " ").split("&"):
        name, _, value = pair.partition("=")
        form.setdefault(unquote(name) if "%" in name else name, []).append(unquote(value) if "%" in value else value)
    return form


def as_json(value: Any, status: int = 200) -> Answer:
    """A JSON answer."""
    return Answer(status, orjson.dumps(value))


def close_of(extensions: Any) -> Callable[[], None] | None:
    """The server's way to close this connection, if it offers one."""
    found = (extensions or {}).get(HANG_UP)
    return found["close"] if found else None
