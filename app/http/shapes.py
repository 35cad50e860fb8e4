"""Which shapes do all requests and answers share? Strict models, safe text, prefixed ids, pages and cursors."""

import base64
import binascii
import hashlib
import math
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, Literal, TypeVar
from uuid import UUID

import orjson
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)

from app.domain.errors import InvalidField

Item = TypeVar("Item")
_MAX_DEPTH = 32
_SAFE_INTEGER = 2**53
_SURROGATE = re.compile("[\ud800-\udfff]")
_DATE = re.compile(r"\d{4}-\d\d-\d\d[Tt ]")


def _check_storable(value: Any, depth: int = 0) -> None:
    """Refuse what JSON can carry and PostgreSQL cannot keep: NUL, lone surrogates, NaN, infinities, huge integers, deep nests."""
    if depth > _MAX_DEPTH:
        raise ValueError(f"nested deeper than {_MAX_DEPTH} levels")
    match value:
        case str():
            _storable_text(value)
        case bool() | None:
            return
        case int() if abs(value) > _SAFE_INTEGER:
            raise ValueError("integers must lie within 2^53 of zero")
        case float() if not math.isfinite(value) or abs(value) > _SAFE_INTEGER:
            raise ValueError("numbers must be finite and lie within 2^53 of zero")
        case dict():
            for key, item in value.items():
                _check_storable(key, depth + 1)
                _check_storable(item, depth + 1)
        case list() | tuple():
            for item in value:
                _check_storable(item, depth + 1)
        case _:
            return


def _storable_text(value: str) -> str:
    if "\x00" in value:
        raise ValueError("the NUL character cannot be stored")
    if _SURROGATE.search(value):
        raise ValueError("lone surrogates are not text")
    return value


def _written_instant(value: Any) -> Any:
    """Refuse what pydantic would take for seconds since 1970: a number, or digits alone."""
    if isinstance(value, datetime) or (isinstance(value, str) and _DATE.match(value)):
        return value
    raise ValueError("instants are written as RFC 3339 has it, such as 2026-11-23T10:00:00Z")


def _sane_instant(value: datetime) -> datetime:
    if not 2000 <= value.year < 2200:
        raise ValueError("instants must lie between the years 2000 and 2199")
    return value.astimezone(UTC)


Text = Annotated[str, AfterValidator(_storable_text)]
Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_storable_text)]
Instant = Annotated[AwareDatetime, BeforeValidator(_written_instant), AfterValidator(_sane_instant)]


class Shape(BaseModel):
    """A request body: unknown fields are refused, and so is text that cannot be stored."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=False)

    @model_validator(mode="before")
    @classmethod
    def _storable(cls, data: Any) -> Any:
        _check_storable(data)
        return data


def _not_null(value: Any) -> Any:
    if value is None:
        raise ValueError("null is not a value here; leave the field out to keep what is there")
    return value


def _only_false(value: Any) -> Any:
    if value is not False:
        raise ValueError("false is the only value here")
    return value


OnlyFalse = Annotated[Literal[False], BeforeValidator(_only_false)]
"""false itself: to pydantic alone 0 would do as well."""


def _without_null(schema: dict[str, Any]) -> None:
    schema.pop("default", None)
    for choice in schema.pop("anyOf", []):
        if choice != {"type": "null"}:
            schema.update(choice)


IfGiven = Annotated[Item | None, BeforeValidator(_not_null), Field(json_schema_extra=_without_null)]
"""A field of a PATCH: `name: IfGiven[Name] = None` may be left out, and may not be null."""


class View(BaseModel):
    """An answer."""

    model_config = ConfigDict(extra="forbid")


class Page(View, Generic[Item]):
    """One page. `next_cursor` is null on the last one."""

    items: list[Item]
    next_cursor: str | None = Field(default=None, description="Pass as `cursor` to get the next page")


def _fingerprint(filters: dict[str, Any]) -> str:
    return hashlib.sha256(orjson.dumps(filters, option=orjson.OPT_SORT_KEYS, default=str)).hexdigest()[:12]


def write_cursor(after: str, *, filters: dict[str, Any]) -> str:
    """An opaque cursor that works only with the filters it was made under."""
    return base64.urlsafe_b64encode(orjson.dumps([after, _fingerprint(filters)])).rstrip(b"=").decode()


def read_cursor(cursor: str | None, *, filters: dict[str, Any]) -> str | None:
    """What `write_cursor` was given, or None without one. Raises InvalidField when it is garbled or of other filters."""
    if cursor is None:
        return None
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        after, fingerprint = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        assert isinstance(after, str)
        assert "\x00" not in after
    except (ValueError, TypeError, AssertionError, UnicodeError, binascii.Error) as error:
        raise InvalidField("the cursor is not one of ours", pointer="/query/cursor", code="bad_cursor") from error
    if fingerprint != _fingerprint(filters):
        raise InvalidField("the cursor belongs to a list with other filters", pointer="/query/cursor", code="stale_cursor")
    return after


def read_id_cursor(cursor: str | None, *, filters: dict[str, Any]) -> UUID | None:
    """The id a page ended with, or None without a cursor. Raises InvalidField, as `read_cursor` does."""
    after = read_cursor(cursor, filters=filters)
    try:
        return None if after is None else UUID(after)
    except ValueError as error:
        raise InvalidField("the cursor is not one of ours", pointer="/query/cursor", code="bad_cursor") from error


def page_of(
    rows: list[Any], *, limit: int, shape: Callable[[Any], Item], key: Callable[[Any], str], filters: dict[str, Any]
) -> dict[str, Any]:
    """The fields of a `Page` from `limit + 1` rows asked for: the extra one only says that there is more."""
    more = len(rows) > limit
    rows = rows[:limit]
    return {
        "items": [shape(row) for row in rows],
        "next_cursor": write_cursor(key(rows[-1]), filters=filters) if more and rows else None,
    }
