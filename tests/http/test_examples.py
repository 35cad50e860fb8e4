"""Can the documentation's examples be believed? Every one is taken by its own model, and every answer of ours has one."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from app.http.shapes import Shape, View
from app.main import create_app
from app.settings import Settings
from tests.http.document import built

_TAGS = {"workspace", "providers", "senders", "templates", "audiences", "campaigns"}


def _models(kind: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for model in kind.__subclasses__():
        yield model
        yield from _models(model)


def _resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def _is_shown(document: dict[str, Any], content: dict[str, Any]) -> bool:
    """Whether the content, its model, or the model of a page's items has a whole example."""
    schema = _resolved(document, content.get("schema", {}))
    items = schema.get("properties", {}).get("items", {}).get("items", {})
    return any("example" in place or "examples" in place for place in (content, schema, _resolved(document, items)))


def test_every_example_is_one_its_model_takes() -> None:
    create_app(Settings())  # so that every router's models are known
    shown = 0
    for model in (*_models(Shape), *_models(View)):
        extra = model.model_config.get("json_schema_extra")
        examples = extra.get("examples", []) if isinstance(extra, dict) else []
        assert isinstance(examples, list)
        for example in examples:
            model.model_validate(example)
            shown += 1
    assert shown > 30


def test_every_answer_is_shown() -> None:
    document = built()
    lacking = [
        f"{method} {path} {status}"
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if _TAGS.intersection(operation["tags"])
        for status, answer in operation["responses"].items()
        if status.startswith("2") and not all(_is_shown(document, content) for content in answer.get("content", {}).values())
    ]
    assert lacking == []
