"""What can be wrong with what a request carries? Bodies, texts, queries, keys and methods, over every operation."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import orjson
import pytest

from app.main import create_app
from tests.http.document import Document, Operation
from tests.http.findings import Findings, call
from tests.shop import Shop

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW")


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
            answer = await call(shop.client, operation, ids, content=body)
            if not _refused_line_by_line(answer):
                findings.expect(operation.label, answer, 422)
    assert not findings.wrong


def _refused_line_by_line(answer: httpx.Response) -> bool:
    return answer.status_code == 200 and {row.get("outcome") for row in answer.json().get("items", [])} == {"rejected"}


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
    narrow = shop.context.settings.model_copy(
        update={"max_json_bytes": 2_000, "max_import_bytes": 3_000, "max_registry_bytes": 3_000}
    )
    app = create_app(narrow)
    app.state.context = shop.context
    headers = {"Authorization": shop.client.headers["Authorization"]}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api.test", headers=headers) as client:
        for operation in (operation for operation in document.guarded if operation.media_type is not None):
            limit = 2_000 if operation.media_type == "application/json" else 3_000  # files have a limit of their own
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
                findings.expect(f"{operation.label} ?{name}={text[:40]}", answer, 200, 201, 202, 422)
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
