"""Fifty files that are not what they should be: each is refused or reported with its line and reason, and the service goes on."""

import gzip
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from app.domain.ids import decode_id
from app.usecases.context import Context
from app.usecases.run_import import run_import
from tests.factories import calling, make_key, make_workspace

GOOD = b"phone,name\n+14155552671,Ana\n"
_GZIPPED = gzip.compress(GOOD * 400, mtime=0)
_NOISE = os.urandom(64).replace(b"\n", b"x")

# What is wrong, the file, how it is sent, and the code it is refused with as a whole.
REFUSED: list[tuple[str, bytes, dict[str, Any], str]] = [
    ("empty", b"", {}, "empty_file"),
    ("blank lines", b"\r\n \r\n\n", {}, "empty_file"),
    ("a mark and nothing", b"\xef\xbb\xbf", {}, "empty_file"),
    ("a UTF-16 mark and nothing", b"\xff\xfe", {}, "empty_file"),
    ("gzip of nothing", gzip.compress(b"", mtime=0), {}, "empty_file"),
    ("gzip cut off", _GZIPPED[:-20], {}, "truncated_gzip"),
    ("gzip of two bytes", b"\x1f\x8b", {}, "truncated_gzip"),
    ("gzip with a broken middle", _GZIPPED[:30] + b"\xff\xff\xff" + _GZIPPED[33:], {}, "bad_gzip"),
    ("gzip with rubbish behind", _GZIPPED + b"rubbish", {}, "bad_gzip"),
    ("a gzip bomb", gzip.compress(bytes(40_000_000), mtime=0), {}, "gzip_bomb"),
    ("a bomb of lines", gzip.compress(b"phone\n" + b"1\n" * 20_000_000, compresslevel=1, mtime=0), {}, "gzip_bomb"),
    ("an encoding nobody knows", GOOD, {"encoding": "klingon"}, "unknown_encoding"),
    ("an encoding that is none of text", GOOD, {"encoding": "base64"}, "unknown_encoding"),
    ("another encoding than was said", b"phone,name\n1,Ren\xe9\n", {"encoding": "utf-8"}, "wrong_encoding"),
    ("UTF-16 that is none", b"phone\n+1415555267\n1", {"encoding": "utf-16-le"}, "wrong_encoding"),
    ("UTF-8 with a stray byte", "phone,name\n1,Zoë\n2,Zoë\n3,Zo".encode() + b"\xeb\n", {}, "not_utf8"),
    ("a mark before what it is not", b"\xef\xbb\xbfphone,name\n1,Ren\xe9\n", {}, "not_utf8"),
    ("no header", b"+14155552671,Ana\n+14155552672,Ben\n", {}, "no_header"),
    ("no header, national", b"Ana,(415) 555-2671\n", {}, "no_header"),
    ("a header that is only commas", b",,,\n+14155552671,a,b\n", {}, "no_header"),
    ("a header with an open quote", b'phone,"name\n+14155552671,x\n', {}, "no_header"),
    ("a header of ten megabytes", b"phone," + b"x" * 10_000_000, {}, "no_header"),
    ("a name twice", b"phone,city,city\n", {}, "duplicate_header"),
    ("a name twice, written otherwise", b"phone,First Name,first-name\n", {}, "duplicate_header"),
    ("two columns for one meaning", b"phone,dob,birth_date\n", {}, "duplicate_header"),
    ("no phone", b"name,city\nAna,Rome\n", {}, "no_phone_column"),
    ("a phone column that is not there", GOOD, {"phone_column": "handy"}, "no_phone_column"),
    ("too many columns", b",".join(b"c%d" % n for n in range(65)) + b"\n", {}, "too_many_columns"),
    ("a map of nothing", GOOD, {"map": "phone"}, "bad_map"),
    ("a map to nothing", GOOD, {"map": "name="}, "bad_map"),
    ("a column mapped twice", GOOD, {"map": ["name=a", "name=b"]}, "bad_map"),
    ("a map of what is not there", GOOD, {"map": "Handy=phone"}, "no_such_column"),
    ("a map that makes two of one", b"phone,a,b\n", {"map": ["a=x", "b=x"]}, "duplicate_header"),
    ("a picture", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + _NOISE, {}, "not_text"),
    ("a workbook", b"PK\x03\x04\x14\x00\x06\x00" + _NOISE, {}, "not_text"),
]
# What is wrong, the file, the kind, and the outcome of each line with the code of its reason.
REPORTED: list[tuple[str, bytes, str, dict[int, str]]] = [
    ("a quote never closed", b'phone,n\n+14155552671,"x\n+14155552672,y\n', "csv", {2: "broken_row", 3: "created"}),
    ("text behind a quote", b'phone,n\n+14155552671,"x"y\n+14155552672,y\n', "csv", {2: "broken_row", 3: "created"}),
    ("a line of ten megabytes", b"phone,n\n" + b"7" * 10_000_000 + b"\n+14155552672,y\n", "csv", {2: "broken_row", 3: "created"}),
    ("a page in quotes", b'phone,n\n"' + b"7\n" * 70_000 + b'"\n+14155552672,y\n', "csv", {}),
    ("NUL in a cell", b"phone,n\n+14155552671,a\x00b\n+14155552672,y\n", "csv", {2: "not_text", 3: "created"}),
    ("NUL in the number", b"phone,n\n+1415\x005552671,a\n+14155552672,y\n", "csv", {2: "not_text", 3: "created"}),
    ("Excel's rounding", b'phone\n1.23457E+11\n"1,23457E+11"\n1.2E 10\n', "csv", dict.fromkeys((2, 3, 4), "spreadsheet_number")),
    ("a number with a fraction", b"phone\n14155552671.0\n", "csv", {2: "created"}),
    ("Excel's error", b"phone\n#REF!\n#N/A\n", "csv", {2: "not_a_number", 3: "not_a_number"}),
    ("formulas", b"phone,n\n=1+1,x\n+14155552671,=HYPERLINK(1)\n", "csv", {2: "not_a_number", 3: "created"}),
    ("the header again in the middle", b"phone,n\n+14155552671,a\nphone,n\n", "csv", {2: "created", 3: "not_a_number"}),
    ("too many cells", b"phone,n\n+14155552671,a,b\n", "csv", {2: "too_many_cells"}),
    ("a cell too long", b"phone,n\n+14155552671," + b"x" * 10_001 + b"\n", "csv", {2: "too_long"}),
    ("two numbers in a cell", b"phone\n+14155552671 / +14155552672\n", "csv", {2: "not_a_number"}),
    ("HTML", b"phone\n<td>+14155552671</td>\n", "csv", {2: "not_a_number"}),
    ("Windows ends in one quote", b'phone,n\r\n+14155552671,"a\r\nb"\r\n+14155552672,y\r\n', "csv", {2: "created", 4: "created"}),
    ("JSON cut off", b'{"phone": "+14155552671"}\n{"phone": "+1415', "x-ndjson", {1: "created", 2: "not_json"}),
    ("an array", b'[{"phone": "+14155552671"}]\n', "x-ndjson", {1: "not_json"}),
    ("long JSON", b'{"a": "' + b"7" * 10_000_000 + b'"}\n{"phone": "+14155552671"}', "x-ndjson", {1: "too_long", 2: "created"}),
    ("JSON too deep", b'{"phone": "+14155552671", "a": ' + b"[" * 9_000 + b"]" * 9_000 + b"}\n", "x-ndjson", {}),
    ("a bare number", b'{"phone": 1.23457e11}\n{"phone": 14155552671}\n', "x-ndjson", {1: "no_phone", 2: "created"}),
    ("half a surrogate", b'{"phone": "+14155552671", "n": "\\ud800"}\n', "x-ndjson", {1: "not_text"}),
]  # fmt: skip
# The encoding, and what a file in it is called afterwards.
ENCODED = [
    ("utf-8", "Zoë Łukasz", "utf-8", "bytes"),
    ("utf-8-sig", "Zoë Łukasz", "utf-8", "mark"),
    ("utf-16", "Zoë Łukasz", "utf-16", "mark"),
    ("utf-16-le", "Zoë", "utf-16-le", "bytes"),
    ("utf-16-be", "Zoë", "utf-16-be", "bytes"),
    ("utf-32", "Zoë", "utf-32", "mark"),
    ("cp1252", "René Müller", "windows-1252", "guess"),
    ("cp1250", "Dvořák Černý Šťastný Žižka Kovářová", "windows-1250", "guess"),
    ("cp1251", "Иван Петров", "windows-1251", "guess"),
    ("cp1253", "Μαρία Παπαδοπούλου", "windows-1253", "guess"),
    ("shift_jis", "田中太郎鈴木花子", "cp932", "guess"),
]


class Post:
    """Files are posted to one workspace, and worked on at once."""

    def __init__(self, context: Context, workspace_id: Any, api: Any) -> None:
        self._context = context
        self._workspace_id = workspace_id
        self.api = api

    async def send(self, body: bytes, kind: str = "csv", **query: Any) -> Any:
        headers = {"Content-Type": f"{'text' if kind == 'csv' else 'application'}/{kind}"}
        return await self.api.post("/v1/imports", content=body, headers=headers, params={"default_region": "US", **query})

    async def rows(self, answer: Any) -> dict[int, str]:
        """Each line's outcome, or the code of its reason where it was rejected."""
        assert answer.status_code == 202, answer.text
        job = answer.json()["id"]
        await run_import(self._context, workspace_id=self._workspace_id, import_id=decode_id("import", job))
        assert (await self.api.get(f"/v1/imports/{job}")).json()["state"] == "completed"
        rows = (await self.api.get(f"/v1/imports/{job}/rows", params={"limit": 500})).json()["items"]
        return {row["line"]: row["reason"].partition(":")[0] if row["outcome"] == "rejected" else row["outcome"] for row in rows}


@pytest.fixture
async def post(context: Context) -> AsyncIterator[Post]:
    workspace_id = await make_workspace(context)
    async with calling(context, await make_key(context, workspace_id)) as api:
        yield Post(context, workspace_id, api)


async def test_a_file_that_cannot_be_read_is_refused_with_its_reason_and_leaves_nothing(post: Post) -> None:
    for label, body, query, code in REFUSED:
        answer = await post.send(body, **query)
        assert (answer.status_code, answer.json()["code"]) == (422, code), (label, answer.text)
        assert answer.json()["errors"][0]["pointer"], label
    assert (await post.api.get("/v1/imports")).json()["items"] == []
    assert await post.rows(await post.send(GOOD)) == {2: "created"}


async def test_a_bad_row_is_reported_by_its_line_and_keeps_no_other_out(post: Post, context: Context) -> None:
    for label, body, kind, expected in REPORTED:
        async with context.db.transaction() as tx:
            await tx.execute("DELETE FROM contact")
        found = await post.rows(await post.send(body, kind))
        if expected:
            assert found == expected, label
        else:
            assert found, label


async def test_the_line_of_the_wrong_byte_is_named(post: Post) -> None:
    body = "phone,name\n+14155552671,Zoë\n+14155552672,Zoë\n+14155552673,".encode() + b"Ren\xe9\n"
    assert "line 4" in (await post.send(body)).json()["detail"]
    assert "line 4" in (await post.send(body, encoding="utf-8")).json()["detail"]


@pytest.mark.parametrize(("encoding", "name", "label", "told_by"), ENCODED)
async def test_an_encoding_is_found_out_and_told(post: Post, encoding: str, name: str, label: str, told_by: str) -> None:
    body = f"phone,name,city\n+14155552671,{name},x\n".encode(encoding)
    for sent in (body, gzip.compress(body, mtime=0)):
        answer = await post.send(sent)
        told = answer.json()["file"]
        assert (told["encoding"], told["encoding_told_by"], told["compressed"]) == (label, told_by, sent is not body)
        await post.rows(answer)
        (contact,) = (await post.api.get("/v1/contacts")).json()["items"]
        assert contact["attributes"]["name"] == name


async def test_the_senders_word_for_the_encoding_counts(post: Post) -> None:
    body = "phone,name\n+14155552671,Žižek\n".encode("cp1250")
    answer = await post.api.post("/v1/imports", content=body, headers={"Content-Type": "text/csv; charset=windows-1250"})
    assert answer.json()["file"]["encoding_told_by"] == "given"
    await post.rows(answer)
    assert (await post.api.get("/v1/contacts")).json()["items"][0]["attributes"]["name"] == "Žižek"


async def test_more_than_the_limit_is_refused_before_it_is_read_and_folded_or_not(context: Context) -> None:
    narrow = context.settings.model_copy(update={"max_import_bytes": 3_000_000, "max_import_rows": 1_000})
    context = replace(context, settings=narrow)
    async with calling(context, await make_key(context, await make_workspace(context))) as api:
        large = {"Content-Type": "text/csv"}
        for body in (b"x" * 3_000_001, gzip.compress(os.urandom(1_600_000).hex().encode(), mtime=0)):
            answer = await api.post("/v1/imports", content=body, headers=large)
            assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
        answer = await api.post("/v1/imports", content=b"phone\n" + b"1\n" * 1_001, headers=large)
        assert (answer.status_code, answer.json()["code"]) == (422, "too_many_rows")
        async with context.db.transaction() as tx:
            assert await tx.fetch_value("SELECT count(*) FROM import_chunk") == 0


async def test_columns_are_mapped_left_out_and_named_where_there_is_no_header(post: Post) -> None:
    german = "Rufnummer;Vorname;Geburtstag;Notiz\n0151 23456789;Zoë;1990-05-04;geheim\n".encode()
    maps = ["Rufnummer=phone", "Vorname=first_name", "Geburtstag=birth_date", "Notiz=-"]
    await post.rows(await post.send(german, map=maps, default_region="DE"))
    (contact,) = (await post.api.get("/v1/contacts")).json()["items"]
    assert (contact["phone"], contact["birth_date"], contact["attributes"]) == (
        "+4915123456789",
        "1990-05-04",
        {"first_name": "Zoë"},
    )
    assert await post.rows(await post.send(b"Ana,+14155552671\n", columns=["name", "phone"])) == {1: "created"}
    line = b'{"Handy": "+14155552672", "Vorname": "Max", "x": 1}\n'
    maps = ["Handy=phone", "Vorname=first_name", "x=-"]
    assert await post.rows(await post.send(line, "x-ndjson", map=maps)) == {1: "created"}
    newest = (await post.api.get("/v1/contacts")).json()["items"][0]
    assert newest["attributes"] == {"first_name": "Max"}
