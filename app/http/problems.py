"""What does an error look like? RFC 9457 problem+json with a stable code and a pointer; status codes appear only here."""

from collections.abc import Mapping
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.routing import Match

from app.domain import errors

MEDIA_TYPE = "application/problem+json"

# Error class -> (status, title). The most specific class wins.
PROBLEMS: Mapping[type[errors.TactfulError], tuple[int, str]] = {
    errors.NotFound: (404, "Not found"),
    errors.InvalidField: (422, "A field cannot be used"),
    errors.Conflict: (409, "Conflict"),
    errors.WrongState: (409, "Not possible in this state"),
    errors.IdempotencyKeyReused: (409, "Idempotency key reused with a different request"),
    errors.Unauthenticated: (401, "Not authenticated"),
    errors.Forbidden: (403, "Scope missing"),
    errors.TooLarge: (413, "Too large"),
    errors.UnreadableBody: (400, "Unreadable body"),
    errors.BadWebhook: (403, "Webhook signature does not match"),
    errors.TooMany: (429, "Too many"),
    errors.Unavailable: (503, "Unavailable for the moment"),
}
_HEADERS: Mapping[int, Mapping[str, str]] = {
    401: {"WWW-Authenticate": "Bearer"},
    429: {"Retry-After": "60"},
    503: {"Retry-After": "2"},
}
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_HTTP_CODES = {
    400: "unreadable_body",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
}


class FieldProblem(BaseModel):
    """One offending field."""

    pointer: str = Field(description="Where: /body/..., /query/..., /path/... or /headers/...", examples=["/body/phone"])
    code: str = Field(examples=["missing"])
    detail: str = Field(examples=["Field required"])


class Problem(BaseModel):
    """An error, as RFC 9457 has it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:tactful:problem:invalid_field",
                    "title": "A field cannot be used",
                    "status": 422,
                    "code": "invalid_field",
                    "detail": "not a phone number",
                    "errors": [{"pointer": "/body/phone", "code": "not_a_number", "detail": "not a phone number"}],
                }
            ]
        }
    )

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: list[FieldProblem] = []


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses=` of an operation: its errors, beside those every operation has (400, 401, 403, 413, 422, 503)."""
    titles = dict(PROBLEMS.values()) | {409: "Conflict", 422: "A field cannot be used"}
    wanted = sorted({400, 401, 403, 413, 422, 503, *statuses})
    return {
        status: {
            "description": titles.get(status, "Error"),
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in wanted
    }


def problem_response(
    status: int,
    *,
    title: str,
    code: str,
    detail: str,
    fields: list[dict[str, str]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """One problem, ready to send."""
    body = {
        "type": f"urn:tactful:problem:{code}",
        "title": title,
        "status": status,
        "code": code,
        "detail": detail,
        "errors": fields or [],
    }
    return Response(orjson.dumps(body), status_code=status, media_type=MEDIA_TYPE, headers=dict(headers or {}))


def of_error(error: errors.TactfulError, *, status: int | None = None) -> Response:
    """The problem of one of our own errors; `status` where a provider has to be answered with another one."""
    row = next((PROBLEMS[kind] for kind in type(error).__mro__ if kind in PROBLEMS), (400, "Bad request"))
    status, title = status or row[0], row[1]
    fields = [{"pointer": error.pointer, "code": error.code, "detail": error.detail}] if error.pointer else None
    headers = _HEADERS.get(status)
    return problem_response(status, title=title, code=error.code, detail=error.detail, fields=fields, headers=headers)


def _pointer(location: tuple[Any, ...]) -> str:
    place = {"header": "headers"}.get(str(location[0]), str(location[0])) if location else "body"
    return "/" + "/".join([place, *(str(part).replace("~", "~0").replace("/", "~1") for part in location[1:])])


async def _on_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, errors.TactfulError)
    return of_error(error)


async def _on_validation(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    found = error.errors()
    if any(item["type"] == "json_invalid" for item in found):
        return of_error(errors.UnreadableBody("the body is not JSON"))
    fields = [
        {
            "pointer": _pointer(tuple(item["loc"])),
            "code": str(item["type"]),
            "detail": str(item["msg"]).removeprefix("Value error, "),
        }
        for item in found[:50]
    ]
    detail = "; ".join(f"{field['pointer']}: {field['detail']}" for field in fields[:3])
    return problem_response(422, title="A field cannot be used", code="invalid_field", detail=detail, fields=fields)


_LOOKS_LIKE_ANOTHERS = {"/v1/contacts/bulk": ["POST"]}
"""Paths that `/things/{id}` would take for a thing's, and the methods they have."""


async def not_offered() -> None:
    """The endpoint of the other methods of such a path."""
    raise HTTPException(405, "Method Not Allowed")


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = _HTTP_CODES.get(error.status_code, "bad_request")
    headers = {"Allow": ", ".join(_allowed(request))} if error.status_code == 405 else error.headers
    return problem_response(error.status_code, title=str(error.detail), code=code, detail=str(error.detail), headers=headers)


def _allowed(request: Request) -> list[str]:
    """Every method this path has (RFC 9110 section 15.5.6): a route knows only its own."""
    routes = request.app.router.routes
    own = _LOOKS_LIKE_ANOTHERS.get(request.scope["path"])
    return own or [
        method
        for method in _METHODS
        if any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in routes)
    ]


async def _on_unreachable(_: Request, __: Exception) -> Response:
    return of_error(errors.Unavailable("something the service needs does not answer just now"))


async def _on_fault(_: Request, __: Exception) -> Response:
    """A fault of ours: the server logs it, and its words stay inside."""
    detail = "the service failed; the fault is logged. Whether anything was done is not known"
    return problem_response(500, title="Internal error", code="internal_error", detail=detail)


def install(app: FastAPI) -> None:
    """Map every error to a problem."""
    app.add_exception_handler(errors.TactfulError, _on_error)
    app.add_exception_handler(RequestValidationError, _on_validation)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(Exception, _on_fault)
    for unreachable in (ConnectionError, TimeoutError):
        app.add_exception_handler(unreachable, _on_unreachable)
