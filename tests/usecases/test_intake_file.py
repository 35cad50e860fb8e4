"""A file of any size takes the memory of a piece of it: what is read is let go, folded or not."""

import contextlib
import gzip
import tracemalloc
from encodings.aliases import aliases

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.errors import TactfulError
from app.usecases.intake_file import Format, Intake

_ROW = b"+14155552671,Ana,Oakland,3,vip;spring," + b"x" * 162 + b"\n"
_FILE = b"phone,first_name,city,visits:number,tags,note\n" + _ROW * 60_000  # twelve megabytes
_PIECE = 262_144


@pytest.mark.parametrize("folded", [False, True])
def test_memory_stays_that_of_a_piece(folded: bool) -> None:
    sent = gzip.compress(_FILE, compresslevel=1, mtime=0) if folded else _FILE
    tracemalloc.start()
    try:
        with Intake.of(b"", most=len(_FILE)) as intake:
            for start in range(0, len(sent), _PIECE):
                intake.feed(sent[start : start + _PIECE])
            file = intake.open(format="csv").mapped()
            assert sum(1 for row in file.rows() if not row.problem) == 60_000
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < len(_FILE) / 3, f"{peak} bytes for a file of {len(_FILE)}"


def read(body: bytes, *, format: Format, encoding: str | None) -> None:  # noqa: A002  # the word of the field
    """Everything a file holds, or what is wrong with it; and nothing else."""
    with contextlib.suppress(TactfulError), Intake.of(body) as intake:
        assert all(row.line >= 1 for row in intake.open(format=format, encoding=encoding).mapped().rows())


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=300), st.sampled_from(["csv", "ndjson"]), st.sampled_from([b"", b"phone,a\n", b"\xff\xfe", b"\x1f\x8b"])
)
def test_bytes_of_any_kind_are_read_or_refused(body: bytes, form: Format, begin: bytes) -> None:
    read(begin + body, format=form, encoding=None)


@pytest.mark.parametrize("encoding", sorted({*aliases.values(), "idna", "punycode", "unicode_escape", "undefined", "", "\x00"}))
def test_every_encoding_python_knows_reads_a_file_or_is_refused(encoding: str) -> None:
    for body in (b"phone,name\n+14155552671,Ana\n", b"phone,name\n1,a.b-\xff\\u12\\x\n2,+AGE-\n" + bytes(range(256))):
        read(body, format="csv", encoding=encoding)
