"""Every operation of the API's own document, and everything a caller can get wrong about it: always a problem, never a fault."""

from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
import orjson
import pytest

from app.main import create_app
from app.settings import Settings
from app.usecases.authenticate import SCOPES
from app.usecases.context import Context
from tests.factories import calling, make_key
from tests.http.document import Document, Operation
from tests.shop import Shop

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW")
FIELDS = {"type", "title", "status", "code", "detail", "errors"}


@pytest.fixture(scope="module")
def document() -> Document:
    """The document of the API as it is built."""
    return Document.of(create_app(Settings()).openapi())


@pytest.fixture
async def ids(shop: Shop) -> dict[str, str]:
    """One of everything the shop can have, by the prefix of its id. Its campaign is over, so that following it ends."""
    contact = await shop.made("/v1/contacts", {"phone": "+12125550142"})
    sender = await shop.sender()
    template, audience = await shop.template(), await shop.audience()
    campaign = await shop.launched(template_id=template["id"], audience_id=audience["id"], sender_id=sender["id"])
    await shop.finish(campaign)
    message = {"to": "+12125550142", "purpose": "transactional", "sender_id": sender["id"], "body": "Your order is ready."}
    file = await shop.client.post("/v1/imports", content="phone\n+12125550143\n", headers={"Content-Type": "text/csv"})
    made = [
        contact,
        sender,
        template,
        audience,
        campaign,
        file.json(),
        await shop.provider(),
        await shop.made("/v1/messages", message),
        await shop.made("/v1/api-keys", {"name": "spare", "scopes": ["messages:read"]}),
    ]
    return {thing["id"][:3]: thing["id"] for thing in made}


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


@pytest.fixture
def findings() -> Findings:
    return Findings()


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


def test_the_document_lists_operations_and_only_figures_and_health_are_open(document: Document) -> None:
    assert len(document.operations) > 60
    assert {operation.path for operation in document.operations if operation.scope is None} == {
        "/health/live", "/health/ready", "/metrics",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("label", "header"),
    [
        ("none", None),
        ("an unknown key", "Bearer tact_nobody"),
        ("no key at all", "Bearer"),
        ("an empty key", "Bearer  "),
        ("another scheme", "Basic dXNlcjpwYXNz"),
        ("a key that is no text", b"Bearer \xff\xfe"),
        ("a long key", "Bearer " + "x" * 20_000),
    ],
)
async def test_without_a_key_of_ours_nobody_gets_in(
    context: Context, document: Document, ids: dict[str, str], findings: Findings, label: str, header: str | bytes | None
) -> None:
    async with calling(context) as client:
        for operation in document.guarded:
            headers = {} if header is None else {"Authorization": header}
            answer = await call(client, operation, ids, headers=headers)
            findings.expect(operation.label, answer, 401)
            if answer.headers.get("www-authenticate") != "Bearer":
                findings.wrong.append(f"{operation.label}: no WWW-Authenticate")
    assert not findings.wrong, label


@pytest.mark.parametrize(("label", "end"), [("expired", "expires_at"), ("revoked", "revoked_at")])
async def test_a_key_that_has_ended_opens_nothing(
    shop: Shop, document: Document, ids: dict[str, str], findings: Findings, label: str, end: str
) -> None:
    past = shop.context.clock.now() - timedelta(seconds=1)
    key = await make_key(shop.context, shop.workspace_id, expires_at=past if end == "expires_at" else None,
                         revoked_at=past if end == "revoked_at" else None)  # fmt: skip
    async with calling(shop.context, key) as client:
        for operation in document.guarded:
            findings.expect(operation.label, await call(client, operation, ids), 401)
    assert not findings.wrong, label


async def test_each_operation_opens_to_the_scope_it_names_and_to_no_other(
    shop: Shop, document: Document, ids: dict[str, str], findings: Findings
) -> None:
    async with AsyncExitStack() as stack:
        for scope in sorted({operation.scope or "" for operation in document.guarded}):
            assert scope in SCOPES
            others = [other for other in SCOPES if other not in {scope, "admin"}]
            lacking = await stack.enter_async_context(
                calling(shop.context, await make_key(shop.context, shop.workspace_id, *others))
            )
            holding = await stack.enter_async_context(
                calling(shop.context, await make_key(shop.context, shop.workspace_id, scope))
            )
            for operation in _deletes_last(operation for operation in document.guarded if operation.scope == scope):
                findings.expect(operation.label, await call(lacking, operation, ids), 403)
                findings.expect(operation.label, await call(holding, operation, ids), 200, 201, 202, 204, 409)
    assert not findings.wrong


def _deletes_last(operations: Iterable[Operation]) -> list[Operation]:
    return sorted(operations, key=lambda operation: operation.method == "DELETE")


def _of_ids(operation: Operation) -> bool:
    in_path = any(operation.kind_of(name) for name in operation.names("path"))
    return in_path or operation.body(_Marks()) != operation.body(_Marks("other"))


class _Marks(dict[str, str]):
    """Ids of any kind, to see whether a body has some."""

    def __init__(self, word: str = "") -> None:
        super().__init__()
        self._word = word

    def __missing__(self, key: str) -> str:
        return f"{key}{self._word}"


async def test_what_belongs_to_someone_else_is_not_found_wherever_its_id_is_put(
    shop: Shop, stranger: Shop, document: Document, ids: dict[str, str], findings: Findings
) -> None:
    concerned = _deletes_last(operation for operation in document.guarded if _of_ids(operation))
    assert len(concerned) > 35
    for operation in concerned:
        findings.expect(f"{operation.label} by a stranger", await call(stranger.client, operation, ids), 404)
    for operation in concerned:  # what was refused was right in everything but the caller
        findings.expect(f"{operation.label} by its owner", await call(shop.client, operation, ids), 200, 201, 202, 204, 409)
    assert not findings.wrong


async def test_lists_filtered_by_someone_elses_id_are_empty(
    stranger: Shop, document: Document, ids: dict[str, str], findings: Findings
) -> None:
    seen = 0
    for operation in document.guarded:
        for name in (name for name in operation.names("query") if operation.kind_of(name)):
            answer = await call(stranger.client, operation, ids, params={name: ids[operation.kind_of(name) or ""]})
            findings.expect(operation.label, answer, 200, 404)
            assert answer.status_code == 404 or answer.json()["items"] == [], operation.label
            seen += 1
    assert seen >= 2
    assert not findings.wrong


async def test_an_id_that_is_none_is_refused_where_it_stands(
    shop: Shop, document: Document, ids: dict[str, str], findings: Findings
) -> None:
    for operation in document.guarded:
        for name in operation.names("path"):
            prefix = operation.kind_of(name) or "1"
            for text in (
                "x", "%20", "%00", "%ED%A0%80", "%FF%FE", "-1", "99999999999999999999", "1.5", "%D9%A3", "..%5C..", "x" * 9_000,
                f"{prefix}_", f"{prefix}_{'z' * 26}", f"{prefix}_{'0' * 25}", f"{prefix.upper()}_{'0' * 26}", f"wks_{'0' * 26}",
                f"{prefix}_{'0' * 25}l", f"{prefix}_{'%D9%A3' * 26}",
            ):  # fmt: skip
                answer = await call(shop.client, operation, ids, url=operation.url(ids, **{name: text}))
                findings.expect(f"{operation.label} with {text[:40]}", answer, 422, pointer=f"/path/{name}")
            answer = await call(shop.client, operation, ids, url=operation.url(ids, **{name: "..%2F..%2Fetc"}))
            findings.expect(f"{operation.label} with a path", answer, 404, 422, 405)
    assert not findings.wrong


BODIES: tuple[tuple[str, bytes, tuple[int, ...], str | None], ...] = (
    ("nothing", b"", (422,), "/body"),
    ("half of an object", b'{"a": ', (400,), None),
    ("no JSON", b"phone=1", (400,), None),
    ("no UTF-8", b'{"a": "\xff\xfe"}', (400,), None),
    ("5,000 lists in each other", b"[" * 5_000 + b"]" * 5_000, (400, 422), None),
    ("5,000 objects in each other", b'{"a":' * 5_000 + b"1" + b"}" * 5_000, (400, 422), None),
    ("5,000 lists that never end", b"[" * 5_000, (400,), None),
    ("a number of 5,000 digits", b'{"a": ' + b"9" * 5_000 + b"}", (400, 422), None),
    ("a list", b"[]", (422,), "/body"),
    ("a text", b'"text"', (422,), "/body"),
    ("a number", b"1", (422,), "/body"),
    ("null", b"null", (422,), "/body"),
    ("NaN", b"NaN", (400, 422), None),
)


@pytest.mark.parametrize(("label", "body", "statuses", "pointer"), BODIES)
async def test_a_body_that_is_no_object_is_refused(
    shop: Shop,
    document: Document,
    ids: dict[str, str],
    findings: Findings,
    label: str,
    body: bytes,
    statuses: tuple[int, ...],
    pointer: str | None,
) -> None:
    for operation in document.with_json:
        answer = await call(shop.client, operation, ids, content=body)
        findings.expect(operation.label, answer, *statuses, pointer=pointer)
    assert not findings.wrong, label


async def test_a_field_nobody_knows_is_named(shop: Shop, document: Document, ids: dict[str, str], findings: Findings) -> None:
    for operation in document.with_json:
        body = orjson.dumps({**operation.body(ids), "surprise/~": 1})
        answer = await call(shop.client, operation, ids, content=body)
        findings.expect(operation.label, answer, 422, pointer="/body/surprise~1~0")
    assert not findings.wrong


def _texts(value: Any, replacement: str) -> Any:
    if isinstance(value, dict):
        return {key: _texts(item, replacement) for key, item in value.items()}
    if isinstance(value, list):
        return [_texts(item, replacement) for item in value]
    return replacement if isinstance(value, str) else value


@pytest.mark.parametrize("text", ["a\\u0000b", "\\ud800", "\\udc00\\ud800"])
async def test_text_that_cannot_be_kept_is_refused(
    shop: Shop, document: Document, ids: dict[str, str], findings: Findings, text: str
) -> None:
    for operation in document.with_json:
        body = orjson.dumps(_texts(operation.body(ids), "REPLACED")).replace(b"REPLACED", text.encode())
        if text.encode() in body:
            findings.expect(operation.label, await call(shop.client, operation, ids, content=body), 422)
    assert not findings.wrong


async def test_a_body_that_says_it_is_something_else_is_refused(
    shop: Shop, document: Document, ids: dict[str, str], findings: Findings
) -> None:
    for operation in (operation for operation in document.guarded if operation.media_type is not None):
        for content_type in ("text/plain", "application/x-www-form-urlencoded", "application/xml", "a", "", "\xe9", "/", ";"):
            answer = await call(shop.client, operation, ids, headers={"Content-Type": content_type.encode("latin-1")})
            findings.expect(f"{operation.label} as {content_type!r}", answer, 415, 422)
    assert not findings.wrong


async def _streamed(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 500 + 1):
        yield b" " * 500


async def test_a_body_over_the_limit_is_refused_whether_or_not_it_says_so(
    shop: Shop, document: Document, ids: dict[str, str], findings: Findings
) -> None:
    narrow = shop.context.settings.model_copy(update={"max_json_bytes": 2_000, "max_import_bytes": 3_000})
    app = create_app(narrow)
    app.state.context = shop.context
    headers = {"Authorization": shop.client.headers["Authorization"]}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api.test", headers=headers) as client:
        for operation in (operation for operation in document.guarded if operation.media_type is not None):
            limit = 3_000 if operation.path.startswith("/v1/imports") else 2_000
            declared = await call(client, operation, ids, content=b" " * (limit + 1))
            findings.expect(f"{operation.label} declared", declared, 413, pointer="/body")
            streamed = await call(client, operation, ids, content=_streamed(limit))
            findings.expect(f"{operation.label} streamed", streamed, 413, pointer="/body")
    assert not findings.wrong


HOSTILE = (
    "-1", "0", "501", "99999999999999999999999", "1e3", "1.5", "NaN", "%D9%A3", "%00", "%ED%A0%80", "%FF%FE", "", "%20",
    "x" * 9_000, "null", "true", "[]", "%27%3B--", "WyJhIiwiYiJd", "W10", "eA", "con_00000000000000000000000000",
)  # fmt: skip


async def test_a_query_that_makes_no_sense_is_refused_or_finds_nothing(
    shop: Shop, document: Document, ids: dict[str, str], findings: Findings
) -> None:
    seen = 0
    for operation in document.guarded:
        for name in operation.names("query"):
            for text in HOSTILE:
                answer = await call(shop.client, operation, ids, url=f"{operation.url(ids)}?{name}={text}", params=None)
                findings.expect(f"{operation.label} ?{name}={text[:40]}", answer, 200, 202, 422)
                seen += 1
    assert seen > 500
    assert not findings.wrong


@pytest.mark.parametrize("text", ["0", "-1", "501", "99999999999999999999999", "1.5", "ten", "", "%D9%A3%00"])
async def test_a_page_that_cannot_be_is_refused(
    shop: Shop, document: Document, ids: dict[str, str], findings: Findings, text: str
) -> None:
    paged = [operation for operation in document.guarded if "limit" in operation.names("query")]
    assert len(paged) > 8
    for operation in paged:
        answer = await call(shop.client, operation, ids, url=f"{operation.url(ids)}?limit={text}", params=None)
        findings.expect(operation.label, answer, 422, pointer="/query/limit")
        garbled = await call(shop.client, operation, ids, url=f"{operation.url(ids)}?cursor=x{text}", params=None)
        findings.expect(operation.label, garbled, 422, pointer="/query/cursor")
    assert not findings.wrong


@pytest.mark.parametrize("key", [b"", b"   ", b"x" * 201, b"a\x01b", b"a\tb"])
async def test_an_idempotency_key_that_is_none_is_refused(
    shop: Shop, document: Document, ids: dict[str, str], findings: Findings, key: bytes
) -> None:
    posts = [operation for operation in document.guarded if operation.method == "POST"]
    for operation in posts:
        answer = await call(shop.client, operation, ids, headers={"Idempotency-Key": key})
        findings.expect(operation.label, answer, 422, pointer="/headers/Idempotency-Key")
    assert not findings.wrong


async def test_a_method_a_path_does_not_have_is_refused_with_those_it_has(
    shop: Shop, document: Document, ids: dict[str, str], findings: Findings
) -> None:
    paths: dict[str, list[Operation]] = {}
    for operation in document.operations:
        paths.setdefault(operation.path, []).append(operation)
    for path, operations in paths.items():
        there = {operation.method for operation in operations}
        for method in set(METHODS) - there:
            answer = await shop.client.request(method, operations[0].url(ids))
            findings.expect(f"{method} {path}", answer, 405)
            assert set(answer.headers["allow"].split(", ")) == there, (method, path)
        head = await shop.client.request("HEAD", operations[0].url(ids))
        assert head.status_code == 405, path
    assert not findings.wrong


@pytest.mark.parametrize(
    "path", ["/", "/v1", "/v1/", "/v1/nothing", "/v1/contacts/", "//v1/contacts", "/v1/contacts/%2e%2e", "/%00"]
)
async def test_a_path_that_leads_nowhere_is_a_problem_and_never_a_redirection(shop: Shop, findings: Findings, path: str) -> None:
    answer = await shop.client.get(httpx.URL("http://api.test").copy_with(raw_path=path.encode()))
    findings.expect(path, answer, 404, 422)
    assert not findings.wrong
