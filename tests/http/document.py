"""Which operations does the API's own document list, and how is each called rightly? Read from it, nothing remembered by hand."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from app.main import create_app
from app.settings import Settings

_ID = re.compile(r"[a-z]{3}_[0-9a-z]{26}")


@cache
def built() -> dict[str, Any]:
    """The document of the API, built once: it takes a second."""
    return create_app(Settings()).openapi()


@dataclass(frozen=True, slots=True)
class Operation:
    """One method on one path."""

    method: str
    path: str
    scope: str | None
    """The scope its key must hold; None where no key is asked for."""
    parameters: tuple[Mapping[str, Any], ...]
    example: Any
    """A body it takes, from the document; None without one."""
    media_type: str | None

    @property
    def label(self) -> str:
        """How it is called in a report."""
        return f"{self.method} {self.path}"

    def names(self, place: str) -> list[str]:
        """Its parameters in the path, the query or the headers."""
        return [parameter["name"] for parameter in self.parameters if parameter["in"] == place]

    def kind_of(self, parameter: str) -> str | None:
        """The prefix of the ids a parameter takes, None for anything else."""
        schema = next(item["schema"] for item in self.parameters if item["name"] == parameter)
        patterns = [schema.get("pattern", ""), *(choice.get("pattern", "") for choice in schema.get("anyOf", []))]
        return next((pattern[1:4] for pattern in patterns if re.match(r"\^[a-z]{3}_\[", pattern)), None)

    def url(self, ids: Mapping[str, str], **others: str) -> str:
        """Its path with an id of the right kind in every place; other parameters are their example, or 1, unless given."""
        filled = self.path
        for name in self.names("path"):
            filled = filled.replace(f"{{{name}}}", others.get(name) or ids.get(self.kind_of(name) or "", self._example_of(name)))
        return filled

    def _example_of(self, parameter: str) -> str:
        schema = next(item["schema"] for item in self.parameters if item["name"] == parameter)
        return str(schema.get("examples", ["1"])[0])

    def body(self, ids: Mapping[str, str]) -> Any:
        """The example with every id replaced by one of the same kind."""
        return _with_ids(self.example, ids)


@dataclass(frozen=True, slots=True)
class Document:
    """The OpenAPI document, for tests."""

    schema: Mapping[str, Any]
    operations: tuple[Operation, ...] = field(default=())

    @classmethod
    def of(cls, schema: Mapping[str, Any]) -> "Document":
        """Every operation of a document."""
        return cls(schema, tuple(_operations(schema)))

    @property
    def guarded(self) -> tuple[Operation, ...]:
        """Those that ask for a key."""
        return tuple(operation for operation in self.operations if operation.scope is not None)

    @property
    def with_json(self) -> tuple[Operation, ...]:
        """Those that take a JSON body."""
        return tuple(operation for operation in self.operations if operation.media_type == "application/json")


def _operations(schema: Mapping[str, Any]) -> Iterator[Operation]:
    for path, methods in schema["paths"].items():
        for method, found in methods.items():
            media_type, example = _example(schema, found)
            scopes = [scope for row in found.get("security", []) for needed in row.values() for scope in needed]
            yield Operation(
                method=method.upper(),
                path=path,
                scope=scopes[0] if scopes else None,
                parameters=tuple(found.get("parameters", ())),
                example=example,
                media_type=media_type,
            )


def _example(schema: Mapping[str, Any], operation: Mapping[str, Any]) -> tuple[str | None, Any]:
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        given = content["schema"]
        if "$ref" in given:
            given = schema["components"]["schemas"][given["$ref"].rpartition("/")[2]]
        inline = [example["value"] for example in content.get("examples", {}).values()]
        return media_type, (inline or given["examples"])[0]
    return None, None


def _with_ids(value: Any, ids: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _with_ids(item, ids) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_ids(item, ids) for item in value]
    if isinstance(value, str) and _ID.fullmatch(value):
        return ids[value[:3]]
    return value
