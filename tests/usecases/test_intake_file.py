"""A file of any size takes the memory of a piece of it: what is read is let go, folded or not."""

import gzip
import tracemalloc

import pytest

from app.usecases.intake_file import Intake

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
