"""Every operation of the API's own document, and everything a caller can get wrong about it: always a problem, never a fault."""

from collections.abc import Iterable
from contextlib import AsyncExitStack
from datetime import timedelta
from itertools import product

import pytest

from app.usecases.authenticate import SCOPES
from app.usecases.context import Context
from tests.factories import calling, make_key
from tests.http.document import Document, Operation
from tests.http.findings import Findings, call
from tests.shop import Shop

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW")


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
        scopes = sorted({operation.scope or "" for operation in document.guarded})
        for ends, scope in product((False, True), scopes):  # what ends something comes after all that needs it
            assert scope in SCOPES
            others = [other for other in SCOPES if other not in {scope, "admin"}]
            lacking = await stack.enter_async_context(
                calling(shop.context, await make_key(shop.context, shop.workspace_id, *others))
            )
            holding = await stack.enter_async_context(
                calling(shop.context, await make_key(shop.context, shop.workspace_id, scope))
            )
            for operation in document.guarded:
                if operation.scope != scope or _ends(operation) is not ends:
                    continue
                findings.expect(operation.label, await call(lacking, operation, ids), 403)
                findings.expect(operation.label, await call(holding, operation, ids), 200, 201, 202, 204, 409)
    assert not findings.wrong


def _deletes_last(operations: Iterable[Operation]) -> list[Operation]:
    return sorted(operations, key=_ends)


def _ends(operation: Operation) -> bool:
    """Whether what it is called on is gone afterwards."""
    return operation.method == "DELETE" or operation.path.endswith("/erase")


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
