"""The OpenAPI page says all there is to say: every operation has words, examples, its errors and its idempotency."""

from typing import Any

import pytest

from tests.http.document import built

_DOCUMENT = built()
_FOUND = [(path, method, operation) for path, methods in _DOCUMENT["paths"].items() for method, operation in methods.items()]
_OPERATIONS = [pytest.param(*found, id=f"{found[1].upper()} {found[0]}") for found in _FOUND]
_API = [pytest.param(*found, id=f"{found[1].upper()} {found[0]}") for found in _FOUND if found[0].startswith("/v1/")]


def _schema(reference: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in reference:
        reference = _DOCUMENT["components"]["schemas"][reference["$ref"].rpartition("/")[2]]
    return reference


def _has_example(schema: dict[str, Any]) -> bool:
    schema = _schema(schema)
    if "examples" in schema or "example" in schema:
        return True
    return any(_has_example(part) for part in schema.get("properties", {}).values())


@pytest.mark.parametrize(("path", "method", "operation"), _OPERATIONS)
def test_every_operation_has_a_summary_and_a_description(path: str, method: str, operation: dict[str, Any]) -> None:
    assert operation["summary"].strip() and len(operation["description"].strip()) > 20
    assert operation["tags"], f"{method} {path} stands under no heading"


@pytest.mark.parametrize(("path", "method", "operation"), _API)
def test_every_operation_of_the_api_documents_its_errors_as_problems(path: str, method: str, operation: dict[str, Any]) -> None:
    answers = operation["responses"]
    wanted = {"401", "403", "422", "503"} | ({"404"} if "{" in path else set()) | ({"409"} if method == "post" else set())
    assert wanted <= set(answers), f"{method} {path} lacks {wanted - set(answers)}"
    for status, answer in answers.items():
        if status >= "400":
            assert list(answer["content"]) == ["application/problem+json"], f"{method} {path} {status}"


@pytest.mark.parametrize(("path", "method", "operation"), _API)
def test_every_post_takes_an_idempotency_key(path: str, method: str, operation: dict[str, Any]) -> None:
    names = {parameter["name"].lower() for parameter in operation.get("parameters", [])}
    assert (method == "post") == ("idempotency-key" in names), f"{method} {path}"


@pytest.mark.parametrize(("path", "method", "operation"), _API)
def test_every_request_body_shows_an_example(path: str, method: str, operation: dict[str, Any]) -> None:
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        assert "example" in content or "examples" in content or _has_example(content.get("schema", {})), f"{method} {path} {kind}"


@pytest.mark.parametrize(("path", "method", "operation"), _API)
def test_every_list_is_paged_by_cursor(path: str, method: str, operation: dict[str, Any]) -> None:
    answer = operation["responses"].get("200", {}).get("content", {}).get("application/json", {}).get("schema", {})
    if method == "get" and "items" in _schema(answer).get("properties", {}):
        assert "next_cursor" in _schema(answer)["properties"], f"{method} {path}"
