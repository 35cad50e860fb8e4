"""What did the operations answer that they should not have? Calls as the document describes them, and the faults found."""

from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson

from tests.http.document import Operation

FIELDS = {"type", "title", "status", "code", "detail", "errors"}


@dataclass(slots=True)
class Findings:
    """What did not hold, all of it at once: a table of some hundred requests is read best as a whole."""

    wrong: list[str] = field(default_factory=list)

    def expect(self, label: str, answer: httpx.Response, *statuses: int, pointer: str | None = None) -> None:
        """The answer has one of the statuses and, if it refuses, is a problem; one that names `pointer`, if it is given."""
        if answer.status_code not in statuses:
            self.wrong.append(f"{label}: {answer.status_code}, not {statuses}: {answer.text[:200]}")
        elif answer.status_code >= 400:
            self._problem(label, answer, pointer)

    def _problem(self, label: str, answer: httpx.Response, pointer: str | None) -> None:
        if answer.headers["content-type"] != "application/problem+json":
            self.wrong.append(f"{label}: {answer.status_code} as {answer.headers['content-type']}")
            return
        problem = answer.json()
        if problem.keys() != FIELDS or problem["status"] != answer.status_code:
            self.wrong.append(f"{label}: {problem}")
        found = [error["pointer"] for error in problem["errors"]]
        if pointer is not None and pointer not in found:
            self.wrong.append(f"{label}: names {found}, not {pointer}")


async def call(client: httpx.AsyncClient, operation: Operation, ids: dict[str, str], **more: Any) -> httpx.Response:
    """The operation as its document says, with these ids; `more` replaces parts of the request."""
    arguments: dict[str, Any] = {"headers": {}}
    if operation.media_type == "application/json":
        arguments["content"] = orjson.dumps(operation.body(ids))
    elif operation.media_type is not None:
        arguments["content"] = operation.example
    if operation.media_type is not None:
        arguments["headers"]["Content-Type"] = operation.media_type
    if "phone" in operation.names("query"):
        arguments["params"] = {"phone": "+12125550142"}
    arguments["headers"] |= more.pop("headers", {})
    url = more.pop("url", operation.url(ids))
    return await client.request(operation.method, url, **arguments | more)
