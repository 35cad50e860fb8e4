"""What does the OpenAPI page say beyond the routes? The description, the problem schema, and what FastAPI cannot know."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from app.http.problems import Problem

_DESCRIPTION = """
Consent-first messaging for phone numbers. Keep contacts, record who agreed to what with evidence, launch campaigns; every
message is decided at the instant it goes, and every decision explains itself.

- **Authentication**: `Authorization: Bearer tact_...`; each operation names the scope it needs.
- **Errors** are `application/problem+json` (RFC 9457) with a stable `code` and, for each offending field, a `pointer`.
- **Idempotency**: every POST takes an `Idempotency-Key`; a repeat with the same body gets the first answer, marked
  `Idempotency-Replayed: true`, and one with another body is refused.
- **Pages**: `limit` and `cursor`; follow `next_cursor` until it is null.
- **Times** are RFC 3339 in UTC; numbers are E.164.
"""


def install_openapi(app: FastAPI) -> None:
    """Build the document once, on first use, with the shared Problem schema in it."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = get_openapi(title="Tactful", version="0.5.0", description=_DESCRIPTION, routes=app.routes)
            schemas = schema.setdefault("components", {}).setdefault("schemas", {})
            problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas.update(problem.pop("$defs", {}))
            schemas["Problem"] = problem
            schemas.pop("HTTPValidationError", None)
            schemas.pop("ValidationError", None)
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]  # FastAPI's documented way to extend the document
